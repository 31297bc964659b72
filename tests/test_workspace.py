"""A workspace from the first file on: guessed stages, several files, other definitions, people, settings."""

from __future__ import annotations

import gzip
import json
from importlib.resources import files
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from command_line import vsm
from conftest import SHARED
from valuestream import ValueStream, read
from valuestream.config_told import told
from valuestream.errors import ConfigError, UnknownName
from valuestream.workspace import Workspace, find

HEAD = "item,time,state,assignee,type\n"
FIRST = """\
A,2024-01-01,New,ada@blue.example,Bug
A,2024-01-02,Doing,ada@blue.example,Bug
A,2024-01-05,Done,ada@blue.example,Bug
B,2024-01-02,New,ben@red.example,Story
B,2024-01-03,Doing,ben@red.example,Story
"""
STREAM = """\
streams:
  work:
    stages:
      - {name: Work, queue: [New], work: [Doing]}
    done: [Done]
"""


def write(folder: Path, name: str, rows: str) -> Path:
    path = folder / name
    path.write_text(HEAD + rows)
    return path


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = Workspace.init(tmp_path / "w")
    made.folder.file.write_text(STREAM)
    made.reload()
    return made


def test_an_empty_folder_and_a_file_give_a_map_at_once(tmp_path: Path) -> None:
    made = Workspace.init(tmp_path)
    done = made.import_file(write(tmp_path, "tickets-2024-01.csv", FIRST))
    assert done["guessed"] == "tickets to done"
    text = made.folder.file.read_text()
    assert "- Doing  # work: its name says that somebody works" in text
    assert "people: pseudonyms  # or names" in text
    assert made.config.sources["tickets"].files == ("tickets-*.csv",)
    with made.stream() as seen:
        # A waits a day and is worked on for three: finished after four
        assert seen.spread("lead_time").mean == 4 * 86_400
        assert seen.metric("flow_efficiency").value == 0.75


def test_a_folder_that_is_a_workspace_stays_as_it_is(workspace: Workspace) -> None:
    workspace.import_file(write(workspace.folder.path, "t.csv", FIRST))
    key = workspace.folder.key.read_bytes()
    again = Workspace.init(workspace.folder.path)
    assert again.folder.key.read_bytes() == key
    assert again.folder.file.read_text().startswith(STREAM)
    assert len(again.log()) == len(workspace.log()) > 0
    assert workspace.folder.key.stat().st_mode & 0o777 == 0o600


def test_files_that_follow_join_their_source_and_a_corrected_one_leaves_no_ghost(workspace: Workspace) -> None:
    folder = workspace.folder.path
    workspace.import_file(write(folder, "t-1.csv", FIRST))
    workspace.import_file(write(folder, "t-2.csv", "B,2024-01-09,Done,ben@red.example,Story\n"))
    with workspace.stream() as seen:
        assert seen.metric("throughput").excluded or seen.tables.events
        assert seen.map()["items"] == {"finished": 2, "open": 0, "cancelled": 0}
        assert seen.spread("lead_time").mean == (4 + 7) / 2 * 86_400
    workspace.import_file(write(folder, "t-2.csv", "B,2024-01-05,Done,ben@red.example,Story\n"))
    with workspace.stream() as seen:
        assert seen.spread("lead_time").mean == (4 + 3) / 2 * 86_400
    assert workspace.import_file(folder / "t-2.csv")["unchanged"]
    assert set(workspace.config.sources) == {"t"}


