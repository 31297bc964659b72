"""Where packed pages stand: some megabytes to a table, so that no write costs more the more there are.

DuckDB lays out anew what a table's last rows hold whenever it takes its log over into the file, a table's worth of them
in memory at a time. Rows of tens of kilobytes would all be last rows, since a hundred thousand make one group: with a
gigabyte of replies a sync took 1.4 GB again and again. A shelf that is full is never written to again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

FULL = 16 << 20
"""Bytes after which the next page goes on a shelf of its own."""


class Shelf:
    """The shelf that takes the next page.

    number  -1: there is none yet
    bytes   how much stands there
    """

    def __init__(self, number: int, in_bytes: int) -> None:
        self.number, self.bytes = number, in_bytes

    @classmethod
    def last(cls, con: duckdb.DuckDBPyConnection) -> Shelf:
        """That of the newest page."""
        ((number,),) = con.execute("SELECT max(shelf) FROM raw").fetchall()
        if number is None:
            return cls(-1, FULL)
        ((in_bytes,),) = con.execute(f"SELECT sum(octet_length(packed)) FROM {table(number)}").fetchall()
        return cls(number, int(in_bytes))

    def put(self, con: duckdb.DuckDBPyConnection, page: int, packed: bytes) -> int:
        """Put a page on it, or on the next one where it is full; the number of the shelf."""
        if self.bytes >= FULL:
            self.number, self.bytes = self.number + 1, 0
            make(con, self.number)
        con.execute(f"INSERT INTO {table(self.number)} VALUES (?, ?)", [page, packed])
        self.bytes += len(packed)
        return self.number


def table(shelf: int) -> str:
    """The name of a shelf's table."""
    return f"shelf_{int(shelf)}"


def make(con: duckdb.DuckDBPyConnection, shelf: int) -> None:
    """An empty shelf."""
    con.execute(f"CREATE TABLE {table(shelf)} (number BIGINT NOT NULL, packed BLOB NOT NULL)")


def taken(con: duckdb.DuckDBPyConnection, pages: Sequence[tuple[int, int]]) -> Iterator[tuple[int, bytes]]:
    """(page, packed) of (page, shelf), in the order of the pages on each shelf."""
    for shelf, some in groupby(pages, key=itemgetter(1)):
        numbers = [number for number, _ in some]
        sql = f"SELECT number, packed FROM {table(shelf)} WHERE list_contains(?, number) ORDER BY number"
        yield from con.execute(sql, [numbers]).fetchall()


def replace(con: duckdb.DuckDBPyConnection, page: int, packed: bytes) -> None:
    """Another text in a page's place."""
    ((shelf,),) = con.execute("SELECT shelf FROM raw WHERE number = ?", [page]).fetchall()
    con.execute(f"UPDATE {table(shelf)} SET packed = ? WHERE number = ?", [packed, page])
