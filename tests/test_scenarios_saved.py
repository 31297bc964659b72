"""Scenarios kept in a workspace: saved with their answer, composed, compared, deleted; by command and by page."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from command_line import vsm, written
from test_cli_simulate import STREAM
from test_schemas import wrong
from valuestream.errors import ConfigError, InputError, UnknownName
from valuestream.simulation.scenario import scenario_of
from valuestream.sources.demo import demo
from valuestream.sources.write_csv import write_csv
from valuestream.web.workshop import Workshop
from valuestream.workspace import Workspace
from valuestream.workspace_scenarios import (
    composed,
    keep,
    listed,
    names,
    place,
    read,
    remove,
    scenario,
    scenario_document,
)
from web_pages import serving

pytestmark = pytest.mark.xdist_group("simulation")  # the loop is compiled once
AT = "2026-11-25T12:00:00Z"


def kept(folder: Path, name: str, *changes: str, overwrite: bool = False) -> None:
    keep(folder, scenario_document(scenario_of(changes, name), stream="s", saved_at=AT), overwrite=overwrite)


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with half a year of the demo."""
    folder = tmp_path_factory.mktemp("kept")
    write_csv(demo(1, 300), folder / "demo.csv")
    done = folder / "work"
    vsm("init", done)
    vsm("import", folder / "demo.csv", "-w", done)
    file = done / "valuestream.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text[: text.index("\nstreams:")] + STREAM, encoding="utf-8")
    return done


# files


def test_a_scenario_is_read_as_it_was_kept(tmp_path: Path) -> None:
    kept(tmp_path, "more hands", "Test.servers=+1", "demand=+10%")
    assert [str(change) for change in scenario(tmp_path, "more hands").changes] == ["Test.servers=+1", "demand=+10%"]
    assert wrong(read(tmp_path, "more hands")) == []
    assert wrong(listed(tmp_path)) == []


def test_a_scenario_is_not_written_over_unless_that_is_said(tmp_path: Path) -> None:
    kept(tmp_path, "a", "wip=5")
    with pytest.raises(ConfigError, match="'a' already"):
        kept(tmp_path, "a", "wip=6")
    kept(tmp_path, "a", "wip=6", overwrite=True)
    assert read(tmp_path, "a")["set"] == ["wip=6"]


@pytest.mark.parametrize("name", ["../a", "", ".hidden", "a/b", "a.", "x" * 81])
def test_a_name_that_leads_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="is no name for a scenario"):
        place(tmp_path, name)


def test_saved_scenarios_compose_in_the_order_given(tmp_path: Path) -> None:
    kept(tmp_path, "a", "wip=5")
    kept(tmp_path, "b", "wip=x2", "demand=+10%")
    both = composed(tmp_path, ["a", "b"])
    assert both is not None
    assert [str(change) for change in both.changes] == ["wip=5", "wip=x2", "demand=+10%"]
    assert both.name == "a, b"
    assert composed(tmp_path, []) is None


def test_what_is_no_scenario_is_told_and_the_others_are_listed(tmp_path: Path) -> None:
    kept(tmp_path, "good", "wip=5")
    (tmp_path / "scenarios" / "bad.json").write_text('{"schema": "vsm.map/1"}', encoding="utf-8")
    (tmp_path / "scenarios" / "torn.json").write_text('{"schema": "vsm.scen', encoding="utf-8")
    rows = {row["name"]: row for row in listed(tmp_path)["scenarios"]}
    assert [rows[name]["readable"] for name in ("bad", "good", "torn")] == [False, True, False]
    assert "its schema is 'vsm.map/1'" in rows["bad"]["why_not"]
    with pytest.raises(InputError):
        read(tmp_path, "torn")
    remove(tmp_path, "torn")
    assert names(tmp_path) == ["bad", "good"]
    with pytest.raises(UnknownName, match="torn"):
        remove(tmp_path, "torn")


def test_a_scenario_is_whole_however_often_it_is_written_while_it_is_read(tmp_path: Path) -> None:
    kept(tmp_path, "a", "wip=5")
    over = threading.Event()

    def write() -> None:
        for k in range(60):
            kept(tmp_path, "a", *(f"wip={k + 1}" for _ in range(200)), overwrite=True)
        over.set()

    writer = threading.Thread(target=write)
    writer.start()
    seen = 0
    while not over.is_set():
        assert len(set(read(tmp_path, "a")["set"])) == 1
        seen += 1
    writer.join()
    assert seen > 5
    assert [path.name for path in (tmp_path / "scenarios").iterdir()] == ["a.json"]


# commands


def test_a_saved_scenario_is_listed_with_its_answer_and_the_build_it_was_given_on(work: Path) -> None:
    at = ("-w", str(work))
    done = vsm("simulate", *at, "--set", "Test.returns=-50%", "--save", "half", "--why", "audit", "--quick")
    assert done.status == 0, done.err
    assert vsm("simulate", *at, "--set", "Release.cadence=1 d", "--save", "daily", "--quick").status == 0
    document = vsm("scenarios", "list", *at, "--json").document
    assert wrong(document) == []
    half = next(row for row in document["scenarios"] if row["name"] == "half")
    assert (half["set"], half["why"], half["stream"]) == (["Test.returns=-50%"], "audit", "idea to release")
    assert half["answered"]["change"]["lead_mean_s"]["value"] < 0
    assert half["answered"]["as_of"].startswith("2024-")
    assert len(half["answered"]["config_hash"]) == 16
    shown = vsm("scenarios", "show", "half", *at).out
    assert "Test.returns=-50%" in shown
    assert "settings " + half["answered"]["config_hash"] in shown
    both = vsm("simulate", *at, "--with", "half", "--with", "daily", "--compare", "daily", "--quick", "--json").document
    assert wrong(both) == []
    assert [one["name"] for one in both["scenarios"]] == ["half, daily", "daily"]
    together, alone = (one["change"]["lead_mean_s"]["value"] for one in both["scenarios"])
    assert together < alone < 0


