"""A future state written by hand, and the files it is written in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from command_line import STREAM, TICKETS, vsm, written
from pictures_samples import D, H, document, stage
from valuestream.analysis.future import Edits, Step, Time, future
from valuestream.cli.future_file import read_future
from valuestream.errors import ConfigError, UnknownName

approx = pytest.approx


def current() -> dict[str, Any]:
    """Two stages: 2 d and 1 d of waiting, 1 d of work each; visits take 0.93 of what an item does (passes)."""
    return document("x", [stage("Build", 2 * D, D), stage("Check", D, D)])


def test_the_ladder_moves_in_proportion_to_a_visits_time() -> None:
    made = future(current(), Edits(change={"Build": Step(wait=Time(factor=0.5))}))
    assert made["stages"][0]["wait_s"]["mean"] == approx(0.93 * D)
    assert made["stages"][0]["per_item_s"] == {"active": D, "wait": approx(D)}
    assert made["totals"]["lead_time_s"]["mean"] == approx(4 * D)


def test_a_removed_stage_takes_its_time_and_its_returns_with_it() -> None:
    was = current() | {"returns": [{"from": "Check", "to": "Build", "n": 9, "share": 0.2}]}
    made = future(was, Edits(remove=("Check",)))
    assert [one["name"] for one in made["stages"]] == ["Build"]
    assert made["totals"]["lead_time_s"]["mean"] == approx(3 * D)
    assert made["returns"] == []


def test_a_new_stage_stands_behind_the_one_it_names() -> None:
    step = Step(active=Time(seconds=H), wait=Time(seconds=0.0), after="Build")
    made = future(current(), Edits(add={"Automated checks": step}))
    assert [one["name"] for one in made["stages"]] == ["Build", "Automated checks", "Check"]
    assert made["totals"]["lead_time_s"]["mean"] == approx(5 * D + H)


def test_flow_efficiency_moves_as_the_ladders_own_does() -> None:
    was = current()
    was["totals"]["flow_efficiency"]["value"] = 0.3  # of those items whose work is known; the ladder says 2 / 5
    made = future(was, Edits(change={"Build": Step(wait=Time(seconds=0.0))}))
    assert made["totals"]["flow_efficiency"]["value"] == approx(0.3 * (2 / 3) / (2 / 5))


def test_active_time_known_of_some_items_moves_as_the_ladders_does() -> None:
    was = current()
    was["totals"]["active_s"]["mean"] = 3 * D  # of the items of which it is known; the ladder's 2 d are of all
    unchanged = future(was, Edits(change={"Build": Step(wait=Time(seconds=0.0))}))
    assert unchanged["totals"]["active_s"]["mean"] == approx(3 * D)
    halved = future(was, Edits(change={"Build": Step(active=Time(factor=0.5))}))
    assert halved["totals"]["active_s"]["mean"] == approx(3 * D * 1.5 / 2)


def test_complete_and_accurate_rolls_through_but_moves_no_time() -> None:
    made = future(current(), Edits(change={"Check": Step(ca=0.5)}))
    assert made["totals"]["rolled_ca"]["value"] == approx(0.96 * 0.5)
    assert made["totals"]["lead_time_s"]["mean"] == approx(5 * D)


def test_what_nobody_can_know_is_null() -> None:
    made = future(current(), Edits(change={"Build": Step(wait=Time(seconds=H))}))
    assert made["totals"]["lead_time_s"]["p85"] is None
    assert set(made["stages"][0]["wip"].values()) == {None}


def test_a_stage_that_is_not_there_is_told_its_neighbours() -> None:
    with pytest.raises(UnknownName) as told:
        future(current(), Edits(remove=("Chekc",)))
    assert "Check" in told.value.hint


def test_a_file_says_it_all(tmp_path: Path) -> None:
    file = written(
        tmp_path, "f.yaml",
        "name: Less waiting\nchange:\n  Build: {wait: -50 %, ca: 99 %, batch: 3}\nremove: [Check]\n"
        "add:\n  Tell: {after: Build, active: 5 min}\n",
    )  # fmt: skip
    made = read_future(str(file), current())
    assert made["name"] == "Less waiting"
    assert [one["name"] for one in made["stages"]] == ["Build", "Tell"]
    assert made["stages"][0]["ca"]["value"] == 0.99
    assert made["assumed"][:2] == ["without Check", "a new stage Tell: active 5 min; every item passes it once"]


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("chnge: {}", ":1:1:", "Unknown key 'chnge'"),
        ("change: {Build: {wiat: 4 h}}", ":1:18:", "Unknown figure 'wiat'"),
        ("change: {Build: {wait: soon}}", ":1:24:", "'soon' is no duration"),
        ("change: {Build: {wait: -150 %}}", ":1:24:", "more than all of it"),
        ("change: {Build: {ca: 95}}", ":1:22:", "is no percentage"),
        ("change: {Build: {batch: few}}", ":1:25:", "'few' is no number"),
        ("change: [Build]", ":1:9:", "wants stages with their figures"),
        ("change: {Build: 4 h}", ":1:17:", "wants figures"),
        ("change: {Build: {wait: [1 h]}}", ":1:24:", "wants one value"),
        ("remove: {Build: 1}", ":1:9:", "wants a list of stages"),
    ],
)
def test_a_mistake_is_named_with_its_place(tmp_path: Path, text: str, place: str, said: str) -> None:
    with pytest.raises(ConfigError) as told:
        read_future(str(written(tmp_path, "f.yaml", text)), current())
    assert place in told.value.message
    assert said in told.value.message
    assert told.value.hint


class TestTheCommand:
    @pytest.fixture
    def tickets(self, tmp_path: Path) -> Path:
        return written(tmp_path, "tickets.csv", TICKETS)

    def test_sets_both_states_side_by_side(self, tickets: Path, tmp_path: Path) -> None:
        stream = written(tmp_path, "s.yaml", STREAM)
        edits = written(tmp_path, "f.yaml", "name: No waiting\nchange: {Test: {wait: 0 min}}\n")
        picture = tmp_path / "both.svg"
        ran = vsm("map", tickets, "--stream", stream, "--future", edits, "--svg", picture)
        assert ran.status == 0
        assert "No waiting: Lead time, mean" in ran.out
        assert "Future state: No waiting" in picture.read_text(encoding="utf-8")
        document = vsm("map", tickets, "--stream", stream, "--future", edits, "--json").document
        assert document["schema"] == "vsm.future/1"

    def test_takes_an_earlier_map_too(self, tickets: Path, tmp_path: Path) -> None:
        earlier = written(tmp_path, "june.json", vsm("map", tickets, "--json").out)
        assert "no figure of the whole stream differs" in vsm("map", tickets, "--future", earlier).out

    def test_refuses_a_file_that_is_no_map(self, tickets: Path, tmp_path: Path) -> None:
        for name, text in (("a.json", "{"), ("b.json", "[]")):
            ran = vsm("map", tickets, "--future", written(tmp_path, name, text))
            assert (ran.status, len(ran.err.splitlines())) == (2, 2)
