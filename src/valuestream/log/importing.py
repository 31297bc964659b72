"""A file becomes a feed of the store, in place of what the same file said before."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa

from valuestream.log import codes
from valuestream.log.codes import Naming
from valuestream.log.event import FURTHER, NONE, Kind, Log, Reject
from valuestream.log.handing import append
from valuestream.log.order import DUPLICATE, MOST_SHOWN, ordered

if TYPE_CHECKING:
    import duckdb

    from valuestream.log.event import I32, I64

AT_ONCE = 1_000_000
"""Events handed to the store at once."""

ITEMS_AT_ONCE = 100_000
MEMORY_OF_PARTS = "60MB"
"""What the engine may keep in memory while a log comes in parts: the rest it writes down."""

MEMORY_OF_COMPARING = "150MB"
"""The same while what came is held against what was there before."""


ROWS_REJECTED = (
    f"CAST(sum(CASE WHEN place = '{FURTHER}' THEN CAST(split_part(body, ' ', 1) AS BIGINT) ELSE 1 END) AS BIGINT)"
)
"""SQL: how many rows some of the table `reject` stand for."""


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


class Arriving:
    """A file that takes the place of what its feed held, whole or in parts of whole items, inside one transaction.

    What the feed held stays until `end`: only items whose events are not what they were, in their order, are replaced.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection, feed: int, source: int, naming: Naming) -> None:
        self._con, self._feed, self._source, self._naming = con, feed, source, naming
        self.replaces = con.execute("SELECT count(*) FROM event WHERE feed = ?", [feed]).fetchall()[0][0] > 0
        if self.replaces:
            con.execute("CREATE OR REPLACE TEMP TABLE arrived AS SELECT * FROM event LIMIT 0")
        self._table = "arrived" if self.replaces else "event"
        self._read = self._pairs = 0
        self._numbered: int | None = None
        self._rejects: list[Reject] = []
        self._touched: list[I32] = []

    def begin(self, items: Any) -> None:
        """Items that are to come in parts, in the order in which they are numbered."""
        self._numbered = self._con.execute("SELECT coalesce(max(code), -1) FROM item").fetchall()[0][0]
        for begin in range(0, len(items), ITEMS_AT_ONCE):
            codes.items(self._con, self._source, items.slice(begin, ITEMS_AT_ONCE), "issue")

    def take(self, log: Log) -> None:
        """All events of some items. Exact repeats become rejects."""
        log = ordered(log)
        given, touched = _coded(self._con, self._source, log, self._naming)
        self._touched.append(touched)
        pair = _numbered(given)
        self._pairs, pair = (
            self._pairs + int(pair.max(initial=-1)) + 1,
            np.where(pair == NONE, NONE, pair + self._pairs),
        )
        given = given._replace(pair=pair.astype(np.int32))
        for begin in range(0, len(log), AT_ONCE):
            end = min(begin + AT_ONCE, len(log))
            _insert(self._con, self._table, self._feed, given, log.line, begin, end, self._read)
        self._read += len(log)
        self._rejects += log.rejects

    def end(self, about: Log) -> tuple[Counts, I32]:
        """What it came to, and the items that changed (codes). `about`: what was said of the whole: rejects, notes."""
        self._rejects += about.rejects
        con, feed = self._con, self._feed
        if self._numbered is not None:
            self._forget_refused(self._numbered)
        changed, new, superseded = self._replaced() if self.replaces else self._first()
        con.execute("DELETE FROM reject WHERE feed = ?", [feed])
        rejects = merged(self._rejects)
        _reject(con, feed, rejects)
        told = [about.origin, json.dumps(list(about.notes)), feed]
        con.execute("UPDATE feed SET origin = ?, notes = ? WHERE code = ?", told)
        rejected = sum(reject.rows for reject in rejects)
        return Counts(new, superseded, rejected, self._read), np.unique(np.concatenate([changed, *self._touched]))

    def _forget_refused(self, numbered: int) -> None:
        """Of some items that got a number behind `numbered`, every row may have been refused."""
        con = self._con
        new: Any = con.execute("SELECT code FROM item WHERE code > ?", [numbered]).fetchnumpy()
        came: Any = con.execute(f"SELECT DISTINCT item FROM {self._table} WHERE item > ?", [numbered]).fetchnumpy()
        refused = np.setdiff1d(new["code"], came["item"], assume_unique=True)
        if len(refused):
            con.execute("DELETE FROM item WHERE list_contains(?, code)", [refused.tolist()])

    def _first(self) -> tuple[I32, int, int]:
        found: Any = self._con.execute("SELECT DISTINCT item FROM event WHERE feed = ?", [self._feed]).fetchnumpy()
        return found["item"], self._read, 0

    def _replaced(self) -> tuple[I32, int, int]:
        con = self._con
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE differs AS SELECT coalesce(a.item, b.item) AS item"
            f" FROM ({_prints(f'(SELECT * FROM event WHERE feed = {int(self._feed)})')}) a"
            f" FULL JOIN ({_prints('arrived')}) b ON a.item = b.item WHERE a.print IS DISTINCT FROM b.print"
        )
        among = "item IN (SELECT item FROM differs)"
        gone = con.execute(f"DELETE FROM event WHERE feed = ? AND {among}", [self._feed]).fetchall()[0][0]
        come = con.execute(f"INSERT INTO event SELECT * FROM arrived WHERE {among}").fetchall()[0][0]
        found: Any = con.execute("SELECT item FROM differs").fetchnumpy()
        con.execute("DROP TABLE differs")
        con.execute("DROP TABLE arrived")
        return found["item"], int(come), int(gone)


