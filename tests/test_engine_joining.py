"""Artefacts in the journeys of items, by links: pull requests, builds and deployments of other sources."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from conftest import CHANGES, days
from valuestream import Stage, ValueStream
from valuestream.engine.building import build
from valuestream.engine.stored import Stored
from valuestream.log.record import Artefact, Event, Item, Link, Translated
from valuestream.log.store import Store
from valuestream.sources.sketch import day, parse
from valuestream.stream import Stream


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(tmp_path / "s.duckdb", sources=("tracker", "host", "builds"))
    made.create("test")
    return made


@pytest.fixture(autouse=True)
def most_touched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small logs are touched wholly at once; here, too, only the touched items are built."""
    monkeypatch.setattr("valuestream.engine.building.MOST_TOUCHED", 1.0)


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


TWO = "I1: todo 1, dev 2, done 9\nI2: todo 1, done 6"
BOTH = (("7", "tracker:I1", 1.0), ("7", "tracker:I2", 1.0))


def effort(stream: ValueStream, *by: str) -> dict[tuple[str | None, ...], float]:
    """Days of work that ended by as_of, by group."""
    return {group: figure.value / 86_400 for group, figure in stream.metric_by("effort", *by).items()}


def test_the_work_on_an_artefact_of_two_items_counts_once_in_totals(store: Store) -> None:
    put(store, "tracker", "issue", TWO)
    put(store, "host", "pull_request", "7: draft 3, in_review 5, merged 8", *BOTH)
    with seen(store) as stream:
        # of I1 a day of dev, then the pull request: 2 d of draft, 3 d of review. It is all that I2 has: done on day 6,
        # of its last 2 d of review beside that. Twice 5 d and 1 d; the pull request once: 6 d
        assert effort(stream) == {(): 6}
        assert effort(stream, "stage") == {("Dev",): 1 + 2, ("Review",): 3}
        found = stream.tables.ask("SELECT sum(work_s + parallel_s) / 86400 FROM visits")
        assert found == [(11,)]


def test_work_that_is_still_going_on_counts_once_too(store: Store) -> None:
    put(store, "tracker", "issue", "I1: todo 1\nI2: todo 1, dev 4")
    put(store, "host", "pull_request", "7: draft 2", *BOTH)
    made, _ = build(store, CHANGES)
    for at, once in ((4, 2), (6, 4)):
        with ValueStream.over(Stored(store, made, CHANGES, as_of=day(at)), CHANGES) as stream:
            # draft from day 2 on, in both journeys; the own dev of I2 is hidden by it, and no effort of its own
            assert stream.tables.ask("SELECT sum(effort_s) / 86400 FROM visits") == [(once,)]


def test_an_item_keeps_more_of_an_artefact_when_another_one_loses_it(store: Store) -> None:
    """Nothing of I2 was touched: its build was I1's, too, by a pull request that I1 no longer has."""
    put(store, "tracker", "issue", "I1: todo 1, done 9\nI2: todo 1, done 9")
    put(store, "host", "pull_request", "7: draft 3, merged 4\n8: draft 3, merged 4", ("8", "tracker:I2", 1.0))
    put(store, "builds", "build", "b: test 5, passed 7", ("b", "host:7", 1.0), ("b", "host:8", 1.0))
    put(store, "links", "issue", "", ("host:7", "tracker:I1", 1.0))
    stream = replace(CHANGES, stages=(*CHANGES.stages[:3], Stage("Test", work=("build:test",)), *CHANGES.stages[4:]))
    with seen(store, stream) as one:
        assert effort(one, "stage")["Test",] == 2
    run = store.begin_run("links", "sync")
    store.translate_again("links", "all", [Translated()], run=run)
    with seen(store, stream) as one:
        # now wholly I2's, and still 2 d
        assert effort(one, "stage")["Test",] == 2
        assert one.tables.ask("SELECT sum(shared) FROM visits") == [(0,)]


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
