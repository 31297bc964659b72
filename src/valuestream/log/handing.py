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
    """Add the rows of an Arrow table, its columns by their names, all of the table's."""
    if rows.num_rows:
        names = [column[0] for column in con.execute(f"SELECT * FROM {table} LIMIT 0").description or ()]
        con.from_arrow(rows.select(names)).insert_into(table)
