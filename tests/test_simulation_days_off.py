"""Days without work: in the engine, in what is written, and in changes; worked by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulation_samples import replay, told
from valuestream.errors import ConfigError
from valuestream.simulation.answer import recorded
from valuestream.simulation.capacity import Hours, Pool, hours_of
from valuestream.simulation.check import check
from valuestream.simulation.clock import open_between
from valuestream.simulation.clock import worked as worked_of
from valuestream.simulation.compile import compiled_plan
from valuestream.simulation.demand import Arrivals
from valuestream.simulation.duration import DAY_S, HOUR_S, WEEK_S, fixed
from valuestream.simulation.engine import Length, fresh_state, run_once
from valuestream.simulation.kernel import loop_for
from valuestream.simulation.loop import run
from valuestream.simulation.model import Model, Stage
from valuestream.simulation.replicate import simulate
from valuestream.simulation.routing import loads
from valuestream.simulation.scenario import scenario_of
from valuestream.simulation.working import ending, opening, worked
from valuestream.simulation.written import from_dict, from_json, from_yaml, to_dict, to_json, to_yaml

pytestmark = pytest.mark.xdist_group("simulation")

OFFICE = Hours("office", hours_of("office", "Mon-Fri 09:00-17:00").slots, off=(1, 9), cycle=2)
"""Off: the first Tuesday, and the Wednesday of the second week; the same again every two weeks."""


def shop(*at: float, hours: Hours = OFFICE, work_h: float = 6.0) -> Model:
    """One stage that works six hours on an item."""
    stage = Stage("A", fixed(work_h * HOUR_S), servers=1, calendar=hours.name)
    return Model("shop", replay(*at), (stage,), calendars=(hours,))


def _at(day: int, hour: float) -> float:
    return day * DAY_S + hour * HOUR_S


def test_work_stops_for_a_day_off_and_goes_on_after_it() -> None:
    """
    Begun on Monday at 12:00: five of six hours until 17:00, nothing on Tuesday, the sixth on Wednesday from 9:00.
    What comes on Tuesday waits for it.
    """
    assert told(shop(_at(0, 12), _at(1, 10))) == [
        f"1 A {_at(0, 12):g} work {_at(2, 10):g}",
        f"2 A {_at(1, 10):g} wait {_at(2, 10):g} work {_at(2, 16):g}",
    ]


def test_nobody_begins_on_a_day_off() -> None:
    assert told(shop(_at(1, 8), work_h=1.0)) == [f"1 A {_at(1, 8):g} wait {_at(2, 9):g} work {_at(2, 10):g}"]


def test_days_off_come_again_after_the_cycle() -> None:
    """Day 15 is the Tuesday of the third week, off like day 1; day 8, a Tuesday too, is not."""
    assert told(shop(_at(8, 9), _at(15, 9)), until=3 * WEEK_S) == [
        f"1 A {_at(8, 9):g} work {_at(8, 15):g}",
        f"2 A {_at(15, 9):g} wait {_at(16, 9):g} work {_at(16, 15):g}",
    ]


def test_hours_are_counted_without_the_days_off() -> None:
    assert OFFICE.cycle_s == 2 * WEEK_S
    assert OFFICE.per_week == 32 * HOUR_S  # (40 + 40 - 8 - 8) / 2
    plan = compiled_plan(shop(0.0))
    clock = (plan.hours, plan.slot, plan.cycle, 0)
    assert worked(*clock, WEEK_S) == 32 * HOUR_S
    assert worked(*clock, 2 * WEEK_S + _at(1, 12)) == 72 * HOUR_S  # 64, and Monday
    assert opening(*clock, _at(0, 17)) == _at(2, 9)
    assert opening(*clock, 2 * WEEK_S + _at(0, 17)) == 2 * WEEK_S + _at(2, 9)
    assert ending(*clock, _at(0, 16), 1 * HOUR_S) == _at(0, 17)
    assert ending(*clock, _at(0, 16), 2 * HOUR_S) == _at(2, 10)
    assert ending(*clock, _at(0, 9), 64 * HOUR_S) == _at(11, 17)  # all of two weeks: the second Friday
    assert worked_of(OFFICE, np.array([0.0, _at(1, 12), 2 * WEEK_S])).tolist() == [0.0, 8 * HOUR_S, 64 * HOUR_S]
    begins, ends = open_between(OFFICE, _at(0, 10), _at(3, 0))
    assert begins[:3].tolist() == [_at(0, 9), _at(2, 9), _at(3, 9)]
    assert (ends - begins).sum() == 64 * HOUR_S


def test_a_night_shift_belongs_to_the_day_it_began_on() -> None:
    """Mon 22:00 to Tue 06:00 is worked though Tuesday is off; the night from Tuesday to Wednesday is not."""
    nights = replace(hours_of("nights", "Mon-Fri 22:00-06:00"), off=(1,), cycle=1)
    assert nights.open[:2] == ((_at(0, 22), _at(1, 6)), (_at(2, 22), _at(3, 6)))


def test_hours_without_an_end_are_cut_at_midnight() -> None:
    always = Hours("always", ((0.0, WEEK_S),), off=(0, 6), cycle=1)
    assert always.open == tuple((day * DAY_S, (day + 1) * DAY_S) for day in range(1, 6))


@given(
    st.lists(st.integers(0, 20), unique=True, max_size=18),
    st.floats(0.0, 80.0),
    st.floats(0.001, 400.0),
    st.sampled_from(["Mon-Fri 09:00-17:00", "24/7", "Mon-Sat 8-12 13-17", "Sun 22:00-06:00, Wed 04:00-08:00"]),
)
def test_what_is_worked_until_work_ends_is_the_work(off: list[int], begin_d: float, work_h: float, text: str) -> None:
    hours = replace(hours_of("h", text), off=tuple(sorted(off)), cycle=3)
    if not hours.open:
        return
    plan = compiled_plan(shop(0.0, hours=hours))
    clock = (plan.hours, plan.slot, plan.cycle, 0)
    begin = float(opening(*clock, begin_d * DAY_S))
    end = float(ending(*clock, begin, work_h * HOUR_S))
    assert begin >= begin_d * DAY_S - 1e-6
    assert worked(*clock, begin) == pytest.approx(worked(*clock, begin_d * DAY_S), abs=0.01)  # nothing lies between
    assert worked(*clock, end) - worked(*clock, begin) == pytest.approx(work_h * HOUR_S, abs=0.01)
    assert worked(*clock, end - 60.0) < worked(*clock, end)  # not a night later
    assert worked_of(hours, np.array([begin, end])).tolist() == pytest.approx(
        [worked(*clock, begin), worked(*clock, end)], abs=0.01
    )


def arriving(share: float) -> Model:
    """Ten items a day; on two days of fourteen that share of them."""
    return replace(
        shop(work_h=0.01, hours=replace(OFFICE, off=(1, 9))),
        arrivals=Arrivals(per_week=70.0, gap="deterministic", calendar="office", on_days_off=share),
    )


def test_nothing_comes_on_days_off_where_the_share_is_nothing() -> None:
    """Every 2.4 hours one, the first at 2:24: ten a day, of which the one at midnight belongs to the day it begins."""
    came = recorded(arriving(0.0), length=Length(None, horizon_s=2 * WEEK_S)).items["arrived"]
    by_day = np.bincount((came // DAY_S).astype(int), minlength=14)
    assert by_day.tolist()[:14] == [9, 0, 10, 10, 10, 10, 10, 10, 10, 0, 10, 10, 10, 10]
    assert arriving(0.0).per_week == pytest.approx(60.0)  # 140 less 20 in two weeks


def test_a_share_of_what_comes_on_other_days_comes_on_days_off() -> None:
    """About 30 % of twenty items in two weeks: 6 in 14 days, over 2,000 weeks to four standard errors."""
    run_ = recorded(arriving(0.3), length=Length(None, horizon_s=2000 * WEEK_S))
    day = (run_.items["arrived"] // DAY_S).astype(int) % 14
    expected = 0.3 * 20_000
    assert abs(np.isin(day, (1, 9)).sum() - expected) < 4 * np.sqrt(20_000 * 0.3 * 0.7)
    assert arriving(0.3).per_week == pytest.approx(63.0)
    assert len(run_.items) / 2000 == pytest.approx(63.0, rel=0.01)


def test_items_that_come_on_other_days_are_the_same_whatever_the_share() -> None:
    came = [
        recorded(arriving(share), length=Length(None, horizon_s=20 * WEEK_S)).items["arrived"] for share in (0.0, 0.6)
    ]
    assert set(came[0].tolist()) < set(came[1].tolist())


def test_loads_and_utilisation_count_the_days_off() -> None:
    """Ten items a week of two hours each, in 32 working hours; in the first week, alone, there are 32 too."""
    model = replace(shop(work_h=2.0), arrivals=Arrivals(per_week=10.0, gap="deterministic"))
    assert loads(model) == pytest.approx({"A": 20 / 32})
    busy = simulate(shop(_at(0, 9), 3 * WEEK_S, work_h=16.0), length=Length(None, horizon_s=WEEK_S), replications=1)
    assert busy.utilisation("A") == pytest.approx([0.5])
    late = simulate(
        shop(WEEK_S + _at(0, 9), 3 * WEEK_S, work_h=4.0),
        length=Length(None, warm_up_s=WEEK_S, horizon_s=WEEK_S + _at(2, 12)),
        replications=1,
    )
    assert late.utilisation("A") == pytest.approx([4 / 16])  # Monday and Tuesday; Wednesday is off


def test_compiling_changes_no_bit_of_a_stream_with_days_off(monkeypatch: pytest.MonkeyPatch) -> None:
    model = replace(
        shop(hours=OFFICE),
        arrivals=Arrivals(per_week=20.0, bursts=((1, 0.5), (3, 0.5)), calendar="office", on_days_off=0.4),
        stages=(Stage("A", fixed(0.7 * HOUR_S), pool="team"),),
        pools=(Pool("team", 1, calendar="office"),),
    )
    plan, ends = compiled_plan(model), []
    for path in ("plain", "compiled"):
        monkeypatch.setenv("VSM_KERNELS", path)
        state = fresh_state(plan, logged=True, slots=20)
        ends.append(run_once(loop_for(run, 0), plan, state, Length(400), seed=5, replication=3))
    for name, plain, compiled in zip(ends[0]._fields, *ends, strict=True):
        assert np.array_equal(plain, compiled), name


WRITTEN = """
name: written
begins: 2025-12-22
arrivals: {per_week: 10, calendar: office, on_days_off: 0.1}
calendars: [{name: office, slots: "Mon-Fri 09:00-17:00", off: [2025-12-25, 2025-12-24, 2026-01-01]}]
stages: [{name: A, service: 2 h, servers: 1, calendar: office}]
"""


def test_days_off_are_dates_where_the_model_has_one() -> None:
    model = from_yaml(WRITTEN)
    assert model.calendars[0].off == (2, 3, 10)
    assert model.calendars[0].cycle == 52
    assert to_dict(model)["calendars"][0]["off"] == ["2025-12-24", "2025-12-25", "2026-01-01"]
    assert from_yaml(to_yaml(model)) == model
    assert from_json(to_json(model)) == model


def test_days_off_are_numbers_where_it_has_none() -> None:
    assert to_dict(shop(0.0))["calendars"][0]["off"] == [1, 9]
    assert from_yaml(to_yaml(shop(0.0))) == shop(0.0)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"begins": "2025-12-23"}, "begins: 2025-12-23 is a Tuesday."),
        ({"begins": "soon"}, "begins: 'soon' is no date."),
        ({"begins": None}, r"calendars\[0\].off\[0\]: '2025-12-24' needs a model with a date."),
        ({"arrivals": {"per_week": 1, "calendar": "home"}}, "arrivals.calendar: 'home' is not known."),
        ({"arrivals": {"per_week": 1, "on_days_off": 1.5}}, "arrivals.on_days_off: 1.5 is no chance."),
    ],
)
def test_what_cannot_be_a_day_off_is_refused_with_its_place(changes: dict[str, object], says: str) -> None:
    model = {**to_dict(from_yaml(WRITTEN)), **changes}
    with pytest.raises(ConfigError, match=says):
        from_dict({key: value for key, value in model.items() if value is not None})


@pytest.mark.parametrize(
    ("hours", "place"),
    [
        (replace(OFFICE, off=(3, 1)), "calendars[0].off[1]"),
        (replace(OFFICE, off=(1, 14)), "calendars[0].off[1]"),
        (replace(OFFICE, off=(-1,)), "calendars[0].off[0]"),
        (replace(OFFICE, cycle=0), "calendars[0].cycle"),
        (Hours("office", ((9 * HOUR_S, 17 * HOUR_S),), off=(0,), cycle=1), "calendars[0].off"),
    ],
)
def test_days_that_are_none_of_the_cycle_are_refused(hours: Hours, place: str) -> None:
    with pytest.raises(ConfigError) as refused:
        check(shop(0.0, hours=hours))
    assert refused.value.message.startswith(f"{place}: ")
    assert refused.value.hint


def test_a_date_that_there_is_not_and_hours_that_cannot_be_read_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"This is no YAML: .*day"):
        from_yaml(WRITTEN.replace("2025-12-24", "2025-12-32"))
    with pytest.raises(ConfigError, match=r"calendars\[0\].slots: Working hours 'Noday': cannot read"):
        from_yaml(WRITTEN.replace("Mon-Fri 09:00-17:00", "Noday"))


def test_a_word_that_is_no_date_is_refused_with_its_place() -> None:
    with pytest.raises(ConfigError, match=r"calendars\[0\].off\[1\]: 'Christmas' is no day"):
        from_yaml(WRITTEN.replace("2025-12-25, 2025-12-24", "2025-12-24, Christmas"))


def test_days_off_are_changed_for_all_or_for_one_place() -> None:
    model = from_yaml(WRITTEN)
    assert scenario_of(["off=none"]).applied(model).calendars[0].off == ()
    assert scenario_of(["off=2025-12-24"]).applied(model).calendars[0].off == (2,)
    assert scenario_of(["off=+2025-12-23, 4"]).applied(model).calendars[0].off == (1, 2, 3, 4, 10)
    own = scenario_of(["A.off=none"]).applied(model)
    assert own.calendar(own.stages[0].calendar).off == ()  # type: ignore[union-attr]
    assert own.calendar("office").off == (2, 3, 10)  # type: ignore[union-attr]  # what arrivals heed


def test_other_hours_keep_the_days_off() -> None:
    model = scenario_of(["A.calendar=Mon-Sat 08:00-18:00"]).applied(from_yaml(WRITTEN))
    hours = model.calendar(model.stages[0].calendar)
    assert hours is not None
    assert (hours.off, len(hours.slots)) == ((2, 3, 10), 6)


def test_a_change_of_days_off_that_cannot_be_is_refused() -> None:
    model = from_yaml(WRITTEN)
    with pytest.raises(ConfigError, match="off=yesterday: 'yesterday' is no day"):
        scenario_of(["off=yesterday"]).applied(model)
    with pytest.raises(ConfigError, match="nobody has working hours"):
        scenario_of(["off=none"]).applied(replace(model, calendars=(), arrivals=Arrivals(10.0), stages=(_always(),)))
    with pytest.raises(ConfigError, match="'A' works at all hours"):
        scenario_of(["A.off=none"]).applied(replace(model, stages=(_always(),)))


def _always() -> Stage:
    return Stage("A", fixed(60.0), servers=1)
