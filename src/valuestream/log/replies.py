"""Replies as they came: a page of them is one compressed row, and one that says nothing new is left out.

Replies are by far the most of a store, and those of a page are much alike: packed together they take a tenth of their
room and more, and one row costs a transaction the same as one reply would.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa

from valuestream.log import shelves
from valuestream.log.record import Reply
from valuestream.log.shelves import Shelf

if TYPE_CHECKING:
    import duckdb
    import numpy.typing as npt

    U64 = npt.NDArray[np.uint64]

_MOST_RECENT = 50_000
_AT_ONCE = 50
_LEVEL = 1


class Kept(NamedTuple):
    """A page as the store has it."""

    number: int
    feed: int
    replies: tuple[Reply, ...]


class Places:
    """In which page the last reply of each record of a feed stands: sixteen bytes a record.

    Records are known by 64 bits of a hash of their ids. Where two share them, each is found to differ from the other's
    reply and kept: nothing is lost.
    """

    def __init__(self, marks: U64, numbers: npt.NDArray[np.int64]) -> None:
        self._marks, self._numbers = _last_of_each(marks, numbers)
        self._recent: dict[int, int] = {}

    @classmethod
    def of(cls, con: duckdb.DuckDBPyConnection, feed: int) -> Places:
        """Those of a feed."""
        rows = con.execute("SELECT number, n, marks FROM raw WHERE feed = ? ORDER BY number", [feed]).fetchall()
        numbers = np.repeat(np.array([row[0] for row in rows], np.int64), [row[1] for row in rows])
        return cls(np.frombuffer(b"".join(row[2] for row in rows), np.uint64), numbers)

    def find(self, marks: U64) -> list[int | None]:
        """The page of each record; None for one that is new."""
        at = np.searchsorted(self._marks, marks)
        at[at == len(self._marks)] = 0
        old = self._marks[at] == marks if len(self._marks) else np.zeros(len(marks), np.bool_)
        pages = [int(self._numbers[i]) if is_old else None for i, is_old in zip(at.tolist(), old.tolist(), strict=True)]
        return [self._recent.get(mark, page) for mark, page in zip(marks.tolist(), pages, strict=True)]

    def add(self, marks: U64, number: int) -> None:
        """These records stand in that page from now on."""
        self._recent.update(dict.fromkeys(marks.tolist(), number))
        if len(self._recent) > _MOST_RECENT:
            self._fold()

    def _fold(self) -> None:
        """Put what is recent among the others; of these, nothing is sorted or copied more than once."""
        n = len(self._recent)
        marks, numbers = _last_of_each(
            np.fromiter(self._recent, np.uint64, n), np.fromiter(self._recent.values(), np.int64, n)
        )
        self._recent = {}
        at = np.searchsorted(self._marks, marks)
        old = np.zeros(n, np.bool_)
        inside = at < len(self._marks)
        old[inside] = self._marks[at[inside]] == marks[inside]
        self._numbers[at[old]] = numbers[old]
        self._marks = np.insert(self._marks, at[~old], marks[~old])
        self._numbers = np.insert(self._numbers, at[~old], numbers[~old])


def put(
    con: duckdb.DuckDBPyConnection,
    feed: int,
    replies: Sequence[Reply],
    now: int,
    *,
    places: Places,
    number: int,
    shelf: Shelf,
) -> bool:
    """Keep a page under a number that no other has, on the shelf; whether anything in it was not kept before.

    Of several replies of one record the last counts; one that says what the record's last one said is left out.
    """
    last = {reply.id: reply for reply in replies}
    if not last:
        return False
    marks = marks_of(last)
    known = places.find(marks)
    if any(page is not None for page in known):
        old = _texts(con, {page for page in known if page is not None})
        for reply, page in zip(tuple(last.values()), known, strict=True):
            if page is not None and old[page].get(reply.id) == reply.body:
                del last[reply.id]
        if not last:
            return False
        marks = marks_of(last)
    size, packed = pack(tuple(last.values()))
    row = [number, feed, now, len(last), marks.tobytes(), size, shelf.put(con, number, packed)]
    con.execute("INSERT INTO raw VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    places.add(marks, number)
    return True


def next_number(con: duckdb.DuckDBPyConnection) -> int:
    """A number that no page has yet."""
    return int(con.execute("SELECT coalesce(max(number), -1) + 1 FROM raw").fetchall()[0][0])


def pages(con: duckdb.DuckDBPyConnection) -> Iterator[Kept]:
    """All pages, in the order in which they came, some at a time."""
    numbers = [row[0] for row in con.execute("SELECT number FROM raw ORDER BY number").fetchall()]
    yield from _read(con, numbers)


def latest(con: duckdb.DuckDBPyConnection, feed: int) -> Iterator[Reply]:
    """The last reply of each record of a feed, in the order in which they came."""
    places = Places.of(con, feed)
    wanted = np.unique(places._numbers).tolist()
    for page in _read(con, wanted):
        found = places.find(marks_of([reply.id for reply in page.replies]))
        yield from (reply for reply, place in zip(page.replies, found, strict=True) if place == page.number)


def replace(con: duckdb.DuckDBPyConnection, number: int, replies: Sequence[Reply]) -> None:
    """Other texts of the same records in a page's place."""
    size, packed = pack(replies)
    con.execute("UPDATE raw SET size = ? WHERE number = ?", [size, number])
    shelves.replace(con, number, packed)


def _read(con: duckdb.DuckDBPyConnection, numbers: Sequence[int]) -> Iterator[Kept]:
    for begin in range(0, len(numbers), _AT_ONCE):
        rows = con.execute(
            "SELECT number, shelf, feed, size FROM raw WHERE list_contains(?, number) ORDER BY number",
            [numbers[begin : begin + _AT_ONCE]],
        ).fetchall()
        stood = shelves.taken(con, [(number, shelf) for number, shelf, _, _ in rows])
        for (number, _, feed, size), (_, packed) in zip(rows, stood, strict=True):
            yield Kept(number, feed, _unpacked(size, packed))


def _texts(con: duckdb.DuckDBPyConnection, numbers: Iterable[int]) -> dict[int, dict[str, str]]:
    """Page -> id -> what was said."""
    return {page.number: {one.id: one.body for one in page.replies} for page in _read(con, sorted(numbers))}


def marks_of(ids: Iterable[str]) -> U64:
    """Eight bytes of a hash of each id."""
    return np.frombuffer(b"".join([blake2b(one.encode(), digest_size=8).digest() for one in ids]), np.uint64)


def _last_of_each(marks: U64, numbers: npt.NDArray[np.int64]) -> tuple[U64, npt.NDArray[np.int64]]:
    """Sorted marks, each once with the number it came with last."""
    unique, at = np.unique(marks[::-1], return_index=True)
    return unique, numbers[::-1][at]


def pack(replies: Sequence[Reply]) -> tuple[int, bytes]:
    """How many bytes replies are, and they, packed: a line of JSON with ids and lengths, then the bodies."""
    bodies = [reply.body.encode() for reply in replies]
    head = json.dumps([[reply.id, len(body)] for reply, body in zip(replies, bodies, strict=True)])
    whole = b"".join([head.encode(), b"\n", *bodies])
    return len(whole), pa.Codec("zstd", _LEVEL).compress(whole, asbytes=True)


def _unpacked(size: int, packed: bytes) -> tuple[Reply, ...]:
    head, _, whole = pa.Codec("zstd").decompress(packed, size, asbytes=True).partition(b"\n")
    found, at = [], 0
    for one, length in json.loads(head):
        found.append(Reply(one, whole[at : at + length].decode()))
        at += length
    return tuple(found)
