"""What a page of a connector says goes into the store: events, items, links, rejects; once, however often it comes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from valuestream.log import codes
from valuestream.log.codes import Naming, Person
from valuestream.log.event import NONE, Kind
from valuestream.log.importing import Counts
from valuestream.log.record import Event, Item, Link, Translated

if TYPE_CHECKING:
    import duckdb

    from valuestream.log.event import I32


def put_translated(
    con: duckdb.DuckDBPyConnection, feed: int, source: int, page: Translated, naming: Naming
) -> tuple[Counts, I32]:
    """Events, items, links and rejects of a page; the items that changed (codes) come back with the counts."""
    import numpy as np

    touched = {*_put_items(con, source, page.items), *_put_links(con, feed, source, page.links)}
    counts, changed = _put_events(con, feed, source, page.events, naming)
    rejected = _put_rejects(con, feed, page)
    return counts._replace(rejected=rejected), np.array(sorted(touched | changed), np.int32)


def _hash(text: str) -> str:
    return blake2b(text.encode(), digest_size=16).hexdigest()


def _put_items(con: duckdb.DuckDBPyConnection, source: int, items: Sequence[Item]) -> set[int]:
    """What items are called; attributes replace earlier ones. Items that were described differently before."""
    known = {item.item: item for item in items}
    if not known:
        return set()
    numbers = codes.items(con, source, list(known), None)[:-1]
    columns = {name: pa.array([getattr(item, name) for item in known.values()], pa.string()) for name in _DESCRIBED}
    con.register("described", pa.table({"code": numbers, **columns}))
    differs = " OR ".join(f"i.{name} IS DISTINCT FROM d.{name}" for name in _DESCRIBED)
    found = con.execute(f"SELECT d.code FROM described d JOIN item i USING (code) WHERE {differs}").fetchall()
    if found:
        sets = ", ".join(f"{name} = d.{name}" for name in _DESCRIBED)
        con.execute(f"UPDATE item SET {sets} FROM described d WHERE item.code = d.code")
    con.unregister("described")
    return {row[0] for row in found} | _put_attributes(con, numbers, list(known.values()))


_DESCRIBED = ("key", "artefact", "title", "url")


def _put_attributes(con: duckdb.DuckDBPyConnection, numbers: I32, items: Sequence[Item]) -> set[int]:
    pairs = [
        (int(n), name, value) for n, item in zip(numbers, items, strict=True) for name, value in item.attributes.items()
    ]
    fields = codes.codes(con, "field_name", [name for _, name, _ in pairs])[:-1]
    words = codes.codes(con, "word", [value for _, _, value in pairs])[:-1]
    now = {(n, int(f), int(w)) for (n, _, _), f, w in zip(pairs, fields, words, strict=True)}
    con.register("described", pa.table({"item": numbers}))
    within = "item IN (SELECT item FROM described)"
    before = set(con.execute(f"SELECT item, field, value FROM attribute WHERE {within}").fetchall())
    if now != before:
        con.execute(f"DELETE FROM attribute WHERE {within}")
        if now:
            con.executemany("INSERT INTO attribute VALUES (?, ?, ?)", sorted(now))
    con.unregister("described")
    return {row[0] for row in now ^ before}


def _put_links(con: duckdb.DuckDBPyConnection, feed: int, source: int, links: Sequence[Link]) -> set[int]:
    """Links that are new, by both their ends as changed items; one seen again says the newer evidence."""
    rows: dict[tuple[int, int, str, str], tuple[float, str]] = {}
    for link in links:
        ends = [_end(con, source, name) for name in (link.start, link.end)]
        rows[ends[0], ends[1], link.type, link.method] = (link.confidence, link.evidence)
    changed: set[int] = set()
    for (start, end, kind, method), (confidence, evidence) in rows.items():
        same = "feed = ? AND start_item = ? AND end_item = ? AND type = ? AND method = ?"
        key = [feed, start, end, kind, method]
        held = con.execute(f"SELECT confidence, evidence FROM link WHERE {same}", key).fetchall()
        if held == [(confidence, evidence)]:
            continue
        con.execute(f"DELETE FROM link WHERE {same}", key)
        con.execute("INSERT INTO link VALUES (?, ?, ?, ?, ?, ?, ?)", [*key, confidence, evidence])
        changed |= {start, end}
    return changed


def _end(con: duckdb.DuckDBPyConnection, source: int, name: str) -> int:
    """The code of one end of a link: an id of the same source, or of another with its name before it."""
    other, colon, rest = name.partition(":")
    if colon:
        found = con.execute("SELECT code FROM source WHERE name = ?", [other]).fetchall()
        if found:
            return int(codes.items(con, found[0][0], [rest], None)[0])
    return int(codes.items(con, source, [name], None)[0])


def _put_events(
    con: duckdb.DuckDBPyConnection, feed: int, source: int, events: Sequence[Event], naming: Naming
) -> tuple[Counts, set[int]]:
    """Events once by (source, ref, kind, field, n); one whose content differs takes the earlier one's place."""
    if not events:
        return Counts(0, 0, 0, 0), set()
    con.register("page", _coded(con, source, events, naming))
    con.execute(
        "CREATE OR REPLACE TEMP TABLE held AS SELECT p.place, p.item AS other, e.rowid AS number, e.item,"
        f" {' AND '.join(f'e.{name} = p.{name}' for name in _CONTENT)} AS same"
        " FROM page p JOIN event e ON e.ref = p.ref AND e.kind = p.kind AND e.field = p.field AND e.n = p.n"
        f" WHERE e.feed IN (SELECT code FROM feed WHERE source = {int(source)})"
    )
    stale = con.execute("SELECT item, other FROM held WHERE NOT same").fetchall()
    con.execute("DELETE FROM event WHERE rowid IN (SELECT number FROM held WHERE NOT same)")
    fresh = "FROM page WHERE place NOT IN (SELECT place FROM held WHERE same)"
    added = con.execute(f"SELECT item {fresh}").fetchall()
    con.execute(
        "INSERT INTO event (item, occurred_at, feed, seq, kind, value, field, actor, track, reason, ref, n, pair, line)"
        f" SELECT item, occurred_at, {int(feed)}, seq, kind, value, field, actor, track, reason, ref, n, -1, -1 {fresh}"
    )
    con.execute("DROP TABLE held")
    con.unregister("page")
    changed = {row[0] for row in added} | {item for row in stale for item in row}
    return Counts(len(added) - len(stale), len(stale), 0, len(events)), changed


