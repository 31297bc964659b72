"""The SQL engine that parses texts: one a process, since one takes longer to begin than a small file to read."""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def cursor() -> DuckDBPyConnection:
    """A connection of one's own to an empty database in memory; close it. Its temporary tables end with it."""
    return _database(os.getpid()).cursor()


@cache
def _database(process: int) -> DuckDBPyConnection:
    """Each process its own: the engine's threads do not live on in a forked one."""
    import duckdb

    return duckdb.connect()
