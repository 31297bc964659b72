"""One door for files: what kind it is, by its first bytes and its name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from valuestream.errors import InputError
from valuestream.sources.source import Reading

if TYPE_CHECKING:
    from valuestream.log.event import Log

_PARQUET = b"PAR1"
_FORMATS = {
    b"PK\x03\x04": "a zip archive or a spreadsheet (.xlsx)",
    b"%PDF": "a PDF",
    b"\xd0\xcf\x11\xe0": "an old spreadsheet (.xls)",
    b"\x28\xb5\x2f\xfd": "zstd-compressed",
    b"BZh": "bzip2-compressed",
    b"\xfd7zXZ": "xz-compressed",
    b"DUCK": "a DuckDB file",
}
_TEXT_NAMES = {".csv", ".tsv", ".txt", ".tab", ".psv", ""}
_HINT = "Read are CSV, TSV (plain or .gz) and Parquet."


def read(path: str | Path, reading: Reading | None = None) -> Log:
    """The log in a file: CSV, TSV or any delimited text, plain or gzipped, or Parquet.

    A file that is missing, a folder, empty, binary or of another kind is an InputError.
    """
    path, reading = Path(path), reading or Reading()
    if path.is_dir():
        raise InputError(f"{path} is a folder.", f"Name one file. {_HINT}")
    try:
        with path.open("rb") as stream:
            head = stream.read(8)
    except FileNotFoundError as error:
        raise InputError(f"There is no file {path}.", "Look at the name and the folder.") from error
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.", "Look at its permissions.") from error
    if not head:
        raise InputError(f"{path.name} is empty.", "Give a file with a header and at least one row.")
    if head.startswith(_PARQUET):
        from valuestream.sources import parquet

        return parquet.read(path, reading)
    kind = next((name for magic, name in _FORMATS.items() if head.startswith(magic)), None)
    if kind is None and head.startswith((b"{", b"[")) and _suffix(path) not in _TEXT_NAMES:
        kind = "JSON"
    if kind is None and head.lstrip(b"\xef\xbb\xbf").startswith(b"<"):
        kind = "XML or HTML"
    if kind is not None or _suffix(path) == ".parquet":
        raise InputError(f"{path.name} is {kind or 'no Parquet file, whatever its name says'}.", _HINT)
    from valuestream.sources import csv

    return csv.read(path, reading)


def _suffix(path: Path) -> str:
    """The ending that tells the kind, without `.gz`."""
    return Path(path.name.removesuffix(".gz")).suffix.lower()
