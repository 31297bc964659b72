"""How well the first time, and through how many hands."""

from __future__ import annotations

from valuestream.metrics.metric import Metric
from valuestream.metrics.time import ITEM_GROUPS, VISIT_GROUPS

COMPLETE_AND_ACCURATE = Metric(
    "complete_and_accurate",
    over="visits",
    clock="left_at",
    unit="share",
    better="higher",
    asks="Of what arrived at a stage, how much was usable as it came (%C&A)?",
    sql="1.0 - avg(returned)",
    of="returned IS NOT NULL",
    leaves_out=(("cancelled, still open or external, or continued after an external stage", "returned IS NULL"),),
    by=VISIT_GROUPS,
)

FIRST_PASS_YIELD = Metric(
    "first_pass_yield",
    over="items",
    clock="finished",
    unit="share",
    better="higher",
    asks="How many items are finished without a return or a reopening?",
    sql="avg(first_pass)",
    of="outcome = 1 AND lead_s IS NOT NULL",
    leaves_out=(("no observed start", "outcome = 1 AND lead_s IS NULL"),),
    by=ITEM_GROUPS,
)

REWORK_SHARE = Metric(
    "rework_share",
    over="items",
    clock="finished",
    unit="share",
    better="lower",
    asks="Of the time items spend in the stream, how much goes into visits after a return or reopening?",
    sql="sum(rework_s) / nullif(sum(work_s + wait_s), 0)",
    of="outcome = 1 AND lead_s IS NOT NULL",
    leaves_out=(("no observed start", "outcome = 1 AND lead_s IS NULL"),),
    by=ITEM_GROUPS,
)

PEOPLE = Metric(
    "people",
    over="visits",
    clock="left_at",
    unit="people",
    better="neither",
    asks="How many people touch an item during one visit to a stage?",
    sql="avg(people)",
    of="people IS NOT NULL",
    leaves_out=(("nobody is known to have touched it", "people IS NULL"),),
    by=("stage",),
)

TRANSFERS = Metric(
    "transfers",
    over="visits",
    clock="left_at",
    unit="transfers",
    better="lower",
    asks="How often does an item change hands or teams during one visit to a stage?",
    sql="avg(transfers)",
    of="people IS NOT NULL",
    leaves_out=(("nobody is known to have touched it", "people IS NULL"),),
    by=("stage",),
)
