"""Where an item is at an instant, and how it is there (design: from events to visits, 1 and 2)."""

from __future__ import annotations

import pytest

from conftest import CHANGES, column, item, journey

pytestmark = pytest.mark.usefixtures("kernels")


def test_a_visit_is_an_unbroken_stay_in_one_stage_queue_included(stream):
    """
    A: todo 1, dev 2, review 4, reviewing 7, done 8
    """
    assert journey(stream) == ["Dev 1..4 queue 1 work 2 forward", "Review 4..8 queue 3 work 1 done"]


def test_ignored_states_are_removed_before_anything_else(stream):
    """
    A: todo 1, closed 2, dev 3, done 5, closed 9
    """
    assert journey(stream) == ["Dev 1..5 queue 2 work 2 done"]
    assert item(stream)["finished"] == 5


def test_events_of_one_instant_stand_in_the_order_of_the_source(stream):
    """
    A: todo 1, dev 2, review 2, done 3
    """
    assert journey(stream) == ["Dev 1..2 queue 1 forward", "Review 2..3 queue 1 done"]


def test_row_order_does_not_matter_where_instants_differ(stream):
    """
    A: done 5, dev 2, todo 1
    """
    assert journey(stream) == ["Dev 1..5 queue 1 work 3 done"]


def test_among_open_tracks_the_least_advanced_stage_counts(stream):
    """
    A: test 1, done 9
    A/pull_request#1: in_review 2, closed 6
    A/pull_request#2: draft 3, in_review 4, closed 5
    """
    # 2..3 review; 3..4 the second is a draft; 4..6 review again (one still in review until 6); then own: test
    assert journey(stream) == [
        "Test 1..2 work 1 back",
        "Review 2..3 work 1 back",
        "Dev 3..4 work 1 parallel 1 forward",
        "Review 4..6 work 2 parallel 1 forward",
        "Test 6..9 work 3 done",
    ]


def test_an_own_state_counts_while_no_other_track_is_open_in_a_stage(stream):
    """
    A: dev 1, test 6, done 8
    A/pull_request#7: in_review 3, closed 5
    """
    # the pull request closes while the item itself still says dev: it is not taken back, but waits for test
    assert journey(stream) == ["Dev 1..3 work 2 forward", "Review 3..5 work 2 forward", "Test 5..8 queue 1 work 2 done"]


def test_after_the_last_track_an_earlier_own_state_waits_for_the_next_event(stream):
    """
    A: dev 1, done 8
    A/pull_request#7: in_review 3, closed 5
    """
    # no stage follows: queue of the stage left
    assert journey(stream) == ["Dev 1..3 work 2 forward", "Review 3..8 queue 3 work 2 done"]


def test_an_own_state_in_the_same_or_a_later_stage_counts_again_when_tracks_close(stream):
    """
    A: test 1, done 8
    A/pull_request#7: in_review 3, closed 5
    """
    assert journey(stream) == ["Test 1..3 work 2 back", "Review 3..5 work 2 forward", "Test 5..8 work 3 done"]


def test_a_track_in_a_state_that_no_stage_claims_is_not_open(stream):
    """
    A: test 1, done 8
    A/pull_request#7: thinking 3, closed 5
    """
    assert journey(stream) == ["Test 1..8 work 7 done"]


def test_inside_a_stage_blocked_wins_over_external_over_work_over_queue(look):
    """
    A/pull_request#1: waiting 1, closed 9
    A/pull_request#2: working 2, closed 8
    A/pull_request#3: asking 3, closed 7
    A/pull_request#4: stuck 4, closed 6
    A: done 10
    """
    from valuestream import Stage, Stream

    states = {"queue": "waiting", "work": "working", "blocked": "stuck", "external": "asking"}
    one = Stage("All", **{kind: (f"pull_request:{state}",) for kind, state in states.items()})
    seen = look(Stream("s", (one,), done=("done",)))
    # 1..2 queue, 2..3 work, 3..4 external, 4..6 blocked, 6..7 external, 7..8 work, 8..9 queue,
    # 9..10 queue of what it left
    assert journey(seen) == ["All 1..10 queue 3 work 2 blocked 2 external 2 parallel 4 done"]


