"""The columns of the tables that a metric's expression may use, with what they mean: what `vsm explain` shows too."""

from __future__ import annotations

from collections.abc import Mapping

_TIME = {
    "work_s": "seconds in work states",
    "queue_s": "seconds waiting for the stage to begin",
    "blocked_s": "seconds blocked",
    "external_s": "seconds with others outside",
    "wait_s": "seconds queued, blocked or outside",
    "active_s": "seconds in work states; null where no work state was entered",
    "type": "type of the item",
    "team": "team",
    "people": "people who touched it; null unknown",
    "transfers": "changes of owner or team",
}

ITEMS: Mapping[str, str] = {
    **{name: _TIME[name] for name in ("work_s", "wait_s", "active_s", "type", "team", "people", "transfers")},
    "outcome": "open, done, cancelled, closed_unmapped or not_started",
    "lead_s": "seconds from commitment to finish; null where either is unknown",
    "lead_bh_s": "the same in working hours",
    "cycle_s": "seconds from first work to finish",
    "delivery_s": "seconds from request to finish, where something lies before the boundary",
    "before_s": "seconds from request to commitment",
    "age_s": "seconds since commitment of an item in progress, at `as_of`",
    "age_at_s": "the same at the window's end, for metrics of an instant",
    "rework_s": "seconds in visits after a return or a reopening",
    "first_pass": "1: finished without return or reopening, else 0",
    "returns": "times sent back to an earlier stage",
    "reopened": "times taken back out of done or cancelled",
    "visits": "stays in stages",
    "touch_days": "local days with evidence of work",
    "days": "working days from commitment to finish",
}

VISITS: Mapping[str, str] = {
    **_TIME,
    "stage": "stage",
    "parallel_s": "seconds of work hidden beside it: tracks and intervals of later stages, or after the finish",
    "effort_s": "seconds of work, hidden work included; of an artefact in k journeys, one k-th; null without any",
    "nth": "which of the item's visits to the stage",
    "wait_before_s": "seconds from entry to first work",
    "wait_bh_s": "working seconds of waiting",
    "active_bh_s": "working seconds in work states",
    "way": "forward, skip, back, done, cancelled or open",
    "came_from": "stage it came from",
    "went_to": "stage it went to",
    "returned": "1: sent back to an earlier stage, 0: passed on; null not to be judged",
    "requeues": "times back in the stage's own queue",
    "rework": "1: visited before, with a return or reopening since",
}

BATCHES: Mapping[str, str] = {
    "size": "visits of its batch",
    "bulk": "1: part of a bulk update",
    "by": "0: left in one person's hands, 1: with one release",
    "stage": "stage it left",
    "batch": "number of its batch",
}

COLUMNS: Mapping[str, Mapping[str, str]] = {"items": ITEMS, "visits": VISITS, "batches": BATCHES}
