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
    rule=(
        "Time in work states as a share of the whole time in the stream: both summed over the items finished "
        "in the window, then divided."
    ),
    sql="sum(work_s) / nullif(sum(work_s + wait_s), 0)",
    of="outcome = 1 AND lead_s IS NOT NULL AND started IS NOT NULL",
    leaves_out=(UNSEEN, NO_WORK),
    by=ITEM_GROUPS,
    rests_on_work=True,
    parts=("work_s", "work_s + wait_s"),
)

EFFORT = Metric(
    "effort",
    over="visits",
    clock="left_at",
    unit="seconds",
    better="neither",
    asks="How much work do items take, all of it together?",
    rule=(
        "The time in work states of the visits that ended in the window, summed, with the work that went on hidden "
        "beside them. Of an artefact that stands in several journeys, a deployment of three issues, each journey "
        "counts its share, so that the total counts it once."
    ),
    sql="sum(effort_s)",
    of="effort_s IS NOT NULL",
    leaves_out=(("no work state entered", "effort_s IS NULL"),),
    by=VISIT_GROUPS,
    rests_on_work=True,
)

TOUCH_DAYS = Metric(
    "touch_days",
    over="items",
    clock="finished",
    unit="share",
    better="higher",
    asks="On what share of its working days does somebody touch an item?",
    rule=(
        "Local working days with a commit, a comment or other evidence of work, as a share of the working "
        "days from commitment to finish: both summed over the items finished in the window, then divided."
    ),
    sql="1.0 * sum(touch_days) / nullif(sum(days), 0)",
    of="outcome = 1 AND lead_s IS NOT NULL AND touch_days IS NOT NULL",
    leaves_out=(UNSEEN, ("no touch logged", "outcome = 1 AND lead_s IS NOT NULL AND touch_days IS NULL")),
    by=ITEM_GROUPS,
    parts=("touch_days", "days"),
)

THROUGHPUT = Metric(
    "throughput",
    over="items",
    clock="finished",
    unit="items per week",
    better="higher",
    asks="How many items are finished in a week?",
    rule=(
        "Items finished in the complete ISO weeks of the window, divided by the number of those weeks; weeks "
        "with none count."
    ),
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
    rule=(
        "Items committed in the complete ISO weeks of the window, divided by the number of those weeks; weeks "
        "with none count."
    ),
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
    rule="Items that are in a stage at the window's end.",
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
    rule="Items finished in the window, counted.",
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
    rule=(
        "Visits begun in the complete ISO weeks of the window, divided by the number of those weeks; weeks "
        "with none count."
    ),
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
    rule=(
        "Visits ended in the complete ISO weeks of the window, divided by the number of those weeks; weeks "
        "with none count."
    ),
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
    rule="Visits that ended in the window, counted.",
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
    rule=(
        "Visits that ended in the window, divided by the batches they left in: with the same release, else in "
        "one person's hands on one way within five minutes. A visit that left alone is a batch of one."
    ),
    sql="count(size) / nullif(sum(1.0 / size), 0)",
    of="bulk = 0",
    leaves_out=(("bulk updates", "bulk = 1"),),
    by=("stage",),
    parts=("1.0", "1.0 / size"),
)

BATCH_SIZE_EXPERIENCED = Metric(
    "batch_size_as_experienced",
    over="batches",
    clock="left_at",
    unit="items",
    better="lower",
    asks="How large is the batch that an item finds itself in?",
    rule="The mean, over visits that ended in the window, of the size of the batch each left in.",
    sql="avg(size)",
    of="bulk = 0",
    leaves_out=(("bulk updates", "bulk = 1"),),
    by=("stage",),
    parts=("size", "1.0"),
)

LARGEST_BATCH = Metric(
    "largest_batch",
    over="batches",
    clock="left_at",
    unit="items",
    better="lower",
    asks="How large was the largest batch?",
    rule="The most visits that left together, among those that ended in the window.",
    sql="max(size)",
    of="bulk = 0",
    leaves_out=(("bulk updates", "bulk = 1"),),
    by=("stage",),
)

RELEASES = Metric(
    "releases",
    over="batches",
    clock="left_at",
    unit="releases",
    better="higher",
    asks="How many releases took items out of a stage?",
    rule=(
        "Releases with which visits ended in the window, each counted once. Divided by the days of the window: how "
        "often one deploys."
    ),
    sql="sum(1.0 / size)",
    of='"by" = 1',
    leaves_out=(("left without a release", '"by" = 0'),),
    by=("stage",),
)
