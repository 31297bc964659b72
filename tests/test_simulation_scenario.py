"""Changes to a model, written as text; declared stages; gates."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simulation_samples import replay, told
from valuestream.calendar import Calendar
from valuestream.errors import ConfigError, UnknownName
from valuestream.simulation.capacity import Cadence, Pool
from valuestream.simulation.declared import declared_model
from valuestream.simulation.demand import Arrivals, ItemType
from valuestream.simulation.duration import DAY_S, HOUR_S, WEEK_S, exponential, fixed, lognormal
from valuestream.simulation.engine import Length
from valuestream.simulation.model import Model, Route, Stage
from valuestream.simulation.outcome import estimate
from valuestream.simulation.replicate import simulate
from valuestream.simulation.routing import chances
from valuestream.simulation.scenario import Scenario, scenario_of, scenarios_from, scenarios_to
from valuestream.stream import Charter, Declared, Stream
from valuestream.stream import Length as Said
from valuestream.stream import Stage as StreamStage
from valuestream.working_hours import parse_hours

NOW = Model(
    "now",
    Arrivals(per_week=50.0, types=(ItemType("Bug", 0.4), ItemType("Feature", 0.6))),
    (
        Stage("Dev", lognormal(4 * HOUR_S, 1.0), pool="team"),
        Stage("Review (Blue)", exponential(HOUR_S), servers=2, part_of="Review", team="Blue"),
        Stage("Review (Red)", exponential(HOUR_S), servers=3, part_of="Review", team="Red"),
        Stage("Release", fixed(0.0), servers=1, batch=5, cadence=Cadence(WEEK_S, 82 * HOUR_S)),
    ),
    (
        Route("Dev", "Review (Red)", 0.5),
        Route("Review (Blue)", "Dev", (0.2, 0.1)),
        Route("Review (Blue)", "Release", 0.7),
        Route("Review (Red)", "Dev", 0.1),
    ),
    (Pool("team", 4),),
)


def then(*changes: str) -> Model:
    return scenario_of(changes).applied(NOW)


def test_numbers_are_absolute_or_relative() -> None:
    assert then("team.servers=6").pools[0].servers == 6
    assert then("Dev.servers=+1").pools[0].servers == 5  # the people of a stage are its pool
    assert then("demand=+10%").arrivals.per_week == pytest.approx(55)
    assert then("demand=x2").arrivals.per_week == 100
    assert then("Dev.service=-20%").stage("Dev").service == lognormal(3.2 * HOUR_S, 1.0)
    assert then("Dev.service=2 h").stage("Dev").service.expected == pytest.approx(2 * HOUR_S)
    assert then("wip=30").wip == 30
    assert then("Dev.wip=7").stage("Dev").wip == 7


def test_a_stage_of_the_map_is_changed_for_each_team() -> None:
    assert [stage.servers for stage in then("Review.servers=+1").stages[1:3]] == [3, 4]
    assert [stage.servers for stage in then("Review (Red).servers=+1").stages[1:3]] == [2, 4]


def test_returns_are_scaled_together_and_what_no_longer_comes_back_goes_on_as_the_rest_does() -> None:
    """
    Of ten items Blue's review sends two back, seven to the release and one elsewhere. Where it sends one back, nine
    go on, seven eighths of them to the release; on later passes one and nine, then a half and nine and a half.
    """
    routes = then("Review.returns=-50%").routes
    assert routes[1].chance == pytest.approx((0.1, 0.05))
    assert routes[3].chance == pytest.approx(0.05)
    assert routes[2].chance == pytest.approx((0.9 * 7 / 8, 0.95 * 7 / 9))
    assert routes[0] == NOW.routes[0]


def test_fewer_returns_send_no_item_to_another_teams_part_of_the_stage() -> None:
    """Blue's next stage on the map is Red's review, which Blue's items never go to."""
    model = replace(
        NOW,
        routes=(
            Route("Dev", "Review (Red)", 0.5),
            Route("Review (Blue)", "Dev", 0.2),
            Route("Review (Blue)", "Release", 0.8),
        ),
    )
    for change in ("Review (Blue).returns=0", "Review (Blue).returns=-50%", "Review (Blue).returns=x2"):
        moves = chances(scenario_of([change]).applied(model))
        assert moves[0, 1, 2] == pytest.approx(0.0)


