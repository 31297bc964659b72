from __future__ import annotations

from typing import Any

import pytest

from pictures_samples import (
    SAMPLES,
    D,
    Doc,
    H,
    discovered,
    document,
    empty,
    help_desk,
    nasty,
    one_stage,
    software,
    stage,
)
from valuestream.pictures.cells import cells, paragraph, table
from valuestream.pictures.text import discovery_text, map_text
from valuestream.pictures.words import stages

every = pytest.mark.parametrize("make", SAMPLES.values(), ids=SAMPLES)


def too_wide(text: str, width: int) -> list[str]:
    return [line for line in text.splitlines() if cells(line) > width]


@every
@pytest.mark.parametrize("width", [100, 60, 40])
def test_the_map_stays_within_its_columns(make: Any, width: int) -> None:
    assert too_wide(map_text(make(), width), width) == []


@pytest.mark.parametrize("width", [100, 60, 40])
def test_the_discovery_stays_within_its_columns(width: int) -> None:
    assert too_wide(discovery_text(discovered(), width), width) == []


@pytest.mark.parametrize("text", [map_text(nasty()), discovery_text(discovered())], ids=["map", "discovery"])
def test_names_cannot_command_the_terminal(text: str) -> None:
    assert not [letter for letter in text if ord(letter) < 32 and letter != "\n"]
    assert "\u202e" not in text


def test_every_stage_has_its_row_in_order_and_its_step_in_the_strip() -> None:
    lines = [line for line in map_text(software()).splitlines() if ":" not in line]
    for name in (s["name"] for s in stages(software())):
        assert len([line for line in lines if line.removeprefix("◆ ").startswith(name)]) == 2, name
    firsts = [
        next(i for i, line in enumerate(lines) if line.removeprefix("◆ ").startswith(s["name"]))
        for s in stages(software())
    ]
    assert firsts == sorted(firsts)


def test_the_map_tells_headline_returns_findings_and_what_is_left_out() -> None:
    text = map_text(software())
    for said in (
        "Lead time 6.6 d mean · active 2.2 d · flow efficiency 34 % (by status) · 23.1 items/week",
        "85 % within 11.8 d · median 4.6 d · n = 2,310 finished items",
        "18 %  412  Testing ↩ Development",
        "+3 under 5 %",
        "1. Items wait 2.0 d for Approval, which rejects nobody",
        "Items: APP-12, APP-44, APP-301",
        "Left out: 116 without an observed start; 7 in unmapped states",
        "◆ Longest wait: Approval, 2.0 d a finished item, leaving in batches of 6.2",
        "6.2/14.0",
    ):
        assert said in text


def test_the_strip_is_to_scale_in_its_hundred_columns() -> None:
    """Waits 1 d, works 3 d, waits 1 d: a fifth, three fifths, a fifth; the active part of the second is nought."""
    text = map_text(document("scale", [stage("A", 1 * D, 3 * D), stage("B", 1 * D, 0.0)]))
    assert "░" * 20 + "█" * 60 + "░" * 20 in text.splitlines()


def test_a_part_too_small_for_a_cell_leaves_a_sign() -> None:
    text = map_text(document("tiny", [stage("Big", 100 * D, 0.0), stage("Small", 0.0, 60.0)]))
    assert [line for line in text.splitlines() if line.startswith("Small") and line.split()[1] == "▏"]


def test_unknown_figures_are_dashes() -> None:
    row = next(line for line in map_text(empty()).splitlines() if line.startswith("Check"))
    assert row.split() == ["Check", "–", "–", "–", "–", "–", "–", "3", "5", "–"]
    assert "No items finished in this period: no ladder and no strip to draw." in map_text(empty())


def test_external_and_reopened_rows_are_named_as_such() -> None:
    text = map_text(help_desk())
    assert "◆ [ext] Awaiting user info    none" in text
    [row] = [line for line in text.splitlines() if line.startswith("Reopened after done")]
    assert row.split()[-3:] == ["7.5", "h", "–"]
    assert "ticket to resolution  [stages guessed]" in text


def test_process_times_are_told_from_active_times() -> None:
    assert "=8.6 h" in map_text(software())
    assert "process times" not in map_text(one_stage())


def test_discovery_tells_states_transitions_variants_and_weeks() -> None:
    text = discovery_text(discovered())
    for said in (
        "24,918 items, 141,712 events, 8 states, 1,882 variants",
        "First to last event: mean 7.0 d · median 22.0 h · 85 % within 11.6 d",
        "Starts: New 23,100, Resolved 1,816",
        "New → Active → Resolved → Closed",
        "... and 1,872 more variants",
        "2016-W30",
        "Gaps: 3 between an item's activities, 9.0 d in all.",
    ):
        assert said in text
    [week] = [line for line in text.splitlines() if line.startswith("2016-W07")]
    assert week.endswith(" 0")


@pytest.mark.parametrize(
    "document", [{}, {"events": 0, "items": 0, "states": []}, {"lead_time_s": {"n": 0, "mean": None}}]
)
def test_discovery_bears_missing_keys(document: Doc) -> None:
    assert "No states: the log holds no events." in discovery_text(document)


def test_repeats_in_a_variant_are_counted() -> None:
    assert "A ×3 → B" in discovery_text({"items": 1, "variants": [{"path": ["A", "A", "A", "B"], "n": 1}]})


def test_a_table_too_wide_drops_columns_and_says_which() -> None:
    lines = table(["name", "first", "second"], [["x", "1" * 10, "2" * 10]], 30)
    assert lines[2].split() == ["x", "1" * 10]
    assert lines[3] == "(wider than 30 columns: second"
    assert lines[4] == "left out)"


def test_words_longer_than_a_line_are_broken() -> None:
    assert paragraph("ab " + "x" * 12, 10) == ["ab", "xxxxxxxxxx", "xx"]


def test_times_of_hours_in_a_stage_stand_in_its_row() -> None:
    text = map_text(document("one", [stage("Only", 4 * H / 0.93, 2 * H / 0.93)]))
    row = next(line for line in text.splitlines() if line.startswith("Only"))
    assert row.split()[:5] == ["Only", "2.0", "h", "4.0", "h"]
