"""What a model may say, how it is written, and what it may not say."""

from __future__ import annotations

from dataclasses import replace

import pytest

from simulation_samples import TANDEM, poisson, single
from valuestream.calendar import Calendar
from valuestream.errors import ConfigError, UnknownName
from valuestream.simulation.capacity import Background, Cadence, Hours, Pool, hours_of, weekly
from valuestream.simulation.check import check
from valuestream.simulation.demand import Arrivals, ItemType
from valuestream.simulation.duration import DAY_S, HOUR_S, empirical, exponential, fixed, gamma, lognormal
from valuestream.simulation.model import Model, Origin, Route, Stage
from valuestream.simulation.replicate import simulate
from valuestream.simulation.routing import loads, visits_per_item
from valuestream.simulation.written import from_dict, from_json, from_yaml, to_dict, to_json, to_yaml
from valuestream.working_hours import parse_hours

EVERYTHING = Model(
    "everything",
    Arrivals(
        per_week=50.0,
        hours=tuple([0.0] * 9 + [1.0] * 8 + [0.0] * 7) * 7,
        gap="gamma",
        cv=0.5,
        bursts=((1, 0.75), (4, 0.25)),
        types=(ItemType("bug", 0.5, priority=1, work=0.5), ItemType("outage", 0.5, expedite=True)),
    ),
    (
        Stage("Dev", lognormal(HOUR_S, 1.5), pool="team", timer=gamma(600.0, 2.0), wip=5, order="types", rework=0.5),
        Stage("Ask", empirical((60.0, 120.0)), external=True, automated=True),
        Stage("Check", fixed(60.0), servers=2, calendar="office", order="lifo", batch=3, removed=True),
        Stage("Ship", fixed(0.0), servers=1, cadence=weekly(3, 10)),
    ),
    (Route("(start)", "Ask", 0.1), Route("Ship", "Dev", (0.3, 0.1)), Route("Ask", "(cancelled)", 0.05)),
    (Pool("team", 3, calendar="office", prefers="last", background=Background(10.0, exponential(60.0), first=True)),),
    (hours_of("office", "Mon-Fri 09:00-17:00"),),
    wip=20,
    origins=(Origin("stages[0].service", "measured", 120, "visits of 2024"),),
)


@pytest.mark.parametrize("model", [EVERYTHING, TANDEM], ids=lambda model: model.name)
def test_a_model_survives_yaml_and_json(model: Model) -> None:
    assert from_yaml(to_yaml(model)) == model
    assert from_json(to_json(model)) == model


def test_what_equals_its_default_is_not_written() -> None:
    assert to_dict(single(exponential(2.0)))["stages"] == [
        {"name": "Work", "service": {"kind": "exponential", "mean": 2.0}, "servers": 1}
    ]


def test_a_model_written_by_hand_takes_durations_and_hours_as_text() -> None:
    model = from_yaml("""
        name: workshop
        arrivals: {per_week: 10}
        calendars: [{name: office, slots: "Mon 09:00-17:00"}]
        stages:
          - {name: Write, service: 2 h, servers: 1, calendar: office}
          - {name: Read, service: {kind: lognormal, mean: 30 min, cv: 2}, servers: 1, timer: 1 d}
          - {name: Ship, service: 0 s, servers: 1, cadence: {every: 1 w, offset: 10 h}}
        routes: [{after: Read, to: Write, chance: 0.25}]
    """)
    assert model.stage("Write").service == fixed(7200.0)
    assert model.stage("Read").service == lognormal(1800.0, 2.0)
    assert model.stage("Read").timer == fixed(DAY_S)
    assert model.stage("Ship").cadence == Cadence(7 * DAY_S, 10 * HOUR_S)
    assert model.calendars[0].slots == ((9 * HOUR_S, 17 * HOUR_S),)


def test_night_shifts_wrap_around_the_week() -> None:
    hours = hours_of("night", Calendar(hours=parse_hours("Sun 22:00-06:00, Mon 04:00-08:00")))
    assert hours.slots == ((0.0, 8 * HOUR_S), (166 * HOUR_S, 168 * HOUR_S))
    assert hours.per_week == 10 * HOUR_S


