"""Builds in the store: what only touches some items gives what building everything gives; what is in memory, too."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from conftest import CHANGES
from test_metrics_selection import same
from valuestream import ValueStream, sketch
from valuestream.calendar import Calendar
from valuestream.engine import bins
from valuestream.engine.building import build
from valuestream.engine.built import Built
from valuestream.engine.stored import Stored
from valuestream.flow.grains import NEVER
from valuestream.log.record import Event, Translated
from valuestream.log.store import Store
from valuestream.metrics.selection import UNKNOWN, bins_of
from valuestream.sources.sketch import parse
from valuestream.stream import Stream
from valuestream.working_hours import parse_hours

STATES = ["idea", "todo", "dev", "review", "reviewing", "asking", "test", "packed", "done", "closed", "odd"]


@st.composite
def events(draw: st.DrawFn) -> str:
    """One event of one of six items, at one of forty-odd minutes: people move things together, again and again."""
    minute = draw(st.integers(0, 44))
    when = f"{minute // 60:02d}:{minute % 60:02d}"
    item = draw(st.sampled_from("ABCDEF"))
    who = draw(st.sampled_from(["ada", "ben"]))
    kind = draw(st.sampled_from(["state", "state", "state", "state", "release", "team", "work", "again", "type"]))
    if kind == "state":
        return f"{item}: {draw(st.sampled_from(STATES))} {when} by {who}"
    if kind == "release":
        return f"{item}: release=r{draw(st.integers(1, 2))} {when}"
    if kind == "team":
        return f"{item}: team={draw(st.sampled_from(['Blue', 'Red']))} {when}"
    if kind == "type":
        return f"{item}: type={draw(st.sampled_from(['bug', 'story']))} {when}"
    if kind == "work":
        return f"{item}: dev({when}..{draw(st.integers(1, 9))}+00:{minute:02d})@{who}"
    return f"{item}: done {30 + minute / 1440:.6f} by {who}, dev {50 + minute / 1440:.6f} by {who}"


law = settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # a store for each step makes shrinking slow
)
Arriving = list[tuple[str, str]]
files = st.lists(events(), min_size=1, max_size=14).map("\n".join)
imports = st.lists(st.tuples(st.sampled_from(["one.csv", "two.csv"]), files), min_size=2, max_size=4)


def rows(store: Store, made: Built) -> dict[str, object]:
    """The rows of a build, whatever their order, the numbers of batches, and what bins were learned from."""
    found: dict[str, object] = {}
    with store.reading() as con:
        found["seen"] = sorted(map(repr, con.execute(f"SELECT * FROM {made.table('seen')}").fetchall()))
        for kind, teams in (("visits", ("team", "item_team")), ("items", ("team",))):
            columns = con.execute(f"SELECT * FROM {made.table(kind)}").fetchnumpy()
            if kind == "visits":
                edges = bins.kept(con, made.table("edges"))
                for of, name in bins.DURATIONS.values():
                    if name in columns and len(columns[name]):
                        took = con.execute(f"SELECT {' + '.join(of)} AS us FROM {made.table(kind)}").fetchnumpy()["us"]
                        known = (columns["started"] != NEVER) | (name[:4] == "wait")
                        assert np.array_equal(columns[name], np.where(known, bins_of(took, edges[name]), UNKNOWN))
                    columns.pop(name, None)
            told = {name: column.tolist() for name, column in columns.items()}
            told |= {name: [named(made, code) for code in told[name]] for name in teams}
            found[kind] = sorted(map(repr, zip(*told.values(), strict=True)))
        together = defaultdict(list)
        rest = f"SELECT batch, team, * EXCLUDE (batch, team) FROM {made.table('batches')}"
        for batch, team, *row in con.execute(rest).fetchall():
            together[batch].append((named(made, team), *row))
    found["batches"] = sorted(map(repr, map(sorted, together.values())))
    found["facts"] = (made.events, made.first, made.last, made.measured, made.left_out)
    return found


def named(made: Built, team: int) -> str:
    return "" if team < 0 else made.teams[team]


STREAMS = [
    replace(CHANGES, teams={"Blue": ("ada",), "Red": ("b*",)}),
    replace(CHANGES, items={"type": ("bug",)}, calendar=Calendar(parse_hours("Mon-Fri 00:00-00:20"))),
    replace(CHANGES, reopen_within_us=60_000_000),
]


@law
@given(imports, st.sampled_from(STREAMS))
def test_building_what_was_touched_gives_what_building_everything_gives(
    arriving: list[tuple[str, str]], stream: Stream
):
    with tempfile.TemporaryDirectory() as folder:
        store = opened(Path(folder))
        try:
            for name, text in arriving:
                store.import_snapshot("t", name, sketch(text))
                again, _ = build(store, stream)
            found = rows(store, again)
            whole, how = build(store, replace(stream, name="from scratch"))
            assert how == "whole"
            assert found == rows(store, whole)
        finally:
            store.close()


def opened(folder: Path) -> Store:
    path = folder / "s.duckdb"
    Store(path).create("test")
    return Store(path, kept_open=True)


@pytest.fixture(autouse=True)
def most_touched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small logs are touched wholly at once; here, too, only the touched items are built."""
    monkeypatch.setattr("valuestream.engine.building.MOST_TOUCHED", 1.0)


