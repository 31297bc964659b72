"""A file that a killed process left in the middle of a write: what is torn is told from what is lost, and mended.

DuckDB keeps its metadata in blocks of 64 parts that tables share, and writes such a block again in its place when
a free part of it is taken. A kill in the middle of that write leaves some of the block's pages new and some old. The
parts in use are the same in both, since a checkpoint that did not end has freed none; only the checksum, the block's
first eight bytes, belongs to contents that are not there, and DuckDB refuses the whole file. (Seen with DuckDB 1.5.6
about once in a thousand kills.)
"""

from __future__ import annotations

import errno
import logging
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from valuestream.errors import StoreError

if TYPE_CHECKING:
    import duckdb

LOG = logging.getLogger("valuestream.log")
_SAID = re.compile(
    r"computed checksum (?P<computed>\d+) does not match stored checksum \d+ in block at location (?P<at>\d+)"
)
_HEADERS = 3 * 4096
"""Bytes of the file before its first block."""

_seen: set[tuple[object, ...]] = set()


def mend(path: Path, settings: dict[str, Any]) -> int:
    """Put right the checksums of torn blocks of metadata; how many there were, said in the log.

    settings  of the connection that looks at the file and changes nothing

    Only where a log of changes beside the file shows that a process did not come to its end: a block that went bad
    without that is damage, not a kill, and DuckDB goes on refusing it. Then every row of every table is read; if that
    fails, the file is what it was. StoreError: it is damaged beyond this, or cannot be written to. BlockingIOError:
    another process has it.
    """
    import duckdb

    stamp = _stamp(path)
    if stamp is None or stamp in _seen:
        return 0
    was: dict[int, bytes] = {}
    try:
        con = _opened(path, settings, was)
    except duckdb.ConnectionException:
        return 0  # this process has it open, and looked then
    with con:
        size = con.execute("SELECT block_size FROM pragma_database_size()").fetchall()[0][0]
        numbers = con.execute("SELECT block_id FROM pragma_metadata_info()").fetchall()
    _look_at(path, [_HEADERS + number * size for (number,) in numbers], size, was)
    if was:
        try:
            with duckdb.connect(str(path), read_only=True, config=settings) as con:
                _read_whole(con)
        except duckdb.Error as wrong:
            _restore(path, was)
            raise _beyond(path, str(wrong)) from None
        LOG.warning(
            "%s: a process was killed while it wrote; %d block%s of DuckDB's metadata had a checksum of the write"
            " that did not end. Mended; every row of every table was read, nothing is lost.",
            path,
            len(was),
            "" if len(was) == 1 else "s",
        )
    _seen.add(_stamp(path) or stamp)
    return len(was)


def changes(path: Path) -> list[Path]:
    """Where DuckDB keeps the changes that are not in the file yet; none is there once it was closed in order."""
    return [path.with_name(f"{path.name}.wal{more}") for more in ("", ".checkpoint", ".recovery")]


def _stamp(path: Path) -> tuple[object, ...] | None:
    """Which file this is, and what its log of changes is; None without such a log."""
    found = [log.stat() for log in changes(path) if log.exists()]
    if not found:
        return None
    return tuple((one.st_ino, one.st_size, one.st_mtime_ns) for one in (path.stat(), *found))


def _opened(path: Path, settings: dict[str, Any], was: dict[int, bytes]) -> duckdb.DuckDBPyConnection:
    """The file opened to be read, after what DuckDB found torn on the way has been put right; `was` takes it."""
    import duckdb

    while True:
        try:
            return duckdb.connect(str(path), read_only=True, config=settings)
        except duckdb.Error as wrong:
            torn = _SAID.search(str(wrong))
            if torn is None or int(torn["at"]) in was:
                _restore(path, was)
                raise
            at = int(torn["at"])
            was[at] = _put(path, at, int(torn["computed"]).to_bytes(8, "little"))


def _look_at(path: Path, metadata: list[int], size: int, was: dict[int, bytes]) -> None:
    """Put right each torn block of metadata, many of which DuckDB reads when it needs them; no other may have been."""
    if not was.keys() <= set(metadata):
        _restore(path, was)
        raise _beyond(path, "a block of rows has another checksum than it says.")
    for at in metadata:
        with path.open("rb") as file:
            file.seek(at)
            block = file.read(size)
        if len(block) == size and (checksum := computed(block)) != block[:8]:
            was[at] = _put(path, at, checksum)


def computed(block: bytes) -> bytes:
    """The checksum DuckDB would give a block of its file: eight bytes, over all that follow its first eight."""
    import numpy as np

    words = np.frombuffer(block, "<u8")[1:]
    mixed = np.bitwise_xor.reduce(words * np.uint64(0xBF58476D1CE4E5B9)) ^ np.uint64(5381)
    return int(mixed).to_bytes(8, "little")


def _read_whole(con: duckdb.DuckDBPyConnection) -> None:
    for (name,) in con.execute("SELECT table_name FROM duckdb_tables()").fetchall():
        quoted = name.replace('"', '""')
        con.execute(f'SELECT bit_xor(hash(COLUMNS(*))) FROM "{quoted}"').fetchall()


def _put(path: Path, at: int, checksum: bytes) -> bytes:
    """Write a block's checksum while nobody else has the file; what was there."""
    try:
        with path.open("r+b", buffering=0) as file:
            _lock(file)
            file.seek(at)
            was = file.read(8)
            file.seek(at)
            file.write(checksum)
            os.fsync(file.fileno())
            return was
    except BlockingIOError:
        raise
    except OSError as wrong:
        raise StoreError(
            f"{path} was left by a process that was killed, and to mend it it must be written: {wrong.strerror}.",
            "Give the right to write to it, and run this again.",
        ) from wrong


def _restore(path: Path, was: dict[int, bytes]) -> None:
    for at, checksum in was.items():
        _put(path, at, checksum)
    was.clear()


def _lock(file: BinaryIO) -> None:
    """Keep other processes out, whose DuckDB asks for the same lock; until the file is closed."""
    if os.name != "posix":
        return
    import fcntl

    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as wrong:
        raise BlockingIOError(errno.EAGAIN, "used by another process") from wrong


def _beyond(path: Path, said: str) -> StoreError:
    return StoreError(
        f"{path} is damaged: {' '.join(said.split())}",
        "Nothing in it was changed. Restore a copy made by `vsm backup`.",
    )
