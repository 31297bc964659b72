"""A first look into a file: its columns with what they seem to mean and some values, and what would become of its rows.

Of a large text only the beginning is read, so the look is quick whatever the file's size.
"""

from __future__ import annotations

import gzip
import tempfile
import zlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from valuestream.errors import ValuestreamError
from valuestream.sources.coding import as_text
from valuestream.sources.columns import SYNONYMS, recognised
from valuestream.sources.extras import field_named
from valuestream.sources.open import read
from valuestream.sources.source import Reading

if TYPE_CHECKING:
    from valuestream.log.event import Log
    from valuestream.sources.table import Rows

HEAD_BYTES = 1 << 20
SAMPLES = 5
LONGEST = 60
"""Letters of a sample."""

_BINARY = (b"PK\x03\x04", b"PAR1", b"SQLite", b"\xd0\xcf\x11\xe0")


ATTRIBUTE = "attribute"
"""The role of a column that becomes a field of its items."""


class Column(NamedTuple):
    """A column: its name, what it seems to mean (None: left aside), and some of its values."""

    name: str
    role: str | None
    samples: tuple[str, ...]

    @property
    def meaning(self) -> str | None:
        """The role, or the field that it becomes."""
        return field_named(self.name) if self.role == ATTRIBUTE else self.role


@dataclass(frozen=True)
class Preview:
    """What a file looks like. `log` or `problem` is None; `whole`: all of it was read, not the beginning alone."""

    columns: tuple[Column, ...]
    log: Log | None
    problem: ValuestreamError | None
    whole: bool


def preview(path: Path, reading: Reading) -> Preview:
    """Look into a file as `reading` would read it. What is wrong is told in `problem`, with the columns found."""
    found: list[tuple[Column, ...]] = [()]

    def look(table: Rows) -> None:
        found.append(_columns(table, reading))

    with tempfile.TemporaryDirectory(prefix="vsm-") as folder:
        part = _head(path, Path(folder))
        try:
            log = read(part or path, replace(reading, seen=look, progress=None))
            return Preview(_with_attributes(found[-1], log), log, None, part is None)
        except ValuestreamError as problem:
            return Preview(found[-1], None, problem, part is None)


def _head(path: Path, folder: Path) -> Path | None:
    """The beginning of a long text, up to a line's end, as a file of the same name; None: the file is read as it is."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    more = path.stat().st_size > len(head)
    if head.startswith(b"\x1f\x8b"):
        head, more = _unpacked(path)
    if not more or head.startswith(_BINARY) or head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"<", b"["):
        return None
    part = folder / (path.name.removesuffix(".gz") or "head")
    end = head.rfind(b"\n")
    part.write_bytes(head[: end + 1] if end > 0 else head)
    return part


def _unpacked(path: Path) -> tuple[bytes, bool]:
    try:
        with gzip.open(path) as file:
            head = file.read(HEAD_BYTES)
            return head, bool(file.read(1))
    except (OSError, EOFError, zlib.error):
        return b"", False


def _columns(table: Rows, reading: Reading) -> tuple[Column, ...]:
    """The columns of the table that is read, while it is open."""
    try:
        roles = recognised(table.columns, reading.columns)
        sample = table.sample().slice(0, 200)
    except Exception:  # the look must not fail where the reading itself said better what is wrong
        roles, sample = {}, None
    meaning = {columns[0]: role for role, columns in roles.items() if len(columns) == 1 and role in SYNONYMS}
    return tuple(Column(name, meaning.get(name), _some(sample, name)) for name in table.columns)


def _with_attributes(columns: tuple[Column, ...], log: Log) -> tuple[Column, ...]:
    """Columns of no role that became fields are attributes."""
    kept = set(log.fields) - set(SYNONYMS)
    return tuple(
        one._replace(role=ATTRIBUTE) if one.role is None and field_named(one.name) in kept else one for one in columns
    )


def _some(sample: Any, name: str) -> tuple[str, ...]:
    """The first different values of a column."""
    if sample is None or not sample.num_rows:
        return ()
    said = as_text(sample[name].combine_chunks()).to_pylist()
    different = dict.fromkeys(text for text in said if text)
    return tuple(text if len(text) <= LONGEST else text[: LONGEST - 1] + "…" for text in list(different)[:SAMPLES])