def test_durations_know_their_moments() -> None:
    assert empirical((1.0, 3.0)).expected == 2.0
    assert empirical((1.0, 3.0)).expected_square == 5.0
    assert lognormal(2.0, 0.5).expected_square == pytest.approx(4 * 1.25)
    assert gamma(2.0, 0.5).times(3.0) == gamma(6.0, 0.5)
    assert empirical((1.0, 3.0)).times(2.0).values == (2.0, 6.0)


def test_returns_multiply_visits_and_load() -> None:
    assert visits_per_item(TANDEM) == pytest.approx([1 / 0.7, 1 / 0.7, 1.0])
    assert loads(TANDEM) == pytest.approx({"Dev": 0.75, "Test": 0.7142857, "Deploy": 0.8})


def test_a_chance_that_depends_on_the_pass_is_counted_by_walking() -> None:
    model = replace(TANDEM, routes=(Route("Test", "Dev", (0.5, 0.2)),))
    # 1 + .5 (1 + .2 + .2^2 + ...) = 1.625
    assert visits_per_item(model)[0] == pytest.approx(1.625, abs=0.03)


def test_a_removed_stage_is_passed_through_without_its_returns() -> None:
    model = TANDEM.putting(replace(TANDEM.stage("Test"), removed=True))
    assert visits_per_item(model) == pytest.approx([1.0, 0.0, 1.0])
    assert "Test" not in loads(model)


def test_rework_factors_and_background_count_in_the_load() -> None:
    model = Model(
        "shared",
        poisson(0.25),
        (Stage("A", fixed(1.0), pool="team", rework=0.5), Stage("B", fixed(1.0), pool="team")),
        (Route("B", "A", 0.5),),
        (Pool("team", 2, background=Background(0.5 * 604_800, fixed(0.4))),),
    )
    # A: a first pass of 1 s and one further pass of .5 s; B: 2 passes of 1 s; (.25 (1.5 + 2) + .5 * .4) / 2
    assert loads(model) == pytest.approx({"team": 0.5375})


def _with(**changes: object) -> Model:
    return replace(TANDEM, **changes)  # type: ignore[arg-type]


def _stage(**changes: object) -> Model:
    return TANDEM.putting(replace(TANDEM.stage("Deploy"), **changes))  # type: ignore[arg-type]


BAD = {
    "stages[2].service.mean": _stage(service=exponential(-1.0)),
    "stages[2].service.cv": _stage(service=lognormal(1.0, float("nan"))),
    "stages[2].service.kind": _stage(service=replace(fixed(1.0), kind="normal")),
    "stages[2].service.values": _stage(service=empirical(())),
    "stages[2].service.values[1]": _stage(service=empirical((1.0, -2.0))),
    "stages[2].servers": _stage(servers=0),
    "stages[2].pool": _stage(servers=None, pool="nobody"),
    "stages[2].calendar": _stage(calendar="never"),
    "stages[2].order": _stage(order="random"),
    "stages[2].timer.mean": _stage(timer=fixed(-5.0)),
    "stages[2].cadence.every": _stage(cadence=Cadence(0.0)),
    "stages[2].wip": _stage(wip=0),
    "stages[2].batch": _stage(batch=5, wip=4),
    "stages[2].rework": _stage(rework=-1.0),
    "stages[2].name": _with(stages=(*TANDEM.stages[:2], replace(TANDEM.stages[2], name="Dev"))),
    "stages": _with(stages=(), routes=()),
    "arrivals.per_week": _with(arrivals=Arrivals()),
    "arrivals.hours": _with(arrivals=replace(TANDEM.arrivals, hours=(1.0,))),
    "arrivals.bursts": _with(arrivals=replace(TANDEM.arrivals, bursts=((2, 0.5),))),
    "arrivals.types": _with(arrivals=replace(TANDEM.arrivals, types=(ItemType("bug", 0.5),))),
    "arrivals.at[1]": _with(arrivals=Arrivals(at=(5.0, 3.0))),
    "routes[0].chance": _with(routes=(Route("Test", "Dev", 1.3),)),
    "routes[0].chance[1]": _with(routes=(Route("Test", "Dev", (0.3, -0.1)),)),
    "routes[0].to": _with(routes=(Route("Test", "Nowhere", 0.3),)),
    "routes[0].after": _with(routes=(Route("Nowhere", "Test", 0.3),)),
    "routes[1].chance": _with(routes=(Route("Test", "Dev", 0.6), Route("Test", "Deploy", 0.6))),
    "pools[0].servers": _with(pools=(Pool("team", 0),)),
    "pools[0].prefers": _with(pools=(Pool("team", 1, prefers="nice"),)),
    "calendars[0].slots": _with(calendars=(Hours("office", ()),)),
    "calendars[0].slots[1]": _with(calendars=(Hours("office", ((0.0, 10.0), (5.0, 20.0))),)),
    "wip": replace(_stage(batch=10), wip=9),
}


