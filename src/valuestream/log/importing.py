"""A file becomes a feed of the store, in place of what the same file said before."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa

from valuestream.log import codes
from valuestream.log.codes import Naming
from valuestream.log.event import NONE, Kind, Log
from valuestream.log.order import ordered

if TYPE_CHECKING:
    import duckdb

    from valuestream.log.event import I32, I64

AT_ONCE = 1_000_000
"""Events handed to the store at once."""

_ODD = np.uint64(0x9E3779B97F4A7C15)


class Counts(NamedTuple):
    """What an import or a page did: events new, events superseded, rows rejected, events it brought."""

    new: int
    superseded: int
    rejected: int
    read: int = 0


class Columns(NamedTuple):
    """Events in codes of the store, those of an item together and in their order; int arrays of equal length."""

    item: I32
    occurred_at: I64
    kind: Any
    value: I32
    field: I32
    actor: I32
    track: I32
    pair: I32


def import_log(con: duckdb.DuckDBPyConnection, feed: int, source: int, log: Log, naming: Naming) -> tuple[Counts, I32]:
    """Put a log in the place of what the feed held; the items that changed (codes) come back with the counts.

    Exact repeats become rejects. An item whose events are what they were, in their order, has not changed.
    """
    log = ordered(log)
    given = _coded(con, source, log, naming)
    changed = _changed(_fingerprints(_held(con, feed)), _fingerprints(given))
    superseded = _count(con, feed, changed)
    con.execute("DELETE FROM event WHERE feed = ?", [feed])
    con.execute("DELETE FROM reject WHERE feed = ?", [feed])
    for begin in range(0, len(log), AT_ONCE):
        _insert(con, feed, given, log.line, begin, min(begin + AT_ONCE, len(log)))
    _reject(con, feed, log)
    about = [log.origin, json.dumps(list(log.notes)), feed]
    con.execute("UPDATE feed SET origin = ?, notes = ? WHERE code = ?", about)
    return Counts(_count(con, feed, changed), superseded, len(log.rejects), len(log)), changed


def _coded(con: duckdb.DuckDBPyConnection, source: int, log: Log, naming: Naming) -> Columns:
    """The log's codes become the store's; names that people are not to be known by are replaced in attributes, too."""
    called = [naming(name, "unknown") for name in log.people]
    persons = codes.people(con, called)
    hides = {name: person.name for name, person in zip(log.people, called, strict=True) if name != person.name}
    shown = [hides.get(word, word) for word in log.words]
    assigned, is_set = log.kind == Kind.ASSIGN, log.kind == Kind.SET
    # a word that only attributes hold may be a person's name; the name itself then never reaches the store
    words = _used(con, "word", log.words, log.value[~assigned & ~is_set])
    attributes = _used(con, "word", shown, log.value[is_set])
    value = np.where(is_set, attributes[log.value * is_set - ~is_set], NONE)
    others = ~assigned & ~is_set
    value = np.where(others, words[log.value * others - ~others], value)
    value = np.where(assigned, persons[log.value * assigned - ~assigned], value)
    nothing = np.full(len(log), NONE, np.int32)
    present = np.unique(log.item)
    numbers = np.full(len(log.items) + 1, NONE, np.int32)
    numbers[present] = codes.items(con, source, [log.items[code] for code in present.tolist()], "issue")[:-1]
    return Columns(
        item=numbers[log.item],
        occurred_at=log.at,
        kind=log.kind,
        value=value.astype(np.int32),
        field=nothing if log.field is None else codes.codes(con, "field_name", log.fields)[log.field],
        actor=nothing if log.actor is None else persons[log.actor],
        track=nothing if log.track is None else codes.codes(con, "track_name", log.tracks)[log.track],
        pair=nothing if log.ref is None else log.ref,
    )


def _used(con: duckdb.DuckDBPyConnection, table: str, names: Any, used: I32) -> I32:
    """Codes of the names that are used; -1 for the others."""
    found = np.full(len(names) + 1, NONE, np.int32)
    present = np.unique(used[used != NONE])
    found[present] = codes.codes(con, table, [names[code] for code in present.tolist()])[:-1]
    return found


def _held(con: duckdb.DuckDBPyConnection, feed: int) -> Columns:
    listed = ", ".join(Columns._fields)
    held = con.execute(f"SELECT {listed} FROM event WHERE feed = ? ORDER BY item, occurred_at, seq", [feed])
    found: Any = held.fetchnumpy()
    return Columns(**found)


def _fingerprints(events: Columns) -> tuple[I32, Any]:
    """Items in ascending order and a 64-bit print of each one's events in their order."""
    n = len(events.item)
    if not n:
        return np.empty(0, np.int32), np.empty(0, np.uint64)
    first = np.flatnonzero(np.append(True, events.item[1:] != events.item[:-1]))
    length = np.diff(np.append(first, n))
    pair = events.pair - np.repeat(np.minimum.reduceat(events.pair, first), length)
    mixed = (np.arange(n) - np.repeat(first, length)).astype(np.uint64)
    for column in (events.occurred_at, events.kind, events.value, events.field, events.actor, events.track, pair):
        mixed = (mixed ^ column.astype(np.int64).view(np.uint64)) * _ODD
        mixed ^= mixed >> np.uint64(29)
    prints = np.add.reduceat(mixed, first)
    order = np.argsort(events.item[first])
    return events.item[first][order], prints[order]


def _changed(before: tuple[I32, Any], after: tuple[I32, Any]) -> I32:
    """Items that only one of the two has, or whose prints differ."""
    kept, i, j = np.intersect1d(before[0], after[0], assume_unique=True, return_indices=True)
    same = kept[before[1][i] == after[1][j]]
    return np.setdiff1d(np.union1d(before[0], after[0]), same, assume_unique=True).astype(np.int32)


def _count(con: duckdb.DuckDBPyConnection, feed: int, items: I32) -> int:
    """How many events of the feed are of these items."""
    con.register("rows_in", pa.table({"item": items}))
    sql = "SELECT count(*) FROM event WHERE feed = ? AND item IN (SELECT item FROM rows_in)"
    found = con.execute(sql, [feed]).fetchall()[0][0]
    con.unregister("rows_in")
    return int(found)


def _insert(con: duckdb.DuckDBPyConnection, feed: int, events: Columns, line: I32 | None, begin: int, end: int) -> None:
    part = slice(begin, end)
    columns: dict[str, Any] = {name: column[part] for name, column in events._asdict().items()}
    columns["seq"] = np.arange(begin, end)
    columns["line"] = np.full(end - begin, NONE, np.int32) if line is None else line[part]
    con.register("rows_in", pa.table(columns))
    con.execute(
        "INSERT INTO event (item, occurred_at, feed, seq, kind, value, field, actor, track, reason, ref, n, pair, line)"
        f" SELECT item, occurred_at, {int(feed)}, seq, kind, value, field, actor, track, -1, NULL, 0, pair, line"
        " FROM rows_in"
    )
    con.unregister("rows_in")


def _reject(con: duckdb.DuckDBPyConnection, feed: int, log: Log) -> None:
    if not log.rejects:
        return
    place, reason, body = (pa.array(column, pa.string()) for column in zip(*log.rejects, strict=True))
    con.register("rows_in", pa.table({"place": place, "reason": reason, "body": body}))
    con.execute(f"INSERT INTO reject SELECT {int(feed)}, place, reason, body FROM rows_in")
    con.unregister("rows_in")
