"""Tables from Python: pandas, polars, Arrow, DuckDB; none of them is imported unless one of its tables is given."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from valuestream.errors import InputError
from valuestream.sources.source import Reading

if TYPE_CHECKING:
    from valuestream.log.event import Log


def is_table(source: object) -> bool:
    """Whether an object is a table that can be read."""
    return _library(source) in ("pandas", "polars", "pyarrow") or hasattr(source, "__arrow_c_stream__")


def read(source: Any, reading: Reading | None = None) -> Log:
    """The log in a table; its index is read where it has a name. What Arrow cannot say is read as text."""
    from valuestream.sources.exports import log_of
    from valuestream.sources.table import MemoryTable

    return log_of(MemoryTable(as_arrow(source), "the table"), reading or Reading())


def as_arrow(source: Any) -> Any:
    """The table as a pyarrow.Table."""
    import pyarrow as pa

    table = _as_arrow(source)
    for place, field in enumerate(table.schema):
        kind = field.type
        if pa.types.is_dictionary(kind) and not pa.types.is_signed_integer(kind.index_type):
            signed = table.column(place).cast(pa.dictionary(pa.int64(), kind.value_type))
            table = table.set_column(place, field.name, signed)  # polars counts without a sign, and NONE is -1
    return table


def _as_arrow(source: Any) -> Any:
    import pyarrow as pa

    try:
        if _library(source) == "pandas":
            return _of_pandas(source)
        if _library(source) == "polars":
            return _of_polars(source)
        if isinstance(source, pa.RecordBatch):
            return pa.Table.from_batches([source])
        if isinstance(source, pa.RecordBatchReader):
            return source.read_all()
        if _library(source) == "pyarrow" and hasattr(source, "to_table"):  # a dataset
            return source.to_table()
        return source if isinstance(source, pa.Table) else pa.table(source)
    except Exception as error:  # whatever a library says of a table that it cannot hand over
        said = " ".join(str(error).split())[:300]
        raise InputError(f"This {type(source).__name__} is no table: {said}", "Give a table with columns.") from error


def _of_polars(frame: Any) -> Any:
    frame = frame.collect() if hasattr(frame, "collect") else frame
    frame = frame.to_frame() if not hasattr(frame, "columns") else frame
    return frame.to_arrow()


def _of_pandas(frame: Any) -> Any:
    import pyarrow as pa

    frame = frame.to_frame() if not hasattr(frame, "columns") else frame
    index = [(name, frame.index.get_level_values(n)) for n, name in enumerate(frame.index.names) if name is not None]
    columns = [level.to_series() for _, level in index] + [frame.iloc[:, place] for place in range(frame.shape[1])]
    titles = [*(name for name, _ in index), *frame.columns]
    names = [str(name) if not isinstance(name, tuple) else " ".join(map(str, name)) for name in titles]
    return pa.Table.from_arrays([_column(column) for column in columns], names=names)


def _column(column: Any) -> Any:
    import pyarrow as pa

    if hasattr(column.dtype, "freq"):  # periods, which count from 1970 in units of their own
        column = column.dt.to_timestamp()
    try:
        array = pa.Array.from_pandas(_in_words(column) if column.dtype == object else column)
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        blank = column.isna()
        texts = [None if no else str(value) for value, no in zip(column, blank, strict=True)]
        array = pa.array(texts, pa.string())
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def _in_words(column: Any) -> Any:
    """Objects as they are; but times with a zone and times without one as texts, of which Arrow would make one kind."""
    zones = {value.tzinfo is not None for value in column if isinstance(value, datetime)}
    return column.map(lambda value: value.isoformat(" "), na_action="ignore") if len(zones) == 2 else column


def _library(source: object) -> str:
    return type(source).__module__.partition(".")[0]
