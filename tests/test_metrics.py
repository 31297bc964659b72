"""Metrics, each worked by hand; the worked examples are the field's own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conftest import CHANGES, item
from valuestream import Stage, Stream, ValueStream, sketch
from valuestream.errors import ConfigError, PersonField, UnknownName
from valuestream.metrics.catalogue import CATALOGUE
from valuestream.metrics.metric import Exclusion

approx = pytest.approx

DAY_S = 86_400


def test_flow_efficiency_pools_time_not_items(stream):
    """
    A: todo 1, dev 2, review 3, done 11
    B: dev 1, done 2
    """
    # 1 + 1 days of work in 10 + 1 days of stream: 18 %, not the mean of 10 % and 100 %
    assert stream.metric("flow_efficiency").value == approx(2 / 11)


def test_ten_items_of_200_days_with_80_active_are_40_percent(look):
    """
    # definitions 4.9 no. 6
    """
    one = "\n".join(f"{key}: todo 1, dev 13, done 21" for key in "ABCDEFGHIJ")
    assert ValueStream(sketch(one), CHANGES).metric("flow_efficiency").value == approx(0.40)


def test_steps_of_60_of_240_and_30_of_120_and_10_of_40_are_25_percent(stream):
    """
    A: todo 00:00, dev 03:00, review 04:00, reviewing 05:30, ready 06:00, test 06:30, done 06:40
    """
    # definitions 4.9 no. 6: minutes of work over minutes in the step, per step; 100 of 400 in all
    assert stream.metric("flow_efficiency").value == approx(100 / 400)


def test_nine_steps_of_a_delivery_add_up_to_seventy_minutes():
    """Definitions 4.9 no. 2: created 9:50, in progress 10:00 ... released 11:00."""
    times = ["9:50", "10:00", "10:05", "10:10", "10:11", "10:15", "10:16", "10:17", "10:20"]
    steps = ["created", "in_progress", "committed", "pr_open", "approved", "merged", "ci", "cd", "closed"]
    stages = tuple(Stage(step, work=(step,)) for step in steps)
    text = ", ".join(f"{step} {time}" for step, time in zip(steps, times, strict=True))
    with ValueStream(sketch(f"A: {text}, released 11:00"), Stream("harness", stages, done=("released",))) as seen:
        document = seen.map()
    assert [stage["per_item_s"]["active"] / 60 for stage in document["stages"]] == [10, 5, 5, 1, 4, 1, 1, 3, 40]
    assert document["totals"]["lead_time_s"]["mean"] == 70 * 60


def test_a_pause_of_three_months_counts_elapsed_and_not_as_work(stream):
    """
    A: dev 1, stuck 8, dev 98, done 105
    """
    # definitions 4.9 no. 4: a week, three months of pause, a week
    found = item(stream)
    assert (found["work"], found["lead"]) == (14, 104)


def test_rolled_percent_complete_and_accurate_multiplies_what_each_stage_sent_back():
    """Ten items; each of three later stages sends one visit back to the stage before, which passes it on again."""
    names = ["dev", "reviewing", "test", "releasing"]
    plain = ", ".join(f"{state} {n}" for n, state in enumerate(names, 1)) + ", done 9"
    lines = [f"P{n}: {plain}" for n in range(7)]
    lines += [
        "R1: dev 1, reviewing 2, dev 3, test 4, releasing 5, done 9",
        "R2: dev 1, reviewing 2, test 3, reviewing 4, releasing 5, done 9",
        "R3: dev 1, reviewing 2, test 3, releasing 4, test 5, done 9",
    ]
    with ValueStream(sketch("\n".join(lines)), CHANGES) as seen:
        by_stage = seen.metric_by("complete_and_accurate", "stage")
        rolled = seen.map()["totals"]["rolled_ca"]["value"]
    expected = {"Dev": (11, 1.0), "Review": (11, 10 / 11), "Test": (11, 10 / 11), "Release": (10, 9 / 10)}
    assert {stage: (f.n, f.value) for (stage,), f in by_stage.items()} == {
        k: (n, approx(v)) for k, (n, v) in expected.items()
    }
    assert rolled == approx(10 / 11 * 10 / 11 * 9 / 10)


def test_three_stages_at_ninety_percent_roll_to_729_per_mille():
    """Definitions 4.9 no. 7."""
    from valuestream.analysis.current_state import rolled

    ninety = {"value": 0.9, "n": 10}
    assert rolled([ninety] * 3).value == approx(0.729)
    partly = rolled([ninety, {"value": None, "n": 0}])
    assert (partly.value, partly.excluded) == (0.9, (Exclusion("stages without a judged visit", 1),))
    assert rolled([]).value is None


def test_an_item_never_in_work_has_unknown_active_time_and_is_counted(stream):
    """
    A: todo 1, done 5
    B: todo 1, dev 2, done 3
    C: done 4
    """
    figure = stream.metric("flow_efficiency")
    assert (figure.value, figure.n) == (approx(1 / 2), 1)
    assert set(figure.excluded) == {Exclusion("no observed start", 1), Exclusion("no work state entered", 1)}
    assert figure.provenance == "state-derived"


def test_intervals_measure_process_time(stream):
    """
    A: dev(1..3), done 5
    """
    assert stream.metric("flow_efficiency").provenance == "measured"
    assert stream.metric("throughput").provenance == "logged"


def test_nothing_finished_is_unknown_and_never_zero(stream):
    """
    A: dev 1
    """
    document = stream.map()
    assert stream.metric("flow_efficiency").value is None
    assert document["totals"]["lead_time_s"] == {"n": 0, "mean": None, "p50": None, "p85": None, "p95": None}
    assert document["stages"][0]["per_item_s"] == {"active": None, "wait": None}
    assert document["stages"][0]["wip"]["work"] == 1


def test_percentiles_are_refused_below_ten_values(look):
    nine = "\n".join(f"{key}: dev 1, done {n}" for n, key in enumerate("ABCDEFGHI", 2))
    with (
        ValueStream(sketch(nine), CHANGES) as few,
        ValueStream(sketch(f"{nine}\nJ: dev 1, done 11"), CHANGES) as enough,
    ):
        assert (few.spread("lead_time").p50, few.spread("lead_time").mean) == (None, approx(5 * DAY_S))
        # 1..10 days: the 85th percentile lies at 1 + 0.85 * 9
        assert enough.spread("lead_time").p85 == approx(8.65 * DAY_S)


def test_cycle_time_is_first_work_to_done(stream):
    """
    A: todo 1, dev 4, done 6
    """
    assert stream.spread("cycle_time").mean == 2 * DAY_S


def test_throughput_counts_complete_iso_weeks_and_empty_weeks_are_zero(stream):
    """
    A: dev 1, done 2
    B: dev 1, done 3
    C: dev 1, done 17
    D: dev 1, done 24
    """
    # day 1 is a Monday; the log ends on day 24: three complete weeks with 2, 0 and 1 finished; D lies outside
    figure = stream.metric("throughput")
    assert (figure.value, figure.n) == (1.0, 3)
    assert figure.excluded == (Exclusion("outside the complete weeks", 1),)


def test_throughput_of_less_than_a_week_is_unknown(stream):
    """
    A: dev 2, done 3
    """
    assert stream.map()["totals"]["throughput_per_week"]["value"] is None


def test_a_week_without_anything_finished_is_zero(stream):
    """
    A: dev 1
    B: dev 9
    """
    assert stream.map()["totals"]["throughput_per_week"]["value"] == 0.0


def test_weeks_are_the_zones(look):
    """
    A: dev 1, done 7+23:30
    B: dev 1, done 15
    """
    # Sunday 23:30 UTC is Monday in Berlin, so the second week has it
    from valuestream.calendar import Calendar

    with look(replace(CHANGES, calendar=Calendar(zone="Europe/Berlin"))) as berlin:
        assert berlin.window.weeks[2] == 1
        assert berlin.metric("throughput").value == 1.0
    with look() as utc:
        assert utc.window.weeks[2] == 2


def test_load_and_age_are_of_the_instant(look):
    """
    A: dev 1, done 5
    B: dev 3
    C: idea 1
    """
    with look() as now:
        assert now.metric("flow_load").value == 1
        assert now.spread("age").mean == 2 * DAY_S
    with look(as_of="2024-01-04") as earlier:
        assert earlier.metric("flow_load").value == 2
        assert earlier.spread("age").mean == approx(2 * DAY_S)  # three days and one


def test_a_past_as_of_replays_only_what_had_happened(look):
    """
    A: dev 1, review 3, dev 5, done 6
    """
    with look(as_of="2024-01-04") as earlier:
        assert earlier.map()["items"] == {"finished": 0, "open": 1, "cancelled": 0}
        assert earlier.map()["returns"] == []


def test_the_window_is_half_open_on_the_metrics_clock(look):
    """
    A: dev 1, done 3
    B: dev 1, done 5
    C: dev 1, done 7
    """
    with look(since="2024-01-03", until="2024-01-05") as seen:
        assert seen.map()["items"]["finished"] == 1
        assert seen.map()["totals"]["lead_time_s"]["mean"] == 2 * DAY_S


def test_first_pass_yield_and_rework_share(stream):
    """
    A: dev 1, review 2, dev 3, review 4, done 5
    B: dev 1, done 5
    """
    assert stream.metric("first_pass_yield").value == 0.5
    # A: two of its four days are second visits after the return; B adds four days
    assert stream.metric("rework_share").value == approx(2 / 8)


def test_touch_days_are_shares_of_working_days(look):
    """
    A: dev 1, touch@ada 1+10:00, touch@ben 1+12:00, touch@ada 3+10:00, done 4+12:00
    B: dev 1, done 2
    """
    # Monday to Thursday: four working days, touched on two of them
    figure = look().metric("touch_days")
    assert (figure.value, figure.n) == (0.5, 1)
    assert figure.excluded == (Exclusion("no touch logged", 1),)


def test_touch_days_leave_weekends_out_where_hours_are_known(look):
    """
    A: dev 5, touch@ada 5+10:00, done 8+12:00
    """
    # Friday to Monday: two working days
    from valuestream.calendar import Calendar
    from valuestream.working_hours import parse_hours

    office = replace(CHANGES, calendar=Calendar(hours=parse_hours("Mon-Fri 09:00-17:00")))
    assert look(office).metric("touch_days").value == 0.5


def test_working_hours_stand_beside_elapsed_time(look):
    """
    A: todo 5+16:00, dev 8+10:00, done 8+12:00
    """
    from valuestream.calendar import Calendar
    from valuestream.working_hours import parse_hours

    office = replace(CHANGES, calendar=Calendar(hours=parse_hours("Mon-Fri 09:00-17:00")))
    document = look(office).map()
    # Friday 16:00 to Monday 10:00 is one hour of Friday and one of Monday
    (stage,) = [s for s in document["stages"] if s["name"] == "Dev"]
    assert (stage["working"]["wait_s"]["mean"], stage["working"]["active_s"]["mean"]) == (2 * 3600, 2 * 3600)
    assert document["totals"]["lead_time_working_s"]["mean"] == 4 * 3600
    assert document["totals"]["lead_time_s"]["mean"] == 68 * 3600


@pytest.mark.parametrize(
    ("name", "n", "unworked"),
    [("lead_time", 2, 0), ("stage_active_time", 2, 1), ("stage_wait_time", 3, 0)],
)
def test_without_a_calendar_nothing_is_known_in_working_hours_and_that_is_the_reason(look, name, n, unworked):
    """
    A: todo 1, dev 2, done 3
    B: dev 2, ready 3, done 4
    """
    figure = look().metric(f"{name}_working_hours")
    assert (figure.value, figure.n) == (None, 0)
    reasons = {one.reason: one.n for one in figure.excluded}
    assert reasons.pop("no work state entered", 0) == unworked
    assert reasons == {"no working hours: the stream's calendar names none": n}


def test_flow_distribution_counts_finished_items_by_flow_item(look):
    """
    A: type=Bug 1, dev 1, done 2
    B: type=Story 1, dev 1, done 2
    C: type=Story 1, dev 1, done 2
    D: dev 1, done 2
    """
    kinds = replace(CHANGES, flow_items={"defect": ("Bug",), "feature": ("Story",)})
    assert look(kinds).map()["totals"]["flow_distribution"] == {"feature": 2, "defect": 1, "other": 1}
    assert look().map()["totals"]["flow_distribution"] == {"Story": 2, "Bug": 1}


def test_only_items_of_the_streams_kind_are_in_it(look):
    """
    A: type=Incident 1, dev 1, done 2
    B: type=Request 1, dev 1, done 2
    """
    seen = look(replace(CHANGES, items={"type": ("Incident",)}))
    assert seen.map()["items"]["finished"] == 1
    assert {"reason": "of another kind than the stream's items", "n": 1} in seen.map()["excluded"]


def test_where_filters_by_team_and_unknown_values_list_the_known(look):
    """
    A: team=Blue 1, dev 1, done 2
    B: team=Red 1, dev 1, done 3
    """
    with look(where={"team": "Blue"}) as blue:
        assert blue.map()["totals"]["lead_time_s"]["mean"] == DAY_S
    with pytest.raises(UnknownName, match="No team 'Bleu'") as wrong, look(where={"team": "Bleu"}) as typo:
        typo.map()
    assert "Blue" in wrong.value.hint


@pytest.mark.parametrize("name", ["assignee", "actor", "owner", "Assignee"])
def test_persons_are_refused_as_filter(look, name):
    """
    A: dev@ada 1, done 2
    """
    with pytest.raises(PersonField):
        look(where={name: "ada"})


@pytest.mark.parametrize("metric", CATALOGUE, ids=lambda m: m.name)
def test_no_metric_groups_by_persons_and_every_one_answers(look, metric):
    """
    A: idea 1, dev@ada 2, review@ben 3, reviewing 4, dev 5, done 6
    B: dev 1
    """
    seen = look()
    with pytest.raises(PersonField):
        seen.metric_by(metric.name, "assignee")
    figure = seen.metric(metric.name)
    assert figure.value is None or figure.n > 0
    for group in metric.by:
        assert isinstance(seen.metric_by(metric.name, group), dict)


def test_an_unknown_metric_lists_near_ones(stream):
    """
    A: dev 1, done 2
    """
    with pytest.raises(UnknownName) as wrong:
        stream.metric("led_time")
    assert "lead_time" in wrong.value.hint


def test_a_window_that_ends_before_it_begins_is_an_error(look):
    """
    A: dev 1, done 2
    """
    with pytest.raises(ConfigError, match="ends"):
        look(since="2024-02-01", until="2024-01-01").map()


def test_a_kind_of_item_that_this_log_has_none_of_is_no_error(look):
    """
    A: type=Bug 1, dev 1, done 2
    """
    seen = look(replace(CHANGES, items={"type": ("Bug", "Incident")}))
    assert seen.map()["items"]["finished"] == 1
