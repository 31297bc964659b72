"""Where things stand on a map: to scale, in their own lanes, nothing over anything else."""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Any

import pytest

from drawn_maps import SVG, drawn, every, finished, labels, of_class, shown
from pictures_samples import (
    D,
    document,
    fifteen,
    nasty,
    software,
    stage,
)
from valuestream.pictures.words import stages


@finished
@pytest.mark.parametrize("where", ["ladder", "strip"])
def test_the_parts_of_ladder_and_strip_add_up_to_the_mean_lead_time(make: Any, where: str) -> None:
    made = make()
    parts = [e for e in drawn(made).iter() if e.get("data-in") == where]
    total = math.fsum(float(e.get("data-seconds", "")) for e in parts)
    assert total == pytest.approx(made["totals"]["lead_time_s"]["mean"], rel=1e-12)
    assert {e.get("data-stage") for e in parts} >= {s["name"] for s in made["stages"] if s["name"].isprintable()}


@finished
def test_the_strip_is_to_scale(make: Any) -> None:
    made = make()
    parts = [e for e in drawn(made).iter() if e.get("data-in") == "strip"]
    total, room = made["totals"]["lead_time_s"]["mean"], sum(float(e.get("width", "")) for e in parts)
    for part in parts:
        assert float(part.get("width", "")) == pytest.approx(
            room * float(part.get("data-seconds", "")) / total, abs=0.02
        )


@every
def test_every_stage_is_drawn_once_in_its_own_order(make: Any) -> None:
    made = make()
    boxes = of_class(drawn(made), "stage")
    expected = [s["name"] for s in stages(made)]
    assert len(boxes) == len(expected)
    if make is not nasty:
        assert [box.get("data-stage") for box in boxes] == expected
    spots = [
        (round(float(r.get("y", ""))), float(r.get("x", ""))) for b in boxes if (r := b.find(f"{SVG}rect")) is not None
    ]
    assert spots == sorted(spots)


@every
def test_no_two_labels_overlap_and_none_leaves_the_canvas(make: Any) -> None:
    root = drawn(make())
    width, height = float(root.get("width", "")), float(root.get("height", ""))
    found = list(labels(root))
    for a in found:
        assert a.x1 >= 0, a
        assert a.x2 <= width, a
        assert 0 <= a.y1 < a.y2 <= height, a
    for a, b in combinations(found, 2):
        apart = a.x2 <= b.x1 or b.x2 <= a.x1 or a.y2 <= b.y1 or b.y2 <= a.y1
        assert apart, (a, b)


def test_queues_stand_below_the_flow_band_and_not_across_it() -> None:
    root = drawn(software())
    bands = [
        float(r.get("y", "")) + float(r.get("height", "")) for g in of_class(root, "band") for r in g.iter(f"{SVG}rect")
    ]
    tops = [
        float((p.get("d") or "").split()[1].split("l")[0])
        for g in of_class(root, "queue-now")
        for p in g.iter(f"{SVG}path")
    ]
    assert len(tops) == 6
    assert min(tops) > max(bands)


def test_the_band_is_as_wide_as_items_pass_a_week() -> None:
    bands = of_class(drawn(software()), "band")
    width = {g.get("data-rate"): float(r.get("height", "")) for g in bands for r in g.iter(f"{SVG}rect")}
    assert width["11.5"] / width["23.4"] == pytest.approx(11.5 / 23.4, rel=0.01)


def test_returns_are_arcs_with_their_share_and_small_ones_are_gathered() -> None:
    root = drawn(software())
    assert [(g.get("data-from"), g.get("data-to")) for g in of_class(root, "return")] == [
        ("Testing", "Development"), ("Code review", "Development"),
    ]  # fmt: skip
    assert [shown(g) for g in of_class(root, "share")] == [["18 %"], ["12 %"]]
    assert any("+3 under 5 %" in text for text in shown(root))


@every
def test_the_label_of_an_arc_lies_within_its_pill(make: Any) -> None:
    for share in of_class(drawn(make()), "share"):
        pill = share.find(f"{SVG}rect")
        assert pill is not None
        left, width = float(pill.get("x", "")), float(pill.get("width", ""))
        [label] = labels(share)
        assert left + 4 <= label.x1 < label.x2 <= left + width - 4


