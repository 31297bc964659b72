"""Changes as a log of events."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from valuestream.log.event import NONE, Kind, Log, Reject
from valuestream.sources.git_changes import CODING, REVIEW, Change

SECOND_US = 1_000_000


class Row(NamedTuple):
    """One event in words; `at` in microseconds."""

    at: int
    kind: Kind
    value: str
    field: str | None = None
    actor: str | None = None


def events(change: Change) -> Iterator[Row]:
    """The events of one change: its title and type, its states, its commits, its release."""
    begin = change.moves[0].at * SECOND_US
    yield Row(begin, Kind.SET, change.title, "title")
    if change.type:
        yield Row(begin, Kind.SET, change.type, "type")
    for move in change.moves:
        at = move.at * SECOND_US
        if move.release:
            yield Row(at, Kind.SET, move.release, "release")
        yield Row(at, Kind.STATE, move.state, None, move.actor)
        if move.state == CODING and at == begin:
            yield from _touches(change)


def _touches(change: Change) -> Iterator[Row]:
    """The commits of the coding. The last one ends it, and is work before that instant, not in the review after it."""
    review = next((move.at for move in change.moves if move.state == REVIEW), None)
    for at, author in change.touches:
        yield Row(at * SECOND_US - (at == review), Kind.TOUCH, "commit", None, author)


def as_log(name: str, changes: Sequence[Change], rejects: Sequence[Reject], notes: Sequence[str]) -> Log:
    """The log of changes, item by item in the order in which they landed. Items are the changes' keys."""
    import numpy as np

    words, people, fields = _Codes(), _Codes(), _Codes()
    cells = array("q")
    for item, change in enumerate(changes):
        for at, kind, value, field, actor in events(change):
            cells.extend((item, at, kind, words[value], fields[field], people[actor]))
    table = np.frombuffer(cells, dtype=np.int64).reshape(-1, 6)
    return Log(
        name=name,
        item=table[:, 0].astype(np.int32),
        at=table[:, 1].copy(),
        kind=table[:, 2].astype(np.int8),
        value=table[:, 3].astype(np.int32),
        field=table[:, 4].astype(np.int16),
        actor=table[:, 5].astype(np.int32),
        items=[change.key for change in changes],
        words=words.known,
        people=people.known,
        fields=fields.known,
        rejects=tuple(rejects),
        notes=tuple(notes),
        origin="git",
    )


class _Codes(dict[str | None, int]):
    """Words numbered in the order they come; None is NONE."""

    def __init__(self) -> None:
        super().__init__({None: NONE})
        self.known: list[str] = []

    def __missing__(self, word: str) -> int:
        self[word] = len(self.known)
        self.known.append(word)
        return self[word]
