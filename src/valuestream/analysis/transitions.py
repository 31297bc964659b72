"""Which state follows which, how often and after how long."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from valuestream.analysis.paths import SECOND_US, Paths
from valuestream.compiled import compiled

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
    return (paths.start[1:] - paths.end[:-1])[rows], known


def transitions_of(paths: Paths, waits: I64, known: np.ndarray) -> tuple[Transition, ...]:
    """Every directly-follows pair, the most frequent first.

    Stays are laid out pair by pair; a quantile then needs no more of its pair in order than the values it lies between.
    """
    if not len(waits):
        return ()
    size = len(paths.states)
    pair = _pairs(paths)
    pairs, counts = _counted(pair, size * size)
    if not known.all():
        pair, waits = pair[known], waits[known]
    bounds = np.concatenate([[0], np.cumsum(_counts_of(pair, pairs))])
    seconds = _laid_out(pair, waits, pairs, bounds)
    found = []
    for code, n, (a, b) in zip(pairs.tolist(), counts.tolist(), pairwise(bounds.tolist()), strict=True):
        mean, p50, p85 = _figures(seconds[a:b])
        found.append(Transition(paths.states[code // size], paths.states[code % size], n, mean, p50, p85))
    return tuple(sorted(found, key=lambda move: (-move.n, move.before, move.after)))


def _laid_out(pair: np.ndarray, waits: I64, pairs: I64, bounds: I64) -> np.ndarray:
    """The waits in seconds, pair after pair: those of pairs[i] stand from bounds[i] to bounds[i + 1]."""
    if pair.dtype == np.uint16:
        place = np.zeros(1 << 16, np.int64)
        place[pairs] = bounds[:-1]
    else:
        pair, place = np.searchsorted(pairs, pair), bounds[:-1].copy()
    seconds = np.empty(len(waits))
    compiled(_lay_out, len(waits))(pair, waits, place, seconds)
    return seconds


def _lay_out(pair: np.ndarray, waits: I64, place: I64, seconds: np.ndarray) -> None:
    """Kernel of `_laid_out`: a counting sort. `place` holds where each pair's next wait goes."""
    for i in range(len(waits)):
        seconds[place[pair[i]]] = waits[i] / SECOND_US
        place[pair[i]] += 1


def _pairs(paths: Paths) -> np.ndarray:
    """Before * states + after of each two stays: in 16 bits where they fit, which NumPy sorts by digits."""
    size = len(paths.states)
    width = np.uint16 if size * size <= 1 << 16 else np.int64
    state: np.ndarray = paths.state.astype(width)
    pair = state[:-1] * width(size)
    pair += state[1:]
    return np.asarray(pair[paths.within])


def _counts_of(pair: np.ndarray, pairs: I64) -> np.ndarray:
    """How often each of `pairs`, ascending, occurs."""
    found, counts = _counted(pair, int(pairs[-1]) + 1)
    every = np.zeros(len(pairs), np.int64)
    every[np.searchsorted(pairs, found)] = counts
    return every


def _counted(codes: I64, possible: int) -> tuple[I64, I64]:
    """The codes that occur, ascending, and how often: a count per possible code unless those are too many."""
    if possible > 4 * len(codes) + 1_000_000:
        found, counts = np.unique(codes, return_counts=True)
        return found, counts
    counts = np.bincount(codes, minlength=possible)
    found = np.flatnonzero(counts)
    return found, counts[found]


def _figures(seconds: np.ndarray) -> tuple[float | None, float | None, float | None]:
    """Mean, median and 85th percentile; the seconds are put in another order."""
    n = len(seconds)
    if not n:
        return None, None, None
    mean = float(seconds.mean())
    lower = [int((n - 1) * share) for share in (0.5, 0.85)]
    seconds.partition(sorted({*lower, *(min(below + 1, n - 1) for below in lower)}))
    return mean, _quantile(seconds, 0.5), _quantile(seconds, 0.85)


def _quantile(parted: np.ndarray, share: float) -> float:
    place = (len(parted) - 1) * share
    below = int(place)
    above = min(below + 1, len(parted) - 1)
    low, high = float(parted[below]), float(parted[above])
    return low + (high - low) * (place - below)
