"""The rows of a log in words, item by item, for those who write it into a file of another kind."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from valuestream.log.event import NONE, Kind, Log

if TYPE_CHECKING:
    from valuestream.log.event import I64

ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML cannot say; nor can most databases. Written as U+FFFD."""


class Row(NamedTuple):
    """One event. `value` is a person's name for ASSIGN; what is None is unknown."""

    at: int
    time: str
    kind: Kind
    value: str | None
    field: str | None
    actor: str | None
    track: str | None
    ref: int


class Written(NamedTuple):
    """Events written, and words in which characters had to be replaced."""

    events: int
    replaced: int


class Told:
    """A log's words, made fit to be written. Items, people and so on stay different from one another."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self.replaced = 0
        self.items, self.words, self.people = (self._fit(names) for names in (log.items, log.words, log.people))
        self.fields, self.tracks = self._fit(log.fields), self._fit(log.tracks)

    def _fit(self, names: Sequence[str]) -> list[str]:
        fit: dict[str, None] = {}
        for name in names:
            clean = ILLEGAL.sub("\ufffd", name)
            if clean != name:
                self.replaced += 1
            while clean in fit:
                clean += "\ufffd"
            fit[clean] = None
        return list(fit)

    def items_rows(self) -> Iterator[tuple[str, list[Row]]]:
        """Each item that has events, in order of code, with its rows by instant; ties in the log's order."""
        log = self.log
        order = np.lexsort((log.at, log.item))
        item = log.item[order]
        ends = (np.flatnonzero(np.append(item[1:] != item[:-1], True)) + 1).tolist() if len(log) else []
        begin = 0
        for end in ends:
            rows = order[begin:end]
            yield self.items[int(log.item[rows[0]])], list(self._rows(rows))
            begin = end

    def _rows(self, rows: I64) -> Iterator[Row]:
        log = self.log
        none = [NONE] * len(rows)
        field, actor, track, ref = (
            none if column is None else column[rows].tolist() for column in (log.field, log.actor, log.track, log.ref)
        )
        at = log.at[rows]
        kinds, values = log.kind[rows].tolist(), log.value[rows].tolist()
        for n, (when, time) in enumerate(zip(at.tolist(), times(at), strict=True)):
            kind = Kind(kinds[n])
            value = _named(self.people if kind is Kind.ASSIGN else self.words, values[n])
            about, who, where = (
                _named(self.fields, field[n]),
                _named(self.people, actor[n]),
                _named(self.tracks, track[n]),
            )
            yield Row(when, time, kind, value, about, who, where, ref[n])


def _named(names: Sequence[str], code: int) -> str | None:
    return None if code == NONE else names[code]


def times(at: I64) -> list[str]:
    """Instants in ISO 8601, UTC, to the microsecond."""
    return [f"{text}+00:00" for text in np.datetime_as_string(at.view("datetime64[us]")).tolist()]


def hosted(rows: Sequence[Row]) -> Iterator[tuple[list[Row], Row | None]]:
    """Rows grouped as (what became of the item, the event that it came with).

    SETs of different fields to some value and one ASSIGN to somebody, directly before an event of the item itself
    of the same instant and actor, stand with it. What stands with no event comes with None, alone.
    """
    guests: list[Row] = []
    for row in rows:
        if guests and not _fits(guests, row):
            yield from ((([guest], None)) for guest in guests)
            guests = []
        if row.kind in (Kind.SET, Kind.ASSIGN):
            if _may_be_guest(row):
                guests.append(row)
            else:
                yield from (([guest], None) for guest in guests)
                guests = []
                yield [row], None
        else:
            yield guests, row
            guests = []
    yield from (([guest], None) for guest in guests)


def _may_be_guest(row: Row) -> bool:
    return row.track is None and row.value is not None and (row.field is not None) == (row.kind is Kind.SET)


def _fits(guests: Sequence[Row], row: Row) -> bool:
    first = guests[0]
    if (row.at, row.actor, row.track) != (first.at, first.actor, None):
        return False
    return row.kind not in (Kind.SET, Kind.ASSIGN) or all((row.kind, row.field) != (g.kind, g.field) for g in guests)