def _numbered(events: Columns) -> I32:
    """The intervals numbered item by item, as their events come: however a file's rows lie, and in how many parts."""
    paired = np.flatnonzero(events.pair != NONE)
    found = np.full(len(events.pair), NONE, np.int32)
    if len(paired):
        interval = (events.item[paired].astype(np.int64) << 32) + events.pair[paired]
        _, first, which = np.unique(interval, return_index=True, return_inverse=True)
        number = np.empty(len(first), np.int32)
        number[np.argsort(first)] = np.arange(len(first))
        found[paired] = number[which]
    return found


def _prints(table: str) -> str:
    """SELECT of each item and a print of its events in their order; moving rows about in a file changes none."""
    said = "e.occurred_at, e.kind, e.value, e.field, e.actor, e.track, e.seq - f.seq, e.pair - f.pair"
    return (
        f"SELECT e.item, sum(hash({said})) AS print FROM {table} e"
        f" JOIN (SELECT item, min(seq) AS seq, min(pair) AS pair FROM {table} GROUP BY item) f USING (item)"
        " GROUP BY e.item"
    )


def merged(rejects: Sequence[Reject]) -> list[Reject]:
    """Rejects of all parts: of repeated rows as many as a whole log lists; further ones by reason."""
    more: Counter[str] = Counter()
    listed, repeats = [], 0
    for reject in rejects:
        repeats += reject.place != FURTHER and reject.reason == DUPLICATE
        if reject.place == FURTHER or (reject.reason == DUPLICATE and repeats > MOST_SHOWN):
            more[reject.reason] += reject.rows
        else:
            listed.append(reject)
    return [*listed, *(Reject(FURTHER, reason, f"{n} more") for reason, n in more.items())]


def _coded(con: duckdb.DuckDBPyConnection, source: int, log: Log, naming: Naming) -> tuple[Columns, I32]:
    """The log's codes become the store's; names that people are not to be known by are replaced in attributes, too.

    Besides: items that are touched since somebody in them is another kind of account than was known.
    """
    called = [naming(name, "unknown") for name in log.people]
    persons, touched = codes.people(con, called)
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
    columns = Columns(
        item=numbers[log.item],
        occurred_at=log.at,
        kind=log.kind,
        value=value.astype(np.int32),
        field=nothing if log.field is None else codes.codes(con, "field_name", log.fields)[log.field],
        actor=nothing if log.actor is None else persons[log.actor],
        track=nothing if log.track is None else codes.codes(con, "track_name", log.tracks)[log.track],
        pair=nothing if log.ref is None else log.ref,
    )
    return columns, touched


def _used(con: duckdb.DuckDBPyConnection, table: str, names: Any, used: I32) -> I32:
    """Codes of the names that are used; -1 for the others."""
    found = np.full(len(names) + 1, NONE, np.int32)
    present = np.unique(used[used != NONE])
    found[present] = codes.codes(con, table, [names[code] for code in present.tolist()])[:-1]
    return found


def _insert(
    con: duckdb.DuckDBPyConnection,
    table: str,
    feed: int,
    events: Columns,
    line: I32 | None,
    begin: int,
    end: int,
    before: int,
) -> None:
    """Events begin..end in their order, of which `before` came earlier."""
    part = slice(begin, end)
    columns: dict[str, Any] = {name: column[part] for name, column in events._asdict().items()}
    n = end - begin
    columns["seq"] = np.arange(before + begin, before + end)
    columns["line"] = np.full(n, NONE, np.int32) if line is None else line[part]
    columns |= {"feed": np.full(n, feed, np.int32), "reason": np.full(n, NONE, np.int32), "n": np.zeros(n, np.int32)}
    append(con, table, pa.table({**columns, "ref": pa.nulls(n, pa.string())}))


def _reject(con: duckdb.DuckDBPyConnection, feed: int, rejects: Sequence[Reject]) -> None:
    if not rejects:
        return
    place, reason, body = (pa.array(column, pa.string()) for column in zip(*rejects, strict=True))
    con.register("rows_in", pa.table({"place": place, "reason": reason, "body": body}))
    con.execute(f"INSERT INTO reject SELECT {int(feed)}, place, reason, body FROM rows_in")
    con.unregister("rows_in")
