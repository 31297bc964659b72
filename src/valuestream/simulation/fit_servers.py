"""How many work at once: concurrency while items wait, and stages that share people."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from valuestream.simulation.capacity import Hours
from valuestream.simulation.clock import open_between, worked
from valuestream.simulation.observed import Bool, Observed
from valuestream.simulation.plan import F64, I64

WAITING = 0.02
"""Share of the working time in which items must wait, or the limit was never seen."""
PEAK = 0.995
SHARES = -0.4
"""Stages share people when, while items wait, the work of one goes down as that of the other goes up: correlation."""
VARIES = 0.1
"""Coefficient of variation of the work under load from which partners are looked for."""
STEADY = 0.25
"""The same, up to which the mean under load is what the people can do at once; else it is never quite seen."""
REACHED = 0.95
"""Then it is taken to be what is not exceeded in that share of the time under load."""
SHORTEST_S = 60.0
"""A server free for less is on the way to the next item."""


@dataclass(frozen=True)
class Busy:
    """A step function: from `at[k]` on, `working` items are worked on and `waiting` ones wait; `weight`: working
    seconds until the next step.
    """

    at: F64
    working: I64
    waiting: I64
    weight: F64


@dataclass(frozen=True)
class Crew:
    """Stages that are served by the same people.

    stages    their codes; servers: how many work at once
    how       "measured" under load, "derived" where it was not steady, "assumed" where items hardly ever waited
    loaded    share of the working time in which something waited
    """

    stages: tuple[int, ...]
    servers: int
    how: str
    loaded: float


def work_spans(observed: Observed, stage: int) -> tuple[F64, F64]:
    """Begin and end of each stretch of work at a stage; interrupted work counts as done at once."""
    visits = observed.visits
    rows = (visits.stage == stage) & np.isfinite(visits.started)
    begin = visits.started[rows]
    open_ = ~np.isfinite(visits.left[rows])
    end = np.where(open_, observed.end, np.minimum(visits.left[rows], begin + visits.work[rows]))
    return begin, end


def wait_spans(observed: Observed, stage: int, enabled: F64) -> tuple[F64, F64]:
    """Begin and end of each wait for anybody's hands, from the instant at which the item could be begun.

    A wait for the one person whose status it has is no sign that all others are busy.
    """
    visits = observed.visits
    rows = (visits.stage == stage) & np.isfinite(visits.started)
    return enabled[rows], np.maximum(enabled[rows], visits.started[rows] - visits.late[rows])


def busy(observed: Observed, stages: tuple[int, ...], enabled: F64, hours: Hours) -> Busy:
    """The work and the waits of some stages together."""
    ups: list[F64] = []
    downs: list[F64] = []
    kinds: list[I64] = []
    for stage in stages:
        for which, (begin, end) in enumerate((work_spans(observed, stage), wait_spans(observed, stage, enabled))):
            real = end > begin
            ups.append(begin[real])
            downs.append(end[real])
            kinds.append(np.full(int(real.sum()), which))
    at, kind = np.concatenate([*ups, *downs]), np.concatenate([*kinds, *kinds])
    step = np.concatenate([np.ones(len(at) // 2, np.int64), np.full(len(at) // 2, -1)])
    order = np.argsort(at, kind="stable")
    at, kind, step = at[order], kind[order], step[order]
    working, waiting = (np.cumsum(np.where(kind == one, step, 0)) for one in (0, 1))
    last = np.append(np.diff(at) > 0, True)
    at, working, waiting = at[last], working[last], waiting[last]
    clock = worked(hours, np.append(at, at[-1] if len(at) else 0.0))
    return Busy(at, working, waiting, np.maximum(0.0, np.diff(clock)))


def crews(observed: Observed, enabled: F64, hours: dict[int, Hours], stages: list[int]) -> list[Crew]:
    """Who serves the stages: the work of one that goes down when another's goes up is done by the same people."""
    groups: list[tuple[int, ...]] = [(stage,) for stage in stages]
    found = True
    while found:
        found = False
        for group in groups:
            partner = _partner(observed, enabled, hours, group, [other for other in groups if other != group])
            if partner:
                groups = [other for other in groups if other not in (group, partner)]
                groups.append(tuple(sorted((*group, *partner))))
                found = True
                break
    return [_crew(observed, group, enabled, hours[group[0]]) for group in sorted(groups)]


