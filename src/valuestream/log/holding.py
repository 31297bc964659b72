"""Opening the store's file, which one writer holds at a time: waiting for it, and naming who has it."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from valuestream.errors import Locked, StoreError
from valuestream.log import torn

if TYPE_CHECKING:
    import duckdb

WAIT_S = 0.05
_HELD = re.compile(r"lock on file|Conflicting lock|used by another process", re.IGNORECASE)
_HOLDER = re.compile(r"held in (?P<program>.+?) \(PID (?P<pid>\d+)\)")
_NEWER = re.compile(r"version number|newer version|storage version", re.IGNORECASE)
_FULL = re.compile(
    r"No space left|disk full|out of disk|Disk quota|max_temp_directory_size|could not write", re.IGNORECASE
)
MEMORY = "1200MB"


def failures() -> tuple[type[Exception], ...]:
    """What DuckDB raises when the disk, the memory or the file fails it."""
    import duckdb

    return duckdb.IOException, duckdb.OutOfMemoryException, duckdb.FatalException, duckdb.TransactionException


def connect(path: Path, *, read_only: bool, timeout: float, sealed: bool = True) -> duckdb.DuckDBPyConnection:
    """A connection to the store's file, with nothing else within its reach.

    timeout  seconds to wait for whoever holds the file; then Locked, which names them
    sealed   no other file, and no network, can be reached by SQL

    What a killed process left torn is mended first. StoreError: a file that is damaged, no DuckDB file, or of a
    newer DuckDB.
    """
    import duckdb

    settings: dict[str, Any] = {
        "memory_limit": MEMORY,
        "preserve_insertion_order": "false",
        "perfect_ht_threshold": 16,  # bits: teams by bins of durations are counted in an array
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "python_enable_replacements": "false",
    }
    patience = time.monotonic() + timeout
    while True:
        try:
            torn.mend(path, settings)
            con = duckdb.connect(str(path), read_only=read_only, config=settings)
        except (duckdb.Error, BlockingIOError) as wrong:
            if not _HELD.search(str(wrong)):
                raise refusal(path, wrong) from None
            if time.monotonic() >= patience:
                raise _locked(path, str(wrong), timeout) from None
            time.sleep(WAIT_S)
            continue
        con.execute("SET enable_progress_bar = false")  # DuckDB draws one of its own where no file is the main program
        if sealed:
            con.execute("SET enable_external_access = false")
        return con


def _locked(path: Path, said: str, timeout: float) -> Locked:
    holder = _HOLDER.search(said)
    who = f"process {holder['pid']} ({Path(holder['program']).name})" if holder else "another process"
    mine = holder is not None and int(holder["pid"]) == os.getpid()
    return Locked(
        f"{path} is held by {'this very process' if mine else who}; waited {timeout:g} s.",
        "Try again when it has finished, or wait longer: `--lock-timeout 60`.",
    )


def refusal(path: Path, wrong: BaseException) -> StoreError:
    """What DuckDB says is wrong, in words for who must act."""
    said = " ".join(str(wrong).split())
    if _FULL.search(said):
        return StoreError(
            f"The disk is full: {path.name} took nothing of this run.", "Make room and run it again; nothing was lost."
        )
    if "not a valid DuckDB" in said:
        return StoreError(f"{path} is no store.", "Is it the right file? A backup is restored by copying it there.")
    if _NEWER.search(said):
        return StoreError(f"{path} was written by a newer DuckDB: {said}", "Use the version that wrote it.")
    if "Corrupt database" in said:
        return StoreError(
            f"{path} is damaged: {said}", "Look at the disk; a copy made by `vsm backup` can take its place."
        )
    return StoreError(f"{path} cannot be used: {said}", "Look at the disk and the file; `vsm backup` keeps copies.")
