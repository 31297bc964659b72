"""The commands as a user meets them: what they print, what they refuse, how they leave."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from valuestream.cli.main import vsm
from valuestream.sources.demo import demo
from valuestream.sources.write_csv import write_csv

EVENTS = "item,time,state,actor,team\n" + "".join(
    f"{key},2024-01-0{day}T09:00:00Z,{state},ada,{team}\n"
    for key, team, days in (("A", "Blue", (1, 2, 4, 8)), ("B", "Red", (1, 3, 5, 9)), ("NA", "Blue", (2, 3, 4, 5)))
    for day, state in zip(days, ("To do", "In development", "In review", "Done"), strict=True)
)
YAML = """\
streams:
  changes:
    stages:
      - {name: Dev, queue: [To do], work: [In development]}
      - {name: Review, work: [In review]}
    done: [Done]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "events.csv").write_text(EVENTS)
    (tmp_path / "vs.yaml").write_text(YAML)
    return tmp_path


def program(folder: Path, *arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    """The real program in a process of its own."""
    command = [sys.executable, "-m", "valuestream", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload]


def refused(folder: Path, *arguments: str) -> str:
    """What a refusal says: exit status 2, two lines on stderr, nothing else."""
    ran = program(folder, *arguments)
    assert ran.returncode == 2, ran.stderr
    lines = ran.stderr.rstrip("\n").splitlines()
    assert len(lines) == 2, ran.stderr
    assert lines[0].startswith("Error: ")
    assert lines[1].strip()
    assert ran.stdout == ""
    return ran.stderr


def as_map(folder: Path, *arguments: str) -> dict:
    ran = program(folder, "map", *arguments, "--json")
    assert ran.returncode == 0, ran.stderr
    assert ran.stderr == ""  # no progress where stderr is no terminal
    return json.loads(ran.stdout)


def test_map_prints_json_text_and_a_picture(folder):
    document = as_map(folder, "events.csv", "--stream", "vs.yaml")
    assert document["items"] == {"finished": 3, "open": 0, "cancelled": 0}
    ran = program(folder, "map", "events.csv", "--stream", "vs.yaml", "--svg", "map.svg")
    assert "Lead time" in ran.stdout
    assert (folder / "map.svg").read_text().startswith("<svg")


def test_without_a_stream_the_stages_are_guessed_and_it_says_so(folder):
    assert as_map(folder, "events.csv")["guessed"] is True
    assert "stages guessed" in program(folder, "map", "events.csv").stdout


def test_the_window_and_the_filters_choose_items(folder):
    assert as_map(folder, "events.csv", "--where", "team=Blue")["items"]["finished"] == 2
    assert as_map(folder, "events.csv", "--since", "2024-01-08", "--until", "2024-01-09")["items"]["finished"] == 1
    assert as_map(folder, "events.csv", "--as-of", "2024-01-06")["items"] == {"finished": 1, "open": 2, "cancelled": 0}


def test_the_shapes_of_one_log_give_one_answer(folder):
    states = ["To do", "In development", "In review", "Done"]
    rows = [line.split(",") for line in EVENTS.splitlines()[1:]]
    by_item: dict[str, list[str]] = {}
    for item, at, _, _, _ in rows:
        by_item.setdefault(item, []).append(at)
    (folder / "sheet.csv").write_text(
        "item," + ",".join(states) + "\n" + "".join(f"{item},{','.join(at)}\n" for item, at in by_item.items())
    )
    changes = ["item,field,from,to,time"]
    for item, at in by_item.items():
        for before, state, instant in zip(["", *states], states, at, strict=False):
            changes.append(f"{item},status,{before},{state},{instant}")
    (folder / "changes.csv").write_text("\n".join(changes) + "\n")
    spans = ["item,activity,start,end"]
    for item, at in by_item.items():
        spans += [f"{item},{state},{a},{b}" for state, a, b in zip(states, at, [*at[1:], at[-1]], strict=True)]
    (folder / "intervals.csv").write_text("\n".join(spans) + "\n")
    (folder / "plain.csv").write_text("\n".join(",".join(line.split(",")[:3]) for line in EVENTS.splitlines()) + "\n")
    with gzip.open(folder / "packed.csv.gz", "wt") as packed:
        packed.write((folder / "plain.csv").read_text())
    answers = {
        name: as_map(folder, name, "--stream", "vs.yaml")
        for name in ("plain.csv", "packed.csv.gz", "sheet.csv", "changes.csv", "intervals.csv")
    }
    for document in answers.values():
        del document["notes"], document["totals"]["touch_days"]  # an interval also says that somebody worked
        assert json.loads(json.dumps(document).replace('"measured"', '"state-derived"')) == answers["plain.csv"]
    assert as_map(folder, "intervals.csv", "--stream", "vs.yaml")["provenance"] == "measured"


def test_discover_lists_what_happens(folder):
    ran = program(folder, "discover", "events.csv", "--json")
    document = json.loads(ran.stdout)
    assert document["events"] == 12
    assert document["starts"] == {"To do": 3}
    moves = {(move["from"], move["to"]): (move["n"], move["mean_s"]) for move in document["transitions"]}
    assert moves["To do", "In development"] == (3, (1 + 2 + 1) / 3 * 86_400)


def test_the_suggestion_is_a_file_that_map_reads(folder):
    assert "Written to" in program(folder, "streams", "suggest", "events.csv", "-o", "first.yaml").stdout
    assert as_map(folder, "events.csv", "--stream", "first.yaml")["items"]["finished"] == 3


def test_the_demo_written_as_csv_gives_the_same_lead_times(tmp_path):
    write_csv(demo(), tmp_path / "demo.csv")
    with_stream = json.loads(CliRunner().invoke(vsm, ["demo", "--json"]).stdout)
    document = as_map(tmp_path, "demo.csv")
    assert document["items"]["finished"] == with_stream["items"]["finished"]
    assert document["totals"]["lead_time_s"] == with_stream["totals"]["lead_time_s"]


def test_rejected_rows_are_counted_and_the_rest_is_read(folder):
    with (folder / "events.csv").open("a") as file:
        file.write(
            "C,not a time,To do,ada,Blue\n,2024-01-01T09:00:00Z,To do,ada,Blue\nA,2024-01-01T09:00:00Z,To do,ada,Blue\n"
        )
    document = as_map(folder, "events.csv", "--stream", "vs.yaml")
    assert document["items"]["finished"] == 3
    rejected = [row for row in document["excluded"] if row["reason"].startswith("rejected: ")]
    assert sorted((row["reason"], row["n"]) for row in rejected) == [
        ("rejected: duplicate row", 1),
        ("rejected: item is empty", 1),
        ("rejected: time is unreadable", 1),
    ]


def test_an_item_called_na_is_an_item(folder):
    ran = program(folder, "discover", "events.csv", "--json")
    assert json.loads(ran.stdout)["items"] == 3


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("missing.csv", None, "missing.csv"),
        ("empty.csv", b"", "empty"),
        ("binary.csv", bytes(range(256)) * 40, "binary"),
        ("columns.csv", b"a,b,c\n1,2,3\n", "column"),
        ("dates.csv", b"item,time,state\nA,sometime,x\nB,later,y\n", "sometime"),
        ("zones.csv", b"item,time,state\nA,2024-01-01T09:00:00Z,x\nB,2024-01-01T09:00:00,y\n", "zone"),
        ("cut.csv.gz", gzip.compress(EVENTS.encode() * 50)[:-40], "gz"),
        ("long.csv", b"item,time,state\nA,2024-01-01,x" + b"x" * (17 << 20) + b"\n", "16 MB"),
    ],
)
def test_what_cannot_be_read_is_refused_in_two_lines(folder, name, content, says):
    if content is not None:
        (folder / name).write_bytes(content)
    assert says.lower() in refused(folder, "map", name).lower()


