"""The events of a store as columns again, in the order that `flow/` wants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from valuestream.log.event import NONE, ActorKind, Kind, Log

if TYPE_CHECKING:
    import duckdb

    from valuestream.log.event import I32

EVENTS = {
    "item": np.int32, "occurred_at": np.int64, "kind": np.int8, "value": np.int32, "field": np.int16,
    "actor": np.int32, "track": np.int32, "pair": np.uint64,
}  # fmt: skip
"""The columns of `as_given`, as wide as they come."""

_COLUMNS = "item, occurred_at, kind, value, field, actor, track"


@dataclass(frozen=True)
class Names:
    """What the codes of a store stand for, items aside."""

    words: Sequence[str]
    people: Sequence[str]
    accounts: Sequence[ActorKind]
    domains: Sequence[str]
    fields: Sequence[str]
    tracks: Sequence[str]

    def log(self, columns: Mapping[str, Any]) -> Log:
        """Columns of `columns_of` as a log with these names and no items yet."""
        return Log(
            name="store",
            item=columns["item"],
            at=columns["occurred_at"],
            kind=columns["kind"],
            value=columns["value"],
            items=(),
            words=self.words,
            people=self.people,
            accounts=self.accounts,
            fields=self.fields,
            tracks=self.tracks,
            field=columns["field"] if self.fields else None,
            actor=_or_none(columns["actor"]),
            track=_or_none(columns["track"]),
            ref=_pairs(columns["pair"]),
        )


def names_of(con: duckdb.DuckDBPyConnection) -> Names:
    """The names of a store."""
    person = con.execute("SELECT name, kind, domain FROM person ORDER BY code").fetchall()
    people, accounts, domains = (list(column) for column in zip(*person, strict=True)) if person else ([], [], [])
    words, fields, tracks = (listed(con, table) for table in ("word", "field_name", "track_name"))
    return Names(words, people, accounts, domains, fields, tracks)


def listed(con: duckdb.DuckDBPyConnection, table: str, column: str = "name") -> list[str]:
    """A column of names by their codes."""
    found: list[str] = con.execute(f"SELECT {column} FROM {table} ORDER BY code").to_arrow_table()[column].to_pylist()
    return found


def replayed(con: duckdb.DuckDBPyConnection, items: I32 | None = None) -> Log:
    """The events of all items, or of some (codes), ordered by item, instant and the source's own order.

    Codes are the store's own; repeats that several feeds hold stand side by side, see `order.ordered`.
    """
    if items is not None:
        con.register("wanted", pa.table({"item": pa.array(items, pa.int32())}))
    found = con.execute(as_given(among="wanted" if items is not None else None)).to_arrow_table()
    if items is not None:
        con.unregister("wanted")
    log = names_of(con).log(columns_of(found))
    return replace(log, items=item_names(con))


def item_names(con: duckdb.DuckDBPyConnection) -> list[str]:
    """What the items are called in a log, by their codes: their keys; where several share one, `source:id`.

    A log knows its items by name alone: two of one name would be one item in whatever it is written to.
    """
    sql = """
        SELECT CASE WHEN count(*) OVER (PARTITION BY item.key) > 1 THEN source.name || ':' || item.id
        ELSE item.key END AS name FROM item JOIN source ON source.code = item.source ORDER BY item.code
    """
    found: list[str] = con.execute(sql).to_arrow_table()["name"].to_pylist()
    return found


def paired(of: str = "") -> str:
    """SQL of what pairs a start with its end; null for other events."""
    kinds = f"{of}kind IN ({int(Kind.START)}, {int(Kind.END)})"
    return f"CASE WHEN {kinds} THEN hash({of}feed, coalesce({of}ref, {of}pair::VARCHAR)) END"


def as_given(*, among: str | None = None) -> str:
    """SELECT of events in order; `among`: a table whose column `item` says which."""
    where = f" WHERE item IN (SELECT item FROM {among})" if among else ""
    own = f"SELECT {_COLUMNS}, feed, seq, {paired()} AS pair FROM event{where}"
    first = f"SELECT item, min(occurred_at) AS occurred_at FROM event{where} GROUP BY item"
    given = (
        f"SELECT item, first.occurred_at, {int(Kind.SET)}::TINYINT, attribute.value, attribute.field, -1, -1,"
        f" -1 AS feed, 0 AS seq, NULL AS pair FROM attribute JOIN ({first}) first USING (item)"
    )
    return f"SELECT {_COLUMNS}, pair FROM ({own} UNION ALL {given}) ORDER BY item, occurred_at, feed, seq"


def columns_of(found: Any) -> dict[str, Any]:
    """Columns of `as_given` as arrays; `pair` is 0 where there is none."""
    columns: dict[str, Any] = {}
    for name in found.schema.names:
        column = found.column(name)
        if name == "pair":
            column = column.fill_null(0)
        columns[name] = column.to_numpy(zero_copy_only=False) if isinstance(column, pa.Array) else column.to_numpy()
    return columns


def _or_none(column: Any) -> Any:
    """A column that says something; None where it is empty throughout."""
    return column if len(column) and bool((column != NONE).any()) else None


def _pairs(column: Any) -> I32 | None:
    """Hashes that pair starts with ends, as small numbers."""
    known = column != 0
    if not known.any():
        return None
    numbers = np.full(len(column), NONE, np.int32)
    numbers[known] = np.unique(column[known], return_inverse=True)[1]
    return numbers
