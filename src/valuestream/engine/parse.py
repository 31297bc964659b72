"""SQL as a tree and back, by the engine's own parser: for expressions that users write."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def tree(expression: str) -> dict[str, Any]:
    """The statement `SELECT expression` as DuckDB's parser sees it; `error` is true where it is no SQL.

    Nothing of it is run: the text goes in as a parameter.
    """
    try:
        return _asked("SELECT json_serialize_sql(?)", f"SELECT {expression}")
    except RecursionError:
        return {"error": True, "error_message": "it is nested too deeply"}


def text(parsed: Mapping[str, Any]) -> str:
    """The SQL of a tree."""
    import duckdb

    with duckdb.connect(":memory:", config={"enable_external_access": "false"}) as con:
        row = con.execute("SELECT json_deserialize_sql(?)", [json.dumps(parsed)]).fetchone()
    return str(row[0]) if row else ""


def _asked(sql: str, value: str) -> dict[str, Any]:
    import duckdb

    with duckdb.connect(":memory:", config={"enable_external_access": "false"}) as con:
        row = con.execute(sql, [value]).fetchone()
    found: dict[str, Any] = json.loads(row[0]) if row else {"error": True}
    return found
