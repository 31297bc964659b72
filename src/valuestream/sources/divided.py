"""A table too large to stand in memory, divided by its items into tables that are read one after the other.

It is read once, batch by batch: rows go to files by a hash of their item, what decides how times are read is counted.
Each part then holds whole items, and is translated as any table is; so a part and the whole give the same events.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zlib import crc32

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from valuestream.errors import InputError
from valuestream.log.event import Log, Reject
from valuestream.sources import dates
from valuestream.sources.coding import as_text
from valuestream.sources.draft import nothing_usable
from valuestream.sources.scouting import Scout
from valuestream.sources.table import MOST_REJECTS
from valuestream.sources.tally import added
from valuestream.sources.time_column import Instants

if TYPE_CHECKING:
    from valuestream.log.event import I32
    from valuestream.sources.extras import Extras
    from valuestream.sources.source import Reading
    from valuestream.sources.table import Rows

LARGE = 1_500_000
"""Rows from which a table is divided."""

PART_ROWS = 250_000
"""Rows of a part, about."""

_BUCKETS = 64
_SPOOLED_ROWS = 1 << 17
_NUMBER = "\0number"
_WAITING_BYTES = 16 << 20

Translate = Callable[["Rows", Mapping[str, str], "Reading"], Log]


def is_divided(table: Rows, reading: Reading) -> bool:
    """Whether somebody takes the log in parts, and the table is large."""
    return reading.into is not None and table.about > LARGE


def divided(
    table: Rows,
    columns: Sequence[str],
    item: str,
    times: Mapping[str, str],
    reading: Reading,
    translate: Translate,
    *,
    weighed: Extras | None = None,
    called: Callable[[Any], Any] = lambda items: items,
) -> Log:
    """Hand the log over part by part; what comes back holds only what is said of the whole: rejects and notes.

    item       the column of the items
    times      role -> column; `created` may be unreadable
    translate  (part, times, reading) -> its log
    weighed    columns that are weighed in passing, and settled before the first part is translated
    called     what that calls items, an Arrow array of texts, where not as the column does
    """
    assert reading.into is not None
    with tempfile.TemporaryDirectory(prefix="vsm-") as folder:
        spool, items = _Spool(Path(folder), item), Distinct()
        scouts = {role: Scout(Instants(column, reading), reading.zone or "UTC") for role, column in times.items()}
        rows = 0
        for batch in table.batches(columns):
            items.add(batch.column(item))
            for role, column in times.items():
                scouts[role].add(batch.column(column))
            if weighed:
                weighed.add(batch, coding=False)
            with _room(table.name, folder):
                for begin in range(0, batch.num_rows, _SPOOLED_ROWS):
                    spool.add(batch.slice(begin, _SPOOLED_ROWS), rows + begin)
            rows += batch.num_rows
        with _room(table.name, folder):
            spool.close()
        readable, settled, notes = _settled(table, scouts, reading, rows)
        kept = {role: column for role, column in times.items() if role in readable}
        patterns = {column: scouts[role].instants.patterns for role, column in kept.items()}
        found = items.found()
        if weighed:
            weighed.settle(len(found))
        reading.into.begin(called(found))
        rejects, events = list(table.malformed()), 0
        said: list[Sequence[str]] = []
        most = max(1000, MOST_REJECTS // len(spool.groups))
        for part in spool.read(table, rows, most):
            log = translate(part, kept, replace(settled, patterns=patterns, into=None))
            events += len(log)
            rejects += [(_line(reject), reject) for reject in log.rejects]
            said.append(log.notes)
            reading.into.take(replace(log, rejects=(), notes=()))
    told = tuple(reject for _, reject in sorted(rejects, key=lambda numbered: numbered[0]))
    if not events:
        raise nothing_usable(table.name, told)
    nothing = np.empty(0, np.int32)
    return Log(
        table.name, nothing, np.empty(0, np.int64), np.empty(0, np.int8), nothing, (), (),
        rejects=told, notes=(*table.notes(), *notes, *added(said)),
    )  # fmt: skip


@contextmanager
def _room(name: str, folder: str) -> Iterator[None]:
    """A folder of parts that cannot be written to is an InputError."""
    try:
        yield
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else str(error)
        raise InputError(
            f"{name} is read in parts, and {Path(folder).parent} has no room for them: {why}.",
            "Make room there, or name another folder: `TMPDIR=/data vsm import ...`.",
        ) from error


def _settled(
    table: Rows, scouts: Mapping[str, Scout], reading: Reading, rows: int
) -> tuple[Sequence[str], Reading, list[str]]:
    """The roles of times that can be read, how all parts read them, and what is to be said of that."""

    def place(row: int) -> str:
        return f"{table.counted} {table.lines(rows)[row]}"

    readable = {role: one for role, one in scouts.items() if role != "created" or one.is_readable}
    notes = [dates.unused(scouts[role].name) for role in scouts if role not in readable]
    order, said = dates.scouted(list(readable.values()), reading, place)
    return list(readable), replace(reading, date_order=order), notes + said


def _line(reject: Reject) -> int:
    number = reject.place.rpartition(" ")[2]
    return int(number) if number.isdigit() else 2**62


class Distinct:
    """The distinct texts of a column, spaces around them dropped, in the order in which they first stand there."""

    def __init__(self) -> None:
        self._known = pa.array([], pa.string())
        self._waiting: list[Any] = []

    def add(self, values: Any) -> None:
        """Note an Arrow array of any type."""
        words = values.dictionary if pa.types.is_dictionary(values.type) else values
        self._waiting.append(pc.unique(as_text(words)))
        if sum(one.nbytes for one in self._waiting) > max(_WAITING_BYTES, self._known.nbytes):
            self._merge()

    def found(self) -> Any:
        """All of them, as an Arrow array of strings; nothing is none of them."""
        self._merge()
        words = pc.unique(pc.utf8_trim_whitespace(self._known.drop_null()))
        return words.filter(pc.not_equal(words, ""))

    def _merge(self) -> None:
        self._known = pc.unique(pa.chunked_array([self._known, *self._waiting], pa.string()))
        self._waiting = []


class _Spool:
    """Rows in files by a hash of their item, in their order, each with its number in the table."""

    def __init__(self, folder: Path, item: str) -> None:
        self._folder, self._item = folder, item
        self._files: dict[int, Any] = {}
        self._rows = np.zeros(_BUCKETS, np.int64)

    def add(self, batch: Any, first: int) -> None:
        """Append the rows of a batch, of which `first` is the first one's number, from 0."""
        numbers = pa.array(np.arange(first, first + batch.num_rows, dtype=np.int32))
        plain = [_plain(column) for column in batch.columns]
        table = pa.table([*plain, numbers], names=[*batch.schema.names, _NUMBER])
        bucket = _buckets(batch.column(self._item))
        table = table.take(pa.array(np.argsort(bucket, kind="stable")))
        counts = np.bincount(bucket, minlength=_BUCKETS)
        begins = np.cumsum(counts) - counts
        for k in np.flatnonzero(counts).tolist():
            if k not in self._files:
                self._files[k] = pa.ipc.new_stream(str(self._folder / str(k)), table.schema)
            self._files[k].write_table(table.slice(begins[k], counts[k]))
        self._rows += counts

    def close(self) -> None:
        for file in self._files.values():
            file.close()

    @property
    def groups(self) -> list[list[int]]:
        """Buckets, so many together that they make a part."""
        found: list[list[int]] = []
        for k in sorted(self._files):
            if not found or int(self._rows[[*found[-1], k]].sum()) > PART_ROWS:
                found.append([])
            found[-1].append(k)
        return found

    def read(self, table: Rows, rows: int, most: int) -> Iterator[Part]:
        """Each part, its rows in the order in which they stand in the table."""
        lines = table.lines(rows)
        for group in self.groups:
            read = []
            for k in group:
                with pa.ipc.open_stream(str(self._folder / str(k))) as stream:
                    read.append(stream.read_all())
            part = pa.concat_tables(read)
            numbers = part.column(_NUMBER).to_numpy()
            order = np.argsort(numbers, kind="stable")
            yield Part(table, part.drop_columns([_NUMBER]).take(pa.array(order)), numbers[order], lines, most)


