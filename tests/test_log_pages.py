"""Pages of a tool in the store: what is known to be new goes straight in, and the outcome is that of looking it up."""

from __future__ import annotations

import tempfile
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from valuestream.log.event import Kind, Reject
from valuestream.log.heard import Heard
from valuestream.log.memory import MemorySink
from valuestream.log.record import Event, Item, Link, Reply, Translated
from valuestream.log.store import Store


def test_a_name_that_was_heard_is_never_new() -> None:
    heard, chance = Heard(2**16), np.random.default_rng(1)
    names = chance.integers(0, 2**64, 1_400, dtype=np.uint64)
    heard.add(names[:1_000])
    heard.add(names[1_000:])
    assert heard.maybe(names).all()
    # a name for every 46 bits: (1 - e^(-6/46))^6 = 3 in a million
    assert heard.maybe(chance.integers(0, 2**64, 100_000, dtype=np.uint64)).sum() < 10


ITEMS, REFS, WORDS = st.sampled_from("12345"), st.sampled_from(["a", "b", "c", "d", ""]), st.sampled_from("xyz")
EVENTS = st.builds(
    Event,
    ITEMS,
    st.integers(0, 5),
    st.sampled_from([Kind.STATE, Kind.ASSIGN, Kind.SET, Kind.TOUCH, Kind.BLOCK]),
    WORDS,
    st.sampled_from([None, "type"]),
    st.sampled_from([None, "ada", "ben"]),
    st.sampled_from(["unknown", "human", "bot"]),
    st.sampled_from([None, "pull_request"]),
    st.sampled_from([None, "because"]),
    REFS,
    st.integers(0, 2),
)
DESCRIBED = st.builds(Item, ITEMS, WORDS, title=WORDS, attributes=st.dictionaries(WORDS, WORDS, max_size=2))
LINKS = st.builds(Link, ITEMS, ITEMS | st.just("other:9"), WORDS, WORDS, st.sampled_from([0.5, 1.0]), WORDS)
PAGES = st.builds(
    Translated,
    st.lists(EVENTS, max_size=6).map(tuple),
    st.lists(DESCRIBED, max_size=3).map(tuple),
    st.lists(LINKS, max_size=3).map(tuple),
    st.lists(st.builds(Reject, WORDS, WORDS, WORDS), max_size=2).map(tuple),
)


def stored(pages: list[Translated], *, few: int) -> dict[str, list[tuple[object, ...]]]:
    """What pages leave in a store, in words; the first `few` of them look everything up."""
    with tempfile.TemporaryDirectory() as folder, mock.patch("valuestream.log.recall.FEW_PAGES", few):
        store = Store(Path(folder) / "s.duckdb", kept_open=True, sources=["other"])
        store.create("test")
        run, changed = store.begin_run("tool", "sync"), []
        for number, page in enumerate(pages):
            before = _count(store, "change")
            reply = Reply(str(number % 3), str(number))
            counts = store.put_page("tool", "s", replies=[reply], translated=page, cursor=str(number), run=run)
            with store.reading() as con:
                sql = f"SELECT i.id FROM change JOIN item i ON i.code = item ORDER BY change.rowid OFFSET {before}"
                changed.append((counts, sorted(con.execute(sql).fetchall())))
        with store.reading() as con:
            found = {name: con.execute(sql).fetchall() for name, sql in _SQL.items()}
        store.close()
    return {**found, "changed": changed}


_SQL = {
    "events": "SELECT i.id, occurred_at, seq, e.kind, coalesce(w.name, p.name), f.name, a.name, t.name, r.name, ref, n"
    " FROM event e JOIN item i ON i.code = e.item LEFT JOIN word w ON w.code = e.value AND e.kind <> 4"
    " LEFT JOIN person p ON p.code = e.value AND e.kind = 4 LEFT JOIN field_name f ON f.code = e.field"
    " LEFT JOIN person a ON a.code = e.actor LEFT JOIN track_name t ON t.code = e.track"
    " LEFT JOIN word r ON r.code = e.reason ORDER BY ALL",
    "items": "SELECT source, id, key, artefact, title, url FROM item ORDER BY ALL",
    "people": "SELECT name, kind FROM person ORDER BY ALL",
    "attributes": "SELECT i.id, f.name, w.name FROM attribute a JOIN item i ON i.code = a.item JOIN field_name f ON"
    " f.code = a.field JOIN word w ON w.code = a.value ORDER BY ALL",
    "links": "SELECT a.id, b.source, b.id, type, method, confidence, evidence FROM link"
    " JOIN item a ON a.code = start_item JOIN item b ON b.code = end_item ORDER BY ALL",
    "rejects": "SELECT place, reason, body FROM reject ORDER BY ALL",
    "codes": "SELECT count(DISTINCT code) = count(*) FROM item",
}


def _count(store: Store, table: str) -> int:
    with store.reading() as con:
        return int(con.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0])


@settings(max_examples=25, deadline=None)
@given(st.lists(PAGES, min_size=1, max_size=5))
def test_what_is_remembered_from_page_to_page_changes_nothing(pages: list[Translated]) -> None:
    looked_up = stored(pages, few=10)
    assert stored(pages, few=0) == looked_up
    assert stored(pages, few=2) == looked_up
    assert looked_up["codes"] == [(True,)]
    memory = MemorySink()
    for number, page in enumerate(pages):
        memory.put_page("tool", "s", replies=[], translated=page, cursor=str(number), run=0)
    assert len(looked_up["events"]) == len(memory.events)


@pytest.mark.parametrize("few", [0, 10])
def test_an_event_that_moved_to_another_item_leaves_the_first(few: int) -> None:
    """An issue transferred to another project keeps the ids of its events."""
    born = Event("1", 1, Kind.STATE, "open", ref="e1")
    pages = [Translated((born,), (Item("1", "A-1"),)), Translated((born._replace(item="2"),), (Item("2", "B-7"),))]
    found = stored(pages, few=few)
    assert [event[0] for event in found["events"]] == ["2"]
    assert found["changed"][1][1] == [("1",), ("2",)]
