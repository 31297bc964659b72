"""Several metrics asked of the same rows: one statement, which reads them once. Pure text; the engine runs it.

Each metric passes over the rows that are not its own: in those its columns are null, as in `question.answer`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from valuestream.metrics.columns import COLUMNS
from valuestream.metrics.metric import Metric
from valuestream.metrics.question import Condition, Window, condition, whole
from valuestream.metrics.stored_durations import MICROSECONDS, in_microseconds
from valuestream.metrics.time import median

FRACTIONS = "ARRAY[0.5, 0.85, 0.95]"
WORD = re.compile(r"[a-z_]+")
NULLNESS = re.compile(r"([a-z_]+) IS (NOT )?NULL")


class _Columns:
    """Expressions over a table's rows, each computed once and called by a name of its own."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def name(self, expression: str) -> str:
        return self._names.setdefault(expression, f"x_{len(self._names)}")

    def listed(self) -> list[str]:
        return [f"{expression} AS {name}" for expression, name in self._names.items()]


def statement(
    metrics: Sequence[Metric], window: Window, filters: Sequence[Condition] = (), by: Sequence[str] = ()
) -> str:
    """Groups, then for each metric its value, n, how many rows each reason leaves out; of durations also n, mean and a
    list of p50, p85 and p95, in microseconds. For a metric per week: the count in the complete weeks, the count in the
    window.

    metrics   of one table and one clock, of what is over or of no duration; a group without rows of one has n 0 there
    by        columns of the table
    """
    first = metrics[0]
    assert all((one.over, one.clock) == (first.over, first.clock) for one in metrics)
    columns = _Columns()
    what = [part for metric in metrics for part in _parts(metric, window, columns)]
    rows = f"FROM {first.over}_us WHERE {condition(first, whole(window), filters, as_stored=True)}"
    grouped = f" GROUP BY {', '.join(by)} ORDER BY {', '.join(by)}" if by else ""
    return f"SELECT {', '.join([*by, *what])} FROM (SELECT {', '.join([*by, *columns.listed()])} {rows}) asked{grouped}"


def width(metric: Metric) -> int:
    """How many columns of a statement are a metric's."""
    if metric.per_week:
        return 2
    return 2 + len(metric.leaves_out) + (3 if metric.spread else 0)


def _parts(metric: Metric, window: Window, columns: _Columns) -> list[str]:
    mine = _count(metric, metric.of, columns)
    if metric.per_week:
        begin, end, _ = window.weeks
        inside = f"{_told(metric, metric.of)} AND {metric.clock} >= {begin} AND {metric.clock} < {end}"
        return [f"count(*) FILTER (WHERE {columns.name(inside)})", mine]
    lost = [_count(metric, rule, columns) for _, rule in metric.leaves_out]
    if metric.spread is None:
        value = mine if metric.sql == "count(*)" else _over(metric, columns)
        return [value, mine, *lost]
    assert metric.sql == median(metric.spread)
    x = columns.name(_own(metric, metric.spread))
    fractions = f"percentile_cont({FRACTIONS}) WITHIN GROUP (ORDER BY {x})"
    return ["NULL", mine, *lost, f"count({x})", f"avg({x})", fractions]


def _count(metric: Metric, rule: str, columns: _Columns) -> str:
    """How many rows a rule holds for; of the commonest rules without looking at each row."""
    if rule == "true":
        return "count(*)"
    if known := NULLNESS.fullmatch(rule):
        n = f"count({columns.name(in_microseconds(metric.over, known[1]))})"
        return n if known[2] else f"count(*) - {n}"
    return f"count(*) FILTER (WHERE {columns.name(_told(metric, rule))})"


def _over(metric: Metric, columns: _Columns) -> str:
    """An aggregate over the metric's own rows; durations only in a ratio of them, which has no unit."""
    known = COLUMNS[metric.over]
    assert metric.unit == "share" or not MICROSECONDS[metric.over].keys() & set(WORD.findall(metric.sql))
    return WORD.sub(lambda word: columns.name(_own(metric, word[0])) if word[0] in known else word[0], metric.sql)


def _own(metric: Metric, column: str) -> str:
    """A column where the row is one of the metric's own, else null."""
    stored = in_microseconds(metric.over, column)
    return (
        stored
        if metric.of in ("true", f"{column} IS NOT NULL")
        else f"CASE WHEN {_told(metric, metric.of)} THEN {stored} END"
    )


def _told(metric: Metric, rule: str) -> str:
    return f"({in_microseconds(metric.over, rule)})"
