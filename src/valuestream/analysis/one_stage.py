"""One stage looked at closely: its weeks, how its visits spread, the slowest, and who hands to whom."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from itertools import pairwise
from typing import Any

from valuestream.analysis.asker import Asker
from valuestream.analysis.days import monday, seen
from valuestream.analysis.rows import Known, of_visits
from valuestream.calendar import rfc3339, week_begin_us, week_label
from valuestream.errors import UnknownName
from valuestream.metrics import flow
from valuestream.metrics.metric import ENOUGH
from valuestream.metrics.question import condition

Document = dict[str, Any]
SLOWEST = 20
WAYS = ("forward", "skip", "back", "done", "cancelled", "open")
_MIN, _H, _D = 60, 3_600, 86_400
EDGES = (
    0,
    _MIN,
    5 * _MIN,
    15 * _MIN,
    _H,
    4 * _H,
    8 * _H,
    _D,
    2 * _D,
    4 * _D,
    7 * _D,
    14 * _D,
    30 * _D,
    90 * _D,
    365 * _D,
)
"""Where the classes of the distribution begin, in seconds: those a person would name; the last has no end."""


def stage_code(name: str, names: Sequence[str]) -> int:
    """The code of a stage by its name. UnknownName lists those that come near."""
    if name in names:
        return names.index(name)
    near = get_close_matches(name, names, 3) or list(names[:-2])
    raise UnknownName(f"No stage '{name}'.", f"Known: {', '.join(near)}.")


def one_stage(ask: Asker, name: str, known: Known, zone: str) -> Document:
    """The parts of `vsm.stage/1`. Visits belong to the window by when they left. UnknownName for another name."""
    names = known.stages
    stage = stage_code(name, names)
    left = f"stage = {stage} AND {condition(flow.STAGE_VISITS, ask.window, ask.filters)}"
    still = f"stage = {stage} AND {condition(flow.FLOW_LOAD, ask.window, ask.filters)}"
    return {
        "weeks": _weeks(ask, stage, zone, known.as_of),
        "distribution": _distribution(ask, left),
        "slowest": _slowest(ask, left, known),
        "here": _here(ask, still, known),
        "came_from": _came_from(ask, stage, names),
        "went_to": _went_to(ask, left, names),
    }


def _weeks(ask: Asker, stage: int, zone: str, as_of: int) -> list[Document]:
    """A row a week: visits left, their mean and median wait and active time; medians are None below ten."""
    days = seen(ask, zone, as_of)
    if days is None:
        return []
    rows = {
        week: {
            "week": week_label(week), "begin": monday(week),
            "complete": week_begin_us(week, zone) >= ask.window.since and week_begin_us(week + 1, zone) <= days.until,
            "n": 0, "wait_s": None, "wait_p50_s": None, "wait_p85_s": None, "active_s": None, "active_n": 0,
        }
        for week in days.weeks
    }  # fmt: skip
    half, most = (f"percentile_cont({p}) WITHIN GROUP (ORDER BY wait_s)" for p in (0.5, 0.85))
    inside = condition(flow.STAGE_VISITS, ask.window, ask.filters)
    for week, n, wait, p50, p85, active, known in ask.run(
        f"SELECT {days.week('left_at')} AS w, count(*), avg(wait_s), {half}, {most}, avg(active_s), count(active_s)"
        f" FROM visits WHERE stage = {stage} AND {inside} GROUP BY w ORDER BY w"
    ):
        if week in rows:
            few = n < ENOUGH
            rows[week] |= {
                "n": n, "wait_s": wait, "wait_p50_s": None if few else p50, "wait_p85_s": None if few else p85,
                "active_s": active, "active_n": known,
            }  # fmt: skip
    return list(rows.values())


def _distribution(ask: Asker, left: str) -> list[Document]:
    """Visits by how long they waited and how long they were active, in classes from EDGES."""
    ends = [*EDGES[1:], None]
    counts = []
    for column in ("wait_s", "active_s"):
        whens = ", ".join(f"count(*) FILTER (WHERE {_between(column, a, b)})" for a, b in pairwise([*EDGES, None]))
        counts.append(ask.run(f"SELECT {whens} FROM visits WHERE {left}")[0])
    return [
        {"from_s": begin, "to_s": end, "wait": wait, "active": active}
        for begin, end, wait, active in zip(EDGES, ends, *counts, strict=True)
    ]


def _between(column: str, begin: int | None, end: int | None) -> str:
    return f"{column} >= {begin}" + (f" AND {column} < {end}" if end is not None else "")


def _slowest(ask: Asker, left: str, known: Known) -> list[Document]:
    rows = ask.run(
        "SELECT item, nth, entered, left_at, (left_at - entered) / 1e6 AS span, wait_s, active_s FROM visits"
        f" WHERE {left} ORDER BY span DESC, item, nth LIMIT {SLOWEST}"
    )
    keys = known.keys([row[0] for row in rows])
    return [
        {
            "item": key, "nth": nth, "entered": rfc3339(entered), "left": rfc3339(gone), "span_s": span,
            "wait_s": wait, "active_s": active,
        }
        for key, (_, nth, entered, gone, span, wait, active) in zip(keys, rows, strict=True)
    ]  # fmt: skip


def _here(ask: Asker, still: str, known: Known) -> Document:
    """The items in the stage at the window's end, those that came first on top."""
    until = min(ask.window.until, known.as_of)
    n = ask.run(f"SELECT count(*) FROM visits WHERE {still}")[0][0]
    rows = ask.run(f"SELECT item, nth, entered FROM visits WHERE {still} ORDER BY entered, item LIMIT {SLOWEST}")
    keys = known.keys([row[0] for row in rows])
    listed = [
        {"item": key, "nth": nth, "entered": rfc3339(entered), "in_stage_s": (until - entered) / 1e6}
        for key, (_, nth, entered) in zip(keys, rows, strict=True)
    ]
    return {"n": n, "items": listed}


def _came_from(ask: Asker, stage: int, names: Sequence[str]) -> list[Document]:
    """Who hands to this stage: visits begun in the window by where they came from, and their wait before work."""
    inside = of_visits(ask, f"stage = {stage}", f"entered >= {ask.window.since}", f"entered < {ask.window.until}")
    rows = ask.run(
        f"SELECT came_from, count(*), avg(wait_before_s) FROM visits WHERE {inside}"
        " GROUP BY came_from ORDER BY count(*) DESC, came_from"
    )
    return [
        {"stage": "(start)" if source is None else names[source], "n": n, "wait_before_s": wait}
        for source, n, wait in rows
    ]


def _went_to(ask: Asker, left: str, names: Sequence[str]) -> list[Document]:
    """To whom this stage hands: visits left in the window by where they went and how."""
    rows = ask.run(
        f"SELECT went_to, way, count(*) FROM visits WHERE {left} GROUP BY went_to, way"
        " ORDER BY count(*) DESC, went_to, way"
    )
    return [{"stage": "(end)" if to is None else names[to], "way": WAYS[way], "n": n} for to, way, n in rows]
