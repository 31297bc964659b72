"""What the event loop does, on streams small enough to follow by hand; and that compiling changes no bit of it."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from simulation_samples import TANDEM, poisson, replay, single, told
from valuestream.errors import ConfigError, Interrupted
from valuestream.simulation.capacity import Background, Cadence, Pool, hours_of
from valuestream.simulation.chance import draw, one
from valuestream.simulation.compile import compiled_plan
from valuestream.simulation.demand import Arrivals, ItemType
from valuestream.simulation.duration import (
    DAY_S,
    HOUR_S,
    WEEK_S,
    Duration,
    empirical,
    exponential,
    fixed,
    gamma,
    lognormal,
)
from valuestream.simulation.engine import Length, fresh_state, run_once
from valuestream.simulation.kernel import loop_for
from valuestream.simulation.loop import run
from valuestream.simulation.model import Model, Route, Stage
from valuestream.simulation.plan import opened
from valuestream.simulation.replicate import simulate
from valuestream.simulation.working import ending, opening, worked

pytestmark = pytest.mark.xdist_group("simulation")  # the loop is compiled once

A, B = Stage("A", fixed(2.0), servers=1), Stage("B", fixed(3.0), servers=1)


def line(*stages: Stage, at: tuple[float, ...] = (0.0, 0.0), **more: Any) -> Model:
    """Stages one after the other, and when items come."""
    return Model("line", replay(*at, types=more.pop("types", ())), stages, **more)


def test_items_queue_for_a_busy_server() -> None:
    assert told(line(A, B)) == [
        "1 A 0 work 2",
        "1 B 2 work 5",
        "2 A 0 wait 2 work 4",
        "2 B 4 wait 5 work 8",
    ]


def test_outsiders_are_never_busy() -> None:
    assert told(line(Stage("A", fixed(2.0), external=True))) == ["1 A 0 work 2", "2 A 0 work 2"]


def test_what_is_open_at_the_horizon_is_told_as_open() -> None:
    assert told(line(A, B), until=4.5) == [
        "1 A 0 work 2",
        "1 B 2 work ..",
        "2 A 0 wait 2 work 4",
        "2 B 4 wait ..",
    ]


def test_a_batch_leaves_when_it_is_full() -> None:
    model = line(replace(A, servers=9, batch=3), at=(0.0, 1.0, 5.0, 6.0))
    assert told(model) == ["1 A 0 work 2 held 7", "2 A 1 work 3 held 7", "3 A 5 work 7", "4 A 6 work 8 held .."]


def test_a_release_takes_everything_that_waits_and_what_is_just_ready() -> None:
    model = line(replace(A, servers=9, cadence=Cadence(10.0, 5.0)), at=(0.0, 1.0, 3.0, 4.0))
    assert told(model) == ["1 A 0 work 2 held 5", "2 A 1 work 3 held 5", "3 A 3 work 5", "4 A 4 work 6 held 15"]


def test_a_release_takes_full_batches_only() -> None:
    model = line(replace(A, servers=9, batch=2, cadence=Cadence(10.0)), at=(0.0, 0.0, 0.0))
    assert told(model) == ["1 A 0 work 2 held 10", "2 A 0 work 2 held 10", "3 A 0 work 2 held .."]


def test_an_automated_way_in_waits_for_no_timer_batch_or_release() -> None:
    later = replace(B, servers=9, timer=fixed(10.0))
    by_hand = line(replace(A, servers=9, cadence=Cadence(10.0, 5.0)), later, at=(0.0,))
    assert told(by_hand) == ["1 A 0 work 2 held 5", "1 B 5 wait 15 work 18"]
    assert told(by_hand.putting(replace(later, automated=True))) == ["1 A 0 work 2", "1 B 2 work 5"]


def test_a_timer_takes_nobodys_time() -> None:
    model = line(replace(A, timer=fixed(10.0)), at=(0.0, 1.0))
    assert told(model) == ["1 A 0 wait 10 work 12", "2 A 1 wait 12 work 14"]


def test_a_removed_step_is_passed_through() -> None:
    model = line(A, replace(B, removed=True), replace(A, name="C"), at=(0.0,))
    assert told(model) == ["1 A 0 work 2", "1 C 2 work 4"]


def test_the_newest_item_first_where_the_order_says_so() -> None:
    model = line(replace(A, order="lifo"), at=(0.0, 0.5, 1.0))
    assert told(model) == ["1 A 0 work 2", "2 A 0.5 wait 4 work 6", "3 A 1 wait 2 work 4"]


TYPES = (ItemType("calm", 0.4, priority=2), ItemType("soon", 0.3, priority=1), ItemType("fire", 0.3, expedite=True))


def _kinds(model: Model, n: int) -> list[str]:
    plan = compiled_plan(model)
    state = run_once(run, plan, fresh_state(plan, logged=True), Length(None, horizon_s=1e6), seed=1, replication=0)
    kinds = dict(zip(state.item["number"][:n].tolist(), state.item["kind"][:n].tolist(), strict=True))
    return [model.arrivals.types[kinds[k]].name for k in range(n)]


def test_expedited_items_first_then_priorities_then_first_come() -> None:
    model = line(replace(A, order="types"), at=(0.0, *15 * (0.5,)), types=TYPES)
    kinds = _kinds(model, 16)
    served = sorted(told(model), key=lambda words: float(words.split()[words.split().index("work") + 1]))
    order = [int(words.split()[0]) - 1 for words in served]
    ranks = [("fire", "soon", "calm").index(kinds[k]) for k in order[1:]]
    assert set(kinds) == {"calm", "soon", "fire"}
    assert order[0] == 0  # in work already: never interrupted
    assert list(zip(ranks, order[1:], strict=True)) == sorted(zip(ranks, order[1:], strict=True))


def test_priorities_count_only_where_the_order_says_so() -> None:
    model = line(A, at=(0.0, *9 * (0.5,)), types=(*TYPES[:2], replace(TYPES[2], expedite=False)))
    assert [int(words.split()[0]) for words in told(model)] == list(range(1, 11))
    assert all(f"work {2 * k + 2}" in words for k, words in enumerate(told(model)))


def test_a_full_stage_keeps_the_item_and_its_server_before_it() -> None:
    model = line(A, replace(B, wip=1), at=(0.0, 0.0, 0.0))
    assert told(model) == [
        "1 A 0 work 2",
        "1 B 2 work 5",
        "2 A 0 wait 2 work 4 stopped 5",
        "2 B 5 work 8",
        "3 A 0 wait 5 work 7 stopped 8",  # the server was kept by item 2 until 5
        "3 B 8 work 11",
    ]


def test_a_pools_server_is_let_go_by_a_stopped_item() -> None:
    first, second = (replace(stage, servers=None, pool="team") for stage in (A, B))
    model = line(first, replace(second, wip=1), at=(0.0, 0.0, 0.0), pools=(Pool("team", 2),))
    assert told(model)[3:] == ["2 B 5 work 8", "3 A 0 wait 2 work 4 stopped 8", "3 B 8 work 11"]


def test_a_return_gets_in_where_the_limit_is_reached() -> None:
    model = line(replace(A, wip=1), replace(B, wip=1), at=(0.0, 0.0), routes=(Route("B", "A", (1.0, 0.0)),))
    assert told(model) == [
        "1 A 0 work 2",
        "1 B 2 work 5",
        "1 A 5 work 7 stopped 8",  # item 2 is still in A at 5
        "1 B 8 work 11",
        "2 A 2 work 4 stopped 5",
        "2 B 5 work 8",
        "2 A 8 work 10 stopped 11",
        "2 B 11 work 14",
    ]


def test_a_limit_on_the_stream_keeps_items_outside_before_their_lead_time() -> None:
    model = line(A, B, at=(0.0, 0.0), wip=1)
    assert told(model) == ["1 A 0 work 2", "1 B 2 work 5", "2 A 5 work 7", "2 B 7 work 10"]
    found = simulate(model, length=Length(items=2), replications=1)
    assert found.lead() == pytest.approx([5.0])
    assert found.outside() == pytest.approx([5 / 10])
    assert found.load() == pytest.approx([1.0])


def test_a_pool_serves_the_oldest_or_what_is_nearest_to_the_end_or_to_the_beginning() -> None:
    stages = (Stage("A", fixed(2.0), pool="team"), Stage("B", fixed(3.0), pool="team"))
    work = {}
    for prefers in ("oldest", "last", "first"):
        model = line(*stages, at=(0.0, 1.0, 1.5), pools=(Pool("team", 1, prefers=prefers),))
        work[prefers] = [words.split()[0] + words.split()[1] for words in sorted(told(model), key=_work_end)]
    assert work["oldest"] == ["1A", "2A", "3A", "1B", "2B", "3B"]
    assert work["last"] == ["1A", "1B", "2A", "2B", "3A", "3B"]
    assert work["first"] == ["1A", "2A", "3A", "1B", "2B", "3B"]


def _work_end(words: str) -> float:
    told_words = words.split()
    return float(told_words[told_words.index("work") + 1])


def test_rework_takes_another_time_and_types_too() -> None:
    model = line(replace(A, rework=0.5), at=(0.0,), routes=(Route("A", "A", (1.0, 0.0)),))
    assert told(model) == ["1 A 0 work 2", "1 A 2 work 3"]
    model = line(A, at=(0.0,), types=(ItemType("large", work=3.0),))
    assert told(model) == ["1 A 0 work 6"]


DAY = hours_of("day", "Mon-Fri 09:00-17:00")


def test_servers_begin_and_continue_work_in_their_hours_only() -> None:
    """An item of 6 h that comes on Monday at 12:00 is done on Tuesday at 10:00; one that comes at night waits."""
    model = line(replace(A, service=fixed(6 * HOUR_S), calendar="day"), at=(12 * HOUR_S, 20 * HOUR_S), calendars=(DAY,))
    assert told(model) == [f"1 A 43200 work {34 * 3600}", f"2 A 72000 wait {34 * 3600} work {40 * 3600}"]


def test_work_ends_at_five_and_not_at_nine_of_the_next_day() -> None:
    model = line(replace(A, service=fixed(8 * HOUR_S), calendar="day"), at=(4 * DAY_S + 9 * HOUR_S,), calendars=(DAY,))
    friday = 4 * DAY_S
    assert told(model) == [f"1 A {friday + 9 * HOUR_S:g} work {friday + 17 * HOUR_S:g}"]


def test_an_item_that_waits_at_night_is_overtaken_by_what_is_newer_in_the_morning() -> None:
    model = line(replace(A, calendar="day", order="lifo"), at=(0.0, 3600.0), calendars=(DAY,))
    assert told(model) == ["1 A 0 wait 32402 work 32404", "2 A 3600 wait 32400 work 32402"]


def test_the_week_is_worked_and_reopened() -> None:
    plan = compiled_plan(line(replace(A, calendar="day"), calendars=(DAY,)))
    week = (plan.hours, plan.slot, plan.cycle, 0)
    assert worked(*week, WEEK_S + 10 * HOUR_S) == 41 * HOUR_S
    assert opening(plan.hours, plan.slot, plan.cycle, 0, 4 * DAY_S + 17 * HOUR_S) == 7 * DAY_S + 9 * HOUR_S
    assert opening(plan.hours, plan.slot, plan.cycle, 0, 9 * HOUR_S) == 9 * HOUR_S
    assert ending(*week, 16 * HOUR_S, 41 * HOUR_S) == WEEK_S + 17 * HOUR_S  # a week of 40 h and one hour more


def test_background_work_keeps_a_pool_busy() -> None:
    pool = Pool("team", 1, background=Background(0.5 * WEEK_S, fixed(1.0), first=True))
    model = Model("b", poisson(0.25), (Stage("A", fixed(1.0), pool="team"),), pools=(pool,))
    found = simulate(model, length=Length(items=500), replications=4)
    assert found.utilisation("team").mean() == pytest.approx(0.75, abs=0.05)
    assert found.finished() == pytest.approx(4 * [500])  # tasks are no items


def test_arrivals_follow_the_hours() -> None:
    office = tuple(1.0 if hour % 24 in (9, 10) else 0.0 for hour in range(168))
    arrivals = Arrivals(per_week=700.0, hours=office, gap="deterministic")
    plan = compiled_plan(Model("a", arrivals, (Stage("A", fixed(0.0), servers=1),)))
    length = Length(None, horizon_s=2 * WEEK_S)
    state = run_once(run, plan, fresh_state(plan, logged=True), length, seed=1, replication=0)
    arrived = state.item["arrived"][: state.facts[0].item_rows]
    assert len(arrived) in (1399, 1400)
    assert (arrived % DAY_S).min() >= 9 * HOUR_S - 0.001
    assert (arrived % DAY_S).max() <= 11 * HOUR_S + 0.001
    assert np.diff(arrived[:40]) == pytest.approx(39 * [14 * HOUR_S / 700])


def test_bursts_come_at_the_same_instant() -> None:
    model = Model("b", replace(poisson(0.1, bursts=((3, 1.0),)), gap="deterministic"), (replace(A, servers=9),))
    assert [words.split()[2] for words in told(model, until=65.0)] == 3 * ["30"] + 3 * ["60"]


# random numbers


@pytest.mark.parametrize(
    "duration",
    [exponential(3.0), lognormal(3.0, 0.7), gamma(3.0, 0.5), gamma(3.0, 1.6), empirical((1.0, 2.0, 6.0)), fixed(3.0)],
    ids=lambda duration: f"{duration.kind} {duration.cv}",
)
def test_durations_have_the_mean_and_spread_that_they_say(duration: Duration) -> None:
    plan = compiled_plan(single(duration, rate=0.1))
    state = fresh_state(plan)
    state.facts[0].seed, state.facts[0].replication = 7, 3
    plan, facts = opened(plan), opened(state).facts[0]
    drawn = np.array([draw(plan, facts, 0, one(7, 3, k, 5, 1, 0), k, 5, 1, 0) for k in range(4000)])
    for found, exact in ((drawn, duration.expected), (drawn**2, duration.expected_square)):
        assert abs(found.mean() - exact) <= 4 * found.std() / np.sqrt(len(found)) + 1e-9


def test_the_same_item_takes_the_same_time_in_every_scenario() -> None:
    """More hands, another order and no batch: whoever is served when, the service times stay with the items."""
    now = Model(
        "now", poisson(0.8), (Stage("A", exponential(1.0), servers=1, batch=3), Stage("B", lognormal(1, 2), servers=1))
    )
    then = now.putting(Stage("A", exponential(1.0), servers=3, order="lifo"))
    services = []
    for model in (now, then):
        plan = compiled_plan(model)
        state = run_once(run, plan, fresh_state(plan, logged=True), Length(300), seed=9, replication=2)
        visits = state.visit[: state.facts[0].visit_rows]
        keys = zip(visits["number"].tolist(), visits["stage"].tolist(), strict=True)
        work = visits["worked"] - visits["started"]
        services.append({key: w for key, w in zip(keys, work.tolist(), strict=True) if w > 0})
    both = services[0].keys() & services[1].keys()
    assert len(both) > 550
    assert [services[0][key] for key in both] == pytest.approx([services[1][key] for key in both])


# compiled and plain, replications, stopping

MIXED = Model(
    "mixed",
    Arrivals(
        per_week=300.0,
        hours=tuple([0.2] * 8 + [1.0] * 10 + [0.1] * 6) * 7,
        bursts=((1, 0.8), (4, 0.2)),
        types=(ItemType("bug", 0.5, 1), ItemType("feature", 0.4, 2, work=1.5), ItemType("outage", 0.1, expedite=True)),
    ),
    (
        Stage("Dev", lognormal(HOUR_S, 1.2), pool="team", wip=12, order="types", rework=0.6),
        Stage("Review", gamma(900.0, 0.8), pool="team", wip=6, timer=exponential(1800.0)),
        Stage("Vendor", empirical((600.0, 7200.0, 90_000.0)), external=True),
        Stage("Test", gamma(1200.0, 1.7), servers=2, calendar="day", order="lifo", batch=3),
        Stage("Ship", fixed(0.0), servers=1, cadence=Cadence(WEEK_S, 3 * DAY_S), batch=2),
    ),
    (
        Route("Review", "Dev", (0.3, 0.1)),
        Route("Review", "Test", 0.6),
        Route("Test", "Dev", 0.1),
        Route("Dev", "(cancelled)", 0.05),
        Route("(start)", "Review", 0.1),
    ),
    (Pool("team", 11, calendar="long", prefers="last", background=Background(60.0, exponential(3600.0))),),
    (DAY, hours_of("long", "Mon-Sat 07:00-19:00")),
    wip=120,
)


@pytest.mark.parametrize(
    ("model", "length"),
    [
        (TANDEM, Length(400, warm_up=50)),
        (MIXED, Length(400, warm_up=50)),
        (MIXED, Length(None, warm_up_s=WEEK_S, horizon_s=4 * WEEK_S)),
        (replace(MIXED, wip=None, pools=(replace(MIXED.pools[0], prefers="oldest"),)), Length(300)),
    ],
    ids=["tandem", "items", "horizon", "oldest"],
)
def test_the_compiled_loop_agrees_with_the_plain_one_to_the_last_bit(
    model: Model, length: Length, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = compiled_plan(model)
    ends = []
    for path in ("plain", "compiled"):
        monkeypatch.setenv("VSM_KERNELS", path)
        state = fresh_state(plan, logged=True, slots=20)  # so few that it has to grow
        ends.append(run_once(loop_for(run, 0), plan, state, length, seed=5, replication=3))
    assert ends[0].facts[0].visit_rows > 100
    for name, plain, compiled in zip(ends[0]._fields, *ends, strict=True):
        assert np.array_equal(plain, compiled), name


def test_a_replication_is_the_same_whoever_runs_it_and_whatever_ran_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VSM_KERNELS", "compiled")
    many = simulate(MIXED, length=Length(200), replications=6, workers=2)
    last = simulate(MIXED, length=Length(200), replications=2, first=4, workers=1)
    assert np.array_equal(many.stages[4:], last.stages)
    assert np.array_equal(many.sketch[4:], last.sketch)
    other = simulate(MIXED, length=Length(200), replications=6, seed=2)
    assert not np.array_equal(many.whole, other.whole)


def test_progress_is_told_and_ends_at_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VSM_KERNELS", "plain")  # which looks up more often
    seen: list[tuple[int, int]] = []
    simulate(TANDEM, length=Length(600), replications=3, progress=lambda done, of_all: seen.append((done, of_all)))
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert len(seen) > 4
    assert seen[-1] == (3000, 3000)


def test_a_run_can_be_stopped() -> None:
    stop = threading.Event()
    with pytest.raises(Interrupted):
        simulate(TANDEM, length=Length(10**9), progress=lambda done, of_all: stop.set(), stop=stop)


def test_memory_does_not_depend_on_the_length_of_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VSM_KERNELS", "compiled")
    plan = compiled_plan(TANDEM)
    state = fresh_state(plan)
    for items in (1_000, 100_000):
        state = run_once(loop_for(run, items), plan, state, Length(items), seed=1, replication=0)
        assert len(state.slot) < 600
        assert len(state.visit) == 0


@pytest.mark.parametrize(
    "length",
    [
        Length(items=None),
        Length(items=0),
        Length(warm_up=-1),
        Length(horizon_s=-1.0),
        Length(warm_up_s=10.0, horizon_s=5.0),
    ],
)
def test_a_length_without_an_end_is_refused(length: Length) -> None:
    with pytest.raises(ConfigError):
        simulate(TANDEM, length=length)


def test_a_batch_that_never_fills_is_noted() -> None:
    found = simulate(line(replace(A, batch=2), at=(0.0, 1.0, 2.0)), length=Length(3), replications=2)
    assert found.finished() == pytest.approx([2.0, 2.0])
    assert found.notes[-1] == "2 of 2 runs ended with items that wait for a batch that never fills."
