"""Current and future state: same columns, same scale, and only differences beyond their interval are marked."""

from __future__ import annotations

import copy
import math
import xml.etree.ElementTree as ET
from itertools import combinations
from typing import Any

import pytest

from drawn_maps import SVG, labels, of_class, shown
from pictures_samples import D, Doc, H, document, fifteen, help_desk, nasty, software, stage
from valuestream.analysis.future import Edits, Step, Time, future
from valuestream.pictures import future as picture
from valuestream.pictures.compare import document as compared
from valuestream.pictures.compare import marked_figures, side_by_side, totals
from valuestream.pictures.future_text import future_text
from valuestream.pictures.simulated import with_intervals

EDITS = Edits(
    "Smaller batches",
    change={"Approval": Step(wait=Time(seconds=4 * H), batch=2.0, said={"wait": "4 h", "batch": "2"}),
            "Testing": Step(ca=0.95, said={"ca": "95 %"})},
    remove=("Code review",),
    add={"Checks": Step(active=Time(seconds=600), wait=Time(seconds=0), after="Development",
                        said={"active": "10 min"})},
)  # fmt: skip


def panels(current: Doc, later: Doc) -> tuple[ET.Element, ET.Element, ET.Element]:
    root = ET.fromstring(picture.svg(current, later))
    upper, lower = of_class(root, "state")
    return root, upper, lower


def columns(panel: ET.Element) -> dict[str, float]:
    return {g.get("data-stage", ""): float(next(g.iter(f"{SVG}rect")).get("x", "")) for g in of_class(panel, "stage")}


def test_both_states_have_the_same_columns_and_what_one_lacks_keeps_its_place() -> None:
    current = software()
    _, upper, lower = panels(current, future(current, EDITS))
    assert columns(upper) == columns(lower)
    assert list(columns(upper)) == [
        "Discovery", "Development", "Code review", "Checks", "Testing", "Approval", "Deploy",
    ]  # fmt: skip
    assert [g.get("data-stage") for g in of_class(upper, "absent")] == ["Checks"]
    assert [g.get("data-stage") for g in of_class(lower, "absent")] == ["Code review"]


def test_both_strips_have_one_scale_and_their_own_sums() -> None:
    current = software()
    later = future(current, EDITS)
    _, upper, lower = panels(current, later)
    scales = set()
    for panel, made in ((upper, current), (lower, later)):
        parts = [e for e in panel.iter() if e.get("data-in") == "strip"]
        seconds = math.fsum(float(e.get("data-seconds", "")) for e in parts)
        assert seconds == pytest.approx(made["totals"]["lead_time_s"]["mean"], rel=1e-12)
        scales.add(round(sum(float(e.get("width", "")) for e in parts) / seconds, 6))
    assert len(scales) == 1


def test_only_what_was_changed_is_marked() -> None:
    current = software()
    _, _, lower = panels(current, future(current, EDITS))
    marked = {
        (box.get("data-stage"), line.get("data-figure"))
        for box in of_class(lower, "stage")
        for line in of_class(box, "figure")
        if line.get("data-marked") and box.get("data-stage") != "Checks"
    }
    # nobody can know how many items will be there: unknown, and no change
    assert marked == {("Approval", "wait"), ("Approval", "batch"), ("Testing", "ca")}


def test_a_difference_within_its_interval_is_not_marked() -> None:
    current = document("x", [stage("A", 2 * D, D), stage("B", D, D)])
    later = copy.deepcopy(current)
    later["stages"][0]["wait_s"]["mean"] *= 0.9
    later["stages"][1]["wait_s"]["mean"] *= 0.5
    for one in later["stages"]:
        mean = one["wait_s"]["mean"]
        one["intervals"] = {"wait": [mean * 0.8, mean * 1.2]}
    # A: 1.86 d lies in 1.67 d x (0.8 .. 1.2); B: 0.93 d does not lie in 0.465 d x (0.8 .. 1.2)
    assert [marked_figures(a, b) for a, b in zip(current["stages"], later["stages"], strict=True)] == [set(), {"wait"}]
    later["totals"]["lead_time_s"]["mean"] *= 0.9
    later["totals"]["intervals"] = {"lead_time": [4 * D, 6 * D]}
    lead = totals(current, later)[0]
    assert (lead.key, lead.marked, lead.better) == ("lead_time", False, None)
    later["totals"]["intervals"] = {"lead_time": [4 * D, 4.6 * D]}
    assert (totals(current, later)[0].marked, totals(current, later)[0].better) == (True, True)


def test_a_difference_too_small_to_be_written_is_not_marked() -> None:
    """2.5 d would become 2.49 d, which is 2.5 d as it is written; an hour becomes two."""
    current = document("x", [stage("A", 2.5 * D, D), stage("B", H, D)])
    current["stages"][0]["wait_s"]["mean"] = 2.5 * D
    later = copy.deepcopy(current)
    later["stages"][0]["wait_s"]["mean"] = 2.49 * D
    later["stages"][1]["wait_s"]["mean"] = 2 * H
    _, _, lower = panels(current, later)
    waits = [line for line in of_class(lower, "figure") if line.get("data-figure") == "wait"]
    assert [line.get("data-marked") for line in waits] == [None, "yes"]
    assert "too small a difference to be written" in (waits[0].findtext(f"{SVG}title") or "")


