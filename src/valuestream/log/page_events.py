"""Events of a page: each once by (source, ref, kind, field, n), however often it comes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from valuestream.log.codes import Naming, Person
from valuestream.log.event import NONE, Kind
from valuestream.log.importing import Counts
from valuestream.log.record import Event

if TYPE_CHECKING:
    import duckdb

    from valuestream.log.recall import Recall

_CONTENT = ("item", "occurred_at", "value", "actor", "track", "reason", "seq")
_INTO = "INSERT INTO event (item, occurred_at, feed, seq, kind, value, field, actor, track, reason, ref, n, pair, line)"


def put_events(
    con: duckdb.DuckDBPyConnection,
    feed: int,
    source: int,
    events: Sequence[Event],
    item: Mapping[str, int],
    naming: Naming,
    recall: Recall,
) -> tuple[Counts, set[int]]:
    """Events in the store, and the items that they change. One whose content differs takes the earlier one's place.

    item  the codes of the items they are about
    """
    if not events:
        return Counts(0, 0, 0, 0), set()
    page, touched = _coded(con, events, item, naming, recall)
    con.register("page", page)
    columns = f"SELECT item, occurred_at, {int(feed)}, seq, kind, value, field, actor, track, reason, ref, n, -1, -1"
    if recall.are_new_refs(con, "page"):
        con.execute(f"{_INTO} {columns} FROM page")
        counts, changed = Counts(len(events), 0, 0, len(events)), set(page.column("item").to_pylist())
    else:
        counts, changed = _merged(con, source, columns, len(events))
    recall.know_refs(con, "page")
    con.unregister("page")
    return counts, changed | touched


def _merged(con: duckdb.DuckDBPyConnection, source: int, columns: str, n: int) -> tuple[Counts, set[int]]:
    """The page's events among those that are held."""
    con.execute(
        "CREATE OR REPLACE TEMP TABLE held AS SELECT p.place, p.item AS other, e.rowid AS number, e.item,"
        f" {' AND '.join(f'e.{name} = p.{name}' for name in _CONTENT)} AS same"
        " FROM page p JOIN event e ON e.ref = p.ref AND e.kind = p.kind AND e.field = p.field AND e.n = p.n"
        f" WHERE e.feed IN (SELECT code FROM feed WHERE source = {int(source)})"
    )
    stale = con.execute("SELECT item, other FROM held WHERE NOT same").fetchall()
    if stale:
        con.execute("DELETE FROM event WHERE rowid IN (SELECT number FROM held WHERE NOT same)")
    fresh = "FROM page WHERE place NOT IN (SELECT place FROM held WHERE same)"
    added = con.execute(f"SELECT item {fresh}").fetchall()
    if added:
        con.execute(f"{_INTO} {columns} {fresh}")
    con.execute("DROP TABLE held")
    changed = {row[0] for row in added} | {item for row in stale for item in row}
    return Counts(len(added) - len(stale), len(stale), 0, n), changed


def _coded(
    con: duckdb.DuckDBPyConnection, events: Sequence[Event], item: Mapping[str, int], naming: Naming, recall: Recall
) -> tuple[Any, set[int]]:
    """A page's events as a table in codes of the store; `place` counts its rows. And items that it touches else."""
    called = _called(events, naming)
    person, touched = recall.people(con, called)
    hides = {name: one.name for name, one in called.items()}
    values = [hides.get(e.value, e.value) if e.kind == Kind.SET and e.value else e.value for e in events]
    said = [v for e, v in zip(events, values, strict=True) if e.kind != Kind.ASSIGN and v is not None]
    word = recall.codes(con, "word", [*said, *(e.reason for e in events if e.reason is not None)])
    field = recall.codes(con, "field_name", (e.field for e in events if e.field is not None))
    track = recall.codes(con, "track_name", (e.track for e in events if e.track is not None))
    refs = [e.ref or f"#{_content_hash(e)}" for e in events]
    value = [
        NONE if v is None else (person if e.kind == Kind.ASSIGN else word).get(v, NONE)
        for e, v in zip(events, values, strict=True)
    ]
    table = pa.table(
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
            "reason": pa.array([NONE if e.reason is None else word[e.reason] for e in events], pa.int32()),
            "ref": pa.array(refs, pa.string()),
            "n": pa.array(_repeats(events, refs), pa.int32()),
        }
    )
    return table, touched


def _called(events: Sequence[Event], naming: Naming) -> dict[str, Person]:
    """How everybody who acts or is assigned is called in the store; the first kind that is said counts."""
    kinds: dict[str, str] = {}
    for event in events:
        if event.kind == Kind.ASSIGN and event.value:
            kinds.setdefault(event.value, "unknown")
        if event.actor and kinds.get(event.actor, "unknown") == "unknown":
            kinds[event.actor] = event.actor_kind
    return {name: naming(name, kind) for name, kind in kinds.items()}


def _repeats(events: Sequence[Event], refs: Sequence[str]) -> list[int]:
    """The how-manieth event of its ref, kind and field each is."""
    seen: Counter[tuple[str, int, str | None]] = Counter()
    n = []
    for event, ref in zip(events, refs, strict=True):
        same = (ref, int(event.kind), event.field)
        n.append(seen[same])
        seen[same] += 1
    return n


def _content_hash(event: Event) -> str:
    """A name for an event to which the vendor gives none: what it says, without its place among others."""
    told = (event.item, event.occurred_at, int(event.kind), event.value, event.field, event.actor, event.track)
    return blake2b(repr((*told, event.reason)).encode(), digest_size=16).hexdigest()
