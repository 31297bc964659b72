"""JSON lines: one object a line, as a table of its keys; objects inside are taken apart one level deep."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from valuestream.errors import InputError
from valuestream.log.event import Reject
from valuestream.sources import lines, plain
from valuestream.sources.columns import unique_names
from valuestream.sources.exports import log_of
from valuestream.sources.table import MOST_REJECTS, SAMPLE_ROWS, MemoryTable

if TYPE_CHECKING:
    from valuestream.log.event import I32, Log
    from valuestream.sources.source import Reading

MOST_COLUMNS = 2000
_BATCH_ROWS = 1 << 15
_BODY = 1000


def read(path: Path, reading: Reading) -> Log:
    """The log in a file of JSON lines, plain or gzipped. A line that is no object is a reject with its number."""
    with plain.opened(path, reading) as text:
        return log_of(JsonLines(path.name, text.path, reading, about=text.lines), reading)


def parsed(text: str | bytes) -> Any:
    """The JSON of a text; numbers stay as they are written. What is no JSON is a ValueError that says where."""
    try:
        return json.loads(text, parse_int=str, parse_float=str, parse_constant=str)
    except RecursionError:
        raise ValueError("it is nested too deep") from None


def flat(record: Mapping[str, Any]) -> dict[str, str]:
    """A record's cells: `{"a": {"b": 1}}` is the cell `a.b`; what is deeper is JSON, a list of texts is joined.

    >>> flat({"key": "A", "fields": {"status": "Done", "labels": ["x", "y"]}, "n": None, "open": True})
    {'key': 'A', 'fields.status': 'Done', 'fields.labels': 'x, y', 'open': 'true'}
    """
    cells: dict[str, str] = {}
    for key, value in record.items():
        inside = value.items() if isinstance(value, dict) else ((None, value),)
        for name, one in inside:
            text = _text(one)
            if text is not None:
                cells[_fit(key if name is None else f"{key}.{name}")] = text
    return cells


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, str):
        return _fit(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return _fit(", ".join(value))
    try:
        return _fit(json.dumps(value, ensure_ascii=False, sort_keys=True))
    except (RecursionError, ValueError):
        return None


def _fit(text: str) -> str:
    return text if text.isascii() else text.encode(errors="replace").decode()


class JsonLines:
    """The objects of a file as `Rows`; lines are counted from 1. Columns are the keys of the first rows."""

    counted = "line"
    is_part = False
    most_rejects = MOST_REJECTS

    def __init__(self, name: str, path: Path, reading: Reading, *, about: int = 0) -> None:
        self.about = about
        self.name, self._path, self._progress = name, path, reading.progress
        keys: dict[str, None] = {}
        for _, cells in islice(self._cells([]), SAMPLE_ROWS):
            keys.update(dict.fromkeys(cells))
            if len(keys) > MOST_COLUMNS:
                raise InputError(f"{name} has more than {MOST_COLUMNS:,} keys.", "Give a log: item, state, time.")
        self._keys = list(keys)
        self.columns, self._notes = unique_names(self._keys)
        self._lines = array("i")
        self._broken: list[tuple[int, Reject]] = []
        if not self._keys:
            first = self._first_broken()
            raise InputError(f"{name} holds no line that is a JSON object.{first}", "Write one object a line.")

    def _first_broken(self) -> str:
        broken: list[tuple[int, Reject]] = []
        next(self._cells(broken), None)
        return f" The first: {broken[0][1].place}: {broken[0][1].reason}." if broken else ""

    def _cells(self, broken: list[tuple[int, Reject]]) -> Iterator[tuple[int, dict[str, str]]]:
        """Each object with its line; what is none goes to `broken`."""
        done, size = 0, self._path.stat().st_size
        with self._path.open("rb") as stream:
            for number, line in enumerate(stream, 1):
                done += len(line)
                if self._progress and not number % 8192:
                    self._progress(done, size)
                text = line.lstrip(b"\xef\xbb\xbf") if number == 1 else line
                if not text.strip(b" \t\r\n,"):
                    continue
                try:
                    record, reason = parsed(text), "is no JSON object"
                except ValueError as error:
                    record, reason = None, f"is no JSON: {getattr(error, 'msg', error)}"
                if isinstance(record, dict):
                    yield number, flat(record)
                else:
                    body = text.decode(errors="replace").strip()[:_BODY]
                    broken.append((number, Reject(f"line {number}", reason, body)))

    def sample(self) -> Any:
        cells = [cells for _, cells in islice(self._cells([]), SAMPLE_ROWS)]
        return self._table(cells, self.columns)

    def _table(self, cells: Sequence[Mapping[str, str]], columns: Sequence[str]) -> Any:
        key_of = dict(zip(self.columns, self._keys, strict=True))
        arrays = [pa.array([row.get(key_of[column]) for row in cells], pa.string()) for column in columns]
        return pa.Table.from_arrays(arrays, names=list(columns))

    def batches(self, columns: Sequence[str]) -> Iterator[Any]:
        self._lines, self._broken = array("i"), []
        cells = self._cells(self._broken)
        while some := list(islice(cells, _BATCH_ROWS)):
            self._lines.extend(number for number, _ in some)
            yield from self._table([row for _, row in some], columns).combine_chunks().to_batches()

    def lines(self, rows: int) -> I32:
        return np.array(self._lines, np.int32)[:rows]

    def bodies(self, rows: Any) -> list[str]:
        return lines.texts_of_lines(self._path, [self._lines[row] for row in rows], _BODY)

    def malformed(self) -> list[tuple[int, Reject]]:
        return list(self._broken)

    def notes(self) -> list[str]:
        return [*self._notes]


class Objects(MemoryTable):
    """The objects of one JSON document as a table, counted from 1; entries that are no objects are rejects."""

    counted = "entry"

    def __init__(self, name: str, entries: Sequence[Any]) -> None:
        places = [n for n, entry in enumerate(entries, 1) if isinstance(entry, dict)]
        cells = [flat(entries[n - 1]) for n in places]
        keys = list(dict.fromkeys(key for row in cells for key in row))
        if not keys or len(keys) > MOST_COLUMNS:
            said = f"more than {MOST_COLUMNS:,} keys" if keys else "no object that says something"
            raise InputError(f"{name} is JSON with {said}.", "Give a log: item, state, time.")
        arrays = [pa.array([row.get(key) for row in cells], pa.string()) for key in keys]
        super().__init__(pa.Table.from_arrays(arrays, names=keys), name)
        self._places = np.array(places, np.int32)
        self._broken = [
            (n, Reject(f"entry {n}", "is no JSON object", (_text(entry) or "null")[:_BODY]))
            for n, entry in enumerate(entries, 1)
            if not isinstance(entry, dict)
        ]

    def lines(self, rows: int) -> I32:
        return self._places[:rows]

    def malformed(self) -> list[tuple[int, Reject]]:
        return list(self._broken)