def test_each_return_has_a_lane_of_its_own() -> None:
    heights = [round(label.y1, 1) for g in of_class(drawn(fifteen()), "share") for label in labels(g)]
    assert len(heights) == 7
    levels = sorted(heights)
    assert min(b - a for a, b in pairwise(levels)) >= 20


def uprights(arc: ET.Element) -> Iterator[tuple[float, float, float]]:
    """The vertical lines of a drawn return: x, top, bottom."""
    path = next(arc.iter(f"{SVG}path")).get("d") or ""
    x, y = 0.0, 0.0
    for command, rest in re.findall(r"([MLQ])([-\d. ]+)", path):
        *_, x2, y2 = map(float, rest.split())
        if command == "L" and x2 == x:
            yield x, min(y, y2), max(y, y2)
        x, y = x2, y2


@every
def test_no_return_runs_through_the_label_of_another(make: Any) -> None:
    root = drawn(make())
    arcs, shares = of_class(root, "return"), of_class(root, "share")
    lines = [line for arc in arcs for line in uprights(arc)]
    assert len(lines) >= 2 * len(arcs)
    for share in shares:
        [label] = labels(share)
        for x, top, bottom in lines:
            assert not (label.x1 - 6 < x < label.x2 + 6 and top < label.y2 and label.y1 < bottom), (label, x)


def test_a_crowd_of_returns_keeps_the_ten_strongest() -> None:
    names = [f"s{i}" for i in range(8)]
    returns = [{"from": a, "to": b, "n": 9, "share": 0.2} for i, a in enumerate(names) for b in names[:i]]
    root = drawn(document("tangle", [stage(name, D, D) for name in names], returns=returns))
    assert len(of_class(root, "return")) == 10
    assert any(f"+{len(returns) - 10} more" in text for text in shown(root))


@dataclass
class Box:
    name: str
    x1: float
    x2: float
    y1: float
    y2: float


def solids(root: ET.Element) -> list[Box]:
    """Boxes, triangles, pills of marks and lanes of teams as rectangles."""
    found = []
    for one in of_class(root, "stage"):
        box = next(one.iter(f"{SVG}rect"))
        x, y = float(box.get("x", "")), float(box.get("y", ""))
        height = float(box.get("height", ""))
        found.append(Box(one.get("data-stage", ""), x, x + float(box.get("width", "")), y, y + height))
    for queue in of_class(root, "queue-now"):
        d = next(queue.iter(f"{SVG}path")).get("d", "")
        x, y = map(float, re.findall(r"[-\d.]+", d)[:2])
        found.append(Box("queue", x - 25, x + 25, y, y + 42))
    for lane in of_class(root, "lane"):
        bar = next(lane.iter(f"{SVG}rect"))
        x, y, wide = (float(bar.get(key, "")) for key in ("x", "y", "width"))
        found.append(Box(f"lane {lane.get('data-team')}", x, x + wide, y, y + float(bar.get("height", ""))))
    return found


@every
def test_no_two_boxes_queues_or_lanes_overlap(make: Any) -> None:
    found = solids(drawn(make()))
    for a, b in combinations(found, 2):
        assert a.x2 <= b.x1 or b.x2 <= a.x1 or a.y2 <= b.y1 or b.y2 <= a.y1, (a, b)


@every
def test_no_label_outside_a_box_reaches_into_one(make: Any) -> None:
    root = drawn(make())
    boxes = [box for box in solids(root) if box.name not in ("queue",) and not box.name.startswith("lane")]
    inside = {id(text) for stage in of_class(root, "stage") for text in stage.iter(f"{SVG}text")}
    others = [text for text in root.iter(f"{SVG}text") if id(text) not in inside]
    for text in others:
        [label] = labels(text) if not text.get("transform") else [None]
        if label is None or label.y1 < 0:
            continue
        for box in boxes:
            apart = label.x2 <= box.x1 or box.x2 <= label.x1 or label.y2 <= box.y1 or box.y2 <= label.y1
            assert apart or label.y1 < 160, (label, box)  # the key's labels are moved by their groups


def test_five_stages_and_what_lies_before_them_fit_a_screen() -> None:
    names = ["a", "b", "c", "d", "e"]
    made = document("x", [stage(name, D, D) for name in names], grey={"wait_s": {"n": 10, "mean": D, "p85": D}})
    assert float(drawn(made).get("width", "")) <= 1280
