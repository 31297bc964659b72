"""The window against the time before it: what changed, and whether by more than the figures are sure of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

from valuestream.analysis.asker import Asker
from valuestream.analysis.comparison import difference
from valuestream.analysis.intervals import interval
from valuestream.calendar import rfc3339
from valuestream.metrics import flow, quality, time
from valuestream.metrics.metric import Metric
from valuestream.metrics.question import Window

Document = dict[str, Any]
WindowOf = Callable[[int, int], Window]
METRICS = (time.LEAD_TIME, flow.THROUGHPUT, flow.ARRIVALS, quality.FIRST_PASS_YIELD, flow.FLOW_EFFICIENCY)


def earlier(ask: Asker, *, first: int, zone: str, window: WindowOf) -> Document:
    """The main figures before and after, as one document.

    first   the log's first event; where less than half of an equally long time lies before the window, its own two
            halves are compared instead (`halves` is true)
    window  makes a Window (with its complete weeks) of two instants

    `interval` is that of the difference and `beyond` whether it leaves out 0 (see `comparison.py`); both are None
    where one of the figures has no interval.
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
        "figures": [_row(metric, _figure(old, metric, zone), _figure(new, metric, zone)) for metric in METRICS],
    }


def _figure(ask: Asker, metric: Metric, zone: str) -> Document:
    found = ask.answers(metric)[()].figure
    sure = interval(ask, metric, found, zone=zone)
    return {"value": found.value, "n": found.n, "interval": None if sure is None else asdict(sure)}


def _row(metric: Metric, before: Document, after: Document) -> Document:
    limits = difference(before, after)
    return {
        "figure": metric.name,
        "unit": metric.unit,
        "better": metric.better,
        "before": before["value"],
        "after": after["value"],
        "n_before": before["n"],
        "n_after": after["n"],
        "interval": None if limits is None else [limits["low"], limits["high"]],
        "beyond": None if limits is None else limits["low"] > 0 or limits["high"] < 0,
    }