@pytest.mark.parametrize("place", BAD)
def test_what_cannot_be_run_is_refused_with_its_place(place: str) -> None:
    with pytest.raises(ConfigError) as refused:
        check(BAD[place])
    assert refused.value.message.startswith(f"{place}: ")
    assert refused.value.hint


def test_a_stage_needs_servers_a_pool_or_outsiders() -> None:
    with pytest.raises(ConfigError, match=r"stages\[2\].servers: The stage 'Deploy' has neither servers nor a pool"):
        check(_stage(servers=None))
    with pytest.raises(ConfigError, match="servers and external"):
        check(_stage(external=True))


def test_a_stage_that_no_item_comes_to_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"stages\[1\]: No item ever comes to 'Test'"):
        check(_with(routes=(Route("Dev", "Deploy", 1.0),)))


def test_endless_returns_are_refused_where_the_chance_stands() -> None:
    with pytest.raises(ConfigError, match=r"routes\[0\].chance: What comes to 'Test' never leaves"):
        check(_with(stages=TANDEM.stages[:2], routes=(Route("Test", "Dev", (0.2, 1.0)),)))
    check(_with(routes=(Route("Test", "Dev", (1.0, 0.2)),)))  # everything once more, then most of it on


def test_a_load_of_one_runs_and_says_which_stage() -> None:
    model = single(fixed(1.0), rate=1.25)
    found = simulate(model, replications=2)
    assert found.notes == (
        "The stage 'Work' is asked for 125% of its capacity: its queue grows without end, so every figure holds for "
        "the simulated time only.",
    )
    assert found.finished() == pytest.approx([1000, 1000])


def test_errors_of_written_models_name_the_place() -> None:
    told = to_dict(TANDEM)
    for change, place in (
        ({"stages": [{"name": "A", "service": {"men": 2}}]}, "stages[0].service.men: No such key"),
        ({"stages": [{"name": "A", "service": {"mean": "soon"}, "servers": 1}]}, "stages[0].service.mean: 'soon'"),
        ({"stages": [{"service": 1.0}]}, "stages[0].name: This is missing"),
        ({"stages": [{"name": "A", "service": 1.0, "servers": 1.5}]}, "stages[0].servers: 1.5 is not a whole number"),
        ({"routes": [{"after": "Test", "to": "Dev", "chance": True}]}, "routes[0].chance: True is not a number"),
        ({"schema": "vsm.model/2"}, "schema: 'vsm.model/2'"),
    ):
        with pytest.raises(ConfigError) as refused:
            from_dict({**told, **change})
        assert refused.value.message.startswith(place)
    with pytest.raises(ConfigError, match="This is no YAML"):
        from_yaml("stages: [")
    with pytest.raises(ConfigError, match="line 1: This is no JSON"):
        from_json("{")
    with pytest.raises(ConfigError, match="is a mapping"):
        from_json("[]")


def test_names_that_do_not_exist_are_answered_with_those_that_do() -> None:
    with pytest.raises(UnknownName, match="Known: Dev, Test, Deploy"):
        TANDEM.stage("Review")
    with pytest.raises(UnknownName, match="Known: team"):
        EVERYTHING.pool("crew")


def test_rework_counts_in_the_load_where_chances_depend_on_the_pass_too() -> None:
    """Half go back once; the second pass takes a half: 1 + 0.5 * 0.5 hours an item, of which one comes each 2 hours."""
    stages = (Stage("Dev", fixed(HOUR_S), servers=1, rework=0.5), Stage("Test", fixed(0.0), servers=1))
    model = Model("m", Arrivals(per_week=84.0), stages, (Route("Test", "Dev", (0.5, 0.0)),))
    assert loads(model)["Dev"] == pytest.approx(0.625, abs=0.01)
