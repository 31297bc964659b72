"""Comma-, semicolon-, tab- or pipe-separated text, parsed by DuckDB."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from valuestream.errors import InputError
from valuestream.log.event import Reject
from valuestream.sources import lines, parser, plain
from valuestream.sources.columns import unique_names
from valuestream.sources.exports import log_of
from valuestream.sources.row_lines import Lines
from valuestream.sources.table import MOST_REJECTS, SAMPLE_ROWS

if TYPE_CHECKING:
    from valuestream.log.event import I32, I64, Log
    from valuestream.sources.source import Reading

_HEAD_BYTES = 1 << 18
_BATCH_ROWS = 1 << 18
_BODY = 1000
_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
_WHY = {
    "MISSING COLUMNS": "too few columns",
    "TOO MANY COLUMNS": "too many columns",
    "UNQUOTED VALUE": "broken quotes",
    "LINE SIZE OVER MAXIMUM": "the line is too long",
    "INVALID ENCODING": "not text in the file's encoding",
}


def read(path: Path, reading: Reading) -> Log:
    """The log in a delimited text file, plain or gzipped. Malformed rows are rejects with their line."""
    with plain.opened(path, reading) as text, CsvTable(path.name, text, reading) as table:
        return log_of(table, reading, escaped=True)


class CsvTable:
    """A delimited file as `Rows`; lines are counted from 1, the header's included."""

    counted = "line"
    is_part = False
    most_rejects = MOST_REJECTS

    def __init__(self, name: str, text: plain.Plain, reading: Reading) -> None:
        self.about = text.lines
        self.name, self._text, self._progress = name, text, reading.progress
        with text.path.open("rb") as stream:
            head = stream.read(_HEAD_BYTES).decode(errors="ignore").lstrip("\ufeff")
        self._delimiter = reading.delimiter or sniffed(head)
        if len(self._delimiter) != 1:
            raise InputError(f"A delimiter is one character, not {self._delimiter!r}.", "Write `--delimiter ';'`.")
        parsed = csv.reader(io.StringIO(head, newline=""), delimiter=self._delimiter)
        header = next((row for row in parsed if row), [])
        self._header_end = parsed.line_num
        self._blank_first = head[: len(head) - len(head.lstrip("\r\n"))].count("\n")
        self.columns, self._notes = unique_names(header)
        self._broken: list[tuple[int, int, Reject]] = []
        self._lines: I32 | Lines | None = None
        self._con = parser.cursor()

    def __enter__(self) -> CsvTable:
        return self

    def __exit__(self, *_: object) -> None:
        self._con.close()

    def sample(self) -> Any:
        sql, given = self._query(self.columns, "aside")
        with self._legible():
            return self._con.sql(f"{sql} limit {SAMPLE_ROWS}", params=given).to_arrow_table()

    def batches(self, columns: Sequence[str]) -> Iterator[Any]:
        sql, given = self._query(columns, "broken")
        rows, size = 0, self._text.path.stat().st_size
        with self._legible():
            # a relation, `sql(...)`, would hold the answer as a whole
            for batch in self._con.execute(sql, given).to_arrow_reader(_BATCH_ROWS):
                rows += batch.num_rows
                yield batch
                if self._progress:
                    self._progress(size // 2 + size * rows // (2 * max(rows, self._text.lines)), size)
        if self._progress:
            self._progress(size, size)
        self._broken = self._found_broken()
        self._lines = None

    @contextmanager
    def _legible(self) -> Iterator[None]:
        """What the parser cannot get over is an InputError."""
        import duckdb
        import pyarrow as pa

        try:
            yield
        except (duckdb.Error, pa.ArrowException, OSError) as error:
            first = str(error).partition("\n")[0]
            raise InputError(
                f"{self.name} cannot be taken apart into columns: {first}",
                "Look at its quotes and line ends; `--delimiter` and `--encoding` decide what is found out else.",
            ) from error

    def _query(self, columns: Sequence[str], rejects: str) -> tuple[str, dict[str, Any]]:
        """A SELECT of some columns; the sniffer is off, and rows that cannot be parsed go to the table `rejects`.

        Without such a table DuckDB drops all that follows a broken quote and says nothing.
        """
        for table in (rejects, f"{rejects}_scans"):
            self._con.execute(f"drop table if exists {table}")
        types = ", ".join(f"{_literal(name)}: 'VARCHAR'" for name in self.columns)
        names = ", ".join(_name(name) for name in columns)
        longest = max(2 << 20, self._text.longest)
        options = (
            f"auto_detect = false, compression = 'none', header = true, skip = {self._blank_first}, "
            f"delim = $delimiter, quote = '\"', escape = '\"', columns = {{{types}}}, max_line_size = {longest}, "
            f"buffer_size = {max(32 << 20, 2 * longest)}, "
            f"store_rejects = true, rejects_table = '{rejects}', rejects_scan = '{rejects}_scans'"
        )
        given = {"path": parser.literally(self._text.path), "delimiter": self._delimiter}
        return f"select {names} from read_csv($path, {options})", given

    def _found_broken(self) -> list[tuple[int, int, Reject]]:
        """(first line, number of lines, reject) of each malformed row, in the order of the file."""
        found = self._con.sql(
            "select line_byte_position, any_value(csv_line), any_value(error_type) from broken group by all order by 1"
        ).fetchall()
        starts = [byte - 1 + len(text) - len(text.lstrip("\r\n")) for byte, text, _ in found]
        numbers = lines.line_of_byte(self._text.path, starts)
        broken = []
        for number, (_, line, kind) in zip(numbers, found, strict=True):
            text = line.strip("\r\n")
            count = text.count("\n") + 1
            why = _WHY.get(str(kind), str(kind).lower())
            if count > 1:
                why = f"{why}: a quote swallows {count:,} lines"
            broken.append((number, count, Reject(f"line {number}", why, text[:_BODY])))
        return broken

    def lines(self, rows: int) -> I32 | Lines:
        if self._lines is None or len(self._lines) != rows:
            taken = sum(count for _, count, _ in self._broken)
            if self._text.lines == rows + taken + self._header_end:
                between = [(first, count) for first, count, _ in self._broken]
                self._lines = Lines(self._header_end + 1, rows, between)
            else:
                places = [(first, count) for first, count, _ in self._broken]
                self._lines, lost = lines.starts_of_rows(self._text.path, self._header_end, rows, places, self._spans)
                if lost:
                    where = next((reject.place for _, _, reject in self._broken if "quote" in reject.reason), "a line")
                    raise InputError(
                        f"A quote on or after {where} is never closed: {lost:,} lines after it cannot be read.",
                        "Close it, double it or take it away.",
                    )
        return self._lines

    def _spans(self) -> I64:
        """How many lines each row has: quoted values may run over several."""
        cells = " || ".join(f"coalesce({_name(name)}, '')" for name in self.columns)
        sql, given = self._query(self.columns, "aside")
        counted = f"select 1 + length({cells}) - length(replace({cells}, chr(10), '')) as n from ({sql})"
        with self._legible():
            table = self._con.sql(counted, params=given).to_arrow_table()
        return np.asarray(table["n"].combine_chunks())

    def bodies(self, rows: Any) -> list[str]:
        numbers = [int(self._lines[row]) for row in rows] if self._lines is not None else []
        return lines.texts_of_lines(self._text.path, numbers, _BODY)

    def malformed(self) -> list[tuple[int, Reject]]:
        return [(line, reject) for line, _, reject in self._broken]

    def notes(self) -> list[str]:
        named = _DELIMITERS.get(self._delimiter, repr(self._delimiter))
        return [f"Columns are separated by {named}.", *self._text.notes, *self._notes]


def sniffed(head: str) -> str:
    """The delimiter that takes the first lines apart into equally many columns, the most; a comma where none does."""
    best, delimiter = (0.0, 0), ","
    some = head.splitlines()[:100]
    if len(head) >= _HEAD_BYTES - 4 and len(some) > 1:
        some = some[:-1]
    for candidate in _DELIMITERS:
        rows = [len(row) for row in csv.reader(some, delimiter=candidate) if row]
        if rows and rows[0] > 1:
            score = (sum(n == rows[0] for n in rows) / len(rows), rows[0])
            if score > best:
                best, delimiter = score, candidate
    return delimiter


def _name(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
