"""The JSON documents keep what their schemas promise."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from command_line import STREAM, TICKETS, events, vsm, written
from conftest import CHANGES, SHARED
from valuestream import ValueStream, sketch
from valuestream.analysis.future import Edits, Step, Time, future
from valuestream.discovering import discovered
from valuestream.pictures.compare import document as compared
from valuestream.sources.demo import demo, demo_stream

NAMES = ("map", "discover", "flow", "stage", "future", "changes", "blockers", "data")
INCIDENTS = SHARED / "data" / "incidents" / "incident_status.csv.gz"


def schema(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((files("valuestream") / "schemas" / f"{name}.json").read_text(encoding="utf-8"))
    return found


def wrong(document: dict[str, Any]) -> list[str]:
    """Where a document breaks its schema."""
    name = document["schema"].partition("/")[0].removeprefix("vsm.")
    return [
        f"{'.'.join(map(str, error.absolute_path))}: {error.message[:200]}"
        for error in Draft202012Validator(schema(name)).iter_errors(document)
    ]


def parts(node: Any, place: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every key that a schema describes, with its place."""
    for key, part in node.get("properties", {}).items():
        yield f"{place}.{key}", part
    for key, part in node.get("$defs", {}).items():
        yield from parts(part, key)


@pytest.fixture
def tickets(tmp_path: Path) -> Path:
    return written(tmp_path, "tickets.csv", TICKETS)


@pytest.mark.parametrize("name", NAMES)
class TestASchema:
    def test_is_one(self, name: str) -> None:
        Draft202012Validator.check_schema(schema(name))

    def test_is_called_as_its_documents_say(self, name: str) -> None:
        said = schema(name)
        assert said["$id"] == said["title"] == said["properties"]["schema"]["const"] == f"vsm.{name}/1"

    def test_says_what_each_key_means(self, name: str) -> None:
        assert [place for place, part in parts(schema(name)) if not part.get("description")] == []

    def test_says_the_unit_of_each_duration(self, name: str) -> None:
        durations = [(place, part) for place, part in parts(schema(name)) if place.endswith("_s")]
        assert durations or name in ("data", "future", "changes")  # whose figures say their unit themselves
        known = ("Seconds", "Per finished item, all passes summed", "Mean;", "Median", "85 %")
        assert [place for place, part in durations if not any(word in part["description"] for word in known)] == []


class TestADocumentKeepsItsSchema:
    @pytest.mark.parametrize(
        "options",
        [
            (),
            ("--since", "2024-03-01", "--until", "2024-05-01"),
            ("--since", "2024-03-01", "--until", "2024-03-01"),
            ("--as-of", "2024-02-01"),
            ("--where", "team=Blue", "--where", "type=Bug"),
        ],
        ids=["whole", "window", "window of nothing", "as of", "filters"],
    )
    def test_of_the_demo(self, options: tuple[str, ...]) -> None:
        document = vsm("demo", "--items", "40", "--json", *options).document
        assert wrong(document) == []
        assert document["stages"]

    def test_of_the_demo_discovered(self, tmp_path: Path) -> None:
        log = tmp_path / "demo.csv"
        assert vsm("demo", "--items", "40", "--log", log).status == 0
        document = vsm("discover", log, "--json", "--since", "2024-03-01", "--where", "team=Blue").document
        assert wrong(document) == []
        assert document["transitions"]

    def test_of_an_empty_log(self) -> None:
        with ValueStream(sketch(""), CHANGES) as seen:
            assert wrong(seen.map()) == []
            assert wrong(seen.flow_document()) == []
            assert wrong(seen.stage_document("Dev")) == []
            assert wrong(seen.changes_document()) == wrong(seen.blockers_document()) == []
        assert wrong(discovered(sketch(""))) == []

    def test_over_time_and_of_a_stage(self) -> None:
        with ValueStream(demo(1, 300), demo_stream()) as seen:
            whole, part = seen.flow_document(), seen.asking(since="2024-02-01", where={"team": "Blue"}).flow_document()
            assert wrong(whole) == wrong(part) == []
            assert whole["scatter"]["points"]
            assert part["filters"] == {"team": ["Blue"]}
            assert wrong(seen.changes_document()) == wrong(seen.blockers_document()) == []
            later = future(seen.map(), Edits(remove=("Approval",), add={"Ask": Step(wait=Time(60.0))}))
            assert wrong(compared(seen.map(), later)) == []
            for stage in ("Review", "(done)"):
                assert wrong(seen.stage_document(stage)) == []
            assert json.loads(json.dumps(whole, allow_nan=False)) == whole

    @pytest.mark.parametrize(
        "rows",
        [
            ("A 1 todo",),
            ("A 1 done",),
            ("A 1 todo", "A 1 dev", "A 1 done"),
            ("A 1 todo", "A 2 dev", "A 3 done", "A 4 dev", "A 5 done"),
            ("A 1 todo", "A 2 cancelled"),
        ],
        ids=["one event", "done at once", "one instant", "reopened", "cancelled"],
    )
    def test_of_one_item(self, rows: tuple[str, ...], tmp_path: Path) -> None:
        log = written(tmp_path, "one.csv", events(*rows))
        assert wrong(vsm("map", log, "--json").document) == []
        assert wrong(vsm("discover", log, "--json").document) == []

    def test_of_intervals(self, tmp_path: Path) -> None:
        text = "item,activity,start,end,user\nA,dev,2024-01-01,2024-01-03,ada\nA,test,2024-01-02,,bob\n"
        log = written(tmp_path, "intervals.csv", text)
        assert wrong(vsm("map", log, "--json").document) == []
        assert wrong(vsm("discover", log, "--json").document) == []

    def test_of_a_stream_with_working_hours_and_something_before(self, tickets: Path, tmp_path: Path) -> None:
        text = STREAM.replace(
            "    done:", "    before: [idea]\n    calendar: {hours: 'Mon-Fri 09:00-17:00'}\n    done:"
        )
        document = vsm("map", tickets, "--stream", written(tmp_path, "s.yaml", text), "--json").document
        assert wrong(document) == []
        assert document["stages"][0]["working"]["active_s"]["n"] == 3

    @pytest.mark.skipif(not INCIDENTS.exists(), reason="the incidents log is not at hand")
    def test_of_the_incidents(self) -> None:
        document = vsm("map", INCIDENTS, "--json").document
        assert wrong(document) == []
        assert document["findings"]
        assert wrong(vsm("discover", INCIDENTS, "--json").document) == []


