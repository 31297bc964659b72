"""What each ISO week saw: items that came, were finished or given up, their kinds and their flow efficiency."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from valuestream.analysis.asker import Asker
from valuestream.analysis.days import Days, monday
from valuestream.analysis.rows import of_items
from valuestream.calendar import week_begin_us, week_label
from valuestream.metrics import flow
from valuestream.stream import Stream

Document = dict[str, Any]


def weeks(ask: Asker, days: Days, stream: Stream, words: Sequence[str]) -> list[Document]:
    """One row a week that the window touches, empty ones included; `complete` says whether it lies wholly in it."""
    rows: dict[int, Document] = {week: _row(ask, week, days) for week in days.weeks}
    kinds = {name: kind for kind, names in stream.flow_items.items() for name in names}
    for week, outcome, code, n in _counted(ask, days, "finished", "outcome, type"):
        if week not in rows or outcome not in (1, 2):
            continue
        rows[week]["finished" if outcome == 1 else "cancelled"] += n
        if outcome == 1:
            kind = _kind(code, kinds, words)
            rows[week]["kinds"][kind] = rows[week]["kinds"].get(kind, 0) + n
    for week, n in _counted(ask, days, "committed"):
        if week in rows:
            rows[week]["arrived"] += n
    for week, value, n in _efficiency(ask, days):
        if week in rows:
            rows[week]["flow_efficiency"] = {"value": value, "n": n}
    return list(rows.values())


def _row(ask: Asker, week: int, days: Days) -> Document:
    complete = week_begin_us(week, days.zone) >= ask.window.since and week_begin_us(week + 1, days.zone) <= days.until
    return {
        "week": week_label(week), "begin": monday(week), "complete": complete, "finished": 0, "cancelled": 0,
        "arrived": 0, "kinds": {}, "flow_efficiency": {"value": None, "n": 0},
    }  # fmt: skip


def _kind(code: int | None, kinds: Mapping[str, str], words: Sequence[str]) -> str:
    """The flow item where the stream declares them, else the type."""
    name = "unknown" if code is None else str(words[code])
    return kinds.get(name, "other") if kinds else name


def _counted(ask: Asker, days: Days, clock: str, by: str = "") -> list[tuple[Any, ...]]:
    """Items whose `clock` lies in the window: week, groups, number."""
    groups = f", {by}" if by else ""
    return ask.run(
        f"SELECT {days.week(clock)} AS w{groups}, count(*) FROM items"
        f" WHERE {_in_window(ask, days, clock)} GROUP BY w{groups} ORDER BY w{groups}"
    )


def _efficiency(ask: Asker, days: Days) -> list[tuple[Any, ...]]:
    """Flow efficiency of the items finished in each week: the catalogue's own rule."""
    metric = flow.FLOW_EFFICIENCY
    return ask.run(
        f"SELECT {days.week('finished')} AS w, {metric.sql}, count(*) FROM items"
        f" WHERE {_in_window(ask, days, 'finished')} AND {metric.of} GROUP BY w ORDER BY w"
    )


def _in_window(ask: Asker, days: Days, clock: str) -> str:
    return of_items(ask, f"{clock} >= {max(days.since, ask.window.since)}", f"{clock} < {days.until}")
