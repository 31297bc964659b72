"""Percentiles of whole numbers by group, without a sort of all: what `percentile_cont` says of them, in one look each.

Numbers are counted in coarse bins, the leading bits of what they exceed the least by; a percentile then lies in a bin
that is known, and only the few numbers of such bins are sorted.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from valuestream.metrics.selection import FRACTIONS

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    I64 = npt.NDArray[np.int64]

_DROPPED = 45
"""Bits of a double that a bin passes over: it keeps the exponent, and seven bits of the number behind it."""

_ONE = 1023 << (52 - _DROPPED)
"""The bin of 1.0, the least there is."""


class Ranked(NamedTuple):
    """A group's numbers: how many, their mean, and the percentiles at `FRACTIONS`; None where there is none."""

    n: int
    mean: float | None
    percentiles: list[float] | None


def spread_row(one: Ranked, *lost: int) -> tuple[Any, ...]:
    """As `together.statement` answers a metric of durations; `lost`: how many rows each reason leaves out."""
    return (None, one.n, *lost, one.n, one.mean, one.percentiles)


def ranked(group: I64, number: I64, groups: int, *, unit: int = 1) -> list[Ranked]:
    """The numbers of each group, as the engine's `avg` and `percentile_cont` of the same rows say.

    group   int64[n] in 0 .. groups - 1
    number  int[n], in units; the greatest exceeds the least by less than 2^53
    unit    what the answer counts each of them for
    """
    import numpy as np

    if not len(number):
        return [Ranked(0, None, None)] * groups
    number = number.astype(np.int64)
    bin_ = ((number - (number.min() - 1)).astype(np.float64).view(np.int64) >> _DROPPED) - _ONE
    bins = int(bin_.max()) + 1
    cell = group * bins + bin_
    until = np.bincount(cell, minlength=groups * bins).reshape(groups, bins).cumsum(axis=1)
    count = until[:, -1].tolist()
    places = [[fraction * (n - 1) for fraction in FRACTIONS] if n else [] for n in count]
    value = _values(cell, number, until, places)
    total = _sums(group, number, groups)
    return [
        Ranked(n, total[k] * unit / n, [_between(value, k, at, unit) for at in places[k]])
        if n
        else Ranked(0, None, None)
        for k, n in enumerate(count)
    ]


def _sums(group: I64, number: I64, groups: int) -> list[int]:
    """The exact sum of each group's numbers."""
    import numpy as np

    found = np.zeros(groups, np.int64)
    np.add.at(found, group, number)
    return found.tolist()


def _values(cell: I64, number: I64, until: I64, places: list[list[float]]) -> dict[tuple[int, int], int]:
    """By group and place in its order the number that stands there, for all places that `places` lie between.

    until  int64[groups, bins], how many numbers of a group lie in a bin and those before it
    """
    import numpy as np

    bins = until.shape[1]
    asked = [(k, nth) for k, those in enumerate(places) for nth in sorted({n for at in those for n in _around(at)})]
    found = [int(np.searchsorted(until[k], nth, side="right")) for k, nth in asked]
    wanted = np.zeros(until.size, np.bool_)
    cells = np.array([k * bins + bin_ for (k, _), bin_ in zip(asked, found, strict=True)], np.int64)
    wanted[cells] = True
    rows = np.flatnonzero(wanted[cell])
    near, of = number[rows], cell[rows]
    order = np.lexsort((near, of))
    begin = np.searchsorted(of[order], cells)
    before = [int(until[k, bin_ - 1]) if bin_ else 0 for (k, _), bin_ in zip(asked, found, strict=True)]
    nth = begin + np.array([n for _, n in asked], np.int64) - np.array(before, np.int64)
    return dict(zip(asked, near[order][nth].tolist(), strict=True))


def _around(at: float) -> tuple[int, int]:
    return math.floor(at), math.ceil(at)


def _between(value: dict[tuple[int, int], int], group: int, at: float, unit: int) -> float:
    """Interpolated as the engine does, so that both say the same to the last bit."""
    low, high = (float(value[group, nth] * unit) for nth in _around(at))
    share = at - math.floor(at)
    return low if low == high else low * (1.0 - share) + high * share
