"""The page of a future state: written in a form, shown under the current state, kept in the workspace."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from command_line import STREAM, TICKETS, vsm, written
from valuestream.web.workshop import Workshop
from valuestream.workspace import Workspace
from web_pages import Text, serving, small

WAITS_LESS = {"name": "Less waiting", "Test.wait": "-50 %", "Dev.ca": "99 %"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    work = tmp_path / "work"
    vsm("init", work)
    with (work / "valuestream.yaml").open("a", encoding="utf-8") as file:
        file.write(STREAM)
    vsm("import", written(tmp_path, "tickets.csv", TICKETS), "-w", work)
    return work


@pytest.fixture
def client(folder: Path) -> Iterator[httpx.Client]:
    served = Workshop(Workspace.open(folder, kept_open=True))
    with serving(served) as one:
        yield one
    served.close()


def inputs(html: str) -> dict[str, dict[str, str | None]]:
    return {str(one["name"]): one for one in Text(html).fields if one["tag"] == "input" and one.get("name")}


def test_the_form_shows_each_stage_as_it_is(client: httpx.Client) -> None:
    found = inputs(client.get("/future").text)
    # of B's two visits to Test the first waited from day 4 to 6, the second not at all
    assert found["Test.wait"]["placeholder"] == "1.0 d"
    assert found["Test.wait"]["value"] == ""
    assert {"Dev.active", "Dev.wait", "Dev.ca", "Dev.batch", "Dev.remove", "+0.name"} <= set(found)


def test_what_is_written_is_shown_under_the_current_state(client: httpx.Client) -> None:
    answer = client.get("/future", params={"Test.wait": "0 min", "name": "No waiting"})
    said = Text(answer.text).said
    # A took 4 days and B 9; without B's 2 days of waiting for Test the mean is a day less
    assert "No waiting: Lead time, mean 6.5 d would become 5.5 d" in said
    assert "Future state: No waiting" in said
    assert inputs(answer.text)["Test.wait"]["value"] == "0 min"


def test_a_stage_is_removed_and_another_added(client: httpx.Client) -> None:
    asked = {"Test.remove": "1", "+0.name": "Checks", "+0.after": "Dev", "+0.active": "5 min"}
    document = client.get("/future.json", params=asked).json()
    assert document["schema"] == "vsm.future/1"
    assert [(one["name"], one["state"]) for one in document["stages"]] == [
        ("Dev", "kept"), ("Test", "removed"), ("Checks", "added"),
    ]  # fmt: skip
    assert "+1.name" in inputs(client.get("/future", params=asked).text)


def test_it_is_kept_as_a_file_that_the_command_line_reads(client: httpx.Client, folder: Path) -> None:
    answer = client.post("/future", data=WAITS_LESS)
    assert (answer.status_code, answer.headers["location"]) == (303, "/future?name=Less+waiting&saved=1")
    file = folder / "futures" / "Less waiting.yaml"
    assert file.read_text(encoding="utf-8") == (
        "name: Less waiting\nchange:\n  Dev:\n    ca: 99 %\n  Test:\n    wait: -50 %\n"
    )
    page = client.get(answer.headers["location"]).text
    assert inputs(page)["Test.wait"]["value"] == "-50 %"
    assert "Kept as Less waiting" in Text(page).said
    stream = written(folder.parent, "stream.yaml", STREAM)
    told = vsm("map", folder.parent / "tickets.csv", "--stream", stream, "--future", file).out
    assert "Less waiting: Lead time, mean 6.5 d would become 6.0 d" in told


def test_one_that_is_kept_is_listed_and_can_be_forgotten(client: httpx.Client, folder: Path) -> None:
    client.post("/future", data=WAITS_LESS)
    assert "/future?name=Less+waiting" in [link.replace("%20", "+") for link in Text(client.get("/future").text).links]
    client.post("/future", data={"name": "Less waiting", "do": "forget"})
    assert list((folder / "futures").iterdir()) == []


@pytest.mark.parametrize(
    ("written_", "said"),
    [
        ({"Test.wait": "soon"}, "Test, Wait: 'soon' is no duration"),
        ({"Test.ca": "95"}, "Test, %C&A: '95' is no percentage"),
        ({"+0.active": "5 min"}, "A new stage has figures but no name"),
        ({"+0.name": "Dev", "+0.active": "5 min"}, "There is a stage Dev already"),
    ],
)
def test_what_cannot_be_read_is_named_and_stands_in_the_form_again(
    client: httpx.Client, folder: Path, written_: dict[str, str], said: str
) -> None:
    for answer in (client.get("/future", params=written_), client.post("/future", data=written_ | {"name": "x"})):
        assert answer.status_code == 400
        assert said in Text(answer.text).said
    field, value = next((pair for pair in written_.items() if "+" not in pair[0]), ("Test.wait", ""))
    assert inputs(client.get("/future", params=written_).text)[field]["value"] == value
    assert not (folder / "futures").exists()


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "x" * 90, "a\nb"])
def test_a_name_that_is_none_of_a_file_is_refused(client: httpx.Client, folder: Path, name: str) -> None:
    assert client.post("/future", data={"Test.wait": "1 h", "name": name}).status_code == 400
    assert not (folder / "futures").exists()


@pytest.mark.parametrize("name", ["nope", "/etc/passwd", "../valuestream"])
def test_one_that_is_not_kept_is_not_found_nor_is_any_other_file(client: httpx.Client, name: str) -> None:
    assert client.get("/future", params={"name": name}).status_code == 404
    assert client.post("/future", data={"name": name, "do": "forget"}).status_code == 404


def test_a_kept_one_whose_stage_is_gone_says_so(client: httpx.Client, folder: Path) -> None:
    (folder / "futures").mkdir()
    written(folder / "futures", "old.yaml", "name: old\nchange: {Review: {wait: 1 h}}\n")
    answer = client.get("/future?name=old")
    assert (answer.status_code, "The map has no stage 'Review'" in Text(answer.text).said) == (400, True)


def test_a_single_log_keeps_nothing_but_gives_the_file() -> None:
    with serving(small()) as client:
        page = client.get("/future", params={"Review.wait": "1 h"}).text
        assert "Only a workspace keeps future states" in Text(page).said
        file = client.get("/future.yaml", params={"Review.wait": "1 h", "name": "quick"})
        assert file.text == "name: quick\nchange:\n  Review:\n    wait: 1 h\n"
        assert client.post("/future", data={"name": "x", "Review.wait": "1 h"}).status_code == 400


def test_markup_in_names_stays_text(client: httpx.Client) -> None:
    asked = {"+0.name": "<b>x</b>", "+0.active": "5 min", "name": "<script>1</script>"}
    html = client.get("/future", params=asked).text
    assert "<b>x" not in html
    assert "<script>1" not in html
