"""A model in numbers: `Plan`, what the event loop reads."""

from __future__ import annotations

import math
import zlib
from typing import Any

import numpy as np

from valuestream.simulation import plan as of
from valuestream.simulation.check import check
from valuestream.simulation.duration import DAY_S, WEEK_S, Duration
from valuestream.simulation.model import Model, Stage
from valuestream.simulation.plan import F64, I64, U8, U32, Plan, Records
from valuestream.simulation.routing import chances


def compiled_plan(model: Model) -> Plan:
    """The plan of a model that was checked on the way. Stages keep their numbers; background work stands after them."""
    check(model)
    laws = _Laws()
    stage = _stages(model, laws)
    pool, members = _pools(model, stage)
    hours, slot, cycle = _hours(model)
    route_to, route_cum = _routes(model)
    arrivals = model.arrivals
    kinds = arrivals.kinds
    # no lane for what goes first where nothing does
    usual = int(any(kind.expedite for kind in kinds) or any(p.background and p.background.first for p in model.pools))
    ranks = {priority: usual + k for k, priority in enumerate(sorted({kind.priority for kind in kinds}))}
    typed = any(one.order == "types" for one in model.stages)
    gap = laws.number(Duration(arrivals.gap, 1.0, arrivals.cv))
    bursts = [] if arrivals.at else list(arrivals.bursts)
    limited = model.wip is not None or any(one.wip is not None for one in model.stages)
    lanes = usual + (len(ranks) if typed else 1)
    return Plan(
        stage=stage,
        law=_table(of.LAW, laws.rows),
        values=np.array(laws.values, np.float64),
        route_to=route_to,
        route_cum=route_cum,
        pool=pool,
        members=members,
        hours=hours,
        slot=slot,
        cycle=cycle,
        resting=_resting(model),
        intensity=_shares(list(arrivals.hours or [1.0] * 168)),
        trace=np.array(arrivals.at, np.float64),
        kind=_table(
            of.KIND,
            [
                _row(of.KIND, lane=ranks[kind.priority], expedite=kind.expedite, cum=share, work=kind.work)
                for kind, share in zip(kinds, _shares([kind.share for kind in kinds])[1:], strict=True)
            ],
        ),
        burst=np.array([size for size, _ in bursts], np.int64),
        burst_cum=_shares([share for _, share in bursts])[1:],
        rule=_table(
            of.RULE,
            [
                _row(
                    of.RULE,
                    stages=len(model.stages),
                    conwip=model.wip or 0,
                    lanes=lanes,
                    usual=usual,
                    limited=limited,
                    with_hours=bool(arrivals.hours),
                    most_burst=max([size for size, _ in bursts], default=1),
                    ways=route_to.shape[1],
                    passes=route_cum.shape[1],
                    burst_s=0.0 if arrivals.at else WEEK_S * arrivals.burst_mean / arrivals.per_week,
                    on_days_off=arrivals.on_days_off,
                    gap_law=gap,
                )
            ],
        ),
    )


def _table(dtype: np.dtype[Any], rows: list[tuple[Any, ...]]) -> Records:
    return np.array(rows, dtype).view(np.recarray)


def _row(dtype: np.dtype[Any], **values: float) -> tuple[Any, ...]:
    return tuple(values.get(name, 0) for name in dtype.names or ())


class _Laws:
    """Durations on their way to being rows."""

    def __init__(self) -> None:
        self.rows: list[tuple[Any, ...]] = []
        self.values: list[float] = []

    def number(self, duration: Duration) -> int:
        kind, a, b = _law(duration)
        # in order, so that a larger random number is a longer duration in every scenario
        values = sorted(duration.values) if kind == of.EMPIRICAL else []
        self.rows.append(_row(of.LAW, kind=kind, first=len(self.values), count=len(values), a=a, b=b))
        self.values += values
        return len(self.rows) - 1


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


def _stages(model: Model, laws: _Laws) -> Records:
    """The stages, then the background work of pools. A stage's pool is not yet known."""
    rows = [_stage(stage, laws) for stage in model.stages]
    for pool in model.pools:
        if pool.background:
            key, law = _key(f"background of {pool.name}"), laws.number(pool.background.service)
            rows.append(_row(of.STAGE, pool=of.NOTHING, batch=1, key=key, law=law, timer=of.NOTHING, every=1, rework=1))
    return _table(of.STAGE, rows)


