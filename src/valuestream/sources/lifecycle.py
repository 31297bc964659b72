"""Transitions of activities (XES' standard lifecycle) -> intervals of work and of waiting for it. Pure.

A start opens an interval, its complete closes it. They belong together by their instance, else first in,
first out by (case, activity, resource). From schedule to start the item waits in `<activity> (scheduled)`.
"""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple

from valuestream.log.event import NONE, Kind

COMPLETE, START, SCHEDULE, ASSIGN, SUSPEND, RESUME, WITHDRAW, ABORT, ABORT_ALL, SKIP, OTHER = range(11)

TRANSITIONS = {
    "complete": COMPLETE, "": COMPLETE, "unknown": COMPLETE,
    "start": START, "schedule": SCHEDULE,
    "assign": ASSIGN, "reassign": ASSIGN,
    "suspend": SUSPEND, "resume": RESUME,
    "withdraw": WITHDRAW, "ate_abort": ABORT, "pi_abort": ABORT_ALL,
    "autoskip": SKIP, "manualskip": SKIP,
}  # fmt: skip
"""The standard's words, in small letters; every other one is OTHER."""


class Step(NamedTuple):
    """One event of a case, in codes; `row` is its place in the source."""

    row: int
    at: int
    activity: int
    transition: int
    instance: int
    resource: int


class _Open(NamedTuple):
    ref: int
    step: Step


_Key = tuple[int, int]


