"""What a fitted model says of itself, of a change, and of which change pays most."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from valuestream import ValueStream
from valuestream.simulation.answer import recorded, stream_of, to_log
from valuestream.simulation.capacity import Cadence
from valuestream.simulation.demand import Arrivals
from valuestream.simulation.distances import distance, distances, naive, sample
from valuestream.simulation.document import levers, simulation
from valuestream.simulation.duration import DAY_S, HOUR_S, WEEK_S, exponential, fixed
from valuestream.simulation.engine import Length
from valuestream.simulation.levers import capacity, constraint, unbatched
from valuestream.simulation.levers import levers as levers_of
from valuestream.simulation.model import Model, Route, Stage
from valuestream.simulation.runs import Columns, _noted, interval
from valuestream.simulation.scenario import scenario_of
from valuestream.simulation.simulator import Simulator, by_hand, from_log
from valuestream.simulation.trust import Agreement, StageWait, doubts
from valuestream.what_if import future_map, observed

QUEUES = Model(
    "queues",
    Arrivals(per_week=117.6),  # loads of .7 and .35
    (Stage("Dev", exponential(HOUR_S), servers=1), Stage("Test", exponential(0.5 * HOUR_S), servers=1)),
    (Route("Test", "(cancelled)", 0.02),),
)


@pytest.fixture(scope="module")
def simulator() -> Simulator:
    run = recorded(QUEUES, length=Length(2500, warm_up=50), seed=1)
    with ValueStream(to_log(run), stream_of(QUEUES)) as stream:
        return from_log(observed(stream))


def test_a_fitted_model_reproduces_what_it_was_fitted_to(simulator: Simulator) -> None:
    found = simulator.trust
    assert found is not None
    assert found.now.off == pytest.approx(0.0, abs=0.15)
    assert found.ranks
    assert found.unexplained is not None
    assert found.unexplained < 0.05


def test_it_is_nearer_than_a_model_that_knows_means_only(simulator: Simulator) -> None:
    found = simulator.trust
    assert found is not None
    near, far = found.now.distances, found.now.naive
    assert near["lead_time_s"] is not None
    assert far["lead_time_s"] is not None
    assert near["lead_time_s"] < far["lead_time_s"] * 1.5
    assert found.held_out is not None
    assert found.held_out.n > 500


def test_the_effect_of_a_change_lies_in_its_interval(simulator: Simulator) -> None:
    """M/M/2 instead of M/M/1 at a load of .7: 1/(1 - .35^2) hours instead of 1/.3."""
    now, then = simulator.compare([scenario_of(["Dev.servers=2"])])
    effect = then.against(now, "lead_mean_s")
    assert effect.low is not None
    assert effect.high is not None
    assert effect.low < (1 / 0.8775 - 1 / 0.3) * HOUR_S < effect.high
    assert effect.high < 0


def test_the_quick_answer_is_wider_and_of_one_model(simulator: Simulator) -> None:
    quick = simulator.compare([], quick=True)[0]
    assert not quick.refitted
    assert len(quick.whole) == 4


def test_the_constraint_is_confirmed_where_more_capacity_pays_most(simulator: Simulator) -> None:
    document = levers(simulator)
    limit = document["constraint"]
    assert limit["candidate"] == "Dev"
    assert limit["verdict"] == "confirmed"
    assert document["ranking"][0]["place"] == "Dev"
    assert document["one_by_one_s"] is None  # nothing is batched


def test_a_stage_that_is_asked_for_most_is_refuted_where_more_elsewhere_pays_more() -> None:
    """Nine servers at .9 hardly wait; one at .8 does."""
    model = Model(
        "refuted",
        Arrivals(per_week=134.4),
        (Stage("Many", exponential(10.125 * HOUR_S), servers=9), Stage("One", exponential(HOUR_S), servers=1)),
    )
    now = Columns(("Many", "One"), np.full((5, 7), 100.0), np.zeros((5, 2, 6)), True, ())
    many, one = (replace(now, whole=now.whole - np.arange(5)[:, None] - by) for by in (1.0, 20.0))
    found = constraint(model, now, {"Many": many, "One": one})
    assert found is not None
    assert (found.candidate, found.verdict, found.instead) == ("Many", "refuted", "One")
    close = constraint(
        model, now, {"Many": many, "One": replace(now, whole=many.whole + np.array([[-9, 9, -9, 9, -1]]).T)}
    )
    assert close is not None
    assert close.verdict == "open"


def test_every_place_has_its_standard_relief() -> None:
    model = Model(
        "all",
        Arrivals(per_week=10.0),
        (
            Stage("Dev", exponential(HOUR_S), servers=1, timer=fixed(DAY_S)),
            Stage("Vendor", fixed(DAY_S), external=True),
            Stage("Board", exponential(HOUR_S), servers=1, gate=Cadence(WEEK_S)),
            Stage("Ship", fixed(0.0), servers=1, cadence=Cadence(WEEK_S), batch=3),
        ),
        (Route("Board", "Dev", 0.2),),
    )
    found = [(lever.place, lever.kind) for lever in levers_of(model, lead_s=10 * DAY_S)]
    assert found == [
        ("Dev", "servers"), ("Dev", "service"), ("Dev", "timer"), ("Vendor", "outside"), ("Board", "servers"),
        ("Board", "service"), ("Board", "returns"), ("Board", "gate"), ("Ship", "cadence"), ("Ship", "batch"),
    ]  # fmt: skip
    alone = unbatched(model)
    assert alone is not None
    assert [str(change) for change in alone.changes] == ["Board.gate=none", "Ship.batch=1", "Ship.cadence=none"]
    assert set(capacity(model)) == {"Dev", "Board"}


# doubts


def _agreement(simulated: float, measured: float) -> Agreement:
    return Agreement(simulated, 0.95 * simulated, 1.05 * simulated, measured, None, None, {}, {}, {}, 100)


STAGES = (StageWait("Review", 9.0, 1.0, 0.3), StageWait("Dev", 1.0, 1.0, 0.0))


@pytest.mark.parametrize(
    ("now", "held_out", "unexplained", "says"),
    [
        (_agreement(1.14, 1.0), None, 0.29, None),
        (_agreement(1.16, 1.0), None, 0.0, "+16% off what was measured. Most of it is at Review."),
        (_agreement(0.84, 1.0), None, 0.0, "-16% off"),
        (_agreement(1.0, 1.0), _agreement(2.0, 1.0), 0.0, "+100% off in the rest"),
        (_agreement(1.0, 1.0), replace(_agreement(2.0, 1.0), low_s=0.5), 0.0, None),  # such stretches are usual
        (_agreement(1.0, 1.0), None, 0.31, "31% of the waiting has no cause"),
    ],
)
def test_a_model_that_is_off_ranks_nothing_and_says_where(now, held_out, unexplained, says) -> None:
    found = doubts(now, held_out, unexplained, STAGES)
    assert (found == ()) if says is None else (says in found[0])


def test_without_trust_there_is_no_ranking(simulator: Simulator) -> None:
    assert simulator.trust is not None
    doubted = replace(simulator, trust=replace(simulator.trust, doubts=("It is off.",)))
    document = levers(doubted)
    assert document["ranking"] is None
    assert document["constraint"] is None
    assert document["trust"]["doubts"] == ["It is off."]


# distances and intervals by hand


def test_a_distance_is_how_far_a_sample_must_be_moved() -> None:
    assert distance(np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 6.0])) == pytest.approx(1.0)
    assert distance(np.array([1.0]), np.array([1.0, 3.0])) == pytest.approx(1.0)
    assert distance(np.array([]), np.array([1.0])) is None


def test_a_sample_counts_whole_weeks_and_daily_load() -> None:
    committed = np.array([0.5, 1.0, 8.0, 9.0]) * DAY_S
    finished = np.array([2.5, 9.5, np.nan, 10.0]) * DAY_S
    found = sample(committed, finished, begin=0.0, end=15 * DAY_S)
    assert found.arrivals.tolist() == [2, 2]
    assert found.throughput.tolist() == [1, 2]
    assert found.lead.tolist() == [2 * DAY_S, 8.5 * DAY_S, DAY_S]
    # at midnight of days 0..13: none, two after day 0, one from day 3, two from 8, three on 9, one from 10
    assert found.load.tolist() == [0, 2, 2, 1, 1, 1, 1, 1, 2, 3, 1, 1, 1, 1]


def test_a_naive_model_knows_the_means() -> None:
    lead = np.full(400, 3 * DAY_S)
    seen = sample(np.arange(400) * DAY_S / 8, np.arange(400) * DAY_S / 8 + lead, begin=0.0, end=50 * DAY_S)
    found = naive(seen, seed=1)
    assert found.lead.mean() == pytest.approx(3 * DAY_S, rel=0.2)
    assert found.arrivals.mean() == pytest.approx(56, rel=0.15)
    gap = distances(found, seen)["lead_time_s"]
    assert gap is not None
    assert gap > DAY_S


def test_an_interval_is_of_the_mean_of_runs_or_of_one_model_among_many() -> None:
    values = np.array([1.0, 2.0, 3.0, 4.0, 5.0])  # sd 1.5811, t(4) 2.776
    assert interval(values, spread=True).high == pytest.approx(3 + 2.776 * 1.5811, abs=0.02)
    assert interval(values, spread=False).high == pytest.approx(3 + 2.776 * 0.7071, abs=0.02)
    assert interval(values[:1], spread=True).told() == {"value": 1.0, "low": None, "high": None}
    assert interval(np.array([np.nan]), spread=True).value is None


def test_what_is_so_in_some_refits_only_is_said_with_their_number() -> None:
    told = [("full",), ("full", "odd"), ("full",)]
    assert _noted(told, refitted=True) == ["full", "In 1 of 3 models of resampled logs: odd"]
    assert _noted(told, refitted=False) == ["full", "odd"]


def test_the_interval_of_effects_that_differ_by_factors_is_one_of_factors() -> None:
    """Half of the models say 1, half say 4: logarithms with sd .7307, times t(9) 2.262: a factor of 5.22."""
    halves = np.array([1.0, 4.0] * 5)
    for sign in (1.0, -1.0):
        found = interval(sign * halves, spread=True)
        assert found.value == sign * 2.5
        assert sorted((abs(found.low), abs(found.high))) == pytest.approx([2.5 / 5.22, 2.5 * 5.22], rel=0.01)  # type: ignore[arg-type]
        assert found.low < found.high  # type: ignore[operator]


def test_the_interval_of_effects_of_both_signs_holds_nothing() -> None:
    found = interval(np.array([-1.0, 4.0] * 5), spread=True)  # sd 2.635
    assert (found.low, found.high) == pytest.approx((1.5 - 2.262 * 2.635, 1.5 + 2.262 * 2.635), rel=0.01)


def test_one_model_in_which_a_change_does_next_to_nothing_does_not_rule_the_interval() -> None:
    """Nine say 1, one says 1e-9, a twentieth of the mean .9: ln .045 = -3.101, sd .9807, a factor of 9.2."""
    found = interval(np.array([1.0] * 9 + [1e-9]), spread=True)
    assert found.high == pytest.approx(0.9 * 9.2, rel=0.01)


# answers


def test_a_future_is_a_map_like_a_measured_one() -> None:
    made = by_hand(QUEUES)
    now, then = future_map(made), future_map(made, scenario_of(["Dev.servers=2"], "a second pair of hands"))
    assert now["schema"] == then["schema"] == "vsm.map/1"
    assert then["simulated"]["scenario"] == "a second pair of hands"
    assert [stage["name"] for stage in then["stages"]] == ["Dev", "Test"]
    assert then["totals"]["lead_time_s"]["mean"] < now["totals"]["lead_time_s"]["mean"]


def test_a_load_of_one_is_named_and_answered_for_the_time_simulated() -> None:
    document = simulation(by_hand(QUEUES), [scenario_of(["demand=+50%"])], quick=True)
    scenario = document["scenarios"][0]
    assert scenario["loads"]["Dev"] == pytest.approx(1.05)
    assert "The stage 'Dev' is asked for 105% of its capacity" in scenario["notes"][0]
    assert scenario["then"]["lead_mean_s"]["value"] > document["now"]["lead_mean_s"]["value"]
