"""Durations as the tables hold them: whole microseconds, which are summed and ranked at half the cost of seconds.

They are those of what is over. What is still open is closed at `as_of`, which only the views in seconds do.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_SPENT = {
    "wait_s": "queue + blocked + external",
    "work_s": "work",
    "active_s": "CASE WHEN started IS NOT NULL THEN work END",
}

VISITS: Mapping[str, str] = {
    "wait_s": _SPENT["wait_s"],
    "active_s": _SPENT["active_s"],
    "wait_before_s": "started - entered",
    "wait_bh_s": "queue_bh + blocked_bh + external_bh",
    "active_bh_s": "CASE WHEN started IS NOT NULL THEN work_bh END",
}
"""Of visits that have ended; `wait_before_s` of all."""

ITEMS: Mapping[str, str] = {
    **_SPENT,
    "lead_s": "lead",
    "lead_bh_s": "lead_bh",
    "cycle_s": "CASE WHEN finished >= started THEN finished - started END",
    "delivery_s": "CASE WHEN committed > requested THEN finished - requested END",
    "before_s": "CASE WHEN committed > requested THEN committed - requested END",
    "rework_s": "rework",
}

MICROSECONDS: Mapping[str, Mapping[str, str]] = {"visits": VISITS, "items": ITEMS, "batches": {}}


def in_microseconds(over: str, sql: str) -> str:
    """An expression over the view `over` as one over `{over}_us`, its durations in microseconds."""
    known = MICROSECONDS[over]
    return re.sub(r"[a-z_]+", lambda word: f"({known[word[0]]})" if word[0] in known else word[0], sql)
