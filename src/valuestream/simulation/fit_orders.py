"""Who goes first where several wait: who came first, who came last, or one type before another.

What a server takes says it: an item that is begun while an older one waits has overtaken it. First come, first served
has next to no such cases, newest first nothing else, and a priority overtakes in one direction only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from valuestream.simulation.observed import Observed
from valuestream.simulation.plan import F64, I64

FEWEST = 50
"""Choices between waiting items from which an order is read."""
MOST = 4_000
"""Choices looked at, spread over the log."""
NEWEST = 0.8
"""Share of the choices in which the newest was taken from which it is newest first."""
OVERTAKES = 0.85
"""Share of the choices between two types in which the younger item of the one went before the older of the other."""
FEWEST_PAIRS = 30


@dataclass(frozen=True)
class Order:
    """A stage's order as `Stage.order` says it, from how many choices; and which types went before which others."""

    order: str
    n: int
    before: frozenset[tuple[int, int]]


def order_of(observed: Observed, enabled: F64, stage: int, types: I64) -> Order:
    """The order in which items of a stage are begun.

    enabled   float64[visits]: when each could be begun; types: int64[visits], each item's type
    """
    visits = observed.visits
    rows = np.flatnonzero((visits.stage == stage) & np.isfinite(visits.started))
    rows = rows[np.argsort(visits.started[rows], kind="stable")]
    since, start, kind = enabled[rows], visits.started[rows] - visits.late[rows], types[rows]
    n = newest = oldest = 0
    overtook: dict[tuple[int, int], int] = {}
    possible: dict[tuple[int, int], int] = {}
    for k in _spread(len(rows)):
        t = start[k]
        if since[k] >= t:
            continue  # it did not wait: nobody chose
        waiting = np.flatnonzero((since < t) & (start > t))
        if not len(waiting):
            continue
        n += 1
        newest += bool((since[waiting] < since[k]).all())
        oldest += bool((since[waiting] > since[k]).all())
        for other in waiting[kind[waiting] != kind[k]]:
            pair = (int(kind[k]), int(kind[other])) if since[other] < since[k] else (int(kind[other]), int(kind[k]))
            # the younger item's type first: it either overtook or it did not
            possible[pair] = possible.get(pair, 0) + 1
            overtook[pair] = overtook.get(pair, 0) + (since[other] < since[k])
    if n < FEWEST:
        return Order("fifo", 0, frozenset())
    before = frozenset(
        pair for pair, chances in possible.items() if chances >= FEWEST_PAIRS and overtook[pair] >= OVERTAKES * chances
    )
    before = frozenset(pair for pair in before if pair[::-1] not in before)
    if before:
        return Order("types", n, before)
    return Order("lifo" if newest >= NEWEST * n else "fifo", n, frozenset())


def priorities(orders: list[Order], types: I64) -> dict[int, int]:
    """A priority for each type, 0 goes first: by how many others it goes before, in all stages together."""
    before = frozenset().union(*(order.before for order in orders)) if orders else frozenset()
    codes = [int(code) for code in np.unique(types)]
    beaten = {code: sum((other, code) in before for other in codes) for code in codes}
    ranks = {many: rank for rank, many in enumerate(sorted(set(beaten.values())))}
    return {code: ranks[many] for code, many in beaten.items()}


def _spread(n: int) -> I64:
    """All rows, or as many as are looked at, evenly spread."""
    return np.arange(n) if n <= MOST else np.linspace(0, n - 1, MOST).astype(np.int64)
