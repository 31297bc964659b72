"""What leaves together (design: from events to visits, 9)."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.usefixtures("kernels")


def batch(stream, stage: str) -> tuple:
    found = next(s for s in stream.map()["stages"] if s["name"] == stage)["batch"]
    return found["mean"], found["as_experienced"], found["n"]


def test_one_person_moving_items_to_the_same_stage_within_five_minutes_is_a_batch(stream):
    """
    A: dev 1, review 2+10:00 by ada, done 3
    B: dev 1, review 2+10:04 by ada, done 3
    C: dev 1, review 2+10:06 by ada, done 3
    D: dev 1, review 2+10:01 by ben, done 3
    """
    # A and B together; C is more than five minutes after the batch's first; D is another person's
    assert batch(stream, "Dev") == (4 / 3, (2 + 2 + 1 + 1) / 4, 4)


def test_five_minutes_count_from_the_batchs_first_departure_and_do_not_chain(stream):
    """
    A: dev 1, review 2+10:00 by ada, done 3
    B: dev 1, review 2+10:03 by ada, done 3
    C: dev 1, review 2+10:06 by ada, done 3
    """
    assert batch(stream, "Dev")[0] == 3 / 2


def test_visits_that_leave_with_the_same_release_are_a_batch_whoever_moved_them(stream):
    """
    A: packed 1, release=7 5, done 5
    B: packed 2, release=7 5, done 5
    C: packed 3, release=8 6, done 6
    """
    assert batch(stream, "Release") == (3 / 2, (2 + 2 + 1) / 3, 3)


def test_a_release_named_earlier_is_a_plan_and_makes_no_batch(stream):
    """
    A: release=7 1, dev 1, review 2, done 5
    """
    assert batch(stream, "Dev") == (None, None, 0)


def test_without_actor_and_release_the_batch_is_unknown(stream):
    """
    A: dev 1, review 2, done 3
    """
    assert batch(stream, "Dev") == (None, None, 0)


def test_one_account_moving_items_out_of_several_stages_within_a_minute_is_a_bulk_update(stream):
    """
    A: dev 1, done 2+10:00 by ada
    B: review 1, done 2+10:00 by ada
    C: test 1, done 2+10:00:30 by ada
    D: dev 1, done 2+11:00 by ada
    """
    assert batch(stream, "Dev") == (1, 1, 1)  # D alone
    assert batch(stream, "Review") == (None, None, 0)
    assert any(found["kind"] == "bulk" and found["n"] == 3 for found in stream.map()["findings"])


def test_two_moves_in_a_minute_are_no_bulk_update(stream):
    """
    A: dev 1, review 2+10:00 by ada, done 3
    B: review 1, done 2+10:00 by ada
    """
    assert batch(stream, "Dev") == (1, 1, 1)
