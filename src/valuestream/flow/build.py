"""Events of one stream become visits, items and batches; large logs in ranges of items, so that memory stays flat."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from valuestream.calendar import local_day
from valuestream.compiled import runs_compiled
from valuestream.flow.batches import Batches, Departures, batches
from valuestream.flow.choosing import choose
from valuestream.flow.grains import (
    FIELD_RELEASE,
    FIELD_TEAM,
    FIELD_TYPE,
    I32,
    NEVER,
    NONE,
    WORK,
    Events,
    Items,
    Rules,
    Segments,
    Visits,
)
from valuestream.flow.journey import segments
from valuestream.flow.mapping import Meaning, meaning, rules
from valuestream.flow.records import packed
from valuestream.flow.shared import Shared, shared
from valuestream.flow.visits import fold, folding
from valuestream.log import select
from valuestream.log.event import Kind, Log
from valuestream.people import OutsizeAccount, kinds, outsize_accounts
from valuestream.stream import CANCELLED, DONE, Stream
from valuestream.working_hours import workdays, working_us

RANGE = 500_000
"""Events taken at once."""


class Part(NamedTuple):
    """Visits and items of one range of items; `item` is unique over lives (see `Flow.key`)."""

    visits: Visits
    items: Items


@dataclass
class Flow:
    """What became of a log in one stream. `parts` can be walked once; `batches` is known after that.

    stages   names, then "(done)" and "(cancelled)"
    left_out reason -> how many items never reached the tables
    """

    log: Log
    stream: Stream
    as_of: int
    teams: list[str]
    left_out: dict[str, int]
    seen: Meaning
    codes: Rules
    later_lives: list[tuple[int, int]] = field(default_factory=list)
    _departures: list[Departures] = field(default_factory=list)

    @property
    def stages(self) -> tuple[str, ...]:
        return (*(stage.name for stage in self.stream.stages), DONE, CANCELLED)

    @property
    def measured(self) -> bool:
        """Whether all work is logged as intervals, so that active time is process time."""
        works = self.seen.mode[np.where(self.log.kind == Kind.ASSIGN, NONE, self.log.value)] == WORK
        intervals = bool((works & (self.log.kind == Kind.START)).any())
        return intervals and not bool((works & (self.log.kind == Kind.STATE)).any())

    @property
    def machine(self) -> OutsizeAccount | None:
        """The busiest account with an outsize share of the events that is no known machine."""
        log = self.log
        for code, share in outsize_accounts(log):
            if self._humans[code] != NONE:
                assert log.actor is not None
                items = np.unique(log.item[log.actor == code])
                named = int((log.actor != NONE).sum())
                return OutsizeAccount(log.people[code], share, named, items[:10].tolist(), len(items))
        return None

    def key(self, item: int) -> str:
        """The key shown for an item of the tables: KEY, or KEY#2 for its life after a late reopening."""
        if item < len(self.log.items):
            return str(self.log.items[item])
        code, life = self.later_lives[item - len(self.log.items)]
        return f"{self.log.items[code]}#{life}"

    def parts(self, progress: Callable[[int, int], None] | None = None) -> Iterator[Part]:
        """Visits and items, range by range. `progress` is told (events done, events in all)."""
        row = 0
        for begin, end in ranges(self.log.item):
            visits, items = self._name_lives(*self.part(begin, end))
            self._remember_departures(visits, row)
            row += len(visits.of)
            if progress:
                progress(end, len(self.log))
            yield Part(visits, items)

    def part(self, begin: int, end: int) -> Part:
        """Visits and items of the events begin..end, which hold whole items; `of` is the item, whichever life."""
        events = self._events(begin, end)
        if runs_compiled(folding, end - begin):
            events = packed(events)
        visits, items = fold(events, segments(events, self.codes), self.codes)
        self._count_days(items)
        return Part(visits, items)

    def shared(self, visits: Visits, journeys: I32) -> Shared:
        """What visits of the whole log leave to other journeys; see `shared.shared`."""
        return shared(self._events(0, len(self.log)), visits, self.codes, journeys)

    def walk(self) -> tuple[Events, Segments, Part]:
        """Events, stretches and rows of a log walked in one go: one item's, for its journey."""
        events = self._events(0, len(self.log))
        stretches = segments(events, self.codes)
        visits, items = fold(events, stretches, self.codes)
        return events, stretches, self._name_lives(visits, items)

    def batches(self) -> Iterator[Batches]:
        """Batches over all parts walked so far, in portions."""
        return batches(self._departures)

    def _events(self, begin: int, end: int) -> Events:
        log, rows = self.log, slice(begin, end)
        n = end - begin
        at = log.at[rows]
        kind = log.kind[rows]
        value = log.value[rows]
        hours = self.stream.calendar.hours
        touched = bool(((kind == Kind.TOUCH) | (kind == Kind.START)).any())
        assigned = kind == Kind.ASSIGN
        if assigned.any():
            value = value.copy()
            value[assigned] = self._humans[value[assigned]]
        words = np.where(assigned, NONE, log.value[rows])
        nothing = np.full(n, NONE, np.int32)
        return Events(
            of=log.item[rows],
            at=at,
            clock=working_us(at, self.stream.calendar) if hours else at,
            kind=kind,
            place=self.seen.place[words],
            mode=self.seen.mode[words],
            value=value,
            field=np.full(n, NONE, np.int8) if log.field is None else self._fields[log.field[rows]],
            actor=nothing if log.actor is None else self._humans[log.actor[rows]],
            track=nothing if log.track is None else log.track[rows],
            ref=nothing if log.ref is None else log.ref[rows],
            day=local_day(at, self.stream.calendar.zone) if touched else np.zeros(n, np.int32),
        )

    def __post_init__(self) -> None:
        names = {"type": FIELD_TYPE, "team": FIELD_TEAM, "release": FIELD_RELEASE}
        self._fields = np.array([names.get(name, NONE) for name in self.log.fields] + [NONE], np.int8)
        nobody = {"bot", "service"}
        services = set(self.stream.service_accounts)
        self._humans = np.array(
            [
                NONE if kind in nobody or person in services else code
                for code, (person, kind) in enumerate(zip(self.log.people, kinds(self.log), strict=True))
            ]
            + [NONE],
            np.int32,
        )

    def _name_lives(self, visits: Visits, items: Items) -> Part:
        """Give lives after the first an item number of their own."""
        later = np.flatnonzero(items.life > 1)
        if not len(later):
            return Part(visits, items)
        first = len(self.log.items) + len(self.later_lives)
        lives = list(zip(items.of[later].tolist(), items.life[later].tolist(), strict=True))
        self.later_lives.extend(lives)
        number = {life: first + k for k, life in enumerate(lives)}
        rows = np.flatnonzero(visits.life > 1)
        pairs = zip(visits.of[rows].tolist(), visits.life[rows].tolist(), strict=True)
        visits.of[rows] = [number.get(pair, NONE) for pair in pairs]
        items.of[later] = [number[life] for life in lives]
        return Part(visits, items)

    def _count_days(self, items: Items) -> None:
        """How many working days each finished item's lead time spans."""
        items.days[:] = NONE
        rows = np.flatnonzero((items.lead != NEVER) & (items.touch_days != NONE))
        first, last = (local_day(at[rows], self.stream.calendar.zone) for at in (items.committed, items.finished))
        items.days[rows] = workdays(first, last, self.stream.calendar)

    def _remember_departures(self, visits: Visits, row: int) -> None:
        known = (visits.left != NEVER) & ((visits.left_by != NONE) | (visits.release != NONE))
        rows = np.flatnonzero(known)
        columns = (
            visits.of,
            visits.stage,
            visits.went_to,
            visits.left,
            visits.left_by,
            visits.release,
            visits.type,
            visits.team,
        )
        chosen: list[Any] = [column[rows] for column in columns]
        self._departures.append(Departures((rows + row).astype(np.int32), *chosen))


def build(log: Log, stream: Stream, *, as_of: int | None = None, unmapped: str = "error") -> Flow:
    """The flow of an ordered log in a stream.

    as_of     microseconds UTC: only what had happened by then is replayed; None: the log's last event,
              of whatever item
    unmapped  "error": a state that no list claims is an UnmappedState; "exclude": its items are left out, counted
    """
    if as_of is not None:
        log = select.by(log, as_of)
    last = int(log.at.max()) if len(log) else 0
    seen = meaning(stream, log.words)
    log, lost = choose(log, stream, seen, unmapped=unmapped)
    left_out = {reason: len(items) for reason, items in lost.items()}
    teams: list[str] = []
    codes = rules(stream, log, teams)
    return Flow(log, stream, last if as_of is None else as_of, teams, left_out, seen, codes)


def ranges(item: np.ndarray) -> Iterator[tuple[int, int]]:
    """Ranges of about RANGE events that end where an item ends."""
    n = len(item)
    begin = 0
    while begin < n:
        end = min(begin + RANGE, n)
        if end < n:
            end = begin + int(np.searchsorted(item[begin:], item[end - 1], side="right"))
        yield begin, end
        begin = end
