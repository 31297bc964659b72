"""The SQL engine that parses texts: one a process, since one takes longer to begin than a small file to read."""

from __future__ import annotations

import os
import re
from functools import cache
from pathlib import Path
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


def literally(path: Path) -> str:
    """The file of that name and no other: the engine takes *, ? and [ for a pattern of several.

    >>> literally(Path("orders[1].csv"))
    'orders[[]1].csv'
    """
    return re.sub(r"[*?\[]", lambda sign: f"[{sign[0]}]", str(path))
