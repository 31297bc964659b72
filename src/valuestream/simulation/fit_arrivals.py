"""What comes in: how much, at which hours of the week, in what bursts."""

from __future__ import annotations

import numpy as np

from valuestream.simulation.demand import Arrivals
from valuestream.simulation.duration import HOUR_S, WEEK_S
from valuestream.simulation.model import Origin
from valuestream.simulation.observed import Observed
from valuestream.simulation.plan import F64, I64

TOGETHER_S = 1.0
"""What arrives within a second arrives together."""
HOURLY = 500
"""Arrivals from which rates by hour of the week are measured; below, hours with work have one rate, others none."""
FEWEST_EVEN = 200
"""Arrivals from which it can be told that no hour is different."""
POISSON = (0.9, 1.1)
"""Coefficients of variation of gaps that pass for a Poisson stream's."""


def arrivals(observed: Observed, rows: I64, *, weeks: float) -> tuple[Arrivals, list[Origin]]:
    """The arrivals of the chosen items (a bootstrap chooses some twice), which came within so many weeks."""
    items = observed.items
    per_week = len(rows) / weeks
    came = np.sort(items.committed[np.unique(rows)])
    first, sizes = _bursts(came)
    bursts = _shares(sizes) if np.count_nonzero(sizes > 1) > 0.02 * len(sizes) else ()
    hours, how = _hours(first)
    cv = _gap_cv(first, hours)
    poisson = POISSON[0] <= cv <= POISSON[1]
    found = Arrivals(
        per_week=per_week,
        hours=hours,
        gap="exponential" if poisson else "gamma",
        cv=1.0 if poisson else round(float(cv), 3),
        bursts=bursts,
    )
    n = len(came)
    origins = [
        Origin("arrivals.per_week", "measured", n),
        Origin("arrivals.hours", how, n),
        Origin("arrivals.cv", "measured", len(first), "of the gaps, hours of the week taken out"),
        Origin("arrivals.bursts", "measured", n),
        Origin("arrivals.types", "measured", n),
    ]
    return found, origins


def _bursts(came: F64) -> tuple[F64, I64]:
    """When each burst came, and how many items it had."""
    begins = np.concatenate([[True], np.diff(came) > TOGETHER_S])
    sizes = np.diff(np.append(np.flatnonzero(begins), len(came)))
    return came[begins], sizes.astype(np.int64)


def _shares(sizes: I64) -> tuple[tuple[int, float], ...]:
    known, counts = np.unique(sizes, return_counts=True)
    return tuple((int(size), float(n / len(sizes))) for size, n in zip(known, counts, strict=True))


def _hours(came: F64) -> tuple[tuple[float, ...], str]:
    """Rates by hour of the week, of bursts; none where they differ no more than chance makes them differ."""
    counts = np.bincount((came % WEEK_S // HOUR_S).astype(np.int64), minlength=168).astype(np.float64)
    if _even(counts):
        return (), "derived"
    if len(came) >= HOURLY:
        return tuple(round(float(share), 6) for share in counts / counts.sum() * 168), "measured"
    busy = counts > 0
    if busy.sum() > 100 or len(came) < 50:
        return (), "assumed"
    by_day: list[list[bool]] = busy.reshape(7, 24).tolist()
    used = [any(day[hour] for day in by_day) for hour in range(24)]
    rates = np.array([[float(any(day) and used[hour]) for hour in range(24)] for day in by_day])
    return tuple(rates.ravel().tolist()), "derived"


def _even(counts: F64) -> bool:
    """Whether arrivals may well be as frequent at every hour: chi square, refused at one in a thousand."""
    expected = counts.mean()
    if expected * len(counts) < FEWEST_EVEN:
        return False
    free = len(counts) - 1
    return bool(((counts - expected) ** 2 / expected).sum() < free + 3.1 * np.sqrt(2 * free))


def _gap_cv(came: F64, hours: tuple[float, ...]) -> float:
    """Coefficient of variation of the gaps on a clock that runs as fast as items usually come."""
    if len(came) < 30:
        return 1.0
    rates = np.array(hours or [1.0] * 168)
    before = np.concatenate([[0.0], np.cumsum(rates)]) / rates.sum()
    week = np.floor(came / WEEK_S)
    hour = (came - week * WEEK_S) / HOUR_S
    low = np.minimum(hour.astype(np.int64), 167)
    clock = week + before[low] + (hour - low) * (before[low + 1] - before[low])
    gaps = np.diff(clock)
    return float(gaps.std() / gaps.mean()) if gaps.mean() > 0 else 1.0