_CONTENT = ("item", "occurred_at", "value", "actor", "track", "reason", "seq")


def _coded(con: duckdb.DuckDBPyConnection, source: int, events: Sequence[Event], naming: Naming) -> Any:
    """A page's events as a table in codes of the store; `place` counts its rows."""
    kinds: dict[str, str] = {}
    for event in events:
        if event.kind == Kind.ASSIGN and event.value:
            kinds.setdefault(event.value, "unknown")
        if event.actor and kinds.get(event.actor, "unknown") == "unknown":
            kinds[event.actor] = event.actor_kind
    called: dict[str, Person] = {name: naming(name, kind) for name, kind in kinds.items()}
    person = dict(zip(called, codes.people(con, list(called.values())).tolist(), strict=False))
    hides = {name: one.name for name, one in called.items()}
    values = [hides.get(e.value, e.value) if e.kind == Kind.SET and e.value else e.value for e in events]
    word = _numbered(con, "word", [v for e, v in zip(events, values, strict=True) if e.kind != Kind.ASSIGN])
    field = _numbered(con, "field_name", [e.field for e in events])
    track = _numbered(con, "track_name", [e.track for e in events])
    reason = _numbered(con, "word", [e.reason for e in events])
    ids = list(dict.fromkeys(e.item for e in events))
    item = dict(zip(ids, codes.items(con, source, ids, None).tolist(), strict=False))
    refs = [e.ref or f"#{_content_hash(e)}" for e in events]
    seen: Counter[tuple[str, int, str | None]] = Counter()
    n = []
    for e, ref in zip(events, refs, strict=True):
        n.append(seen[ref, e.kind, e.field])
        seen[ref, e.kind, e.field] += 1
    value = [
        (person if e.kind == Kind.ASSIGN else word).get(v, NONE) if v is not None else NONE
        for e, v in zip(events, values, strict=True)
    ]
    return pa.table(
        {
            "place": pa.array(range(len(events)), pa.int64()),
            "item": pa.array([item[e.item] for e in events], pa.int32()),
            "occurred_at": pa.array([e.occurred_at for e in events], pa.int64()),
            "seq": pa.array([e.seq for e in events], pa.int64()),
            "kind": pa.array([int(e.kind) for e in events], pa.int8()),
            "value": pa.array(value, pa.int32()),
            "field": pa.array([NONE if e.field is None else field[e.field] for e in events], pa.int16()),
            "actor": pa.array([person[e.actor] if e.actor else NONE for e in events], pa.int32()),
            "track": pa.array([NONE if e.track is None else track[e.track] for e in events], pa.int32()),
            "reason": pa.array([NONE if e.reason is None else reason[e.reason] for e in events], pa.int32()),
            "ref": pa.array(refs, pa.string()),
            "n": pa.array(n, pa.int32()),
        }
    )


def _numbered(con: duckdb.DuckDBPyConnection, table: str, names: Sequence[str | None]) -> dict[str, int]:
    known = list(dict.fromkeys(name for name in names if name is not None))
    return dict(zip(known, codes.codes(con, table, known).tolist(), strict=False))


def _content_hash(event: Event) -> str:
    """A name for an event to which the vendor gives none: what it says, without its place among others."""
    told = (event.item, event.occurred_at, int(event.kind), event.value, event.field, event.actor, event.track)
    return _hash(repr((*told, event.reason)))


def _put_rejects(con: duckdb.DuckDBPyConnection, feed: int, page: Translated) -> int:
    """Rejects that the store does not have yet; how many."""
    fresh = 0
    for reject in dict.fromkeys(page.rejects):
        row = [feed, *reject]
        same = "feed = ? AND place = ? AND reason = ? AND body = ?"
        if not con.execute(f"SELECT count(*) FROM reject WHERE {same}", row).fetchall()[0][0]:
            con.execute("INSERT INTO reject VALUES (?, ?, ?, ?)", row)
            fresh += 1
    return fresh
