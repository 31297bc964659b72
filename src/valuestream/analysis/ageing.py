"""Open items by stage and age, beside how old finished items were when they left each stage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from valuestream.analysis.asker import Asker
from valuestream.analysis.rows import Known
from valuestream.metrics import flow, time
from valuestream.metrics.metric import ENOUGH
from valuestream.metrics.question import condition

Document = dict[str, Any]
MOST_ITEMS = 500
MODES = ("queue", "work", "external", "blocked")


def ageing(ask: Asker, known: Known) -> Document:
    """Items in progress at the window's end, the oldest first (at most 500), and the marks they are held against.

    A mark is the age that 50 or 85 % of the finished items had not exceeded when they left the stage for the last
    time; None below ten. `late` counts the open items above their stage's 85 % mark.
    """
    names = known.stages
    marks = _marks(ask, names)
    limit = {mark["stage"]: mark["p85_s"] for mark in marks}
    until = min(ask.window.until, known.as_of)
    still = condition(flow.FLOW_LOAD, ask.window, ask.filters)
    rows = ask.run(
        f"SELECT v.item, v.stage, v.open_mode, ({until} - i.committed) / 1e6 AS age, ({until} - v.entered) / 1e6"
        f" FROM (SELECT * FROM visits WHERE {still}) AS v JOIN items AS i ON i.item = v.item"
        " WHERE i.committed IS NOT NULL ORDER BY age DESC, v.item"
    )
    late = sum(limit.get(names[stage]) is not None and age > limit[names[stage]] for _, stage, _, age, _ in rows)
    keys = known.keys([row[0] for row in rows[:MOST_ITEMS]])
    items = [
        {
            "item": key, "stage": names[stage], "how": None if mode is None else MODES[mode],
            "age_s": age, "in_stage_s": here,
        }
        for key, (_, stage, mode, age, here) in zip(keys, rows[:MOST_ITEMS], strict=True)
    ]  # fmt: skip
    return {"n": len(rows), "shown": len(items), "late": late, "marks": marks, "items": items}


def _marks(ask: Asker, names: Sequence[str]) -> list[Document]:
    """Per stage the ages of finished items at their last exit from it: n, p50, p85."""
    done = f"{time.LEAD_TIME.of} AND {condition(time.LEAD_TIME, ask.window, ask.filters)}"
    half, most = (f"percentile_cont({p}) WITHIN GROUP (ORDER BY age)" for p in (0.5, 0.85))
    rows = ask.run(
        f"SELECT stage, count(*), {half}, {most} FROM ("
        "SELECT v.stage AS stage, (max(v.left_at) - min(i.committed)) / 1e6 AS age FROM visits AS v"
        f" JOIN (SELECT item, committed FROM items WHERE {done}) AS i ON i.item = v.item"
        " GROUP BY v.item, v.stage) AS exits GROUP BY stage ORDER BY stage"
    )
    return [
        {"stage": names[stage], "n": n, "p50_s": p50 if n >= ENOUGH else None, "p85_s": p85 if n >= ENOUGH else None}
        for stage, n, p50, p85 in rows
        if stage < len(names) - 2
    ]
