"""What is kept of waits and weeks is what a look at all visits finds, after every build and by every way to it."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from command_line import STREAM, vsm
from test_engine_building import STREAMS, Arriving, imports, law, opened
from valuestream import Stream, ValueStream, sketch
from valuestream.analysis import constraint
from valuestream.calendar import local_day, week_begin_us, week_of
from valuestream.engine.building import build
from valuestream.engine.built import known
from valuestream.engine.explaining import explain
from valuestream.engine.stored import Stored
from valuestream.log.store import Store
from valuestream.sources.demo import demo, demo_stream
from valuestream.workspace import Workspace

approx = pytest.approx


def seen(store: Store, stream: Stream, *, fresh: bool = False, **options: object) -> ValueStream:
    """The stream as a server's reader sees it: what is kept must do, nothing is looked for."""
    with store.reading() as con:
        made = known(con, stream.name)
    assert made is not None
    return ValueStream.over(Stored(store, made, stream, as_of=made.last, fresh=fresh), stream, **options)  # type: ignore[arg-type]


@law
@given(imports, st.sampled_from(STREAMS))
def test_what_is_kept_is_what_a_log_in_memory_is_found_to_wait_for(arriving: Arriving, stream: Stream) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = opened(Path(folder))
        try:
            for name, text in arriving:
                store.import_snapshot("t", name, sketch(text))
                made, _ = build(store, stream)
                explain(store, stream)
            with seen(store, stream) as kept, ValueStream(store.log(), stream, unmapped="exclude") as found:
                if made.events:
                    for here, there in zip(kept.map()["stages"], found.map()["stages"], strict=True):
                        assert (here["causes"], here["constraint"]) == (there["causes"], there["constraint"])
        finally:
            store.close()


@pytest.fixture(scope="module")
def demo_store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    store = opened(tmp_path_factory.mktemp("demo"))
    store.import_snapshot("demo", "demo.csv", demo(1, 500))
    build(store, demo_stream())
    explain(store, demo_stream())
    return store


WINDOWS = ({}, {"since": "2024-02-13", "until": "2024-05-05"}, {"until": "2024-03-01"})


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("where", [{}, {"type": "Bug"}, {"stage": "Review"}])
def test_the_demos_causes_are_the_same_kept_and_found(
    demo_store: Store, window: dict[str, str], where: dict[str, str]
) -> None:
    options = {**window, "where": where}
    with (
        seen(demo_store, demo_stream(), **options) as kept,
        ValueStream(demo_store.log(), demo_stream(), unmapped="exclude", **options) as found,  # type: ignore[arg-type]
    ):
        here, there = ([stage["causes"] for stage in one.map()["stages"]] for one in (kept, found))
    assert here == there
    assert sum(map(bool, here)) > 3


@pytest.mark.parametrize("window", WINDOWS)
def test_the_weeks_of_a_stage_are_the_same_kept_and_counted(demo_store: Store, window: dict[str, str]) -> None:
    with seen(demo_store, demo_stream(), **window) as asked:
        ask, zone = asked.ask, demo_stream().calendar.zone
        begin, _, n = ask.window.weeks
        first = int(week_of(local_day(np.array([begin], np.int64), zone))[0])
        edges = np.array([week_begin_us(first + k, zone) for k in range(n + 1)], np.int64)
        assert asked.tables.explained
        kept, counted = constraint._kept(ask, first, n), constraint._counted(ask, edges)
    assert n > 6
    for code, weeks in kept.items():
        for name, here, there in zip(weeks._fields, weeks, counted[code], strict=True):
            assert here.tolist() == there.tolist(), (code, name)


def test_between_a_build_and_its_explanation_only_what_changed_is_unexplained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B came while A was served, and C while B was: then C is moved again."""
    monkeypatch.setattr("valuestream.engine.building.MOST_TOUCHED", 1.0)
    stream = STREAMS[2]
    store = opened(tmp_path)
    text = "A: dev 1, done 5\nB: todo 2, dev 5, done 7\nC: todo 3, dev 7, done 9"
    store.import_snapshot("t", "a.csv", sketch(text))
    build(store, stream)
    with seen(store, stream) as asked:
        assert {stage["causes"] is None for stage in asked.map()["stages"]} == {True}
    explain(store, stream)
    with seen(store, stream) as asked:
        assert _days(asked, "Dev") == {"hands busy": approx((3 + 4) / 3)}  # A, then B: one is served at once
    store.import_snapshot("t", "b.csv", sketch("C: done 10"))
    build(store, stream)
    with seen(store, stream) as asked:
        assert _days(asked, "Dev") == {"hands busy": approx(3 / 3), "unexplained": approx(4 / 3)}
    with seen(store, stream, fresh=True) as asked:  # a command looks for itself, and writes nothing
        assert _days(asked, "Dev") == {"hands busy": approx((3 + 4) / 3)}
    with store.reading() as con:
        made = known(con, stream.name)
    assert made is not None
    assert made.explained < made.change
    explain(store, stream)
    with seen(store, stream) as asked:
        assert _days(asked, "Dev") == {"hands busy": approx((3 + 4) / 3)}
    store.close()


def _days(asked: ValueStream, name: str) -> dict[str, float]:
    stage = next(one for one in asked.map()["stages"] if one["name"] == name)
    assert sum(part["seconds"] for part in stage["causes"]) == approx(stage["per_item_s"]["wait"], rel=1e-12)
    return {part["cause"]: part["seconds"] / 86_400 for part in stage["causes"]}


def test_a_connection_that_rested_sees_what_was_built_meanwhile_and_what_a_field_was(tmp_path: Path) -> None:
    home = tmp_path / "home"
    vsm("init", home)
    (home / "valuestream.yaml").write_text(STREAM, encoding="utf-8")
    opened = Workspace.open(home, kept_open=True)
    opened.store.import_snapshot("t", "a", sketch("A: severity=low 1, todo 1, dev 2, done 3"))
    opened.build()
    name = opened.streams[0]

    def finished(**where: str) -> int:
        with opened.stream(name, where=where, fresh=False) as asked:
            return int(asked.map()["items"]["finished"])

    assert [finished(), finished()] == [1, 1]
    ((_, rested),) = opened._resting._left  # one, which was taken and left again
    rested.give_up()  # as when the store is compacted
    opened.store.import_snapshot("t", "b", sketch("B: severity=high 1, todo 1, dev 2, done 3"))
    assert finished() == 1  # imported, not built
    opened.build(name)
    assert [finished(), finished()] == [2, 2]
    assert [finished(severity="high"), finished(severity="low")] == [1, 1]
    opened.close()
