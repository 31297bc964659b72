"""The possible constraint: only with evidence, and not from a long wait alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import t

from valuestream import Stage, Stream, ValueStream, sketch
from valuestream.analysis.constraint import Seen, judged, seen
from valuestream.flow.loaded import covered, weeks
from valuestream.log.event import Log
from valuestream.sources.demo import demo, demo_stream
from valuestream.stream import Charter

approx = pytest.approx
STREAM = Stream(
    "s", (Stage("Dev", queue=("todo",), work=("dev",)), Stage("Check", queue=("ready",), work=("check",))),
    done=("done",),
)  # fmt: skip


def queueing(per_week: int, passed: float, weeks: int = 16) -> Log:
    """A line: so many items are developed each week, and Check, one at a time, passes so many a week."""
    rows, free = [], 0.0
    for n in range(per_week * weeks):
        came = 1 + 7 * n / per_week
        begun = max(came + 0.1, free)
        free = begun + 7 / passed
        rows.append(f"A{n}: dev {came:.3f}, ready {came + 0.1:.3f}, check {begun:.3f}, done {free:.3f}")
    return sketch("\n".join(rows))


def evidence(log: Log, stream: Stream = STREAM, **options: str) -> dict[str, str]:
    with ValueStream(log, stream, **options) as asked:
        document = asked.map()
    found = {one["name"]: one["constraint"]["evidence"] for one in document["stages"] if one["constraint"]}
    named = [one["title"] for one in document["findings"] if one["kind"] == "constraint"]
    assert named == [f"Possible constraint: {name}" for name in found]
    return found


def test_a_stage_that_passes_less_than_comes_is_one() -> None:
    # ten a week come, seven pass; the log is seen as it was when the sixteenth week ended
    found = evidence(queueing(10, 7), until="2024-04-22")
    assert list(found) == ["Check"]
    assert "it passed 7.0 a week" in found["Check"]
    assert "10.0 a week are asked of it" in found["Check"]
    assert "came and" in found["Check"]


def test_a_stage_that_keeps_up_is_none_however_long_items_wait() -> None:
    assert evidence(queueing(10, 12), until="2024-04-22") == {}


def test_the_charter_may_ask_for_more_than_comes() -> None:
    stream = replace(STREAM, charter=Charter(demand="13 per week"))
    slow = queueing(10, 9.9, weeks=24)  # about keeps up with what comes, and in the end always has something waiting
    assert evidence(slow, until="2024-06-17") == {}
    assert "13.0 a week are asked of it" in evidence(slow, stream, until="2024-06-17")["Check"]


def test_others_outside_are_none_of_ours() -> None:
    outside = replace(STREAM, stages=(STREAM.stages[0], Stage("Check", external=("ready", "check"))))
    assert evidence(queueing(10, 7), outside, until="2024-04-22") == {}


def test_a_backlog_in_which_nobody_works_is_no_candidate() -> None:
    backlog = replace(STREAM, stages=(Stage("Options", queue=("dev", "ready")), Stage("Check", work=("check",))))
    assert evidence(queueing(10, 7), backlog, until="2024-04-22") == {}


def test_the_demo_has_none_though_items_wait_five_days_for_approval() -> None:
    # its truth: one manager of 16 hours a week for 48 approvals of some 15 minutes
    assert evidence(demo(), demo_stream()) == {}


def test_less_than_six_weeks_say_nothing() -> None:
    assert evidence(queueing(10, 7, weeks=5), until="2024-02-05") == {}


def test_the_interval_is_students_over_the_weeks_under_load() -> None:
    one = Seen(weeks=10, came=100, left=60, waiting=40, rates=(6, 7, 8, 6, 7, 8))
    half = t.ppf(0.975, 5) * np.sqrt(0.8) / np.sqrt(6)
    assert one.interval == (approx(7), approx(7 - half), approx(7 + half))
    found = judged(one)
    assert found is not None
    assert found["interval"] == [approx(7 - half), approx(7 + half)]
    assert found["short_by"] == approx(0.3)


@pytest.mark.parametrize(
    ("came", "left", "waiting", "grows"),
    [(120, 90, 30, True), (120, 93, 27, False), (120, 90, 0, False)],  # 30 / sqrt(210) = 2.07; 27 / sqrt(213) = 1.85
)
def test_growth_counts_beyond_two_standard_deviations(came: int, left: int, waiting: int, grows: bool) -> None:
    assert (judged(Seen(10, came, left, waiting, ())) is not None) is grows


def test_a_week_is_under_load_where_something_waits_nearly_all_of_it() -> None:
    edges = np.array([0, 100, 200, 300])
    # waits cover 0..96 in the first week, 100..150 and 160..200 in the second, all of the third
    entered, until = np.array([0, 10, 100, 160, 200]), np.array([60, 96, 150, 200, 300])
    found = seen(weeks(entered, until, np.array([60, 96, 150, 200, 300]), edges), edges)
    assert found == Seen(weeks=3, came=5, left=4, waiting=1, rates=(2, 1))


def test_overlapping_waits_are_covered_once() -> None:
    at = np.array([0, 5, 10, 25, 40])
    assert covered(np.array([0, 3, 20]), np.array([8, 10, 30]), at).tolist() == [0, 5, 10, 15, 20]
    assert covered(np.array([4]), np.array([4]), at).tolist() == [0] * 5
