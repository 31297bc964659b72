"""Rows grouped by small codes, and the items that stand first among rows: what a GROUP BY says, over arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    I64 = npt.NDArray[np.int64]
    Bools = npt.NDArray[np.bool_]

Document = dict[str, Any]
UNKNOWN = -1
"""In a column of codes, counts or durations: null."""

SHOWN = 5
"""Items listed with a finding."""


@dataclass(frozen=True)
class Groups:
    """Rows by the codes of some columns.

    keys    the combinations that occur, ascending; None for what is unknown, which comes first
    group   int64[n], the place of each row's combination in `keys`
    """

    keys: Sequence[tuple[int | None, ...]]
    group: I64

    def count(self, chosen: Bools | None = None) -> list[int]:
        """How many rows each combination has, or how many of the chosen ones."""
        import numpy as np

        group = self.group if chosen is None else self.group[chosen]
        found: list[int] = np.bincount(group, minlength=len(self.keys)).tolist()
        return found


def grouped(*codes: Any) -> Groups:
    """Rows by columns of codes, each int[n] from `UNKNOWN` to some hundred."""
    import numpy as np

    key, sizes = np.zeros(len(codes[0]), np.int64), []
    for column in codes:
        sizes.append(int(column.max(initial=UNKNOWN)) + 2)
        key = key * sizes[-1] + (column.astype(np.int64) + 1)
    present = np.flatnonzero(np.bincount(key))
    place = np.zeros(int(present.max(initial=0)) + 1, np.int64)
    place[present] = np.arange(len(present))
    named = np.unravel_index(present, sizes)
    keys = zip(*((column - 1).tolist() for column in named), strict=True)
    return Groups([tuple(None if code == UNKNOWN else code for code in key) for key in keys], place[key])


def first_of(item: I64, how: Literal["count", "sum", "max", "min"], number: Any = None) -> Document:
    """The first items of rows and how many items they have: `items`, up to `SHOWN`, and `n`.

    item    int64[n], one for each row
    how     what of an item's rows decides: the most rows, the greatest sum or number, the least number; of equals the
            item with the least code
    number  of each row, but for a count
    """
    import numpy as np

    if not len(item):
        return {"items": [], "n": 0}
    order = np.argsort(item, kind="stable")
    of = item[order]
    begin = np.flatnonzero(np.append(True, of[1:] != of[:-1]))
    if how == "count":
        found = -np.diff(begin, append=len(of))
    else:
        whole = {"sum": np.add, "max": np.maximum, "min": np.minimum}[how].reduceat(number[order], begin)
        found = whole if how == "min" else -whole
    items, n = of[begin], len(begin)
    if n > SHOWN:
        near = found <= np.partition(found, SHOWN - 1)[SHOWN - 1]
        items, found = items[near], found[near]
    return {"items": items[np.lexsort((items, found))[:SHOWN]].tolist(), "n": n}
