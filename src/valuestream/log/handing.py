"""Rows from Python into tables of a store.

Not by `register`: what was registered inside a transaction stays in memory until its end, whenever it was unregistered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb


def create(con: duckdb.DuckDBPyConnection, table: str, rows: Any) -> None:
    """A new table with the columns of an Arrow table, and its rows."""
    con.from_arrow(rows).create(table)


def append(con: duckdb.DuckDBPyConnection, table: str, rows: Any) -> None:
    """Add the rows of an Arrow table, its columns by their names; what it does not say is null."""
    if rows.num_rows:
        names = [column[0] for column in con.execute(f"SELECT * FROM {table} LIMIT 0").description or ()]
        listed = ", ".join(f'"{name}"' if name in rows.column_names else f'NULL AS "{name}"' for name in names)
        con.from_arrow(rows).project(listed).insert_into(table)


def joined(con: duckdb.DuckDBPyConnection, rows: Any, table: str, on: str, what: str) -> dict[str, Any]:
    """Columns, as NumPy arrays, of the rows of an Arrow table (`r`) that fit those of a table (`t`)."""
    given = con.from_arrow(rows).set_alias("r")
    found: dict[str, Any] = given.join(con.table(table).set_alias("t"), on).project(what).fetchnumpy()
    return found