@pytest.mark.parametrize(
    ("yaml", "says"),
    [
        ("streams:\n  a:\n    stags: []\n", "stages"),
        ("streams:\n  a:\n    stages: [{name: X, work: [\n", "yaml"),
        (YAML.replace("[In review]", "[To do]"), "To do"),
        ("", "empty"),
    ],
)
def test_a_stream_file_with_a_typo_is_refused_with_its_place(folder, yaml, says):
    (folder / "bad.yaml").write_text(yaml)
    said = refused(folder, "map", "events.csv", "--stream", "bad.yaml")
    assert says.lower() in said.lower()
    assert "bad.yaml" in said


def test_a_state_that_no_stage_claims_is_named_with_the_nearest_stage(folder):
    (folder / "vs.yaml").write_text(YAML.replace("[In review]", "[Reviewing]"))
    said = refused(folder, "map", "events.csv", "--stream", "vs.yaml")
    assert "'In review' (3 events, first A)" in said
    document = as_map(folder, "events.csv", "--stream", "vs.yaml", "--unmapped", "exclude")
    assert document["excluded"][0] == {"reason": "has a state that no stage claims", "n": 3}


@pytest.mark.parametrize(
    "arguments",
    [
        ["--where", "actor=ada"],
        ["--where", "team=Bleu"],
        ["--since", "yesterday-ish"],
        ["--since", "2024-02-01", "--until", "2024-01-01"],
        ["--zone", "Mars/Olympus"],
        ["--columns", "item=nowhere"],
        ["--svg", "no/such/folder/map.svg"],
        ["--stream", "vs.yaml", "--name", "another"],
    ],
)
def test_impossible_options_are_refused(folder, arguments):
    (folder / "local.csv").write_text(EVENTS.replace("Z,", ","))
    refused(folder, "map", "local.csv", *arguments)


def test_a_broken_pipe_is_no_error(folder):
    command = f"{sys.executable} -m valuestream discover events.csv --json | head -c 20"
    ran = subprocess.run(command, shell=True, cwd=folder, capture_output=True, text=True, check=False)
    assert ran.stderr == ""


@pytest.mark.skipif(os.name == "nt", reason="signals differ on Windows")
@pytest.mark.parametrize("after_s", [0.6, 1.5, 2.5])
def test_ctrl_c_leaves_nothing_half_written(tmp_path, after_s):
    rows = "".join(
        f"K{n},2024-01-{1 + n % 28:02d}T{n % 24:02d}:00:00Z,{s}\n"
        for n in range(150_000)
        for s in ("todo", "dev", "done")
    )
    (tmp_path / "large.csv").write_text("item,time,state\n" + rows)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    command = [sys.executable, "-m", "valuestream", "map", "large.csv", "--svg", "map.svg"]
    environment = {**os.environ, "TMPDIR": str(scratch), "VSM_KERNELS": "plain"}
    child = subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    time.sleep(after_s)
    child.send_signal(signal.SIGINT)
    _, stderr = child.communicate(timeout=60)
    assert child.returncode == 130
    assert "Traceback" not in stderr
    assert "Interrupted" in stderr
    assert not (tmp_path / "map.svg").exists()
    assert list(scratch.iterdir()) == []


def test_help_names_every_command(folder):
    said = program(folder, "--help").stdout
    assert all(name in said for name in ("demo", "discover", "map", "streams"))
