"""How a figure came about: its statement, what it leaves out with examples, and the rows behind it, page by page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from valuestream.analysis.asker import Asker
from valuestream.calendar import rfc3339
from valuestream.flow.grains import OUTCOMES, WAYS
from valuestream.metrics import question
from valuestream.metrics.columns import COLUMNS
from valuestream.metrics.metric import Metric

if TYPE_CHECKING:
    from valuestream.engine.tables import Tables

Document = dict[str, Any]
EXAMPLES = 3
INSTANTS = ("finished", "committed", "entered", "left_at")
NAMED = {
    "items": ("type", "team"),
    "visits": ("stage", "nth", "type", "team"),
    "batches": ("stage", "batch"),
}  # fmt: skip


def statement(ask: Asker, metric: Metric) -> str:
    """The statement that gives the figure: value and n."""
    if not metric.per_week:
        return question.value(metric, ask.window, ask.filters)
    weeks = ask.window.weeks[2]
    where = question.condition(metric, ask.window, ask.filters)
    return f"SELECT {metric.sql} / nullif({weeks}.0, 0), {weeks} FROM {metric.over} WHERE ({where}) AND ({metric.of})"


def left_out(ask: Asker, metric: Metric, tables: Tables) -> list[Document]:
    """Some items for each reason to leave rows out."""
    where = question.condition(metric, ask.window, ask.filters)
    made = []
    for reason, rule in metric.leaves_out:
        sql = f"SELECT DISTINCT item FROM {metric.over} WHERE ({where}) AND ({rule}) ORDER BY item LIMIT {EXAMPLES}"
        items = [row[0] for row in ask.run(sql)]
        if items:
            made.append({"reason": reason, "items": tables.keys(items)})
    return made


def behind(ask: Asker, metric: Metric, tables: Tables, *, page: int, size: int) -> tuple[list[Document], int]:
    """The rows that the aggregate is over, those that weigh most first, and how many there are.

    Each row has the item's key, the instant of the clock, what names the row, and the columns of the expression.
    """
    columns = used(metric)
    where = f"({question.condition(metric, ask.window, ask.filters)}) AND ({metric.of})"
    clock = [metric.clock] if metric.clock in INSTANTS else ["entered" if metric.over == "visits" else "committed"]
    listed = list(dict.fromkeys([*NAMED[metric.over], *clock, *columns]))
    heaviest = f"{columns[0]} DESC NULLS LAST, " if columns else ""
    table = question.table(metric, ask.window)
    total = ask.run(f"SELECT count(*) FROM {table} WHERE {where}")[0][0]
    found = ask.run(
        f"SELECT item, {', '.join(listed)} FROM {table} WHERE {where}"
        f" ORDER BY {heaviest}{clock[0]}, item LIMIT {size} OFFSET {(page - 1) * size}"
    )
    keys = tables.keys([row[0] for row in found])
    rows = [
        {"item": key, **{name: _word(name, value, tables) for name, value in zip(listed, row[1:], strict=True)}}
        for key, row in zip(keys, found, strict=True)
    ]
    return rows, total


def used(metric: Metric) -> list[str]:
    """The columns that a metric's expression is over, in its order."""
    known = COLUMNS[metric.over]
    words = re.findall(r"[a-z_]+", metric.sql)
    return list(dict.fromkeys(word for word in words if word in known and word not in ("type", "team", "stage")))


def _word(name: str, value: Any, tables: Tables) -> Any:
    """A value as people read it: names for codes, instants as RFC 3339."""
    if value is None:
        return None
    if name in INSTANTS:
        return rfc3339(value)
    names: dict[str, Sequence[str]] = {
        "stage": tables.stages, "came_from": tables.stages, "went_to": tables.stages, "type": tables.words,
        "team": tables.teams, "outcome": OUTCOMES, "way": WAYS,
    }  # fmt: skip
    return str(names[name][value]) if name in names else value
