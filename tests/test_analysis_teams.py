"""Lead time inside teams, between them, and around the sprint; worked by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings

from conftest import CHANGES
from test_flow_laws import histories
from valuestream import Stage, Stream, ValueStream
from valuestream.pictures.teams import teams_text

DAY_S = 86_400
approx = pytest.approx

TEAMS = Stream(
    "teams",
    (
        Stage("Wish", queue=("wished",), work=("refining",), team="Product"),
        Stage("Build", queue=("todo",), work=("dev",), team="Crew"),
        Stage("Check", queue=("ready",), work=("test",), team="Crew"),
        Stage("Release", queue=("packed",), work=("releasing",), team="Platform"),
    ),
    done=("done",),
)


def test_waiting_for_the_next_team_lies_between_and_waiting_inside_a_team_does_not(look):
    """
    A: wished 1, refining 2, todo 4, dev 9, ready 10, test 12, packed 13, releasing 33, done 34
    """
    # Product: 3 days of its own. Crew: waited for 5 days, then 1 dev, 2 ready (its own queue), 1 test = 4 days inside.
    # Platform: waited for 20 days, 1 inside. 3 + 5 + 4 + 20 + 1 = 33 days of lead time.
    with look(TEAMS) as seen:
        document = seen.teams_document()
    inside = {row["team"]: (row["inside_s"] / DAY_S, row["active_s"] / DAY_S) for row in document["teams"]}
    assert inside == {"Product": (3.0, 2.0), "Crew": (4.0, 2.0), "Platform": (1.0, 1.0)}
    moves = {(row["from"], row["to"]): (row["between_s"] / DAY_S, row["n"]) for row in document["handovers"]}
    assert moves == {("Product", "Crew"): (5.0, 1), ("Crew", "Platform"): (20.0, 1)}
    assert document["whole"]["lead_s"] == 33 * DAY_S
    assert document["whole"]["between_share"] == approx(25 / 33)


def test_a_stay_without_work_lies_between_altogether(look):
    """
    A: dev 1, packed 2, done 12
    """
    with look(TEAMS) as seen:
        document = seen.teams_document()
    assert document["handovers"][0]["between_s"] == 10 * DAY_S
    assert document["whole"]["between_share"] == approx(10 / 11)


def test_without_a_known_team_what_lies_between_teams_is_unknown(look):
    """
    A: todo 1, dev 2, done 4
    B: todo 1, done 6
    """
    with look() as seen:
        document = seen.teams_document()
    assert (document["whole"]["between_s"], document["whole"]["between_share"]) == (None, None)
    # work was seen of A alone: 2 of its 3 days
    [row] = document["teams"]
    assert (row["team"], row["items"], row["worked"], row["active_s"]) == (None, 2, 1, 2 * DAY_S)
    said = " ".join(teams_text(document).split())
    assert "2 finished items took 4.0 d on average. No stay has a known team" in said
    assert "a mean of the items whose work was seen there" in said


def test_a_team_whose_work_was_never_seen_has_no_active_time(look):
    """
    A: dev 1, packed 2, done 12
    """
    with look(TEAMS) as seen:
        document = seen.teams_document()
    assert {row["team"]: row["active_s"] for row in document["teams"]} == {"Crew": DAY_S, "Platform": None}


def test_work_sent_back_to_another_team_is_a_handover_again(look):
    """
    A: dev 1, packed 2, releasing 3, todo 4, dev 8, packed 9, releasing 10, done 11
    """
    with look(TEAMS) as seen:
        moves = {(m["from"], m["to"]): (m["between_s"] / DAY_S, m["n"]) for m in seen.teams_document()["handovers"]}
    assert moves == {("Platform", "Crew"): (4.0, 1), ("Crew", "Platform"): (2.0, 2)}


def test_a_fast_sprint_in_a_slow_stream_is_visible(look):
    """
    A: wished 1, sprint=S1 31, todo 31, dev 33, done 61
    B: wished 1, sprint=S1 31, todo 31, dev 41, sprint=S2 45, done 73
    """
    # S1 has days 31 to 44, S2 days 45 to 58; the clock begins when the work is asked for.
    # A: 30 days before, 14 in, finished on day 61: 16 after. Lead 60.
    # B: 30 days before, in from 31 to 58 included = 28, finished on day 73: 14 after. Lead 72. Carried over.
    sprints = {"S1": ("2024-01-31", "2024-02-13"), "S2": ("2024-02-14", "2024-02-27")}
    with look(replace(TEAMS, sprints=sprints)) as seen:
        sprint = seen.teams_document()["sprint"]
    days = {name: sprint[f"{name}_s"] / DAY_S for name in ("before", "in", "after", "lead")}
    assert days == {"before": 60.0, "in": 42.0, "after": 30.0, "lead": 132.0}
    assert sprint["in_share"] == approx(42 / 132)
    assert (sprint["carried_over"], sprint["finished_in"], sprint["without"]) == (1, 0, 0)
    assert [(row["sprint"], row["items"], row["dated"]) for row in sprint["sprints"]] == [
        ("S1", 1, True), ("S2", 1, True)
    ]  # fmt: skip


def test_without_days_a_sprint_lasts_until_the_item_is_taken_out_or_finished(look):
    """
    A: wished 1, sprint=S1 11, dev 12, done 16
    B: wished 1, done 3
    """
    with look(TEAMS) as seen:
        sprint = seen.teams_document()["sprint"]
    assert (sprint["before_s"] / DAY_S, sprint["in_s"] / DAY_S, sprint["after_s"]) == (10.0, 5.0, 0.0)
    assert (sprint["items"], sprint["without"], sprint["finished_in"]) == (2, 1, 1)
    assert sprint["sprints"][0]["dated"] is False


def test_an_item_finished_in_its_sprint_has_nothing_after_it(look):
    """
    A: wished 1, sprint=S1 5, dev 6, done 8
    """
    with look(replace(TEAMS, sprints={"S1": ("2024-01-05", "2024-01-18")})) as seen:
        sprint = seen.teams_document()["sprint"]
    assert (sprint["before_s"] / DAY_S, sprint["in_s"] / DAY_S, sprint["after_s"]) == (4.0, 3.0, 0.0)
    assert sprint["finished_in"] == 1


def test_a_log_without_sprints_has_none(look):
    """
    A: dev 1, done 2
    """
    assert look(TEAMS).teams_document()["sprint"] is None


def test_teams_too_small_for_figures_are_together_unknown(look):
    """
    A: dev@a1 1, done 3
    B: dev@b1 1, done 4
    """
    with look(replace(CHANGES, teams={"A": ("a?",), "B": ("b?",)})) as seen:
        assert [(row["team"], row["items"], row["share"]) for row in seen.teams_document()["teams"]] == [(None, 2, 1.0)]


@settings(max_examples=40, deadline=None)
@given(histories())
def test_inside_and_between_add_up_to_the_lead_time(log):
    with ValueStream(log, CHANGES) as seen:
        document = seen.teams_document()
        lead = seen.ask.run("SELECT coalesce(sum(lead_s), 0) FROM items WHERE outcome = 1 AND lead_s IS NOT NULL")[0][0]
    parts = sum(row["inside_s"] for row in document["teams"]) + sum(row["between_s"] for row in document["handovers"])
    assert parts == approx(lead)
    assert all(row["inside_s"] >= 0 for row in document["teams"])
