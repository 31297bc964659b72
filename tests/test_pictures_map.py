"""What a map shows and says."""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET
from typing import Any

import pytest

from drawn_maps import SVG, drawn, every, figures, of_class, shown, words
from pictures_samples import (
    D,
    document,
    empty,
    extremes,
    fifteen,
    figure,
    help_desk,
    nasty,
    one_stage,
    software,
    stage,
)
from valuestream.pictures.map import svg
from valuestream.pictures.static import png
from valuestream.pictures.theme import DARK, LIGHT
from valuestream.pictures.words import reopened, stages


@every
def test_the_picture_is_valid_alone_and_without_scripts(make: Any) -> None:
    root = drawn(make())
    assert root.get("role") == "img"
    assert [root[0].tag, root[1].tag] == [f"{SVG}title", f"{SVG}desc"]
    assert root.get("aria-labelledby") == root[0].get("id")
    assert not [e for e in root.iter() if e.tag in (f"{SVG}script", f"{SVG}image", f"{SVG}foreignObject")]
    assert not [key for e in root.iter() for key in e.attrib if key.startswith("on") or "href" in key]
    style = next(root.iter(f"{SVG}style")).text or ""
    assert style.count("{") == style.count("}")
    assert "url(" not in style
    assert "@import" not in style


def test_light_dark_and_paper_each_have_all_tokens() -> None:
    style = next(drawn(software()).iter(f"{SVG}style")).text or ""
    dark = style[style.index("prefers-color-scheme: dark") : style.index("@media print")]
    paper = style[style.index("@media print") :]
    assert all(f"--{name}:{colour};" in dark for name, colour in DARK.items())
    on_paper = LIGHT | {"bg": "#ffffff"}  # what is light on a page is white on paper
    assert all(f"--{name}:{colour};" in paper for name, colour in on_paper.items())


def test_names_that_want_to_be_markup_stay_words() -> None:
    text = svg(nasty())
    assert "<script" not in text
    assert "<img" not in text
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert '<script>alert("1")</script>' in words(drawn(nasty()))


def test_long_names_are_shortened_and_told_in_full_in_a_title() -> None:
    box = of_class(drawn(nasty()), "stage")[5]
    assert any(text.endswith("…") for text in shown(box))
    assert "x" * 200 in [e.text for e in box.iter(f"{SVG}title")]


def test_the_headline_says_what_design_asks_for() -> None:
    seen = shown(drawn(software()))
    assert "Lead time 6.6 d mean · active 2.2 d · flow efficiency 34 % (by status) · 23.1 items/week" in seen
    assert any(text.startswith("85 % within 11.8 d · median 4.6 d · n = 2,310 finished items") for text in seen)


def test_below_ten_items_there_are_no_percentiles() -> None:
    seen = shown(drawn(one_stage()))
    assert "n = 8 finished items · percentiles need at least 10" in "\n".join(seen)
    assert not any("within" in text or "median" in text for text in seen)


def test_a_data_box_holds_its_figures_and_names_process_time_only_where_measured() -> None:
    boxes = of_class(drawn(software()), "stage")
    assert figures(boxes[4]) == {
        "active": "2.0 h", "wait": "1.9 d", "ca": "99 %", "batch": "6.2 / 14.0", "people": "1.3", "transfers": "0.4",
        "now": "1",
    }  # fmt: skip
    assert "Process time" in shown(boxes[3])
    assert [i for i, box in enumerate(boxes) if "Active time" in shown(box)] == [0, 1, 2, 4, 5]


def test_unknown_is_a_dash_with_a_reason_and_never_a_nought() -> None:
    for box in of_class(drawn(empty()), "stage"):
        told = figures(box)
        assert {told[key] for key in ("active", "wait", "ca", "batch", "people", "transfers")} == {"–"}
        for line in of_class(box, "figure"):
            if shown(line)[1] == "–":
                assert "unknown" in (line.findtext(f"{SVG}title") or "").lower()


def test_active_time_that_is_unknown_is_a_dash_in_the_ladder_as_in_the_box() -> None:
    queue_only = document("x", [stage("Dev", 3_600.0, 7_200.0), stage("Release", 90_000.0, None)])
    told = {e.get("data-stage"): e for e in drawn(queue_only).iter(f"{SVG}text") if e.get("data-part") == "active"}
    assert {name: e.text for name, e in told.items()} == {"Dev": "2.0 h", "Release": "–"}
    assert "unknown" in (told["Release"].findtext(f"{SVG}title") or "")
    assert told["Release"].get("data-seconds") == "0.0"  # what it adds to the headline


def test_a_stage_that_everybody_skipped_shows_its_known_nought() -> None:
    skipped = [e for e in drawn(extremes()).iter(f"{SVG}text") if e.get("data-stage") == "Skipped"]
    assert [e.text for e in skipped] == ["0 s", "0 s"]


