"""The law of a sync: whatever changes while it reads, one more sync gives the log of a sync from nothing."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from live import synced
from valuestream.sources.history import STATE, Birth, Change, gaps, life
from valuestream.sources.rehearsal import NOW_US, STATES, Move
from valuestream.sources.rehearsal_jira import data_center
from valuestream.sources.rehearsal_jira import rehearsal as jira
from valuestream.sources.rehearsal_redmine import rehearsal as redmine

CHANGES = st.lists(st.tuples(st.integers(1, 60), st.integers(1, 48), st.integers(0, 400)), max_size=8).map(sorted)
"""(request at which it happens, item, seconds since the change before): the tool's clock does not go back."""


@pytest.mark.parametrize("make", [redmine, data_center, jira])
@settings(max_examples=10, deadline=None)
@given(changes=CHANGES)
def test_whatever_changes_while_pages_are_read_is_in_the_log_after_the_next_sync(make, changes):
    tool = make()
    story, left, asked, now = tool.story, list(changes), 0, NOW_US - 4_000_000_000

    def moving(request: httpx.Request) -> httpx.Response:
        nonlocal asked, now
        asked += 1
        while left and left[0][0] <= asked:
            _, item, seconds = left.pop(0)
            now += 1_000_000 * seconds
            story.move(item, now)
        return tool.answer(request)

    sink, _, _ = synced(tool.connector(), moving)
    synced(tool.connector(), tool.answer, sink)
    assert sink.told() == synced(tool.connector(), tool.answer)[0].told()


HISTORIES = st.lists(st.tuples(st.integers(0, 10**6), st.sampled_from(STATES)), max_size=10)


@given(history=HISTORIES, first=st.sampled_from(STATES))
def test_a_life_is_its_first_state_and_every_change_and_has_no_gap(history, first):
    old, changes = first, []
    for number, (at, new) in enumerate(sorted(history, key=lambda one: one[0]), 1):
        changes.append(Change(at, number, str(number), STATE, old, new))
        old = new
    events = list(life(Birth("A", 0), {STATE: old}, changes))
    assert [event.value for event in events] == [first, *(change.new for change in changes)]
    assert list(gaps("A", old, changes)) == []


@given(history=HISTORIES.filter(lambda some: len(some) > 2), lost=st.integers(0, 10), first=st.sampled_from(STATES))
def test_a_change_that_is_lost_in_the_middle_is_noticed_where_it_made_a_difference(history, lost, first):
    old, moves = first, []
    for number, (at, new) in enumerate(sorted(history, key=lambda one: one[0]), 1):
        moves.append(Move(number, at, old, new, ""))
        old = new
    gone = moves.pop(1 + lost % (len(moves) - 2))
    changes = [Change(move.at, move.number, str(move.number), STATE, move.old, move.new) for move in moves]
    assert bool(list(gaps("A", old, changes))) == (gone.old != gone.new)