def _stage(stage: Stage, laws: _Laws) -> tuple[Any, ...]:
    return _row(
        of.STAGE,
        pool=of.NOTHING,
        wip=stage.wip or 0,
        batch=int(stage.batch),
        automated=stage.automated,
        newest=stage.order == "lifo",
        typed=stage.order == "types",
        key=_key(stage.name),
        released=stage.cadence is not None,
        law=laws.number(stage.service),
        timer=laws.number(stage.timer) if stage.timer else of.NOTHING,
        own=stage.servers is not None,
        external=stage.external,
        every=stage.cadence.every if stage.cadence else 1.0,
        offset=stage.cadence.offset if stage.cadence else 0.0,
        rework=stage.rework,
        gated=stage.gate is not None,
        gate_every=stage.gate.every if stage.gate else 1.0,
        gate_offset=stage.gate.offset if stage.gate else 0.0,
    )


def _pools(model: Model, stage: Records) -> tuple[Records, U32]:
    """Named pools first, then one for each stage with servers of its own, or outsiders; `stage` learns its pool."""
    calendars = [hours.name for hours in model.calendars]
    rows: list[tuple[Any, ...]] = []
    members: list[int] = []
    task = len(model.stages)

    def add(
        servers: int, calendar: str | None, own: list[int], background: int, *, oldest: bool, first: bool, gap: float
    ) -> None:
        own = [*own, background] if background != of.NOTHING else own
        stage["pool"][own] = len(rows)
        hours = calendars.index(calendar) if calendar is not None else of.NOTHING
        begin = len(members)
        members.extend(own)
        rows.append(
            _row(
                of.POOL,
                servers=servers,
                hours=hours,
                oldest=oldest,
                first=begin,
                last=len(members),
                tasks=background,
                tasks_first=first,
                task_gap=gap,
            )
        )

    for pool in model.pools:
        own = [k for k, one in enumerate(model.stages) if one.pool == pool.name]
        background = task if pool.background else of.NOTHING
        task += pool.background is not None
        add(
            pool.servers,
            pool.calendar,
            own[::-1] if pool.prefers == "last" else own,
            background,
            oldest=pool.prefers == "oldest",
            first=pool.background is not None and pool.background.first,
            gap=WEEK_S / pool.background.per_week if pool.background else 0.0,
        )
    for k, one in enumerate(model.stages):
        if one.pool is None:
            add(one.servers or of.COUNTLESS, one.calendar, [k], of.NOTHING, oldest=True, first=False, gap=0.0)
    return _table(of.POOL, rows), np.array(members, np.uint32)


def _hours(model: Model) -> tuple[I64, F64, F64]:
    rows: list[tuple[int, int]] = []
    slots: list[tuple[float, float, float, float]] = []
    cycles: list[tuple[float, float]] = []
    for hours in model.calendars:
        first, done = len(slots), 0.0
        for begin, end in hours.open:
            slots.append((begin, end, done, done + end - begin))
            done += end - begin
        rows.append((first, len(slots)))
        cycles.append((done, hours.cycle_s))
    return (
        np.array(rows, np.int64).reshape(-1, 2),
        np.array(slots, np.float64).reshape(-1, 4),
        np.array(cycles, np.float64).reshape(-1, 2),
    )


def _resting(model: Model) -> U8:
    """Of each day of the arrivals' calendar whether it is one off on which fewer items come."""
    arrivals = model.arrivals
    hours = next((one for one in model.calendars if one.name == arrivals.calendar), None)
    if hours is None or not hours.off or arrivals.at or arrivals.on_days_off == 1.0:
        return np.zeros(0, np.uint8)
    days = np.zeros(round(hours.cycle_s / DAY_S), np.uint8)
    days[list(hours.off)] = 1
    return days


def _routes(model: Model) -> tuple[U32, F64]:
    """Destinations with a chance at any pass, returns first: a larger random number goes further in every scenario."""
    found = chances(model)
    passes, rows, _ = found.shape
    ways = [np.flatnonzero(found[:, row].max(axis=0) > 0) for row in range(rows)]
    most = max(1, *(len(way) for way in ways))
    to = np.zeros((rows, most), np.uint32)
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
