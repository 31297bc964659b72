"""Which state follows which, how often and after how long."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from valuestream.analysis.paths import SECOND_US, Paths

if TYPE_CHECKING:
    from valuestream.log.event import I64


@dataclass(frozen=True)
class Transition:
    """How often `after` directly followed `before` in an item, and the seconds between (None: no end is logged).

    The time is from entry to entry, or from an activity's end to the next one's start: below zero where
    they overlap.
    """

    before: str
    after: str
    n: int
    mean_s: float | None
    p50_s: float | None
    p85_s: float | None


def waits_of(paths: Paths) -> tuple[I64, np.ndarray]:
    """Microseconds between each stay and the next of its item, and whether they are known: int64[m], bool[m]."""
    rows = paths.within
    known = np.ones(len(rows), dtype=bool) if paths.ended is None else paths.ended[rows]
    return paths.start[rows + 1] - paths.end[rows], known


def transitions_of(paths: Paths, waits: I64, known: np.ndarray) -> tuple[Transition, ...]:
    """Every directly-follows pair, the most frequent first.

    One sort of (pair, wait) packed into one integer lays out what the quantiles need; where the two do
    not fit together into 63 bits they are sorted as two keys.
    """
    if not len(waits):
        return ()
    rows, size = paths.within, len(paths.states)
    pair = paths.state[rows].astype(np.int64) * size + paths.state[rows + 1]
    pairs, counts = _counted(pair, size * size)
    if not known.all():
        pair, waits = pair[known], waits[known]
    pair, waits = _sorted_together(pair, waits)
    left, right = np.searchsorted(pair, pairs, "left"), np.searchsorted(pair, pairs, "right")
    seconds = waits / SECOND_US
    found = []
    for code, n, a, b in zip(pairs.tolist(), counts.tolist(), left.tolist(), right.tolist(), strict=True):
        mean, p50, p85 = _figures(seconds[a:b])
        found.append(Transition(paths.states[code // size], paths.states[code % size], n, mean, p50, p85))
    return tuple(sorted(found, key=lambda move: (-move.n, move.before, move.after)))


def _counted(codes: I64, possible: int) -> tuple[I64, I64]:
    """The codes that occur, ascending, and how often: a count per possible code unless those are too many."""
    if possible > 4 * len(codes) + 1_000_000:
        found, counts = np.unique(codes, return_counts=True)
        return found, counts
    counts = np.bincount(codes, minlength=possible)
    found = np.flatnonzero(counts)
    return found, counts[found]


def _sorted_together(pair: I64, waits: I64) -> tuple[I64, I64]:
    """Pairs and waits sorted by (pair, wait)."""
    if not len(waits):
        return pair, waits
    least = int(waits.min())
    width = (int(waits.max()) - least).bit_length()
    if int(pair.max()).bit_length() + width <= 62:
        packed = np.sort((pair << width) | (waits - least))
        return packed >> width, (packed & ((1 << width) - 1)) + least
    order = np.lexsort((waits, pair))
    return pair[order], waits[order]


def _figures(ascending: np.ndarray) -> tuple[float | None, float | None, float | None]:
    """Mean, median and 85th percentile of ascending seconds."""
    n = len(ascending)
    if not n:
        return None, None, None
    return float(ascending.mean()), _quantile(ascending, 0.5), _quantile(ascending, 0.85)


def _quantile(ascending: np.ndarray, share: float) -> float:
    place = (len(ascending) - 1) * share
    below = int(place)
    above = min(below + 1, len(ascending) - 1)
    low, high = float(ascending[below]), float(ascending[above])
    return low + (high - low) * (place - below)
