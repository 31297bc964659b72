"""`vsm simulate` and `vsm levers` as a user meets them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from command_line import vsm, written
from test_schemas import parts, schema, wrong
from valuestream.simulation.written import from_dict, plain_yaml, to_dict
from valuestream.sources.demo import demo
from valuestream.sources.write_csv import write_csv

MODEL = """
name: changes
arrivals: {per_week: 40}
calendars: [{name: office, slots: "Mon-Fri 09:00-17:00"}]
pools: [{name: team, servers: 12, calendar: office, prefers: last}]
stages:
  - {name: Dev, service: {kind: lognormal, mean: 5 h, cv: 1.2}, pool: team}
  - {name: Review, service: {kind: exponential, mean: 1 h}, pool: team}
  - {name: Release, service: 0 s, servers: 1, cadence: {every: 1 w, offset: 82 h}}
routes: [{after: Review, to: Dev, chance: 0.3}]
"""
STREAM = """
streams:
  idea to release:
    before: [Backlog]
    stages:
      - {name: Development, queue: [Ready], work: [In development]}
      - {name: Review, queue: [Ready for review], work: [In review]}
      - {name: Test, queue: [Ready for test], work: [In test]}
      - {name: Approval, queue: [Waiting for approval], work: [In approval]}
      - {name: Release, queue: [Waiting for release]}
    done: [Released]
    cancelled: [Cancelled]
    calendar: {hours: "Mon-Fri 09:00-17:00", zone: Europe/Berlin}
"""


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return written(tmp_path, "model.yaml", MODEL)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    """A year of the demo as a table, and its stream."""
    folder = tmp_path_factory.mktemp("demo")
    write_csv(demo(1, 400), folder / "demo.csv")
    (folder / "stream.yaml").write_text(STREAM, encoding="utf-8")
    return str(folder / "demo.csv"), "--stream", str(folder / "stream.yaml")


def told(*arguments: str) -> dict[str, Any]:
    found = vsm(*arguments, "--json").document
    assert wrong(found) == []
    return found


@pytest.mark.parametrize("name", ["simulation", "levers", "model"])
def test_a_schema_is_one_and_says_what_each_key_means(name: str) -> None:
    said = schema(name)
    Draft202012Validator.check_schema(said)
    assert [place for place, part in parts(said) if not part.get("description")] == []
    assert all("Seconds" in part["description"] for place, part in parts(said) if place.endswith("_s"))


@pytest.mark.parametrize("written_by", ["hand", "the program"])
def test_models_keep_their_schema(written_by: str) -> None:
    told = plain_yaml(MODEL)
    document = to_dict(from_dict(told)) if written_by == "the program" else told
    errors = Draft202012Validator(schema("model")).iter_errors(document)
    assert [f"{list(error.absolute_path)}: {error.message}" for error in errors] == []


def test_a_model_written_by_hand_runs_without_any_log(model: Path) -> None:
    document = told("simulate", str(model), "--set", "Release.cadence=1 d", "--quick")
    assert document["trust"] is None
    assert document["fitted"] is False
    assert document["scenarios"][0]["change"]["lead_mean_s"]["high"] < 0
    assert [stage["name"] for stage in document["stages"]] == ["Dev", "Review", "Release"]


def test_the_same_seed_gives_the_same_answer(model: Path) -> None:
    assert told("simulate", str(model), "--quick") == told("simulate", str(model), "--quick")
    assert told("simulate", str(model), "--quick") != told("simulate", str(model), "--quick", "--seed", "2")


def test_a_log_is_fitted_and_checked_and_says_so(sample: tuple[str, ...], tmp_path: Path) -> None:
    file, picture = str(tmp_path / "model.yaml"), str(tmp_path / "map.svg")
    done = vsm("simulate", *sample, "--quick", "--model", file, "--svg", picture)
    assert done.status == 0, done.err
    assert "Simulated now" in done.out
    assert "of the waiting has no cause that the model knows" in " ".join(done.out.split())
    assert Path(picture).read_text(encoding="utf-8").startswith("<svg")
    again = told("simulate", file, "--quick")
    assert again["fitted"] is False
    assert again["origins"]


def test_an_unknown_stage_is_answered_with_the_known_ones(model: Path) -> None:
    done = vsm("simulate", str(model), "--set", "Deploy.servers=2")
    assert done.status == 2
    assert done.err.splitlines() == [
        "Error: Deploy.servers=2: nothing is called 'Deploy'.",
        "       Known: Dev, Review, Release, team.",
    ]


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ("Dev.speed=2", "Dev.speed=2: the key 'speed'"),
        ("Dev", "'Dev' is no change."),
        ("Review.returns=2", "routes[0].chance"),
        ("Dev.batch=0", "stages[0].batch"),
        ("Release.cadence=soon", "Release.cadence=soon"),
        ("team.servers=0", "pools[0].servers"),
        ("Dev.service=-1 h", "Dev.service"),
    ],
)
def test_an_impossible_change_says_which(model: Path, change: str, place: str) -> None:
    done = vsm("simulate", str(model), "--set", change, "--quick")
    assert done.status == 2
    assert place in done.err.splitlines()[0]
    assert len(done.err.splitlines()) == 2


def test_levers_rank_and_confirm_the_constraint(model: Path) -> None:
    document = told("levers", str(model))
    saved = [row["saves_s"]["value"] for row in document["ranking"]]
    assert saved == sorted(saved, reverse=True)
    assert document["ranking"][0]["place"] == "Release"  # a week's wait of half a week, against hours of queue
    assert document["constraint"]["candidate"] == "team"
    assert document["one_by_one_s"]["value"] < document["now"]["lead_mean_s"]["value"]
    printed = vsm("levers", str(model), "--top", "2").out
    assert "releases twice as often" in printed


def test_a_load_of_one_names_the_stage_and_answers_for_the_time_simulated(model: Path) -> None:
    document = told("simulate", str(model), "--set", "demand=+200%", "--quick")
    assert "The pool 'team' is asked for" in document["scenarios"][0]["notes"][0]
    assert document["scenarios"][0]["then"]["lead_mean_s"]["value"] > 0


def test_scenarios_of_a_file_are_told_side_by_side(model: Path, tmp_path: Path) -> None:
    text = """
scenarios:
  - {name: daily, why: the audit asks, set: ["Release.cadence=1 d"]}
  - {name: more hands, set: ["team.servers=+3"]}
"""
    file = written(tmp_path, "scenarios.yaml", text)
    document = told("simulate", str(model), "--scenarios", str(file), "--quick")
    assert [(one["name"], one["why"]) for one in document["scenarios"]] == [
        ("daily", "the audit asks"),
        ("more hands", None),
    ]