def test_the_delta_row_tells_before_and_after_in_words() -> None:
    current = software()
    root, *_ = panels(current, future(current, EDITS))
    [lead, *_] = of_class(root, "delta")
    # 157.8 h: less 18.8 h of code review and 48.2 h x (1 - 4 / 44.826), and 10 minutes more
    after = 157.8 * H - 18.8 * H - 48.2 * H * (1 - 4 / (48.2 * 0.93)) + 600
    assert shown(lead) == ["Lead time, mean", "6.6 d", "▼ 4.0 d", "−40 % · better"]
    assert after / D == pytest.approx(3.97, abs=0.01)
    assert "Lead time, mean 6.6 d would become 4.0 d (−40 %)" in (root.findtext(f"{SVG}desc") or "")


def test_every_interval_of_the_delta_row_is_in_its_unit() -> None:
    current = software()
    later = copy.deepcopy(current)
    later["totals"]["throughput_per_week"]["value"] = 30.0
    later["totals"]["intervals"] = {"throughput": [25.123456789, 34.87654321]}
    root, *_ = panels(current, later)
    [throughput] = [one for one in of_class(root, "delta") if one.get("data-figure") == "throughput"]
    assert shown(throughput)[-1] == "+30 % · better · 25.1 to 34.9"


def test_an_unchanged_future_has_no_mark_at_all() -> None:
    current = software()
    later = copy.deepcopy(current)
    root, *_ = panels(current, later)
    assert not [e for e in root.iter() if e.get("data-marked")]
    assert "no figure of the whole stream differs" in (root.findtext(f"{SVG}desc") or "")


@pytest.mark.parametrize("make", [software, help_desk, fifteen, nasty])
def test_no_two_labels_overlap_and_none_leaves_the_canvas(make: Any) -> None:
    current = make()
    names = [one["name"] for one in current["stages"] if one["kind"] == "logged"]
    slower = Step(wait=Time(factor=1.5), said={"wait": "+50 %"})
    slower = Step(wait=Time(factor=1.5), said={"wait": "+50 %"})
    added = Step(active=Time(seconds=60.0), after=names[0])
    edits = Edits("Other", {names[1]: slower}, (names[2],), {"A new step with a long name": added})
    root, *_ = panels(current, future(current, edits))
    width, height = float(root.get("width", "")), float(root.get("height", ""))
    found = list(labels(root))
    for a in found:
        assert 0 <= a.x1 < a.x2 <= width, a
        assert 0 <= a.y1 < a.y2 <= height, a
    for a, b in combinations(found, 2):
        assert a.x2 <= b.x1 or b.x2 <= a.x1 or a.y2 <= b.y1 or b.y2 <= a.y1, (a, b)


def test_the_text_form_stays_within_its_columns_and_says_what_is_assumed() -> None:
    current = software()
    for width in (60, 100):
        text = future_text(current, future(current, EDITS), width)
        assert max(map(len, text.splitlines())) <= width
    rows = [line.split() for line in text.splitlines()]
    assert ["Checks", "added"] in rows
    assert ["Code", "review", "removed"] in rows
    assert ["Approval", "wait", "1.9", "d", "4.0", "h"] in rows
    assert "Assumed: Approval: wait 4 h, batches of 2" in text
    assert "queues, returns and demand were not simulated" in text.replace("\n  ", " ")


def test_the_comparison_is_also_data() -> None:
    current = software()
    told = compared(current, future(current, EDITS))
    states = {row["name"]: row["state"] for row in told["stages"]}  # type: ignore[attr-defined]
    assert states["Checks"], states["Code review"] == ("added", "removed")
    assert states["Deploy"] == "kept"
    [lead] = [row for row in told["totals"] if row["figure"] == "lead_time"]  # type: ignore[attr-defined]
    assert (lead["interval"], lead["marked"]) == (None, True)


def test_stages_of_both_states_keep_their_order() -> None:
    a = document("x", [stage(name, D, D) for name in "ABCD"])
    b = document("x", [stage(name, D, D) for name in "AXCY"])
    for made in side_by_side(a, b):
        assert [one["name"] for one in made["stages"]] == ["A", "B", "X", "C", "D", "Y"]


def test_a_simulated_scenario_is_marked_where_the_interval_of_its_change_leaves_out_nought() -> None:
    now = document("x", [stage("A", 2 * D, D), stage("B", D, D)]) | {"simulated": {"scenario": None}}
    then = copy.deepcopy(now)
    then["totals"]["lead_time_s"]["mean"] -= D
    then["totals"]["throughput_per_week"]["value"] += 1.0
    then["stages"][0]["batch"] = {"mean": 9.0, "as_experienced": 9.0, "largest": 9, "n": 9}

    def told(value: float, by: float) -> Doc:
        return {"value": value, "low": value - by, "high": value + by}

    def figures(wait: float) -> list[Doc]:
        return [
            {"name": name, "shown_as": None, "wait_s": told(wait, 0.2 * D), "active_s": told(D, 0.1 * D)}
            for name in "AB"
        ]

    change = {"lead_mean_s": told(-D, D / 2), "throughput_per_week": told(1.0, 2.0), "flow_efficiency": told(0.1, 0.05)}
    scenario = {"name": "faster", "set": ["A.servers=+1"], "change": change, "stages": figures(1.7 * D)}
    ready = with_intervals(now, then, {"stages": figures(2.0 * D), "runs": {"columns": 40}}, scenario)
    assert [(one.key, one.marked) for one in totals(now, ready)] == [
        ("lead_time", True), ("active", False), ("flow_efficiency", True), ("throughput", False), ("rolled_ca", False),
    ]  # fmt: skip
    # 2.0 d to 1.7 d, 0.2 d unsure: beyond; the batch of a single run has no interval and is not judged
    assert marked_figures(now["stages"][0], ready["stages"][0]) == {"wait"}
    _, upper, lower = panels(now, ready)
    assert "Current state, simulated" in shown(upper)
    assert "Future state: faster" in shown(lower)
    assert "simulated, 40 runs, 95 % intervals" in shown(lower)
