"""A metric asked of a window, with filters and groups: one SQL statement. Pure text; the engine runs it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from valuestream.errors import PersonField, UnknownName
from valuestream.metrics.metric import Metric

PERSONS = frozenset(
    {
        "actor",
        "assignee",
        "author",
        "committer",
        "creator",
        "owner",
        "people",
        "person",
        "reporter",
        "requester",
        "resource",
        "reviewer",
        "user",
        "assigned_to",
        "changed_by",
        "closed_by",
        "created_by",
        "left_by",
        "opened_by",
        "resolved_by",
        "updated_by",
        "sys_updated_by",
    }
)


@dataclass(frozen=True)
class Window:
    """Half-open [since, until) in microseconds UTC, and the complete weeks inside it as (begin, end, how many)."""

    since: int
    until: int
    weeks: tuple[int, int, int]


@dataclass(frozen=True)
class Is:
    """Rows whose coded column is one of these codes."""

    column: str
    codes: tuple[int, ...]


@dataclass(frozen=True)
class Had:
    """Rows whose item has one of these values (codes) in a field at last: see the view `attributes`."""

    field: int
    codes: tuple[int, ...]


Condition = Is | Had


def condition(metric: Metric, window: Window, filters: Sequence[Condition] = ()) -> str:
    """The rows a metric is asked of, its own `of` not included. Integers only: nothing here is a user's text."""
    return " AND ".join([_clock(metric, window), *(rows_with(f) for f in filters if _has(metric, f))])


def _clock(metric: Metric, window: Window) -> str:
    if metric.clock == "instant":
        begin, end = ("entered", "left_at") if metric.over == "visits" else ("committed", "finished")
        last = window.until
        return f"{begin} < {last} AND ({end} IS NULL OR {end} >= {last})"
    since, until = (window.weeks[0], window.weeks[1]) if metric.per_week else (window.since, window.until)
    return f"{metric.clock} >= {since} AND {metric.clock} < {until}"


def rows_with(wanted: Condition) -> str:
    """A filter as a condition; integers only."""
    codes = ", ".join(map(str, wanted.codes))
    if not wanted.codes:
        return "false"
    if isinstance(wanted, Is):
        return f"{wanted.column} IN ({codes})"
    had = f"field = {wanted.field} AND until IS NULL AND value IN ({codes})"
    return f"item IN (SELECT item FROM attributes WHERE {had})"


def _has(metric: Metric, wanted: Condition) -> bool:
    return not (isinstance(wanted, Is) and wanted.column == "stage" and metric.over == "items")


def value(metric: Metric, window: Window, filters: Sequence[Condition] = (), by: Sequence[str] = ()) -> str:
    """Statement: groups, value, n."""
    return _select(metric, window, filters, by, f"{metric.sql}, count(*)", metric.of)


def spread(metric: Metric, window: Window, filters: Sequence[Condition] = (), by: Sequence[str] = ()) -> str:
    """Statement: groups, n, mean, p50, p85, p95 of the metric's column."""
    x = metric.spread
    fractions = ", ".join(f"percentile_cont({p}) WITHIN GROUP (ORDER BY {x})" for p in (0.5, 0.85, 0.95))
    return _select(metric, window, filters, by, f"count({x}), avg({x}), {fractions}", metric.of)


def left_out(metric: Metric, window: Window, filters: Sequence[Condition] = (), by: Sequence[str] = ()) -> str:
    """Statement: groups, then how many rows each reason leaves out."""
    counts = ", ".join(f"count(*) FILTER (WHERE {rule})" for _, rule in metric.leaves_out)
    return _select(metric, window, filters, by, counts, "true")


def check_groups(metric: Metric, by: Sequence[str]) -> None:
    """Refuse groupings by persons, and those the metric does not have."""
    for name in by:
        if name in PERSONS:
            raise PersonField(
                f"{name!r} is a person field.", "No view groups, filters or sorts by persons; use a team."
            )
        if name not in metric.by:
            raise UnknownName(f"{metric.name} cannot be grouped by {name!r}.", f"Known: {', '.join(metric.by)}.")


def _select(metric: Metric, window: Window, filters: Sequence[Condition], by: Sequence[str], what: str, of: str) -> str:
    check_groups(metric, by)
    groups = ", ".join(by)
    listed = f"{groups}, {what}" if by else what
    grouped = f" GROUP BY {groups} ORDER BY {groups}" if by else ""
    return f"SELECT {listed} FROM {metric.over} WHERE ({condition(metric, window, filters)}) AND ({of}){grouped}"