def test_an_explicit_block_wins_across_stages_until_it_is_lifted(stream):
    """
    A: dev 1, +block vendor 2, review 3, -block 4, done 5
    """
    assert journey(stream) == ["Dev 1..3 work 1 blocked 1 forward", "Review 3..5 queue 1 blocked 1 done"]


def test_a_block_ends_when_the_item_finishes(stream):
    """
    A: dev 1, +block vendor 2, done 3, dev 4, done 6
    """
    assert journey(stream) == ["Dev 1..3 work 1 blocked 1 done", "(done) 3..4 queue 1 back", "Dev 4..6 work 2 done"]


def test_nested_blocks_are_one(stream):
    """
    A: dev 1, +block vendor 2, +block licence 3, -block 4, -block 5, done 6
    """
    assert journey(stream) == ["Dev 1..6 work 2 blocked 3 done"]


def test_blocked_while_queued_counts_once(stream):
    """
    A: todo 1, +block vendor 2, -block 4, dev 5, done 6
    """
    # definitions.md 4.9 no. 8: the two days are blocked, not blocked and queued
    assert journey(stream) == ["Dev 1..6 queue 2 work 1 blocked 2 done"]
    assert item(stream)["lead"] == 5


def test_a_gap_between_intervals_is_queue_of_the_next_stage_to_start(stream):
    """
    A: dev(1..3), test(5..6), done 6
    """
    assert journey(stream) == ["Dev 1..3 work 2 skip", "Test 3..6 queue 2 work 1 done"]


def test_a_gap_after_which_no_stage_follows_is_queue_of_the_stage_left(stream):
    """
    A: dev(1..3), done 6
    """
    assert journey(stream) == ["Dev 1..6 queue 3 work 2 done"]


def test_overlapping_intervals_stand_in_the_earliest_and_hide_the_other_as_parallel(stream):
    """
    A: dev(1..4), test(3..6), done 6
    """
    assert journey(stream) == ["Dev 1..4 work 3 parallel 1 skip", "Test 4..6 work 2 done"]
    assert item(stream)["lead"] == 5


def test_two_people_in_one_stage_at_once_are_work_and_parallel(stream):
    """
    A: dev(1..4)@ada, dev(2..3)@ben, done 4
    """
    assert journey(stream) == ["Dev 1..4 work 3 parallel 1 done"]
    assert column(stream, "people") == [2]


def test_work_hidden_behind_a_block_is_parallel(stream):
    """
    A: dev(1..4), +block vendor 2, -block 3, done 4
    """
    assert journey(stream) == ["Dev 1..4 work 2 blocked 1 parallel 1 done"]


def test_a_hidden_own_state_is_not_parallel(stream):
    """
    A: test 1, done 4
    A/pull_request#1: in_review 2, closed 3
    """
    assert column(stream, "parallel") == [0, 0, 0]


def test_intervals_without_a_done_state_finish_at_the_last_end(look):
    """
    A: dev(1..3), test(5..6)
    B: dev(1..3), test(5..)
    """
    from dataclasses import replace

    seen = look(replace(CHANGES, done=()))
    assert (item(seen, "A")["outcome"], item(seen, "A")["finished"]) == ("done", 6)
    assert item(seen, "B")["outcome"] == "open"


def test_an_interval_that_is_done_counts_from_its_start(look):
    """
    A: dev(1..3), handover(4..5)
    """
    from dataclasses import replace

    seen = look(replace(CHANGES, done=("handover",)))
    assert item(seen)["finished"] == 4


def test_a_clock_change_changes_no_elapsed_time(look):
    """
    A: todo 91, dev 91+00:30, done 92
    """
    # day 91 is Sunday 2024-03-31, 23 hours long in Berlin; elapsed time is what passed, in UTC
    from dataclasses import replace

    from valuestream.calendar import Calendar
    from valuestream.working_hours import parse_hours

    berlin = Calendar(hours=parse_hours("Mon-Sun 00:00-24:00"), zone="Europe/Berlin")
    seen = look(replace(CHANGES, calendar=berlin))
    (visit,) = seen.visits().to_pylist()
    assert visit["queue_s"] + visit["work_s"] == 86_400
    assert (visit["queue_bh"] + visit["work_bh"]) / 1e6 == 86_400
