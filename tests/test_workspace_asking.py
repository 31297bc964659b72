"""What is asked of a workspace is answered as of the log itself."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from command_line import STREAM, TICKETS, vsm, written
from conftest import CHANGES
from test_engine_joining import put, seen
from test_schemas import wrong
from valuestream.log.store import Store


def changes(*rows: str) -> str:
    """A change log as CSV from rows like `A 1 dev ada`, `A 2 severity=high ada`: item, day of 2024, change, who."""
    told = []
    for row in rows:
        item, at, change, who = row.split()
        field, _, value = change.rpartition("=")
        when = date(2024, 1, 1) + timedelta(days=int(at) - 1)
        told.append(f"{item},{when}T00:00:00Z,{field or 'status'},,{value},{who}\n")
    return "item,time,field,from,to,author\n" + "".join(told)


TEXT = changes(
    "A 1 severity=low ada", "A 1 todo ada", "A 3 sprint=S1 ada", "A 3 dev ada", "A 5 severity=high ben",
    "A 6 ready ben", "A 8 sprint=S2 ben", "A 9 test ben", "A 10 done ben", "B 2 severity=low ada",
    "B 2 sprint=S1 ada", "B 2 dev ada",
    "B 5 done ada", "B 64 severity=high ada", "B 65 dev ada", "B 66 done ada", "C 61 severity=low cy", "C 61 todo cy",
)  # fmt: skip

STREAM_TEXT = STREAM.replace("work: [dev]", "work: [dev], team: Crew").replace(
    "work: [test]", "work: [test], team: Lab"
)
MORE = "    sprints: {S1: [2024-01-03, 2024-01-07]}\n    metrics: {days: {sql: avg(lead_s) / 86400}}\n"


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[tuple[object, ...], tuple[object, ...]]:
    """Arguments that name the log with its stream, and those that name the workspace."""
    folder = tmp_path_factory.mktemp("asked")
    log, stream = written(folder, "log.csv", TEXT), written(folder, "s.yaml", STREAM_TEXT + MORE)
    home = folder / "home"
    assert vsm("init", home).status == 0
    (home / "valuestream.yaml").write_text("people: names\n" + STREAM_TEXT + MORE, encoding="utf-8")
    told = vsm("import", log, "-w", home)
    assert told.status == 0, told.err
    return (log, "--stream", stream), ("-w", home)


QUESTIONS = [
    ("metrics", ()),
    ("metrics", ("--by", "severity")),
    ("metrics", ("--by", "week", "--since", "2024-01-03")),
    ("metrics", ("--where", "severity=high")),
    ("items", ()),
    ("items", ("--state", "open", "--sort=-age")),
    ("items", ("--where", "severity=low", "--stage", "Dev")),
    ("teams", ()),
]


@pytest.mark.parametrize(("command", "options"), QUESTIONS, ids=lambda part: part if isinstance(part, str) else "")
def test_a_workspace_says_what_the_log_says(both, command: str, options: tuple[str, ...]) -> None:
    of_log, of_workspace = (vsm(command, *where, *options, "--json").document for where in both)
    assert wrong(of_workspace) == []
    assert of_workspace == of_log


@pytest.mark.parametrize("metric", ["lead_time", "stage_wait_time", "flow_efficiency", "days", "throughput"])
def test_it_explains_the_same(both, metric: str) -> None:
    of_log, of_workspace = (vsm("explain", metric, *where, "--json").document for where in both)
    assert of_workspace["rows"] == of_log["rows"]
    assert of_workspace["figure"] == of_log["figure"]


@pytest.mark.parametrize("key", ["A", "B", "B#2", "C"])
def test_it_tells_the_same_journey(both, key: str) -> None:
    of_log, of_workspace = (vsm("item", key, *where, "--people", "names", "--json").document for where in both)
    assert wrong(of_workspace) == []
    assert of_workspace["item"] == of_log["item"]


def test_a_first_word_that_is_a_metric_needs_no_source(both) -> None:
    told = vsm("metrics", "lead_time", "days", *both[1], "--json").document
    assert [metric["name"] for metric in told["metrics"]] == ["lead_time", "days"]
    # A took 9 days, B 3 and then 1
    assert told["metrics"][1]["figures"][0]["value"] == pytest.approx(13 / 3)


def test_people_of_a_workspace_are_called_as_it_keeps_them(tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert vsm("init", home).status == 0
    text = (home / "valuestream.yaml").read_text(encoding="utf-8")
    (home / "valuestream.yaml").write_text(text + "\n" + STREAM, encoding="utf-8")
    assert vsm("import", written(tmp_path, "log.csv", TEXT), "-w", home).status == 0
    told, again = (vsm("item", "A", "-w", home).out for _ in range(2))
    assert "ada" not in told
    assert told == again  # pseudonyms last in a workspace


class TestSnapshots:
    @pytest.fixture
    def home(self, tmp_path: Path) -> Path:
        home = tmp_path / "home"
        assert vsm("init", home).status == 0
        (home / "valuestream.yaml").write_text(STREAM, encoding="utf-8")
        assert vsm("import", written(tmp_path, "tickets.csv", TICKETS), "-w", home).status == 0
        return home

    def test_stand_in_the_workspace_and_survive_a_remapping(self, home: Path) -> None:
        told = vsm("snapshot", "2024-01", "-w", home)
        assert told.status == 0, told.err
        before = (home / "snapshots" / "2024-01.json").read_bytes()
        (home / "valuestream.yaml").write_text(STREAM.replace("name: Dev", "name: Build"), encoding="utf-8")
        assert vsm("snapshot", "remapped", "-w", home).status == 0
        assert (home / "snapshots" / "2024-01.json").read_bytes() == before
        listed = vsm("snapshots", "-w", home, "--json").document
        assert wrong(listed) == []
        assert [row["name"] for row in listed["snapshots"]] == ["2024-01", "remapped"]
        told = vsm("compare", "2024-01", "remapped", "-w", home)
        assert "stage Dev is gone, stage Build is new" in " ".join(told.out.split())

    def test_have_names_of_files(self, home: Path) -> None:
        told = vsm("snapshot", "../out", "-w", home)
        assert (told.status, "no name for a snapshot" in told.err) == (2, True)

    def test_that_are_not_there_list_those_that_are(self, home: Path) -> None:
        assert vsm("snapshot", "before", "-w", home).status == 0
        told = vsm("compare", "before", "befor", "-w", home)
        assert (told.status, "Did you mean 'before'" in told.err) == (2, True)

    def test_are_none_at_first(self, home: Path) -> None:
        assert "No snapshots yet" in vsm("snapshots", "-w", home).out

    def test_a_damaged_one_is_told_and_does_not_hide_the_others(self, home: Path) -> None:
        assert vsm("snapshot", "good", "-w", home).status == 0
        (home / "snapshots" / "bad.json").write_text("{", encoding="utf-8")
        told = vsm("snapshots", "-w", home, "--json").document
        assert wrong(told) == []
        assert [(row["name"], row["readable"]) for row in told["snapshots"]] == [("bad", False), ("good", True)]
        assert "unreadable" in vsm("snapshots", "-w", home).out


def test_the_journey_of_an_item_tells_of_what_is_linked_to_it(tmp_path: Path) -> None:
    """A pull request of another source stands in the item's stays, and its link says why."""
    made = Store(tmp_path / "s.duckdb", sources=("tracker", "host"))
    made.create("test")
    put(made, "tracker", "issue", "T-1: todo 1, dev 2, done 9")
    put(made, "host", "pull_request", "#7: open 4, in_review 6, merged 8", ("#7", "tracker:T-1", 0.9))
    with seen(made) as stream:
        item = stream.item_document("T-1")["item"]
        visits = stream.visits().to_pylist()
    assert [(stay["stage"], stay["nth"]) for stay in item["stays"]] == [
        (CHANGES.stages[row["stage"]].name, row["nth"]) for row in visits
    ]
    assert {"Dev", "Review"} <= {stay["stage"] for stay in item["stays"]}
    assert [(link["to"], link["type"], link["confidence"]) for link in item["links"]] == [("#7", "closes", 0.9)]
