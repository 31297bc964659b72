"""Metrics by group: periods in the stream's zone, types, teams and attributes as they were at the time."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import CHANGES
from valuestream import Stage, ValueStream, sketch
from valuestream.analysis.figures import read
from valuestream.calendar import Calendar
from valuestream.errors import PersonField, UnknownName
from valuestream.metrics import question
from valuestream.metrics.catalogue import CATALOGUE
from valuestream.metrics.periods import periods
from valuestream.metrics.question import Window
from valuestream.sources.demo import demo, demo_stream
from valuestream.sources.sketch import day

DAY_S = 86_400
KINDS = {"defect": ("Bug",), "feature": ("Story",)}


def grouped(stream: ValueStream, name: str, *by: str) -> dict:
    return {key: (figure.value, figure.n) for key, figure in stream.metric_by(name, *by).items()}


def test_weeks_are_told_with_those_that_are_not_whole(stream):
    """
    A: dev 1, done 3
    B: dev 1, done 17
    C: dev 1, done 24
    """
    # day 1 is Monday of ISO week 1; the log ends on Wednesday of week 4, which is not whole
    (told,) = stream.metrics_document(["throughput"], ["week"])["metrics"]
    rows = [(row["group"]["week"], row["complete"], row["value"], row["n"]) for row in told["figures"]]
    assert rows == [
        ("2024-W01", True, 1.0, 1),
        ("2024-W02", True, 0.0, 1),
        ("2024-W03", True, 1.0, 1),
        ("2024-W04", False, None, 0),
    ]
    assert told["figures"][-1]["excluded"] == [{"reason": "outside the complete weeks", "n": 1}]
    assert told["figures"][-1]["why"] == "no complete week"


def test_a_period_without_items_has_no_lead_time_and_a_count_of_nought(stream):
    """
    A: dev 1, done 3
    B: dev 1, done 17
    """
    assert grouped(stream, "lead_time", "week")[("2024-W02",)] == (None, 0)
    assert grouped(stream, "flow_distribution", "week")[("2024-W02",)] == (0.0, 0)


def test_a_rate_per_week_counts_a_week_to_the_month_of_its_thursday(stream):
    """
    A: dev 1, done 31
    B: dev 1, done 33
    C: dev 1, done 66
    """
    # week 5 is 29 January to 4 February; its Thursday is 1 February, so A (31 January) counts to February:
    # weeks 5 to 8 are four weeks with two items; January's are weeks 1 to 4
    assert grouped(stream, "throughput", "month") == {
        ("2024-01",): (0.0, 4),
        ("2024-02",): (2 / 5, 5),
        ("2024-03",): (None, 0),
    }
    # all else is by the day: A finished in January
    assert grouped(stream, "flow_distribution", "month")[("2024-01",)] == (1.0, 1)


def test_months_are_the_zones(look):
    """
    A: dev 1, done 31+23:30
    B: dev 1, done 40
    """
    with look(replace(CHANGES, calendar=Calendar(zone="Europe/Berlin"))) as berlin:
        assert grouped(berlin, "flow_distribution", "month")[("2024-02",)] == (2.0, 2)
    with look() as utc:
        assert grouped(utc, "flow_distribution", "month")[("2024-01",)] == (1.0, 1)


def test_quarters_have_names(stream):
    """
    A: dev 1, done 90
    B: dev 1, done 100
    """
    # day 90 is 30 March, day 100 is 9 April
    assert grouped(stream, "flow_distribution", "quarter") == {("2024-Q1",): (1.0, 1), ("2024-Q2",): (1.0, 1)}


def test_load_is_of_the_type_of_the_day_and_velocity_of_the_type_at_the_finish(look):
    """
    A: type=Bug 1, dev 1, type=Story 5, done 10, type=Bug 12
    """
    # definitions 4.9 no. 5: load defect on days 1 to 4, feature on days 5 to 9, velocity one feature on day 10
    kinds = replace(CHANGES, flow_items=KINDS)
    loads = {}
    for day_number in range(1, 11):
        with look(kinds, until=f"2024-01-{day_number:02d}T12:00") as seen:
            loads[day_number] = {key[0]: n for key, (n, _) in grouped(seen, "flow_load", "flow_item").items()}
    assert loads == {
        **{n: {"defect": 1} for n in range(1, 5)}, **{n: {"feature": 1} for n in range(5, 10)}, 10: {}
    }  # fmt: skip
    with look(kinds) as seen:
        assert grouped(seen, "flow_distribution", "flow_item") == {("feature",): (1.0, 1)}
        assert grouped(seen, "flow_distribution", "type") == {("Story",): (1.0, 1)}


def test_an_attribute_is_that_of_the_entry_for_visits_and_of_the_finish_for_items(stream):
    """
    A: severity=low 1, dev 1, severity=high 3, review 4, reviewing 5, severity=none 6, done 7, severity=low 8
    B: dev 1, done 2
    """
    assert grouped(stream, "stage_visits", "stage", "severity") == {
        ("Dev", "low"): (1.0, 1),
        ("Dev", None): (1.0, 1),
        ("Review", "high"): (1.0, 1),
    }
    assert grouped(stream, "flow_distribution", "severity") == {("none",): (1.0, 1), (None,): (1.0, 1)}


def test_a_later_life_has_the_attributes_of_its_own_time(stream):
    """
    A: severity=low 1, dev 1, done 2, severity=high 20, dev 20, done 21
    """
    assert grouped(stream, "flow_distribution", "severity") == {("low",): (1.0, 1), ("high",): (1.0, 1)}


def test_the_team_of_what_is_in_progress_is_that_of_the_day_where_the_stage_has_none(look):
    """
    A: team=Blue 1, dev 1, team=Red 5
    B: team=Blue 1, test 1, team=Red 5
    """
    stages = tuple(replace(stage, team="Lab") if stage.name == "Test" else stage for stage in CHANGES.stages)
    with look(replace(CHANGES, stages=stages)) as seen:
        assert grouped(seen, "flow_load", "team") == {("Red",): (1.0, 1), ("Lab",): (1.0, 1)}
    with look(replace(CHANGES, stages=stages), until="2024-01-03") as earlier:
        assert grouped(earlier, "flow_load", "team") == {("Blue",): (1.0, 1), ("Lab",): (1.0, 1)}


@pytest.mark.parametrize("name", ["assignee", "actor", "Owner", "reporter"])
def test_persons_are_refused_as_groups(stream, name):
    """
    A: dev@ada 1, done 2
    """
    with pytest.raises(PersonField):
        stream.metrics_document(["lead_time"], [name])


def test_a_field_whose_values_are_people_is_refused_whatever_it_is_called(look):
    """
    A: buddy=ada 1, dev@ben 1, review@ada 2, done 3
    B: buddy=ben 1, dev@ada 1, done 2
    """
    with look() as seen:
        assert "buddy" not in seen.metrics_document(["lead_time"])["metrics"][0]["groupings"]
        with pytest.raises(UnknownName):
            seen.metrics_document(["lead_time"], ["buddy"])
    with pytest.raises(PersonField), look(where={"buddy": "ada"}) as filtered:
        filtered.map()


def test_a_team_that_fewer_than_five_people_make_has_no_figures(look):
    """
    A: dev@a1 1, done 3
    B: dev@a2 1, done 4
    C: dev@b1 1, done 5
    D: dev@b2 1, done 6
    E: dev@b3 1, done 7
    F: dev@b4 1, done 8
    G: dev@b5 1, done 9
    """
    people = replace(CHANGES, teams={"Small": ("a?",), "Large": ("b?",)})
    with look(people) as seen:
        rows = seen.metric_by("flow_distribution", "team")
    assert {key: (f.value, f.n, f.why) for key, f in rows.items()} == {
        ("Small",): (None, 0, "fewer than five people"),
        ("Large",): (5.0, 5, None),
    }
    with pytest.raises(PersonField, match="2 people"), look(people, where={"team": "Small"}) as filtered:
        filtered.map()


def test_a_team_that_the_items_name_is_no_attribute_of_people(look):
    """
    A: team=Small 1, dev@a1 1, done 3
    """
    with look(replace(CHANGES, teams={"Small": ("a?",)})) as seen:
        assert grouped(seen, "flow_distribution", "team") == {("Small",): (1.0, 1)}


def test_what_is_of_an_instant_has_no_weeks(stream):
    """
    A: dev 1, done 2
    """
    with pytest.raises(UnknownName, match="instant"):
        stream.metrics_document(["flow_load"], ["week"])


def test_two_times_at_once_are_refused(stream):
    """
    A: dev 1, done 2
    """
    with pytest.raises(UnknownName, match="together"):
        stream.metrics_document(["lead_time"], ["week", "month"])


def test_without_names_only_metrics_with_the_groupings_are_told(stream):
    """
    A: dev 1, done 2
    """
    told = [metric["name"] for metric in stream.metrics_document(by=["stage"])["metrics"]]
    assert "stage_wait_time" in told
    assert "lead_time" not in told


def test_percentiles_of_fewer_than_ten_are_refused_and_say_so(stream):
    """
    A: dev 1, done 3
    """
    figure = stream.metric("lead_time")
    assert (figure.value, figure.n, figure.why) == (None, 1, "below 10 values no percentile is given")
    assert stream.metrics_document(["lead_time"])["metrics"][0]["figures"][0]["spread"]["mean"] == 2 * DAY_S


@pytest.fixture(scope="module")
def sample():
    with ValueStream(demo(1, 300), demo_stream(), since="2024-02-01") as seen:
        yield seen


@pytest.mark.parametrize("metric", CATALOGUE, ids=lambda m: m.name)
def test_one_statement_says_what_its_parts_say_one_by_one(sample, metric):
    """The value, n and every count of what is left out, against plain statements for each."""
    ask = sample.ask
    found = ask.answers(metric)[()].figure
    where = question.condition(metric, ask.window, ask.filters)
    value, n = ask.run(question.value(metric, ask.window, ask.filters))[0]
    if metric.per_week:
        assert (found.value, found.n) == (pytest.approx(value / ask.window.weeks[2]), ask.window.weeks[2])
        return
    assert (found.value, found.n) == (None if value is None else pytest.approx(float(value)), n)
    for reason, rule in metric.leaves_out:
        lost = ask.run(f"SELECT count(*) FROM {metric.over} WHERE ({where}) AND ({rule})")[0][0]
        assert [out.n for out in found.excluded if out.reason == reason] == ([lost] if lost else [])
    if metric.spread:
        assert ask.answers(metric)[()].spread == ask.spread(metric)


@pytest.mark.parametrize("by", ["type", "team", "flow_item", "week", "month", "release"])
def test_groups_make_up_the_whole(sample, by):
    rows = sample.metric_by("flow_distribution", by)
    assert sum(figure.n for figure in rows.values()) == sample.metric("flow_distribution").n


def test_a_row_is_read_back_as_the_figure_it_was(sample):
    row = sample.metrics_document(["flow_efficiency"])["metrics"][0]["figures"][0]
    assert read(row) == sample.metric("flow_efficiency")


@settings(max_examples=60, deadline=None)
@given(
    begin=st.integers(0, 800),
    length=st.integers(1, 500),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Pacific/Auckland"]),
    unit=st.sampled_from(["week", "month", "quarter"]),
    of_weeks=st.booleans(),
)
def test_periods_follow_each_other_and_hold_every_instant(begin, length, zone, unit, of_weeks):
    since, until = day(begin), day(begin + length)
    whole_weeks = (since, until, 1)
    found = periods(unit, Window(since, until, whole_weeks), zone, of_weeks=of_weeks)
    assert list(found.begins) == sorted(set(found.begins))
    assert len(set(found.labels)) == len(found.labels)
    assert found.begins[0] <= since
    assert found.begins[-1] < until
    inner = range(1, len(found.begins) - 1)
    assert all(found.complete[k] for k in inner)
    # the SQL is a search for the last begin that is not later
    import duckdb

    instants = [since, until - 1, *found.begins[1:], *(at - 1 for at in found.begins[1:])]
    for at in instants:
        got = duckdb.execute(f"SELECT {found.sql(str(at))}").fetchall()[0][0]
        assert got == max(k for k, first in enumerate(found.begins) if first <= at)


def test_an_attribute_is_joined_by_hash_and_not_row_by_row(sample):
    """A join with an OR in it would compare every item with every span of the log."""
    from valuestream.metrics import grouping
    from valuestream.metrics.catalogue import metric

    for name in ("lead_time", "stage_wait_time", "flow_load"):
        asked, _ = grouping.groups(metric(name), sample.window, ["release"], sample._questions.groupings)
        statement = question.answer(metric(name), sample.window, (), asked)
        plan = "".join(row[1] for row in sample.tables.ask(f"EXPLAIN {statement}"))
        assert "HASH_JOIN" in plan
        assert "NL_JOIN" not in plan


def test_stage_figures_do_not_need_five_people(look):
    """
    A: dev@a1 1, done 3
    """
    with look(replace(CHANGES, stages=(*CHANGES.stages[:1], Stage("Other", work=("other",))))) as seen:
        assert seen.metric_by("people", "stage")[("Dev",)].value == 1.0


def test_an_empty_log_answers_nothing_and_fails_nowhere():
    with ValueStream(sketch(""), CHANGES) as seen:
        document = seen.metrics_document(by=["week"])
    assert all(row["value"] in (None, 0.0) for metric in document["metrics"] for row in metric["figures"])
