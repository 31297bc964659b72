"""What the translation asks of a table, wherever its rows come from; and the table in memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from valuestream.log.event import Reject
from valuestream.sources.coding import as_text
from valuestream.sources.columns import unique_names
from valuestream.sources.row_lines import Lines

if TYPE_CHECKING:
    from valuestream.log.event import I32

SAMPLE_ROWS = 100_000
"""Rows looked at to find columns of dates; only sheets need it, and they are small."""


MOST_REJECTS = 100_000
"""Rejects of one table that are listed one by one."""


class Rows(Protocol):
    """A table that is read batch by batch, only the columns asked for, any number of times."""

    name: str
    counted: str  # what a row's number counts: "line" or "row"
    about: int  # rows, about; 0 where they are in memory
    is_part: bool  # of a larger table: it may hold nothing that can be used
    most_rejects: int  # so many are listed one by one, further ones counted by reason

    @property
    def columns(self) -> Sequence[str]:
        """The columns' names, all different."""

    def sample(self) -> Any:
        """An Arrow table of all columns and the first rows."""

    def batches(self, columns: Sequence[str]) -> Iterator[Any]:
        """Arrow record batches of these columns, in the order of the rows."""

    def lines(self, rows: int) -> I32 | Lines:
        """int32[rows]: the number of each row as a reader of the file counts, from 1."""

    def bodies(self, rows: Any) -> list[str]:
        """What some rows (ascending, counted from 0) say."""

    def malformed(self) -> list[tuple[int, Reject]]:
        """What could not even be taken apart, with its number; known once the batches were read."""

    def notes(self) -> list[str]:
        """Sentences about how the table was read."""


class MemoryTable:
    """An Arrow table as `Rows`; rows are counted from 1."""

    counted = "row"
    about = 0
    is_part = False
    most_rejects = MOST_REJECTS

    def __init__(self, table: Any, name: str) -> None:
        self.name = name
        self.columns, self._notes = unique_names([str(column) for column in table.column_names])
        self._table = table.rename_columns(list(self.columns))

    def sample(self) -> Any:
        return self._table.slice(0, SAMPLE_ROWS)

    def batches(self, columns: Sequence[str]) -> Iterator[Any]:
        yield from self._table.select(list(columns)).to_batches(max_chunksize=1 << 20)

    def lines(self, rows: int) -> I32 | Lines:
        return Lines(1, rows)

    def bodies(self, rows: Any) -> list[str]:
        return as_bodies(self._table.take(rows))

    def malformed(self) -> list[tuple[int, Reject]]:
        return []

    def notes(self) -> list[str]:
        return list(self._notes)


def as_bodies(table: Any) -> list[str]:
    """Each row of an Arrow table as one line of text."""
    cells = [as_text(column.combine_chunks()).to_pylist() for column in table.columns]
    return [", ".join(cell or "" for cell in row) for row in zip(*cells, strict=True)]
