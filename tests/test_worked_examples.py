"""The worked examples of the field (definitions 4.9) that are not told elsewhere.

No. 1 stands in test_analysis_declared.py, 2, 4, 6 and 7 in test_metrics.py, 5 in test_metrics_grouping.py and
test_analysis_snapshot.py.
"""

from __future__ import annotations

import pytest

from conftest import CHANGES
from valuestream import Stage, Stream, ValueStream, sketch

approx = pytest.approx
HOUR_S, DAY_S = 3_600, 86_400

GITLAB = Stream(
    "gitlab",
    (
        Stage("Issue", work=("issue",)),
        Stage("Plan", work=("plan",)),
        Stage("Code", work=("code",)),
        Stage("Test", work=("build:running",)),
        Stage("Review", work=("review",)),
        Stage("Staging", work=("staging",)),
    ),
    done=("production",),
)


def test_a_test_inside_the_review_is_counted_once_so_that_stages_add_up_to_end_to_end(look):
    """
    A: issue 9:00, plan 11:00, code 12:00, review 14:00, staging 19:00, production 19:30
    A/build#1: running 14:30, passed 14:35
    """
    # no. 3: issue 2 h, plan 1 h, code 2 h, test 5 min, review 5 h, staging 30 min; the review's 5 hours hold the test's
    # 5 minutes, which would be counted twice in 10 h 35 min; end to end is 9:00 to 19:30
    with look(GITLAB) as seen:
        document = seen.map()
    minutes = {stage["name"]: stage["per_item_s"]["active"] / 60 for stage in document["stages"]}
    assert minutes == {"Issue": 120, "Plan": 60, "Code": 120, "Test": 5, "Review": 295, "Staging": 30}
    assert sum(minutes.values()) * 60 == document["totals"]["lead_time_s"]["mean"] == 10.5 * HOUR_S


def test_a_label_taken_off_and_put_on_again_is_three_hours_of_five(look):
    """
    A: other 8:00, labelled 9:00, other 10:00, labelled 12:00, production 14:00
    """
    # no. 3, the label example: from the first to the last of it 5 hours, in it 3 hours
    stream = Stream(
        "label", (Stage("Other", queue=("other",)), Stage("Label", work=("labelled",))), done=("production",)
    )
    with look(stream) as seen:
        stays = [stay for stay in seen.item_document("A")["item"]["stays"] if stay["stage"] == "Label"]
        cumulative = seen.map()["stages"][1]["per_item_s"]["active"]
    assert (stays[0]["entered"], stays[-1]["left"]) == ("2024-01-01T09:00:00Z", "2024-01-01T14:00:00Z")
    assert cumulative == sum(stay["span_s"] for stay in stays) == 3 * HOUR_S


def test_what_is_blocked_while_it_is_queued_waits_once(look):
    """
    A: todo 1, +block vendor 2, -block 4, dev 5, done 6
    """
    # no. 8: queued on days 1 to 4, blocked on days 2 and 3 of them: 4 days of waiting, not 6
    with look() as seen:
        (visit,) = seen.visits().to_pylist()
        assert seen.metric("flow_efficiency").value == approx(1 / 5)
    assert (visit["queue_s"] / DAY_S, visit["blocked_s"] / DAY_S, visit["wait_s"] / DAY_S) == (2, 2, 4)


def test_ten_deployments_in_31_days_are_032_a_day():
    """No. 7, the last: January has 31 days, and every third day brings a release of two changes."""
    lines = [
        f"{key}{n}: dev {3 * n - 2}, packed {3 * n - 1}, release=v{n} {3 * n}, done {3 * n}"
        for n in range(1, 11)
        for key in "AB"
    ]
    with ValueStream(sketch("\n".join(lines)), CHANGES, until="2024-02-01") as seen:
        figure = seen.metric_by("releases", "stage")[("Release",)]
        window = seen.window
    assert (figure.value, figure.n) == (approx(10), 20)
    assert window.since == 1_704_067_200_000_000  # the first of January
    assert figure.value / 31 == approx(0.32, abs=0.005)
