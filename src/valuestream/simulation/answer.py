"""A run's answer as a log, a stream and visits, so that every metric and map works on it.

What was simulated is told in the words of a log (states entered, releases) and goes through the same kernels
as what was measured: a simulated visit is the same record as a logged one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from threading import Event

import numpy as np

from valuestream.calendar import Calendar, instant
from valuestream.flow.build import Flow, build
from valuestream.log.event import NONE, Kind, Log
from valuestream.log.order import ordered
from valuestream.simulation import plan as of
from valuestream.simulation.compile import compiled_plan
from valuestream.simulation.days_off import USUAL_BEGIN, dates
from valuestream.simulation.duration import DAY_S
from valuestream.simulation.engine import Length, fresh_state, run_once
from valuestream.simulation.kernel import loop_for
from valuestream.simulation.loop import run
from valuestream.simulation.model import Model, Stage
from valuestream.simulation.plan import F64, I64, Records
from valuestream.simulation.replicate import expected_events
from valuestream.stream import Stage as StreamStage
from valuestream.stream import Stream

CLOSED_WEEKS = 520
"""How far a simulated stream's calendar names its days off."""

BACKLOG, FINISHED, DROPPED = "Backlog", "Done", "Cancelled"
_MODES = ("waiting", "in work", "held", "no room")
INSTANTS = ("entered", "started", "worked", "ready", "left")
"""Of a simulated visit: each ends what the one before began."""


@dataclass(frozen=True)
class Run:
    """One run with every visit and item of it: records VISIT and ITEM of `plan.py`.

    cut_s, end_s   when the warm-up and the run ended, in simulated seconds
    """

    model: Model
    visits: Records
    items: Records
    cut_s: float
    end_s: float


def recorded(
    model: Model, *, length: Length | None = None, seed: int = 1, replication: int = 0, stop: Event | None = None
) -> Run:
    """One replication with all its visits, the warm-up's too. It is the same run that `simulate` summed up."""
    length = length or Length()
    length.check()
    plan = compiled_plan(model)
    loop = loop_for(run, expected_events(model, length))
    state = fresh_state(plan, logged=True)
    state = run_once(loop, plan, state, length, seed=seed, replication=replication, stop=stop)
    facts = state.facts[0]
    visits, items = state.visit[: facts.visit_rows], state.item[: facts.item_rows]
    return Run(model, visits, items, float(facts.cut_at), float(facts.now))


def to_flow(found: Run, *, begin_us: int | None = None, stream: Stream | None = None) -> Flow:
    """Visits, items and batches of a run: the flow of its log in its stream, open parts closed at the run's end.

    stream   another stream with the same states, e.g. with a charter; None: `stream_of(model)`
    """
    begin_us = begin_of(found.model) if begin_us is None else begin_us
    log = ordered(to_log(found, begin_us=begin_us))
    return build(log, stream or stream_of(found.model), as_of=begin_us + _us(found.end_s))


def begin_of(model: Model) -> int:
    """When simulated time begins, microseconds UTC: on the model's date, else on Monday 2024-01-01."""
    return instant(model.begins or USUAL_BEGIN, "UTC")


def stream_of(model: Model) -> Stream:
    """The stream that a simulated log is about: the model's stages in their order, without the removed ones."""
    shown = dict.fromkeys(stage.shown_as for stage in model.stages if not stage.removed)
    stages = tuple(
        _stage(name, [stage for stage in model.stages if stage.shown_as == name and not stage.removed])
        for name in shown
    )
    return Stream(
        name=model.name,
        stages=stages,
        before=(BACKLOG,),
        done=(FINISHED,),
        cancelled=(DROPPED,),
        calendar=_calendar(model),
    )


def _stage(name: str, parts: list[Stage]) -> StreamStage:
    """A stage of the map with the states of all its parts; its team, where it is one."""
    if all(part.external for part in parts):
        return StreamStage(name, external=tuple(f"{part.name}: outside" for part in parts))
    states = [tuple(f"{part.name}: {mode}" for part in parts if not part.external) for mode in _MODES]
    outside = tuple(f"{part.name}: outside" for part in parts if part.external)
    teams = [part.team or part.pool for part in parts]
    team = teams[0] if len(set(teams)) == 1 else None
    waiting, working, held, stopped = states
    return StreamStage(name, queue=waiting + held, work=working, blocked=stopped, external=outside, team=team)


def _calendar(model: Model) -> Calendar:
    """The model's hours where there is one calendar; else no hours are known."""
    if len(model.calendars) != 1:
        return Calendar()
    days: list[tuple[tuple[int, int], ...]] = []
    for day in range(7):
        low, high = day * DAY_S, (day + 1) * DAY_S
        cut = [(max(begin, low), min(end, high)) for begin, end in model.calendars[0].slots]
        days.append(tuple((round((b - low) / 60), round((e - low) / 60)) for b, e in cut if b < e))
    hours = model.calendars[0]
    turns = range(0, CLOSED_WEEKS, hours.cycle) if hours.off else ()
    closed = [7 * week + day for week in turns for day in hours.off]
    return Calendar(hours=tuple(days), closed=tuple(dates(closed, model.begins or USUAL_BEGIN)))