@law
@given(imports, st.sampled_from(STREAMS))
def test_a_workspace_gives_the_map_that_its_events_give_in_memory(arriving: Arriving, stream: Stream) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = opened(Path(folder))
        try:
            for name, text in arriving:
                store.import_snapshot("t", name, sketch(text))
                made, _ = build(store, stream)
            log = store.log()
            if made.events:
                with (
                    ValueStream.over(Stored(store, made, stream, as_of=made.last), stream) as one,
                    ValueStream(log, stream, unmapped="exclude") as other,
                ):
                    here, there = one.map(), other.map()
                    for document in (here, there):
                        for finding in document["findings"]:
                            finding["items"].sort()  # which of equals come first is nobody's promise
                        excluded = [e for e in document["excluded"] if "duplicate" not in e["reason"]]
                        document["excluded"] = sorted(excluded, key=lambda one: one["reason"])  # nor of reasons
                    assert same(here, there)  # the last bits of a mean are the order's in which it was summed
                    assert told(one) == told(other)
        finally:
            store.close()


def told(stream: ValueStream) -> list[str]:
    """The visits in words."""
    return sorted(map(repr, stream.table("visits").to_pylist()))


def test_only_what_changed_is_built_and_nothing_where_nothing_did(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store.import_snapshot("t", "a.csv", sketch("A: todo 1, dev 2, done 3\nB: todo 1, dev 2"))
    assert build(store, CHANGES)[1] == "whole"
    assert build(store, CHANGES)[1] == "fresh"
    store.import_snapshot("t", "b.csv", sketch("B: done 9"))
    assert build(store, CHANGES)[1] == "touched"
    assert build(store, CHANGES)[1] == "fresh"
    store.close()


def test_another_definition_builds_everything_and_another_owner_does_not(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store.import_snapshot("t", "a.csv", sketch("A: todo 1, dev 2, done 3"))
    build(store, CHANGES)
    charter = replace(CHANGES, charter=replace(CHANGES.charter, owner="ada"), targets={"bug": "85 % within 3 d"})
    assert build(store, charter)[1] == "fresh"
    assert build(store, replace(CHANGES, calendar=Calendar(zone="Europe/Berlin")))[1] == "whole"
    assert build(store, replace(CHANGES, done=("done", "shipped")))[1] == "whole"
    store.close()


def test_an_account_that_turns_out_to_be_a_bot_touches_its_items_and_no_others(tmp_path: Path) -> None:
    """Merger moved A and owned B, C never knew it; then D comes, and says what merger is."""
    store = opened(tmp_path)
    put = {
        "A: todo 1 by ada, dev 2 by merger, review 09:00 by merger, done 5 by ada": "unknown",
        "B: todo@merger 1 by ada, dev 2 by ada, review 09:02 by ben, done 6 by ada": "unknown",
        "C: todo 1 by ada, dev 2 by ben, review 09:01 by merged, done 4 by ada": "unknown",
        "D: todo 3 by merger": "bot",
    }
    for number, (text, kind) in enumerate(put.items()):
        page = Translated(
            tuple(
                Event(e.item, e.at, e.kind, e.value, actor=e.actor, actor_kind=kind, ref=f"{number}.{k}")  # type: ignore[arg-type]
                for k, e in enumerate(parse(text))
            )
        )
        run = store.begin_run("tool", "sync")
        if kind == "bot":
            made, _ = build(store, CHANGES)
            # of B the owner is known; where nobody owns or touches an item, those who moved it
            assert people_of(store, made) == {"A": 2, "B": 1, "C": 3}
        store.put_page("tool", "all", replies=(), translated=page, cursor=None, run=run)
    with store.reading() as con:
        changed = con.execute(
            "SELECT DISTINCT i.key FROM change c JOIN item i ON i.code = c.item WHERE number > ?", [made.change]
        ).fetchall()
    assert sorted(changed) == [("A",), ("B",), ("D",)]
    again, how = build(store, CHANGES)
    assert how == "touched"
    assert people_of(store, again) == {"A": 1, "B": 2, "C": 3, "D": None}
    found = rows(store, again)
    whole, _ = build(store, replace(CHANGES, name="from scratch"))
    assert found == rows(store, whole)
    store.close()


def people_of(store: Store, made: Built) -> dict[str, int | None]:
    with store.reading() as con:
        sql = f"SELECT i.key, nullif(t.people, -1) FROM {made.table('items')} t JOIN item i ON i.code = t.item"
        return dict(con.execute(sql).fetchall())


def test_one_departure_more_makes_one_batch_of_two_again(tmp_path: Path) -> None:
    """A batch lasts five minutes from its first departure: what comes before shifts all that follow in the chain."""
    store = opened(tmp_path)
    moves = "\n".join(
        f"{item}: dev 00:00, review 09:{minute:02d} by ada" for item, minute in zip("ABC", (4, 8, 12), strict=True)
    )
    store.import_snapshot("t", "a.csv", sketch(moves))
    # from 09:04: A and B; C is 8 minutes after A
    assert batches(store, build(store, CHANGES)[0]) == [["A", "B"], ["C"]]
    store.import_snapshot("t", "b.csv", sketch("D: dev 00:00, review 09:00 by ada"))
    # from 09:00: D and A; then from 09:08 B and C
    assert batches(store, build(store, CHANGES)[0]) == [["A", "D"], ["B", "C"]]
    store.import_snapshot("t", "b.csv", sketch("D: dev 00:00"))
    assert batches(store, build(store, CHANGES)[0]) == [["A", "B"], ["C"]]
    store.close()


def batches(store: Store, made: Built) -> list[list[str]]:
    with store.reading() as con:
        found = con.execute(
            f"SELECT list(i.key ORDER BY i.key) FROM {made.table('batches')} b JOIN item i ON i.code = b.item"
            " GROUP BY batch ORDER BY 1"
        ).fetchall()
    return [row[0] for row in found]


def test_a_reader_in_a_server_goes_on_with_the_tables_that_it_began_with(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store.import_snapshot("t", "a.csv", sketch("A: todo 1, dev 2, done 3"))
    made, _ = build(store, CHANGES)
    with ValueStream.over(Stored(store, made, CHANGES, as_of=made.last), CHANGES) as seen:
        before = seen.tables.ask("SELECT count(*) FROM visits")
        build(store, CHANGES, whole=True)  # drops the tables that are being read
        assert seen.tables.ask("SELECT count(*) FROM visits") == before
    with ValueStream.over(
        Stored(store, made, CHANGES, as_of=made.last), CHANGES
    ) as later:  # knows of the old build only
        assert later.tables.ask("SELECT count(*) FROM visits") == before
    store.close()


def test_visits_lie_in_day_order_again_after_many_were_rebuilt(tmp_path: Path) -> None:
    store = opened(tmp_path)
    text = "\n".join(f"I{n}: dev {n % 25 + 1}, done {n % 25 + 2}" for n in range(60))
    store.import_snapshot("t", "a.csv", sketch(text))
    build(store, CHANGES)
    for n in range(12):
        store.import_snapshot("t", f"{n}.csv", sketch(f"I{n}: dev 40, done 41"))
        made, how = build(store, CHANGES)
        assert how == "touched"
    with store.reading() as con:
        days = [
            row[0] // 86_400_000_000 for row in con.execute(f"SELECT entered FROM {made.table('visits')}").fetchall()
        ]
    late = len(days) - made.replaced
    assert days[:late] == sorted(days[:late])
    assert made.replaced < 12
    store.close()
