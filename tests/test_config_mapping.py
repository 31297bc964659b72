"""The mapping written back into `valuestream.yaml`: what was not touched stays as it was, to the letter."""

from __future__ import annotations

import difflib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from valuestream.config import load
from valuestream.config_mapping import LISTS, MODES, Place, Plan, plan_of, rewritten
from valuestream.errors import ConfigError, UnknownName

TEXT = """\
# what we read
zone: Europe/Berlin
streams:
  # the one that matters
  tickets:   # since 2024
    charter: {customer: Employees, trigger: "A ticket: raised"}
    before: [Draft]    # outside
    stages:
      # people look at it first
      - name: Triage
        queue:
          - New  # queue: 12 of 20
          - 007  # an odd one
          - null
          - Yes
        work: [Assigned]
      - {name: Fix, queue: [Ready], work: [Active], team: Support}
      - name: Sign-off
        why: audit of 2023
        review_on: 2027-01-01
        work: [Signing]
    done: [Resolved]
    cancelled:
    reopen_within: 30 d
  other:
    stages: [{name: One, work: [One]}]
# the end
"""


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    return read(tmp_path, TEXT)


def read(folder: Path, text: str) -> Plan:
    path = folder / "valuestream.yaml"
    path.write_text(text, encoding="utf-8")
    return plan_of(load(path).stream("tickets"))


def changed(text: str) -> list[str]:
    """The lines that differ from the file as it was: those taken away and those that are new."""
    ways = difflib.unified_diff(TEXT.splitlines(), text.splitlines(), n=0, lineterm="")
    return [line for line in ways if line[0] in "+-" and line[:3] not in ("+++", "---")]


def moved(plan: Plan, **places: Place | None) -> Plan:
    kept = {**plan.places, **{state.replace("_", " "): place for state, place in places.items()}}
    return replace(plan, places={state: place for state, place in kept.items() if place is not None})


class TestAFile:
    def test_that_says_the_same_stays_the_same(self, plan: Plan) -> None:
        assert rewritten(TEXT, "tickets", plan) == TEXT

    def test_changes_in_the_lists_of_a_state_that_moved_and_nowhere_else(self, plan: Plan) -> None:
        text = rewritten(TEXT, "tickets", moved(plan, New=Place("work", "Fix")))
        assert changed(text) == [
            "-          - New  # queue: 12 of 20",
            "-      - {name: Fix, queue: [Ready], work: [Active], team: Support}",
            "+      - {name: Fix, queue: [Ready], work: [Active, New], team: Support}",
        ]

    def test_gets_a_list_it_did_not_have(self, plan: Plan) -> None:
        text = rewritten(TEXT, "tickets", moved(plan, Waiting=Place("blocked", "Fix"), Gone=Place("cancelled")))
        assert "-    cancelled:" in changed(text)
        assert "+    cancelled: [Gone]" in changed(text)
        assert any("blocked: [Waiting]" in line for line in changed(text))

    def test_loses_a_list_that_became_empty(self, plan: Plan, tmp_path: Path) -> None:
        text = rewritten(TEXT, "tickets", moved(plan, Draft=Place("ignore")))
        assert "before:" not in text
        assert read(tmp_path, text).places["Draft"] == Place("ignore")

    def test_keeps_a_stages_own_settings_when_it_is_renamed_and_moved(self, plan: Plan, tmp_path: Path) -> None:
        places = {s: Place(p.kind, "Approval") if p.stage == "Sign-off" else p for s, p in plan.places.items()}
        text = rewritten(TEXT, "tickets", Plan(("Approval", "Triage", "Fix"), places, {"Approval": "Sign-off"}))
        again = read(tmp_path, text)
        assert again.stages == ("Approval", "Triage", "Fix")
        assert "why: audit of 2023" in text
        assert "review_on: 2027-01-01" in text
        for comment in ("# people look at it first", "# an odd one", "# outside", "# the end", "# since 2024"):
            assert comment in text

    def test_takes_a_new_stage_and_lets_one_go(self, plan: Plan, tmp_path: Path) -> None:
        places = {**{s: p for s, p in plan.places.items() if p.stage != "Sign-off"}, "Signing": Place("work", "Ship")}
        text = rewritten(TEXT, "tickets", Plan(("Triage", "Fix", "Ship"), places, {}))
        assert read(tmp_path, text).stages == ("Triage", "Fix", "Ship")
        assert "Sign-off" not in text

    @pytest.mark.parametrize(
        "state", ["a: b", "x # y", "true", "007", "null", "- dash", "{curly", "'", '"', "ä ö", "*x"]
    )
    def test_takes_any_word_as_a_state(self, state: str, plan: Plan, tmp_path: Path) -> None:
        text = rewritten(TEXT, "tickets", replace(plan, places={**plan.places, state: Place("done")}))
        assert read(tmp_path, text).places[state] == Place("done")


class TestAPlan:
    @pytest.mark.parametrize(
        ("stages", "places", "told"),
        [
            (("A", "A"), {}, "Two stages are called 'A'"),
            (("A", " "), {}, "has no name"),
            (("A",), {"x": Place("work", "B")}, "No stage 'B'"),
            (("A",), {"x": Place("resting", "A")}, "'resting' is no place"),
            (("A",), {"x": Place("work")}, "'work' is no place"),
            (("A",), {"x": Place("done", "A")}, "'done' is no place"),
        ],
    )
    def test_that_no_file_may_hold_is_refused(self, stages: tuple[str, ...], places: dict, told: str) -> None:
        with pytest.raises((ConfigError, UnknownName), match=told):
            rewritten(TEXT, "tickets", Plan(stages, places, {}))

    def test_of_an_unknown_stream_is_refused(self, plan: Plan) -> None:
        with pytest.raises(UnknownName, match="no stream 'nope'"):
            rewritten(TEXT, "nope", plan)


SIGNS = "abzAZ019 :#-?,.[]{}&*!|>'\"%@`~=<\\/äß日\u2028\xa0😀"
WORDS = st.text(SIGNS, min_size=1, max_size=12)
PLACES = st.one_of(
    st.tuples(st.sampled_from(MODES), st.sampled_from(["Triage", "Fix", "New step"])).map(lambda two: Place(*two)),
    st.sampled_from(LISTS).map(Place),
)


@given(st.dictionaries(WORDS, PLACES, max_size=8))
def test_what_is_written_is_what_is_read(tmp_path_factory: pytest.TempPathFactory, places: dict[str, Place]) -> None:
    stages = ("Triage", "Fix", "New step")
    sure = {"t": Place("work", "Triage"), "f": Place("work", "Fix"), "n": Place("work", "New step")}
    plan = Plan(stages, {**places, **sure}, {})
    again = read(tmp_path_factory.mktemp("law"), rewritten(TEXT, "tickets", plan))
    assert (again.stages, dict(again.places)) == (stages, dict(plan.places))
