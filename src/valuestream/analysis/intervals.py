"""How sure a figure is: 95 % intervals, by an exact method where there is one, else by resampling."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from valuestream.analysis.asker import Asker
from valuestream.metrics import question
from valuestream.metrics.metric import ENOUGH, Figure, Metric
from valuestream.metrics.periods import periods

LEVEL = 0.95
RESAMPLES = 2_000
GROUPS = 1_000
"""Items, or batches, are dealt into at most so many groups, which are resampled: of fewer, each is its own."""
LEAST_WEEKS = 6

ORDER = "exact, by order statistics: no shape is assumed"
BINOMIAL = "exact binomial (Clopper-Pearson)"
WEEKS = "Student's t over the counts of the complete weeks"
RATIO = f"bootstrap: {{}} drawn {RESAMPLES:,} times with replacement, percentiles"


@dataclass(frozen=True)
class Interval:
    """The 95 % interval of a figure, in its unit, and the rule that gave it."""

    low: float
    high: float
    rule: str


def interval(ask: Asker, metric: Metric, figure: Figure, *, zone: str, seed: int = 1) -> Interval | None:
    """The interval of a figure that `ask` gave; None where there is too little, or no rule.

    Counts of what is there (load, distribution) are no samples of anything, and have none.
    """
    if figure.value is None:
        return None
    if metric.per_week:
        return _of_weeks(ask, metric, zone)
    if metric.spread is not None:
        return _of_order(ask, metric, figure.n)
    if metric.counts:
        return binomial(round(figure.value * figure.n), figure.n)
    if metric.parts is not None:
        return _of_ratio(ask, metric, seed)
    return None


def binomial(k: int, n: int) -> Interval | None:
    """Clopper and Pearson's interval of k in n.

    >>> found = binomial(8, 10)
    >>> round(found.low, 4), round(found.high, 4)
    (0.4439, 0.9748)
    """
    from scipy.stats import beta

    if n < 1:
        return None
    tail = (1 - LEVEL) / 2
    low = float(beta.ppf(tail, k, n - k + 1)) if k else 0.0
    high = float(beta.ppf(1 - tail, k + 1, n - k)) if k < n else 1.0
    return Interval(low, high, BINOMIAL)


def ranks(n: int) -> tuple[int, int] | None:
    """The ranks, from 1, of the ordered values between which the median lies with 95 % at least; None below six.

    >>> ranks(10), ranks(100), ranks(5)
    ((2, 9), (40, 61), None)
    """
    from scipy.stats import binom

    low = int(binom.ppf((1 - LEVEL) / 2, n, 0.5))
    if binom.cdf(low, n, 0.5) > (1 - LEVEL) / 2:
        low -= 1
    return (low + 1, n - low) if low >= 0 else None


def _of_order(ask: Asker, metric: Metric, n: int) -> Interval | None:
    found = ranks(n) if n >= ENOUGH else None
    if found is None:
        return None
    where = f"({question.condition(metric, ask.window, ask.filters)}) AND ({metric.of})"
    table, x = question.table(metric, ask.window), metric.spread
    rows = f"SELECT {x} FROM {table} WHERE {where} ORDER BY {x} LIMIT 1 OFFSET"
    low, high = (float(ask.run(f"{rows} {rank - 1}")[0][0]) for rank in found)
    return Interval(low, high, ORDER)


def _of_weeks(ask: Asker, metric: Metric, zone: str) -> Interval | None:
    from scipy.stats import t

    weeks = ask.window.weeks[2]
    if weeks < LEAST_WEEKS:
        return None
    when = periods("week", ask.window, zone, of_weeks=True)
    group = question.Group("week", when.sql(metric.clock), "periods")
    found = ask.answers(metric, [group], when)
    whole = [k for k in range(len(when.labels)) if when.complete[k]]
    counts = np.array([found[(k,)].figure.value or 0.0 if (k,) in found else 0.0 for k in whole])
    half = float(t.ppf((1 + LEVEL) / 2, weeks - 1) * counts.std(ddof=1) / np.sqrt(weeks))
    mean = float(counts.mean())
    return Interval(max(0.0, mean - half), mean + half, WEEKS)


def _of_ratio(ask: Asker, metric: Metric, seed: int) -> Interval | None:
    assert metric.parts is not None
    above, below = metric.parts
    where = f"({question.condition(metric, ask.window, ask.filters)}) AND ({metric.of})"
    unit = "batch" if metric.over == "batches" else "item"  # what leaves together is one draw
    rows = ask.run(
        f"SELECT {unit} % {GROUPS} AS part, sum({above})::DOUBLE, sum({below})::DOUBLE FROM {metric.over}"
        f" WHERE {where} GROUP BY part ORDER BY part"
    )
    if len(rows) < ENOUGH:
        return None
    numbers = np.array([[row[1] or 0.0, row[2] or 0.0] for row in rows])
    drawn = np.random.default_rng(seed).integers(0, len(rows), (RESAMPLES, len(rows)))
    sums = numbers[drawn].sum(axis=1)
    ratios = sums[:, 0] / np.where(sums[:, 1] > 0, sums[:, 1], np.nan)
    tail = 100 * (1 - LEVEL) / 2
    low, high = np.nanpercentile(ratios, [tail, 100 - tail])
    return Interval(float(low), float(high), RATIO.format("batches" if unit == "batch" else "items"))
