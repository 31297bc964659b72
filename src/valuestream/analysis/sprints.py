"""How much of the lead time lies before, in and after the sprint: a fast sprint in a slow stream shows itself here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from valuestream.analysis.asker import Asker
from valuestream.metrics import time
from valuestream.metrics.question import condition

Document = dict[str, Any]


def shares(ask: Asker, field: int, dates: Mapping[int, tuple[int, int]]) -> tuple[Document, dict[int, Document]]:
    """The whole, and by the code of the sprint that each finished item was in at last.

    field  code of the attribute that names an item's sprint
    dates  begin and end (microseconds UTC, half-open) by the code of a sprint's name, as far as they are known

    An item is *in* from its first sprint's begin, or from when it was put into that sprint if this was later, until its
    last sprint's end. Where the dates are not known it is in from when it was put into a sprint until it was taken out,
    or to the finish. The three parts add up to the sum of lead times. Carried over: it was in more than one sprint.
    """
    rows = ask.run(_per_item(ask, field, dates))
    every: Document = _none()
    found: dict[int, Document] = {}
    for code, lead, before, after, sprints, late in rows:
        for whole in (every, *([found.setdefault(code, _none())] if code is not None else [])):
            whole["items"] += 1
            whole["lead_s"] += lead / 1e6
            whole["without"] += code is None
            whole["carried_over"] += (sprints or 0) > 1
            whole["finished_in"] += code is not None and not late
            if code is None:
                continue
            whole["before_s"] += before / 1e6
            whole["after_s"] += after / 1e6
            whole["in_s"] += (lead - before - after) / 1e6
    return _shared(every), {code: _shared(whole) for code, whole in found.items()}


def _none() -> Document:
    return dict.fromkeys(("items", "without", "carried_over", "finished_in"), 0) | dict.fromkeys(
        ("lead_s", "before_s", "in_s", "after_s"), 0.0
    )


def _shared(whole: Document) -> Document:
    """With shares of the lead time of the items that were in a sprint."""
    known = whole["before_s"] + whole["in_s"] + whole["after_s"]
    parts = {f"{name}_share": whole[f"{name}_s"] / known if known else None for name in ("before", "in", "after")}
    return {**whole, **parts}


def _per_item(ask: Asker, field: int, dates: Mapping[int, tuple[int, int]]) -> str:
    """Statement: last sprint, lead, before, after, how many sprints, whether it was finished after the last one."""
    begin = _case("a.value", {code: first for code, (first, _) in dates.items()})
    end = _case("a.value", {code: last for code, (_, last) in dates.items()})
    where = f"{time.LEAD_TIME.of} AND {condition(time.LEAD_TIME, ask.window, ask.filters)}"
    return f"""
        SELECT sprint, finished - committed AS lead,
            greatest(least(first, finished) - committed, 0), greatest(finished - greatest(last, committed), 0),
            sprints, last < finished
        FROM (SELECT item, committed, finished FROM items WHERE {where}) i LEFT JOIN (
            SELECT a.item AS of_item, min(greatest(a.since, coalesce({begin}, a.since))) AS first,
                max(coalesce({end}, a.until, f.finished)) AS last, count(DISTINCT a.value) AS sprints,
                max_by(a.value, a.since) AS sprint
            FROM attributes a JOIN (SELECT item, finished FROM items WHERE {where}) f ON f.item = a.item
            WHERE a.field = {field} AND a.since < f.finished GROUP BY a.item
        ) s ON s.of_item = i.item ORDER BY i.item
    """


def _case(column: str, instants: Mapping[int, int]) -> str:
    cases = " ".join(f"WHEN {code} THEN {at}" for code, at in instants.items())
    return f"CASE {column} {cases} END" if cases else "CAST(NULL AS BIGINT)"
