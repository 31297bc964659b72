"""The numbers of rows that follow one another, without a number a row in memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from valuestream.log.event import I32


class Lines:
    """The lines of rows of one line each that follow one another from a first line on, but for some lines between.

    As an array of them, int32[rows], it is asked: by one number, an array of numbers, a slice; but it takes no room.
    """

    def __init__(self, first: int, rows: int, between: Sequence[tuple[int, int]] = ()) -> None:
        """`between`: (line, how many from there) that are in no row, ascending."""
        self._first, self._rows = first, rows
        self._counts = np.array([count for _, count in between], np.int32)
        self._gone = np.concatenate([np.zeros(1, np.int64), np.cumsum(self._counts)])
        self._before = np.array([line for line, _ in between], np.int64) - first - self._gone[:-1]

    def __len__(self) -> int:
        return self._rows

    def __getitem__(self, which: Any) -> Any:
        if isinstance(which, slice):
            return self._all()[which]
        row = np.asarray(which) % max(1, self._rows)
        line = self._first + row + self._gone[np.searchsorted(self._before, row, side="right")]
        return line.astype(np.int32)

    def _all(self) -> I32:
        lines = np.arange(self._first, self._first + self._rows, dtype=np.int32)
        if len(self._before):
            further = np.zeros(self._rows + 1, np.int32)
            np.add.at(further, np.minimum(self._before, self._rows), self._counts)
            lines += np.cumsum(further, out=further)[:-1]
        return lines
