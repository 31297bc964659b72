"""What the rows of a metric may be grouped by, and how each grouping reads as SQL.

Type, team and other attributes are those at the row's own instant: a visit's when it was entered, an item's when it
finished, of what is in progress those at the instant that was asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from valuestream.errors import UnknownName
from valuestream.metrics.metric import Metric
from valuestream.metrics.periods import TIMES, Periods, periods
from valuestream.metrics.question import Group, Window, refuse_persons

FLOW_ITEM = "flow_item"
OTHER = "other"
EVER = 2**62
"""Later than any instant. In a join it stands where an OR would keep the engine from hashing."""


@dataclass(frozen=True)
class Known:
    """What groupings need to know of a stream and its tables.

    fields      attributes of its items that may be grouped by, persons' left out
    field       the code of such a field
    kinds       flow item -> codes of its types
    item_teams  team code by the code of the word that names it as an item's own
    own_team    stages (codes) that name a team themselves
    """

    zone: str
    fields: Sequence[str]
    field: Callable[[str], int]
    kinds: Mapping[str, Sequence[int]]
    item_teams: Mapping[int, int]
    own_team: Sequence[int]


def legal(metric: Metric, fields: Sequence[str]) -> tuple[str, ...]:
    """The groupings that a metric has, in the order they are told."""
    times = () if metric.clock == "instant" else TIMES
    if "type" not in metric.by:
        return (*metric.by, *times)
    return (*metric.by, FLOW_ITEM, *times, *(name for name in fields if name not in (*metric.by, *times, FLOW_ITEM)))


def check(metric: Metric, by: Sequence[str], fields: Sequence[str]) -> None:
    """Refuse groupings by persons, those the metric does not have, and two times at once."""
    refuse_persons(by)
    known = legal(metric, fields)
    for name in by:
        if name in TIMES and metric.clock == "instant":
            hint = f"Ask for each instant: --until. Its groupings: {', '.join(known)}."
            raise UnknownName(f"{metric.name} is of an instant and cannot be grouped by {name!r}.", hint)
        if name not in known:
            raise UnknownName(f"{metric.name} cannot be grouped by {name!r}.", f"Known: {', '.join(known)}.")
    if sum(name in TIMES for name in by) > 1 or len(set(by)) < len(by):
        raise UnknownName(f"{', '.join(by)} cannot be asked together.", "Name one of week, month and quarter, once.")


def groups(metric: Metric, window: Window, by: Sequence[str], known: Known) -> tuple[tuple[Group, ...], Periods | None]:
    """The groupings as SQL, and the periods where one of them is a time."""
    time = next((name for name in by if name in TIMES), None)
    when = periods(time, window, known.zone, of_weeks=metric.per_week) if time else None
    return tuple(_group(metric, window, name, known, when, k) for k, name in enumerate(by)), when


def _group(metric: Metric, window: Window, name: str, known: Known, when: Periods | None, k: int) -> Group:
    if name in TIMES:
        assert when is not None
        return Group(name, when.sql(metric.clock), "periods")
    now = metric.clock == "instant"
    if name == FLOW_ITEM:
        of = _as_was(metric, window, "type", known, k) if now and "type" in known.fields else Group("", "type", "")
        return Group(name, _kind(of.sql, known.kinds), FLOW_ITEM, of.join)
    if name == "type" and now and "type" in known.fields:
        of = _as_was(metric, window, "type", known, k)
        return Group(name, of.sql, "type", of.join)
    if name == "team" and now and "team" in known.fields:
        return _team_now(_as_was(metric, window, "team", known, k), metric, known)
    if name in metric.by:
        return Group(name, name, name)
    return _as_was(metric, window, name, known, k)


def _as_was(metric: Metric, window: Window, name: str, known: Known, k: int) -> Group:
    """A field's value at the row's instant; null where it had none."""
    instant = str(window.until - 1)
    if metric.clock != "instant":
        instant = "entered" if metric.over == "visits" else f"coalesce(finished, {window.until - 1})"
    a = f"was_{k}"
    join = (
        f"LEFT JOIN attributes {a} ON {a}.item = {metric.over}.item AND {a}.field = {known.field(name)}"
        f" AND {a}.since <= {instant} AND coalesce({a}.until, {EVER}) > {instant}"
    )
    return Group(name, f"{a}.value", "words", join)


def _team_now(was: Group, metric: Metric, known: Known) -> Group:
    """The stage's own team, else the item's at the instant, else the one the row has."""
    cases = " ".join(f"WHEN {word} THEN {team}" for word, team in known.item_teams.items())
    item = f"CASE {was.sql} {cases} END" if cases else "NULL"
    named = f"WHEN stage IN ({', '.join(map(str, known.own_team))}) THEN team " if known.own_team else ""
    if metric.over == "items" or not named:
        return Group("team", f"coalesce({item}, team)", "team", was.join)
    return Group("team", f"CASE {named}ELSE coalesce({item}, team) END", "team", was.join)


def _kind(column: str, kinds: Mapping[str, Sequence[int]]) -> str:
    """Number of the flow item that a type belongs to; the last is for the others."""
    cases = [
        f"WHEN {column} IN ({', '.join(map(str, codes))}) THEN {number}"
        for number, codes in enumerate(kinds.values())
        if codes
    ]
    return f"CASE {' '.join(cases)} ELSE {len(kinds)} END" if cases else str(len(kinds))
