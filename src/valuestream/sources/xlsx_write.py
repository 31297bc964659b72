"""A table as a spreadsheet, row by row, so that a long one does not fill memory."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from valuestream.sources.formulas import SIGNS
from valuestream.sources.told import ILLEGAL

LONGEST = 32_767
_DATE = "yyyy-mm-dd hh:mm:ss"


class Sheet:
    """A workbook of one sheet that is being written.

    dates   instants become real dates (to the millisecond, without a zone: UTC); else text in RFC 3339, exact
    """

    def __init__(self, path: Path, *, dates: bool) -> None:
        from openpyxl import Workbook
        from openpyxl.cell import WriteOnlyCell

        self._path, self._dates = path, dates
        self._book = Workbook(write_only=True)
        self._sheet = self._book.create_sheet("valuestream")
        self._sheet.freeze_panes = "A2"
        self._cell = WriteOnlyCell
        self._rows = self.replaced = self.cut = 0

    def add(self, table: Any) -> None:
        """Append an Arrow table; the first one's names are the header."""
        if not self._rows:
            self._sheet.append([self._text(name) for name in table.column_names])
        for batch in table.to_batches(max_chunksize=1 << 14):
            columns = [column.to_pylist() for column in batch.columns]
            for row in zip(*columns, strict=True):
                self._sheet.append([self._value(value) for value in row])
        self._rows += table.num_rows + 1

    def close(self) -> tuple[str, ...]:
        """Save it; sentences about what could not be said as it was."""
        self._book.save(self._path)
        notes = []
        if self.replaced:
            notes.append(f"{self.replaced:,} cells hold characters that cannot be written: they stand as U+FFFD.")
        if self.cut:
            notes.append(f"{self.cut:,} cells were longer than {LONGEST:,} characters: they were cut.")
        return tuple(notes)

    def _value(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, datetime):
            plain = value.replace(tzinfo=None)
            if not self._dates:
                return self._text(f"{plain.isoformat(timespec='microseconds')}Z")
            if plain.year < 1901:
                return self._text(plain.isoformat(" "))  # before the calendar of spreadsheets
            cell = self._cell(self._sheet, value=plain)
            cell.number_format = _DATE
            return cell
        return value

    def _text(self, text: str) -> Any:
        """A cell of text, whatever it looks like: never a formula, an error or a number."""
        clean = ILLEGAL.sub("\ufffd", text)
        self.replaced += clean != text
        self.cut += len(clean) > LONGEST
        clean = clean[:LONGEST]
        if not clean.startswith((*SIGNS, "#")):
            return clean
        cell = self._cell(self._sheet, value=clean)
        cell.data_type = "s"
        cell.quotePrefix = True
        return cell
