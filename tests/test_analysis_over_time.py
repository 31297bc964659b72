"""What the flow page and the report draw, worked by hand."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import CHANGES
from valuestream import ValueStream, sketch
from valuestream.analysis.days import Days, iso
from valuestream.calendar import Calendar, day_begin_us
from valuestream.errors import UnknownName
from valuestream.sources.sketch import day

D = 86_400.0
approx = pytest.approx
BERLIN = replace(CHANGES, calendar=Calendar(zone="Europe/Berlin"))


def band(document, name):
    return next(one["n"] for one in document["cfd"]["bands"] if one["band"] == name)


def test_the_load_of_a_day_is_its_integral_and_not_a_snapshot(stream):
    """
    A: todo 1, dev 2, done 3.5
    B: dev 1.25, done 2
    """
    points = stream.flow_document()["load"]["points"]
    # day 1: A whole, B three quarters; day 2: A; day 3: half of A. The log ends at 3.5: of day 3 only that is seen
    assert [point["items"] for point in points] == approx([1.75, 1.0, 1.0])


def test_the_integral_of_the_load_is_the_sum_of_item_time(stream):
    """
    A: todo 1.3, dev 2, review 4.1, dev 5, done 9.7
    B: dev 2.5, test 3, dropped 6.2
    C: review 7, asking 8
    """
    points = stream.flow_document()["load"]["points"]
    lengths = [0.7, *[1.0] * 7, 0.7]
    # the window begins with the first event and ends with the last: 8.4 + 3.7 + 2.7 days of items
    assert sum(point["items"] * n for point, n in zip(points, lengths, strict=True)) == approx(8.4 + 3.7 + 2.7)


def test_bands_of_the_cumulative_flow_count_instants_at_the_end_of_days(stream):
    """
    A: todo 1, review 2.5, done 4
    B: todo 2, dropped 3.5
    C: test 3
    D: todo 5
    """
    document = stream.flow_document()
    assert document["cfd"]["days"][0] == iso(Days(day(1), day(2), "UTC").first)
    assert band(document, "Dev") == [1, 1, 0, 0, 1]
    assert band(document, "Review") == [0, 1, 1, 0, 0]
    assert band(document, "Test") == [0, 0, 1, 1, 1]
    assert band(document, "done") == [0, 0, 0, 1, 1]
    assert band(document, "cancelled") == [0, 0, 1, 1, 1]


def test_all_bands_together_are_what_has_arrived(stream):
    """
    A: todo 1, review 2.5, done 4, review 6, done 8
    B: todo 2, dropped 3.5
    C: test 3
    D: todo 7
    """
    document = stream.flow_document()
    total = [sum(column) for column in zip(*(one["n"] for one in document["cfd"]["bands"]), strict=True)]
    # A reopens within the limit: until then its stay in done is a band of its own, not done
    assert total == [1, 2, 3, 3, 3, 3, 4, 4]
    assert band(document, "(done)") == [0, 0, 0, 1, 1, 0, 0, 0]


def test_days_are_those_of_the_streams_zone(look):
    """
    A: dev 1.99, done 3
    """
    # 23:45 UTC is past midnight in Berlin: the second day, of which 23.25 hours are seen
    with look(BERLIN) as seen:
        document = seen.flow_document()
        assert len(document["load"]["points"]) == 2
        assert document["cfd"]["days"] == [iso(Days(day(2), day(2) + 1, "UTC").first + k) for k in (0, 1)]
    with look() as seen:
        document = seen.flow_document()
    assert [point["items"] for point in document["load"]["points"]] == [1, 1]  # the log ends as the third day begins
    assert len(document["cfd"]["days"]) == 3


@given(
    at=st.integers(1_500_000_000_000_000, 1_800_000_000_000_000),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]),
)
@settings(max_examples=60, deadline=None)
def test_sql_and_python_agree_on_the_local_day(at, zone):
    import duckdb

    days = Days(at - 400 * 86_400_000_000, at + 1, zone)
    with duckdb.connect() as con:
        found = con.execute(f"SELECT {days.day('t')}, {days.week('t')} FROM (SELECT {at}::BIGINT AS t)").fetchone()
    assert found == (days.last, days.weeks[-1])
    assert day_begin_us(days.last, zone) <= at < day_begin_us(days.last + 1, zone)


def test_a_day_of_a_clock_change_has_its_own_length():
    begins = Days(1_711_753_200_000_000, 1_711_922_400_000_000, "Europe/Berlin").begins  # 30 and 31 March 2024
    assert [(b - a) / 3_600e6 for a, b in pairwise(begins)] == [24, 23]


def test_weeks_are_counted_whole_or_said_to_be_cut(look):
    """
    A: dev 1, done 3
    B: dev 2, dropped 9
    C: dev 8, done 20
    D: todo 22
    """
    with look() as seen:
        weeks = seen.flow_document()["weeks"]
    # day 1 is a Monday, and so is day 22, with which the log ends
    assert [(w["arrived"], w["finished"], w["cancelled"], w["complete"]) for w in weeks] == [
        (2, 1, 0, True), (1, 0, 1, True), (0, 1, 0, True), (1, 0, 0, False),
    ]  # fmt: skip


def test_flow_efficiency_of_a_week_is_pooled_over_its_items(stream):
    """
    A: todo 1, dev 2, done 3
    B: todo 1, dev 4, done 5
    C: todo 1, done 6
    D: todo 8, dev 9
    """
    [first, _] = stream.flow_document()["weeks"]
    assert first["flow_efficiency"] == {"value": approx((1 + 1) / (2 + 4)), "n": 2}  # C was never seen in work
    assert first["finished"] == 3


def test_the_scatter_holds_every_finished_item_and_refuses_percentiles_of_few(stream):
    """
    A: todo 1, dev 2, done 4
    B: todo 2, done 3
    C: done 5
    """
    found = stream.flow_document()["scatter"]
    assert [(p["item"], p["lead_s"] / D, p["cycle_s"] and p["cycle_s"] / D) for p in found["points"]] == [
        ("B", 1, None), ("A", 3, 2),
    ]  # fmt: skip
    assert found["lead"] == {"n": 2, "mean": 2 * D, "p50": None, "p70": None, "p85": None, "p95": None}


def test_percentiles_rest_on_all_items_though_the_points_are_a_sample():
    rows = "\n".join(f"I{k}: dev {1 + k / 100:.2f}, done {1 + k / 100 + 1 + k / 1000:.3f}" for k in range(3000))
    with ValueStream(sketch(rows), CHANGES) as seen:
        found = seen.flow_document()["scatter"]
    assert (found["n"], found["every"]) == (3000, 3)
    assert 1000 <= found["shown"] == len(found["points"]) <= 1200
    assert found["lead"]["p50"] == approx((1 + 1.4995) * D, rel=1e-3)
    assert max(p["lead_s"] for p in found["points"]) == approx((1 + 2.999) * D, rel=1e-3)


def test_open_items_are_held_against_finished_ones_at_the_stages_exit():
    done = "\n".join(f"F{k}: dev 1, review {2 + k}, done {3 + k}" for k in range(10))
    text = done + "\nO: dev 1, review 12\nP: dev 5\nQ: dev 13"
    with ValueStream(sketch(text), CHANGES) as seen:
        found = seen.flow_document()["ageing"]
    marks = {mark["stage"]: mark for mark in found["marks"]}
    # they left Dev after 1, 2 ... 10 days, Review a day later: the median is 5.5, 85 % is 1 + 0.85 * 9
    assert (marks["Dev"]["p50_s"] / D, marks["Dev"]["p85_s"] / D) == (5.5, approx(8.65))
    assert (marks["Review"]["n"], marks["Review"]["p85_s"] / D) == (10, approx(9.65))
    seen = [(row["item"], row["stage"], row["how"], row["age_s"] / D, row["in_stage_s"] / D) for row in found["items"]]
    assert seen == [("O", "Review", "queue", 12, 1), ("P", "Dev", "work", 8, 8), ("Q", "Dev", "work", 0, 0)]
    assert (found["n"], found["shown"], found["late"]) == (3, 3, 1)


def test_targets_say_how_often_they_were_kept(look):
    """
    A: dev 1, done 2
    B: dev 1, done 3
    C: dev 1, done 9
    """
    with look(replace(CHANGES, targets={"*": "85 % within 2 d"})) as seen:
        [every] = seen.flow_document()["targets"]
    assert every == {"of": "*", "share": 0.85, "within_s": 2 * D, "n": 3, "attained": approx(2 / 3), "met": False}


def test_an_empty_log_gives_a_document_without_points(look):
    """ """
    with ValueStream(sketch(""), CHANGES) as seen:
        document = seen.flow_document()
    assert document["weeks"] == document["load"]["points"] == document["cfd"]["bands"] == []
    assert document["scatter"]["n"] == document["ageing"]["n"] == 0


def test_a_window_sees_what_was_in_progress_before_it(look):
    """
    A: dev 1, done 9
    B: dev 5, done 6
    """
    with look() as seen:
        part = seen.asking(since="2024-01-04", until="2024-01-07").flow_document()
    assert [point["items"] for point in part["load"]["points"]] == [1, 2, 1]
    assert band(part, "Dev") == [1, 2, 1]
    assert band(part, "done") == [0, 0, 1]
    assert [p["item"] for p in part["scatter"]["points"]] == ["B"]


def test_a_stage_looked_at_closely(stream):
    """
    A: todo 1, dev 3, review 4, dev 5, review 6, reviewing 7, done 8
    B: dev 1, review 2, dropped 4
    C: dev 7, review 8
    """
    found = stream.stage_document("Review")
    assert [(v["item"], v["nth"], v["span_s"] / D, v["active_s"] and v["active_s"] / D) for v in found["slowest"]] == [
        ("A", 2, 2, 1), ("B", 1, 2, None), ("A", 1, 1, None),
    ]  # fmt: skip
    assert found["came_from"] == [{"stage": "Dev", "n": 4, "wait_before_s": D}]
    assert {(row["stage"], row["way"]): row["n"] for row in found["went_to"]} == {
        ("Dev", "back"): 1, ("(done)", "done"): 1, ("(cancelled)", "cancelled"): 1,
    }  # fmt: skip
    assert [(row["item"], row["in_stage_s"]) for row in found["here"]["items"]] == [("C", 0)]
    assert sum(row["wait"] for row in found["distribution"]) == 3
    [classes] = [row for row in found["distribution"] if row["from_s"] == D]  # A waited 1 d in each of its visits
    assert (classes["wait"], classes["active"]) == (2, 1)
    assert [(week["n"], week["wait_s"]) for week in found["weeks"]] == [(2, 1.5 * D), (1, D)]


def test_an_unknown_stage_is_told_its_neighbours(stream):
    """
    A: dev 1, done 2
    """
    with pytest.raises(UnknownName) as told:
        stream.stage_document("Reveiw")
    assert "Review" in told.value.hint