def test_where_everything_comes_back_on_a_pass_what_does_no_longer_goes_to_the_next_stage() -> None:
    model = replace(NOW, routes=(Route("Dev", "Review (Red)", 0.5), Route("Review (Red)", "Dev", (1.0, 0.5))))
    moves = chances(scenario_of(["Review (Red).returns=-50%"]).applied(model))
    assert moves[:, 2, 0].tolist() == [0.5, 0.25]
    assert moves[:, 2, 3].tolist() == [0.5, 0.75]


def test_a_share_is_what_it_says_and_the_others_share_the_rest() -> None:
    three = (ItemType("Bug", 0.4), ItemType("Feature", 0.5), ItemType("Debt", 0.1))
    model = replace(NOW, arrivals=replace(NOW.arrivals, types=three))
    shares = [kind.share for kind in scenario_of(["Bug.share=70%"]).applied(model).arrivals.types]
    assert shares == pytest.approx([0.7, 0.25, 0.05])


def test_priorities_may_be_below_nothing() -> None:
    assert then("Bug.priority=-1").arrivals.types[0].priority == -1
    assert then("Bug.priority=3", "Bug.priority=+1").arrivals.types[0].priority == 4


def test_batches_releases_gates_and_steps() -> None:
    assert then("Release.batch=1").stage("Release").batch == 1
    assert then("Release.cadence=1 d").stage("Release").cadence == Cadence(DAY_S, 10 * HOUR_S)
    assert then("Release.cadence=none").stage("Release").cadence is None
    assert then("Release.gate=1 w").stage("Release").gate == Cadence(WEEK_S, 0.0)
    assert then("Release.automated=true").stage("Release").automated
    assert then("Release.removed=yes").stage("Release").removed
    assert then("Dev.timer=3 h").stage("Dev").timer == fixed(3 * HOUR_S)
    assert then("Dev.calendar=Mon-Fri 09:00-17:00").pools[0].calendar == "Mon-Fri 09:00-17:00"
    assert then("Bug.expedite=true").arrivals.types[0].expedite
    assert then("Bug.priority=2", "Dev.order=types").stage("Dev").order == "types"


def test_scenarios_are_composed_and_survive_their_file() -> None:
    one = Scenario("hands", scenario_of(["team.servers=+1"]).changes, "we may hire")
    both = one.then(scenario_of(["demand=+20%"], "growth"))
    assert both.name == "hands, growth"
    assert both.applied(NOW).pools[0].servers == 5
    assert both.applied(NOW).arrivals.per_week == pytest.approx(60)
    assert scenarios_from(scenarios_to((one, both))) == (one, both)


@pytest.mark.parametrize(
    ("change", "error", "says"),
    [
        ("Deploy.servers=1", UnknownName, "nothing is called 'Deploy'"),
        ("Dev.speed=1", UnknownName, "the key 'speed'"),
        ("speed=1", UnknownName, "the key 'speed'"),
        ("Dev.servers=many", ConfigError, "'many' is no number"),
        ("Dev.wip=+1", ConfigError, "there is no wip to change"),
        ("Dev.timer=-50%", ConfigError, "there is no timer to change"),
        ("Dev.returns=-50%", ConfigError, "'Dev' sends nothing back"),
        ("Dev.automated=perhaps", ConfigError, "neither true nor false"),
        ("Dev.order=random", ConfigError, "stages[0].order"),
        ("Review.returns=3", ConfigError, "20% go back now"),
        ("Dev.service=-150%", ConfigError, "takes away more than there is"),
        ("Dev.servers=-9", ConfigError, "takes away more than there is (4)"),
        ("Bug.share=150%", ConfigError, "150% cannot be"),
        ("Dev.calendar=Noday", ConfigError, "Dev.calendar=Noday: Working hours 'Noday': cannot read 'Noday'"),
        ("Bug.priority=high", ConfigError, "'high' is no priority"),
        ("Dev", ConfigError, "is no change"),
    ],
)
def test_what_cannot_be_changed_says_why(change: str, error: type[Exception], says: str) -> None:
    with pytest.raises(error) as found:
        then(change)
    assert says in str(found.value)