class TestTheSchemaOfTheMap:
    @pytest.fixture
    def document(self, tickets: Path) -> dict[str, Any]:
        found = vsm("map", tickets, "--json").document
        assert wrong(found) == []
        return found

    @pytest.mark.parametrize(
        ("place", "value"),
        [
            ("as_of", "2024-01-10"),
            ("window.since", None),
            ("items.finished", 2.5),
            ("totals.lead_time_s.p50", 3600.0),
            ("totals.lead_time_s.mean", None),
            ("totals.flow_efficiency.value", 1.2),
            ("totals.flow_efficiency.provenance", "guessed"),
            ("stages.0.kind", "internal"),
            ("stages.0.per_item_s.wait", -1.0),
            ("stages.0.visits", None),
            ("transitions.0.n", 0),
            ("clock", "calendar time"),
        ],
    )
    def test_refuses_what_it_does_not_promise(self, document: dict[str, Any], place: str, value: object) -> None:
        broken = copy.deepcopy(document)
        here: Any = broken
        *way, last = place.split(".")
        for step in way:
            here = here[int(step)] if step.isdigit() else here[step]
        assert here[last] != value
        here[last] = value
        assert [line for line in wrong(broken) if line.startswith(place.rpartition(".")[0])]

    def test_refuses_a_document_without_its_stages(self, document: dict[str, Any]) -> None:
        del document["stages"]
        assert wrong(document) == [": 'stages' is a required property"]

    def test_lets_later_versions_add_keys(self, document: dict[str, Any]) -> None:
        document["later"] = document["stages"][0]["later"] = document["totals"]["later"] = 1
        assert wrong(document) == []

    def test_describes_every_key_that_is_written(self, document: dict[str, Any]) -> None:
        said = schema("map")
        assert set(document) == set(said["properties"])
        assert set(document["totals"]) == set(said["$defs"]["totals"]["properties"])
        assert set(document["stages"][0]) == set(said["$defs"]["stage"]["properties"])

    def test_survives_json(self, document: dict[str, Any]) -> None:
        assert json.loads(json.dumps(document, allow_nan=False)) == document


def test_the_schema_of_discover_describes_every_key_that_is_written(tickets: Path) -> None:
    document, said = vsm("discover", tickets, "--json").document, schema("discover")
    assert set(document) == set(said["properties"])
    for rows, part in (("states", "state"), ("transitions", "move"), ("variants", "variant")):
        assert set(document[rows][0]) == set(said["$defs"][part]["properties"])
