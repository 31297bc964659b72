"""How long: of an item from boundary to boundary, of a visit to a stage."""

from __future__ import annotations

from valuestream.metrics.metric import Metric

ITEM_GROUPS = ("type", "team")
VISIT_GROUPS = ("stage", "type", "team")
UNSEEN = ("no observed start", "outcome = 1 AND lead_s IS NULL")
NO_WORK = ("no work state entered", "outcome = 1 AND lead_s IS NOT NULL AND started IS NULL")

NO_HOURS = "no working hours: the stream's calendar names none"


def median(column: str) -> str:
    """The middle value of a column, interpolated."""
    return f"percentile_cont(0.5) WITHIN GROUP (ORDER BY {column})"


LEAD_TIME = Metric(
    "lead_time",
    over="items",
    clock="finished",
    unit="seconds",
    better="lower",
    asks="How long does an item take from commitment to delivery?",
    rule=(
        "The median, over items finished in the window, of the time from commitment (the first instant in a "
        "stage) to the finish (the first instant of the final stay in done). Nights and weekends count."
    ),
    sql=median("lead_s"),
    of="outcome = 1 AND lead_s IS NOT NULL",
    leaves_out=(UNSEEN,),
    by=ITEM_GROUPS,
    spread="lead_s",
)

LEAD_TIME_WORKING = Metric(
    "lead_time_working_hours",
    over="items",
    clock="finished",
    unit="seconds",
    better="lower",
    asks="How many working hours pass from commitment to delivery?",
    rule=(
        "The median, over items finished in the window, of the working hours of the stream's calendar between "
        "commitment and finish."
    ),
    sql=median("lead_bh_s"),
    of="outcome = 1 AND lead_bh_s IS NOT NULL",
    leaves_out=(UNSEEN, (NO_HOURS, "outcome = 1 AND lead_s IS NOT NULL AND lead_bh_s IS NULL")),
    by=ITEM_GROUPS,
    spread="lead_bh_s",
)

CYCLE_TIME = Metric(
    "cycle_time",
    over="items",
    clock="finished",
    unit="seconds",
    better="lower",
    asks="How long does an item take from first work to done?",
    rule=(
        "The median, over items finished in the window, of the time from the first instant in a work state to "
        "the finish."
    ),
    sql=median("cycle_s"),
    of="outcome = 1 AND lead_s IS NOT NULL AND cycle_s IS NOT NULL",
    leaves_out=(UNSEEN, NO_WORK),
    by=ITEM_GROUPS,
    spread="cycle_s",
)

DELIVERY_TIME = Metric(
    "delivery_time",
    over="items",
    clock="finished",
    unit="seconds",
    better="lower",
    asks="How long does an item take from request to delivery, the time before the boundary included?",
    rule=(
        "The median, over items finished in the window, of the time from the first event, before the "
        "boundary, to the finish."
    ),
    sql=median("delivery_s"),
    of="outcome = 1 AND delivery_s IS NOT NULL",
    leaves_out=(("nothing known before the boundary", "outcome = 1 AND delivery_s IS NULL"),),
    by=ITEM_GROUPS,
    spread="delivery_s",
)

TIME_BEFORE = Metric(
    "time_before",
    over="items",
    clock="committed",
    unit="seconds",
    better="neither",
    asks="How long does a request lie before the stream commits to it?",
    rule=(
        "The median, over items committed in the window, of the time from the first event to the first "
        "instant in a stage."
    ),
    sql=median("before_s"),
    of="before_s IS NOT NULL",
    leaves_out=(("committed at its first event", "before_s IS NULL"),),
    by=ITEM_GROUPS,
    spread="before_s",
)

ACTIVE_TIME = Metric(
    "active_time",
    over="items",
    clock="finished",
    unit="seconds",
    better="neither",
    asks="How long is an item worked on, all stages together?",
    rule="The median, over items finished in the window, of the time in work states, all visits summed.",
    sql=median("active_s"),
    of="outcome = 1 AND lead_s IS NOT NULL AND started IS NOT NULL",
    leaves_out=(UNSEEN, NO_WORK),
    by=ITEM_GROUPS,
    spread="active_s",
    rests_on_work=True,
)

WAIT_TIME = Metric(
    "wait_time",
    over="items",
    clock="finished",
    unit="seconds",
    better="lower",
    asks="How long does an item wait, all stages together?",
    rule=(
        "The median, over items finished in the window, of the time queued, blocked or with others outside, "
        "all visits summed."
    ),
    sql=median("wait_s"),
    of="outcome = 1 AND lead_s IS NOT NULL",
    leaves_out=(UNSEEN,),
    by=ITEM_GROUPS,
    spread="wait_s",
    rests_on_work=True,
)

AGE = Metric(
    "age",
    over="items",
    clock="instant",
    unit="seconds",
    better="lower",
    asks="How old are the items in progress?",
    rule="The median, over items in progress at the window's end, of the time since their commitment.",
    sql=median("age_at_s"),
    of="outcome IN (0, 1, 2)",
    by=ITEM_GROUPS,
    spread="age_at_s",
)

STAGE_ACTIVE_TIME = Metric(
    "stage_active_time",
    over="visits",
    clock="left_at",
    unit="seconds",
    better="neither",
    asks="How long is an item worked on during one visit to a stage?",
    rule="The median, over visits that ended in the window, of the time in work states during the visit.",
    sql=median("active_s"),
    of="active_s IS NOT NULL",
    leaves_out=(("no work state entered", "active_s IS NULL"),),
    by=VISIT_GROUPS,
    spread="active_s",
    rests_on_work=True,
)

STAGE_WAIT_TIME = Metric(
    "stage_wait_time",
    over="visits",
    clock="left_at",
    unit="seconds",
    better="lower",
    asks="How long does an item wait during one visit to a stage?",
    rule=(
        "The median, over visits that ended in the window, of the time queued, blocked or with others outside "
        "during the visit."
    ),
    sql=median("wait_s"),
    by=VISIT_GROUPS,
    spread="wait_s",
    rests_on_work=True,
)

STAGE_ACTIVE_TIME_WORKING = Metric(
    "stage_active_time_working_hours",
    over="visits",
    clock="left_at",
    unit="seconds",
    better="neither",
    asks="How many working hours is an item worked on during one visit to a stage?",
    rule=("The median, over visits that ended in the window, of the working hours in work states during the visit."),
    sql=median("active_bh_s"),
    of="active_bh_s IS NOT NULL",
    leaves_out=(
        ("no work state entered", "started IS NULL"),
        (NO_HOURS, "started IS NOT NULL AND active_bh_s IS NULL"),
    ),
    by=VISIT_GROUPS,
    spread="active_bh_s",
    rests_on_work=True,
)

STAGE_WAIT_TIME_WORKING = Metric(
    "stage_wait_time_working_hours",
    over="visits",
    clock="left_at",
    unit="seconds",
    better="lower",
    asks="How many working hours does an item wait during one visit to a stage?",
    rule=(
        "The median, over visits that ended in the window, of the working hours queued, blocked or with others outside."
    ),
    sql=median("wait_bh_s"),
    of="wait_bh_s IS NOT NULL",
    leaves_out=((NO_HOURS, "wait_bh_s IS NULL"),),
    by=VISIT_GROUPS,
    spread="wait_bh_s",
    rests_on_work=True,
)
