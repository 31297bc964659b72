"""One door for what can be read: what kind it is, by its first bytes and then by its name."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from valuestream.errors import InputError
from valuestream.sources.source import Reading

if TYPE_CHECKING:
    from valuestream.log.event import Log

_HEAD = 1 << 16
_PARQUET = b"PAR1"
_SQLITE = b"SQLite format 3\0"
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0"
_FORMATS = {
    b"%PDF": "a PDF",
    b"\x28\xb5\x2f\xfd": "zstd-compressed",
    b"BZh": "bzip2-compressed",
    b"\xfd7zXZ": "xz-compressed",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
}
_LINES = (".jsonl", ".ndjson")
_HINT = "Read are CSV, TSV, JSON, JSON lines, XES, OCEL (all plain or .gz), XLSX, Parquet, and git repositories."


def read(source: Any, reading: Reading | None = None) -> Log:
    """The log in a file, a git repository, or a table of pandas, polars or Arrow.

    source    a path: delimited text, JSON lines, JSON, XES, OCEL (plain or gzipped), XLSX, Parquet, what trackers
              export as CSV or JSON; or a clone's folder
    reading   what is known of it; the rest is found out and noted

    A file that is missing, empty, binary or of another kind is an InputError.
    """
    reading = reading or Reading()
    if not isinstance(source, (str, Path)):
        return _table(source, reading)
    path = Path(source)
    if os.path.isdir(path):  # a folder that may not be entered is an OSError to Path.is_dir
        return _folder(path, reading)
    if os.path.exists(path) and not os.path.isfile(path):
        raise InputError(f"{path} is a pipe or a device.", "It is read more than once: write it to a file first.")
    head = _head(path)
    if not head:
        raise InputError(f"{path.name} is empty.", "Give a file with a header and at least one row.")
    log = _by_content(path, head, reading)
    if log is None:
        kind = next((name for magic, name in _FORMATS.items() if head.startswith(magic)), None)
        if kind is None and head[8:12] == b"DUCK":
            kind = "a DuckDB file"
        if kind is not None or _suffix(path) == ".parquet":
            raise InputError(f"{path.name} is {kind or 'no Parquet file, whatever its name says'}.", _HINT)
        return _text(path, reading)
    return log


def _table(source: Any, reading: Reading) -> Log:
    from valuestream.sources import frame

    if not frame.is_table(source):
        raise InputError(
            f"A {type(source).__name__} is nothing that can be read.",
            "Give a path, or a table of pandas, polars or Arrow.",
        )
    return frame.read(source, reading)


def _folder(path: Path, reading: Reading) -> Log:
    from valuestream.sources.git_command import is_repository

    if not is_repository(path):
        if (path / "valuestream.yaml").exists():
            raise InputError(f"{path} is a workspace, and no file.", f"Ask the workspace: `-w {path}` in its place.")
        raise InputError(f"{path} is a folder, and no git repository.", f"Name one file. {_HINT}")
    from valuestream.sources.git import read_git

    return read_git(path, reading, releases=reading.releases, branch=reading.branch)


def _head(path: Path) -> bytes:
    """The first bytes, unpacked where the file is gzipped."""
    try:
        with path.open("rb") as stream:
            head = stream.read(_HEAD)
    except FileNotFoundError as error:
        raise InputError(f"There is no file {path}.", "Look at the name and the folder.") from error
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.", "Look at its permissions.") from error
    except ValueError as error:  # a NUL in the name
        raise InputError(f"{str(path)!r} is no name of a file.", "Look at the name.") from error
    if not head.startswith(b"\x1f\x8b"):
        return head
    import zlib

    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(head, _HEAD) or head
    except zlib.error:
        return head


def _by_content(path: Path, head: bytes, reading: Reading) -> Log | None:
    """The log, where the first bytes say what the file is; None: text, or nothing that is read."""
    if head.startswith(_PARQUET):
        from valuestream.sources import parquet

        return parquet.read(path, reading)
    if head.startswith(_ZIP):
        from valuestream.sources import xlsx

        return xlsx.read(path, reading)
    if head.startswith(_OLE):
        from valuestream.sources.xlsx_archive import refuse_old

        raise refuse_old(path)
    if head.startswith(_SQLITE):
        from valuestream.sources.ocel import read_ocel

        return read_ocel(path, reading)
    text = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    if text.startswith(b"<"):
        return _markup(path, text, reading)
    if _suffix(path) in _LINES or re.match(rb'\{\s*["}]|\[\s*[\[{"\]]|\{\s*$', text):
        from valuestream.sources import json_document

        return json_document.read(path, reading)
    return None


def _markup(path: Path, head: bytes, reading: Reading) -> Log:
    """XES or OCEL; both begin with <log>, and the next elements tell."""
    tags = [tag.rpartition(b":")[2].lower() for tag in re.findall(rb"<([A-Za-z_][\w:.-]*)", head)]
    if tags[:1] == [b"log"]:
        if set(tags[1:3]) & {b"object-types", b"event-types", b"objects", b"events"}:
            from valuestream.sources.ocel import read_ocel

            return read_ocel(path, reading)
        from valuestream.sources.xes import read_xes

        return read_xes(path, reading)
    kind = "an HTML page" if b"html" in tags[:3] or b"<!doctype html" in head[:200].lower() else "XML of another kind"
    said = {b"rss": " (an RSS feed, such as Jira's XML export)"}.get(tags[0] if tags else b"", "")
    raise InputError(f"{path.name} is {kind}{said}.", f"Export it as CSV. {_HINT}")


def _text(path: Path, reading: Reading) -> Log:
    from valuestream.sources import csv

    log = csv.read(path, reading)
    if _suffix(path) in (".xlsx", ".xls", ".xlsm", ".xes", ".sqlite", ".json", ".xml"):
        log = log.noting("Read as delimited text, which it is, whatever its ending says.")
    return log


def _suffix(path: Path) -> str:
    """The ending that tells the kind, without `.gz`."""
    return Path(path.name.removesuffix(".gz")).suffix.lower()
