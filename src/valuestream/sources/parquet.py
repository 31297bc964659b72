"""Parquet files, batch by batch and only the columns that matter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from valuestream.errors import InputError
from valuestream.sources.columns import unique_names
from valuestream.sources.exports import log_of
from valuestream.sources.row_lines import Lines
from valuestream.sources.table import MOST_REJECTS, SAMPLE_ROWS, as_bodies

if TYPE_CHECKING:
    from valuestream.log.event import Log, Reject
    from valuestream.sources.source import Reading

_BATCH_ROWS = 1 << 19
_FEW_WORDS_BYTES = 1 << 15
_SAMPLE_ROWS = 1 << 16


def read(path: Path, reading: Reading) -> Log:
    """The log in a Parquet file. A file that is cut off or damaged is an InputError."""
    try:
        table = ParquetTable(path, reading)
    except InputError:
        raise
    except Exception as error:  # whatever damaged metadata make the reader raise
        raise _broken(path, error) from error
    try:
        with table:
            return log_of(table, reading)
    except (pa.ArrowException, UnicodeDecodeError, OSError) as error:
        raise _broken(path, error) from error


def _broken(path: Path, error: Exception) -> InputError:
    return InputError(f"{path.name} is no whole Parquet file: {error}", "Write or download it again.")


class ParquetTable:
    """A Parquet file as `Rows`; rows are counted from 1. Text never stands in memory as a whole."""

    counted = "row"
    is_part = False
    most_rejects = MOST_REJECTS

    def __init__(self, path: Path, reading: Reading) -> None:
        self.name = path.name
        with pq.ParquetFile(path, pre_buffer=False) as file:
            schema, coded = file.schema_arrow, _columns_of_few_words(file)
        self._file = pq.ParquetFile(path, read_dictionary=coded, pre_buffer=False)
        self._schema = schema
        self.about = self._file.metadata.num_rows
        self.columns, self._notes = unique_names(schema.names)
        self._wanted: list[str] = list(self.columns)
        self._progress = reading.progress
        self._bytes = path.stat().st_size

    def __enter__(self) -> ParquetTable:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def sample(self) -> Any:
        batch = next(iter(self._file.iter_batches(SAMPLE_ROWS)), None)
        table = self._schema.empty_table() if batch is None else pa.Table.from_batches([batch])
        return table.rename_columns(list(self.columns))

    def batches(self, columns: Sequence[str]) -> Iterator[Any]:
        self._wanted = list(columns)
        done, rows = 0, max(1, self._file.metadata.num_rows)
        for batch in self._read(columns):
            yield batch
            done += batch.num_rows
            if self._progress:
                self._progress(self._bytes * done // rows, self._bytes)

    def _read(self, columns: Sequence[str]) -> Iterator[Any]:
        places = [self.columns.index(column) for column in columns]
        originals = [self._schema.names[place] for place in places]
        nth = [self._schema.names[:place].count(name) for place, name in zip(places, originals, strict=True)]
        for batch in self._file.iter_batches(_BATCH_ROWS, columns=list(dict.fromkeys(originals))):
            # two columns may have one name; both come then
            fields = [batch.schema.get_all_field_indices(name) for name in originals]
            arrays = [batch.column(those[n]) for those, n in zip(fields, nth, strict=True)]
            yield pa.RecordBatch.from_arrays(arrays, names=list(columns))

    def lines(self, rows: int) -> Lines:
        return Lines(1, rows)

    def bodies(self, rows: Any) -> list[str]:
        found: list[str] = []
        start = 0
        for batch in self._read(self._wanted):
            here = rows[(rows >= start) & (rows < start + batch.num_rows)] - start
            if len(here):
                found += as_bodies(pa.Table.from_batches([batch]).take(here))
            start += batch.num_rows
        return found

    def malformed(self) -> list[tuple[int, Reject]]:
        return []

    def notes(self) -> list[str]:
        return list(self._notes)


def _columns_of_few_words(file: Any) -> list[str]:
    """Columns that are best read as dictionaries, by the words of the first rows.

    Large dictionaries are not: the reader hands the one that has grown so far to every batch. The metadata are not
    asked: where those of a column are damaged, Arrow (26) and DuckDB (1.5) end the process.
    """
    batch = next(iter(file.iter_batches(_SAMPLE_ROWS)), None)
    few = []
    for field, column in zip(batch.schema, batch.columns, strict=True) if batch is not None else ():
        if pa.types.is_string(field.type) or pa.types.is_large_string(field.type):
            words = column.dictionary_encode().dictionary
            if words.nbytes <= _FEW_WORDS_BYTES and 8 * len(words) <= len(column):
                few.append(str(field.name))
    return few