def _partner(
    observed: Observed, enabled: F64, hours: dict[int, Hours], group: tuple[int, ...], others: list[tuple[int, ...]]
) -> tuple[int, ...] | None:
    alone = busy(observed, group, enabled, hours[group[0]])
    loaded = alone.waiting > 0
    if alone.weight[loaded].sum() < WAITING * alone.weight.sum():
        return None
    mean, spread = _moments(alone.working[loaded], alone.weight[loaded])
    if mean <= 0 or spread < VARIES * mean:
        return None
    best, least = None, SHARES
    for other in others:
        if hours[other[0]].open != hours[group[0]].open:
            continue
        both = busy(observed, (*group, *other), enabled, hours[group[0]])
        when = np.maximum(np.searchsorted(alone.at, both.at, side="right") - 1, 0)
        chosen = loaded[when] & (both.at >= alone.at[0])
        found = _correlation(alone.working[when][chosen], both.working[chosen], both.weight[chosen])
        if found < least:
            best, least = other, found
    return best


def _correlation(own: I64, together: I64, weight: F64) -> float:
    """Of the work of one group with that of the other, given both's; 0 where one of them never changes."""
    _, one = _moments(own, weight)
    _, rest = _moments(together - own, weight)
    _, both = _moments(together, weight)
    return (both**2 - one**2 - rest**2) / (2 * one * rest) if one > 0 and rest > 0 else 0.0


def _moments(values: I64, weight: F64) -> tuple[float, float]:
    total = weight.sum()
    if total <= 0:
        return 0.0, 0.0
    mean = float((values * weight).sum() / total)
    return mean, float(np.sqrt(max(0.0, (weight * (values - mean) ** 2).sum() / total)))


def _crew(observed: Observed, stages: tuple[int, ...], enabled: F64, hours: Hours) -> Crew:
    seen = busy(observed, stages, enabled, hours)
    whole = float(seen.weight.sum())
    loaded = seen.waiting > 0
    share = float(seen.weight[loaded].sum() / whole) if whole else 0.0
    if share >= WAITING:
        mean, spread = _moments(seen.working[loaded], seen.weight[loaded])
        if spread <= STEADY * mean:
            return Crew(stages, max(1, round(mean)), "measured", share)
        return Crew(stages, max(1, _quantile(seen.working[loaded], seen.weight[loaded], REACHED)), "derived", share)
    servers = _quantile(seen.working, seen.weight, PEAK) if whole else int(seen.working.max(initial=1))
    return Crew(stages, max(1, servers), "assumed", share)


def _quantile(values: I64, weight: F64, share: float) -> int:
    order = np.argsort(values)
    total = np.cumsum(weight[order])
    return int(values[order][min(len(values) - 1, int(np.searchsorted(total, share * total[-1])))])


def free_spans(seen: Busy, servers: int, hours: Hours, end: float) -> tuple[F64, F64]:
    """When a server had nothing to do in working hours: begins and ends, rising and disjoint."""
    begin, stop = seen.at, np.append(seen.at[1:], max(end, float(seen.at[-1]))) if len(seen.at) else seen.at
    free: Bool = seen.working < servers
    begin, stop = begin[free], stop[free]
    if not len(begin):
        return begin, stop
    joined = np.append(True, begin[1:] > stop[:-1])
    firsts = np.flatnonzero(joined)
    lasts = np.append(firsts[1:] - 1, len(begin) - 1)
    begin, stop = _in_hours(begin[firsts], stop[lasts], hours)
    long = stop - begin >= SHORTEST_S
    return begin[long], stop[long]


def _in_hours(begin: F64, stop: F64, hours: Hours) -> tuple[F64, F64]:
    """The parts of spans that lie in working hours."""
    if hours.open == ((0.0, 604_800.0),):
        return begin, stop
    opens, closes = open_between(hours, float(begin.min()), float(stop.max()))
    low = np.searchsorted(closes, begin, side="right")
    high = np.searchsorted(opens, stop, side="left")
    counts = np.maximum(0, high - low)
    rows = np.repeat(np.arange(len(begin)), counts)
    which = np.repeat(low, counts) + np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    return np.maximum(begin[rows], opens[which]), np.minimum(stop[rows], closes[which])
