"""Copies of a store, and a store laid out anew: both whole or not at all, while nobody writes."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from valuestream.errors import StoreError
from valuestream.log import holding, torn

if TYPE_CHECKING:
    import duckdb


def backup(path: Path, target: Path, *, timeout: float) -> int:
    """Copy the store to a file, which a crash never leaves half written; its bytes.

    timeout  seconds to wait for who holds the store
    """
    with _Held(path, timeout) as held:
        part = target.with_name(f".{target.name}.part")
        try:
            shutil.copyfile(held.path, part)
            part.replace(target)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise StoreError(
                f"{target} cannot be written: {error.strerror}.", "Look at the disk and the name."
            ) from error
    return target.stat().st_size


def compact(path: Path, *, timeout: float) -> tuple[int, int]:
    """Write the store anew without what was deleted; bytes before and after. A crash leaves it as it was."""

    def copied(part: Path, con: duckdb.DuckDBPyConnection) -> None:
        name = con.execute("SELECT current_database()").fetchall()[0][0]
        quoted = str(part).replace("'", "''")
        con.execute(f"ATTACH '{quoted}' AS laid_out")
        con.execute(f'COPY FROM DATABASE "{name}" TO laid_out')
        con.execute("DETACH laid_out")

    before = path.stat().st_size
    replaced(path, copied, timeout=timeout)
    return before, path.stat().st_size


def replaced(path: Path, write: Callable[[Path, duckdb.DuckDBPyConnection], None], *, timeout: float) -> None:
    """Let `write` make a new file from the store that is held, and put it in the store's place."""
    part = path.with_name(f".{path.name}.part")
    of_part = [part, *torn.changes(part)]
    with _Held(path, timeout) as held:
        for leftover in of_part:
            leftover.unlink(missing_ok=True)  # of a run that was killed
        try:
            write(part, held.con)
        except BaseException as wrong:
            for half in of_part:
                half.unlink(missing_ok=True)
            if isinstance(wrong, (OSError, *holding.failures())):
                raise holding.refusal(path, wrong) from wrong
            raise
        if os.name == "nt":
            held.con.close()  # an open file cannot be replaced there
        part.replace(path)


class _Held:
    """The store while nobody else has it, all of it in the one file."""

    def __init__(self, path: Path, timeout: float) -> None:
        if not path.exists():
            raise StoreError(f"There is no store {path}.", "`vsm init` makes one.")
        self.path = path
        self.con = holding.connect(path, read_only=False, timeout=timeout, sealed=False)

    def __enter__(self) -> _Held:
        self.con.execute("CHECKPOINT")
        return self

    def __exit__(self, *failure: object) -> None:
        self.con.close()
