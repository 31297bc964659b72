"""Items of a page: their codes, what they are called, and attributes without a history."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import pyarrow as pa

from valuestream.log import codes
from valuestream.log.record import Item, Translated

if TYPE_CHECKING:
    import duckdb

    from valuestream.log.recall import Recall

_DESCRIBED = ("key", "artefact", "title", "url")


def put_items(
    con: duckdb.DuckDBPyConnection, source: int, page: Translated, recall: Recall
) -> tuple[dict[str, int], set[int]]:
    """Codes of all items that a page is about, by their ids; and those that are described otherwise than before.

    What is new goes in with its description; attributes replace earlier ones.
    """
    described = {item.item: item for item in page.items}
    ids = list(dict.fromkeys([*described, *(event.item for event in page.events)]))
    new = recall.new_items(con, ids)
    numbers = recall.item_numbers(con, len(new))
    coded = dict(zip(new, numbers, strict=True))
    _insert(con, source, coded, described)
    known = [one for one in ids if one not in coded]
    coded.update(zip(known, codes.items(con, source, known, None).tolist(), strict=False))
    recall.know_items(con, new)
    changed = {coded[one] for one in new if one in described}
    changed |= _describe(con, coded, [described[one] for one in known if one in described])
    changed |= _put_attributes(con, coded, described.values(), recall, fresh=frozenset(numbers))
    return coded, changed


def _insert(con: duckdb.DuckDBPyConnection, source: int, new: Mapping[str, int], described: Mapping[str, Item]) -> None:
    if not new:
        return
    told = [described.get(one) for one in new]
    columns = {
        "code": pa.array(new.values(), pa.int32()),
        "id": pa.array(new, pa.string()),
        "key": pa.array([one if item is None else item.key for one, item in zip(new, told, strict=True)], pa.string()),
        **{
            name: pa.array([None if item is None else getattr(item, name) for item in told], pa.string())
            for name in _DESCRIBED[1:]
        },
    }
    con.register("rows_in", pa.table(columns))
    con.execute(
        "INSERT INTO item (code, source, id, key, artefact, title, url)"
        f" SELECT code, {int(source)}, id, key, artefact, title, url FROM rows_in"
    )
    con.unregister("rows_in")


def _describe(con: duckdb.DuckDBPyConnection, coded: Mapping[str, int], items: Sequence[Item]) -> set[int]:
    """What known items are called now; those that were called otherwise."""
    if not items:
        return set()
    columns = {name: pa.array([getattr(item, name) for item in items], pa.string()) for name in _DESCRIBED}
    con.register("described", pa.table({"code": pa.array([coded[item.item] for item in items], pa.int32()), **columns}))
    differs = " OR ".join(f"i.{name} IS DISTINCT FROM d.{name}" for name in _DESCRIBED)
    found = con.execute(f"SELECT d.code FROM described d JOIN item i USING (code) WHERE {differs}").fetchall()
    if found:
        sets = ", ".join(f"{name} = d.{name}" for name in _DESCRIBED)
        con.execute(f"UPDATE item SET {sets} FROM described d WHERE item.code = d.code")
    con.unregister("described")
    return {row[0] for row in found}


def _put_attributes(
    con: duckdb.DuckDBPyConnection,
    coded: Mapping[str, int],
    items: Collection[Item],
    recall: Recall,
    *,
    fresh: Collection[int],
) -> set[int]:
    """Items whose attributes differ from before; `fresh` ones had none."""
    fields = recall.codes(con, "field_name", (name for item in items for name in item.attributes))
    words = recall.codes(con, "word", (value for item in items for value in item.attributes.values()))
    now = {(coded[item.item], fields[name], words[value]) for item in items for name, value in item.attributes.items()}
    old = sorted({coded[item.item] for item in items}.difference(fresh))
    before = _attributes_of(con, old)
    if now != before:
        kept = {row for row in now if row[0] in fresh}
        if before:
            con.execute("DELETE FROM attribute WHERE list_contains(?, item)", [old])
        if now - kept:
            kept = now
        _insert_attributes(con, kept)
    return {row[0] for row in now ^ before}


def _attributes_of(con: duckdb.DuckDBPyConnection, items: Sequence[int]) -> set[tuple[int, int, int]]:
    if not items:
        return set()
    sql = "SELECT item, field, value FROM attribute WHERE list_contains(?, item)"
    return {(item, field, value) for item, field, value in con.execute(sql, [items]).fetchall()}


def _insert_attributes(con: duckdb.DuckDBPyConnection, rows: Iterable[tuple[int, int, int]]) -> None:
    listed = sorted(rows)
    if not listed:
        return
    item, field, value = zip(*listed, strict=True)
    given = {
        "item": pa.array(item, pa.int32()),
        "field": pa.array(field, pa.int16()),
        "value": pa.array(value, pa.int32()),
    }
    con.register("rows_in", pa.table(given))
    con.execute("INSERT INTO attribute SELECT item, field, value FROM rows_in")
    con.unregister("rows_in")
