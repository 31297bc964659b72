"""A model in numbers: `Plan`, what the event loop reads."""

from __future__ import annotations

import math
import zlib

import numpy as np

from valuestream.simulation import plan as of
from valuestream.simulation.check import check
from valuestream.simulation.model import Duration, Model, Stage
from valuestream.simulation.plan import F64, I64, Plan
from valuestream.simulation.routing import chances


def compiled_plan(model: Model) -> Plan:
    """The plan of a model that was checked on the way. Stages keep their numbers; background work stands after them."""
    check(model)
    laws = _Laws()
    stage, stage_f = _stages(model, laws)
    pool, pool_f, members = _pools(model, stage, laws)
    hours, slot, week = _hours(model)
    route_to, route_cum = _routes(model)
    arrivals = model.arrivals
    kinds = arrivals.kinds
    ranks = {priority: 1 + k for k, priority in enumerate(sorted({kind.priority for kind in kinds}))}
    typed = any(one.order == "types" for one in model.stages)
    gap = laws.number(Duration(arrivals.gap, 1.0, arrivals.cv))
    bursts = [] if arrivals.at else list(arrivals.bursts)
    limited = model.wip is not None or any(one.wip is not None for one in model.stages)
    lanes = 1 + (len(ranks) if typed else 1)
    most = max([size for size, _ in bursts], default=1)
    with_hours = bool(arrivals.hours)
    law, law_f, values = laws.arrays()
    return Plan(
        stage=stage,
        stage_f=stage_f,
        law=law,
        law_f=law_f,
        values=values,
        route_to=route_to,
        route_cum=route_cum,
        pool=pool,
        pool_f=pool_f,
        members=members,
        hours=hours,
        slot=slot,
        week=week,
        intensity=_shares(list(arrivals.hours or [1.0] * 168)),
        trace=np.array(arrivals.at, np.float64),
        type_i=np.array([(ranks[kind.priority], kind.expedite) for kind in kinds], np.int64),
        type_f=np.array(
            list(zip(_shares([kind.share for kind in kinds])[1:], [kind.work for kind in kinds], strict=True))
        ),
        burst=np.array([size for size, _ in bursts], np.int64),
        burst_cum=_shares([share for _, share in bursts])[1:],
        rule=np.array([len(model.stages), model.wip or 0, lanes, limited, gap, with_hours, most], np.int64),
        rule_f=np.array([0.0 if arrivals.at else arrivals.per_week / arrivals.burst_mean]),
    )


class _Laws:
    """Durations on their way to being rows."""

    def __init__(self) -> None:
        self.rows: list[tuple[int, int, int]] = []
        self.floats: list[tuple[float, float]] = []
        self.values: list[float] = []

    def number(self, duration: Duration) -> int:
        kind, a, b = _law(duration)
        # in order, so that a larger random number is a longer duration in every scenario
        values = sorted(duration.values) if kind == of.EMPIRICAL else []
        self.rows.append((kind, len(self.values), len(values)))
        self.floats.append((a, b))
        self.values += values
        return len(self.rows) - 1

    def arrays(self) -> tuple[I64, F64, F64]:
        return np.array(self.rows, np.int64), np.array(self.floats), np.array(self.values, np.float64)


def _law(duration: Duration) -> tuple[int, float, float]:
    """Kind and parameters: mean | mu, sigma | shape, scale."""
    if duration.kind == "empirical":
        return of.EMPIRICAL, 0.0, 0.0
    if duration.kind == "exponential" and duration.mean > 0:
        return of.EXPONENTIAL, duration.mean, 0.0
    if duration.kind in ("deterministic", "exponential") or duration.mean == 0 or duration.cv == 0:
        return of.DETERMINISTIC, duration.mean, 0.0
    square = duration.cv**2
    if duration.kind == "lognormal":
        variance = math.log(1 + square)
        return of.LOGNORMAL, math.log(duration.mean) - variance / 2, math.sqrt(variance)
    return of.GAMMA, 1 / square, duration.mean * square


def _shares(weights: list[float]) -> F64:
    """Cumulated shares with 0 in front; the last is 1 exactly."""
    total = np.concatenate([[0.0], np.cumsum(np.array(weights, np.float64))])
    if len(weights):
        total /= total[-1]
        total[total >= total[-1]] = 1.0
    return total


def _key(name: str) -> int:
    return zlib.crc32(name.encode())


