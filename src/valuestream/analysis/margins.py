"""How far the map's own figures may be off by chance: their 95 % intervals, for whoever sets another figure beside."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import Any

from valuestream.analysis.asker import Asker
from valuestream.analysis.intervals import LEVEL, binomial, interval
from valuestream.metrics import flow, quality, time
from valuestream.metrics.metric import ENOUGH, Metric
from valuestream.metrics.question import condition

Document = dict[str, Any]


def margins(ask: Asker, names: Sequence[str], *, zone: str) -> Document:
    """Intervals by figure, `[low, high]` in the figure's unit: `totals`, and `stages` by name.

    Means have Student's t over items or visits, taken as independent; %C&A an exact binomial; flow efficiency a
    bootstrap of items. A figure of fewer than ten, or without a rule, is left out.
    """
    totals = {
        "lead_time": _means(ask, time.LEAD_TIME).get(None),
        "active": _means(ask, time.ACTIVE_TIME).get(None),
        "flow_efficiency": _of(ask, flow.FLOW_EFFICIENCY, zone),
    }
    by_stage: dict[str, dict[str, list[float]]] = {name: {} for name in names}
    for key, metric in (("active", time.STAGE_ACTIVE_TIME), ("wait", time.STAGE_WAIT_TIME)):
        for code, found in _means(ask, metric, "stage").items():
            by_stage[names[code]][key] = found
    for (code,), figure in ask.figures(quality.COMPLETE_AND_ACCURATE, ["stage"]).items():
        if figure.value is not None and figure.n >= ENOUGH:
            sure = binomial(round(figure.value * figure.n), figure.n)
            by_stage[names[code]]["ca"] = [sure.low, sure.high] if sure else []
    known = {name: {key: found for key, found in rows.items() if found} for name, rows in by_stage.items()}
    return {"totals": {key: found for key, found in totals.items() if found}, "stages": known}


def _means(ask: Asker, metric: Metric, by: str | None = None) -> dict[Any, list[float]]:
    """Student's interval of the mean of a metric of durations, by group."""
    from scipy.stats import t

    x, where = metric.spread, f"({condition(metric, ask.window, ask.filters)}) AND ({metric.of})"
    group = f" GROUP BY {by} ORDER BY {by}" if by else ""
    rows = ask.run(
        f"SELECT {by or 'NULL'}, count({x}), avg({x}), stddev_samp({x}) FROM {metric.over} WHERE {where}{group}"
    )
    found = {}
    for key, n, mean, spread in rows:
        if n >= ENOUGH:
            half = float(t.ppf((1 + LEVEL) / 2, n - 1)) * spread / sqrt(n)
            found[key] = [mean - half, mean + half]
    return found


def _of(ask: Asker, metric: Metric, zone: str) -> list[float] | None:
    found = interval(ask, metric, ask.figure(metric), zone=zone)
    return None if found is None else [found.low, found.high]
