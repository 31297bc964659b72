"""The page of snapshots: taken, listed, compared; by name and never by path."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from command_line import TICKETS, vsm, written
from valuestream.web.workshop import Workshop
from valuestream.workspace import Workspace
from web_pages import Text, serving


@pytest.fixture
def client(tmp_path: Path) -> Iterator[httpx.Client]:
    vsm("init", tmp_path / "work")
    vsm("import", written(tmp_path, "tickets.csv", TICKETS), "-w", tmp_path / "work")
    served = Workshop(Workspace.open(tmp_path / "work", kept_open=True))
    with serving(served) as one:
        yield one
    served.close()


def test_none_yet_says_what_they_are_for(client: httpx.Client) -> None:
    assert "There is no snapshot yet" in Text(client.get("/snapshots").text).said


def test_one_is_taken_of_what_is_shown_and_listed(client: httpx.Client) -> None:
    answer = client.post("/snapshots?from=2024-01-01&to=2024-01-06", data={"name": "early"})
    assert answer.status_code == 303
    row = client.get("/snapshots.json").json()["snapshots"][0]
    # A is done on day 5, B only on day 10
    assert (row["name"], row["finished"], row["window"]["until"][:10]) == ("early", 1, "2024-01-07")


def test_two_are_compared(client: httpx.Client) -> None:
    client.post("/snapshots?to=2024-01-06", data={"name": "early"})
    client.post("/snapshots", data={"name": "all"})
    said = Text(client.get("/snapshots?a=early&b=all&whole=true").text).said
    assert "What changed from early to all" in said
    assert "1 in both, 0 only in the first, 1 only in the second" in said
    assert client.get("/snapshots.json?a=early&b=all").json()["schema"] == "vsm.compare/1"


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "x" * 200, "a\nb"])
def test_a_name_that_is_none_of_a_file_is_refused(client: httpx.Client, name: str) -> None:
    assert client.post("/snapshots", data={"name": name}).status_code in (400, 422)
    assert client.get("/snapshots.json").json()["snapshots"] == []


def test_one_is_never_written_over(client: httpx.Client) -> None:
    assert client.post("/snapshots", data={"name": "x"}).status_code == 303
    answer = client.post("/snapshots", data={"name": "x"})
    assert (answer.status_code, "already" in Text(answer.text).said) == (400, True)


@pytest.mark.parametrize("name", ["nope", "/etc/passwd", "../valuestream.yaml"])
def test_one_that_is_not_there_is_not_found_nor_is_any_other_file(client: httpx.Client, name: str) -> None:
    client.post("/snapshots", data={"name": "here"})
    answer = client.get("/snapshots", params={"a": "here", "b": name})
    assert answer.status_code == 404
    assert "here" in Text(answer.text).said


def test_figures_have_names_and_a_verdict_does_not_point_the_other_way(client: httpx.Client) -> None:
    client.post("/snapshots?to=2024-01-06", data={"name": "early"})
    client.post("/snapshots", data={"name": "all"})
    said = Text(client.get("/snapshots?a=early&b=all&whole=true").text).said
    assert "Lead time, median" in said
    assert "Review: Wait of a visit, median" in said or "Dev: Wait of a visit, median" in said
    assert "flow load" not in said
    assert "▲" not in said


def test_the_period_is_told_in_the_streams_zone(tmp_path: Path) -> None:
    """The first of January in Berlin begins at 23:00 of the last of December in Greenwich."""
    work = tmp_path / "work"
    vsm("init", work)
    vsm("import", written(tmp_path, "tickets.csv", TICKETS), "-w", work)
    file = work / "valuestream.yaml"
    given = file.read_text(encoding="utf-8")
    zoned = re.sub(r"(\nstreams:\n  [^\n]+:\n)", r"\1    calendar: {zone: Europe/Berlin}\n", given)
    assert zoned != given
    file.write_text(zoned, encoding="utf-8")
    assert vsm("snapshot", "early", "-w", work, "--since", "2024-01-01", "--until", "2024-01-06").status == 0
    served = Workshop(Workspace.open(work, kept_open=True))
    with serving(served) as client:
        assert client.get("/snapshots.json").json()["snapshots"][0]["window"]["since"] == "2023-12-31T23:00:00Z"
        assert "2024-01-01 until 2024-01-06" in Text(client.get("/snapshots").text).said
    served.close()
    assert "2024-01-01 until 2024-01-06" in vsm("snapshots", "-w", work).out
