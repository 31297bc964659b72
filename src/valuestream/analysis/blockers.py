"""What is blocked now, and what was written as the reason."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from valuestream.analysis.asker import Asker
from valuestream.analysis.rows import Known
from valuestream.flow.grains import BLOCKED
from valuestream.log.event import NONE, Kind
from valuestream.metrics import flow
from valuestream.metrics.question import condition

if TYPE_CHECKING:
    from valuestream.log.event import Log

Document = dict[str, Any]
MOST_ITEMS = 200
NO_REASON = "no reason given"


def blockers(ask: Asker, known: Known, history: Callable[[int], Log]) -> Document:
    """Blocked items at the window's end by reason, the most frequent first; an item blocked for longest stands first.

    The reason is that of the item's last block; where a state means blocked, the state's name. At most 200 items are
    looked at: those blocked for longest.
    """
    still = condition(flow.FLOW_LOAD, ask.window, ask.filters)
    rows = ask.run(
        f"SELECT item, stage, ({min(ask.window.until, known.as_of)} - open_since) / 1e6 FROM visits"
        f" WHERE {still} AND left_at IS NULL AND open_mode = {BLOCKED} ORDER BY open_since, item"
    )
    looked = rows[:MOST_ITEMS]
    by_reason: dict[str, list[Document]] = {}
    for key, (item, stage, seconds) in zip(known.keys([row[0] for row in looked]), looked, strict=True):
        found = {"item": key, "stage": known.stages[stage], "blocked_s": seconds}
        by_reason.setdefault(reason(history(item)), []).append(found)
    ranked = sorted(by_reason.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    return {
        "n": len(rows), "looked_at": len(looked),
        "reasons": [{"reason": why, "n": len(items), "items": items} for why, items in ranked],
    }  # fmt: skip


def reason(log: Log) -> str:
    """Why the item of this history is blocked: what its last block says, else its last state."""
    states: Sequence[str] = log.words
    for row in range(len(log) - 1, -1, -1):
        if log.kind[row] == Kind.BLOCK:
            return NO_REASON if log.value[row] == NONE else str(states[log.value[row]])
        if log.kind[row] in (Kind.STATE, Kind.START):
            return str(states[log.value[row]])
    return NO_REASON