# a gate


def test_what_came_before_the_gate_opened_is_begun_when_it_opens_in_order() -> None:
    """A board meets every 10 s from 5 on; each case takes 2."""
    stage = Stage("Board", fixed(2.0), servers=1, gate=Cadence(10.0, 5.0))
    model = Model("g", replay(0.0, 1.0, 5.0, 6.0), (stage,))
    assert told(model) == [
        "1 Board 0 wait 5 work 7",
        "2 Board 1 wait 7 work 9",
        "3 Board 5 wait 9 work 11",
        "4 Board 6 wait 15 work 17",
    ]


def test_an_automated_way_in_waits_for_no_gate() -> None:
    stage = Stage("Board", fixed(2.0), servers=1, gate=Cadence(10.0, 5.0), automated=True)
    assert told(Model("g", replay(0.0), (stage,))) == ["1 Board 0 work 2"]


def test_a_gate_holds_items_half_its_period() -> None:
    stage = Stage("Board", fixed(0.0), servers=1, gate=Cadence(100.0))
    found = simulate(Model("g", Arrivals(per_week=WEEK_S), (stage,)), length=Length(2000), replications=30)
    held = estimate(found.stage_queue("Board"))
    assert held.se is not None
    assert abs(held.mean - 50.0) < 4 * held.se


# declared stages


def _declared(said: Declared) -> Stream:
    first = StreamStage("Write", declared=Declared(process=_likely(3600.0, 3600.0, 3600.0)))
    second = StreamStage("Sign-off", declared=said)
    return Stream("declared", (first, second), charter=Charter(demand="20 per week"))


def _likely(low: float, likely: float, high: float) -> tuple[Said, Said, Said]:
    return Said(seconds=low), Said(seconds=likely), Said(seconds=high)


def test_what_people_said_is_a_model() -> None:
    wait = _likely(DAY_S, 2 * DAY_S, 6 * DAY_S)
    said = Declared(process=_likely(900.0, 900.0, 900.0), wait=wait, complete_and_accurate=0.9, n=6)
    model = declared_model(_declared(said))
    assert model.arrivals.per_week == 20
    assert model.stages[0].service == fixed(3600.0)
    assert model.stages[1].timer is not None
    assert model.stages[1].timer.expected == pytest.approx(3 * DAY_S, rel=1e-3)  # (1 + 2 + 6) / 3
    assert model.routes == (Route("Sign-off", "Write", pytest.approx(0.1)),)
    assert {origin.how for origin in model.origins} == {"declared", "assumed"}
    found = estimate(simulate(model, length=Length(500, warm_up=100), replications=20).lead())
    assert found.se is not None
    # (3600 + 900 + 3 d) a pass, 1 / 0.9 passes
    assert abs(found.mean - (4500.0 + 3 * DAY_S) / 0.9) < 4 * found.se


def test_a_declared_day_of_work_is_a_working_day() -> None:
    day = Said(days=1.0)
    stream = replace(
        _declared(Declared(process=(day, day, day))), calendar=Calendar(parse_hours("Mon-Fri 09:00-17:00"))
    )
    assert declared_model(stream).stages[1].service == fixed(8 * HOUR_S)


def test_a_stage_of_which_nothing_was_declared_is_refused_with_its_place() -> None:
    with pytest.raises(ConfigError, match=r"stages\.Sign-off\.declared"):
        declared_model(_declared(Declared()))


def test_the_mean_of_a_triangle_is_that_of_its_corners() -> None:
    timer = declared_model(_declared(Declared(wait=_likely(0.0, 0.0, 300.0)))).stages[1].timer
    assert timer is not None
    assert np.mean(timer.values) == pytest.approx(100.0, rel=1e-3)
