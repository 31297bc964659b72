"""Team, people and transfers of a visit (design: from events to visits, 7 and 8)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conftest import CHANGES, column, item, journey

pytestmark = pytest.mark.usefixtures("kernels")


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


def test_of_several_moves_at_one_instant_each_has_the_people_assigned_with_it(stream):
    """
    A: dev@ada 1, review@ben 2, test@cyd 2, done 4
    """
    # ben held it in review, for no time; cyd holds it in test: two transfers, one each
    assert journey(stream) == ["Dev 1..2 work 1 forward", "Review 2..2 forward", "Test 2..4 work 2 done"]
    assert column(stream, "people") == [1, 1, 1]
    assert column(stream, "transfers") == [0, 1, 1]


def test_an_assignment_after_the_last_move_of_its_instant_speaks_of_that_move(stream):
    """
    A: dev@ada 1, review 2, done 4
    A: review@ben 2
    """
    # the order of rows at one instant: review, then ben
    assert column(stream, "people") == [1, 1]
    assert column(stream, "transfers") == [0, 1]


def test_an_assignment_before_the_move_of_its_instant_does_not_speak_of_the_stage_left(look):
    """
    A: todo@ada 1, dev@ben 2, review@cyd 3, done 4
    """
    seen = look(replace(CHANGES, teams={"Red": ("ada", "ben"), "Blue": ("cyd",)}))
    assert column(seen, "people") == [2, 1]
    assert [seen.flow.teams[team] for team in column(seen, "team")] == ["Red", "Blue"]


def test_a_state_speaks_of_the_stage_it_stands_in_even_where_a_move_follows_at_once(stream):
    """
    A: todo 1 by po, dev 2 by ada, review 2 by ben, done 4
    """
    # ada took it into work in dev; ben moved it on; nobody is known to have done anything in review
    assert column(stream, "people") == [2, None]


def test_team_and_type_are_those_named_at_the_instant_of_entry_in_any_order_of_rows(stream):
    """
    A: team=Blue 1, type=bug 1, dev 1, review 2, team=Red 2, type=story 2, done 4
    """
    assert [stream.flow.teams[team] for team in column(stream, "team")] == ["Blue", "Red"]
    assert [stream.flow.log.words[kind] for kind in column(stream, "type")] == ["bug", "story"]


def test_a_change_of_team_compares_with_the_visit_that_a_known_human_held_last(look):
    """
    A: dev@ada 1, review@build-bot 2, test@ada 3, done 4
    """
    # dev is Blue's, review Red's, test Blue's: ada held it in dev and in test, both Blue's; nobody held it in review
    teams = {"Dev": "Blue", "Review": "Red", "Test": "Blue"}
    seen = look(replace(CHANGES, stages=tuple(replace(s, team=teams.get(s.name)) for s in CHANGES.stages)))
    assert column(seen, "transfers") == [0, 0, 0]


def test_a_change_of_team_across_a_visit_that_nobody_held_is_one_transfer(look):
    """
    A: dev@ada 1, review@build-bot 2, test@ada 3, done 4
    """
    teams = {"Dev": "Blue", "Review": "Red", "Test": "Green"}
    seen = look(replace(CHANGES, stages=tuple(replace(s, team=teams.get(s.name)) for s in CHANGES.stages)))
    assert column(seen, "transfers") == [0, 0, 1]


def test_a_change_of_owner_and_team_at_once_is_one_transfer(look):
    """
    A: dev@ada 1, review@ben 2, done 3
    """
    teams = {"Dev": "Blue", "Review": "Red"}
    seen = look(replace(CHANGES, stages=tuple(replace(s, team=teams.get(s.name)) for s in CHANGES.stages)))
    assert column(seen, "transfers") == [0, 1]


def test_where_nobody_was_ever_assigned_who_did_the_interval_stands_for_the_owner(look):
    """
    A: dev(1..2)@ada, test(2..3)@ben, done 3
    """
    seen = look(replace(CHANGES, teams={"Blue": ("ada",), "Red": ("ben",)}))
    assert [seen.flow.teams[team] for team in column(seen, "team")] == ["Blue", "Red"]
    assert column(seen, "transfers") == [0, 1]


def test_where_there_is_no_interval_either_who_changed_the_state_stands_for_the_owner(look):
    """
    A: dev 1 by ada, test 2 by ben, done 3 by ben
    """
    seen = look(replace(CHANGES, teams={"Blue": ("ada",), "Red": ("ben",)}))
    assert [seen.flow.teams[team] for team in column(seen, "team")] == ["Blue", "Red"]
    assert column(seen, "transfers") == [0, 1]


def test_people_of_an_interval_count_in_the_visit_in_which_it_starts(stream):
    """
    A: dev(1..4)@ada, test(3..6)@ben, done 6
    """
    # ben starts while the item is still in dev, and goes on in test
    assert journey(stream) == ["Dev 1..4 work 3 parallel 1 skip", "Test 4..6 work 2 done"]
    assert column(stream, "people") == [2, None]


def test_a_transfer_is_not_counted_across_the_two_lives_of_an_item(stream):
    """
    A: dev@ada 1, done 2, dev@ben 20, done 21
    """
    # the limit of the small stream is ten days: A#2 is an item of its own
    assert (item(stream, "A")["transfers"], item(stream, "A#2")["transfers"]) == (0, 0)