def test_what_an_older_version_imported_stays_right_and_tells_more_when_it_is_imported_again(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same file by a version that left other columns aside, and then by this one: nothing doubled."""
    path = tmp_path / "tickets.csv"
    rows = zip((HEAD + FIRST).splitlines(), ["sprint", "", "S1", "S1", "S1", "S1"], strict=True)
    path.write_text("".join(f"{row},{sprint}\n" for row, sprint in rows))
    with monkeypatch.context() as older:
        older.setattr("valuestream.workspace_imports._READS", 1)
        older.setattr("valuestream.sources.extras.MOST_FIELDS", 0)
        first = workspace.import_file(path)
    with workspace.stream() as seen:
        assert seen.metric("lead_time").n == 1
        assert seen.teams_document()["sprint"] is None
    again = workspace.import_file(path)
    # A and B were each put into S1 once: two events more, and none twice
    assert (again["read"] - first["read"], again["new"] - again["superseded"], again["unchanged"]) == (2, 2, False)
    with workspace.stream() as seen:
        assert seen.metric("lead_time").n == 1
        # A: a day before its sprint, three in it
        assert seen.teams_document()["sprint"]["in_share"] == pytest.approx(3 / 4)
    feed = workspace.status()["sources"][0]["feeds"][0]
    assert "Kept as attributes: sprint." in feed["notes"]
    assert workspace.import_file(path)["unchanged"]


def test_a_state_that_nobody_claims_leaves_its_items_out_and_is_shown(workspace: Workspace) -> None:
    workspace.import_file(write(workspace.folder.path, "t.csv", FIRST + "B,2024-01-04,Testing,ben@red.example,Story\n"))
    with workspace.stream() as seen:
        assert {"reason": "has a state that no stage claims", "n": 1} in seen.map()["excluded"]
        with pytest.raises(UnknownName, match="'B' is left out of the stream: has a state that no stage claims"):
            seen.tables.item("B")
    status = workspace.status()["streams"][0]
    assert status["unmapped"] == [
        {"state": "Testing", "events": 1, "items": 1, "first_item": "B", "nearest": "Work"}
    ]  # nearest by its letters, which is all that is known
    assert status["build"] == {"state": "fresh", "why": None}


def test_a_file_that_cannot_be_read_keeps_the_last_build_readable(workspace: Workspace) -> None:
    workspace.import_file(write(workspace.folder.path, "t.csv", FIRST))
    workspace.build()
    before = workspace.status()["streams"][0]["built"]
    workspace.folder.file.write_text(STREAM.replace("Work,", "Work"))
    with pytest.raises(ConfigError):
        workspace.reload()
    assert workspace.status()["streams"][0]["built"] == before
    with workspace.stream() as seen:
        assert seen.map()["items"]["finished"] == 1


def test_people_are_pseudonyms_and_teams_know_them_by_name_and_by_domain(workspace: Workspace) -> None:
    workspace.folder.file.write_text("teams: {Blue: ['*@blue.example'], Red: [ben@red.example]}\n" + STREAM)
    workspace.reload()
    workspace.import_file(write(workspace.folder.path, "t.csv", FIRST))
    assert all(name.startswith("p-") for name in workspace.log().people)
    with workspace.stream() as seen:
        teams = seen.tables.teams
        found = seen.tables.ask("SELECT item, team FROM visits ORDER BY item")
        assert [(seen.tables.key(item), teams[team]) for item, team in found] == [("A", "Blue"), ("B", "Red")]
    with workspace.store.reading() as con:
        for (table,) in con.execute("SELECT table_name FROM duckdb_tables()").fetchall():
            assert "ben@" not in repr(con.execute(f"SELECT * FROM {table}").fetchall())


def test_the_past_is_replayed(workspace: Workspace) -> None:
    workspace.import_file(write(workspace.folder.path, "t.csv", FIRST))
    with workspace.stream(as_of="2024-01-04") as then:
        assert then.map()["items"] == {"finished": 0, "open": 2, "cancelled": 0}
    with workspace.stream(as_of="2024-02-01") as later:
        # B is open since the second: thirty days
        assert later.tables.ask("SELECT age_s FROM items WHERE age_s IS NOT NULL") == [(30 * 86_400.0,)]


def test_every_setting_says_where_it_came_from(workspace: Workspace) -> None:
    said = told(workspace.folder.file, workspace.config, environ={"VSM_ZONE": "Asia/Tokyo", "VSM_PEOPLE_KEY": "secret"})
    found = {one.name: one[1:] for one in said}
    assert found["zone"] == ("Asia/Tokyo", "VSM_ZONE")
    assert found["lock_timeout"] == ("10", "default")
    assert found["streams.work.stages[0].queue"] == ("New", "valuestream.yaml:4")
    assert found["VSM_PEOPLE_KEY"] == ("(set)", "environment")
    flag = told(workspace.folder.file, workspace.config, lock_timeout="3", environ={"VSM_LOCK_TIMEOUT": "5"})
    assert flag[2] == ("lock_timeout", "3", "--lock_timeout")


def test_a_workspace_is_found_from_below_and_nowhere_else(workspace: Workspace, tmp_path: Path) -> None:
    below = workspace.folder.path / "a" / "b"
    below.mkdir(parents=True)
    assert find(below) == workspace.folder.path
    with pytest.raises(ConfigError, match="is in no workspace"):
        find(tmp_path)


@pytest.mark.skipif(not SHARED.exists(), reason="the incidents log is not here")
def test_the_incidents_log_in_twelve_files_is_the_incidents_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VSM_PEOPLE_KEY", "the same pseudonyms in both")
    whole = SHARED / "data" / "incidents" / "incident_status.csv.gz"
    with gzip.open(whole, "rt") as file:
        head, *rows = file.read().splitlines()
    months: dict[str, list[str]] = {}
    for row in rows:
        months.setdefault(row.split(",")[2][5:7], []).append(row)
    assert len(months) == 12
    one, many = Workspace.init(tmp_path / "one"), Workspace.init(tmp_path / "many")
    one.import_file(whole, source="incidents")
    many.folder.file.write_text(one.folder.file.read_text())
    many.reload()
    for month, said in sorted(months.items()):
        path = tmp_path / f"incidents-{month}.csv"
        path.write_text("\n".join([head, *said]) + "\n")
        many.import_file(path, source="incidents")
        many.build()
    with one.stream() as here, many.stream() as there:
        same(here.map(), {**there.map(), "notes": here.map()["notes"]})
        visits, others = (sorted(map(repr, seen.table("visits").to_pylist())) for seen in (here, there))
        assert visits == others
        with ValueStream(read(whole), one.definition(), unmapped="exclude") as memory:
            same(memory.map()["totals"], here.map()["totals"])


def same(one: object, other: object) -> None:
    """Equal, but for the order in which a computer adds fractions up."""
    if isinstance(one, dict) and isinstance(other, dict):
        assert one.keys() == other.keys()
        for key in one:
            same(one[key], other[key])
    elif isinstance(one, list) and isinstance(other, list):
        assert len(one) == len(other)
        for left, right in zip(one, other, strict=True):
            same(left, right)
    else:
        assert one == (pytest.approx(other, rel=1e-12) if isinstance(one, float) else other)


class TestCommands:
    def test_print_documents_that_keep_their_schemas(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        write(tmp_path, "tickets.csv", FIRST + "C,yesterday,New,ada@blue.example,Bug\nD,2024-01-01,Odd,,Bug\n")
        vsm("init")
        for arguments in (
            ("status",), ("import", "tickets.csv"), ("import", "tickets.csv"), ("status",), ("config",),
            ("forget", "ada@blue.example"), ("status",),
        ):  # fmt: skip
            document = vsm(*arguments, "--json").document
            schema = (files("valuestream") / "schemas" / f"{arguments[0]}.json").read_text()
            assert list(Draft202012Validator(json.loads(schema)).iter_errors(document)) == []
        assert vsm("forget", "ada@blue.example").status == 2

    def test_backup_and_compact_leave_the_map_as_it_is(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        write(tmp_path, "tickets.csv", FIRST)
        vsm("init")
        vsm("import", "tickets.csv")
        before = vsm("map", "--json").document
        assert vsm("backup", "copy.duckdb").status == vsm("compact").status == 0
        assert vsm("map", "--json").document == before
        (tmp_path / "copy.duckdb").replace(tmp_path / "valuestream.duckdb")
        assert vsm("map", "--json").document == before
        assert "is the store itself" in vsm("backup", "valuestream.duckdb").err

    def test_from_an_empty_folder_to_a_map(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        write(tmp_path, "tickets.csv", FIRST)
        assert vsm("init").status == 0
        done = vsm("import", "tickets.csv")
        assert "Stages guessed: the stream 'tickets to done'" in done.out
        assert "tickets to done" in vsm("map").out
        status = vsm("status").out
        assert "tickets to done: 1 stage, fresh" in status
        assert "tickets (files): 9 events in 1 file" in status  # five states, and of each item an owner and a type
        assert "up to date" in vsm("build", "-w", str(tmp_path)).out

    def test_config_shows_a_variable_before_the_file(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("VSM_LOCK_TIMEOUT", "60")
        vsm("init")
        shown = vsm("config")
        lines = [line.split() for line in shown.out.splitlines()]
        assert ["lock_timeout", "VSM_LOCK_TIMEOUT", "60"] in lines
        assert ["people", "valuestream.yaml:5", "pseudonyms"] in lines
