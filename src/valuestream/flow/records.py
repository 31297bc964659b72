"""Columns as one array of records, for compiled kernels: one thing to pass instead of thirty.

Compiled code counts references to every array that goes through a call, and compiles slower the more there
are. `rows.at[i]` reads the same in both shapes, so a kernel is written once.
"""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVar, get_args, get_type_hints

import numpy as np

BLOCK = 4096
"""Records taken apart at once: few enough to stay in the processor's cache while each column is picked out."""

Row = TypeVar("Row", bound=tuple[Any, ...])


@cache
def widths(row: type[Any]) -> dict[str, Any]:
    """Each column's dtype, as the row's annotations promise: NDArray[dtype] is ndarray[shape, dtype[width]]."""
    return {name: get_args(get_args(hint)[1])[0] for name, hint in get_type_hints(row).items()}


def columns(row: type[Row], n: int) -> Row:
    """A row's columns of length n, not filled."""
    made: Any = row
    return made(*[np.empty(n, width) for width in widths(row).values()])  # type: ignore[no-any-return]


def records(row: type[Row], n: int) -> Row:
    """The same as one array of records. It stands in for the columns in compiled code, hence the type."""
    dtype = np.dtype(list(widths(row).items()), align=True)
    return np.recarray(n, dtype)  # type: ignore[return-value]


def packed(given: Row) -> Row:
    """Columns copied into one array of records."""
    n = len(given[0])
    made: Any = records(type(given), n)
    plain = made.view(np.ndarray)
    for begin in range(0, n, BLOCK):
        block = plain[begin : begin + BLOCK]
        for name, column in zip(widths(type(given)), given, strict=True):
            block[name] = column[begin : begin + BLOCK]
    return made  # type: ignore[no-any-return]


def unpacked(row: type[Row], given: Any, n: int) -> Row:
    """The first n rows as columns, whichever shape they come in."""
    made: Any = row
    if isinstance(given, tuple):
        return made(*[column[:n] for column in given])  # type: ignore[no-any-return]
    plain = given.view(np.ndarray)
    out = columns(row, n)
    for begin in range(0, n, BLOCK):
        block = plain[begin : min(begin + BLOCK, n)]
        for name, column in zip(widths(row), out, strict=True):
            column[begin : begin + len(block)] = block[name]
    return out
