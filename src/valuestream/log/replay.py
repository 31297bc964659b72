"""The events of a store as columns again, in the order that `flow/` wants."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from valuestream.log.event import NONE, Kind, Log

if TYPE_CHECKING:
    import duckdb

    from valuestream.log.event import I32

_COLUMNS = "item, occurred_at, kind, value, field, actor, track, line"
_WIDTHS = {"kind": np.int8, "field": np.int16, "occurred_at": np.int64}


def replayed(con: duckdb.DuckDBPyConnection, items: I32 | None = None) -> Log:
    """The events of all items, or of some (codes), ordered by item, instant and the source's own order.

    Codes are the store's own; repeats that several feeds hold stand side by side, see `order.ordered`.
    """
    if items is not None:
        import pyarrow as pa

        con.register("wanted", pa.table({"item": np.asarray(items, np.int32)}))
    found = con.execute(statement(among="wanted" if items is not None else None)).fetchnumpy()
    if items is not None:
        con.unregister("wanted")
    return as_log(con, found)


def statement(*, among: str | None = None) -> str:
    """SELECT of events in order; `among`: a table whose column `item` says which."""
    where = f" WHERE item IN (SELECT item FROM {among})" if among else ""
    paired = f"CASE WHEN kind IN ({int(Kind.START)}, {int(Kind.END)}) THEN hash(feed, coalesce(ref, pair::VARCHAR)) END"
    own = f"SELECT {_COLUMNS}, feed, seq, {paired} AS pair FROM event{where}"
    first = f"SELECT item, min(occurred_at) AS occurred_at FROM event{where} GROUP BY item"
    given = (
        f"SELECT item, first.occurred_at, {int(Kind.SET)}::TINYINT, attribute.value, attribute.field, -1, -1, -1,"
        f" -1 AS feed, 0 AS seq, NULL AS pair FROM attribute JOIN ({first}) first USING (item)"
    )
    return f"SELECT {_COLUMNS}, pair FROM ({own} UNION ALL {given}) ORDER BY item, occurred_at, feed, seq"


def as_log(con: duckdb.DuckDBPyConnection, found: dict[str, Any]) -> Log:
    """Columns of `statement` as a log with the store's names."""
    columns: dict[str, Any] = {
        name: _whole(found[name]).astype(_WIDTHS.get(name, np.int32)) for name in found if name != "pair"
    }
    names = {table: _names(con, table) for table in ("word", "person", "field_name", "track_name")}
    return Log(
        name="store",
        item=columns["item"],
        at=columns["occurred_at"],
        kind=columns["kind"],
        value=columns["value"],
        items=_names(con, "item", "key"),
        words=names["word"],
        people=names["person"],
        fields=names["field_name"],
        tracks=names["track_name"],
        field=_or_none(columns["field"]),
        actor=_or_none(columns["actor"]),
        track=_or_none(columns["track"]),
        ref=_pairs(found["pair"]),
        line=_or_none(columns["line"]),
    )


def _whole(column: Any) -> Any:
    return column.filled(NONE) if isinstance(column, np.ma.MaskedArray) else column


def _or_none(column: Any) -> Any:
    """A column that says something; None where it is empty throughout."""
    return column if len(column) and bool((column != NONE).any()) else None


def _pairs(column: Any) -> I32 | None:
    """Hashes that pair starts with ends, as small numbers."""
    if not isinstance(column, np.ma.MaskedArray):
        return np.unique(column, return_inverse=True)[1].astype(np.int32) if len(column) else None
    known = ~np.ma.getmaskarray(column)
    if not known.any():
        return None
    numbers = np.full(len(column), NONE, np.int32)
    numbers[known] = np.unique(column.data[known], return_inverse=True)[1]
    return numbers


def _names(con: duckdb.DuckDBPyConnection, table: str, column: str = "name") -> Sequence[str]:
    rows = con.execute(f"SELECT {column} FROM {table} ORDER BY code").fetchnumpy()[column]
    return list(rows.tolist())
