"""The raw states of a log, how often each was entered and by how many items; and a part of a large log to try on."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from valuestream.log import select
from valuestream.log.event import NONE, Kind, Log


class Entered(NamedTuple):
    """A state (or an interval's activity): entries, items that entered it, one of them."""

    name: str
    n: int
    items: int
    first: str


def entered(log: Log) -> list[Entered]:
    """Every state of a log, the most frequent first."""
    rows = np.flatnonzero(((log.kind == Kind.STATE) | (log.kind == Kind.START)) & (log.value != NONE))
    pairs = log.value[rows].astype(np.int64) * len(log.items) + log.item[rows]
    codes, firsts, counts = np.unique(log.value[rows], return_index=True, return_counts=True)
    items = np.bincount(np.unique(pairs) // max(1, len(log.items)), minlength=len(log.words))
    found = [
        Entered(log.words[code], int(n), int(items[code]), log.items[log.item[rows[first]]])
        for code, first, n in zip(codes.tolist(), firsts.tolist(), counts.tolist(), strict=True)
    ]
    return sorted(found, key=lambda state: (-state.n, state.name))


def part(log: Log, events: int) -> tuple[Log, int]:
    """About so many events of a larger log, whole items spread evenly over it; and one of how many items was taken."""
    step = -(-len(log) // events)
    if step <= 1:
        return log, 1
    keep = np.zeros(len(log.items), np.bool_)
    keep[::step] = True
    return select.rows(log, keep[log.item]), step
