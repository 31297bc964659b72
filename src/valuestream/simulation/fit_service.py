"""How long work takes, cleaned of waits and of hours without work; and how much less the second time."""

from __future__ import annotations

import numpy as np

from valuestream.simulation.capacity import Hours
from valuestream.simulation.clock import worked
from valuestream.simulation.duration import Duration, empirical, fixed
from valuestream.simulation.observed import Observed
from valuestream.simulation.plan import F64, I64

FEWEST_LATER = 20
"""Later passes from which their own mean is measured; fewer count with the first ones."""
MOST_VALUES = 500
SAME = 0.05
"""Rework factors this near to 1 are 1."""


def service_times(observed: Observed, stage: int, hours: Hours) -> F64:
    """Working seconds of each visit to a stage that has ended; NaN for other visits. float64[visits].

    Work that was interrupted counts as if it had been done at once from its start. A visit that was never in work took
    nobody's time: 0. An external stage takes its whole stay. Of work that was blocked in between, and whose person
    did other things meanwhile, it is not known how long it took.
    """
    visits = observed.visits
    found = np.full(len(visits.item), np.nan)
    rows = (visits.stage == stage) & np.isfinite(visits.left)
    if observed.external[stage]:
        found[rows] = visits.left[rows] - visits.entered[rows]
        return found
    begun = rows & np.isfinite(visits.started)
    found[rows] = 0.0
    end = np.minimum(visits.left[begun], visits.started[begun] + visits.work[begun])
    took = worked(hours, end) - worked(hours, visits.started[begun])
    found[begun] = np.where(took > 0, took, np.minimum(visits.work[begun], 1.0))
    found[begun & (visits.blocked > 0) & (visits.late > 0)] = np.nan
    return found


def service(took: F64, nth: I64) -> tuple[Duration, float, int]:
    """The service time, the later passes' share of the first's, and from how many visits."""
    known = np.isfinite(took)
    took, nth = took[known], nth[known]
    if not len(took) or not took.any():
        return fixed(0.0), 1.0, len(took)
    first, later = took[nth == 1], took[nth > 1]
    rework = 1.0
    if len(later) >= FEWEST_LATER and len(first) >= FEWEST_LATER and first.mean() > 0 and later.mean() > 0:
        rework = float(later.mean() / first.mean())
        if abs(rework - 1.0) < SAME:
            rework = 1.0
    values = first if rework != 1.0 else took
    return empirical(thinned(values)), round(rework, 4), len(took)


def stays(ended: F64, still: F64, most: int = MOST_VALUES) -> Duration:
    """How long stays are, of those that have ended and those that go on (for how long by now), seconds.

    Kaplan and Meier (1958): leaving out what goes on would keep the short ones. Beyond the longest seen nothing is
    known: what is left there counts as that.
    """
    ended = ended[np.isfinite(ended)]
    if not len(still) or not len(ended):
        return empirical(thinned(ended, most)) if len(ended) and ended.any() else fixed(0.0)
    times = np.concatenate([ended, still])
    over = np.concatenate([np.ones(len(ended)), np.zeros(len(still))])
    order = np.lexsort((-over, times))  # at one instant, what ended was still at risk beside what goes on
    times, over = times[order], over[order]
    at_risk = np.arange(len(times), 0, -1)
    survive = np.cumprod(1.0 - over / at_risk)
    mass = np.concatenate([[1.0], survive[:-1]]) - survive
    mass[-1] += survive[-1]
    share = np.concatenate([[0.0], np.cumsum(mass)])
    whole = np.concatenate([[0.0], np.cumsum(mass * times)])
    cut = min(most, len(times))
    at = np.interp(np.linspace(0.0, 1.0, cut + 1), share, whole)
    return empirical(tuple(round(float(value), 3) for value in np.diff(at) * cut))


def thinned(values: F64, most: int = MOST_VALUES) -> tuple[float, ...]:
    """The values in order, or as many means of neighbours, each of the same weight: the mean stays as it is.

    >>> thinned(np.array([1.0, 2.0, 6.0]), 2)
    (1.333, 4.667)
    """
    ordered = np.sort(values)
    if len(ordered) > most:
        whole = np.concatenate([[0.0], np.cumsum(ordered)]) / len(ordered)
        at = np.interp(np.linspace(0.0, 1.0, most + 1), np.linspace(0.0, 1.0, len(whole)), whole)
        ordered = np.diff(at) * most
    return tuple(round(float(value), 3) for value in ordered)
