"""Older stores are brought to this version on a copy, which then takes the original's place."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from valuestream.log import holding, schema

if TYPE_CHECKING:
    import duckdb

STEPS: dict[int, Callable[[duckdb.DuckDBPyConnection], None]] = {}
"""Version -> what leads to the next one."""


def migrate(path: Path, *, timeout: float) -> None:
    """Bring the store to `schema.VERSION`. A crash on the way leaves the original as it was.

    Built tables are dropped: they are built again, not migrated.
    """
    original = holding.connect(path, read_only=False, timeout=timeout)
    try:  # while it is held nobody else writes, and everything is in the one file
        original.execute("CHECKPOINT")
        part = path.with_name(f".{path.name}.part")
        part.unlink(missing_ok=True)
        part.with_name(f"{part.name}.wal").unlink(missing_ok=True)
        shutil.copyfile(path, part)
        _upgrade(part)
        part.replace(path)
    finally:
        original.close()


def _upgrade(part: Path) -> None:
    con = holding.connect(part, read_only=False, timeout=0.0)
    found = schema.version_of(con)
    con.execute("BEGIN")
    for version in range(found or schema.VERSION, schema.VERSION):
        STEPS[version](con)
    con.execute("UPDATE meta SET value = ? WHERE name = 'schema'", [str(schema.VERSION)])
    con.execute("COMMIT")
    con.close()
