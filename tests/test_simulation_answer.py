"""A run's answer is visits: every metric and map of the house works on it, and agrees with the run's own sums."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simulation_samples import TANDEM, replay
from valuestream import ValueStream
from valuestream.engine.duck import Engine
from valuestream.simulation.answer import begin_of, recorded, stream_of, to_flow, to_log, without_warm_up
from valuestream.simulation.capacity import Cadence, Pool, hours_of
from valuestream.simulation.duration import exponential, fixed
from valuestream.simulation.engine import Length
from valuestream.simulation.model import Model, Route, Stage
from valuestream.simulation.replicate import simulate
from valuestream.stream import CANCELLED, DONE

LINE = Model(
    "line",
    replay(0.0, 0.0, 1.0),
    (
        Stage("Dev", fixed(2.0), pool="team"),
        Stage("Vendor", fixed(4.0), external=True),
        Stage("Test", fixed(3.0), servers=1, wip=1),
        Stage("Ship", fixed(0.0), servers=9, cadence=Cadence(10.0)),
    ),
    pools=(Pool("team", 2),),
)


def seen(model: Model, *, items: int = 3) -> ValueStream:
    run = recorded(model, length=Length(items))
    return ValueStream(to_log(run), stream_of(model))


def rows(model: Model, key: str, *, items: int = 3) -> list[tuple[object, ...]]:
    with seen(model, items=items) as stream:
        names = stream.flow.stages
        return [
            (names[row["stage"]], *(row[f"{mode}_s"] for mode in ("queue", "work", "blocked", "external")))
            for row in stream.visits().to_pylist()
            if stream.flow.key(row["item"]) == key
        ]


def test_queue_work_blocked_and_external_time_are_told_apart() -> None:
    # item 3: Dev 1..4 (a server is free at 2), Vendor 4..8 and on, since Test has no room until item 2 leaves it at 12
    assert rows(LINE, "S3") == [
        ("Dev", 1.0, 2.0, 0.0, 0.0),
        ("Vendor", 0.0, 0.0, 0.0, 8.0),
        ("Test", 0.0, 3.0, 0.0, 0.0),
        ("Ship", 5.0, 0.0, 0.0, 0.0),
    ]


def test_a_stage_without_work_was_never_started_and_its_release_is_a_batch() -> None:
    with seen(LINE) as stream:
        ship = [row for row in stream.visits().to_pylist() if stream.flow.stages[row["stage"]] == "Ship"]
        assert [row["started"] for row in ship] == [None, None, None]
        batch = next(stage["batch"] for stage in stream.map()["stages"] if stage["name"] == "Ship")
    # item 1 comes to Ship at 9, items 2 and 3 at 12 and 15: releases at 10 and 20
    assert (batch["mean"], batch["largest"]) == (1.5, 2)


def test_a_place_that_a_limit_keeps_is_blocked_time() -> None:
    stages = (Stage("Dev", fixed(2.0), servers=1), Stage("Test", fixed(3.0), servers=1, wip=1))
    assert rows(Model("line", replay(0.0, 0.0), stages), "S2", items=2) == [
        ("Dev", 2.0, 2.0, 1.0, 0.0),
        ("Test", 0.0, 3.0, 0.0, 0.0),
    ]


def test_the_pool_is_the_team_and_removed_steps_are_no_stages() -> None:
    stream = stream_of(LINE.putting(replace(LINE.stage("Test"), removed=True)))
    assert [(stage.name, stage.team, stage.is_external) for stage in stream.stages] == [
        ("Dev", "team", False),
        ("Vendor", None, True),
        ("Ship", None, False),
    ]


def test_the_hours_become_the_streams_calendar() -> None:
    office = hours_of("office", "Mon-Fri 09:00-17:00")
    assert stream_of(replace(LINE, calendars=(office,))).calendar.hours == (((540, 1020),),) * 5 + ((), ())
    assert stream_of(LINE).calendar.hours == ()


def test_what_waited_outside_is_before_the_boundary() -> None:
    model = Model("one at a time", replay(0.0, 0.0), (Stage("Dev", fixed(5.0), servers=1),), wip=1)
    with seen(model, items=2) as stream:
        told = stream.items().to_pylist()
    assert [row["lead_s"] for row in told] == [5.0, 5.0]
    assert [row["delivery_s"] for row in told] == [None, 10.0]


@pytest.fixture(scope="module")
def model() -> Model:
    routes = (*TANDEM.routes, Route("Deploy", "(cancelled)", 0.1), Route("Deploy", "Deploy", 0.1))
    return replace(TANDEM, routes=routes).putting(Stage("Deploy", exponential(1.2), servers=2, batch=3))


def test_metrics_of_the_visits_agree_with_the_sums_of_the_run(model: Model) -> None:
    told = simulate(model, length=Length(800), replications=1, seed=4)
    flow = to_flow(recorded(model, length=Length(800), seed=4))
    with Engine(flow) as engine:
        ((n, lead, work),) = engine.ask("SELECT count(*), avg(lead_s), sum(work_s) FROM items WHERE outcome = 1")
        visits = dict(engine.ask("SELECT stage, count(*) FROM visits WHERE left_at IS NOT NULL GROUP BY stage"))
        ((returned,),) = engine.ask("SELECT avg(returned) FROM visits WHERE stage = 1")
        ((dropped,),) = engine.ask("SELECT count(*) FROM items WHERE outcome = 2")
    assert 800 <= n + dropped < 803  # a batch of three may leave with the last
    assert [n] == told.finished().tolist()
    assert lead == pytest.approx(told.lead()[0], abs=1e-5)
    assert work / (n * lead) == pytest.approx(told.flow_efficiency()[0], rel=1e-5)
    assert returned == pytest.approx(told.stage_returned("Test")[0])
    assert visits[0] == round(told.stage_visits("Dev")[0] * told.span_s[0] / 604_800)


def test_visits_tile_the_lead_time_and_the_ladder_adds_up(model: Model) -> None:
    run = recorded(model, length=Length(800), seed=4)
    with ValueStream(to_log(run), stream_of(model)) as stream:
        document = stream.map()
        items = stream.items().to_pylist()
    ladder = sum(one["per_item_s"]["active"] + one["per_item_s"]["wait"] for one in document["stages"])
    assert ladder == pytest.approx(document["totals"]["lead_time_s"]["mean"], rel=1e-9)
    assert all(row["lead"] == row["queue"] + row["work"] + row["blocked"] for row in items if row["outcome"] == 1)
    assert stream.flow.stages[-2:] == (DONE, CANCELLED)
    assert stream.flow.as_of <= begin_of(run.model) + round(run.end_s * 1e6)


def test_a_run_without_its_warm_up_keeps_what_was_finished_later(model: Model) -> None:
    run = recorded(model, length=Length(200, warm_up=100), seed=4)
    rest = without_warm_up(run)
    finished = rest.items["finished"][rest.items["outcome"] > 0]
    assert 200 <= (finished > run.cut_s).sum() < 203  # a batch of three may leave with the last
    assert finished.min() >= run.cut_s
    assert set(rest.visits["number"]) <= set(rest.items["number"])
    assert np.isin(run.items["number"][run.items["finished"] < 0], rest.items["number"]).all()
