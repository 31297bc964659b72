"""Names of the store as numbers: known ones are looked up, new ones get the next number."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa

from valuestream.log.event import Kind
from valuestream.log.handing import append, joined

if TYPE_CHECKING:
    import duckdb
    import numpy.typing as npt

    I32 = npt.NDArray[np.int32]


class Person(NamedTuple):
    """How somebody is called in the store: a name or a pseudonym, what kind of account, the domain of an address."""

    name: str
    kind: str = "unknown"
    domain: str = ""


Naming = Callable[[str, str], Person]
"""(name as the source writes it, the kind of account it says) -> how the store calls them."""


def as_written(name: str, kind: str) -> Person:
    """Everybody by the name that the source gives."""
    return Person(name, kind)


def codes(con: duckdb.DuckDBPyConnection, table: str, names: Sequence[str]) -> I32:
    """The codes of words, fields or tracks, given ones that are new: int32[names + 1]; the last answers for -1."""
    return _coded(con, table, pa.table({"name": pa.array(names, pa.string())}), ["name"], ["name"])


class People(NamedTuple):
    """Codes of people, as `codes` gives them, and the items of those who turned out to be another kind of account."""

    codes: I32
    touched: I32


def people(con: duckdb.DuckDBPyConnection, called: Sequence[Person]) -> People:
    """The codes of people. A kind that is known by now replaces "unknown"; a person who is found to be a bot touched
    nothing, so the items with events of theirs are not what they were.
    """
    columns = {name: pa.array([getattr(one, name) for one in called], pa.string()) for name in Person._fields}
    found = _coded(con, "person", pa.table(columns), ["name"], ["name", "kind", "domain"])
    known = {one.name: one.kind for one in called if one.kind != "unknown"}
    turned: list[tuple[int]] = []
    if known:
        given = pa.table({"name": list(known), "kind": list(known.values())})
        con.register("rows_in", given)
        turned = con.execute(
            "UPDATE person SET kind = g.kind FROM rows_in g WHERE g.name = person.name AND person.kind <> g.kind"
            " AND (person.kind = 'unknown' OR g.kind IN ('bot', 'service')) RETURNING person.code"
        ).fetchall()
        con.unregister("rows_in")
    return People(found, _items_of(con, [row[0] for row in turned]))


def _items_of(con: duckdb.DuckDBPyConnection, persons: list[int]) -> I32:
    """Items in which people (codes) acted, or which they were assigned."""
    if not persons:
        return np.empty(0, np.int32)
    sql = "SELECT DISTINCT item FROM event WHERE list_contains(?, actor) OR (kind = ? AND list_contains(?, value))"
    found: Any = con.execute(sql, [persons, int(Kind.ASSIGN), persons]).fetchnumpy()
    items: I32 = found["item"]
    return items


def items(con: duckdb.DuckDBPyConnection, source: int, ids: Sequence[str] | pa.Array, artefact: str | None) -> I32:
    """The codes of a source's items by their ids, as `codes`; a new one is shown by its id until more is known."""
    n = len(ids)
    given = ids if isinstance(ids, pa.Array) else pa.array(ids, pa.string())
    columns = {
        "source": pa.array(np.full(n, source, np.int32)),
        "id": given,
        "key": given,
        "artefact": pa.array([artefact] * n, pa.string()) if artefact is None else pa.repeat(artefact, n),
    }
    return _coded(con, "item", pa.table(columns), ["source", "id"], ["source", "id", "key", "artefact"])


def _coded(con: duckdb.DuckDBPyConnection, table: str, given: Any, by: Sequence[str], columns: Sequence[str]) -> I32:
    """Codes of rows that are told apart by the columns `by`, in one call by the last alone, in the order given."""
    found = np.full(given.num_rows + 1, -1, np.int32)
    if not given.num_rows:
        return found
    given = given.append_column("place", pa.array(np.arange(given.num_rows)))
    known = joined(con, given, table, " AND ".join(f"t.{name} = r.{name}" for name in by), "r.place, t.code")
    found[known["place"]] = known["code"]
    new = given.filter(pa.array(found[:-1] == -1))
    if new.num_rows:
        highest = con.execute(f"SELECT coalesce(max(code), -1) FROM {table}").fetchall()[0][0]
        nth = np.asarray(new.column(by[-1]).combine_chunks().dictionary_encode().indices)
        number = (highest + 1 + nth).astype(np.int32)
        found[np.asarray(new.column("place"))] = number
        _, first = np.unique(nth, return_index=True)
        rows = new.select(list(columns)).append_column("code", pa.array(number)).take(pa.array(first))
        append(con, table, rows)
    return found
