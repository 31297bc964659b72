"""All metrics, in the order they are listed."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from valuestream.errors import UnknownName
from valuestream.metrics import flow, quality, time
from valuestream.metrics.metric import Metric

CATALOGUE: tuple[Metric, ...] = (
    time.LEAD_TIME,
    time.LEAD_TIME_WORKING,
    time.CYCLE_TIME,
    time.DELIVERY_TIME,
    time.TIME_BEFORE,
    time.ACTIVE_TIME,
    time.WAIT_TIME,
    time.AGE,
    time.STAGE_ACTIVE_TIME,
    time.STAGE_WAIT_TIME,
    time.STAGE_ACTIVE_TIME_WORKING,
    time.STAGE_WAIT_TIME_WORKING,
    flow.FLOW_EFFICIENCY,
    flow.EFFORT,
    flow.TOUCH_DAYS,
    flow.THROUGHPUT,
    flow.ARRIVALS,
    flow.FLOW_LOAD,
    flow.FLOW_DISTRIBUTION,
    flow.STAGE_ARRIVALS,
    flow.STAGE_DEPARTURES,
    flow.STAGE_VISITS,
    flow.BATCH_SIZE,
    flow.BATCH_SIZE_EXPERIENCED,
    flow.LARGEST_BATCH,
    flow.RELEASES,
    quality.COMPLETE_AND_ACCURATE,
    quality.FIRST_PASS_YIELD,
    quality.REWORK_SHARE,
    quality.PEOPLE,
    quality.TRANSFERS,
)


def metric(name: str, among: Sequence[Metric] = CATALOGUE) -> Metric:
    """The metric of that name; an unknown one is an error that lists the near ones."""
    for known in among:
        if known.name == name:
            return known
    names = [known.name for known in among]
    near = difflib.get_close_matches(name, names, n=3) or names
    raise UnknownName(f"No metric {name!r}.", f"Known: {', '.join(near)}.")
