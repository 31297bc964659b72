"""What the data can carry: how much of each figure is known, time without an event, what shares an instant.

A chart is empty for a reason, and here it is counted.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from valuestream.calendar import rfc3339
from valuestream.metrics.question import Window

Document = dict[str, Any]
Run = Callable[[str], list[tuple[Any, ...]]]

GAP_DAYS = 7
"""Days without any event from which a gap is told."""
MOST_GAPS = 10
DAY_US = 86_400_000_000

_ITEMS = {
    "lead_time": ("outcome = 1", "lead_s IS NOT NULL"),
    "active_time": ("outcome = 1 AND lead_s IS NOT NULL", "active_s IS NOT NULL"),
    "before": ("outcome = 1", "before_s IS NOT NULL"),
    "touch_days": ("outcome = 1 AND lead_s IS NOT NULL", "touch_days IS NOT NULL"),
    "type": ("true", "type IS NOT NULL"),
    "team": ("true", "team IS NOT NULL"),
}
_VISITS = {
    "people": ("true", "people IS NOT NULL"),
    "people_by_change": ("people IS NOT NULL", "people_by_change = 0"),
    "batches": ("left_at IS NOT NULL", "(item, stage, left_at) IN (SELECT item, stage, left_at FROM batches)"),
    "returns": ("left_at IS NOT NULL", "returned IS NOT NULL"),
}


def coverage(run: Run, window: Window) -> list[Document]:
    """For each thing that figures rest on: of how many rows it is known. Rows are those that the window touches."""
    items = f"requested < {window.until} AND (finished IS NULL OR finished >= {window.since})"
    visits = f"entered < {window.until} AND (left_at IS NULL OR left_at >= {window.since})"
    return [*_counted(run, "items", items, _ITEMS), *_counted(run, "visits", visits, _VISITS)]


def _counted(run: Run, table: str, inside: str, rules: dict[str, tuple[str, str]]) -> list[Document]:
    counts = ", ".join(
        f"count(*) FILTER (WHERE ({of}) AND ({known})), count(*) FILTER (WHERE {of})" for of, known in rules.values()
    )
    row = run(f"SELECT {counts} FROM {table} WHERE {inside}")[0]
    return [
        {
            "of": table,
            "what": what,
            "known": row[2 * n],
            "n": row[2 * n + 1],
            "share": _share(row[2 * n], row[2 * n + 1]),
        }
        for n, what in enumerate(rules)
    ]


def gaps(run: Run, window: Window) -> list[Document]:
    """Stretches of at least seven days in which nothing was requested, entered, started or left; the longest first."""
    inside = f"{{column}} >= {window.since} AND {{column}} < {window.until}"
    instants = (("visits", "entered"), ("visits", "started"), ("visits", "left_at"), ("items", "requested"))
    days = " UNION ".join(
        f"SELECT {column} // {DAY_US} AS day FROM {table} WHERE {inside.format(column=column)}"
        for table, column in instants
    )
    rows = run(
        f"SELECT day, next FROM (SELECT day, lead(day) OVER (ORDER BY day) AS next FROM ({days}))"
        f" WHERE next - day > {GAP_DAYS} ORDER BY next - day DESC, day LIMIT {MOST_GAPS}"
    )
    return [
        {"since": rfc3339((day + 1) * DAY_US), "until": rfc3339(then * DAY_US), "days": then - day - 1}
        for day, then in rows
    ]


def ties(run: Run, window: Window) -> Document:
    """Visits that began and ended at one instant: the order of such events is the source's, and their time is 0."""
    inside = f"left_at >= {window.since} AND left_at < {window.until}"
    n, of = run(f"SELECT count(*) FILTER (WHERE left_at = entered), count(*) FROM visits WHERE {inside}")[0]
    return {"visits": n, "of": of, "share": _share(n, of)}


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
