"""For what reasons finished items were blocked, and for how long."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from valuestream.analysis.asker import Asker
from valuestream.analysis.blockers import NO_REASON
from valuestream.flow.build import Flow, build
from valuestream.flow.grains import BLOCKED, NEVER, Events, Segments
from valuestream.log.event import NONE, Kind, Log
from valuestream.metrics.question import of_items
from valuestream.stream import Stream

if TYPE_CHECKING:
    from valuestream.engine.tables import Tables

Document = dict[str, Any]
MOST_ITEMS = 200


def blocked_time(ask: Asker, tables: Tables, stream: Stream) -> Document:
    """What the blocked time in the map's waits was for: seconds of a finished item by reason, the longest first.

    Looked at are the items that were blocked for longest, at most 200, all at once. `seconds` is of all, so that
    the parts of `reasons` add up to what was looked at. The reason is what the block says, the first of several;
    where a state means blocked, its name.
    """
    where = of_items(ask.window, ask.filters)
    rows = ask.run(
        f"SELECT item, sum(blocked) AS us FROM visits_us WHERE {where} AND blocked > 0 GROUP BY item"
        " ORDER BY us DESC, item"
    )
    n = ask.run(f"SELECT count(DISTINCT item) FROM visits_us WHERE {where}")[0][0]
    looked = [row[0] for row in rows[:MOST_ITEMS]]
    sums: dict[str, dict[str, int]] = {}
    items: dict[str, set[str]] = {}
    for key, stage, reason, us in _blocked(tables, stream, looked) if looked else ():
        stages = sums.setdefault(reason, {})
        stages[stage] = stages.get(stage, 0) + us
        items.setdefault(reason, set()).add(key)
    ranked = sorted(sums, key=lambda reason: (-sum(sums[reason].values()), reason))
    return {
        "of": n, "n": len(rows), "looked_at": len(looked),
        "seconds": sum(us for _, us in rows) / n / 1e6 if n else None,
        "reasons": [
            {
                "reason": reason, "n": len(items[reason]), "seconds": sum(sums[reason].values()) / n / 1e6,
                "stages": [
                    {"stage": stage, "seconds": us / n / 1e6}
                    for stage, us in sorted(sums[reason].items(), key=lambda part: (-part[1], part[0]))
                ],
            }
            for reason in ranked
        ],
    }  # fmt: skip


def _blocked(tables: Tables, stream: Stream, items: Sequence[int]) -> Iterator[tuple[str, str, str, int]]:
    """Key, stage, reason and microseconds of each stretch in which one of some finished items was blocked."""
    flow = build(tables.histories(items), stream, as_of=tables.as_of, unmapped="exclude")
    events, stretches, part = flow.walk()
    wanted, reasons = set(tables.keys(items)), _reasons(flow.log, events, stretches)
    begin = events.at[stretches.event]
    for of, stage, entered, left in zip(
        part.visits.of, part.visits.stage, part.visits.entered, part.visits.left, strict=True
    ):
        key = flow.key(int(of))
        if key not in wanted or left == NEVER:
            continue
        first, last = np.searchsorted(stretches.of, [_own(flow, int(of)), _own(flow, int(of)) + 1])
        for k in range(first, last):
            if stretches.mode[k] == BLOCKED and stretches.place[k] == stage and entered <= begin[k] < left:
                end = begin[k + 1] if k + 1 < last else left
                yield key, flow.stages[stage], reasons[k], int(min(end, left) - begin[k])


def _own(flow: Flow, life: int) -> int:
    """The item whose life it is."""
    return life if life < len(flow.log.items) else flow.later_lives[life - len(flow.log.items)][0]


def _reasons(log: Log, events: Events, stretches: Segments) -> list[str]:
    """Why an item would be blocked in each stretch: the block that holds it, else the state in which it is."""
    found: list[str] = []
    held: list[str] = []
    state, row = NO_REASON, 0
    for k in range(len(stretches.of)):
        if not k or stretches.of[k] != stretches.of[k - 1]:
            held, state = [], NO_REASON
            row = int(np.searchsorted(events.of, stretches.of[k]))
        while row <= stretches.event[k]:
            kind, value = log.kind[row], log.value[row]
            if kind == Kind.UNBLOCK:
                held = held[:-1]
            elif kind in (Kind.BLOCK, Kind.STATE, Kind.START):
                word = NO_REASON if value == NONE else str(log.words[int(value)])
                held, state = ([*held, word], state) if kind == Kind.BLOCK else (held, word)
            row += 1
        found.append(held[0] if held else state)
    return found
