"""How far apart two streams are: lead times, arrivals, throughput and load, each as a distance of distributions.

The 1-Wasserstein distance is the mean distance by which one sample must be moved to become the other, in the
sample's own unit: days of lead time, items a week, items in progress.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from valuestream.simulation.answer import Run
from valuestream.simulation.duration import DAY_S, WEEK_S
from valuestream.simulation.observed import Items
from valuestream.simulation.plan import F64

KINDS = ("lead_time_s", "arrivals_per_week", "throughput_per_week", "load")


@dataclass(frozen=True)
class Sample:
    """What one stretch of a stream shows: lead times of what was finished, weekly counts, daily load at midnight."""

    lead: F64
    arrivals: F64
    throughput: F64
    load: F64

    def columns(self) -> tuple[F64, F64, F64, F64]:
        """In the order of `KINDS`."""
        return self.lead, self.arrivals, self.throughput, self.load


def sample(committed: F64, finished: F64, *, begin: float, end: float, lead: F64 | None = None) -> Sample:
    """A sample of [begin, end), complete weeks only; `finished` is NaN for what is open.

    lead   where it is not simply finished - committed; NaN leaves an item out of the lead times
    """
    weeks = max(1, int((end - begin) // WEEK_S))
    end = begin + weeks * WEEK_S if end - begin >= WEEK_S else end
    took = finished - committed if lead is None else lead
    inside = (finished >= begin) & (finished < end) & np.isfinite(took)
    midnights = np.arange(begin, end, DAY_S)
    came, gone = np.sort(committed), np.sort(finished[np.isfinite(finished)])
    load = np.searchsorted(came, midnights, side="right") - np.searchsorted(gone, midnights, side="right")
    return Sample(took[inside], _weekly(committed, begin, weeks), _weekly(finished, begin, weeks), load.astype(float))


def of_items(items: Items, *, begin: float, end: float) -> Sample:
    """A sample of a log. What was cancelled counts in load and arrivals."""
    ended = np.where(items.outcome == 1, items.finished, np.nan)
    found = sample(items.committed, items.finished, begin=begin, end=end, lead=np.where(items.done, items.lead, np.nan))
    done = sample(items.committed, ended, begin=begin, end=end)
    return Sample(found.lead, found.arrivals, done.throughput, found.load)


def of_run(run: Run) -> Sample:
    """A sample of a simulated run, from its cut on."""
    items = run.items[run.items["committed"] >= 0]
    over = np.where(items["outcome"] > 0, items["finished"], np.nan)
    done = np.where(items["outcome"] == 1, items["finished"], np.nan)
    found = sample(items["committed"], over, begin=run.cut_s, end=run.end_s)
    finished = sample(items["committed"], done, begin=run.cut_s, end=run.end_s)
    return Sample(finished.lead, found.arrivals, finished.throughput, found.load)


def pooled(samples: list[Sample]) -> Sample:
    """All of them as one."""
    return Sample(*(np.concatenate(columns) for columns in zip(*(one.columns() for one in samples), strict=True)))


def distance(one: F64, other: F64) -> float | None:
    """1-Wasserstein: the area between the two distribution functions; None where one of them is empty.

    >>> distance(np.array([0.0, 1.0]), np.array([2.0, 3.0]))
    2.0
    """
    if not len(one) or not len(other):
        return None
    one, other = np.sort(one), np.sort(other)
    both = np.sort(np.concatenate([one, other]))
    shares = [np.searchsorted(values, both[:-1], side="right") / len(values) for values in (one, other)]
    return float((np.abs(shares[0] - shares[1]) * np.diff(both)).sum())


def distances(one: Sample, other: Sample) -> dict[str, float | None]:
    """Each kind's distance."""
    pairs = zip(KINDS, one.columns(), other.columns(), strict=True)
    return {kind: distance(left, right) for kind, left, right in pairs}


def naive(seen: Sample, *, seed: int) -> Sample:
    """A model that knows means only: items come at random, and each takes a time of its own, whatever the load."""
    rng = np.random.default_rng(seed)
    rate, lead = float(seen.arrivals.mean()), float(seen.lead.mean()) if len(seen.lead) else 0.0
    weeks = max(4, len(seen.arrivals))
    warm_up = 8 * lead + WEEK_S
    span = warm_up + weeks * WEEK_S
    committed = np.sort(rng.uniform(0, span, rng.poisson(rate * span / WEEK_S)))
    finished = committed + rng.exponential(max(lead, 1e-9), len(committed))
    return sample(committed, finished, begin=warm_up, end=span)


def _weekly(at: F64, begin: float, weeks: int) -> F64:
    which = np.floor((at[np.isfinite(at)] - begin) / WEEK_S).astype(np.int64)
    which = which[(which >= 0) & (which < weeks)]
    return np.bincount(which, minlength=weeks).astype(np.float64)
