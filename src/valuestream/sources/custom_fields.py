"""Jira's custom fields: which of the hundred columns of an export say something of an item that one can filter by."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

MOST = 20
MOST_VALUES = 50
UNIQUE_FROM = 10
"""From so many cells on a field of which each cell says something else is no attribute: a rank, a text."""

_CUSTOM = "custom field ("
_NO_WORD = re.compile(r"[\w.$]+@[0-9a-f]{4,}|\{.*\}|0\|[0-9a-z]+:?")
"""What add-ons and Jira itself write for objects, empty maps and ranks."""


def columns(names: Sequence[str]) -> list[str]:
    """The columns of custom fields."""
    return [name for name in names if name.casefold().startswith(_CUSTOM) and name.endswith(")")]


class CustomFields:
    """The cells of custom fields while a table is read; a field that turns out to say too much is let go at once."""

    def __init__(self, names: Sequence[str]) -> None:
        self._cells: dict[str, list[Any]] = {name: [] for name in names}
        self._values: dict[str, set[str]] = {name: set() for name in names}
        self._left = 0

    def add(self, batch: Any) -> None:
        """The next rows, an Arrow record batch."""
        import pyarrow.compute as pc

        from valuestream.sources.coding import as_text

        for name in list(self._cells):
            cells = pc.utf8_trim_whitespace(as_text(batch.column(name)))
            self._cells[name].append(cells)
            self._values[name].update(value for value in pc.unique(cells).to_pylist() if value)
            if len(self._values[name]) > MOST_VALUES:
                del self._cells[name]
                self._left += 1

    def kept(self) -> dict[str, list[str | None]]:
        """The fields that are attributes, each with the cells of all rows."""
        found: dict[str, list[str | None]] = {}
        for name, parts in self._cells.items():
            values = self._values[name]
            if not values or all(_NO_WORD.fullmatch(value) for value in values):
                continue
            cells = [cell for part in parts for cell in part.to_pylist()]
            said = sum(bool(cell) for cell in cells)
            if len(found) == MOST or (said >= UNIQUE_FROM and len(values) == said):
                self._left += 1
                continue
            found[name[len(_CUSTOM) : -1]] = cells
        return found

    def notes(self, kept: Sequence[str]) -> Iterator[str]:
        """What became of them, once `kept` was asked."""
        if kept:
            yield f"Custom fields kept as attributes: {', '.join(kept)}."
        if self._left:
            yield (
                f"{self._left} custom fields were not kept: at most {MOST}, of at most {MOST_VALUES} values each, that "
                "are not different in every item."
            )
