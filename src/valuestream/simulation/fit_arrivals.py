"""What comes in: how much, at which hours of the week, how much less on days off, in what bursts."""

from __future__ import annotations

import numpy as np

from valuestream.simulation.demand import Arrivals
from valuestream.simulation.duration import DAY_S, HOUR_S, WEEK_S
from valuestream.simulation.fit_days_off import NO_RESTS, Rests, ratio, rest_of
from valuestream.simulation.fit_stretch import Stretch
from valuestream.simulation.model import Origin
from valuestream.simulation.observed import Observed
from valuestream.simulation.plan import F64, I64

TOGETHER_S = 1.0
"""What arrives within a second arrives together."""
HOURLY = 500
"""Arrivals from which rates by hour of the week are measured; below, hours with work have one rate, others none."""
FEWEST_EVEN = 200
"""Arrivals from which it can be told that no hour is different."""
CHANCE = 2.0
"""Standard errors by which fewer items must come on days off than on others."""
POISSON = (0.9, 1.1)
"""Coefficients of variation of gaps that pass for a Poisson stream's."""


def arrivals(observed: Observed, rows: I64, usual: Stretch) -> tuple[Arrivals, list[Origin]]:
    """The arrivals of the chosen items (a bootstrap chooses some twice), which came in that stretch."""
    items = observed.items
    came = np.sort(items.committed[np.unique(rows)])
    first, sizes = _bursts(came)
    bursts = _shares(sizes) if np.count_nonzero(sizes > 1) > 0.02 * len(sizes) else ()
    rests, told = _rests(observed, first, usual)
    hours, how = _hours(*_as_usual(first, rests, usual))
    by_hour = np.array(hours or [1.0] * 168) / (sum(hours) or 168.0)
    cv = _gap_cv(rests.clock(first, by_hour))
    lost = rests.lost(np.array([usual.begin, usual.end]), by_hour)
    poisson = POISSON[0] <= cv <= POISSON[1]
    found = Arrivals(
        per_week=len(rows) / max(1e-9, usual.weeks - float(lost[1] - lost[0])),
        hours=hours,
        gap="exponential" if poisson else "gamma",
        cv=1.0 if poisson else round(float(cv), 3),
        bursts=bursts,
        on_days_off=rests.share,
    )
    n = len(came)
    origins = [
        Origin("arrivals.per_week", "measured", n),
        Origin("arrivals.hours", how, n),
        Origin("arrivals.cv", "measured", len(first), "of the gaps, hours of the week and days off taken out"),
        Origin("arrivals.bursts", "measured", n),
        Origin("arrivals.types", "measured", n),
    ]
    return found, [*origins, *told]


def _rests(observed: Observed, came: F64, usual: Stretch) -> tuple[Rests, list[Origin]]:
    """How days off thin the arrivals: as measured, or, where none is in the log, as days without hours do."""
    days_off = observed.days_off
    if not days_off.days:
        return NO_RESTS, []
    share, n = ratio(came, days_off, begin=usual.begin, end=usual.end)
    if n:
        fewer = share < 1.0 - CHANCE / np.sqrt(max(1.0, n * len(came) / (7 * usual.weeks)))
        told = Origin("arrivals.on_days_off", "measured", n, "days off, against the same weekdays")
        return Rests(days_off.inside, round(share, 4) if fewer else 1.0), [told]
    share = _on_days_without_hours(observed, came)
    return Rests((), share), [Origin("arrivals.on_days_off", "assumed", None, "as on weekdays without working hours")]


def _on_days_without_hours(observed: Observed, came: F64) -> float:
    """Of a working day's arrivals the share that comes on a day without hours; 1 where the week has no such day."""
    works = {int(begin // DAY_S) for begin, _ in observed.hours.slots} if observed.hours else set()
    counts = np.bincount((came % WEEK_S // DAY_S).astype(np.int64), minlength=7)
    work = np.isin(np.arange(7), list(works))
    if not works or work.all() or not counts[work].sum():
        return 1.0
    return min(1.0, round(float(counts[~work].mean() / counts[work].mean()), 4))


def _as_usual(came: F64, rests: Rests, usual: Stretch) -> tuple[F64, F64]:
    """What came on other days than days off, and by how much each weekday must be weighted for those it lacks."""
    weight = np.ones(7)
    if not rests.days or rests.share == 1.0:
        return came, weight
    days = np.arange(int(usual.begin // DAY_S), int(np.ceil(usual.end / DAY_S)))
    open_ = ~np.isin(days, rests.days)
    for weekday in range(7):
        own = days % 7 == weekday
        weight[weekday] = own.sum() / max(1, (own & open_).sum())
    return came[~rest_of(came, rests.days)], weight


def _bursts(came: F64) -> tuple[F64, I64]:
    """When each burst came, and how many items it had."""
    begins = np.concatenate([[True], np.diff(came) > TOGETHER_S])
    sizes = np.diff(np.append(np.flatnonzero(begins), len(came)))
    return came[begins], sizes.astype(np.int64)


def _shares(sizes: I64) -> tuple[tuple[int, float], ...]:
    known, counts = np.unique(sizes, return_counts=True)
    return tuple((int(size), float(n / len(sizes))) for size, n in zip(known, counts, strict=True))


def _hours(came: F64, weight: F64) -> tuple[tuple[float, ...], str]:
    """Rates by hour of the week, of bursts; none where they differ no more than chance makes them differ."""
    counts: F64 = np.repeat(weight, 24) * np.bincount((came % WEEK_S // HOUR_S).astype(np.int64), minlength=168)
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


def _gap_cv(clock: F64) -> float:
    """Coefficient of variation of the gaps on a clock that runs as fast as items usually come."""
    if len(clock) < 30:
        return 1.0
    gaps = np.diff(clock)
    return float(gaps.std() / gaps.mean()) if gaps.mean() > 0 else 1.0