def _stages(model: Model, laws: _Laws) -> tuple[I64, F64]:
    rows, floats = [], []
    for stage in model.stages:
        rows.append(_stage(stage, laws))
        cadence = stage.cadence
        floats.append((cadence.every if cadence else 1.0, cadence.offset if cadence else 0.0, stage.rework))
    for pool in model.pools:
        if pool.background:
            law = laws.number(pool.background.service)
            key = _key(f"background of {pool.name}")
            rows.append([of.NOTHING, 0, 1, 0, 0, 0, key, 0, law, of.NOTHING, 0, 0])
            floats.append((1.0, 0.0, 1.0))
    return np.array(rows, np.int64), np.array(floats, np.float64)


def _stage(stage: Stage, laws: _Laws) -> list[int]:
    row = [0] * 12
    row[of.POOL] = of.NOTHING
    row[of.WIP] = stage.wip or 0
    row[of.BATCH] = int(stage.batch)
    row[of.AUTOMATED] = stage.automated
    row[of.NEWEST] = stage.order == "lifo"
    row[of.TYPED] = stage.order == "types"
    row[of.KEY] = _key(stage.name)
    row[of.RELEASED] = stage.cadence is not None
    row[of.LAW] = laws.number(stage.service)
    row[of.TIMER] = laws.number(stage.timer) if stage.timer else of.NOTHING
    row[of.OWN] = stage.servers is not None
    row[of.EXTERNAL] = stage.external
    return row


def _pools(model: Model, stage: I64, laws: _Laws) -> tuple[I64, F64, I64]:
    """Named pools first, then one for each stage with servers of its own, or outsiders; `stage` learns its pool."""
    calendars = [hours.name for hours in model.calendars]
    rows: list[list[int]] = []
    gaps: list[tuple[float]] = []
    members: list[int] = []
    task = len(model.stages)

    def add(servers: int, calendar: str | None, oldest: bool, own: list[int], background: int, first: bool) -> None:
        own = [*own, background] if background != of.NOTHING else own
        stage[own, of.POOL] = len(rows)
        hours = calendars.index(calendar) if calendar is not None else of.NOTHING
        begin = len(members)
        members.extend(own)
        rows.append([servers, hours, oldest, begin, len(members), background, first])

    for pool in model.pools:
        own = [k for k, one in enumerate(model.stages) if one.pool == pool.name]
        background = task if pool.background else of.NOTHING
        task += pool.background is not None
        order = own[::-1] if pool.prefers == "last" else own
        first = pool.background is not None and pool.background.first
        add(pool.servers, pool.calendar, pool.prefers == "oldest", order, background, first)
        gaps.append((604_800.0 / pool.background.per_week if pool.background else 0.0,))
    for k, one in enumerate(model.stages):
        if one.pool is None:
            add(one.servers or of.COUNTLESS, one.calendar, True, [k], of.NOTHING, False)
            gaps.append((0.0,))
    return (
        np.array(rows, np.int64).reshape(-1, 7),
        np.array(gaps, np.float64).reshape(-1, 1),
        np.array(members, np.int64),
    )


def _hours(model: Model) -> tuple[I64, F64, F64]:
    rows: list[tuple[int, int]] = []
    slots: list[tuple[float, float, float]] = []
    weeks: list[float] = []
    for hours in model.calendars:
        first, done = len(slots), 0.0
        for begin, end in hours.slots:
            slots.append((begin, end, done))
            done += end - begin
        rows.append((first, len(slots)))
        weeks.append(done)
    return np.array(rows, np.int64).reshape(-1, 2), np.array(slots, np.float64).reshape(-1, 3), np.array(weeks)


def _routes(model: Model) -> tuple[I64, F64]:
    """Destinations with a chance at any pass, returns first: a larger random number goes further in every scenario."""
    found = chances(model)
    passes, rows, _ = found.shape
    ways = [np.flatnonzero(found[:, row].max(axis=0) > 0) for row in range(rows)]
    most = max(1, *(len(way) for way in ways))
    to = np.zeros((rows, most), np.int64)
    cumulated = np.ones((rows, passes, most))
    for row, way in enumerate(ways):
        to[row] = way[-1] if len(way) else len(model.stages)
        to[row, : len(way)] = way
        for k in range(passes):
            shares = found[k, row, way].cumsum()
            if len(way) and shares[-1] > 0:
                last = np.flatnonzero(found[k, row, way] > 0)[-1]
                cumulated[row, k, : len(way)] = shares / shares[-1]
                cumulated[row, k, last:] = 1.0
    return to, cumulated
