"""Start, end, reopening, returns, teams, people and transfers (design: from events to visits, 3 to 8)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conftest import CHANGES, column, item, journey

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


def test_going_back_to_the_queue_inside_a_stage_is_a_requeue(stream):
    """
    A: todo 1, dev 2, todo 3, dev 4, done 5
    """
    assert journey(stream) == ["Dev 1..5 queue 2 work 2 done"]
    assert (column(stream, "requeues"), item(stream)["returns"]) == ([1], 0)


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


def test_the_team_is_the_stages_else_the_items_else_the_assignees(look):
    """
    A: team=Blue 1, dev@ada 1, review 2, team=Red 3, test 3, done 4
    B: dev@ada 1, done 2
    C: dev 1, done 2
    """
    stages = tuple(replace(s, team="Reviewers") if s.name == "Review" else s for s in CHANGES.stages)
    seen = look(replace(CHANGES, stages=stages, teams={"Green": ("ada",)}))
    names = [*seen.flow.teams, None]
    told = {key: [names[-1 if t is None else t] for t in column(seen, "team", key)] for key in "ABC"}
    assert told == {"A": ["Blue", "Reviewers", "Red"], "B": ["Green"], "C": [None]}


def test_type_is_as_at_entry_for_visits_and_as_at_finish_for_items(stream):
    """
    A: type=bug 1, dev 1, type=feature 2, review 3, done 4
    """
    words = stream.flow.log.words
    assert [words[t] for t in column(stream, "type")] == ["bug", "feature"]
    assert words[item(stream)["type"]] == "feature"


def test_people_are_assignees_and_those_who_touched_it(stream):
    """
    A: dev@ada 1, touch@ben 2, review@ada 3, touch@ada 4, done 5
    """
    assert column(stream, "people") == [2, 1]
    assert item(stream)["people"] == 2


def test_where_nobody_is_assigned_those_who_changed_the_state_count(stream):
    """
    A: todo 1 by po, dev 2 by ada, review 4 by ada, reviewing 5 by ben, done 6 by ben
    """
    # dev: ada took it and moved it on; who queued it is not counted; review: ben
    assert column(stream, "people") == [1, 1]
    assert column(stream, "people_by_change") == [1, 1]


def test_nobody_known_is_unknown_and_not_zero(stream):
    """
    A: dev 1, done 2
    """
    assert column(stream, "people") == [None]
    assert stream.metric("people").value is None


def test_bots_and_service_accounts_are_nobody(look):
    """
    A: dev@ada 1, touch@build-bot 2, touch@night 2, done 3
    """
    seen = look(replace(CHANGES, service_accounts=("night",)))
    assert column(seen, "people") == [1]


def test_a_transfer_is_a_change_of_owner_between_known_humans(stream):
    """
    A: todo@ada 1, dev@ben 2, review@ben 3, review@build-bot 4, reviewing@ada 5, done 6
    """
    # ada -> ben on the way into work inside dev; ben -> (bot) -> ada inside review
    assert column(stream, "transfers") == [1, 1]
    assert item(stream)["transfers"] == 2


def test_a_change_of_team_in_the_same_hands_is_a_transfer(stream):
    """
    A: team=Blue 1, dev@ada 1, team=Red 2, review 2, done 3
    """
    assert column(stream, "transfers") == [0, 1]


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
