"""What a map asks in a few statements is what it would be told if each figure were asked for alone."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from conftest import CHANGES
from valuestream import ValueStream
from valuestream.analysis.asker import Asker, Together
from valuestream.analysis.causes import WAITS
from valuestream.analysis.hours_held import HOUR_US, summed
from valuestream.analysis.map_answers import (
    BATCHED,
    BATCHES,
    COMMITTED,
    ENDED,
    FINISHED,
    LEFT,
    LEFT_WORKING,
    SPENT,
    MapAnswers,
    Spent,
    map_answers,
)
from valuestream.analysis.moves import all_weeks
from valuestream.analysis.visits_read import VisitsRead, visits_of
from valuestream.calendar import Calendar
from valuestream.errors import ConfigError
from valuestream.metrics import flow, time
from valuestream.metrics.metric import Figure, Metric, Spread
from valuestream.metrics.question import condition, of_items, rows_of
from valuestream.sources.demo import demo, demo_stream
from valuestream.sources.shapes import from_table
from valuestream.sources.write import write_events
from valuestream.workspace import Workspace

DAYS = st.dates(min_value=datetime.date(2024, 1, 5), max_value=datetime.date(2024, 10, 4))
VALUES = {
    "team": ("Blue", "Red"),
    "type": ("Feature", "Bug", "Debt", "Risk"),
    "stage": ("Development", "Review", "Approval"),
}
NO_SPREAD = Spread(0, None, None, None, None)


@st.composite
def questions(draw: st.DrawFn) -> dict[str, Any]:
    """A window and filters, some of them with few rows or none."""
    days = sorted(draw(st.lists(DAYS, min_size=2, max_size=2)))
    since, until = (str(day) if draw(st.booleans()) else None for day in days)
    chosen = draw(st.lists(st.sampled_from(sorted(VALUES)), unique=True, max_size=2))
    where = {name: draw(st.lists(st.sampled_from(VALUES[name]), min_size=1, unique=True)) for name in chosen}
    return {"since": since, "until": until, "where": where}


@pytest.fixture(scope="module")
def in_memory() -> Iterator[ValueStream]:
    hours = replace(demo_stream(), calendar=Calendar(zone="Europe/Berlin", hours=(((540, 1020),),) * 5 + ((),) * 2))
    with ValueStream(demo(), hours) as found:
        yield found


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ValueStream]:
    """The demo in a workspace, in rows that lie by team and day, through the stream that it suggests."""
    folder = tmp_path_factory.mktemp("stored")
    write_events(demo(), folder / "demo.csv")
    work = Workspace.init(folder)
    work.import_file(folder / "demo.csv")
    with work.stream() as found:
        yield found
    work.close()


@pytest.mark.parametrize("tables", ["in_memory", "stored"])
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(asked=questions())
@example(asked={"since": None, "until": None, "where": {}})
@example(asked={"since": "2024-04-01", "until": "2024-06-30", "where": {"team": ["Blue"]}})
def test_figures_asked_together_are_those_asked_alone(
    request: pytest.FixtureRequest, tables: str, asked: dict[str, Any]
) -> None:
    whole: ValueStream = request.getfixturevalue(tables)
    seen = whole.asking(**asked)
    hours = bool(seen.stream.calendar.hours)
    try:
        found = map_answers(seen.ask, seen.tables.stages, hours=hours)
    except ConfigError:
        assume(False)
    _same(found.finished, seen.ask, [*FINISHED, time.LEAD_TIME_WORKING] if hours else FINISHED, ())
    _same(found.committed, seen.ask, COMMITTED, ())
    _same(found.left, seen.ask, [*LEFT, *LEFT_WORKING] if hours else LEFT, ("stage",))
    _same(found.batches, seen.ask, BATCHES, ("stage",))
    _same_counts(found, seen.ask, seen.tables.stages)


def _same(found: Together, ask: Asker, metrics: Sequence[Metric], by: Sequence[str]) -> None:
    for metric in metrics:
        alone = ask.figures(metric, by)
        groups = found.groups(metric)
        assert set(groups) == set(alone)
        for group, figure in alone.items():
            _near(found.figure(metric, group), figure)
        if metric.spread:
            spreads = ask.spreads(metric, by)
            for group in {*groups, *spreads}:
                _near(found.spread(metric, group), spreads.get(group, NO_SPREAD))


def _near(one: Figure | Spread, other: Figure | Spread) -> None:
    """Equal but for the last digits of a sum, which depend on the order in which rows were added."""
    for a, b in zip(vars(one).values(), vars(other).values(), strict=True):
        assert a == (pytest.approx(b, rel=1e-9) if isinstance(b, float) else b)


def _same_counts(found: MapAnswers, ask: Asker, names: Sequence[str]) -> None:
    """Ladder, ends and moves, by way of joins and of one statement each."""
    lead = f"{time.LEAD_TIME.of} AND {condition(time.LEAD_TIME, ask.window, ask.filters)}"
    ladder = ask.run(
        "SELECT stage, sum(work), sum(queue + blocked + external), sum(blocked), sum(external) FROM visits_us"
        f" WHERE item IN (SELECT item FROM items WHERE {lead}) GROUP BY stage"
    )
    assert found.ladder == {stage: Spent(*spent) for stage, *spent in ladder}
    left = condition(flow.STAGE_VISITS, ask.window, ask.filters)
    back = ask.run(f"SELECT stage, returned_to, count(*) FROM visits WHERE returned = 1 AND {left} GROUP BY ALL")
    assert _flat(found.moves.returned_to) == {(stage, names[to]): n for stage, to, n in back}
    last = "(SELECT finished FROM items i WHERE i.item = visits.item)"
    gone = ask.run(
        f"SELECT stage, went_to, count(*) FROM visits WHERE way IN (3, 4) AND left_at = {last} AND {left} GROUP BY ALL"
    )
    ends = {(m["from"], m["to"]): m["n"] for m in found.moves.transitions if m["to"] in ("(done)", "(cancelled)")}
    timed = {key for key in ends if key[0] == "(start)"}
    assert {key: n for key, n in ends.items() if key not in timed} == {(names[a], names[b]): n for a, b, n in gone}
    arrivals = ask.figures(flow.STAGE_ARRIVALS, ["stage"])
    weeks = ask.window.weeks[2]
    for (stage,), figure in arrivals.items():
        assert figure.value == (pytest.approx(found.moves.arrived[stage] / weeks) if weeks else None)
    finished = condition(flow.THROUGHPUT, all_weeks(ask), ask.filters)
    types = Counter[Any]()
    for (kind, outcome), (n, _) in found.ended.items():
        types[kind] += n if outcome == 1 else 0
    told = ask.run(f"SELECT type, count(*) FROM items WHERE outcome = 1 AND {finished} GROUP BY type")
    assert +types == {kind: n for kind, n in told if n}
    assert sum(counts["n"] for counts in found.load.values()) == ask.figure(flow.FLOW_LOAD).n


def _flat(returned: Mapping[int, Mapping[str, int]]) -> dict[tuple[int, str], int]:
    return {(stage, to): n for stage, counts in returned.items() for to, n in counts.items()}


@pytest.mark.parametrize("tables", ["in_memory", "stored"])
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(asked=questions())
@example(asked={"since": None, "until": None, "where": {}})
@example(asked={"since": "2024-04-01", "until": "2024-06-30", "where": {"team": ["Blue"]}})
@example(asked={"since": "2024-04-01T10:30:00", "until": "2024-06-30T08:15:00", "where": {"team": ["Blue"]}})
def test_visits_that_are_held_tell_what_the_engine_tells(
    request: pytest.FixtureRequest, tables: str, asked: dict[str, Any]
) -> None:
    whole: ValueStream = request.getfixturevalue(tables)
    seen = whole.asking(**asked)
    hours = bool(seen.stream.calendar.hours)
    try:
        held, engine = visits_of(seen.ask, hours=hours), visits_of(seen.ask, hours=hours, most=0)
    except ConfigError:
        assume(False)
    assert isinstance(held, VisitsRead)
    assert isinstance(engine, VisitsRead) is (seen.ask.run("SELECT count(*) FROM visits_us")[0][0] == 0)
    metrics = [*LEFT, *LEFT_WORKING] if hours else LEFT
    for metric in metrics:
        one, other = (visits.left(metrics).groups(metric) for visits in (held, engine))
        assert one == other
    assert Counter(held.load()) == Counter(engine.load())
    assert [*map(_plain, held.entries())] == [*map(_plain, engine.entries())]
    assert [*held.exits()] == [*engine.exits()]
    stages = range(len(seen.tables.stages))
    for stage in stages:
        for items in ("longest", "there", "often"):
            assert getattr(held, items)(stage) == getattr(engine, items)(stage)
    assert _some(held.slowest(stages)) == engine.slowest(stages)
    pairs = [(stage, to) for stage in stages for to in stages]
    assert _some(held.returned(pairs)) == engine.returned(pairs)
    assert held.old(86_400.0) == engine.old(86_400.0)


@pytest.mark.parametrize("tables", ["in_memory", "stored"])
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(asked=questions())
@example(asked={"since": None, "until": None, "where": {}})
@example(asked={"since": "2024-04-01T10:30:00", "until": "2024-06-30T08:15:00", "where": {"team": ["Blue"]}})
def test_a_map_is_the_same_where_nothing_is_held(
    request: pytest.FixtureRequest, tables: str, asked: dict[str, Any]
) -> None:
    """Of a large log nothing is read for one question only: then the engine answers every part of the map."""
    whole: ValueStream = request.getfixturevalue(tables)
    try:
        held, engine = whole.asking(**asked), whole.asking(**asked)
        engine.__dict__["ask"] = replace(engine.ask, held=lambda what, compute: None)
        one, other = held.map(), engine.map()
    except ConfigError:
        assume(False)
    _alike(one, other, "map")


def _alike(one: Any, other: Any, where: str) -> None:
    """Equal but for the last digits of sums of broken numbers, which depend on the order of rows in the engine, too."""
    if isinstance(one, Mapping):
        assert one.keys() == other.keys(), where
        for name in one:
            _alike(one[name], other[name], f"{where}.{name}")
    elif isinstance(one, list):
        assert len(one) == len(other), where
        for nth, (a, b) in enumerate(zip(one, other, strict=True)):
            _alike(a, b, f"{where}[{nth}]")
    elif isinstance(one, float) and where.endswith((".mean", ".interval[0]", ".interval[1]")):
        assert one == pytest.approx(other, rel=1e-12), where
    else:
        assert one == other, where


def _some(listed: Mapping[tuple[int, ...], Mapping[str, Any]]) -> dict[tuple[int, ...], Mapping[str, Any]]:
    return {key: one for key, one in listed.items() if one["n"]}


def _plain(row: Sequence[Any]) -> tuple[Any, ...]:
    """A row of entries; of the engine, percentiles are a list or null."""
    return tuple(list(one) if isinstance(one, list | tuple) else one for one in row)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(asked=questions())
@example(asked={"since": None, "until": None, "where": {"team": ["Red"]}})
def test_sums_by_the_hour_are_those_of_the_rows(stored: ValueStream, asked: dict[str, Any]) -> None:
    seen = stored.asking(**asked)
    try:
        ask = seen.ask
    except ConfigError:
        assume(False)
    for what, clock, where in (
        (SPENT, "item_finished_stored", of_items(None, ask.filters)),
        (WAITS, "item_finished_stored", of_items(None, ask.filters)),
        (BATCHED, "left_at_stored", rows_of(flow.BATCH_SIZE, ask.filters)),
        (ENDED, "finished_stored", f"finished IS NOT NULL AND {rows_of(flow.THROUGHPUT, ask.filters)}"),
    ):
        assert seen.tables.explained
        keys = ", ".join(what.by)
        rows = ask.run(
            f"SELECT {keys}, {', '.join(what.told.values())} FROM {what.table} WHERE {where}"
            f" AND {clock} >= {ask.window.since} AND {clock} < {ask.window.until} GROUP BY {keys} ORDER BY {keys}"
        )
        found = summed(ask, what, where)
        assert found is not None
        assert [row[: len(what.by)] for row in found] == [row[: len(what.by)] for row in rows]
        for one, other in zip(found, rows, strict=True):
            assert one == pytest.approx(other, rel=1e-12)


def test_a_window_within_an_hour_has_no_sums_by_the_hour(stored: ValueStream) -> None:
    """Its rows are asked for: half an hour at either end would be told with them."""
    seen = stored.asking(since="2024-04-01T10:30:00", until="2024-06-30T08:15:00")
    assert summed(seen.ask, SPENT, of_items(None, ())) is None
    until = seen.window.until
    whole = map_answers(seen.ask, seen.tables.stages, hours=False)
    sums = seen.ask.run(
        f"SELECT stage, sum(work) FROM visits_us WHERE {of_items(seen.window, ())} GROUP BY stage ORDER BY stage"
    )
    assert until % HOUR_US
    assert {stage: spent.work for stage, spent in whole.ladder.items()} == dict(sums)


def test_a_visit_that_goes_on_may_have_spent_more_than_lies_between_all_begins_and_ends():
    """One item, in one stage since a second that is no whole one: two hours of work, and waiting again."""
    rows = {
        "item": ["A", "A"], "state": ["dev", "todo"],
        "time": ["2024-01-01T00:00:00.5Z", "2024-01-01T02:00:00Z"],
    }  # fmt: skip
    with ValueStream(from_table(pa.table(rows), "log"), CHANGES) as seen:
        dev = next(stage for stage in seen.map()["stages"] if stage["name"] == "Dev")
    assert dev["wip"]["queue"] == 1
