"""What finished items waited for: each stage's waiting split by cause, from what the log and the calendar tell.

A wait's parts are looked for in this order, each in what the ones before left over: blocked, with others outside, a
batch that fills or is ready, later items first, hands busy, off hours. What no rule explains is said to be unexplained.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from valuestream.analysis.asker import Asker
from valuestream.analysis.hours_held import Summed, column_sums, summed
from valuestream.flow.waiting import PARTS
from valuestream.metrics.question import of_items

if TYPE_CHECKING:
    from valuestream.analysis.map_answers import Spent
    from valuestream.engine.tables import Tables

Document = dict[str, Any]
NAMES: Mapping[str, str] = {
    "put_back": "put back", "batch_fills": "batch fills", "batch_ready": "batch is ready",
    "overtaken": "later items first", "busy": "hands busy", "off_hours": "off hours",
}  # fmt: skip
"""What a part of a wait (`flow/waiting.py`) is called."""

CAUSES = (
    "blocked", "others outside", "batch fills", "batch is ready", "later items first", "hands busy", "off hours",
    "put back", "unexplained",
)  # fmt: skip


WAITS = Summed("waits_us", "item_finished_stored", ("stage",), column_sums(PARTS))


def causes(ask: Asker, tables: Tables, ladder: Mapping[int, Spent], n: int) -> dict[int, dict[str, float]] | None:
    """Seconds a finished item waited at each stage, by cause; they add up to the ladder's wait of the stage.

    ladder  what the n finished items spent by stage (code)

    None where it is not known yet (see `Tables.explained`).
    """
    if not tables.explained:
        return None
    rows = summed_waits(ask, tables)
    if rows is None:
        sums = ", ".join(WAITS.sums.values())
        rows = ask.run(f"SELECT stage, {sums} FROM waits_us WHERE {of_items(ask.window, ask.filters)} GROUP BY stage")
    told = {stage: dict(zip(PARTS, parts, strict=True)) for stage, *parts in rows}
    found = {}
    last = len(tables.stages) - 2  # stays after done or cancelled wait for nothing of the stream's
    for code, spent in sorted(ladder.items()):
        if code < last:
            parts = {NAMES[part]: us for part, us in told.get(code, {}).items()}
            parts |= {"blocked": spent.blocked, "others outside": spent.external}
            parts["unexplained"] = spent.wait - sum(parts.values())
            found[code] = {cause: parts[cause] / n / 1e6 for cause in CAUSES if parts.get(cause)}
    return found


def summed_waits(ask: Asker, tables: Tables) -> list[tuple[Any, ...]] | None:
    """The waits of each stage by their parts, where they are held: see `hours_held.summed`."""
    return summed(ask, WAITS, of_items(None, ask.filters), state=tables.explanation) if tables.explained else None


def told(stages: Sequence[Document], found: dict[int, dict[str, float]] | None, names: Sequence[str]) -> list[Document]:
    """The stages of a map, each with its `causes`, in their order; None where they were not looked for."""
    by_name = {names[code]: parts for code, parts in (found or {}).items()}
    return [
        {
            **stage,
            "causes": None
            if found is None
            else [{"cause": cause, "seconds": seconds} for cause, seconds in by_name.get(stage["name"], {}).items()],
        }
        for stage in stages
    ]
