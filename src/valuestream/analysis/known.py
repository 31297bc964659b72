"""What a stream and its tables know: the metrics that can be asked of them, and how their rows may be grouped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from valuestream.analysis.asker import Asker
from valuestream.analysis.sprints import shares as sprint_shares
from valuestream.calendar import instant
from valuestream.config_units import target
from valuestream.errors import ConfigError, PersonField
from valuestream.flow.grains import OUTCOMES, WAYS
from valuestream.log import select
from valuestream.metrics import catalogue, own
from valuestream.metrics.grouping import FLOW_ITEM, OTHER, Known
from valuestream.metrics.metric import Metric
from valuestream.metrics.question import PERSONS
from valuestream.metrics.target import EVERY, Target, attainment, owners
from valuestream.stream import Own, Stream

if TYPE_CHECKING:
    from valuestream.engine.tables import Tables

FEW_PEOPLE = 5
"""A group by an attribute of people is shown from this many of them."""


def metrics(stream: Stream, tables: Tables) -> tuple[Metric, ...]:
    """The catalogue, the attainment of the stream's targets where it has any, and the user's own metrics."""
    found = list(catalogue.CATALOGUE)
    if stream.targets:
        found.append(attainment(*owned(stream, tables)))
    for one in stream.metrics:
        if any(known.name == one.name for known in found):
            raise ConfigError(f"There is a metric {one.name!r} already.", "Give yours another name.")
        found.append(_own(one, tables))
    return tuple(found)


def targets(stream: Stream) -> list[Target]:
    """The stream's targets, read."""
    return [Target(of, *target(text)) for of, text in stream.targets.items()]


def owned(stream: Stream, tables: Tables) -> tuple[dict[int, Target], Target | None]:
    """The target by the code of a type, and that of all other types."""
    told = targets(stream)
    found = owners(told, kinds(stream, tables), _codes(tables, tables.types))
    return found, next((target for target in told if target.of == EVERY), None)


def _own(one: Own, tables: Tables) -> Metric:
    from valuestream.engine import parse

    if one.clock is not None and one.clock not in own.CLOCKS[one.over]:
        hint = f"Clocks of {one.over}: {', '.join(own.CLOCKS[one.over])}."
        raise ConfigError(f"Metric {one.name!r}: {one.over} have no clock {one.clock!r}.", hint)
    names: dict[str, Sequence[str]] = {
        "stage": tables.stages, "came_from": tables.stages, "went_to": tables.stages, "team": tables.teams,
        "outcome": OUTCOMES, "way": WAYS,
    }  # fmt: skip

    def code(column: str, word: str) -> int:
        if column == "type":
            known = _codes(tables, tables.types)
        elif column in names:
            known = {str(name): k for k, name in enumerate(names[column])}
        else:
            raise ConfigError(f"Metric {one.name!r}: {column or word!r} is not compared with words.", "Use a number.")
        if word not in known:
            raise select.unknown_value(column, word, list(known))
        return known[word]

    return own.metric(one, parse.tree(one.sql), code, parse.text)


def kinds(stream: Stream, tables: Tables) -> dict[str, list[int]]:
    """Flow item -> codes of its types that the log has."""
    codes = _codes(tables, [name for names in stream.flow_items.values() for name in names])
    return {kind: [codes[name] for name in names if name in codes] for kind, names in stream.flow_items.items()}


def groupings(stream: Stream, tables: Tables) -> Known:
    """What `metrics/grouping.py` needs to know."""
    team_words = tables.values("team") if "team" in tables.fields else ()
    team_code = {str(name): code for code, name in enumerate(tables.teams)}
    return Known(
        zone=stream.calendar.zone,
        fields=[name for name in tables.fields if name.lower() not in PERSONS and name not in ("created", "title")],
        field=tables.field,
        kinds=kinds(stream, tables),
        item_teams={code: team_code[word] for word, code in _codes(tables, team_words).items() if word in team_code},
        own_team=[code for code, stage in enumerate(stream.stages) if stage.team is not None],
    )


def names_of(codes: str, stream: Stream, tables: Tables) -> Sequence[str]:
    """What the integers of a grouping stand for: see `Group.codes`."""
    return {
        "stage": tables.stages,
        "team": tables.teams,
        "type": tables.words,
        "words": tables.words,
        FLOW_ITEM: (*stream.flow_items, OTHER),
    }[codes]


SPRINT = "sprint"


def sprints(ask: Asker, stream: Stream, tables: Tables) -> dict[str, Any] | None:
    """Shares of lead time before, in and after sprints; None where the log names none."""
    if SPRINT not in tables.fields:
        return None
    zone = stream.calendar.zone
    codes = _codes(tables, tables.values(SPRINT))
    dates = {
        codes[name]: (instant(first, zone), instant((date.fromisoformat(last) + timedelta(days=1)).isoformat(), zone))
        for name, (first, last) in stream.sprints.items()
        if name in codes
    }
    whole, by_sprint = sprint_shares(ask, tables.field(SPRINT), dates)
    rows = [{"sprint": str(tables.words[code]), "dated": code in dates, **row} for code, row in by_sprint.items()]
    return {**whole, "sprints": sorted(rows, key=lambda row: row["sprint"])}


def small_teams(stream: Stream, tables: Tables) -> frozenset[str]:
    """Teams that only their people make, and too few of them: their figures would be figures of persons."""
    named = {stage.team for stage in stream.stages} | set(tables.values("team"))
    return frozenset(team for team, n in tables.members.items() if n < FEW_PEOPLE and team not in named)


def refuse_small_teams(where: Mapping[str, Sequence[str]], small: frozenset[str], members: Mapping[str, int]) -> None:
    """A filter by a team of fewer than five people is a PersonField."""
    for team in where.get("team", ()):
        if team in small:
            n = members[team]
            raise PersonField(
                f"Team {team!r} has {n} {'person' if n == 1 else 'people'} in this log.",
                f"Figures of a team need at least {FEW_PEOPLE} people: join teams in valuestream.yaml.",
            )


def _codes(tables: Tables, wanted: Sequence[str]) -> dict[str, int]:
    """Word -> its code, of the wanted words that the log has."""
    chosen = set(wanted)
    return {str(word): code for code, word in enumerate(tables.words) if word in chosen} if chosen else {}
