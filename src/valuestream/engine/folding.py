"""One portion of a store's events seen through a stream: rows for the built tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa

from valuestream.engine import bins
from valuestream.engine.effort import settled
from valuestream.engine.ending import ends
from valuestream.engine.portions import Portion
from valuestream.flow.build import Flow
from valuestream.flow.choosing import Chosen, choose
from valuestream.flow.grains import NEVER, NONE, WORK, Items, Rules, Visits
from valuestream.flow.mapping import Meaning, meaning, rules
from valuestream.flow.shared import Shared
from valuestream.flow.visits import empty
from valuestream.log.event import Kind, Log
from valuestream.log.replay import EVENTS, Names

if TYPE_CHECKING:
    from valuestream.engine.joining import Joined
    from valuestream.flow.grains import I32, I64
    from valuestream.stream import Stream

LIFE = 2**32
"""An item's number in built tables is its code, plus this for each life before."""


class Rows(NamedTuple):
    """What a portion became: tables of visits, items, and of each item's events; and the visits that left together."""

    visits: pa.Table
    items: pa.Table
    seen: pa.Table


@dataclass
class Folder:
    """A stream's rules in the codes of a store, ready to fold portions. `teams` grows behind those it begins with.

    journeys  int32[tracks + 1], in how many journeys each track stands
    edges     where bins begin, see `bins.py`
    """

    stream: Stream
    names: Names
    teams: list[str]
    seen: Meaning
    codes: Rules
    journeys: I32
    edges: bins.Edges

    @classmethod
    def of(cls, joined: Joined, teams: Sequence[str], team_words: I32, edges: bins.Edges | None = None) -> Folder:
        """team_words  words (codes) that events name as teams"""
        stream, names = joined.stream, joined.names
        known = list(teams)
        vocabulary = _vocabulary(names, team_words)
        codes = rules(stream, vocabulary, known)
        edges = edges or bins.edges(empty()[0], hours=bool(stream.calendar.hours))
        return cls(stream, names, known, meaning(stream, names.words), codes, joined.journeys, edges)

    def fold(self, portion: Portion) -> Rows:
        """Visits and items of a portion, and how many events of each of its items count or why they do not."""
        chosen, flow = self._flow(portion)
        found = flow.part(0, len(chosen.log))
        hours = bool(self.stream.calendar.hours)
        order = np.argsort(found.visits.entered, kind="stable")
        by_day: list[Any] = [column[order] for column in found.visits]
        left = Shared(*(column[order] for column in self._left_to_others(flow, found.visits)))
        ended = {name: column[order] for name, column in ends(found.items).items()}
        return Rows(
            visit_table(Visits(*by_day), portion.codes, hours, left, ended, self.edges),
            table(found.items, portion.codes, hours),
            self._seen(portion, chosen.log, chosen.left_out),
        )

    def learn(self, portion: Portion) -> None:
        """Let bins begin where the visits of a portion say."""
        chosen, flow = self._flow(portion)
        self.edges = bins.edges(flow.part(0, len(chosen.log)).visits, hours=bool(self.stream.calendar.hours))

    def _flow(self, portion: Portion) -> tuple[Chosen, Flow]:
        chosen = choose(portion.log, self.stream, self.seen, unmapped="exclude")
        return chosen, Flow(chosen.log, self.stream, 0, self.teams, {}, self.seen, self.codes)

    def _left_to_others(self, flow: Flow, visits: Visits) -> Shared:
        if bool((self.journeys > 1).any()):
            return flow.shared(visits, self.journeys)
        n = len(visits.of)
        return Shared(np.zeros(n, np.int64), np.zeros(n))

    def nothing(self) -> Rows:
        """No rows, with the columns that there would be."""
        visits, items = empty()
        codes, hours = np.empty(0, np.int32), bool(self.stream.calendar.hours)
        log = self.names.log({name: np.empty(0, width) for name, width in EVENTS.items()})
        left = Shared(np.empty(0, np.int64), np.empty(0))
        return Rows(
            visit_table(visits, codes, hours, left, ends(items), self.edges),
            table(items, codes, hours),
            self._seen(Portion(log, codes), log, {}),
        )

    def _seen(self, portion: Portion, log: Log, left_out: dict[str, I32]) -> Any:
        """Each item of the portion: its events, the first and last of them, what work rests on, why it is left out."""
        n = len(portion.codes)
        whole = portion.log
        first = np.searchsorted(whole.item, np.arange(n))
        last = np.append(first[1:], len(whole))[:n] - 1
        reasons = np.zeros(n, np.int8)
        for number, items in enumerate(left_out.values(), start=1):
            reasons[items] = number
        works = self.seen.mode[np.where(log.kind == Kind.ASSIGN, NONE, log.value)] == WORK
        by_interval, by_state = (
            np.bincount(log.item[works & (log.kind == kind)], minlength=n) > 0 for kind in (Kind.START, Kind.STATE)
        )
        said = pa.array([None, *left_out], pa.string())
        return pa.table(
            {
                "item": portion.codes,
                "events": (last - first + 1).astype(np.int32),
                "first": whole.at[first],
                "last": whole.at[last],
                "by_interval": by_interval,
                "by_state": by_state,
                "left_out": said.take(pa.array(reasons)),
            }
        )


