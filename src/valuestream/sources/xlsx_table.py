"""The cells of a sheet -> a table: where the header is, what merged cells say, and how numbers look."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np
import pyarrow as pa

from valuestream.errors import InputError
from valuestream.sources.columns import REQUIRED, listed, recognised, unique_names
from valuestream.sources.events_table import is_events_table
from valuestream.sources.exports import fits, known
from valuestream.sources.patterns import pattern_of
from valuestream.sources.table import MemoryTable

if TYPE_CHECKING:
    from valuestream.log.event import I32
    from valuestream.sources.source import Reading

Cell = str | int | float | bool | datetime | date | time | timedelta | None

HEADER_ROWS = 30
"""The header is looked for in so many rows that say something."""
MOST_MERGED = 2_000_000
MOST_CELLS = 60_000_000
"""So many cells a table may have, empty ones included."""
_SAMPLE = 100


class Header(NamedTuple):
    """Where the names of the columns stand: the row, from 1; `known`: they make up a table that can be read."""

    row: int
    names: tuple[str, ...]
    known: bool


@dataclass
class Grid:
    """The rows of a sheet from its first, each as wide as it is. Merged cells all say what their range says."""

    ERROR: ClassVar[str] = "\0error"
    rows: list[Sequence[Cell]]
    merged: Sequence[tuple[int, int, int, int]] = ()
    errors: int = 0
    filled: int = 0
    uncached: int = 0
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        budget = MOST_MERGED
        for top, left, bottom, right in self.merged:
            bottom = min(bottom, len(self.rows))
            budget -= max(0, bottom - top + 1) * max(0, right - left + 1)
            if budget < 0:
                self.notes.append(f"Merged cells beyond {MOST_MERGED:,} were left empty.")
                break
            if 0 < top <= bottom and 0 < left <= right:
                self._fill(top, left, bottom, right)

    def _fill(self, top: int, left: int, bottom: int, right: int) -> None:
        first = self.rows[top - 1]
        value = first[left - 1] if left <= len(first) else None
        if value is None:
            return
        for number in range(top - 1, bottom):
            row = list(self.rows[number])
            row += [None] * (right - len(row))
            row[left - 1 : right] = [value] * (right - left + 1)
            self.rows[number] = row
        self.filled += 1


def header_of(grid: Grid, reading: Reading) -> Header | None:
    """The row that names the columns: one whose names make up a table that is known, else the first of several texts.

    A row above may complete it: group headings with the stages below them. None: the sheet is empty.
    """
    said = [n for n, row in enumerate(grid.rows[: HEADER_ROWS * 10], 1) if any(c is not None for c in row)]
    best: tuple[int, Header] | None = None
    for number in said[:HEADER_ROWS]:
        alone = _names(grid.rows[number - 1])
        above = _names(grid.rows[number - 2]) if number > 1 else ()
        for names in (alone, _completed(alone, above)):
            distinct = len({name for name in names if name})
            if (
                names
                and (best is None or distinct > best[0])
                and _is_known(names, grid.rows[number : number + _SAMPLE], reading)
            ):
                best = (distinct, Header(number, names, known=True))
    if best is not None:
        return best[1]
    texts = [(sum(isinstance(c, str) for c in grid.rows[n - 1]), n) for n in said[:HEADER_ROWS]]
    if not texts:
        return None
    most = max(count for count, _ in texts)
    number = next(n for count, n in texts if count == most)
    return Header(number, _names(grid.rows[number - 1]), known=False)


def _names(row: Sequence[Cell]) -> tuple[str, ...]:
    names = [" ".join(as_written(cell).split()) if cell is not None else "" for cell in row]
    while names and not names[-1]:
        names.pop()
    return tuple(names)


def _completed(names: Sequence[str], above: Sequence[str]) -> tuple[str, ...]:
    width = max(len(names), len(above))
    first, second = ([*row, *[""] * (width - len(row))] for row in (names, above))
    return tuple(name or other for name, other in zip(first, second, strict=True))


def _is_known(names: Sequence[str], below: Sequence[Sequence[Cell]], reading: Reading) -> bool:
    said = {place for row in below for place, cell in enumerate(row) if cell is not None}
    places = [place for place, name in enumerate(names) if name or place in said]
    columns, _ = unique_names([names[place] for place in places])
    if is_events_table(columns):
        return True
    try:
        roles = recognised(columns, reading.columns)
    except InputError:  # this row has not the columns that were asked for
        return False
    if fits(roles) or known(columns, reading) is not None:
        return True
    taken = {column for those in roles.values() for column in those[:1]} - set(roles.get("created", ()))
    dates = [c for n, c in zip(places, columns, strict=True) if c not in taken and n in said and _holds_dates(n, below)]
    return all(role in roles for role in REQUIRED["sheet"]) and len(dates) >= 2


def _holds_dates(place: int, below: Sequence[Sequence[Cell]]) -> bool:
    cells = [row[place] for row in below if place < len(row) and row[place] is not None]
    dates = sum(isinstance(c, date) or (isinstance(c, str) and pattern_of(c) is not None) for c in cells)
    return 2 * dates > len(cells)


class SheetTable(MemoryTable):
    """The table below a header; rows are numbered as the spreadsheet does."""

    counted = "row"

    def __init__(self, table: Any, name: str, rows: I32, said: Sequence[str]) -> None:
        super().__init__(table, name)
        self._rows, self._said = rows, said

    def lines(self, rows: int) -> I32:
        return self._rows[:rows]

    def notes(self) -> list[str]:
        return [*self._said, *super().notes()]


def table_of(name: str, grid: Grid, header: Header, said: Sequence[str]) -> SheetTable:
    """The rows below the header that say something. No such row is an InputError."""
    kept = [n for n, row in enumerate(grid.rows[header.row :], header.row + 1) if any(c is not None for c in row)]
    if not kept:
        raise InputError(
            f"{name} has a header in row {header.row} and no rows below it.", "Name another: --sheet NAME."
        )
    rows = [grid.rows[n - 1] for n in kept]
    used = {place for row in rows for place, cell in enumerate(row) if cell is not None}
    if len(used) * len(rows) > MOST_CELLS:
        raise InputError(
            f"{name} has cells in {len(used):,} columns and {len(rows):,} rows: too many to be one table.",
            "Delete what stands beside the table, or save it as CSV.",
        )
    names, arrays, mixed = [], [], []
    for place in sorted(used | {place for place, title in enumerate(header.names) if title}):
        title = header.names[place] if place < len(header.names) else ""
        if place not in used:
            names.append(title)
            arrays.append(pa.nulls(len(rows), pa.string()))
            continue
        cells = [row[place] if place < len(row) else None for row in rows]
        grid.errors += sum(cell is Grid.ERROR for cell in cells)
        array, is_mixed = _column([None if cell is Grid.ERROR else cell for cell in cells])
        names.append(title)
        arrays.append(array)
        mixed += [title] * is_mixed
    notes = [*said, *grid.notes, *_counted(grid, mixed)]
    return SheetTable(pa.Table.from_arrays(arrays, names=names), name, np.array(kept, np.int32), notes)


def _counted(grid: Grid, mixed: Sequence[str]) -> list[str]:
    notes = []
    if grid.filled:
        notes.append(f"{grid.filled:,} merged ranges: each of their cells says what the range says.")
    if grid.errors:
        notes.append(f"{grid.errors:,} cells hold an error such as #N/A: taken as empty.")
    if grid.uncached:
        notes.append(
            f"{grid.uncached:,} formulas have no calculated value: taken as empty. Open the file in a spreadsheet "
            "program and save it."
        )
    if mixed:
        notes.append(
            f"Dates and dates written as text stand mixed in {listed(mixed)}: where the program that wrote them took "
            "day and month the wrong way round, the real dates are wrong, not the texts."
        )
    return notes


def _column(cells: Sequence[Cell]) -> tuple[Any, bool]:
    """Dates as timestamps, else text as it looks; and whether dates and texts that are dates are mixed."""
    kinds = Counter(type(cell) for cell in cells if cell is not None)
    dates = kinds[datetime] + kinds[date]
    if dates and dates == sum(kinds.values()):
        return pa.array([_as_datetime(cell) for cell in cells], pa.timestamp("us")), False
    texts = [None if cell is None else as_written(cell) for cell in cells]
    some = [cell for cell in cells if isinstance(cell, str)][:_SAMPLE] if dates else []
    mixed = any((found := pattern_of(cell)) is not None and found.family == "numeric" for cell in some)
    return pa.array(texts, pa.string()), mixed


def _as_datetime(cell: Any) -> datetime | None:
    if cell is None or isinstance(cell, datetime):
        return cell
    return datetime(cell.year, cell.month, cell.day)


def as_written(cell: Any) -> str:
    """A cell as it looks: 7 and not 7.0, dates in ISO 8601, TRUE and FALSE."""
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float):
        if cell.is_integer() and abs(cell) < 1e15:
            return str(int(cell))
        return f"{cell:.15g}"
    if isinstance(cell, datetime):
        return cell.isoformat(" ")
    text = str(cell)
    return text if text.isascii() else text.encode(errors="replace").decode()
