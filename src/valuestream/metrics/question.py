"""A metric asked of a window, with filters and groups: one SQL statement. Pure text; the engine runs it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from valuestream.errors import PersonField, UnknownName
from valuestream.flow.grains import NEVER
from valuestream.metrics.columns import COLUMNS
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


def condition(metric: Metric, window: Window, filters: Sequence[Condition] = (), *, as_stored: bool = False) -> str:
    """The rows a metric is asked of, its own `of` not included. Integers only: nothing here is a user's text.

    as_stored  the clock as it is stored, so that the engine passes over parts of a table by the least and greatest
               value in them; it reads less well
    """
    return " AND ".join(
        [_clock(metric, window, as_stored=as_stored), *(rows_with(f) for f in filters if _has(metric, f))]
    )


def _clock(metric: Metric, window: Window, *, as_stored: bool) -> str:
    if metric.clock == "instant":
        begin, end = ("entered", "left_at") if metric.over == "visits" else ("committed", "finished")
        last = window.until
        still = f"{end}_stored = {NEVER}" if as_stored else f"{end} IS NULL"
        return f"{begin} < {last} AND ({end}_stored >= {last} OR {still})"
    since, until = (window.weeks[0], window.weeks[1]) if metric.per_week else (window.since, window.until)
    clock = f"{metric.clock}_stored" if as_stored and metric.clock != "entered" else metric.clock
    return f"{clock} >= {since} AND {clock} < {until}"


def rows_with(wanted: Condition) -> str:
    """A filter as a condition; integers only."""
    codes = ", ".join(map(str, wanted.codes))
    if not wanted.codes:
        return "false"
    if isinstance(wanted, Is):
        column = f"{wanted.column}_stored" if wanted.column != "stage" else "stage"
        return f"{column} IN ({codes})"
    had = f"field = {wanted.field} AND until IS NULL AND value IN ({codes})"
    return f"item IN (SELECT item FROM attributes WHERE {had})"


def rows_of(metric: Metric, filters: Sequence[Condition]) -> str:
    """The rows that filters leave of a metric's table, whatever the window."""
    return " AND ".join(["true", *(rows_with(one) for one in filters if _has(metric, one))])


def of_items(window: Window | None, filters: Sequence[Condition] = ()) -> str:
    """The visits of the items that finished in the window with a lead time, whatever these visits' own team and type
    are: a condition on `visits_us`, where filters are those of the items. None: of those that finished at any time.
    """
    theirs = [
        replace(one, column=f"item_{one.column}") if isinstance(one, Is) else one
        for one in filters
        if not (isinstance(one, Is) and one.column == "stage")
    ]
    finished = "item_finished_stored"
    when = "" if window is None else f" AND {finished} >= {window.since} AND {finished} < {window.until}"
    return " AND ".join([f"item_counts = 1{when}", *map(rows_with, theirs)])


def _has(metric: Metric, wanted: Condition) -> bool:
    return not (isinstance(wanted, Is) and wanted.column == "stage" and metric.over == "items")


@dataclass(frozen=True)
class Group:
    """What rows are grouped by: the SQL of the key, and what must be joined for it.

    codes   what the key's integers are codes of: a column of the tables, "flow_item", "periods" or "words"
    """

    name: str
    sql: str
    codes: str
    join: str = ""


def answer(metric: Metric, window: Window, filters: Sequence[Condition] = (), by: Sequence[Group] = ()) -> str:
    """One statement for all that a figure says of itself.

    returns   groups, value, n, then how many rows each reason leaves out, then for a metric of durations n, mean, p50,
              p85 and p95. For a metric per week: groups, the count in the complete weeks, the count in the window
    """
    if metric.per_week:
        first, end, _ = window.weeks
        inside = f"{metric.clock} >= {first} AND {metric.clock} < {end}"
        what = [f"count(*) FILTER (WHERE {inside})", "count(*)"]
        return _grouped(what, f"FROM {_rows(metric, whole(window), filters, by)} WHERE {metric.of}", by)
    if not metric.leaves_out:
        what = [metric.sql, "count(*)", *_spread(metric)]
        return _grouped(what, f"FROM {_rows(metric, window, filters, by)} WHERE {metric.of}", by)
    if _is_known_or_not(metric):
        lost = [f"count(*) - count({_columns(metric)[0]})"] * len(metric.leaves_out)
        what = [metric.sql, f"count({_columns(metric)[0]})", *lost, *_spread(metric)]
        return _grouped(what, f"FROM {_rows(metric, window, filters, by)}", by)
    # What is left out stays among the rows to be counted; its values are null, which every aggregate passes over.
    kept = [f"CASE WHEN {metric.of} THEN {column} END AS {column}" for column in _columns(metric)]
    lost = [f"({rule}) AS out_{k}" for k, (_, rule) in enumerate(metric.leaves_out)]
    keys = [f"{group.sql} AS by_{k}" for k, group in enumerate(by)]
    rows = f"SELECT {', '.join([*keys, f'({metric.of}) AS counted', *lost, *kept])}"
    rows += f" FROM {_rows(metric, window, filters, by)}"
    counts = ["counted", *(f"out_{k}" for k in range(len(metric.leaves_out)))]
    what = [metric.sql, *(f"count(*) FILTER (WHERE {name})" for name in counts), *_spread(metric)]
    named = [Group(group.name, f"by_{k}", group.codes) for k, group in enumerate(by)]
    return _grouped(what, f"FROM ({rows}) asked", named)


