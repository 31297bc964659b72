"""Tables and logs into files: the ending says which kind. A file is whole or not there."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from valuestream.errors import InputError
from valuestream.sources import formulas
from valuestream.sources.replacing import replacing

if TYPE_CHECKING:
    from valuestream.log.event import Log

TABLES = (".csv", ".csv.gz", ".parquet", ".xlsx")
LOGS = (".xes", ".xes.gz", ".sqlite", ".json", ".jsonocel", ".xml", ".xmlocel")
MOST_SHEET_ROWS = (1 << 20) - 1


class Written(NamedTuple):
    """Rows written, and sentences about what the file could not say as it was."""

    rows: int
    notes: tuple[str, ...] = ()


def ending(path: Path) -> str:
    """The known ending of a name, ".gz" included; "" where it is none."""
    name = path.name.lower()
    return max((one for one in (*TABLES, *LOGS) if name.endswith(one)), key=len, default="")


def write_table(table: Any, path: str | Path) -> Written:
    """Write an Arrow table as CSV, Parquet or XLSX; an existing file is replaced once the new one is whole.

    Instants are UTC: real dates in XLSX and Parquet, RFC 3339 in CSV. Texts that a spreadsheet would take for a formula
    are kept from it: by an apostrophe in CSV, as text cells in XLSX. More rows than a sheet holds are an InputError.
    """
    path = Path(path)
    if ending(path) not in TABLES:
        raise InputError(f"{path.name} ends in none of {', '.join(TABLES)}.", "Name the kind of file by its ending.")
    return _write(iter([table]), table.num_rows, path, dates=True)


def write_events(log: Log, path: str | Path) -> Written:
    """Write every event of a log as a table, XES or OCEL, so that reading it back gives the same map."""
    path = Path(path)
    kind = ending(path)
    if kind.startswith(".xes"):
        from valuestream.sources.xes_write import write_xes

        done = write_xes(log, path)
        return Written(done.events, _replaced(done.replaced))
    if kind in LOGS:
        from valuestream.sources.ocel_write import write_ocel

        done = write_ocel(log, path)
        return Written(done.events, _replaced(done.replaced))
    if kind not in TABLES:
        known = ", ".join((*TABLES, *LOGS))
        raise InputError(f"{path.name} ends in none of {known}.", "Name the kind of file by its ending.")
    from valuestream.sources.events_table import parts

    return _write(parts(log), len(log), path, dates=False)


def _replaced(n: int) -> tuple[str, ...]:
    said = f"{n:,} words hold characters that cannot be written: they stand as U+FFFD."
    return (said,) if n else ()


def _write(parts: Iterator[Any], rows: int, path: Path, *, dates: bool) -> Written:
    kind = ending(path)
    if kind == ".xlsx" and rows > MOST_SHEET_ROWS:
        raise InputError(
            f"{rows:,} rows do not fit into a sheet, which holds {MOST_SHEET_ROWS:,} and a header.",
            "Write .parquet or .csv, or fewer rows: --since, --where.",
        )
    write: Callable[..., tuple[str, ...]] = {".parquet": _parquet, ".xlsx": _xlsx}.get(kind, _csv)
    with replacing(path) as beside:
        notes = write(parts, beside, packed=kind.endswith(".gz"), dates=dates)
    return Written(rows, notes)


def _parquet(parts: Iterator[Any], path: Path, *, packed: bool, dates: bool) -> tuple[str, ...]:
    import pyarrow.parquet as pq

    first = next(parts)
    with pq.ParquetWriter(path, first.schema, compression="zstd") as writer:
        for part in (first, *parts):
            writer.write_table(part)
    return ()


def _csv(parts: Iterator[Any], path: Path, *, packed: bool, dates: bool) -> tuple[str, ...]:
    from pyarrow import csv

    kept = 0
    with path.open("wb") as raw:
        out: Any = gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) if packed else raw
        for number, part in enumerate(parts):
            table, escaped = _for_csv(part)
            kept += escaped
            csv.write_csv(table, out, csv.WriteOptions(include_header=number == 0))
        if packed:
            out.close()
    said = f"{kept:,} cells begin as formulas do: an apostrophe before them keeps spreadsheets from calculating them."
    return (said,) if kept else ()


def _for_csv(part: Any) -> tuple[Any, int]:
    """The table with times and texts as CSV says them, and how many cells had to be kept from being formulas."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kept = 0
    for place, field in enumerate(part.schema):
        column = part.column(place)
        if pa.types.is_timestamp(field.type):
            column = pc.strftime(column.cast(pa.timestamp("us")), "%Y-%m-%dT%H:%M:%SZ")
        elif pa.types.is_string(field.type):
            kept += pc.sum(pc.match_substring_regex(column, formulas.BEGINS)).as_py() or 0
            column = pc.replace_substring_regex(column, formulas.BEGINS, r"'\1")
        part = part.set_column(place, field.name, column)
    return part, kept


def _xlsx(parts: Iterable[Any], path: Path, *, packed: bool, dates: bool) -> tuple[str, ...]:
    from valuestream.sources.xlsx_write import Sheet

    sheet = Sheet(path, dates=dates)
    for part in parts:
        sheet.add(part)
    return sheet.close()
