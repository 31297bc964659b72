"""The window against the time before it: what changed, and whether chance alone would do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import sqrt
from typing import Any

from valuestream.analysis.asker import Asker
from valuestream.calendar import rfc3339
from valuestream.metrics import flow, quality, time
from valuestream.metrics.metric import ENOUGH, Metric
from valuestream.metrics.question import Window, condition

Document = dict[str, Any]
TWO_SIGMA = 1.96
WindowOf = Callable[[int, int], Window]


@dataclass(frozen=True)
class Sample:
    """Mean, standard deviation and size of something measured item by item."""

    mean: float | None
    spread: float | None
    n: int


def earlier(ask: Asker, first: int, window: WindowOf) -> Document:
    """Lead time, first pass yield, flow efficiency and throughput, before and after, as one document.

    first   the log's first event; where less than half of an equally long time lies before the window, its own two
            halves are compared instead (`halves` is true)
    window  makes a Window (with its complete weeks) of two instants

    `beyond_chance` is None where there is no spread to judge by or fewer than ten items on either side. The test is
    that of two means two standard errors apart: items of one week are taken as independent, which flatters small
    differences.
    """
    since, until = ask.window.since, ask.window.until
    length = until - since
    halves = since - first < length / 2
    middle = since + length // 2
    spans = ((since, middle), (middle, until)) if halves else ((since - length, since), (since, until))
    old, new = (replace(ask, window=window(*span)) for span in spans)
    return {
        "halves": halves,
        "before": {"since": rfc3339(spans[0][0]), "until": rfc3339(spans[0][1])},
        "after": {"since": rfc3339(spans[1][0]), "until": rfc3339(spans[1][1])},
        "figures": [
            _row("lead_time", "seconds", "lower", _sample(old, time.LEAD_TIME, "lead_s"),
                 _sample(new, time.LEAD_TIME, "lead_s")),
            _row("throughput", "items per week", "higher", _weekly(old), _weekly(new)),
            _row("first_pass_yield", "share", "higher", _sample(old, quality.FIRST_PASS_YIELD, "first_pass"),
                 _sample(new, quality.FIRST_PASS_YIELD, "first_pass")),
            _row("flow_efficiency", "share", "higher", _alone(old, flow.FLOW_EFFICIENCY),
                 _alone(new, flow.FLOW_EFFICIENCY)),
        ],
    }  # fmt: skip


def _row(name: str, unit: str, wanted: str, before: Sample, after: Sample) -> Document:
    return {
        "figure": name, "unit": unit, "better": wanted, "before": before.mean, "after": after.mean,
        "n_before": before.n, "n_after": after.n, "beyond_chance": beyond_chance(before, after),
    }  # fmt: skip


def beyond_chance(before: Sample, after: Sample) -> bool | None:
    """Whether two means lie more than two standard errors apart.

    >>> beyond_chance(Sample(10.0, 2.0, 100), Sample(11.0, 2.0, 100))
    True
    >>> beyond_chance(Sample(10.0, 2.0, 9), Sample(20.0, 2.0, 100)) is None
    True
    """
    if min(before.n, after.n) < ENOUGH or None in (before.spread, after.spread, before.mean, after.mean):
        return None
    assert before.mean is not None
    assert after.mean is not None
    error = sqrt(sum((one.spread or 0.0) ** 2 / one.n for one in (before, after)))
    return abs(after.mean - before.mean) > TWO_SIGMA * error


def _sample(ask: Asker, metric: Metric, column: str) -> Sample:
    """The mean of a column over the rows of a metric."""
    where = f"({condition(metric, ask.window, ask.filters)}) AND ({metric.of})"
    mean, spread, n = ask.run(f"SELECT avg({column}), stddev_samp({column}), count({column}) FROM items WHERE {where}")[
        0
    ]
    return Sample(mean, spread, n)


def _alone(ask: Asker, metric: Metric) -> Sample:
    """A pooled share: there is no spread between items to judge it by."""
    found = ask.figure(metric)
    return Sample(found.value, None, found.n)


def _weekly(ask: Asker) -> Sample:
    """Items finished per complete week. Counts vary by chance as their root does (Poisson), so n is that of items."""
    found = ask.figures(flow.THROUGHPUT).get(())
    weeks = ask.window.weeks[2]
    if not weeks:
        return Sample(None, None, 0)
    mean = 0.0 if found is None or found.value is None else found.value
    return Sample(mean, mean, round(mean * weeks))
