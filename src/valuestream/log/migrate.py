"""Older stores are brought to this version on a copy, which then takes the original's place."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from valuestream.log import holding, schema
from valuestream.log.keeping import replaced

if TYPE_CHECKING:
    import duckdb


def _one_to_two(con: duckdb.DuckDBPyConnection) -> None:
    """Version 1 knew neither the domain of a person's address nor how a file was read."""
    con.execute("ALTER TABLE person ADD COLUMN domain VARCHAR DEFAULT ''")
    con.execute("ALTER TABLE feed ADD COLUMN notes VARCHAR DEFAULT '[]'")
    con.execute("ALTER TABLE feed ADD COLUMN digest VARCHAR")


STEPS: dict[int, Callable[[duckdb.DuckDBPyConnection], None]] = {1: _one_to_two}
"""Version -> what leads to the next one."""


def migrate(path: Path, *, timeout: float) -> None:
    """Bring the store to `schema.VERSION`. A crash on the way leaves the original as it was.

    Built tables are dropped: they are built again, not migrated.
    """

    def upgraded(part: Path, held: duckdb.DuckDBPyConnection) -> None:
        shutil.copyfile(path, part)
        con = holding.connect(part, read_only=False, timeout=0.0)
        try:
            found = schema.version_of(con) or schema.VERSION
            con.execute("BEGIN")
            for version in range(found, schema.VERSION):
                STEPS[version](con)
            con.execute("UPDATE meta SET value = ? WHERE name = 'schema'", [str(schema.VERSION)])
            _drop_builds(con)
            con.execute("COMMIT")
        finally:
            con.close()

    replaced(path, upgraded, timeout=timeout)


def _drop_builds(con: duckdb.DuckDBPyConnection) -> None:
    names = con.execute(
        "SELECT table_name FROM duckdb_tables()"
        " WHERE regexp_matches(table_name, '^(visits|items|batches|seen|shares)_\\d+$')"
    ).fetchall()
    for (name,) in names:
        con.execute(f'DROP TABLE "{name}"')
    con.execute("DELETE FROM build")
