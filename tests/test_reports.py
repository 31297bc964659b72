"""Reports: one file that opens offline, whose sentences are computed."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from command_line import TICKETS, vsm, written
from conftest import CHANGES
from pictures_samples import D, document, empty, nasty, software, stage
from valuestream import ValueStream, sketch
from valuestream.metrics.catalogue import CATALOGUE
from valuestream.pictures.answers import answer
from valuestream.reports import texts
from valuestream.reports.gather import gather
from valuestream.reports.page import KINDS, map_page, report
from valuestream.reports.printed import find, printed
from valuestream.sources.demo import demo, demo_stream
from valuestream.stream import Stage, Stream

NASTY = "</script><img src=x>"
kinds = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    stream = replace(demo_stream(), targets={"Bug": "85 % within 10 d", "Feature": "50 % within 20 d"})
    with ValueStream(demo(1, 300), stream) as seen:
        material = gather(seen)
    return {kind: report(material, kind) for kind in KINDS}


def seen(text: str, stream: Stream = CHANGES) -> Any:
    with ValueStream(sketch(text), stream) as asked:
        return gather(asked)


@kinds
def test_a_report_needs_nothing_from_outside_and_runs_nothing(pages: dict[str, str], kind: str) -> None:
    page = pages[kind]
    assert not re.search(r"<script|<link|<iframe|<object|<img|@import", page)
    assert not re.search(r"\b(?:src|href|action)\s*=", page)
    assert not [found for found in re.findall(r"url\(([^)]*)\)", page) if not found.startswith("#")]
    assert set(re.findall(r"https?://[^\"' <]+", page)) <= {
        "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink",
    }  # fmt: skip
    assert "default-src 'none'" in page
    assert not re.search(r"\son\w+=", page)


@kinds
def test_the_pictures_in_a_report_are_whole(pages: dict[str, str], kind: str) -> None:
    drawn = re.findall(r"<svg.*?</svg>", pages[kind], re.DOTALL)
    assert len(drawn) == {"report": 12, "executive": 1, "weekly": 4}[kind]
    for svg in drawn:
        root = ET.fromstring(svg)
        assert root.get("role") == "img"
        assert root.find("{http://www.w3.org/2000/svg}title") is not None
    ids = re.findall(r'\sid="([^"]+)"', pages[kind])
    assert len(ids) == len(set(ids))


@kinds
def test_names_that_want_to_be_markup_stay_words(kind: str) -> None:
    stream = Stream(
        NASTY, (Stage(f"{NASTY}1", ("todo",), ("dev",)), Stage("Review", ("review",))), done=("done",),
        targets={NASTY: "85 % within 2 d"},
    )  # fmt: skip
    text = f"{NASTY}A: todo 1, type={NASTY} 1, dev 2, review 5, done 6\n{NASTY}B: dev 2, +block {NASTY} 3"
    page = report(seen(text, stream), kind)
    assert "<img" not in page
    assert "</script" not in page
    assert "&lt;/script&gt;" in page


@kinds
def test_an_empty_log_gives_a_page_that_says_so(kind: str) -> None:
    page = report(seen(""), kind)
    assert "No item" in page
    assert texts.NO_TARGETS.partition(":")[0] in page or kind == "weekly"


def test_every_metric_is_called_by_words_and_not_by_its_id() -> None:
    named = texts.FIGURES | texts.MORE_FIGURES
    assert [one.name for one in CATALOGUE if one.name not in named] == []
    assert texts.figure_name("stage_wait_time", "Test") == "Test: Wait of a visit, median"


def test_the_three_sentences_are_computed() -> None:
    made = document(
        "x", [stage("A", 2 * D, D), stage("B", 6 * D, D, longest_wait=True, batch={"mean": 14.0})],
        returns=[{"from": "B", "to": "A", "n": 90, "share": 0.3}],
    )  # fmt: skip
    assert texts.three_sentences(made) == [
        "An item takes 10.0 d on average, 2.0 d of it active (20 %, by status); 85 % are done within 18.0 d.",
        "The longest wait is B: 6.0 d, 60 % of the lead time, released in batches of 14.0.",
        "66 % of the items are finished without a return; most often B sends back to A (30 % of its visits).",
    ]
    assert texts.three_sentences(empty()) == ["No items finished in this period."]


def test_where_work_was_seen_for_some_items_only_active_time_stands_against_their_own_lead_time() -> None:
    """
    A: todo 1, dev 3, done 7
    B: todo 1, done 3
    """
    # lead times 6 d and 2 d: 4 d on average; A alone was seen at work: 4 of its 6 d, 67 %
    made = seen("A: todo 1, dev 3, done 7\nB: todo 1, done 3").map
    first = texts.three_sentences(made)[0]
    assert first.startswith("An item takes 4.0 d on average; ")
    assert first.endswith("; for the 50 % whose work was seen, 4.0 d of 6.0 d is active (67 %, by status).")
    assert "; for the 50 % whose work was seen, 4.0 d of 6.0 d is active (flow efficiency 67 %)." in answer(made)


def test_what_has_to_be_decided_comes_from_the_findings_and_is_no_advice() -> None:
    made = software() | {
        "findings": [
            {"kind": "longest_wait", "title": "t", "sentence": "It waits.", "items": [], "n": 9},
            {"kind": "unseen", "title": "t", "sentence": "Not that.", "items": [], "n": 9},
            {"kind": "batch", "title": "t", "sentence": "It is batched.", "items": [], "n": 9},
            {"kind": "aged", "title": "t", "sentence": "It is old.", "items": [], "n": 9},
        ]
    }
    said = texts.decisions(made)
    assert [one.partition(". Decide")[0] for one in said] == ["It waits", "It is batched"]
    assert texts.decisions(empty()) == []


def test_a_difference_is_called_one_only_beyond_chance_and_has_no_cause() -> None:
    assert texts.verdict(True, 10.0, 8.0, "lower") == "better, by more than chance would make"
    assert texts.verdict(True, 10.0, 12.0, "lower") == "worse, by more than chance would make"
    assert texts.verdict(True, 10.0, 12.0, "neither") == "changed, by more than chance would make"
    assert texts.verdict(False, 10.0, 12.0, "lower") == "not distinguishable from chance"
    assert texts.verdict(None, 10.0, 12.0, "lower") == "no interval to judge by"
    assert texts.verdict(None, 10.0, None, "lower") == "not known on both sides"


def test_a_period_in_which_hardly_anything_arrived_is_not_compared_without_a_word() -> None:
    rows = [{"figure": "arrivals", "before": 100.0, "after": 6.0}]
    assert "6.0 a week against 100" in texts.caution({"figures": rows})
    assert texts.caution({"figures": [rows[0] | {"after": 80.0}]}) == ""


def test_the_weekly_review_lists_what_is_old_and_what_is_blocked() -> None:
    done = "\n".join(f"F{k}: dev 1, review 2, done 3" for k in range(10))
    page = report(seen(f"{done}\nOld: dev 1, review 9, +block vendor 10\nNew: dev 10"), "weekly")
    rows = re.findall(r'<tr><th scope="row">(.*?)</th><td>(.*?)</td>', page)
    assert ("Old", "Review") in rows
    assert not any(row[0] == "New" for row in rows)
    assert '<th scope="row">vendor</th>' in page


def test_a_page_of_the_map_holds_the_map_and_its_findings() -> None:
    page = map_page(nasty())
    assert page.count("<svg") == 1
    assert "<script" not in page.replace("&lt;script", "")


class TestTheCommand:
    def test_writes_one_file(self, tmp_path: Path) -> None:
        log = tmp_path / "demo.csv"
        assert vsm("demo", "--items", "60", "--log", log).status == 0
        for kind in KINDS:
            ran = vsm("report", log, "-o", tmp_path / f"{kind}.html", "--kind", kind)
            assert (ran.status, ran.out) == (0, f"Written to {tmp_path / f'{kind}.html'}\n")
        earlier = tmp_path / "june.json"
        earlier.write_text(vsm("map", log, "--json").out, encoding="utf-8")
        assert vsm("report", log, "-o", tmp_path / "r.html", "--against", earlier).status == 0
        assert "Since june.json" in (tmp_path / "r.html").read_text(encoding="utf-8")
        frozen = tmp_path / "s.json"
        assert vsm("snapshot", "june", log, "--to", frozen, "--until", "2024-06-01").status == 0
        assert vsm("report", log, "-o", tmp_path / "s.html", "--against", frozen).status == 0
        page = (tmp_path / "s.html").read_text(encoding="utf-8")
        assert "Since s.json" in page
        assert "Lead time, median" in page
        assert vsm("map", log, "--html", tmp_path / "m.html", "--png", tmp_path / "m.png").status == 0
        assert (tmp_path / "m.png").read_bytes().startswith(b"\x89PNG")

    def test_refuses_an_ending_it_does_not_know(self, tmp_path: Path) -> None:
        ran = vsm("report", tmp_path, "-o", tmp_path / "r.docx")
        assert (ran.status, ran.err.splitlines()[1].strip()) == (2, "End it in .html, .pdf or .png.")

    def test_names_what_is_missing_of_an_earlier_state(self, tmp_path: Path) -> None:
        log = tmp_path / "log.csv"
        log.write_text("item,time,state\nA,2024-01-01,dev\nA,2024-01-02,done\n", encoding="utf-8")
        ran = vsm("report", log, "-o", tmp_path / "r.html", "--against", "no-such")
        assert (ran.status, len(ran.err.splitlines())) == (2, 2)
        assert "no-such" in ran.err
        assert not (tmp_path / "r.html").exists()

    def test_says_what_to_install_where_there_is_no_browser(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("VSM_BROWSER", "no-such-browser")
        log = tmp_path / "log.csv"
        log.write_text("item,time,state\nA,2024-01-01,dev\nA,2024-01-02,done\n", encoding="utf-8")
        ran = vsm("report", log, "-o", tmp_path / "r.pdf")
        assert (ran.status, len(ran.err.splitlines())) == (2, 2)
        assert "no browser" in ran.err
        assert not (tmp_path / "r.pdf").exists()


@pytest.mark.skipif(find() is None, reason="no browser is installed")
@pytest.mark.slow
def test_the_executive_report_is_one_page(pages: dict[str, str]) -> None:
    body = printed(pages["executive"], "pdf")
    assert body.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", body)) == 1
    assert printed(pages["executive"], "png").startswith(b"\x89PNG")


class TestBehindThePages:
    """The same reports where pages stand behind them: keys open their items."""

    def test_every_item_named_is_a_link(self) -> None:
        page = report(seen(LINKED), "weekly", links=lambda address: f"/{address}")
        assert '<a href="/item/LATE">LATE</a>' in page
        assert "To the pages" in page

    def test_a_file_that_stands_alone_has_none(self) -> None:
        assert "<a " not in report(seen(LINKED), "weekly")


# ten that took 2 days, and one that is open since the first
LINKED = "\n".join(f"A{n}: todo {n}, dev {n + 1}, done {n + 2}" for n in range(1, 12)) + "\nLATE: todo 1, dev 2"


def test_charts_in_a_report_say_once_what_they_are() -> None:
    page = report(seen(LINKED), "report")
    assert "graphics-symbol" not in page
    assert page.count('class="chart" role="img"') > 3


class TestAWeeklyReviewOfAWorkspace:
    def test_is_held_against_the_last_snapshot_of_the_stream(self, tmp_path: Path) -> None:
        work = tmp_path / "work"
        vsm("init", work)
        vsm("import", written(tmp_path, "tickets.csv", TICKETS), "-w", work)
        assert "<h2>Since" not in self.review(work, tmp_path)
        vsm("snapshot", "early", "-w", work, "--until", "2024-01-06")
        assert "<h2>Since early" in self.review(work, tmp_path)

    def review(self, work: Path, tmp_path: Path) -> str:
        ran = vsm("report", "-w", work, "-o", tmp_path / "r.html", "--kind", "weekly")
        assert ran.status == 0, ran.err
        return (tmp_path / "r.html").read_text(encoding="utf-8")


def test_periods_are_told_in_the_streams_days() -> None:
    """The first of June in Berlin begins on the last of May in Greenwich."""
    one = {"since": "2024-01-26T23:00:00Z", "until": "2024-05-31T22:00:00Z"}
    two = {"since": "2024-05-31T22:00:00Z", "until": "2024-10-04T14:58:44Z"}
    told = texts.periods({"zone": "Europe/Berlin", "before": one, "after": two, "halves": False})
    assert told == "2024-01-27 until 2024-06-01 against 2024-06-01 until 2024-10-04."