def _vocabulary(names: Names, team_words: I32) -> Log:
    """A log that says no more than which words name teams, with people as patterns of teams may match them."""
    n = len(team_words)
    fields = [*names.fields, "team"]
    people = [f"{name}{domain}" for name, domain in zip(names.people, names.domains, strict=True)]
    nothing = {name: np.zeros(n, width) for name, width in EVENTS.items()}
    said = {"value": team_words, "kind": nothing["kind"] + Kind.SET, "field": nothing["field"] + fields.index("team")}
    return replace(names.log({**nothing, **said}), fields=fields, people=people, actor=None, track=None)


def table(rows: Visits | Items, codes: I32, hours: bool) -> Any:
    """The kernels' columns as a table: items by number, working hours only where they are known."""
    columns: dict[str, Any] = {"item": numbers(codes[rows.of], rows.life)}
    for name, column in rows._asdict().items():
        if name in ("of", "life") or (not hours and (name.endswith("_bh") or name == "open_clock")):
            continue
        columns[name] = column
    return pa.table(columns)


def visit_table(
    visits: Visits, codes: I32, hours: bool, left: Shared, ended: Mapping[str, Any], edges: bins.Edges
) -> Any:
    """The same of visits, with what questions of millions of them are answered by.

    left   the work that they leave to other journeys
    ended  what they know of their item's end
    edges  where bins begin
    """
    more = {
        **bins.binned(visits, edges, hours=hours),
        "shared": left.us,
        "open_shared": left.open_rate,
        "effort": settled(visits, left),
        **ended,
    }
    found = table(visits, codes, hours)
    for name, column in more.items():
        found = found.append_column(name, pa.array(column))
    return found


def numbers(codes: I32, life: Any) -> I64:
    """An item's number in built tables, from its code and which of its lives it is (from 1)."""
    found: I64 = codes.astype(np.int64) + (life.astype(np.int64) - 1) * LIFE
    return found


def code_of(item: int) -> tuple[int, int]:
    """Code and life of an item's number."""
    return item % LIFE, item // LIFE + 1


def left(visits: Any) -> Any:
    """The visits of a table that left with a release or in a known person's hands: candidates for batches."""
    known = (visits["left"].to_numpy() != NEVER) & (
        (visits["left_by"].to_numpy() != NONE) | (visits["release"].to_numpy() != NONE)
    )
    return visits.filter(pa.array(known)).select(DEPARTURE)


DEPARTURE = ("item", "stage", "nth", "went_to", "left", "left_by", "release", "type", "team")
LEFT = '"left"'  # which SQL reserves
LISTED = ", ".join(f'"{name}"' for name in DEPARTURE)