def test_a_saved_scenario_survives_a_later_import(work: Path, tmp_path: Path) -> None:
    at = ("-w", str(work))
    kept(work, "later", "Test.servers=+1")
    more = written(
        tmp_path, "more.csv", (work.parent / "demo.csv").read_text(encoding="utf-8").replace("DEMO-", "MORE-")
    )
    assert vsm("import", str(more), *at, "--source", "demo").status == 0
    assert vsm("simulate", *at, "--with", "later", "--quick").status == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("simulate", "--save", "x"), "There is nothing to save"),
        (("simulate", "--with", "nobody"), "No scenario 'nobody'."),
        (("simulate", "--set", "wip=5", "--save", "../x"), "'../x' is no name for a scenario."),
        (("scenarios", "show", "nobody"), "No scenario 'nobody'."),
        (("scenarios", "delete", "nobody"), "No scenario 'nobody'."),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_simulated(work: Path, arguments: tuple[str, ...], said: str) -> None:
    begin = time.monotonic()
    done = vsm(*arguments, "-w", str(work))
    assert done.status == 2
    assert said in done.err
    assert time.monotonic() - begin < 5


def test_a_name_that_is_taken_is_refused_before_the_long_work(work: Path) -> None:
    kept(work, "taken", "wip=9")
    done = vsm("simulate", "-w", str(work), "--set", "wip=5", "--save", "taken")
    assert done.status == 2
    assert "There is a scenario 'taken' already." in done.err
    assert read(work, "taken")["set"] == ["wip=9"]


def test_a_deleted_scenario_is_gone(work: Path) -> None:
    kept(work, "gone", "wip=9")
    assert vsm("scenarios", "delete", "gone", "-w", str(work)).status == 0
    assert "gone" not in names(work)


# the page, without JavaScript


@pytest.fixture(scope="module")
def client(work: Path) -> Iterator[httpx.Client]:
    served = Workshop(Workspace.open(work, kept_open=True))
    with serving(served) as one:
        yield one
    served.close()


def fitted(client: httpx.Client, address: str = "/what-if") -> str:
    """The page as soon as the model is there."""
    for _ in range(600):
        html = client.get(address).text
        if "what_if_wait" not in html and 'class="what-if card"' in html:
            return html
        time.sleep(0.1)
    raise AssertionError("the model is never fitted")


def test_the_page_saves_loads_compares_and_deletes(client: httpx.Client, work: Path) -> None:
    fitted(client)
    html = client.get("/what-if?Release.cadence=1").text
    assert 'action="/what-if/scenarios?Release.cadence=1"' in html
    done = client.post("/what-if/scenarios?Release.cadence=1", data={"name": "from the page", "why": "asked"})
    assert done.status_code == 303
    assert done.headers["location"] == "/what-if?with=from+the+page"
    saved = json.loads((work / "scenarios" / "from the page.json").read_text(encoding="utf-8"))
    assert wrong(saved) == []
    assert saved["set"] == ["Release.cadence=1 d"]
    assert saved["answered"]["change"]["lead_mean_s"]["value"] < 0
    html = client.get(done.headers["location"]).text
    assert "Loaded: from the page." in html
    assert "vsm simulate --with &#39;from the page&#39;" in html
    kept(work, "other", "Test.returns=-50%", overwrite=True)
    document = client.get("/what-if.json?with=from+the+page&Test (Blue).returns=50&beside=other").json()
    assert wrong(document) == []
    assert [one["set"] for one in document["scenarios"]][1] == ["Test.returns=-50%"]
    assert document["scenarios"][0]["set"][0] == "Release.cadence=1 d"
    assert client.post("/what-if/scenarios?Release.cadence=2", data={"name": "from the page"}).status_code == 400
    again = client.post("/what-if/scenarios?Release.cadence=2", data={"name": "from the page", "overwrite": "true"})
    assert again.status_code == 303
    assert client.post("/what-if/scenarios", data={"name": "nothing"}).status_code == 400
    assert client.post("/what-if/scenarios/delete", data={"name": "from the page"}).status_code == 303
    assert "from the page" not in names(work)
    assert wrong(client.get("/what-if/scenarios.json").json()) == []


def test_a_scenario_whose_stage_is_gone_says_so_and_the_page_still_works(client: httpx.Client, work: Path) -> None:
    kept(work, "old", "Sign-off.servers=+1", overwrite=True)
    fitted(client)
    answer = client.get("/what-if?with=old")
    assert answer.status_code in (400, 404)
    assert "nothing is called &#39;Sign-off&#39;" in answer.text
    assert client.get("/what-if").status_code == 200
