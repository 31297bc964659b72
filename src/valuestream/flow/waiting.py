"""Why each visit waited: its queue split into what happened meanwhile, as far as the visits of its stage tell.

The order of the rules is that of `analysis/causes.py`; here they are pure arithmetic over columns. What is blocked or
with others outside is told by the visit itself, and what none of these columns explains is the rest of its wait.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from valuestream.flow.grains import I32, I64, Bool
from valuestream.flow.pools import meanwhile

PARTS = ("put_back", "batch_fills", "batch_ready", "overtaken", "busy", "off_hours")


class Waited(NamedTuple):
    """All visits of one stage, one row each; instants in microseconds.

    team     codes, -1 unknown: a stage's team is a pool
    until    when work began, else when it was left; gone: when it was left
    begun    whether work began
    plain    whether its queue lay before that in one piece: nothing blocked or outside, so that its instants are known
    batched, ready   whether it left in a batch, and when the last of that had come
    chosen   whether to explain it; the others are only who was served
    """

    team: I32
    entered: I64
    until: I64
    gone: I64
    queue: I64
    begun: Bool
    plain: Bool
    batched: Bool
    ready: I64
    chosen: Bool


def explained(rows: Waited, *, worked: Callable[[I64], I64] | None, visits: int) -> dict[str, I64]:
    """Microseconds of each chosen visit's queue by `PARTS`; of all others nothing.

    worked  working time up to each instant; None: no hours are known
    visits  of all stages, see `pools.meanwhile`
    """
    found = {part: np.zeros(len(rows.team), np.int64) for part in PARTS}
    plain = rows.chosen & rows.plain
    before = rows.until - rows.entered
    found["put_back"][plain] = (rows.queue - before)[plain]
    batched = plain & rows.batched & ~rows.begun
    fills = np.clip(np.minimum(rows.ready, rows.until) - rows.entered, 0, None)
    found["batch_fills"][batched] = fills[batched]
    found["batch_ready"][batched] = (before - fills)[batched]
    waited = plain & ~batched & (before > 0)
    order = np.argsort(rows.team, kind="stable")
    of_others = np.flatnonzero(np.diff(rows.team[order])) + 1
    for of_team in np.split(order, of_others):
        served, here = of_team[rows.begun[of_team]], of_team[waited[of_team]]
        parts = meanwhile(
            rows.entered[served], rows.until[served], rows.gone[served], rows.entered[here], rows.until[here],
            worked=worked, rows=visits,
        )  # fmt: skip
        for name, part in zip(PARTS[3:], parts, strict=True):
            found[name][here] = part
    return found