@dataclass
class Walk:
    """Walks over cases; `found` are the events: row, place in the row, kind, value, interval, one after the other.

    has_starts  whether the log has starts at all: if not, a complete is a state entered
    waiting     activity -> the word of waiting for it
    ref         the next free one
    counts      what is worth saying
    """

    has_starts: bool
    waiting: Callable[[int], int]
    ref: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    found: array[int] = field(default_factory=lambda: array("q"))

    def case(self, steps: Iterable[Step]) -> None:
        """One case's events, in order of their instants."""
        self._running: dict[_Key, list[_Open]] = defaultdict(list)
        self._queued: dict[_Key, list[_Open]] = defaultdict(list)
        self._paused: Counter[int] = Counter()
        self._orphans: list[Step] = []
        for step in steps:
            self._does[step.transition](self, step)
        self._settle()

    def _emit(self, step: Step, sub: int, kind: Kind, value: int, ref: int = NONE) -> None:
        self.found.extend((step.row, sub, kind, value, ref))

    def _begin(self, step: Step, word: int, into: list[_Open]) -> None:
        into.append(_Open(self.ref, step))
        self._emit(step, 1, Kind.START, word, self.ref)
        self.ref += 1

    def _start(self, step: Step) -> None:
        for place in range(len(self._orphans) - 1, -1, -1):
            if self._orphans[place].at < step.at:
                break
            if _key(self._orphans[place]) == _key(step):  # written in the wrong order: an interval without length
                self._instant(self._orphans.pop(place))
                return
        self._leave_queue(step)
        self._begin(step, step.activity, self._running[_key(step)])

    def _complete(self, step: Step) -> None:
        self._leave_queue(step)
        if not self.has_starts:
            self._emit(step, 1, Kind.STATE, step.activity)
        elif running := self._running.get(_key(step)):
            self._emit(step, 1, Kind.END, step.activity, running.pop(0).ref)
        elif self._paused[step.activity]:
            self._paused[step.activity] -= 1
        else:
            self._orphans.append(step)

    def _schedule(self, step: Step) -> None:
        self._begin(step, self.waiting(step.activity), self._queued[step.activity, step.instance])

    def _leave_queue(self, step: Step) -> bool:
        if not self._queued:
            return False
        for key in ((step.activity, step.instance), (step.activity, NONE)):
            if queued := self._queued.get(key):
                self._emit(step, 0, Kind.END, self.waiting(step.activity), queued.pop(0).ref)
                return True
        return False

    def _assign(self, step: Step) -> None:
        self._emit(step, 1, Kind.ASSIGN, step.resource)

    def _suspend(self, step: Step) -> None:
        if self._stop(step):
            self._paused[step.activity] += 1
        else:
            self.counts["suspended without a start"] += 1

    def _resume(self, step: Step) -> None:
        self._paused[step.activity] = max(0, self._paused[step.activity] - 1)
        if not self._running.get(_key(step)):
            self._begin(step, step.activity, self._running[_key(step)])

    def _stop(self, step: Step) -> bool:
        """End the interval that this step speaks of, of whoever works on the activity if not of its resource."""
        keys = [_key(step), *(key for key in self._running if key[0] == step.activity)]
        for key in keys:
            if running := self._running.get(key):
                self._emit(step, 1, Kind.END, step.activity, running.pop(0).ref)
                return True
        return False

    def _abort(self, step: Step) -> None:
        self.counts["aborted or withdrawn"] += 1
        stopped, left = self._stop(step), self._leave_queue(step)
        if not (stopped or left):
            self.counts["aborted or withdrawn without a start"] += 1

    def _withdraw(self, step: Step) -> None:
        self.counts["aborted or withdrawn"] += 1
        if not self._leave_queue(step) and not self._stop(step):
            self.counts["aborted or withdrawn without a start"] += 1

    def _abort_all(self, step: Step) -> None:
        self.counts["aborted or withdrawn"] += 1
        sub = 0
        for opened, word in ((self._queued, self.waiting), (self._running, int)):
            for (activity, _), intervals in opened.items():
                for interval in intervals:
                    self._emit(step, sub, Kind.END, word(activity), interval.ref)
                    sub += 1
                intervals.clear()

    def _skip(self, step: Step) -> None:
        self.counts["skipped"] += 1

    def _other(self, step: Step) -> None:
        if self.has_starts:
            self.counts["of transitions outside the standard"] += 1
        else:
            self._emit(step, 1, Kind.STATE, step.activity)

    def _instant(self, step: Step) -> None:
        self._emit(step, 1, Kind.START, step.activity, self.ref)
        self._emit(step, 2, Kind.END, step.activity, self.ref)
        self.ref += 1

    def _settle(self) -> None:
        """At the end of a case: what was left over belongs together where activity and time allow it."""
        left: dict[int, list[_Open]] = defaultdict(list)
        for running in self._running.values():
            for interval in running:
                left[interval.step.activity].append(interval)
        for opened in left.values():
            opened.sort(key=lambda interval: interval.ref)
        for orphan in self._orphans:
            opened = left[orphan.activity]
            if opened and opened[0].step.at <= orphan.at:
                self._emit(orphan, 1, Kind.END, orphan.activity, opened.pop(0).ref)
                self.counts["ended by another"] += 1
            else:
                self._instant(orphan)
                self.counts["ended without a start"] += 1
        self.counts["never ended"] += sum(len(opened) for opened in left.values())
        self.counts["scheduled and never begun"] += sum(len(queued) for queued in self._queued.values())

    _does: ClassVar[dict[int, Callable[[Walk, Step], None]]] = {
        COMPLETE: _complete, START: _start, SCHEDULE: _schedule, ASSIGN: _assign, SUSPEND: _suspend, RESUME: _resume,
        WITHDRAW: _withdraw, ABORT: _abort, ABORT_ALL: _abort_all, SKIP: _skip, OTHER: _other,
    }  # fmt: skip


def _key(step: Step) -> _Key:
    """What pairs a start with its end: the instance, else the resource; the two never meet."""
    return step.activity, step.instance if step.instance != NONE else -2 - step.resource


def notes(counts: Counter[str], *, has_starts: bool) -> list[str]:
    """What was found, in sentences."""
    said = {
        "ended without a start": "{:,} activities are completed without a start: intervals without length.",
        "never ended": "{:,} activities are started and never completed: they stay open.",
        "ended by another": "{:,} activities are started by one and completed by another: paired in the order of time.",
        "scheduled and never begun": "{:,} activities are scheduled and never started: they stay waiting.",
        "aborted or withdrawn": "{:,} activities are aborted or withdrawn: their intervals end there.",
        "aborted or withdrawn without a start": "{:,} of these were never started: not used.",
        "suspended without a start": "{:,} activities are suspended without a start: not used.",
        "skipped": "{:,} activities are skipped: not used.",
        "of transitions outside the standard": "{:,} events have a transition outside the standard: not used.",
    }
    first = (
        "Starts and completes are read as intervals."
        if has_starts
        else "The log has no starts: each completed activity is read as a state entered then."
    )
    return [first, *(text.format(counts[name]) for name, text in said.items() if counts[name])]
