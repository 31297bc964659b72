"""Which rows a question is about, as SQL conditions of integers, and what must be known to name them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from valuestream.analysis.asker import Asker
from valuestream.metrics.question import Is, rows_with


class Known(Protocol):
    """The names behind the codes of visits and items, and the instant at which what is open is closed."""

    @property
    def stages(self) -> tuple[str, ...]: ...
    @property
    def words(self) -> Sequence[str]: ...
    @property
    def as_of(self) -> int: ...
    def keys(self, items: Sequence[int]) -> list[str]: ...


def of_visits(ask: Asker, *conditions: str) -> str:
    """Conditions and the asker's filters, for the view `visits`."""
    return " AND ".join([*conditions, *map(rows_with, ask.filters)])


def of_items(ask: Asker, *conditions: str) -> str:
    """The same for the view `items`, which has no stage."""
    chosen = [one for one in ask.filters if not (isinstance(one, Is) and one.column == "stage")]
    return " AND ".join([*conditions, *map(rows_with, chosen)])
