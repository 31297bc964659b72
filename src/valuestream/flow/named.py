"""Visits and items in words, for those who take tables away: names for codes, instants as instants."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import pyarrow as pa

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


class Names(Protocol):
    """Knows what the codes stand for."""

    @property
    def stages(self) -> tuple[str, ...]: ...
    @property
    def teams(self) -> Sequence[str]: ...
    @property
    def words(self) -> Sequence[str]: ...

    def keys(self, items: Sequence[int]) -> list[str]: ...


def named(known: Names, table: Any) -> Any:
    """An Arrow table of visits or items, its codes replaced by names, instants as timestamps in UTC."""
    names: dict[str, Sequence[str]] = {
        "stage": known.stages, "came_from": known.stages, "went_to": known.stages, "type": known.words,
        "team": known.teams, "way": WAYS, "outcome": OUTCOMES,
    }  # fmt: skip
    columns = {}
    for name in table.column_names:
        column = table[name]
        if name == "item":
            column = pa.array(known.keys(column.to_pylist()), pa.string())
        elif name in names:
            column = pa.array([None if c is None else str(names[name][c]) for c in column.to_pylist()], pa.string())
        elif name in _INSTANTS:
            column = column.cast(pa.int64()).cast(pa.timestamp("us", "UTC"))
        elif name in _FLAGS:
            column = column.cast(pa.bool_())
        columns[name] = column
    return pa.table(columns)
