"""Working hours: the stream's own, or those that the log's starts and ends show; and stages with fewer days."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from valuestream.simulation.capacity import Hours
from valuestream.simulation.duration import DAY_S, HOUR_S, WEEK_S
from valuestream.simulation.fit_days_off import WORKED, ratio
from valuestream.simulation.observed import Observed
from valuestream.simulation.plan import F64

ALWAYS = Hours("always", ((0.0, WEEK_S),))
FEWEST = 200
"""Starts and ends below which no hours are read out of a log."""
QUIET = 0.15
"""An hour of the week counts as work when it has that share of what a busy one has."""
INSIDE = 0.95
"""Share of all starts and ends that hours must hold, else people are taken to be always there."""
FEWEST_STARTS = 30
RARE = 0.02
"""Share of a stage's starts on weekdays that are none of its own."""


def hours_seen(observed: Observed) -> tuple[Hours, str, int]:
    """The hours in which the stream works: (hours, how they were found, from how many observations)."""
    if observed.hours is not None:
        return observed.days_off.on(observed.hours), "declared", len(observed.visits.item)
    at = _moves(observed)
    if len(at) < FEWEST:
        return ALWAYS, "assumed", len(at)
    counts = np.bincount((at % WEEK_S // HOUR_S).astype(np.int64), minlength=168)
    busy = np.sort(counts)[-40:].mean()
    works = counts >= QUIET * busy
    if counts[works].sum() < INSIDE * len(at) or works.sum() > 120:
        return ALWAYS, "derived", len(at)
    return observed.days_off.on(Hours("hours", _slots(works))), "derived", len(at)


def _moves(observed: Observed) -> F64:
    """When somebody did something: work began, or a stage with work was left."""
    visits = observed.visits
    ends = visits.left[np.isfinite(visits.left) & np.isfinite(visits.started)]
    found: F64 = np.concatenate([visits.started[np.isfinite(visits.started)], ends])
    return found


def _slots(works: np.ndarray) -> tuple[tuple[float, float], ...]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], works, [False]]).astype(np.int8)))
    return tuple((float(begin * HOUR_S), float(end * HOUR_S)) for begin, end in edges.reshape(-1, 2))


def rested(observed: Observed) -> tuple[Observed, list[str]]:
    """The log without days off on which people worked as on others, and what a reader must know of them."""
    found = observed.days_off
    if not found.days:
        return observed, []
    started = observed.visits.started
    share, n = ratio(started[np.isfinite(started)], found, begin=observed.begin, end=observed.end)
    if n and share >= WORKED:
        told = f"On the {n} days off of the settings {share:.0%} of the usual work began: the model knows no days off."
        return replace(observed, days_off=replace(found, days=())), [told]
    return observed, []


def days_of(observed: Observed, stage: int, hours: Hours) -> tuple[int, ...] | None:
    """The weekdays on which a stage begins work, where it does so on fewer than the hours have; else None."""
    visits = observed.visits
    begun = visits.started[(visits.stage == stage) & np.isfinite(visits.started)]
    if len(begun) < FEWEST_STARTS:
        return None
    counts = np.bincount((begun % WEEK_S // DAY_S).astype(np.int64), minlength=7)
    usual = {day for begin, end in hours.slots for day in range(int(begin // DAY_S), int((end - 1) // DAY_S) + 1)}
    own = {day for day in usual if counts[day] > RARE * len(begun)}
    return tuple(sorted(own)) if own and len(own) < len(usual) and len(own) <= 4 else None


def on_days(name: str, hours: Hours, days: tuple[int, ...]) -> Hours:
    """The hours on those weekdays only."""
    slots = [(max(begin, day * DAY_S), min(end, (day + 1) * DAY_S)) for begin, end in hours.slots for day in days]
    return replace(hours, name=name, slots=tuple(sorted((begin, end) for begin, end in slots if begin < end)))
