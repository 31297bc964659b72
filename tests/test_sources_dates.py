from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from sources_reading import instant
from valuestream.errors import InputError
from valuestream.sources.dates import settle
from valuestream.sources.source import Reading
from valuestream.sources.time_column import BAD, EMPTY, Instants
from valuestream.sources.zones import to_utc


def read(values: list, kind: pa.DataType | None = None, **options: object) -> tuple[list[str], list[str]]:
    """Values of one column -> their instants in words, and the notes."""
    reading = Reading(**options)  # type: ignore[arg-type]
    column = Instants("when", reading)
    column.add(pa.array(values, kind))
    (us,), notes = settle([column], reading, lambda row: f"line {row + 2}")
    return [{int(BAD): "bad", int(EMPTY): "empty"}.get(int(u)) or instant(u) for u in us], notes


@pytest.mark.parametrize(
    ("written", "means"),
    [
        ("2024-02-29", "2024-02-29"),
        ("2024-02-29T14:03", "2024-02-29 14:03"),
        ("2024-02-29 14:03:05.25", "2024-02-29 14:03:05.25"),
        ("2024-02-29T14:03:05,5", "2024-02-29 14:03:05.5"),
        ("2024-02-29T14:03:05Z", "2024-02-29 14:03:05"),
        ("2024-02-29 14:03:05+02:00", "2024-02-29 12:03:05"),
        ("2024-02-29T14:03:05.123-0530", "2024-02-29 19:33:05.123"),
        ("2024-02-29T14:03:05.1234561Z", "2024-02-29 14:03:05.123456"),
        ("2024-02-29 14:03:05 UTC", "2024-02-29 14:03:05"),
        ("20240229T140305Z", "2024-02-29 14:03:05"),
        ("2024/02/29 9:05", "2024-02-29 09:05"),
        ("29.02.2024", "2024-02-29"),
        ("29.2.2024 14:03", "2024-02-29 14:03"),
        ("29/02/2024 14:03", "2024-02-29 14:03"),
        ("02/29/2024 2:03 PM", "2024-02-29 14:03"),
        ("29-Feb-2024 14:03", "2024-02-29 14:03"),
        ("29/Feb/24 2:03 PM", "2024-02-29 14:03"),
        ("29 February 2024", "2024-02-29"),
        ("February 29, 2024", "2024-02-29"),
        ("Thu, 29 Feb 2024 14:03:05 +0100", "2024-02-29 13:03:05"),
        ("1709215385", "2024-02-29 14:03:05"),
        ("1709215385.25", "2024-02-29 14:03:05.25"),
        ("1709215385250", "2024-02-29 14:03:05.25"),
        ("1709215385250001", "2024-02-29 14:03:05.250001"),
    ],
)
def test_a_time_may_be_written_in_many_ways(written, means):
    # twice: a column of one form, and a column that also has an empty cell
    assert read([written])[0] == [means]
    assert read([written, ""])[0] == [means, "empty"]


def test_times_of_one_column_may_differ_in_form():
    assert read(["2024-02-29T14:03Z", "2024/03/01 10:00:00Z", "1-Mar-2024 11:00Z"])[0] == [
        "2024-02-29 14:03",
        "2024-03-01 10:00",
        "2024-03-01 11:00",
    ]


def test_a_first_part_beyond_twelve_shows_that_the_day_comes_first():
    times, notes = read(["03/04/2024", "13/04/2024"])
    assert times == ["2024-04-03", "2024-04-13"]
    assert notes[0] == "Dates in when are read day first: 1 of them can be read no other way."


def test_a_second_part_beyond_twelve_shows_that_the_month_comes_first():
    times, notes = read(["03/04/2024", "03/13/2024"])
    assert times == ["2024-03-04", "2024-03-13"]
    assert notes[0].startswith("Dates in when are read month first")


def test_the_proof_of_an_order_may_come_in_the_last_batch():
    reading = Reading()
    column = Instants("when", reading)
    column.add(pa.array(["03/04/2024"] * 5))
    column.add(pa.array(["12/31/2024"]))
    (us,), _ = settle([column], reading, str)
    assert [instant(u) for u in us] == ["2024-03-04"] * 5 + ["2024-12-31"]


def test_dates_that_do_not_tell_take_the_day_first_and_a_note_says_so():
    times, notes = read(["03/04/2024"])
    assert times == ["2024-04-03"]
    assert notes[0] == "Dates in when do not tell day from month: read day first; --date-order decides."
    times, notes = read(["03/04/2024"], date_order="mdy")
    assert times == ["2024-03-04"]
    assert not any("day" in note for note in notes)


def test_one_column_s_proof_settles_the_order_for_the_table():
    reading = Reading()
    start, end = Instants("start", reading), Instants("end", reading)
    start.add(pa.array(["03/04/2024"]))
    end.add(pa.array(["03/14/2024"]))
    (first, last), _ = settle([start, end], reading, str)
    assert (instant(first[0]), instant(last[0])) == ("2024-03-04", "2024-03-14")


def test_two_digit_years_may_come_first_if_somebody_says_so():
    assert read(["24/02/03"], date_order="ymd")[0] == ["2024-02-03"]


