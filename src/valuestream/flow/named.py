"""Visits and items in words, for those who take tables away: names for codes, instants as instants."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from valuestream.flow.build import Flow
from valuestream.flow.grains import OUTCOMES, WAYS

VISITS = (
    "item", "stage", "nth", "entered", "started", "left_at", "queue_s", "work_s", "blocked_s", "external_s", "wait_s",
    "active_s", "parallel_s", "wait_bh_s", "active_bh_s", "way", "came_from", "went_to", "people", "transfers",
    "requeues", "rework", "type", "team",
)  # fmt: skip
ITEMS = (
    "item", "type", "team", "outcome", "requested", "committed", "started", "finished", "lead_s", "lead_bh_s", "work_s",
    "wait_s", "active_s", "cycle_s", "delivery_s", "age_s", "rework_s", "first_pass", "returns", "reopened", "visits",
    "people", "transfers", "touch_days", "days",
)  # fmt: skip
_INSTANTS = ("entered", "started", "left_at", "requested", "committed", "finished")
_FLAGS = ("first_pass",)


def named(flow: Flow, table: Any) -> Any:
    """An Arrow table of visits or items, its codes replaced by names, instants as timestamps in UTC."""
    names: dict[str, Sequence[str]] = {
        "stage": flow.stages, "came_from": flow.stages, "went_to": flow.stages, "type": flow.log.words,
        "team": flow.teams, "way": WAYS, "outcome": OUTCOMES,
    }  # fmt: skip
    columns = {}
    for name in table.column_names:
        column = table[name]
        if name == "item":
            column = pa.array([flow.key(code) for code in column.to_pylist()], pa.string())
        elif name in names:
            column = pa.array([None if c is None else str(names[name][c]) for c in column.to_pylist()], pa.string())
        elif name in _INSTANTS:
            column = column.cast(pa.int64()).cast(pa.timestamp("us", "UTC"))
        elif name in _FLAGS:
            column = column.cast(pa.bool_())
        columns[name] = column
    return pa.table(columns)