def _is_known_or_not(metric: Metric) -> bool:
    """Whether a metric is of one column, over all rows that know it: its aggregate then passes over the others."""
    columns = _columns(metric)
    if len(columns) != 1 or "count(*)" in metric.sql or metric.of != f"{columns[0]} IS NOT NULL":
        return False
    return all(rule == f"{columns[0]} IS NULL" for _, rule in metric.leaves_out)


def whole(window: Window) -> Window:
    """The window as if it were one complete week: for counts of all that is in it."""
    return Window(window.since, window.until, (window.since, window.until, 1))


def _grouped(what: Sequence[str], rows: str, by: Sequence[Group]) -> str:
    places = ", ".join(str(k + 1) for k in range(len(by)))
    grouped = f" GROUP BY {places} ORDER BY {places}" if by else ""
    return f"SELECT {', '.join([*(group.sql for group in by), *what])} {rows}{grouped}"


def _rows(metric: Metric, window: Window, filters: Sequence[Condition], by: Sequence[Group]) -> str:
    where = condition(metric, window, filters, as_stored=True)
    rows = f"(SELECT * FROM {table(metric, window)} WHERE {where}) {metric.over}"
    return " ".join([rows, *(group.join for group in by if group.join)])


def table(metric: Metric, window: Window) -> str:
    """The table a metric is over; of items in progress with their age at that instant."""
    if metric.over != "items" or metric.clock != "instant":
        return metric.over
    return f"(SELECT *, ({window.until - 1} - committed) / 1e6 AS age_at_s FROM items) items"


def _spread(metric: Metric) -> list[str]:
    x = metric.spread
    if x is None:
        return []
    fractions = [f"percentile_cont({p}) WITHIN GROUP (ORDER BY {x})" for p in (0.5, 0.85, 0.95)]
    return [f"count({x})", f"avg({x})", *fractions]


def _columns(metric: Metric) -> list[str]:
    """The columns that a metric's aggregate is over."""
    words = re.findall(r"[a-z_]+", metric.sql if metric.spread is None else f"{metric.sql} {metric.spread}")
    return sorted({word for word in words if word in COLUMNS[metric.over]})


def value(metric: Metric, window: Window, filters: Sequence[Condition] = (), by: Sequence[str] = ()) -> str:
    """Statement: groups, value, n."""
    return _select(metric, window, filters, by, f"{metric.sql}, count(*)", metric.of)


def spread(metric: Metric, window: Window, filters: Sequence[Condition] = (), by: Sequence[str] = ()) -> str:
    """Statement: groups, n, mean, p50, p85, p95 of the metric's column."""
    x = metric.spread
    fractions = ", ".join(f"percentile_cont({p}) WITHIN GROUP (ORDER BY {x})" for p in (0.5, 0.85, 0.95))
    return _select(metric, window, filters, by, f"count({x}), avg({x}), {fractions}", metric.of)


def refuse_persons(columns: Iterable[str]) -> None:
    """No view groups, filters or sorts by persons."""
    for column in columns:
        if column.lower() in PERSONS:
            raise PersonField(
                f"{column!r} is a person field.", "No view groups, filters or sorts by persons; use a team."
            )


def check_groups(metric: Metric, by: Sequence[str]) -> None:
    """Refuse groupings by persons, and those the metric does not have."""
    refuse_persons(by)
    for name in by:
        if name not in metric.by:
            raise UnknownName(f"{metric.name} cannot be grouped by {name!r}.", f"Known: {', '.join(metric.by)}.")


def _select(metric: Metric, window: Window, filters: Sequence[Condition], by: Sequence[str], what: str, of: str) -> str:
    check_groups(metric, by)
    groups = ", ".join(by)
    listed = f"{groups}, {what}" if by else what
    grouped = f" GROUP BY {groups} ORDER BY {groups}" if by else ""
    return (
        f"SELECT {listed} FROM {table(metric, window)} WHERE ({condition(metric, window, filters)}) AND ({of}){grouped}"
    )
