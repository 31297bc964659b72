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
    rule=(
        "One minus the share of visits that were sent back to an earlier stage, over visits that ended in the "
        "window by being passed on or sent back; stays outside are looked through. An upper reading: what was "
        "silently put right leaves no trace."
    ),
    sql="1.0 - avg(returned)",
    of="returned IS NOT NULL",
    leaves_out=(("cancelled, still open or external, or continued after an external stage", "returned IS NULL"),),
    by=VISIT_GROUPS,
    counts=True,
)

FIRST_PASS_YIELD = Metric(
    "first_pass_yield",
    over="items",
    clock="finished",
    unit="share",
    better="higher",
    asks="How many items are finished without a return or a reopening?",
    rule=(
        "The share of items finished in the window that were never sent back to an earlier stage and never reopened."
    ),
    sql="avg(first_pass)",
    of="outcome = 1 AND lead_s IS NOT NULL",
    leaves_out=(("no observed start", "outcome = 1 AND lead_s IS NULL"),),
    by=ITEM_GROUPS,
    counts=True,
)

REWORK_SHARE = Metric(
    "rework_share",
    over="items",
    clock="finished",
    unit="share",
    better="lower",
    asks="Of the time items spend in the stream, how much goes into visits after a return or reopening?",
    rule=(
        "Time in visits to a stage where the item had been before, with a return or a reopening in between, "
        "as a share of the whole time in the stream: both summed over the items finished in the window, then "
        "divided."
    ),
    sql="sum(rework_s) / nullif(sum(work_s + wait_s), 0)",
    of="outcome = 1 AND lead_s IS NOT NULL",
    leaves_out=(("no observed start", "outcome = 1 AND lead_s IS NULL"),),
    by=ITEM_GROUPS,
    parts=("rework_s", "work_s + wait_s"),
)

PEOPLE = Metric(
    "people",
    over="visits",
    clock="left_at",
    unit="people",
    better="neither",
    asks="How many people touch an item during one visit to a stage?",
    rule=(
        "The mean, over visits that ended in the window, of how many people touched the item: its owners and "
        "those who left evidence of work; where neither is known, those who changed its state. Bots are "
        "nobody."
    ),
    sql="avg(people)",
    of="people IS NOT NULL",
    leaves_out=(("nobody is known to have touched it", "people IS NULL"),),
    by=("stage",),
    parts=("people", "1.0"),
)

TRANSFERS = Metric(
    "transfers",
    over="visits",
    clock="left_at",
    unit="transfers",
    better="lower",
    asks="How often does an item change hands or teams during one visit to a stage?",
    rule=(
        "The mean, over visits that ended in the window, of how often the item changed owner between two "
        "known people, or team in the same hands."
    ),
    sql="avg(transfers)",
    of="people IS NOT NULL",
    leaves_out=(("nobody is known to have touched it", "people IS NULL"),),
    by=("stage",),
    parts=("transfers", "1.0"),
)
