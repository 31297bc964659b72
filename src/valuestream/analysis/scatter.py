"""Finished items as points, with the percentiles of all of them."""

from __future__ import annotations

from typing import Any

from valuestream.analysis.asker import Asker
from valuestream.analysis.rows import Known
from valuestream.calendar import rfc3339
from valuestream.metrics import time
from valuestream.metrics.metric import ENOUGH, Metric
from valuestream.metrics.question import condition

Document = dict[str, Any]
MOST_POINTS = 1_200
SLOWEST = 200
"""Above MOST_POINTS the points are a sample, and these many of the slowest items."""

PERCENTILES = (50, 70, 85, 95)


def scatter(ask: Asker, known: Known) -> Document:
    """Points (at most some 1,400) and percentiles of the lead and the cycle time of items finished in the window.

    Larger windows are sampled: every k-th item in the order of finish, and the slowest; the percentiles rest on all.
    """
    lead, cycle = (percentiles(ask, metric) for metric in (time.LEAD_TIME, time.CYCLE_TIME))
    n = lead["n"]
    every = -(-n // MOST_POINTS) if n > MOST_POINTS else 1
    rows = ask.run(_points(ask, every))
    keys = known.keys([row[0] for row in rows])
    points = [
        {
            "item": key, "finished": rfc3339(finished), "lead_s": lead_s, "cycle_s": cycle_s,
            "type": None if code is None else str(known.words[code]),
        }
        for key, (_, finished, lead_s, cycle_s, code) in zip(keys, rows, strict=True)
    ]  # fmt: skip
    return {"n": n, "shown": len(points), "every": every, "lead": lead, "cycle": cycle, "points": points}


def _points(ask: Asker, every: int) -> str:
    """Every k-th by finish and the slowest, in the order of finish."""
    rows = f"{time.LEAD_TIME.of} AND {condition(time.LEAD_TIME, ask.window, ask.filters)}"
    columns = "item, finished, lead_s, cycle_s, type"
    if every == 1:
        return f"SELECT {columns} FROM items WHERE {rows} ORDER BY finished, item"
    return (
        f"SELECT {columns} FROM (SELECT {columns}, row_number() OVER (ORDER BY finished, item) AS nth,"
        f" row_number() OVER (ORDER BY lead_s DESC, item) AS slow FROM items WHERE {rows}) AS numbered"
        f" WHERE nth % {every} = 0 OR slow <= {SLOWEST} ORDER BY finished, item"
    )


def percentiles(ask: Asker, metric: Metric) -> Document:
    """Mean and percentiles of a metric of durations in seconds; None below ten values."""
    x = metric.spread
    fractions = ", ".join(f"percentile_cont({p / 100}) WITHIN GROUP (ORDER BY {x})" for p in PERCENTILES)
    where = f"({condition(metric, ask.window, ask.filters)}) AND ({metric.of})"
    n, mean, *found = ask.run(f"SELECT count({x}), avg({x}), {fractions} FROM {metric.over} WHERE {where}")[0]
    few = n < ENOUGH
    values = {f"p{p}": None if few else value for p, value in zip(PERCENTILES, found, strict=True)}
    return {"n": n, "mean": mean, **values}
