"""Spreadsheets (.xlsx, .xlsm): one sheet as a table, whatever stands above it."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from itertools import chain, islice, repeat
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from valuestream.errors import InputError, ValuestreamError
from valuestream.sources import xlsx_archive
from valuestream.sources.exports import log_of
from valuestream.sources.xlsx_table import MOST_CELLS, Cell, Grid, Header, header_of, table_of

if TYPE_CHECKING:
    from valuestream.log.event import Log
    from valuestream.sources.source import Reading

MOST_ROWS = 1 << 20
_LOOKED_AT = 200
_CELLS_LOOKED_AT = 1 << 20


class _Sheet(NamedTuple):
    sheet: Any
    header: Header | None
    number: int


def read(path: Path, reading: Reading) -> Log:
    """The log in a spreadsheet: in the sheet that `reading.sheet` names, else the first with a table that is known.

    What is no spreadsheet, encrypted, cut short or unpacks to too much is an InputError.
    """
    xlsx_archive.check(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of formats and drawings, which are not read
            with _book(path, data_only=True) as book:
                table = _table(path, book, reading)
        return log_of(table, reading)
    except ValuestreamError:
        raise
    except Exception as error:  # whatever broken markup makes the parser raise
        raise xlsx_archive.broken(path.name, error) from error


@contextmanager
def _book(path: Path, *, data_only: bool) -> Iterator[Any]:
    """The workbook, opened whatever its name ends in; `data_only`: cells say what was calculated."""
    import openpyxl

    with path.open("rb") as stream:
        with redirect_stdout(io.StringIO()):  # where openpyxl prints that a style is out of range
            book = openpyxl.load_workbook(stream, read_only=True, data_only=data_only, keep_links=False)
        try:
            yield book
        finally:
            book.close()


def _table(path: Path, book: Any, reading: Reading) -> Any:
    chosen = _chosen(path.name, book, reading)
    title = chosen.sheet.title
    part = str(chosen.sheet._worksheet_path)
    merged, formulas = xlsx_archive.merged_and_formulas(path, part)
    grid = Grid(list(_rows(path.name, chosen.sheet, reading)), merged)
    header = header_of(grid, reading) or chosen.header
    if header is None:
        raise InputError(f"Sheet {title!r} of {path.name} is empty.", f"Name another: --sheet NAME. {_listed(book)}")
    grid.uncached = _uncached(path, title, grid, header) if formulas else 0
    others = [sheet.title for sheet in book.worksheets if sheet.title != title]
    why = "as asked" if reading.sheet else "the first whose columns are known" if chosen.header else "the first"
    said = [f"Read from the sheet {title!r} ({why}), whose header is row {header.row}."]
    if others:
        said.append(f"Not read: {', '.join(map(repr, others[:10]))}; `--sheet NAME` reads another sheet.")
    return table_of(path.name, grid, header, said)


def _chosen(name: str, book: Any, reading: Reading) -> _Sheet:
    sheets = book.worksheets
    if not sheets:
        raise InputError(f"{name} has no sheet of cells.", "Give a workbook with a table.")
    if reading.sheet is not None:
        named = [sheet for sheet in sheets if sheet.title == reading.sheet]
        named = named or [sheet for sheet in sheets if sheet.title.casefold() == reading.sheet.strip().casefold()]
        number = int(reading.sheet) if reading.sheet.isascii() and reading.sheet.isdecimal() else 0
        named = named or sheets[number - 1 : number] if number > 0 else named
        if not named:
            raise InputError(f"{name} has no sheet {reading.sheet!r}.", _listed(book))
        return _Sheet(named[0], None, sheets.index(named[0]))
    filled = []
    for number, sheet in enumerate(sorted(sheets, key=lambda sheet: sheet.sheet_state != "visible")):
        some = list(islice(_rows(name, sheet, reading, _CELLS_LOOKED_AT), _LOOKED_AT))
        header = header_of(Grid(some, []), reading)
        if header is not None and header.known:
            return _Sheet(sheet, header, number)
        if any(some):
            filled.append(_Sheet(sheet, None, number))
    return (filled or [_Sheet(sheets[0], None, 0)])[0]


def _listed(book: Any) -> str:
    return f"Its sheets: {', '.join(repr(sheet.title) for sheet in book.worksheets[:20])}."


def _rows(name: str, sheet: Any, reading: Reading, most: int = MOST_CELLS) -> Iterator[Sequence[Cell]]:
    """The cells of each row, as wide as the row is; too many rows or cells in all are an InputError."""
    sheet.reset_dimensions()
    cells = 0
    for number, row in enumerate(sheet.iter_rows(min_row=1, min_col=1), 1):
        cells += len(row)
        if number > MOST_ROWS or cells > most:
            if most < MOST_CELLS:
                return
            raise InputError(
                f"Sheet {sheet.title!r} of {name} has more than {MOST_CELLS if cells > most else MOST_ROWS:,} "
                f"{'cells' if cells > most else 'rows'}.",
                "Save it as CSV.",
            )
        if reading.progress and not number % 4096:
            reading.progress(number, MOST_ROWS)
        values = [_value(cell) for cell in row]
        while values and values[-1] is None:  # formatted, and empty
            values.pop()
        yield values


def _value(cell: Any) -> Cell:
    """What a cell says; an error such as #N/A says nothing, and is counted."""
    value = cell.value
    if value is None or value == "":
        return None
    if cell.data_type == "e":
        return Grid.ERROR
    if type(value) is int and 1 < len(form := cell.number_format) <= 30 and not form.strip("0"):
        return str(value).zfill(len(form))  # 007 is the number 7 in the format 000
    return value  # type: ignore[no-any-return]


def _uncached(path: Path, title: str, grid: Grid, header: Header) -> int:
    """How many formulas below the header have no value: the program that wrote the file did not calculate."""
    with _book(path, data_only=False) as book:
        sheet = book[title]
        sheet.reset_dimensions()
        found = 0
        for number, (row, values) in enumerate(zip(sheet.iter_rows(min_row=1, min_col=1), grid.rows, strict=False), 1):
            if number > header.row:
                pairs = zip(row, chain(values, repeat(None)), strict=False)
                found += sum(value is None and cell.data_type == "f" for cell, value in pairs)
        return found
