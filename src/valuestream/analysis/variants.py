"""The different paths that items take, and how many take each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from valuestream.analysis.paths import Paths

if TYPE_CHECKING:
    from valuestream.log.event import I64


@dataclass(frozen=True)
class Variants:
    """All different paths, the most frequent first, equally frequent ones by length.

    n         int64[v], items that took the path
    example   int64[v], number of one such item among the paths
    """

    paths: Paths
    n: I64
    example: I64

    def __len__(self) -> int:
        return len(self.n)

    def path(self, number: int) -> tuple[str, ...]:
        """The states of one variant in order."""
        start, stop = self.paths.first[self.example[number]], self.paths.first[self.example[number] + 1]
        return tuple(self.paths.states[code] for code in self.paths.state[start:stop].tolist())


def variants_of(paths: Paths, hashes: I64) -> Variants:
    """Items with equal paths counted together: equal hashes and equal length are the same path."""
    if not len(paths.item):
        return Variants(paths, np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
    length = np.diff(paths.first)
    order = np.argsort(hashes[0], kind="stable")
    new = _new(hashes[0][order])
    rest = _new(hashes[1][order]) | _new(length[order])
    if np.any(rest & ~new):  # half the hash did not decide alone
        order = np.lexsort((length, hashes[1], hashes[0]))
        new = _new(hashes[0][order]) | _new(hashes[1][order]) | _new(length[order])
    starts = np.flatnonzero(new)
    n, example = np.diff(np.append(starts, len(order))), order[starts]
    by_size = np.lexsort((hashes[0][example], length[example], -n))
    return Variants(paths, n[by_size], example[by_size])


def _new(key: I64) -> np.ndarray:
    """Whether each key differs from the one before it: bool[n], True at first."""
    new = np.ones(len(key), dtype=bool)
    np.not_equal(key[1:], key[:-1], out=new[1:])
    return new
