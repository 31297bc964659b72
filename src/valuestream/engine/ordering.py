"""The order in which built tables lie on the disk, so that a question of some weeks, or of one team, reads only those.

The engine keeps the least and the greatest value of each column for about a hundred thousand rows and skips those
where nothing can be meant; where all of them lie in a window, it does not look at their instants. Rows lie in blocks of
some weeks, those of a block by team, those of a team by when they ended, which most windows are of.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from valuestream.calendar import DAY_US
from valuestream.flow.grains import NEVER

if TYPE_CHECKING:
    import duckdb

GROUP = 122_880
"""Rows for which the engine keeps least and greatest values."""

BLOCK = 6 * GROUP
"""Rows of a block of weeks, about."""

BY = (("visits", '"left"'), ("items", "finished"), ("batches", '"left"'))
"""Tables and the instant by which each lies."""


def lay_out(con: duckdb.DuckDBPyConnection, table: str, instant: str) -> None:
    """Write a table anew in its order; what has no such instant yet lies before all else."""
    known = f"{instant} <> {NEVER}"
    n, first, last = con.execute(
        f"SELECT count(*), coalesce(min({instant}), 0), coalesce(max({instant}), 0) FROM {table} WHERE {known}"
    ).fetchall()[0]
    blocks = max(1, n // BLOCK)
    width = max(DAY_US, (last - first) // blocks + 1)
    order = f"CASE WHEN {known} THEN ({instant} - {first}) // {width} ELSE -1 END, team, {instant}"
    con.execute(f"CREATE TABLE {table}_sorted AS SELECT * FROM {table} ORDER BY {order}")
    con.execute(f"DROP TABLE {table}")
    con.execute(f"ALTER TABLE {table}_sorted RENAME TO {table}")
