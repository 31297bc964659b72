"""The journey of an item: what it was doing stay by stay, what it waited for, in whose hands, with whom it left."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from conftest import CHANGES
from test_flow_laws import histories
from valuestream import ValueStream
from valuestream.errors import UnknownName

DAY_S = 86_400


def stays(document: dict) -> list[str]:
    """Each stay in words: stage, days, what it was doing, how it was left."""
    told = []
    for stay in document["item"]["stays"]:
        spent = [f"{how} {stay[f'{how}_s'] / DAY_S:g}" for how in ("queue", "work", "external", "blocked")
                 if stay[f"{how}_s"]]  # fmt: skip
        told.append(" ".join([f"{stay['stage']} {stay['nth']}", *spent, stay["way"]]))
    return told


def by_name(log):
    return log


def test_a_journey_is_told_stay_by_stay(stream):
    """
    A: todo 1, dev 2, review 4, dev 5, review 6, reviewing 8, done 9
    """
    document = stream.item_document("A")
    assert stays(document) == [
        "Dev 1 queue 1 work 2 forward",
        "Review 1 queue 1 back",
        "Dev 2 work 1 forward",
        "Review 2 queue 2 work 1 done",
    ]
    first, sent, back, last = document["item"]["stays"]
    assert (sent["returned"], sent["returned_to"]) == (True, "Dev")
    assert (back["returned_from"], back["rework"]) == ("Review", True)
    assert (first["returned_from"], last["returned_from"]) == (None, None)
    assert document["item"]["lead_s"] == 8 * DAY_S


def test_what_it_waited_for_is_summed_the_longest_first(stream):
    """
    A: todo 1, dev 2, +block vendor 3, -block 6, review 7, dev 8, asking 9, dev 11, review 12, reviewing 16, done 17
    """
    waits = stream.item_document("A")["item"]["waits"]
    assert [(wait["for"], wait["s"] / DAY_S) for wait in waits] == [
        ("Review to begin", 5.0),
        ("what blocked it (vendor)", 3.0),
        ("others outside (asking)", 2.0),
        ("Dev to begin", 1.0),
    ]


def test_items_that_came_later_and_went_first_are_counted(stream):
    """
    A: todo 1, dev 6, done 7
    B: todo 2, dev 3, done 8
    C: todo 3, dev 7, done 8
    D: todo 4, done 5
    """
    # B was begun and D was gone before A was begun on day 6; C came later and went later
    first = stream.item_document("A")["item"]
    assert (first["stays"][0]["overtaken"], first["waits"][0]["overtaken"]) == (2, 2)
    assert stream.item_document("C")["item"]["stays"][0]["overtaken"] == 1
    assert stream.item_document("B")["item"]["stays"][0]["overtaken"] == 0


def test_people_are_pseudonyms_unless_their_names_are_asked_for(stream):
    """
    A: todo@ada 1, dev 2 by ada, review@ben 4, reviewing 5 by ben, done 6 by ben
    """
    named = stream.item_document("A", hide=by_name)["item"]
    assert [stay["people"] for stay in named["stays"]] == [["ada"], ["ben"]]
    assert named["stays"][1]["transfers"] == 1
    hidden = stream.item_document("A")["item"]
    assert all(name.startswith("p-") for stay in hidden["stays"] for name in stay["people"])
    assert "ada" not in str(hidden)
    assert "ben" not in str(hidden)


def test_it_says_with_whom_it_left(look):
    """
    A: dev 1, packed 2, done 5 by rel
    B: dev 1, packed 3, done 5 by rel
    C: dev 1, packed 4, done 5 by rel
    """
    with look() as seen:
        last = seen.item_document("B")["item"]["stays"][-1]
    assert last["batch"] == {"size": 3, "by": "person", "bulk": False, "fellows": ["A", "C"]}


def test_a_later_life_is_a_journey_of_its_own_linked_to_the_first(stream):
    """
    A: dev 1, done 2, dev 20, review 21, done 22
    """
    first, second = (stream.item_document(key)["item"] for key in ("A", "A#2"))
    assert [stay["stage"] for stay in first["stays"]] == ["Dev"]
    assert [stay["stage"] for stay in second["stays"]] == ["Dev", "Review"]
    assert second["stays"][0]["nth"] == 1
    assert [(link["to"], link["type"]) for link in first["links"]] == [("A#2", "another life of it")]
    assert [(link["to"], link["type"]) for link in second["links"]] == [("A", "another life of it")]


def test_an_item_in_progress_is_seen_at_the_instant_asked_for(look):
    """
    A: todo 1, dev 3
    B: dev 1, done 6
    """
    with look() as seen:
        item = seen.item_document("A")["item"]
    assert (item["outcome"], item["age_s"], item["lead_s"]) == ("open", 5 * DAY_S, None)
    assert (item["stays"][0]["left"], item["stays"][0]["work_s"]) == (None, 3 * DAY_S)
    with look(as_of="2024-01-03") as earlier:
        assert earlier.item_document("A")["item"]["stays"][0]["queue_s"] == 2 * DAY_S


def test_a_title_that_the_log_knows_is_told(stream):
    """
    A: title=Cheaper 1, dev 1, title=Dearer 2, done 3, dev 30
    """
    assert stream.item_document("A")["item"]["title"] == "Dearer"
    assert [row["title"] for row in stream.items_document()["items"]] == ["Dearer", "Dearer"]


def test_an_unknown_item_lists_near_ones(stream):
    """
    ABC-1: dev 1, done 2
    """
    with pytest.raises(UnknownName) as wrong:
        stream.item_document("ABC-2")
    assert "ABC-1" in wrong.value.hint


def test_events_are_told_in_order_with_fields_and_tracks(stream):
    """
    A: type=Bug 1, todo 1, dev 2
    A/pull_request#7: open 3
    """
    events = stream.item_document("A")["item"]["events"]
    assert [(event["kind"], event["field"], event["value"], event["track"]) for event in events] == [
        ("set", "type", "Bug", None),
        ("state", None, "todo", None),
        ("state", None, "dev", None),
        ("state", None, "pull_request:open", "pull_request#7"),
    ]


@settings(max_examples=40, deadline=None)
@given(histories())
def test_the_stays_of_an_item_are_its_visits_among_others(log):
    """Replayed alone or built among all: the same stages, instants and times; its parts make up each stay."""
    with ValueStream(log, CHANGES) as seen:
        visits = seen.visits().to_pylist()
        for number in {row["item"] for row in visits}:
            told = seen.item_document(seen.tables.key(number))["item"]["stays"]
            mine = [row for row in visits if row["item"] == number]
            assert [(stay["stage"], stay["nth"]) for stay in told] == [
                (seen.tables.stages[row["stage"]], row["nth"]) for row in mine
            ]
            for stay, row in zip(told, mine, strict=True):
                for how in ("queue", "work", "external", "blocked"):
                    assert stay[f"{how}_s"] == pytest.approx(row[f"{how}_s"], abs=1e-5)
                assert sum(part["seconds"] for part in stay["parts"]) == pytest.approx(stay["span_s"], abs=1e-5)
