"""Events of a log found in any order, set in the order of the source at the end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from valuestream.log.event import NONE, Log, Reject

if TYPE_CHECKING:
    from valuestream.log.event import I32

LONGEST = 100_000
"""Characters of a word; a longer one is cut."""

_KINDS = {
    "item": np.int32,
    "at": np.int64,
    "kind": np.int8,
    "value": np.int32,
    "field": np.int16,
    "actor": np.int32,
    "track": np.int32,
    "ref": np.int32,
}


class Codes(dict[str, int]):
    """Words numbered as they come. `cut` counts those that were too long to keep whole."""

    cut = 0

    def __missing__(self, word: str) -> int:
        kept = word
        if len(word) > LONGEST:
            self.cut += 1
            kept = word[:LONGEST] + "…"
        code = self.setdefault(kept, len(self))
        return code

    def of(self, word: str | None) -> int:
        """The word's code, NONE for nothing."""
        return NONE if word is None else self[word]


class Blocks:
    """Blocks of events. Each event stands at a row of the source, and at a place inside that row."""

    def __init__(self) -> None:
        self._columns: dict[str, list[Any]] = {name: [] for name in ("row", "sub", *_KINDS)}

    def add(self, row: Any, sub: Any, **columns: Any) -> None:
        """Events at rows int64[k]; item, at, kind, value are needed, what else is missing is NONE.

        sub     orders the events of one row, any integers
        """
        row = np.asarray(row, np.int64)
        if not len(row):
            return
        for name, into in self._columns.items():
            said = {"row": row, "sub": sub, **columns}.get(name, NONE)
            into.append(np.broadcast_to(np.asarray(said, _KINDS.get(name, np.int64)), row.shape))

    def __len__(self) -> int:
        return sum(len(block) for block in self._columns["row"])

    def log(
        self,
        name: str,
        items: Sequence[str],
        words: Sequence[str],
        people: Sequence[str],
        fields: Sequence[str],
        tracks: Sequence[str],
        lines: I32 | None,
        rejects: Sequence[Reject],
        notes: Sequence[str],
    ) -> Log:
        """The log, in order of (row, sub). `lines`: int32, the line of each row."""
        whole = {
            n: np.concatenate([np.empty(0, _KINDS.get(n, np.int64)), *blocks]) for n, blocks in self._columns.items()
        }
        row, sub = whole["row"], whole["sub"]
        order = np.lexsort((sub, row))
        column = {n: whole[n][order] for n in _KINDS}
        return Log(
            name=name,
            item=column["item"],
            at=column["at"],
            kind=column["kind"],
            value=column["value"],
            items=items,
            words=words,
            people=people,
            fields=fields,
            tracks=tracks,
            field=column["field"] if fields else None,
            actor=column["actor"] if people else None,
            track=column["track"] if tracks else None,
            ref=column["ref"] if (column["ref"] != NONE).any() else None,
            line=None if lines is None else lines[row[order]],
            rejects=tuple(rejects),
            notes=tuple(notes),
        )


def refs(names: Sequence[str]) -> I32:
    """The numbers that pair starts with ends: as written where all are numbers, else counted."""
    if all(name.isascii() and name.isdecimal() and len(name) < 10 and str(int(name)) == name for name in names):
        return np.array([int(name) for name in names], np.int32)
    return np.arange(len(names), dtype=np.int32)
