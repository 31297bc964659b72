"""How much: efficiency, throughput, arrivals, load."""

from __future__ import annotations

from valuestream.metrics.metric import Metric
from valuestream.metrics.time import ITEM_GROUPS, NO_WORK, UNSEEN, VISIT_GROUPS

FLOW_EFFICIENCY = Metric(
    "flow_efficiency",
    over="items",
    clock="finished",
    unit="share",
    better="higher",
    asks="Of the time that items spend in the stream, how much is work?",
    sql="sum(work_s) / nullif(sum(work_s + wait_s), 0)",
    of="outcome = 1 AND lead_s IS NOT NULL AND started IS NOT NULL",
    leaves_out=(UNSEEN, NO_WORK),
    by=ITEM_GROUPS,
    rests_on_work=True,
)

TOUCH_DAYS = Metric(
    "touch_days",
    over="items",
    clock="finished",
    unit="share",
    better="higher",
    asks="On what share of its working days does somebody touch an item?",
    sql="1.0 * sum(touch_days) / nullif(sum(days), 0)",
    of="outcome = 1 AND lead_s IS NOT NULL AND touch_days IS NOT NULL",
    leaves_out=(UNSEEN, ("no touch logged", "outcome = 1 AND lead_s IS NOT NULL AND touch_days IS NULL")),
    by=ITEM_GROUPS,
)

THROUGHPUT = Metric(
    "throughput",
    over="items",
    clock="finished",
    unit="items per week",
    better="higher",
    asks="How many items are finished in a week?",
    sql="count(*)",
    of="outcome = 1",
    by=ITEM_GROUPS,
    per_week=True,
)

ARRIVALS = Metric(
    "arrivals",
    over="items",
    clock="committed",
    unit="items per week",
    better="neither",
    asks="How many items enter the stream in a week?",
    sql="count(*)",
    by=ITEM_GROUPS,
    per_week=True,
)

FLOW_LOAD = Metric(
    "flow_load",
    over="visits",
    clock="instant",
    unit="items",
    better="lower",
    asks="How many items are in progress?",
    sql="count(*)",
    by=VISIT_GROUPS,
)

FLOW_DISTRIBUTION = Metric(
    "flow_distribution",
    over="items",
    clock="finished",
    unit="items",
    better="neither",
    asks="What kinds of items are finished?",
    sql="count(*)",
    of="outcome = 1",
    by=ITEM_GROUPS,
)

STAGE_ARRIVALS = Metric(
    "stage_arrivals",
    over="visits",
    clock="entered",
    unit="items per week",
    better="neither",
    asks="How many visits to a stage begin in a week?",
    sql="count(*)",
    by=VISIT_GROUPS,
    per_week=True,
)

STAGE_DEPARTURES = Metric(
    "stage_departures",
    over="visits",
    clock="left_at",
    unit="items per week",
    better="neither",
    asks="How many visits to a stage end in a week?",
    sql="count(*)",
    by=VISIT_GROUPS,
    per_week=True,
)

STAGE_VISITS = Metric(
    "stage_visits",
    over="visits",
    clock="left_at",
    unit="visits",
    better="neither",
    asks="How many visits to a stage ended?",
    sql="count(*)",
    by=VISIT_GROUPS,
)

BATCH_SIZE = Metric(
    "batch_size",
    over="batches",
    clock="left_at",
    unit="items",
    better="lower",
    asks="How many items leave a stage together, per batch?",
    sql="count(*) / nullif(sum(1.0 / size), 0)",
    of="bulk = 0",
    leaves_out=(("bulk updates", "bulk = 1"),),
    by=("stage",),
)

BATCH_SIZE_EXPERIENCED = Metric(
    "batch_size_as_experienced",
    over="batches",
    clock="left_at",
    unit="items",
    better="lower",
    asks="How large is the batch that an item finds itself in?",
    sql="avg(size)",
    of="bulk = 0",
    leaves_out=(("bulk updates", "bulk = 1"),),
    by=("stage",),
)

LARGEST_BATCH = Metric(
    "largest_batch",
    over="batches",
    clock="left_at",
    unit="items",
    better="lower",
    asks="How large was the largest batch?",
    sql="max(size)",
    of="bulk = 0",
    leaves_out=(("bulk updates", "bulk = 1"),),
    by=("stage",),
)
