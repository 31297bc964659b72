"""Waits that have a cause one can name: a gate before a stage, a release after it; and those that have none: timers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from valuestream.simulation.capacity import Cadence
from valuestream.simulation.duration import DAY_S, HOUR_S, WEEK_S
from valuestream.simulation.observed import Observed
from valuestream.simulation.plan import F64

FEWEST = 30
LEAKS = 0.03
"""Share of the visits that a gate may let through between its openings."""
TOGETHER_S = 300.0
"""Departures within five minutes of the first leave together."""
PUNCTUAL = 0.9
"""Share of the departures that must lie within two hours of the cadence's phase."""
WINDOW_S = 2 * HOUR_S
LARGE = 2.0
"""Mean size from which departures are batches, against that of departures which do not know of each other."""
BUSY = 40 / 168
"""Share of the hours in which these lie."""


@dataclass(frozen=True)
class Release:
    """How items leave a stage: with a cadence, in batches, or as they come (batch 1)."""

    cadence: Cadence | None
    batch: int
    n: int


def gate(observed: Observed, stage: int) -> Cadence | None:
    """The instants before which nothing that has come since the last one is begun, or None: weekly, else daily."""
    visits = observed.visits
    rows = (visits.stage == stage) & np.isfinite(visits.started)
    entered, started = visits.entered[rows], visits.started[rows]
    if len(entered) < FEWEST:
        return None
    for every, step in ((WEEK_S, 4 * HOUR_S), (DAY_S, HOUR_S)):
        phases = np.arange(0.0, every, step)
        same = np.array([(np.floor((entered - p) / every) == np.floor((started - p) / every)).mean() for p in phases])
        phase = float(phases[int(np.argmin(same))])
        closed = ((entered - phase) % every).std() > every / 20  # items come at many times, not just before it opens
        if same.min() <= LEAKS and closed:
            return Cadence(every, _latest(entered, started, every, phases[same <= LEAKS]))
    return None


def _latest(entered: F64, started: F64, every: float, phases: F64) -> float:
    """Of the phases that fit, the one nearest before the first starts: the gate opens when work can begin."""
    begins = np.quantile((started % every), 0.02)
    before = (begins - phases) % every
    return float(phases[int(np.argmin(before))])


def opened(cadence: Cadence | None, entered: F64) -> F64:
    """The instant from which each item can be begun."""
    if cadence is None:
        return entered
    at: F64 = cadence.offset + np.ceil((entered - cadence.offset) / cadence.every) * cadence.every
    return at


def release(observed: Observed, stage: int) -> Release:
    """How items leave a stage that nobody works at."""
    visits = observed.visits
    left = np.sort(visits.left[(visits.stage == stage) & np.isfinite(visits.left)])
    if len(left) < FEWEST:
        return Release(None, 1, len(left))
    firsts, sizes = _groups(left)
    by_chance = 1.0 + TOGETHER_S * len(left) / (max(left[-1] - left[0], WEEK_S) * BUSY)
    if sizes.mean() < LARGE * by_chance or len(firsts) < 3:
        return Release(None, 1, len(left))
    for every in (4 * WEEK_S, 2 * WEEK_S, WEEK_S, DAY_S):
        offset = _phase(left, every)
        near = np.abs((left - offset + every / 2) % every - every / 2) <= WINDOW_S
        # a weekly release fits a daily phase as well: of two that fit, the longer one that is used each time
        used = len(np.unique(np.floor((firsts - offset) / every + 0.5)))
        possible = (left[-1] - left[0]) / every + 1
        if near.mean() >= PUNCTUAL and (used >= 0.6 * possible or every == DAY_S):
            return Release(Cadence(every, offset), 1, len(firsts))
    return Release(None, max(1, round(float(sizes.mean()))), len(firsts))


def _groups(left: F64) -> tuple[F64, F64]:
    """Departures that lie within five minutes of the first of them: that first instant, and how many."""
    firsts: list[float] = []
    sizes: list[int] = []
    for at in left.tolist():
        if firsts and at - firsts[-1] <= TOGETHER_S:
            sizes[-1] += 1
        else:
            firsts.append(at)
            sizes.append(1)
    return np.array(firsts), np.array(sizes, np.float64)


def _phase(left: F64, every: float) -> float:
    """The phase near which most departures lie."""
    phase = left % every
    slots = np.bincount((phase // HOUR_S).astype(np.int64))
    inside = phase[(phase // HOUR_S).astype(np.int64) == int(np.argmax(slots))]
    return float(np.median(inside))


def idle_waits(enabled: F64, started: F64, free: tuple[F64, F64]) -> F64:
    """Seconds between the first and the last instant at which somebody was free while an item waited (0: never).

    "Eclipse-aware": what the item waited before anyone was free is queueing, and so is what it waits after the last
    of those moments. Between them it could have been begun and was not: a delay that no load explains.
    """
    begins, ends = free
    found = np.zeros(len(enabled))
    if not len(begins):
        return found
    first = np.searchsorted(ends, enabled, side="right")
    last = np.searchsorted(begins, started, side="left") - 1
    rows = np.flatnonzero(first <= last)
    low = np.maximum(begins[first[rows]], enabled[rows])
    high = np.minimum(ends[last[rows]], started[rows])
    found[rows] = np.maximum(0.0, high - low)
    return found
