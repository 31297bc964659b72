"""Names that a table may have: a filter of fixed size that never forgets one, and seldom takes a new one for known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import duckdb
    import numpy.typing as npt

    U64 = npt.NDArray[np.uint64]

_PROBES = 6
_AT_ONCE = 200_000


class Heard:
    """A Bloom filter over DuckDB's hashes, which hold for as long as the process does.

    bits  a power of two; of a name for every 45 of them, one new name in 300,000 is taken for known

    What it has not heard is new, and needs no look at a table of millions.
    """

    def __init__(self, bits: int) -> None:
        self._mask = np.uint64(bits - 1)
        self._bytes = np.zeros(bits // 8, np.uint8)

    @classmethod
    def of(cls, con: duckdb.DuckDBPyConnection, sql: str, *, bits: int) -> Heard:
        """Of the hashes that a query gives, in one column."""
        heard = cls(bits)
        for batch in con.execute(sql).to_arrow_reader(_AT_ONCE):
            heard.add(batch.column(0).to_numpy(zero_copy_only=False))
        return heard

    def add(self, hashes: U64) -> None:
        for place in self._places(hashes):
            np.bitwise_or.at(self._bytes, place >> 3, np.uint8(1) << (place & 7).astype(np.uint8))

    def maybe(self, hashes: U64) -> npt.NDArray[np.bool_]:
        """Whether each may be known: bool[n]; False is certain."""
        found = np.ones(len(hashes), np.bool_)
        for place in self._places(hashes):
            found &= (self._bytes[place >> 3] >> (place & 7).astype(np.uint8) & 1).astype(np.bool_)
        return found

    def _places(self, hashes: U64) -> list[npt.NDArray[np.int64]]:
        step = hashes >> np.uint64(32) | np.uint64(1)
        return [((hashes + np.uint64(n) * step) & self._mask).astype(np.int64) for n in range(_PROBES)]
