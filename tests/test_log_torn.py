"""A file left in the middle of a write: what DuckDB refuses though nothing is lost is mended, real damage is not."""

from __future__ import annotations

import errno
import logging
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from valuestream import sketch
from valuestream.errors import Locked, StoreError
from valuestream.log import torn
from valuestream.log.store import Store

BLOCK = 262_144
HEADERS = 12_288

KILLED = """
import os, signal, sys
from pathlib import Path
from valuestream import sketch
from valuestream.log.store import Store
store = Store(Path(sys.argv[1]), kept_open=True)
store.import_snapshot("t", "b.csv", sketch("B: dev 1, done 2"))
os.kill(os.getpid(), signal.SIGKILL)
"""

HOLDS = """
import fcntl, sys
file = open(sys.argv[1], "r+b")
fcntl.lockf(file, fcntl.LOCK_SH)
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def left(tmp_path: Path) -> Path:
    """A: dev 1, done 2 in the file; B: dev 1, done 2 in its log of changes, by a process that was killed."""
    if sys.platform == "win32":
        pytest.skip("nothing is killed like that there")
    path = tmp_path / "s.duckdb"
    store = Store(path)
    store.create("test")
    store.import_snapshot("t", "a.csv", sketch("A: dev 1, done 2"))
    died = subprocess.run([sys.executable, "-c", KILLED, str(path)])
    assert died.returncode == -signal.SIGKILL
    assert torn.changes(path)[0].exists()
    return path


def metadata(path: Path) -> list[tuple[int, list[int]]]:
    """Each block of metadata by its place in the file, and which of its 64 parts are free."""
    with duckdb.connect(str(path), read_only=True) as con:
        found = con.execute("SELECT block_id, free_list FROM pragma_metadata_info()").fetchall()
    return [(HEADERS + number * BLOCK, free) for number, free in found]


def tear(path: Path) -> None:
    """A new page of a part that is free, in each block of metadata, as a write leaves it that did not end."""
    for place, free in metadata(path):
        overwrite(path, place + 8 + free[-1] * 4088, b"new" * 1000)


def overwrite(path: Path, place: int, content: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(place)
        file.write(content)


def keys(store: Store) -> list[str]:
    return sorted(set(store.log().items))


def test_a_checksum_is_what_duckdb_computes(left: Path) -> None:
    """Every block of metadata as DuckDB wrote it carries, in its first eight bytes, what we compute of the rest."""
    content = left.read_bytes()
    places = [place for place, _ in metadata(left)]
    assert places
    for place in places:
        block = content[place : place + BLOCK]
        assert torn.computed(block) == block[:8]


def test_a_torn_block_of_metadata_is_mended_by_who_opens_the_file_next_and_said(
    left: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A reader first, which could not write the file itself; then a writer, and a third who finds nothing to mend."""
    torn_blocks = len(metadata(left))
    tear(left)
    with pytest.raises(duckdb.IOException, match="does not match stored checksum"):
        duckdb.connect(str(left))
    with caplog.at_level(logging.WARNING, "valuestream.log"):
        assert keys(Store(left)) == ["A", "B"]
        assert len(caplog.records) == 1
        assert f"{left}: a process was killed while it wrote; {torn_blocks} block" in caplog.messages[0]
        Store(left).import_snapshot("t", "c.csv", sketch("C: dev 1"))
        assert keys(Store(left)) == ["A", "B", "C"]
    assert len(caplog.records) == 1
    assert not any(log.exists() for log in torn.changes(left))


def test_a_file_that_was_closed_in_order_and_then_went_bad_is_refused_as_it_is(tmp_path: Path) -> None:
    """No log of changes: no process was killed, so that a wrong checksum is damage."""
    path = tmp_path / "s.duckdb"
    store = Store(path)
    store.create("test")
    store.import_snapshot("t", "a.csv", sketch("A: dev 1, done 2"))
    tear(path)
    before = path.read_bytes()
    with pytest.raises(StoreError, match=r"is damaged: .* does not match stored checksum") as refused:
        store.log()
    assert "vsm backup" in refused.value.hint
    assert path.read_bytes() == before


def test_where_rows_are_damaged_too_the_file_stays_as_it_was_found(left: Path) -> None:
    """The blocks of rows are those that are not of metadata; a flipped byte in each is no kill's doing."""
    places = {place for place, _ in metadata(left)}
    tear(left)
    for place in range(HEADERS, left.stat().st_size, BLOCK):
        if place not in places:
            overwrite(left, place + 100, b"\xff\xfe\xfd")
    before = left.read_bytes()
    with pytest.raises(StoreError, match="damaged") as refused:
        Store(left).log()
    assert "Restore a copy" in refused.value.hint
    assert left.read_bytes() == before


def test_nothing_is_mended_while_another_process_has_the_file(left: Path) -> None:
    tear(left)
    before = left.read_bytes()
    with subprocess.Popen([sys.executable, "-c", HOLDS, str(left)], stdin=-1, stdout=-1, text=True) as other:
        assert other.stdout is not None
        assert other.stdin is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(Locked, match="another process"):
            Store(left, lock_timeout=0.2).log()
        assert left.read_bytes() == before
        other.stdin.close()
    assert keys(Store(left)) == ["A", "B"]


def test_who_may_not_write_the_file_is_told_what_is_needed(left: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tear(left)
    before = left.read_bytes()
    opened = Path.open

    def refuses(path: Path, mode: str = "r", *args: Any, **options: Any) -> Any:
        if path == left and "+" in mode:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return opened(path, mode, *args, **options)

    monkeypatch.setattr(Path, "open", refuses)
    with pytest.raises(StoreError, match="to mend it it must be written: Permission denied") as refused:
        Store(left).log()
    assert "Give the right to write" in refused.value.hint
    monkeypatch.undo()
    assert left.read_bytes() == before
