"""What was sent back, by whom, and what is rework (design: from events to visits, 6)."""

from __future__ import annotations

import pytest

from conftest import column, item, journey

pytestmark = pytest.mark.usefixtures("kernels")


def test_a_move_to_an_earlier_stage_is_a_return_sent_by_the_stage_before_it(stream):
    """
    A: dev 1, review 2, test 3, dev 4, review 5, test 6, done 7
    """
    # test sent it back to dev once; of its two judged visits one passed on
    assert column(stream, "returned") == [0, 0, 1, 0, 0, 0]
    assert stream.map()["stages"][3]["returned_to"] == {"Dev": 1}
    assert stream.metric_by("complete_and_accurate", "stage")["Test",].value == 0.5
    assert item(stream)["returns"] == 1


def test_external_visits_are_looked_through(stream):
    """
    A: dev 1, test 2, asking 3, dev 5, test 6, done 7
    """
    # test -> customer -> dev: the return is sent by test
    assert column(stream, "returned") == [0, 1, None, 0, 0]


def test_a_loop_over_an_external_stage_is_one_joined_visit_and_no_return(stream):
    """
    A: test 1, asking 2, test 4, done 5
    """
    assert column(stream, "returned") == [None, None, 0]
    assert column(stream, "way") == [
        2,
        0,
        3,
    ]  # out to the customer is back in the map's order, but nothing was sent back
    assert stream.metric_by("complete_and_accurate", "stage")["Test",].n == 1


def test_falling_back_because_another_track_opened_is_neither_return_nor_rework(stream):
    """
    A: test 1, done 9
    A/pull_request#1: in_review 2, closed 5
    """
    assert item(stream)["returns"] == 0
    assert column(stream, "rework") == [0, 0, 0]


def test_a_backward_move_on_one_track_is_a_return(stream):
    """
    A/pull_request#1: in_review 1, draft 3, in_review 4, closed 5
    A: done 6
    """
    assert column(stream, "returned") == [1, 0, 0]


def test_an_earlier_interval_after_a_later_one_is_a_return(stream):
    """
    A: dev(1..2), test(2..3), dev(3..4), test(4..5), done 5
    """
    assert column(stream, "returned") == [0, 1, 0, 0]


def test_an_earlier_interval_that_overlaps_is_no_return(stream):
    """
    A: test(1..5), dev(2..3), done 5
    """
    assert item(stream)["returns"] == 0


def test_skipped_stages_are_no_visit_and_external_ones_are_not_skipped(stream):
    """
    A: dev 1, test 2, done 3
    B: review 1, test 2, done 3
    """
    assert [text.split()[-1] for text in journey(stream, "A")] == ["skip", "done"]
    assert [text.split()[-1] for text in journey(stream, "B")] == ["forward", "done"]


def test_rework_is_a_later_visit_with_a_return_or_reopening_since_the_one_before(stream):
    """
    A: dev 1, review 2, dev 3, review 4, done 5, test 6, done 7
    """
    # dev and review again after the return; test only after the reopening, for the first time
    assert column(stream, "rework") == [0, 0, 1, 1, 0, 0]
    assert item(stream)["rework"] == 2


def test_cancelled_and_open_visits_are_not_judged(stream):
    """
    A: dev 1, dropped 2
    B: dev 1
    """
    assert column(stream, "returned", "A") == [None]
    assert column(stream, "returned", "B") == [None]


def test_intervals_of_an_item_with_states_are_a_track_beside_its_states(stream):
    """
    A: todo 1, dev(2..3), test(3..4), dev(5..6), done 7
    B: test 1, dev(2..3), done 4
    """
    # A: its intervals go from test back to dev; B: an interval begins while the item says test, nothing moved back
    assert column(stream, "returned", "A") == [0, 1, 0]
    assert (item(stream, "B")["returns"], journey(stream, "B")) == (
        0,
        ["Test 1..2 work 1 back", "Dev 2..3 work 1 skip", "Test 3..4 work 1 done"],
    )


def test_a_state_behind_the_items_intervals_is_no_return(stream):
    """
    A: test(1..2), dev 3, done 4
    """
    assert (column(stream, "way"), item(stream)["returns"]) == ([2, 3], 0)


def test_intervals_of_two_artefacts_are_two_tracks(stream):
    """
    A/pull_request#1: in_review(1..2), draft(3..4)
    A: done 4
    B/pull_request#1: in_review(1..2)
    B/pull_request#2: draft(3..4)
    B: done 4
    """
    assert (item(stream, "A")["returns"], item(stream, "B")["returns"]) == (1, 0)


def test_where_the_last_of_overlapping_intervals_ended_the_track_stood(stream):
    """
    A: test(1..4), dev(2..3), review(5..6), done 6
    B: test(1..3), dev(2..4), review(5..6), done 6
    """
    # A's ended in test and review is a step back; B's ended in dev, from which review is forward
    assert (item(stream, "A")["returns"], item(stream, "B")["returns"]) == (1, 0)
