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


def test_any_minute_counts_not_only_one_that_begins_with_an_accounts_first_departure(stream):
    """
    A: dev 1, done 2+10:00 by ada
    B: dev 1, done 2+10:00:50 by ada
    C: review 1, done 2+10:01:20 by ada
    D: test 1, done 2+10:01:40 by ada
    """
    # A and B lie within a minute, so do B, C and D: three moves out of three stages, across A's minute
    assert bulk(stream) == {"B", "C", "D"}


def test_ties_at_one_instant_do_not_decide_what_is_a_bulk_update(stream):
    """
    A: dev 1, done 2+10:00 by ada
    B: dev 1, done 2+10:00 by ada
    C: review 1, done 2+10:00 by ada
    D: review 1, done 2+10:01 by ada
    E: review 1, done 2+10:01:01 by ada
    """
    # a minute that begins at 10:00 holds A to D; none holds E with an item of another stage
    assert bulk(stream) == {"A", "B", "C", "D"}


def test_one_item_hurried_through_its_stages_is_no_bulk_update(stream):
    """
    A: todo 1, dev 2+10:00 by ada, review 2+10:00:10 by ada, test 2+10:00:20 by ada, done 2+10:00:30 by ada
    """
    assert bulk(stream) == set()


def bulk(stream) -> set[str]:
    rows = stream.tables.ask("SELECT DISTINCT item FROM batches WHERE bulk = 1")
    return {stream.flow.key(item) for (item,) in rows}
