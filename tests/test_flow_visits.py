"""Visits, start, end and reopening (design: from events to visits, 3 to 5)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conftest import CHANGES, column, item, journey
from valuestream import Stage, Stream
from valuestream.sources.sketch import day

pytestmark = pytest.mark.usefixtures("kernels")


def test_visits_to_a_stage_are_numbered(stream):
    """
    A: dev 1, review 2, dev 3, review 4, done 5
    """
    assert column(stream, "nth") == [1, 1, 2, 2]


def test_committed_is_the_first_instant_in_a_stage_and_the_grey_block_lies_before(stream):
    """
    A: idea 1, todo 4, dev 5, done 6
    """
    found = item(stream)
    assert (found["requested"], found["committed"], found["lead"]) == (1, 4, 2)
    assert found["before_s"] == 3 * 86_400
    assert found["delivery_s"] == 5 * 86_400


def test_a_later_before_state_is_queue_of_the_stage_next_entered(stream):
    """
    A: dev 1, idea 3, review 6, done 7
    """
    assert journey(stream) == ["Dev 1..3 work 2 forward", "Review 3..7 queue 4 done"]


def test_a_later_before_state_inside_one_stage_does_not_break_the_visit(stream):
    """
    A: dev 1, idea 3, dev 6, done 7
    """
    assert journey(stream) == ["Dev 1..7 queue 3 work 3 done"]
    assert column(stream, "requeues") == [1]


def test_an_item_first_seen_in_done_is_finished_without_a_lead_time(stream):
    """
    A: idea 1, done 3
    """
    found = item(stream)
    assert (found["outcome"], found["finished"], found["lead"], found["committed"]) == ("done", 3, None, None)
    assert journey(stream) == []


def test_an_item_first_seen_in_done_has_no_lead_time_even_if_reopened(stream):
    """
    A: done 1, dev 3, done 5
    """
    found = item(stream)
    assert (found["outcome"], found["finished"], found["lead"]) == ("done", 5, None)
    assert journey(stream) == ["(done) 1..3 queue 2 back", "Dev 3..5 work 2 done"]
    assert stream.metric("flow_efficiency").n == 0


def test_the_final_stay_in_done_decides_and_finished_is_its_first_instant(stream):
    """
    A: dev 1, done 3, done 4
    """
    assert item(stream)["finished"] == 3


def test_a_stay_in_done_left_in_time_is_a_visit_of_its_own_all_queue(stream):
    """
    A: dev 1, done 3, dev 6, done 7
    """
    assert journey(stream) == ["Dev 1..3 work 2 done", "(done) 3..6 queue 3 back", "Dev 6..7 work 1 done"]
    found = item(stream)
    assert (found["lead"], found["reopened"], found["returns"], found["first_pass"]) == (6, 1, 0, 0)


def test_a_reopening_is_no_return_and_done_has_no_percent_complete_and_accurate(stream):
    """
    A: dev 1, test 2, done 3, dev 6, done 7
    """
    assert column(stream, "returned") == [0, 0, None, 0]


def test_done_left_after_the_limit_begins_an_item_of_its_own(stream):
    """
    A: dev 1, done 3, review 20, done 21
    """
    # the limit of the small stream is ten days
    first, second = item(stream, "A"), item(stream, "A#2")
    assert (first["finished"], first["lead"], first["first_pass"]) == (3, 2, 1)
    assert (second["requested"], second["committed"], second["finished"]) == (20, 20, 21)
    assert journey(stream, "A#2") == ["Review 20..21 queue 1 done"]
    assert column(stream, "nth", "A#2") == [1]


def test_a_reopening_exactly_at_the_limit_is_still_the_same_item(stream):
    """
    A: dev 1, done 3, dev 13, done 14
    """
    assert item(stream)["lead"] == 13


def test_done_left_for_a_before_state_is_left_then(stream):
    """
    A: dev 1, done 3, idea 5, dev 7, done 8
    """
    assert journey(stream) == ["Dev 1..3 work 2 done", "(done) 3..5 queue 2 back", "Dev 5..8 queue 2 work 1 done"]


def test_done_left_for_a_before_state_and_no_stage_after_it_stays_done(stream):
    """
    A: dev 1, done 3, idea 5
    """
    assert (item(stream)["outcome"], item(stream)["finished"]) == ("done", 3)


def test_cancelled_then_resumed_is_a_visit_of_cancelled(stream):
    """
    A: dev 1, dropped 3, dev 5, done 6
    """
    assert journey(stream) == ["Dev 1..3 work 2 cancelled", "(cancelled) 3..5 queue 2 back", "Dev 5..6 work 1 done"]
    assert item(stream)["outcome"] == "done"


def test_between_done_and_cancelled_the_first_stands(stream):
    """
    A: dev 1, done 3, dropped 5
    B: dev 1, dropped 3, done 5
    """
    assert (item(stream, "A")["outcome"], item(stream, "A")["finished"]) == ("done", 3)
    assert (item(stream, "B")["outcome"], item(stream, "B")["finished"]) == ("cancelled", 3)


def test_an_item_that_ends_in_ignored_states_without_done_is_closed_unmapped(stream):
    """
    A: dev 1, closed 3
    B: dev 1, done 2, closed 3
    """
    assert item(stream, "A")["outcome"] == "closed_unmapped"
    assert journey(stream, "A") == []
    assert item(stream, "B")["outcome"] == "done"
    assert {"reason": "ended in ignored states without done", "n": 1} in stream.map()["excluded"]


def test_an_item_that_never_reached_a_stage_is_not_in_the_stream_yet(stream):
    """
    A: idea 1
    """
    assert item(stream)["outcome"] == "not_started"
    assert stream.map()["items"] == {"finished": 0, "open": 0, "cancelled": 0}


def test_a_required_track_that_is_open_holds_the_finish(look):
    """
    A: dev 1, done 3
    A/pull_request#1: in_review 2, closed 5
    A/build#1: running 4, ended 9
    """
    held = look(replace(CHANGES, required=("pull_request",)))
    assert item(held)["finished"] == 5
    assert journey(held) == ["Dev 1..2 work 1 forward", "Review 2..5 work 3 done"]
    assert item(look())["finished"] == 3


def test_a_required_track_opened_after_the_finish_is_parallel(look):
    """
    A: dev 1, done 3
    A/pull_request#1: in_review 4, closed 5
    """
    seen = look(replace(CHANGES, required=("pull_request",)))
    assert item(seen)["finished"] == 3
    assert journey(seen) == ["Dev 1..3 work 2 parallel 1 done"]


def test_going_back_to_the_queue_inside_a_stage_is_a_requeue(stream):
    """
    A: todo 1, dev 2, todo 3, dev 4, done 5
    """
    assert journey(stream) == ["Dev 1..5 queue 2 work 2 done"]
    assert (column(stream, "requeues"), item(stream)["returns"]) == ([1], 0)


def test_two_pull_requests_of_one_item_make_one_journey(stream):
    """
    A: todo 1, done 8
    A/pull_request#1: draft 2, in_review 3, closed 5
    A/pull_request#2: draft 4, in_review 6, closed 7
    """
    # 2..3 dev, 3..4 review, 4..6 dev (the second is a draft), 6..7 review,
    # 7..8 waits in review: its own todo takes nothing back
    assert journey(stream) == [
        "Dev 1..3 queue 1 work 1 forward",
        "Review 3..4 work 1 back",
        "Dev 4..6 work 2 parallel 1 forward",
        "Review 6..8 queue 1 work 1 done",
    ]
    assert item(stream)["returns"] == 0


def test_more_people_than_states_are_no_trouble(stream):
    """
    A: done@ada 1, done@ben 2, done@cyd 3
    """
    assert item(stream)["finished"] == 1


def test_a_before_state_after_a_first_done_is_queue_of_the_stage_next_entered(stream):
    """
    A: done 2, idea 3, dev 5
    B: done 4, idea 5
    """
    assert journey(stream, "A") == ["(done) 2..3 queue 1 back", "Dev 3.. queue 2 open"]
    assert (item(stream, "B")["outcome"], journey(stream, "B")) == ("done", [])


def test_a_requeue_by_way_of_a_block_is_a_requeue(stream):
    """
    A: dev 1, stuck 2, todo 3, dev 4, done 5
    """
    assert column(stream, "requeues") == [1]


def test_a_requeue_is_from_work_to_the_queue_and_a_stay_outside_or_blocked_is_looked_through(look):
    """
    A: queued 1, away 2, queued 3, working 4, away 5, queued 6, done 7
    """
    one = Stage("All", queue=("queued",), work=("working",), external=("away",))
    assert column(look(Stream("s", (one,), done=("done",))), "requeues") == [1]


def test_parallel_work_of_an_open_visit_runs_on_until_as_of(look):
    """
    A: dev(1..), test(3..)
    """
    # hidden behind dev since day 3
    assert column(look(as_of="2024-01-05"), "parallel_s") == [2 * 86_400]
    assert column(look(as_of="2024-01-08"), "parallel_s") == [5 * 86_400]


def test_work_after_the_finish_is_parallel_of_the_last_visit(look):
    """
    A: dev 1, test 2, done 3
    A/pull_request#1: in_review 4, closed 6
    """
    seen = look()
    assert item(seen)["finished"] == 3
    assert journey(seen) == ["Dev 1..2 work 1 skip", "Test 2..3 work 1 parallel 2 done"]


def test_work_after_the_finish_that_is_not_over_runs_on_until_as_of(look):
    """
    A: dev 1, done 3
    A/pull_request#1: in_review 4
    """
    seen = look(as_of="2024-01-10")
    assert column(seen, "parallel_s") == [6 * 86_400]
    assert (column(seen, "left_at"), item(seen)["lead"]) == ([day(3)], 2)


def test_an_interval_that_is_done_finishes_an_item_that_has_states(stream):
    """
    A: todo 1, dev 2, done(4..5)
    """
    assert journey(stream) == ["Dev 1..4 queue 1 work 2 done"]
    assert (item(stream)["outcome"], item(stream)["finished"]) == ("done", 4)


def test_a_done_interval_is_left_when_the_next_interval_starts(stream):
    """
    A: todo 1, dev 2, done(4..5), test(6..7), done 8
    """
    assert journey(stream) == [
        "Dev 1..4 queue 1 work 2 done",
        "(done) 4..6 queue 2 back",
        "Test 6..8 queue 1 work 1 done",
    ]


def test_a_done_state_is_not_left_by_an_interval_that_starts(stream):
    """
    A: dev 1, done 3, done(3..4), test(6..7)
    B: dev 1, done(2..3), done 4, test(6..7)
    """
    # the item says done itself: what goes on is parallel
    assert (item(stream, "A")["finished"], journey(stream, "A")) == (3, ["Dev 1..3 work 2 parallel 1 done"])
    assert (item(stream, "B")["finished"], journey(stream, "B")) == (2, ["Dev 1..2 work 1 parallel 1 done"])


def test_an_interval_of_another_artefact_does_not_finish_the_item(look):
    """
    A: dev 1
    A/pull_request#1: shipped(2..3)
    """
    seen = look(replace(CHANGES, done=("done", "pull_request:shipped")))
    assert item(seen)["outcome"] == "open"


def test_a_required_track_is_open_while_an_interval_of_it_is(look):
    """
    A: dev 1, done 3
    A/pull_request#1: in_review(2..5)
    """
    assert item(look(replace(CHANGES, required=("pull_request",))))["finished"] == 5


def test_a_cancelled_interval_that_was_resumed_ends_where_no_done_is_named_with_the_last_end(look):
    """
    A: dev(1..2), dropped(3..4), test(5..6)
    B: dev(1..2), dropped(3..4)
    """
    seen = look(replace(CHANGES, done=()))
    assert (item(seen, "A")["outcome"], item(seen, "A")["finished"]) == ("done", 6)
    assert (item(seen, "B")["outcome"], item(seen, "B")["finished"]) == ("cancelled", 3)


def test_what_was_cancelled_and_left_for_nothing_stays_cancelled_where_no_done_is_named(look):
    """
    A: dev(1..2), dropped(3..4), idea(5..6)
    """
    found = item(look(replace(CHANGES, done=())))
    assert (found["outcome"], found["finished"]) == ("cancelled", 3)


def test_as_of_is_the_logs_last_event_also_where_its_item_is_left_out(look):
    """
    A: dev 1
    B: thinking 1, dev 4
    """
    seen = look(unmapped="exclude")
    # A is in work until day 4, when B was heard of
    assert column(seen, "work_s") == [3 * 86_400]
    assert seen.map()["as_of"] == "2024-01-04T00:00:00Z"


def test_a_log_of_which_every_item_is_left_out_has_the_window_of_its_last_event(look):
    """
    A: thinking 1, dev 4
    """
    told = look(unmapped="exclude").map()
    assert told["window"] == {"since": "2024-01-04T00:00:00Z", "until": "2024-01-04T00:00:00.000001Z"}
    assert told["excluded"] == [{"reason": "has a state that no stage claims", "n": 1}]