class Part:
    """Some rows of a table as `Rows`: all those of some items."""

    about = 0
    is_part = True

    def __init__(self, whole: Rows, rows: Any, numbers: I32, lines: I32, most_rejects: int) -> None:
        self._whole, self._rows, self._numbers, self._lines = whole, rows, numbers, lines[numbers]
        self.name, self.counted, self.most_rejects = whole.name, whole.counted, most_rejects

    @property
    def columns(self) -> Sequence[str]:
        return tuple(self._rows.column_names)

    def sample(self) -> Any:
        return self._rows

    def batches(self, columns: Sequence[str]) -> Iterator[Any]:
        yield from self._rows.select(list(columns)).combine_chunks().to_batches()

    def lines(self, rows: int) -> I32:
        return self._lines[:rows]

    def bodies(self, rows: Any) -> list[str]:
        return self._whole.bodies(self._numbers[rows]) if len(rows) else []

    def malformed(self) -> list[tuple[int, Reject]]:
        return []

    def notes(self) -> list[str]:
        return []


def _plain(column: Any) -> Any:
    """A column as it is, words not as codes."""
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column


def _buckets(item: Any) -> Any:
    """uint8[n]: the same for the same item, spaces around it or not."""
    coded = item if pa.types.is_dictionary(item.type) else item.dictionary_encode()
    words = pc.utf8_trim_whitespace(as_text(coded.dictionary)).to_pylist()
    hashed = np.array([crc32((word or "").encode()) % _BUCKETS for word in words] or [0], np.uint8)
    return hashed[np.asarray(coded.indices.fill_null(0).cast(pa.int64()))]
