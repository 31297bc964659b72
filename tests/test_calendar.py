"""What a day is: working hours, holidays, clock changes, weeks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import holidays
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from valuestream.calendar import (
    HOUR_US,
    Calendar,
    instant,
    local_day,
    rfc3339,
    week_begin_us,
    week_label,
    week_of,
    zone_of,
)
from valuestream.errors import ConfigError
from valuestream.working_hours import parse_hours, working_us

OFFICE = parse_hours("Mon-Fri 09:00-17:00")
BERLIN = Calendar(OFFICE, "Europe/Berlin")


def worked_hours(since: str, until: str, calendar: Calendar) -> float:
    """Working hours between two local times."""
    begin, end = working_us(np.array([instant(since, calendar.zone), instant(until, calendar.zone)]), calendar)
    return float(end - begin) / HOUR_US


def test_a_week_of_office_hours_has_forty():
    assert worked_hours("2024-02-05", "2024-02-12", BERLIN) == 40


def test_an_instant_inside_the_hours_counts_what_was_worked_before_it():
    # Friday 16:30 to Monday 09:15: half an hour and a quarter
    assert worked_hours("2024-02-09T16:30", "2024-02-12T09:15", BERLIN) == 0.75


def test_a_spring_sunday_has_twenty_three_hours():
    around_the_clock = Calendar(parse_hours("24/7"), "Europe/Berlin")
    assert worked_hours("2024-03-31", "2024-04-01", around_the_clock) == 23
    assert worked_hours("2024-10-27", "2024-10-28", around_the_clock) == 25
    assert worked_hours("2024-10-28", "2024-10-29", around_the_clock) == 24


def test_a_night_shift_loses_and_gains_the_hour_of_the_clock_change():
    nights = Calendar(parse_hours("Mon-Sun 22:00-06:00"), "Europe/Berlin")
    assert worked_hours("2024-03-30T12:00", "2024-03-31T12:00", nights) == 7
    assert worked_hours("2024-10-26T12:00", "2024-10-27T12:00", nights) == 9
    assert worked_hours("2024-10-25T12:00", "2024-10-26T12:00", nights) == 8


def test_hours_that_the_clock_skips_are_not_worked_and_those_it_shows_twice_are_worked_twice():
    early = Calendar(parse_hours("Sun 02:15-04:00"), "Europe/Berlin")
    assert worked_hours("2024-03-31", "2024-04-01", early) == 1  # 02:15-03:00 does not exist
    assert worked_hours("2024-10-27", "2024-10-28", early) == 2.5  # 02:15-03:00 comes twice


def test_office_hours_move_with_the_clock_change():
    # 09:00 local is 08:00 UTC in winter and 07:00 UTC in summer
    friday, monday = instant("2024-03-29T08:00Z", "UTC"), instant("2024-04-01T07:00Z", "UTC")
    begin, end = working_us(np.array([friday, monday]), BERLIN)
    assert end - begin == 8 * HOUR_US


def test_holidays_and_closed_dates_are_not_worked():
    # the week of Monday 2024-10-28: Friday 1 November is a holiday in Bavaria, not in Berlin
    week = ("2024-10-28", "2024-11-04")
    assert worked_hours(*week, Calendar(OFFICE, "Europe/Berlin", "DE")) == 40
    assert worked_hours(*week, Calendar(OFFICE, "Europe/Berlin", "DE-BY")) == 32
    assert worked_hours(*week, Calendar(OFFICE, "Europe/Berlin", "DE-BY", ("2024-10-29", "2024-11-01"))) == 24


def test_a_shift_belongs_to_the_day_it_began_on():
    # Monday closed: its night shift falls with it, Sunday's runs on into the closed Monday
    nights = Calendar(parse_hours("Mon-Sun 22:00-06:00"), "UTC", closed=("2024-02-05",))
    assert worked_hours("2024-02-05", "2024-02-06T12:00", nights) == 6


def test_overlapping_hours_count_once():
    hours = parse_hours("Mon 22:00-06:00, Tue 05:00-09:00 08:00-10:00")
    assert worked_hours("2024-02-05", "2024-02-08", Calendar(hours, "UTC")) == 12


def test_the_working_clock_is_the_same_in_every_call():
    one, other = instant("1999-06-01T12:00", "UTC"), instant("2031-06-03T12:00", "UTC")
    together = working_us(np.array([other, one]), BERLIN)
    assert working_us(np.array([other]), BERLIN)[0] == together[0]
    assert working_us(np.array([one]), BERLIN)[0] == together[1]


@pytest.mark.parametrize("year", range(1990, 2035))
def test_the_last_year_asked_for_is_known_to_its_first_and_last_minute(year: int):
    always = Calendar(parse_hours("24/7"), "America/New_York")
    begin, end = instant(f"{year}-01-01T00:30", "UTC"), instant(f"{year}-12-31T23:30", "UTC")
    alone = [int(working_us(np.array([moment]), always)[0]) for moment in (begin, end)]
    assert alone[1] - alone[0] == end - begin


def test_instants_of_no_plausible_year_count_as_the_edge_of_the_known_ones():
    far = np.array([np.iinfo(np.int64).min, np.iinfo(np.int64).max, instant("2200-01-01", "UTC")])
    low, high, edge = working_us(far, BERLIN)
    assert low < 0
    assert high == edge


def test_no_instants_have_no_working_time():
    assert len(working_us(np.zeros(0, dtype=np.int64), BERLIN)) == 0
    assert len(local_day(np.zeros(0, dtype=np.int64), "Europe/Berlin")) == 0


def test_a_calendar_without_hours_refuses_to_count():
    with pytest.raises(ConfigError, match="no working hours"):
        working_us(np.array([0]), Calendar())


def by_the_minute(begin: int, end: int, calendar: Calendar) -> int:
    """Minutes from begin to end (minutes UTC) at which the local clock shows working hours: the slow way."""
    free = {datetime.fromisoformat(text).date() for text in calendar.closed}
    if calendar.holidays:
        free |= set(holidays.country_holidays(calendar.holidays, years=[2023, 2024]))
    count = 0
    for minute in range(begin, end):
        local = datetime.fromtimestamp(60 * minute, tz=UTC).astimezone(ZoneInfo(calendar.zone))
        clock = 60 * local.hour + local.minute
        today, yesterday = local.date(), local.date() - timedelta(days=1)
        spans = [] if today in free else [(a, b) for a, b in calendar.hours[today.weekday()]]
        spans += [] if yesterday in free else [(a - 1440, b - 1440) for a, b in calendar.hours[yesterday.weekday()]]
        count += any(a <= clock < b for a, b in spans)
    return count


spans = st.tuples(st.integers(0, 1439), st.integers(1, 1440)).map(lambda s: (s[0], s[0] + s[1]))
calendars = st.builds(
    Calendar,
    hours=st.tuples(*[st.lists(spans, max_size=2).map(tuple)] * 7).filter(any),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu"]),
    holidays=st.sampled_from([None, "DE"]),
    closed=st.sampled_from([(), ("2024-03-30",), ("2024-04-06", "2024-10-27")]),
)
DST = [instant(day, "UTC") // HOUR_US * 60 for day in ("2024-03-30", "2024-04-05", "2024-10-05", "2024-10-26")]
minutes = st.builds(lambda day, off: day + off, st.sampled_from(DST), st.integers(0, 4 * 1440))


@settings(max_examples=60, deadline=None)
@given(calendars, minutes, st.integers(0, 3 * 1440))
def test_working_time_equals_a_count_minute_by_minute(calendar: Calendar, begin: int, length: int):
    a, b = working_us(np.array([begin, begin + length]) * 60_000_000, calendar)
    assert b - a == by_the_minute(begin, begin + length, calendar) * 60_000_000


@settings(deadline=None)
@given(calendars, st.lists(st.integers(1_600_000_000_000_000, 1_800_000_000_000_000), min_size=3, max_size=9))
def test_working_time_is_monotone_and_never_longer_than_elapsed(calendar: Calendar, moments: list[int]):
    at = np.array(sorted(moments))
    worked = working_us(at, calendar)
    steps = np.diff(worked)
    assert (steps >= 0).all()
    assert (steps <= np.diff(at)).all()
    # any order: each instant by itself gives the same
    assert [working_us(at[k : k + 1], calendar)[0] for k in range(len(at))] == worked.tolist()


@settings(deadline=None)
@given(
    st.sampled_from(["Europe/Berlin", "America/Sao_Paulo", "Asia/Kolkata", "Pacific/Apia", "Africa/Casablanca"]),
    st.lists(st.integers(0, 4_102_444_800_000_000), min_size=1, max_size=20),
)
def test_the_local_day_is_the_date_the_zone_shows(zone: str, moments: list[int]):
    shown = [
        (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=m)).astimezone(ZoneInfo(zone)).date().toordinal()
        - datetime(1970, 1, 1).toordinal()
        for m in moments
    ]
    days = local_day(np.array(moments), zone)
    assert days.tolist() == shown
    assert days.dtype == np.int32


def test_the_local_day_changes_at_local_midnight():
    at = np.array([instant(t, "UTC") for t in ("2024-07-01T21:59:59.999999Z", "2024-07-01T22:00Z")])
    assert np.diff(local_day(at, "Europe/Berlin")).tolist() == [1]
    assert np.diff(local_day(at, "UTC")).tolist() == [0]


@given(st.integers(-3000, 50_000))
def test_weeks_are_iso_weeks(day: int):
    year, week, _ = (datetime(1970, 1, 1) + timedelta(days=day)).isocalendar()
    assert week_label(int(week_of(np.array([day]))[0])) == f"{year}-W{week:02d}"


@settings(deadline=None)
@given(st.integers(0, 6700), st.sampled_from(["UTC", "Europe/Berlin", "America/Sao_Paulo", "Asia/Tokyo"]))
def test_a_week_begins_with_the_first_microsecond_of_its_monday(week: int, zone: str):
    begin = week_begin_us(week, zone)
    before, first = week_of(local_day(np.array([begin - 1, begin]), zone)).tolist()
    assert (before, first) == (week - 1, week)


def test_a_date_is_its_local_midnight_and_an_offset_in_the_text_wins():
    assert rfc3339(instant("2024-07-01", "Europe/Berlin")) == "2024-06-30T22:00:00Z"
    assert rfc3339(instant("2024-07-01 09:30", "America/New_York")) == "2024-07-01T13:30:00Z"
    assert rfc3339(instant("2024-07-01T09:30:00.25+05:30", "Europe/Berlin")) == "2024-07-01T04:00:00.250000Z"


def test_a_time_that_the_clock_skips_is_the_change_itself():
    assert rfc3339(instant("2024-03-31T02:30", "Europe/Berlin")) == "2024-03-31T01:00:00Z"
    assert rfc3339(instant("2024-10-27T02:30", "Europe/Berlin")) == "2024-10-27T00:30:00Z"


def test_an_unreadable_instant_is_named_with_a_hint():
    with pytest.raises(ConfigError, match="'last Tuesday' is no date") as caught:
        instant("last Tuesday", "UTC")
    assert "2024-03-05" in caught.value.hint


def test_hours_are_read_in_the_ways_people_write_them():
    office, pair, off = ((540, 1020),), ((480, 720), (780, 1020)), ()
    assert parse_hours("Mon-Fri 09:00-17:00") == (office,) * 5 + (off,) * 2
    split = parse_hours("Mon-Thu 08:00-12:00 13:00-17:00, Fri 08:00-12:00")
    assert split == (pair,) * 4 + (((480, 720),), off, off)
    assert parse_hours("monday \u2013 thursday 8-12, 13-17; Fri 8-12") == split
    assert parse_hours("Mon, Wed 09:00-17:00") == (office, off, office, off, off, off, off)
    assert parse_hours("Sat-Mon 00:00-24:00") == (((0, 1440),), off, off, off, off, ((0, 1440),), ((0, 1440),))
    assert parse_hours("24/7") == (((0, 1440),),) * 7


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("Mon-Fri 09:00-25:00", "09:00-25:00"),
        ("Mon-Fri 09:00-09:00", "09:00-09:00"),
        ("Mon-Fri 09:60-17:00", "09:60-17:00"),
        ("Mon-Fri 0900", "0900"),
        ("Mon-Fry 09:00-17:00, Sax 10:00-12:00", "Mon-Fry"),
        ("Mon-Fri 09:00-17:00, Sat", "Sat"),
        ("09:00-17:00", "09:00-17:00"),
        ("Mon-Fri 09:00-17:00,", ""),
        ("", ""),
    ],
)
def test_hours_that_cannot_be_read_name_the_bad_part(text: str, part: str):
    with pytest.raises(ConfigError) as caught:
        parse_hours(text)
    assert caught.value.message.endswith(f"cannot read '{part}'.")
    assert "Mon-Fri 09:00-17:00" in caught.value.hint


@pytest.mark.parametrize(
    ("name", "near"),
    [("Europe/Berlim", "Europe/Berlin"), ("berlin", "Europe/Berlin"), ("New York", "America/New_York"), ("", "UTC")],
)
def test_an_unknown_zone_lists_near_names(name: str, near: str):
    with pytest.raises(ConfigError) as caught:
        zone_of(name)
    assert near in caught.value.hint


@pytest.mark.parametrize(("code", "hint"), [("XX", "DE-BY"), ("DE-QQ", "BY")])
def test_unknown_holidays_are_named(code: str, hint: str):
    with pytest.raises(ConfigError, match=f"'{code}'") as caught:
        working_us(np.array([0]), Calendar(OFFICE, holidays=code))
    assert hint in caught.value.hint


def test_a_closed_date_that_is_none_is_named():
    with pytest.raises(ConfigError, match="'Christmas'"):
        working_us(np.array([0]), Calendar(OFFICE, closed=("Christmas",)))
