"""Metrics, explanations, items and teams as a user asks for them."""

from __future__ import annotations

from pathlib import Path

import pytest

from command_line import STREAM, TICKETS, events, vsm, written


@pytest.fixture
def tickets(tmp_path: Path) -> Path:
    return written(tmp_path, "tickets.csv", TICKETS)


@pytest.fixture
def stream(tmp_path: Path) -> Path:
    return written(tmp_path, "valuestream.yaml", STREAM)


def test_metrics_are_listed_with_n(tickets: Path, stream: Path) -> None:
    told = vsm("metrics", tickets, "--stream", stream)
    assert told.status == 0, told.err
    # of A's 4 days 3 are work, of B's 9 days 1 (dev) + 1 (test) + 1 (dev) + 2 (test): 8 of 13
    assert "flow_efficiency" in told.out
    assert "62 %" in told.out


def test_metrics_by_group_are_tables(tickets: Path, stream: Path) -> None:
    told = vsm("metrics", tickets, "stage_visits", "--by", "stage", "--stream", stream)
    assert told.status == 0, told.err
    assert [line.split() for line in told.out.splitlines() if line.startswith(("Dev", "Test"))] == [
        ["Dev", "3", "visits", "3"],
        ["Test", "2", "visits", "2"],
    ]


def test_a_metric_of_durations_shows_mean_and_spread(tickets: Path, stream: Path) -> None:
    told = vsm("metrics", tickets, "lead_time", "--stream", stream)
    assert "6.5 d" in told.out
    assert "below 10 values" in told.out


def test_explain_tells_rule_sql_and_items(tickets: Path, stream: Path) -> None:
    told = vsm("explain", "lead_time", tickets, "--stream", stream)
    assert told.status == 0, told.err
    for said in ("Rule", "SQL", "percentile_cont", "Left out: nothing", "B", "9.0 d", "A", "4.0 d"):
        assert said in told.out


def test_explain_goes_on_page_by_page(tickets: Path, stream: Path) -> None:
    told = vsm("explain", "lead_time", tickets, "--stream", stream, "--size", 1)
    assert "Behind it: 1 to 1 of 2; --page 2 goes on" in told.out
    document = vsm("explain", "lead_time", tickets, "--stream", stream, "--size", 1, "--page", 2, "--json").document
    assert [row["item"] for row in document["rows"]] == ["A"]


def test_items_are_listed(tickets: Path, stream: Path) -> None:
    told = vsm("items", tickets, "--stream", stream, "--sort=-lead", "--state", "finished")
    assert [line.split()[0] for line in told.out.splitlines() if line[:2] in ("A ", "B ")] == ["B", "A"]
    told = vsm("items", tickets, "--stream", stream, "--state", "open")
    assert "Dev: waits" in told.out


def test_no_such_items_is_said(tickets: Path, stream: Path) -> None:
    assert "No such items" in vsm("items", tickets, "--stream", stream, "--state", "cancelled").out
    assert "Only 3 items" in vsm("items", tickets, "--stream", stream, "--page", 9).out


def test_an_item_tells_its_journey(tickets: Path, stream: Path) -> None:
    told = vsm("item", "B", tickets, "--stream", stream)
    assert told.status == 0, told.err
    for said in ("sent back to Dev", "came back from Test", "What it waited for", "Test to begin"):
        assert said in told.out


def test_an_unknown_item_is_two_lines(tickets: Path, stream: Path) -> None:
    told = vsm("item", "Z", tickets, "--stream", stream)
    assert (told.status, told.out) == (2, "")
    assert told.err.splitlines() == ["Error: No item 'Z'.", "       Known: A, B, C."]


@pytest.mark.parametrize(
    "arguments",
    [
        ("metrics", "LOG", "--by", "assignee"),
        ("metrics", "LOG", "--where", "assignee=ada"),
        ("items", "LOG", "--sort", "assignee"),
        ("items", "LOG", "--where", "owner=ada"),
        ("teams", "LOG", "--where", "reviewer=ada"),
    ],
)
def test_persons_are_refused_in_every_command(tickets: Path, stream: Path, arguments: tuple[str, ...]) -> None:
    told = vsm(*[tickets if a == "LOG" else a for a in arguments], "--stream", stream)
    assert told.status == 2
    assert "person field" in told.err


def test_names_of_people_are_shown_only_when_asked_for(tmp_path: Path) -> None:
    text = "item,time,state,user\nA,2024-01-01,dev,ada\nA,2024-01-03,done,ada\n"
    log = written(tmp_path, "log.csv", text)
    assert "ada" not in vsm("item", "A", log).out
    assert "ada" not in vsm("item", "A", log, "--json").out
    assert "ada" in vsm("item", "A", log, "--people", "names").out


def test_pseudonyms_last_with_a_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "item,time,state,user\nA,2024-01-01,dev,ada\nA,2024-01-03,done,ada\n"
    log = written(tmp_path, "log.csv", text)
    monkeypatch.setenv("VSM_PEOPLE_KEY", "secret")
    assert vsm("item", "A", log).out == vsm("item", "A", log).out


def test_teams_tell_shares(tmp_path: Path) -> None:
    text = STREAM.replace("work: [dev]", "work: [dev], team: Crew").replace("work: [test]", "work: [test], team: Lab")
    log = written(tmp_path, "t.csv", events("A 1 dev", "A 2 ready", "A 5 test", "A 6 done"))
    told = vsm("teams", log, "--stream", written(tmp_path, "s.yaml", text))
    assert told.status == 0, told.err
    # 1 day Crew, 3 days between, 1 day Lab
    assert "60 % of it lay between teams" in told.out
    assert "Crew to Lab" in told.out


def test_a_log_in_which_nothing_is_finished_tells_no_teams(tmp_path: Path) -> None:
    log = written(tmp_path, "t.csv", events("A 1 todo"))
    told = vsm("teams", log, "--stream", written(tmp_path, "s.yaml", STREAM))
    assert "No item with a lead time" in told.out


@pytest.mark.parametrize("width", [40, 60, 200])
def test_texts_keep_to_the_columns_asked_for(width: int) -> None:
    from valuestream import ValueStream
    from valuestream.pictures.cells import cells
    from valuestream.pictures.figures import explain_text, metrics_text
    from valuestream.pictures.items import items_text, journey_text
    from valuestream.pictures.teams import teams_text
    from valuestream.sources.demo import demo, demo_stream

    with ValueStream(demo(1, 60), demo_stream()) as seen:
        texts = [
            metrics_text(seen.metrics_document(), width),
            metrics_text(seen.metrics_document(by=["team", "month"]), width),
            explain_text(seen.explain("stage_wait_time", stage="Review"), width),
            items_text(seen.items_document(), width),
            journey_text(seen.item_document("DEMO-7"), width),
            teams_text(seen.teams_document(), width),
        ]
    assert [line for text in texts for line in text.splitlines() if cells(line) > width] == []
