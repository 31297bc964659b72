"""The views that metrics are over, as SQL. Tables hold microseconds; views give seconds and close what is open.

Nothing in a table depends on `as_of`. The field's `left` is the column `left_at` here, since SQL reserves the word.
"""

from __future__ import annotations

from collections.abc import Sequence

from valuestream.engine.folding import LIFE
from valuestream.flow.grains import BLOCKED, EXTERNAL, NEVER, QUEUE, WORK
from valuestream.log.event import NONE, Kind

TABLES = ("visits", "items", "batches")
HIDDEN = ("left_by", "release", "who")
"""Columns that no question sees."""

_MAYBE_NEVER = (
    "started",
    "left",
    "open_since",
    "open_clock",
    "committed",
    "finished",
    "lead",
    "lead_bh",
    "item_finished",
)
_MAYBE_NONE = (
    "people",
    "touch_days",
    "returned",
    "returned_to",
    "open_mode",
    "came_from",
    "went_to",
    "type",
    "team",
    "item_type",
    "item_team",
    "days",
)
_AS_STORED = ("left", "committed", "finished", "team", "type", "item_finished", "item_team", "item_type")
"""Columns that are there as they are stored, too (`left_at_stored`): no function of them hides their range."""

_VISIT_BH = ("queue_bh", "work_bh", "blocked_bh", "external_bh", "parallel_bh")


def stored(name: str, columns: Sequence[str], table: str) -> str:
    """A SELECT of a table of `TABLES` as the kernels wrote it, under public names and with null for NEVER and NONE."""
    listed = [_shown(column) for column in columns]
    listed += [f'"{column}" AS {_public(column)}_stored' for column in columns if column in _AS_STORED]
    if name != "batches" and "work_bh" not in columns:
        listed += [f"NULL::BIGINT AS {column}" for column in (*_VISIT_BH, "lead_bh", "open_clock")]
    if name == "visits" and "shared" not in columns:
        listed += ["0::BIGINT AS shared", "0.0::DOUBLE AS open_shared"]
    if name == "visits" and "effort" not in columns:
        none = f"started = {NEVER} AND parallel <= 0"
        listed += [f"CASE WHEN {none} THEN {NEVER} ELSE work + parallel END AS effort"]
    return f"SELECT {', '.join(listed)} FROM {table}"


def _shown(name: str) -> str:
    public = _public(name)
    if name in _MAYBE_NEVER:
        return f'nullif("{name}", {NEVER}) AS {public}'
    return f'nullif("{name}", -1) AS {public}' if name in _MAYBE_NONE else f'"{name}" AS {public}'


def _public(name: str) -> str:
    return {"left": "left_at", "of": "item"}.get(name, name)


def visits(as_of: int) -> str:
    """A SELECT of visits_us in seconds, what is open closed at `as_of`."""
    modes = {"queue": QUEUE, "work": WORK, "blocked": BLOCKED, "external": EXTERNAL}
    closed = ", ".join(_closed(name, mode, as_of) for name, mode in modes.items())
    return f"""
        SELECT *, queue_s + blocked_s + external_s AS wait_s, {_effort(as_of)} AS effort_s,
            CASE WHEN started IS NOT NULL THEN work_s END AS active_s,
            CASE WHEN started IS NOT NULL THEN work_bh / 1e6 END AS active_bh_s,
            (queue_bh + blocked_bh + external_bh) / 1e6 AS wait_bh_s,
            CASE WHEN started IS NOT NULL THEN (started - entered) / 1e6 END AS wait_before_s
        FROM (SELECT *, {closed}, (parallel + {_going_on("open_hidden", as_of)}) / 1e6 AS parallel_s FROM visits_us)
    """


def _closed(name: str, mode: int, as_of: int) -> str:
    return f"({name} + {_still(mode, as_of)}) / 1e6 AS {name}_s"


def _still(mode: int, as_of: int) -> str:
    return f"CASE WHEN open_mode = {mode} AND open_since < {as_of} THEN {as_of} - open_since ELSE 0 END"


def _going_on(rate: str, as_of: int) -> str:
    return f"CASE WHEN {rate} > 0 AND open_since < {as_of} THEN {rate} * ({as_of} - open_since) ELSE 0 END"


def _effort(as_of: int) -> str:
    """As it was stored where nothing goes on. A CASE works out nothing that it does not need; columns under it would
    be worked out, and read, in any case.
    """
    more = f"{_still(WORK, as_of)} + {_going_on('open_hidden', as_of)} - {_going_on('open_shared', as_of)}"
    return (
        f"CASE WHEN open_since IS NULL THEN nullif(effort, {NEVER}) / 1e6"
        f" WHEN effort <> {NEVER} OR {_going_on('open_hidden', as_of)} > 0"
        f" THEN (coalesce(nullif(effort, {NEVER}), 0) + {more}) / 1e6 END"
    )


def hands(table: str, item: str) -> str:
    """A SELECT of who moved on each visit that a known person moved on: codes, which the views do not show."""
    return f'SELECT "{item}" AS item, stage, nth, left_by AS who FROM {table} WHERE left_by >= 0'


def items(as_of: int) -> str:
    """A SELECT of items_us in seconds; ages are those at `as_of`."""
    return f"""
        SELECT *, lead / 1e6 AS lead_s, lead_bh / 1e6 AS lead_bh_s,
            work / 1e6 AS work_s, (queue + blocked + external) / 1e6 AS wait_s,
            CASE WHEN started IS NOT NULL THEN work / 1e6 END AS active_s,
            CASE WHEN finished >= started THEN (finished - started) / 1e6 END AS cycle_s,
            CASE WHEN committed > requested THEN (finished - requested) / 1e6 END AS delivery_s,
            CASE WHEN committed > requested THEN (committed - requested) / 1e6 END AS before_s,
            CASE WHEN outcome = 0 THEN ({as_of} - committed) / 1e6 END AS age_s,
            rework / 1e6 AS rework_s
        FROM items_us
    """


def attribute(field: int, items: str, seen: str) -> str:
    """A SELECT of a field's history for the table `attributes`: every life of an item has it."""
    return f"""
        WITH said AS (
            SELECT item, value, occurred_at, feed, seq FROM event WHERE kind = {int(Kind.SET)} AND field = {field}
            UNION ALL
            SELECT a.item, a.value, s.first, -1, 0 FROM attribute a JOIN {seen} s USING (item) WHERE a.field = {field}
        ), spans AS (
            SELECT item, value, occurred_at AS since,
                lead(occurred_at) OVER (PARTITION BY item ORDER BY occurred_at, feed, seq) AS until FROM said
        )
        SELECT i.item, {field}, s.value, s.since, s.until FROM spans s JOIN {items} i ON i.item % {LIFE} = s.item
        WHERE s.value <> {NONE} AND s.until IS DISTINCT FROM s.since
    """
