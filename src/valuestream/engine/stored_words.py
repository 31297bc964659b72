"""What the log of a store says of its fields, their values and its busiest account."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from valuestream.log.event import Kind
from valuestream.people import OutsizeAccount, outsize
from valuestream.people import kind as kind_of

if TYPE_CHECKING:
    from valuestream.engine.built import Built
    from valuestream.stream import Stream


class StoredWords(ABC):
    """The part of `Tables` that takes a look at all events; `Stored` keeps what it finds."""

    _built: Built
    _stream: Stream

    @abstractmethod
    def ask(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of a question."""

    def _fields_of_items(self) -> Sequence[str]:
        """Of each field, how many distinct values it has and how many of them are people."""
        rows = self.ask(
            "SELECT f.name FROM field_name f JOIN"
            " (SELECT DISTINCT field, value FROM event WHERE kind = ? AND value >= 0"
            " UNION SELECT field, value FROM attribute) e ON e.field = f.code"
            " JOIN word w ON w.code = e.value"
            " LEFT JOIN person p ON p.name = w.name GROUP BY f.name, f.code HAVING 2 * count(p.name) < count(*)"
            " ORDER BY f.code",
            [int(Kind.SET)],
        )
        return [row[0] for row in rows]

    def _machine(self) -> OutsizeAccount | None:
        seen = f"SELECT item FROM {self._built.table('seen')} WHERE left_out IS NULL"
        items, inside = self.ask(f"SELECT (SELECT count(*) FROM item), (SELECT count(*) FROM ({seen}) seen)")[0]
        inside = "true" if items == inside else f"item IN ({seen})"  # a join of all events takes ten times as long
        counted = self.ask(
            "SELECT p.name, p.kind, coalesce(e.n, 0) FROM person p LEFT JOIN"
            f" (SELECT actor, count(*) AS n FROM event WHERE {inside} GROUP BY actor) e ON e.actor = p.code"
            " ORDER BY p.code"
        )
        n = np.array([row[2] for row in counted], np.int64)
        for code, share in outsize(n):
            name, said, _ = counted[code]
            nobody = said in ("bot", "service") or kind_of(name) in ("bot", "service")
            if not nobody and name not in self._stream.service_accounts:
                items = (
                    f"SELECT s.item FROM {self._built.table('seen')} s JOIN item i ON i.code = s.item WHERE s.item IN"
                    f" (SELECT item FROM event WHERE actor = ? AND {inside}) ORDER BY s.first, i.key"
                )
                found = [row[0] for row in self.ask(items, [code])]
                return OutsizeAccount(name, share, int(n.sum()), found[:10], len(found))
        return None

    def _values(self, name: str) -> Sequence[str]:
        rows = self.ask(
            "SELECT w.name FROM field_name f JOIN (SELECT field, value FROM event WHERE kind = ? UNION ALL"
            " SELECT field, value FROM attribute) e ON e.field = f.code JOIN word w ON w.code = e.value"
            " WHERE f.name = ? GROUP BY w.name, w.code ORDER BY count(*) DESC, w.code",
            [int(Kind.SET), name],
        )
        return [row[0] for row in rows]