def to_log(found: Run, *, begin_us: int | None = None) -> Log:
    """The run as events: states entered, each item's type, and the release with which it left a stage."""
    model = found.model
    begin_us = begin_of(model) if begin_us is None else begin_us
    words = _Words(model)
    items = found.items[np.argsort(found.items["number"], kind="stable")]
    numbers = items["number"]
    events = _Events()
    events.add(numbers, -2, 0, items["arrived"], Kind.SET, words.types[items["kind"]], field=0)
    waited = (items["committed"] < 0) | (items["committed"] > items["arrived"])
    events.add(numbers[waited], -2, 1, items["arrived"][waited], Kind.STATE, words.backlog)
    for outcome, word in ((1, words.finished), (2, words.dropped)):
        ended = items["outcome"] == outcome
        last = len(found.visits)
        events.add(numbers[ended], last, 0, items["finished"][ended], Kind.STATE, word)
    _visits(found, words, events)
    columns = events.sorted()
    return Log(
        name=f"simulation of {model.name}",
        item=np.searchsorted(numbers, columns.number).astype(np.int32),
        at=begin_us + np.round(columns.at * 1e6).astype(np.int64),
        kind=columns.kind,
        value=columns.value,
        field=columns.field,
        items=[f"S{number + 1}" for number in numbers],
        words=words.words,
        fields=("type", "release"),
    )


def _visits(found: Run, words: _Words, events: _Events) -> None:
    """States of each visit: queue, work, held, no room; stretches of no length are left out, but one stays."""
    visit = found.visits
    rows = np.arange(len(visit))
    stage, number = visit["stage"], visit["number"]
    entered, started, worked, ready, left = (np.round(visit[name] * 1e6) for name in INSTANTS)
    outside = words.external[stage]
    idle = words.idle[stage]
    queue = outside | (started < 0) | (started > entered) | idle
    work = ~outside & ~idle & (started >= 0) & ((worked < 0) | (worked > started) | ~queue)
    held = ~outside & ~idle & (worked >= 0) & ((ready < 0) | (ready > worked))
    stopped = ~outside & (ready >= 0) & ((left < 0) | (left > ready))
    for mode, (chosen, begin) in enumerate(zip((queue, work, held, stopped), INSTANTS[:4], strict=True)):
        at, states = visit[begin][chosen], words.states[stage[chosen], mode]
        events.add(number[chosen], rows[chosen], mode, at, Kind.STATE, states)
    released = (visit["release"] != of.NOTHING) & (left >= 0)
    names = words.releases(visit["release"][released])
    events.add(number[released], rows[released], 4, visit["left"][released], Kind.SET, names, field=1)


class _Words:
    """The dictionary of a simulated log, and the codes in it."""

    def __init__(self, model: Model) -> None:
        stages = model.stages
        self.words: list[str] = [BACKLOG, FINISHED, DROPPED]
        self.backlog, self.finished, self.dropped = range(3)
        self.types = self._new([kind.name for kind in model.arrivals.kinds])
        self.external = np.array([stage.external for stage in stages], np.bool_)
        self.idle = np.array([stage.service.expected == 0 and not stage.external for stage in stages], np.bool_)
        named = [[f"{stage.name}: {'outside' if stage.external else mode}" for mode in _MODES] for stage in stages]
        self.states = np.array([self._new(row) for row in named], np.int32)

    def releases(self, numbers: I64) -> np.ndarray:
        """Codes of releases; their names join the dictionary."""
        which, codes = np.unique(numbers, return_inverse=True)
        return self._new([f"release {number}" for number in which])[codes] if len(which) else np.empty(0, np.int32)

    def _new(self, names: list[str]) -> np.ndarray:
        first = len(self.words)
        self.words += names
        return np.arange(first, first + len(names), dtype=np.int32)


@dataclass(frozen=True)
class _Columns:
    number: np.ndarray
    at: np.ndarray
    kind: np.ndarray
    value: np.ndarray
    field: np.ndarray


class _Events:
    """Events gathered column by column, then put into each item's order."""

    def __init__(self) -> None:
        self._parts: list[tuple[np.ndarray, ...]] = []

    def add(
        self, number: I64, row: I64 | int, turn: int, at: F64, kind: Kind, value: np.ndarray | int, *, field: int = NONE
    ) -> None:
        """Events of these items: the row of the visit they belong to, and their turn in it."""
        n = len(number)
        told = (row, turn, at, int(kind), value, field)
        self._parts.append((number, *(np.broadcast_to(np.asarray(one), n) for one in told)))

    def sorted(self) -> _Columns:
        number, row, turn, at, kind, value, field = (np.concatenate(part) for part in zip(*self._parts, strict=True))
        order = np.lexsort((turn, row, number))
        return _Columns(
            number[order],
            at[order],
            kind[order].astype(np.int8),
            value[order].astype(np.int32),
            field[order].astype(np.int16),
        )


def after_warm_up(found: Run, *, begin_us: int | None = None) -> int:
    """The instant at which the warm-up ended, microseconds UTC: where a view of the run should begin."""
    return (begin_of(found.model) if begin_us is None else begin_us) + _us(found.cut_s)


def _us(seconds: float) -> int:
    return round(seconds * 1e6)


def without_warm_up(found: Run) -> Run:
    """The run as if nothing had been before the cut: items that were finished by then are left out."""
    finished = found.items["finished"]
    early = (finished >= 0) & (finished < found.cut_s)
    keep = ~np.isin(found.visits["number"], found.items["number"][early])
    return replace(found, visits=found.visits[keep], items=found.items[~early])
