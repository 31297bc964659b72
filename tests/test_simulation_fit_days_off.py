"""A stream that rests on known days is run, and the fit to its log knows them from the settings."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from valuestream import ValueStream
from valuestream.calendar import Calendar
from valuestream.simulation.answer import recorded, stream_of, to_log
from valuestream.simulation.capacity import Cadence, Pool, hours_of
from valuestream.simulation.demand import Arrivals
from valuestream.simulation.duration import DAY_S, HOUR_S, WEEK_S, fixed, lognormal
from valuestream.simulation.engine import Length
from valuestream.simulation.fit import Fit, fit
from valuestream.simulation.fit_days_off import DaysOff, Rests, days_off_of, ratio, shifted
from valuestream.simulation.model import Model, Stage
from valuestream.simulation.simulator import from_log
from valuestream.stream import Stream
from valuestream.what_if import observed
from valuestream.working_hours import days_off, parse_hours

pytestmark = pytest.mark.xdist_group("simulation")

OFFICE = replace(
    hours_of("office", "Mon-Fri 09:00-17:00"), off=(3, 4, 24, 45, 74, 77, 78, 100, 122, 143, 164, 171), cycle=26
)
RATES = tuple(1.0 if hour // 24 < 5 and 9 <= hour % 24 < 17 else 0.0 for hour in range(168))
KNOWN = Model(
    "known",
    Arrivals(per_week=60.0, hours=RATES, calendar="office", on_days_off=0.25),
    (
        Stage("Dev", lognormal(6 * HOUR_S, 0.5), pool="team"),
        Stage("Release", fixed(0.0), servers=1, cadence=Cadence(2 * WEEK_S, 3 * DAY_S + 10 * HOUR_S)),
    ),
    pools=(Pool("team", 11, calendar="office"),),
    calendars=(OFFICE,),
    begins="2025-01-06",
)


def stream(closed: tuple[str, ...] | None = None) -> Stream:
    known = stream_of(KNOWN)
    return known if closed is None else replace(known, calendar=replace(known.calendar, closed=closed))


def of(told: Stream, *, weeks: int = 26) -> Fit:
    run = recorded(KNOWN, length=Length(None, horizon_s=weeks * WEEK_S), seed=3)
    with ValueStream(to_log(run), told) as asked:
        return fit(observed(asked))


@pytest.fixture(scope="module")
def found() -> Fit:
    return of(stream())


@pytest.fixture(scope="module")
def model(found: Fit) -> Model:
    return found.model()


def test_a_simulated_stream_says_on_which_dates_it_rests() -> None:
    """Day 3 of a model that begins on Monday the 6th, and the same half a year (26 weeks) later."""
    assert stream().calendar.closed[:2] == ("2025-01-09", "2025-01-10")
    assert "2025-07-10" in stream().calendar.closed


def test_the_fitted_calendar_has_the_days_off_of_the_settings(found: Fit, model: Model) -> None:
    assert model.begins == "2025-01-06"
    assert [hours.slots for hours in model.calendars] == [OFFICE.slots]
    assert [day for day in model.calendars[0].off if day < 26 * 7] == list(OFFICE.off)
    assert found.observed.days_off.listed


def test_work_does_not_count_days_off(model: Model) -> None:
    assert model.stages[0].service.expected == pytest.approx(6 * HOUR_S, rel=0.03)
    ignored = of(stream(())).model()
    assert ignored.begins is None
    assert ignored.stages[0].service.expected > 1.04 * model.stages[0].service.expected


def test_fewer_items_come_on_days_off_and_the_rate_is_that_of_other_days(model: Model) -> None:
    came = model.arrivals
    assert came.calendar == "hours"
    assert came.on_days_off == pytest.approx(0.25, abs=0.12)
    assert came.per_week == pytest.approx(60.0, rel=0.06)
    assert model.per_week < 0.96 * came.per_week
    by_day = np.array(came.hours).reshape(7, 24).sum(axis=1)[:5] / 168
    assert by_day == pytest.approx(5 * [0.2], abs=0.03)  # no weekday is rarer for its holidays
    assert came.gap == "exponential"
    origins = {origin.place: origin for origin in model.origins}
    assert origins["arrivals.on_days_off"].n == 12


def test_a_log_with_holidays_is_reproduced_and_what_is_known_of_the_future_is_said() -> None:
    run = recorded(KNOWN, length=Length(None, horizon_s=26 * WEEK_S), seed=3)
    with ValueStream(to_log(run), stream()) as asked:
        simulator = from_log(observed(asked))
    assert simulator.trust is not None
    assert simulator.trust.now.off == pytest.approx(0.0, abs=0.1)
    assert simulator.trust.ranks
    assert any("12 days off in the log's time" in note for note in simulator.trust.notes)
    assert simulator.model.begins == "2025-07-07"  # the Monday after the log
    assert simulator.model.calendars[0].off[:2] == (3, 4)
    assert {one.begins for one in simulator.refits} == {"2025-07-07"}


def test_a_future_without_dates_has_the_days_off_of_the_log_once_more() -> None:
    """Fourteen days from Monday the 6th: off are the first Thursday and the second Monday."""
    told = days_off_of(Calendar(closed=("2025-01-09", "2025-01-13")), date(2025, 1, 6), 13)
    assert (told.days, told.cycle, told.listed) == ((3, 7), 2, False)
    assert "none is named after it" in (told.note() or "")
    later, then = shifted(told)
    assert later == 14
    assert (then.begins, then.days) == ("2025-01-20", (3, 7))


def test_a_future_with_dates_has_those() -> None:
    """The log ends on Wednesday the 8th; a day off is named in the third week."""
    told = days_off_of(Calendar(closed=("2025-01-07", "2025-01-21")), date(2025, 1, 6), 2)
    assert (told.days, told.inside, told.cycle, told.listed) == ((1, 15), (1,), 3, True)
    assert shifted(told)[1].days == (8, 15)  # from the 13th: the 21st, then the cycle's first Tuesday again


def test_public_holidays_are_known_for_years_to_come() -> None:
    told = days_off_of(Calendar(holidays="DE"), date(2024, 12, 2), 20)
    assert told.inside == ()
    assert told.days[:3] == (23, 24, 30)  # both days of Christmas and New Year
    assert told.listed
    assert told.cycle == 3 + 156
    assert days_off(Calendar(closed=("2025-05-02",)), date(2025, 5, 1), date(2025, 5, 2)) == []


def test_the_ratio_compares_with_the_same_weekdays() -> None:
    """Two weeks, the second Monday off: 4 came on the first, 1 on the other; on all other days nothing."""
    at = np.array([0.1, 0.2, 0.3, 0.4, 7.5]) * DAY_S
    told = DaysOff("2025-01-06", (7,), 2, 14)
    assert ratio(at, told, begin=0.0, end=2 * WEEK_S) == (0.25, 1)
    assert ratio(at, replace(told, days=(3,)), begin=0.0, end=2 * WEEK_S) == (1.0, 0)  # nothing comes on Thursdays


def test_the_clock_of_arrivals_is_slower_on_days_off() -> None:
    """Items come on Mondays only, all day; on the second, a day off, a quarter of them."""
    by_hour = np.array([1 / 24] * 24 + [0.0] * 144)
    clock = Rests((7,), 0.25).clock(np.array([0.0, 0.5, 1.0, 7.0, 7.5, 8.0, 15.0]) * DAY_S, by_hour)
    assert clock.tolist() == pytest.approx([0.0, 0.5, 1.0, 1.0, 1.125, 1.25, 2.25])


def test_days_off_on_which_work_began_as_on_others_are_none() -> None:
    """The settings call days off on which everybody worked."""
    wrong = of(stream(("2025-01-14", "2025-02-04", "2025-03-05", "2025-04-08", "2025-05-07")))
    assert wrong.observed.days_off.days == ()
    assert any(note.startswith("On the 5 days off of the settings") for note in wrong.notes)
    assert wrong.model().begins is None


def test_people_who_work_around_the_clock_do_so_on_holidays() -> None:
    always = hours_of("always", "24/7")
    assert DaysOff("2025-01-06", (3,), 2, 14).on(always) == always


def test_a_log_without_a_day_off_takes_the_share_from_days_without_hours() -> None:
    """Of a working day's items nothing comes on Saturdays and Sundays; so it is taken to be on holidays to come."""
    later = of(stream(("2025-12-25",)), weeks=20).model()
    assert later.arrivals.on_days_off == 0.0
    told = next(origin for origin in later.origins if origin.place == "arrivals.on_days_off")
    assert (told.how, told.n) == ("assumed", None)
    assert parse_hours("Mon-Fri 09:00-17:00") == stream().calendar.hours
