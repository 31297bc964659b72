"""The items of a build by their keys, and what the store says of one: its title, address and links."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from valuestream.engine.folding import LIFE, code_of
from valuestream.errors import UnknownName

if TYPE_CHECKING:
    from valuestream.engine.built import Built

_FEW = 1_000
"""Items up to which each of them is named in the question for their keys."""


class StoredItems(ABC):
    """The part of `Tables` that is about single items; see there."""

    _built: Built

    @abstractmethod
    def ask(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of a question."""

    def key(self, item: int) -> str:
        return self.keys([item])[0]

    def keys(self, items: Sequence[int]) -> list[str]:
        named = [code_of(item) for item in items]
        listed = ", ".join(f"({code}::INTEGER)" for code, _ in named)  # a join looks codes up; IN compares each in turn
        some = f" JOIN (VALUES {listed}) named (code) USING (code)" if 0 < len(named) <= _FEW else ""
        key = dict(self.ask(f"SELECT code, key FROM item{some}")) if named else {}
        return [key[code] if life == 1 else f"{key[code]}#{life}" for code, life in named]

    def titles(self, items: Sequence[int]) -> list[str | None]:
        codes = [code_of(item)[0] for item in items]
        found = dict(self.ask("SELECT code, title FROM item WHERE list_contains(?, code)", [codes]))
        return [found.get(code) for code in codes]

    def address(self, item: int) -> str | None:
        found = self.ask("SELECT url FROM item WHERE code = ?", [code_of(item)[0]])
        return found[0][0] if found else None

    def links(self, item: int) -> list[dict[str, Any]]:
        code = code_of(item)[0]
        rows = self.ask(
            "SELECT i.key, l.type, l.method, l.confidence, l.evidence FROM link l"
            " JOIN item i ON i.code = CASE WHEN l.start_item = ? THEN l.end_item ELSE l.start_item END"
            " WHERE l.start_item = ? OR l.end_item = ? ORDER BY l.confidence DESC, i.key",
            [code, code, code],
        )
        names = ("to", "type", "method", "confidence", "evidence")
        return [dict(zip(names, row, strict=True)) for row in rows]

    def item(self, key: str) -> int:
        items = self._built.table("items")
        base, _, life = key.rpartition("#")
        later = (int(life) - 1) * LIFE if base and life.isdigit() else 0
        found = self.ask(
            f"SELECT t.item FROM item i JOIN {items} t ON t.item = i.code WHERE i.key = ? UNION ALL"
            f" SELECT t.item FROM item i JOIN {items} t ON t.item = i.code + ? WHERE i.key = ? AND ? > 0",
            [key, later, base, later],
        )
        if len(found) == 1:
            return int(found[0][0])
        if found:
            raise UnknownName(f"{len(found)} items have the key {key!r}.", "Ask in a stream of one source.")
        raise self._unknown(key)

    def _unknown(self, key: str) -> UnknownName:
        seen = self._built.table("seen")
        why = self.ask(f"SELECT s.left_out FROM item i JOIN {seen} s ON s.item = i.code WHERE i.key = ?", [key])
        if why and why[0][0]:
            return UnknownName(f"{key!r} is left out of the stream: {why[0][0]}.", "`vsm status` says more.")
        near = self.ask(
            f"SELECT i.key FROM {seen} s JOIN item i ON i.code = s.item ORDER BY levenshtein(i.key, ?), i.key LIMIT 3",
            [key],
        )
        known = " or ".join(repr(row[0]) for row in near)
        return UnknownName(f"No item {key!r}.", f"Did you mean {known}?" if near else "The stream has no items.")