def test_external_stages_are_dashed_and_have_no_active_time() -> None:
    root = drawn(help_desk())
    [box] = of_class(root, "external")
    assert box.get("data-stage") == "Awaiting user info"
    assert of_class(box, "outside")
    assert figures(box)["active"] == "none"
    active = [
        e
        for e in root.iter(f"{SVG}text")
        if e.get("data-stage") == "Awaiting user info" and e.get("data-part") == "active"
    ]
    assert active == []


def test_reopened_items_are_no_box_but_the_last_part_of_the_strip() -> None:
    made = help_desk()
    root = drawn(made)
    assert "(done)" not in [box.get("data-stage") for box in of_class(root, "stage")]
    assert [e.get("data-stage") for e in root.iter() if e.get("data-in") == "strip"][-1] == reopened(made)[0]["name"]
    assert "reopened" in shown(root)


def test_queues_count_what_waits_and_what_is_blocked() -> None:
    waiting = [g.get("data-waiting") for g in of_class(drawn(software()), "queue-now")]
    assert waiting == ["3", "2", "3", "3", "27", "3"]


@pytest.mark.parametrize(("make", "name"), [(software, "Approval"), (help_desk, "Awaiting user info")])
def test_the_longest_wait_is_marked_in_words(make: Any, name: str) -> None:
    root = drawn(make())
    marked = [box.get("data-stage") for box in of_class(root, "stage") if "◆ Longest wait" in shown(box)]
    assert marked == [name]
    assert f"Longest wait: {name}" in (root.findtext(f"{SVG}desc") or "")


def test_the_ends_say_trigger_customer_and_demand_when_the_charter_does() -> None:
    seen = "\n".join(shown(drawn(help_desk())))
    for said in ("A ticket is raised", "Employees", "asks for 480 per week", "stages guessed", "not in lead time"):
        assert said in seen
    plain = drawn(one_stage())
    assert not of_class(plain, "trigger")
    assert not of_class(plain, "customer")
    assert "stages guessed" not in shown(plain)


def test_without_finished_items_the_stages_stand_and_the_rest_is_said() -> None:
    root = drawn(empty())
    assert [box.get("data-stage") for box in of_class(root, "stage")] == ["Do", "Check", "Ship"]
    assert "No items finished in this period" in shown(root)
    assert not [e for e in root.iter() if e.get("data-seconds")]


def test_finished_items_without_an_observed_start_are_told_apart_from_none() -> None:
    made = empty() | {"items": {"finished": 5, "open": 0, "cancelled": 0}}
    assert "No finished item has an observed start, so there is no lead time" in shown(drawn(made))


def test_what_is_left_out_stands_under_the_picture() -> None:
    seen = shown(drawn(help_desk()))
    assert "Left out: 1,816 first seen in Resolved, no observed start" in seen
    assert any(text.startswith("Active time is known for 15,010 of 23,090") for text in seen)


def test_one_document_gives_one_picture() -> None:
    assert svg(fifteen()) == svg(fifteen())


def test_a_document_with_nothing_but_names_is_still_drawn() -> None:
    root = drawn({"stages": [{"name": "A", "kind": "logged"}, {"name": "B"}], "ca": figure(None)})
    assert len(of_class(root, "stage")) == 2


def test_a_cancelled_mark_stands_beside_done_where_cancelled_items_were_reopened() -> None:
    stages = [stage("A", D, D), stage("(cancelled)", D, None, kind="reopened")]
    returns = [{"from": "(cancelled)", "to": "A", "n": 9, "share": 0.25}]
    seen = shown(drawn(document("x", stages, returns=returns)))
    assert seen.index("done") < seen.index("cancelled") < seen.index("25 %")


@every
def test_every_figure_opens_its_items_where_there_are_pages(make: Any) -> None:
    made = make()
    root = ET.fromstring(svg(made, links=lambda address: f"/s/{address}"))
    parents = {child: parent for parent in root.iter() for child in parent}
    for line in [*of_class(root, "figure"), *of_class(root, "share")]:
        assert parents[line].tag == f"{SVG}a"
        assert parents[line].get("href", "").startswith("/s/items?stage=")
    for element in root.iter():
        if element.get("data-in") == "strip" and float(element.get("data-seconds", "")):
            link = parents[element] if parents[element].tag == f"{SVG}a" else parents[parents[element]]
            assert link.get("href", "").startswith("/s/stage/")
    assert len(of_class(root, "figure")) == 7 * len(stages(made))