def test_times_without_a_zone_are_utc_and_a_note_says_so():
    assert read(["2024-07-01 12:00"]) == (
        ["2024-07-01 12:00"],
        ["1 time in when without a zone: taken in UTC, unless --zone says otherwise."],
    )


def test_times_without_a_zone_take_the_one_that_was_given():
    times, notes = read(["2024-07-01 12:00", "2024-12-01 12:00"], zone="Europe/Berlin")
    assert times == ["2024-07-01 10:00", "2024-12-01 11:00"]
    assert notes == ["2 times in when without a zone: taken in Europe/Berlin, as was said."]


def test_times_with_and_without_a_zone_in_one_column_are_an_error_naming_one_of_each():
    mixed = ["2024-07-01 12:00:00", "2024-07-01 12:00:00Z"]
    with pytest.raises(InputError) as caught:
        read(mixed)
    assert "'2024-07-01 12:00:00Z', line 3" in caught.value.message
    assert "'2024-07-01 12:00:00', line 2" in caught.value.message
    assert "--zone" in caught.value.hint
    assert read(mixed, zone="Europe/Berlin")[0] == ["2024-07-01 10:00", "2024-07-01 12:00"]


def test_times_with_and_without_a_zone_are_told_apart_across_batches():
    reading = Reading()
    column = Instants("when", reading)
    column.add(pa.array(["2024-07-01 12:00:00"]))
    column.add(pa.array(["2024-07-01 12:00:00Z"]))
    with pytest.raises(InputError, match="mixes times"):
        settle([column], reading, str)


def test_a_local_time_that_was_twice_is_its_first_and_one_that_never_was_takes_the_offset_before():
    # Berlin: 2024-03-31 02:30 never was (+1 before the change), 2024-10-27 02:30 was first at +2
    times, notes = read(["2024-03-31 02:30", "2024-10-27 02:30", "2024-10-27 03:30"], zone="Europe/Berlin")
    assert times == ["2024-03-31 01:30", "2024-10-27 00:30", "2024-10-27 02:30"]
    assert notes[1].startswith("2 times never were or were twice when clocks changed in Europe/Berlin")


def test_local_times_agree_with_the_zone_s_rules_all_year_round():
    """Every quarter of an hour of a year with two clock changes, against the standard library."""
    from datetime import datetime, timedelta
    from zoneinfo import ZoneInfo

    walls = [datetime(2024, 1, 1) + timedelta(minutes=15 * n) for n in range(366 * 96)]
    local = np.array(walls, dtype="datetime64[us]").astype(np.int64)
    for zone in ("America/New_York", "Australia/Lord_Howe"):
        utc, _ = to_utc(local, zone)
        rules = ZoneInfo(zone)
        expected = [wall - wall.replace(tzinfo=rules).utcoffset() for wall in walls]  # type: ignore[operator]
        assert np.array_equal(utc, np.array(expected, dtype="datetime64[us]").astype(np.int64))


def test_an_unknown_zone_is_an_error():
    with pytest.raises(InputError, match="No time zone is called 'Mars/Base'"):
        read(["2024-01-01"], zone="Mars/Base")


def test_a_column_without_a_known_form_is_an_error_with_value_and_line():
    with pytest.raises(InputError) as caught:
        read(["", "week 12", "week 13"])
    assert "Column 'when' holds no time in a known form: 'week 12' (line 3)." in caught.value.message
    assert "2024-02-29T14:03:00Z" in caught.value.hint


def test_a_spreadsheet_s_day_is_no_time_outside_a_sheet():
    with pytest.raises(InputError, match=r"'45292\.5'"):
        read(["45292.5"])


@pytest.mark.parametrize("odd", ["soon", "2024-02-30", "2024-13-01", "0024-01-01", "2024-01-01T25:00", "31/12/2024"])
def test_a_few_unreadable_times_are_bad_cells(odd):
    good = ["2024-01-01"] * 5
    expected = "2024-12-31" if "/" in odd else "bad"
    assert read([*good, odd])[0] == ["2024-01-01"] * 5 + [expected]


def test_numbers_of_another_unit_are_bad_cells():
    assert read(["1709215385"] * 3 + ["1709215385250"])[0] == ["2024-02-29 14:03:05"] * 3 + ["bad"]


@pytest.mark.parametrize(
    ("values", "kind", "means"),
    [
        ([1_709_215_385], pa.int64(), "2024-02-29 14:03:05"),
        ([1_709_215_385.5], pa.float64(), "2024-02-29 14:03:05.5"),
        ([1_709_215_385_250_000_999], pa.timestamp("ns"), "2024-02-29 14:03:05.25"),
        ([1_709_215_385], pa.timestamp("s", "Asia/Tokyo"), "2024-02-29 14:03:05"),
        ([19_782], pa.date32(), "2024-02-29"),
    ],
)
def test_columns_that_are_no_text_are_read_by_their_type(values, kind, means):
    assert read([*values, None], kind)[0] == [means, "empty"]


def test_an_instant_before_1970_is_rounded_down_to_the_microsecond():
    assert read([-1], pa.timestamp("ns"))[0] == ["1969-12-31 23:59:59.999999"]
