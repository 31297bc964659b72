"""Artefacts in the journeys of items, by links: pull requests, builds and deployments of other sources."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from conftest import CHANGES, days
from valuestream import ValueStream
from valuestream.engine.building import build
from valuestream.engine.stored import Stored
from valuestream.log.record import Artefact, Event, Item, Link, Translated
from valuestream.log.store import Store
from valuestream.sources.sketch import parse
from valuestream.stream import Stream


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(tmp_path / "s.duckdb", sources=("tracker", "host"))
    made.create("test")
    return made


def put(store: Store, source: str, artefact: Artefact, text: str, *links: tuple[str, str, float]) -> None:
    """A sketch as a page of a tool's."""
    events = [
        Event(e.item, e.at, e.kind, e.value, e.field, e.actor, ref=f"{e.item} {e.kind} {e.value} {n}")
        for n, e in enumerate(parse(text))
    ]
    items = tuple(Item(key, key, artefact) for key in dict.fromkeys(e.item for e in events))
    found = tuple(Link(start, end, "closes", "test", sure, "") for start, end, sure in links)
    run = store.begin_run(source, "sync")
    store.put_page(source, "all", replies=(), translated=Translated(tuple(events), items, found), cursor=None, run=run)


def seen(store: Store, stream: Stream = CHANGES) -> ValueStream:
    made, _ = build(store, stream)
    again, _ = build(store, replace(stream, name="scratch"), whole=True)
    with store.reading() as con:
        for kind in ("visits", "items", "seen"):
            here, there = (
                con.execute(f"SELECT * FROM {one.table(kind)} ORDER BY ALL").fetchall() for one in (made, again)
            )
            assert here == there
    return ValueStream.over(Stored(store, made, stream, as_of=made.last), stream)


def stays(stream: ValueStream, key: str) -> list[str]:
    """The item's visits in words."""
    item = stream.tables.item(key)
    stages = stream.tables.stages
    rows = stream.tables.ask("SELECT stage, entered, left_at FROM visits WHERE item = ? ORDER BY entered", [item])

    return [f"{stages[stage]} {days(entered)}..{days(left)}" for stage, entered, left in rows]


def test_a_pull_request_stands_in_the_journey_of_the_issue_that_it_closes(store: Store) -> None:
    put(store, "tracker", "issue", "I1: todo 1, dev 2, done 9\nI2: todo 1, dev 2")
    put(store, "host", "pull_request", "7: draft 3, in_review 5, merged 8", ("7", "tracker:I1", 1.0))
    with seen(store) as stream:
        # a draft is Dev, a review is Review; after the merge it waits for the stage next entered, which is none
        assert stays(stream, "I1") == ["Dev 1..5", "Review 5..9"]
        assert stays(stream, "I2") == ["Dev 1.."]
        assert len(stream.tables.history(stream.tables.item("I1"))) == 6


def test_a_link_that_is_too_weak_does_not_count_and_its_artefact_is_left_out(store: Store) -> None:
    put(store, "tracker", "issue", "I1: todo 1, dev 2, done 9")
    put(store, "host", "pull_request", "7: draft 3, in_review 5, merged 8", ("7", "tracker:I1", 0.3))
    with seen(store) as stream:
        assert stays(stream, "I1") == ["Dev 1..9"]
        assert stream.tables.left_out == {"an artefact that is linked to no item of the stream": 1}


def test_an_artefact_that_changes_rebuilds_the_items_it_is_linked_to(store: Store) -> None:
    put(store, "tracker", "issue", "I1: todo 1, dev 2, done 9\nI2: todo 1, dev 2, done 9\nI3: todo 1")
    put(store, "host", "pull_request", "7: draft 3", ("7", "tracker:I1", 1.0), ("7", "tracker:I2", 1.0))
    seen(store).close()
    put(store, "host", "pull_request", "7: in_review 5")
    with seen(store) as stream:  # built again by what was touched, equal to all
        assert stays(stream, "I1") == stays(stream, "I2") == ["Dev 1..5", "Review 5..9"]


def test_a_link_that_comes_later_counts_from_the_beginning(store: Store) -> None:
    put(store, "host", "pull_request", "7: draft 3, in_review 5")
    put(store, "tracker", "issue", "I1: todo 1, dev 2, done 9")
    with seen(store) as stream:
        assert stays(stream, "I1") == ["Dev 1..9"]
    put(store, "host", "pull_request", "8: draft 4", ("7", "tracker:I1", 1.0))
    with seen(store) as stream:
        assert stays(stream, "I1") == ["Dev 1..5", "Review 5..9"]


def test_a_link_may_lead_to_a_source_that_comes_later(store: Store) -> None:
    put(store, "host", "pull_request", "7: draft 3, in_review 5", ("7", "tracker:I1", 1.0))
    put(store, "tracker", "issue", "I1: todo 1, dev 2, done 9")
    with seen(store) as stream:
        assert stays(stream, "I1") == ["Dev 1..5", "Review 5..9"]


def test_a_deployment_reaches_an_issue_by_its_pull_request_and_does_not_join_two_issues(store: Store) -> None:
    put(store, "tracker", "issue", "I1: dev 1, done 9\nI2: dev 2, done 9")
    put(store, "host", "pull_request", "7: in_review 3\n8: draft 4", ("7", "tracker:I1", 1.0), ("8", "tracker:I2", 1.0))
    put(store, "host", "deployment", "d: running 6", ("d", "7", 1.0), ("d", "8", 1.0))
    with seen(store) as stream:
        tracks = {key: set(stream.tables.history(stream.tables.item(key)).track.tolist()) for key in ("I1", "I2")}
        # each issue has its own events, its pull request and the deployment of both
        assert {key: len(found) for key, found in tracks.items()} == {"I1": 3, "I2": 3}
        assert len(tracks["I1"] & tracks["I2"]) == 2


def test_what_is_assigned_or_set_at_an_artefact_is_not_the_items(store: Store) -> None:
    put(store, "tracker", "issue", "I1: type=bug 1, todo@ada 1, dev 2, done 9")
    put(store, "host", "pull_request", "7: type=chore 3, in_review@ben 3", ("7", "tracker:I1", 1.0))
    with seen(store) as stream:
        assert stream.tables.ask("SELECT transfers FROM items") == [(0,)]
        assert [stream.tables.words[code] for (code,) in stream.tables.ask("SELECT type FROM items")] == ["bug"]


def test_without_issues_pull_requests_are_the_items(store: Store) -> None:
    put(store, "host", "pull_request", "7: todo 1, dev 2, done 3")
    put(store, "host", "build", "b: running 2", ("b", "7", 1.0))
    with seen(store) as stream:
        assert stays(stream, "7") == ["Dev 1..3"]


def test_a_stream_may_say_which_artefacts_and_sources_it_is_of(store: Store) -> None:
    put(store, "tracker", "issue", "I1: todo 1, done 2")
    put(store, "host", "issue", "H1: todo 1, done 4")
    put(store, "host", "pull_request", "7: todo 1, done 3")
    with seen(store, replace(CHANGES, items={"artefact": ("pull_request",)})) as stream:
        assert stays(stream, "7") == ["Dev 1..3"]
    with seen(store, replace(CHANGES, items={"source": ("host",)})) as stream:
        assert stays(stream, "H1") == ["Dev 1..4"]
        assert stream.tables.ask("SELECT count(*) FROM items") == [(1,)]