def test_addresses_of_awkward_names_are_quoted() -> None:
    drawn_links = svg(nasty(), links=lambda address: address)
    found = re.findall(r'href="([^"]*)"', drawn_links)
    assert found
    assert not [href for href in found if re.search(r"[<>]", href)]
    assert any(href.startswith("items?stage=%3Cscript%3E") for href in found)
    assert any(href.startswith("stage/&lt;script&gt;") for href in found)  # its path is quoted by who makes hrefs


def test_without_pages_nothing_is_a_link() -> None:
    assert "<a" not in svg(software()).replace("<a11y", "")


def test_a_page_that_has_the_colours_gets_the_picture_without_them() -> None:
    alone, within = svg(software()), svg(software(), standalone=False)
    assert "<style>" in alone
    assert "<style>" not in within
    assert within in alone.replace(alone[alone.index("<style>") : alone.index("</style>") + 8], "")


def test_boxes_say_by_their_filling_what_their_figures_rest_on() -> None:
    made = software()
    made["stages"][5]["provenance"] = "declared"
    root = drawn(made)
    assert [box.get("data-basis") for box in of_class(root, "stage")] == [
        "state-derived", "state-derived", "state-derived", "measured", "state-derived", "declared",
    ]  # fmt: skip
    keys = [text for key in of_class(root, "key") for text in shown(key)]
    assert {"process time, measured", "active time, by status", "declared by people"} <= set(keys)
    assert "external: others work there" not in keys
    assert not any("declared" in text for key in of_class(drawn(software()), "key") for text in shown(key))


def test_neighbours_of_one_team_share_a_lane() -> None:
    root = drawn(software())
    lanes = [lane.get("data-team") for lane in of_class(root, "lane")]
    assert lanes == ["Product", "Blue", "Quality", "Release board", "Platform"]
    assert not of_class(drawn(one_stage()), "lane")


def test_what_leaves_early_is_told_with_its_share() -> None:
    made = software()
    made["transitions"] += [
        {"from": "Development", "to": "(cancelled)", "n": 43, "mean_s": None, "p50_s": None, "p85_s": None},
        {"from": "Testing", "to": "(done)", "n": 86, "mean_s": None, "p50_s": None, "p85_s": None},
    ]
    texts = [text for exit in of_class(drawn(made), "exit") for text in shown(exit)]
    assert texts == ["↘ 10 % given up", "↘ 20 % straight to done"]  # of 430 visits each; Deploy's done is the end


def test_each_arrow_names_what_records_the_move() -> None:
    made = software()
    made["stages"][1]["recorded_in"] = ["tracker"]
    made["stages"][2]["recorded_in"] = ["pull_request"]
    made["stages"][4]["recorded_in"] = ["declared"]
    named = [e.get("data-tool") for e in drawn(made).iter() if e.get("data-tool")]
    assert named == ["tracker", "pull request", "manual"]


def test_a_possible_constraint_is_marked_only_with_evidence() -> None:
    made = software()
    assert "▲ Possible constraint" not in shown(drawn(made))
    made["stages"][4]["constraint"] = {"evidence": "passes 11.5 items a week under load, 25 are asked for"}
    root = drawn(made)
    assert shown(root).count("▲ Possible constraint") == 1
    assert "passes 11.5 items a week under load, 25 are asked for" in words(root)


def test_waits_are_split_by_cause_only_where_the_causes_make_up_the_whole() -> None:
    made = software()
    wait = made["stages"][4]["per_item_s"]["wait"]
    shares = {"batching": 0.75, "unexplained": 0.25}
    made["stages"][4]["causes"] = [{"cause": cause, "seconds": wait * part} for cause, part in shares.items()]
    parts = [e for e in drawn(made).iter() if e.get("data-in") == "strip" and e.get("data-stage") == "Approval"]
    assert [e.get("data-cause") for e in parts] == ["batching", "unexplained", None]
    every = [float(e.get("data-seconds", "")) for e in drawn(made).iter() if e.get("data-in") == "strip"]
    assert math.fsum(every) == pytest.approx(made["totals"]["lead_time_s"]["mean"], rel=1e-12)
    made["stages"][4]["causes"].pop()
    parts = [e for e in drawn(made).iter() if e.get("data-in") == "strip" and e.get("data-stage") == "Approval"]
    assert [e.get("data-cause") for e in parts] == [None, None]


class TestAsPng:
    """The same picture as pixels: its drawer knows no custom properties."""

    def test_has_the_light_colours_and_is_not_black(self) -> None:
        drawn = png(svg(software()), scale=0.5)
        # the packed lines of an image of one colour hold next to nothing
        assert len(drawn) > 10_000

    def test_has_its_words(self) -> None:
        made = svg(software())
        silent = re.sub(r"<text[^>]*>.*?</text>", "", made)
        assert len(png(made, scale=0.5)) > 1.5 * len(png(silent, scale=0.5))
