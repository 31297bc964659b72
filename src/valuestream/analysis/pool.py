"""What a pool of servers was doing while something waited for it. Pure arithmetic over intervals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    I64 = npt.NDArray[np.int64]

CAPACITY = 0.95
"""The pool is at capacity where as many are served at once as in all but 5 % of the time it serves anything."""
MOST_STEPS = 2_000_000
"""Stretches of waiting looked at one by one; of more, a part of the waits stands for all."""


class Meanwhile(NamedTuple):
    """Per wait, microseconds of it by what the pool did; what is in none of them is unexplained.

    overtaken  something was served that had come later
    busy       else: the pool was at capacity
    closed     else: outside working hours
    """

    overtaken: I64
    busy: I64
    closed: I64


@dataclass(frozen=True)
class Pool:
    """Who was served when: int64[n] microseconds, an interval [begun, ended) each, and when that one had come."""

    came: I64
    begun: I64
    ended: I64

    def meanwhile(self, since: I64, until: I64, worked: Callable[[I64], I64] | None) -> Meanwhile:
        """What the pool did in each wait [since, until) of something that came at `since`.

        worked  working time up to each instant (see `working_hours.working_us`); None: no hours are known
        """
        import numpy as np

        points = np.unique(np.concatenate([self.begun, self.ended, since, until]))
        if len(points) < 2:
            nothing = np.zeros(len(since), np.int64)
            return Meanwhile(nothing, nothing, nothing)
        length = np.diff(points)
        newest, full = self._newest(points), self._full(points, length)
        closed = np.zeros(len(length), np.int64) if worked is None else length - np.diff(worked(points))
        low, high = np.searchsorted(points, since), np.searchsorted(points, until)
        each, at = _stretches(low, high)
        later = newest[at] > since[each]
        parts = (length[at] * later, length[at] * (~later & full[at]), closed[at] * (~later & ~full[at]))
        sums = (np.bincount(each, part, len(since)) for part in parts)  # exact: far below 2 ** 53 microseconds
        return Meanwhile(*(found.astype(np.int64) for found in sums))

    def steps(self, since: I64, until: I64) -> int:
        """How many stretches `meanwhile` would look at, about."""
        import numpy as np

        points = np.sort(np.concatenate([self.begun, self.ended, since, until]))
        return int((np.searchsorted(points, until) - np.searchsorted(points, since)).sum())

    def _newest(self, points: I64) -> I64:
        """In each stretch, when the one served that came last had come."""
        import numpy as np

        found = np.full(len(points) - 1, np.iinfo(np.int64).min)
        order = np.argsort(self.came, kind="stable")
        low, high = np.searchsorted(points, self.begun[order]), np.searchsorted(points, self.ended[order])
        for came, a, b in zip(self.came[order].tolist(), low.tolist(), high.tolist(), strict=True):
            found[a:b] = came  # who came later is painted later
        return found

    def _full(self, points: I64, length: I64) -> npt.NDArray[np.bool_]:
        import numpy as np

        steps = np.zeros(len(points), np.int64)
        np.add.at(steps, np.searchsorted(points, self.begun), 1)
        np.add.at(steps, np.searchsorted(points, self.ended), -1)
        served = np.cumsum(steps)[:-1]
        return (served > 0) & (served >= capacity(served, length))


def capacity(served: I64, length: I64) -> int:
    """The least number at once that all but 5 % of the time with anything served stays within.

    >>> import numpy as np
    >>> capacity(np.array([0, 1, 2, 5]), np.array([500, 60, 36, 4]))
    2
    """
    import numpy as np

    order = np.argsort(served, kind="stable")
    counts, lengths = served[order], np.where(served[order] > 0, length[order], 0)
    total = np.cumsum(lengths)
    if not len(total) or total[-1] == 0:
        return 1
    return int(counts[np.searchsorted(total, CAPACITY * total[-1])])


def _stretches(low: npt.NDArray[np.int64], high: npt.NDArray[np.int64]) -> tuple[I64, I64]:
    """Whose each stretch is, and its place, of the ranges low..high."""
    import numpy as np

    many = high - low
    each = np.repeat(np.arange(len(low)), many)
    first = np.cumsum(many) - many
    return each, np.arange(len(each)) - first[each] + low[each]
