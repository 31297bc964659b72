"""Out and in again: events, visits and items as files, tables from Python, maps in notebooks."""

from __future__ import annotations

import csv
import inspect
import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import valuestream
from conftest import CHANGES
from event_logs import told as rows
from valuestream import ValueStream, read, sketch
from valuestream.cli.main import vsm
from valuestream.discovering import suggested
from valuestream.errors import InputError, ValuestreamError
from valuestream.people import hidden
from valuestream.sources import write as writing
from valuestream.sources.demo import demo
from valuestream.sources.git import Told, translated
from valuestream.sources.git_commits import Commit
from valuestream.sources.write import write_events, write_table

DAY = 1_704_067_200  # 2024-01-01
ENDINGS = ("csv", "csv.gz", "parquet", "xlsx", "xes", "xes.gz", "sqlite", "json", "xml")

EVERYTHING = """
A: idea 1, type=bug 1, team=Blue 1, title==1+1 1, todo 2, dev@ada 3.5 by bob, +block vendor 4, -block 5, touch@bob 5.5
A: review 6, release=r1 8, done 8
A/pull_request#7: open 5, in_review 5.25 by cy, closed 7
B: todo 1, dev 2, dev 2.000001, review 3, dev 4, review 5, done 6
C: created=created 1, todo 2, dropped 3
-1: dev(3..5)@ada, test(5..6)@bob, dev(7..)@bob
D: todo 3, dev@[bot] 4, done 5, review 6, done 7
"""


def mapped(log: Any) -> dict[str, Any]:
    """The map without what is said of the reading."""
    with ValueStream(log, CHANGES) as stream:
        return {key: value for key, value in stream.map().items() if key != "notes"}


def leaves(part: Any, path: str = "") -> dict[str, Any]:
    """Every value of a document by its place."""
    if isinstance(part, dict | list):
        pairs = part.items() if isinstance(part, dict) else enumerate(part)
        return {place: leaf for key, one in pairs for place, leaf in leaves(one, f"{path}/{key}").items()}
    return {path: part}


def run(*arguments: str | Path, env: dict[str, str] | None = None) -> str:
    """What `vsm` prints."""
    ran = CliRunner().invoke(vsm, [str(argument) for argument in arguments], env=env)
    if ran.exception is not None and not isinstance(ran.exception, SystemExit):
        raise ran.exception
    assert ran.exit_code == 0, ran.output
    return ran.output


@pytest.mark.parametrize("ending", ENDINGS)
def test_events_read_back_are_the_same_events_and_the_same_map(tmp_path, ending):
    log = sketch(EVERYTHING)
    written = write_events(log, tmp_path / f"log.{ending}")
    again = read(tmp_path / f"log.{ending}")
    assert written.rows == len(log)
    assert rows(again) == rows(log)
    assert mapped(again) == mapped(log)
    assert again.rejects == ()


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_demo_goes_out_and_in_by_the_commands_with_the_same_map(tmp_path, ending):
    source, target = tmp_path / "demo.csv", tmp_path / f"out.{ending}"
    run("demo", "--items", "150", "--log", source)
    run("export", "events", source, "--to", target)
    first, second = (json.loads(run("map", path, "--json")) for path in (source, target))
    for document in (first, second):
        del document["notes"], document["stream"]
    assert leaves(first) == pytest.approx(leaves(second))  # people are numbered anew: sums differ in the last digit


def test_all_that_a_log_can_say_survives_a_table(tmp_path):
    log = demo(3, 60)
    for ending in ("parquet", "xlsx"):
        write_events(log, tmp_path / f"log.{ending}")
        assert rows(read(tmp_path / f"log.{ending}")) == rows(log)


@given(words=st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), min_size=1), min_size=1, max_size=5))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_words_survive_a_csv(tmp_path, words):
    log = sketch("A: todo 1")
    log = replace(log, items=[words[0]], words=[words[-1]])
    write_events(log, tmp_path / "log.csv")
    assert rows(read(tmp_path / "log.csv")) == rows(log)


# Formulas


DANGER = ["=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0", "'=1", "#N/A", "plain"]


def test_a_text_that_looks_like_a_formula_is_text_in_a_spreadsheet(tmp_path):
    write_table(pa.table({"=head": DANGER}), tmp_path / "t.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "t.xlsx").active
    cells = [row[0] for row in sheet.iter_rows()]
    assert [cell.value for cell in cells] == ["=head", *DANGER]
    assert {cell.data_type for cell in cells} == {"s"}  # no cell is a formula, or an error
    assert cells[1].quotePrefix  # nor becomes one when somebody edits it


def test_a_text_that_looks_like_a_formula_gets_an_apostrophe_in_csv(tmp_path):
    written = write_table(pa.table({"a": DANGER}), tmp_path / "t.csv")
    with (tmp_path / "t.csv").open(encoding="utf-8", newline="") as file:
        found = [row[0] for row in csv.reader(file)][1:]
    assert found == ["'=1+1", "'+1", "'-1", "'@SUM(A1)", "'=cmd|' /C calc'!A0", "''=1", "#N/A", "plain"]
    assert written.notes == (
        "6 cells begin as formulas do: an apostrophe before them keeps spreadsheets from calculating them.",
    )


@pytest.mark.parametrize("word", ["\n=1+1", "\uff1d1+1", "\uff0b1", "'\uff20x", "'\n-1", "-", "=\ufffd"])
def test_however_a_formula_begins_it_is_kept_from_being_one_and_comes_back(tmp_path, word):
    log = replace(sketch("A: todo 1"), words=[f"{word}."])
    write_events(log, tmp_path / "log.csv")
    with (tmp_path / "log.csv").open(encoding="utf-8", newline="") as file:
        assert next(csv.DictReader(file))["value"] == f"'{word}."
    assert list(read(tmp_path / "log.csv").words) == [f"{word}."]


def test_what_a_sheet_cannot_hold_is_said(tmp_path, monkeypatch):
    written = write_table(pa.table({"a": ["x" * 40_000, "a\x01b"]}), tmp_path / "t.xlsx")
    assert [note.split(" ")[0:2] for note in written.notes] == [["1", "cells"], ["1", "cells"]]
    monkeypatch.setattr(writing, "MOST_SHEET_ROWS", 1)
    with pytest.raises(InputError, match="2 rows do not fit into a sheet"):
        write_table(pa.table({"a": ["x", "y"]}), tmp_path / "t.xlsx")


@pytest.mark.parametrize("name", ["t.txt", "t", "t.xes"])
def test_an_ending_that_says_nothing_is_an_error_that_lists_those_that_do(tmp_path, name):
    with pytest.raises(InputError, match=r"ends in none of \.csv, "):
        write_table(pa.table({"a": [1]}), tmp_path / name)


def test_a_file_is_whole_or_not_there(tmp_path):
    target = tmp_path / "t.parquet"
    target.write_text("before", encoding="utf-8")

    def breaks(part):
        raise InputError("a", "b")
        yield part

    with pytest.raises(InputError):
        writing._write(breaks(None), 1, target, dates=False)
    assert target.read_text(encoding="utf-8") == "before"
    assert [path.name for path in tmp_path.iterdir()] == ["t.parquet"]


# Visits and items


@pytest.fixture
def source(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """The docstring's sketch as a file of events, and the small stream beside it."""
    write_events(sketch(inspect.getdoc(request.function) or ""), tmp_path / "log.csv")
    (tmp_path / "valuestream.yaml").write_text(
        "streams:\n  changes:\n    stages:\n      - {name: Dev, queue: [todo], work: [dev]}\n"
        "      - {name: Review, queue: [review]}\n    done: [done]\n",
        encoding="utf-8",
    )
    return tmp_path / "log.csv"


def exported(what: str, source: Path, *options: str) -> list[dict[str, Any]]:
    target = source.with_name(f"{what}.parquet")
    run("export", what, source, "--to", target, "--stream", source.with_name("valuestream.yaml"), *options)
    return pq.read_table(target).to_pylist()


def test_visits_go_out_in_words(source):
    """
    A: type=bug 1, team=Blue 1, todo 1, dev 2, review 4, done 5
    """
    first, second = exported("visits", source)
    assert (first["item"], first["stage"], first["way"], first["went_to"]) == ("A", "Dev", "forward", "Review")
    assert (first["queue_s"], first["work_s"], first["type"], first["team"]) == (86_400, 2 * 86_400, "bug", "Blue")
    assert first["entered"].isoformat() == "2024-01-01T00:00:00+00:00"
    assert (second["stage"], second["came_from"], second["way"], second["went_to"]) == (
        "Review",
        "Dev",
        "done",
        "(done)",
    )


def test_items_go_out_in_words(source):
    """
    A: todo 1, dev 2, done 5
    B: todo 3
    """
    done, still = exported("items", source)
    assert (done["item"], done["outcome"], done["lead_s"], done["work_s"]) == ("A", "done", 4 * 86_400, 3 * 86_400)
    # open at the log's last event, day 5
    assert (still["outcome"], still["lead_s"], still["finished"], still["age_s"]) == ("open", None, None, 2 * 86_400)


def test_the_window_keeps_what_lies_in_it_in_part(source):
    """
    A: todo 1, dev 2, done 5
    B: todo 3, done 9
    """
    assert [row["item"] for row in exported("items", source, "--since", "2024-01-06")] == ["B"]
    visits = exported("visits", source, "--until", "2024-01-03")
    assert [(row["item"], row["stage"]) for row in visits] == [("A", "Dev")]


def test_filters_are_those_of_the_map(source):
    """
    A: team=Blue 1, todo 1, dev 2, done 5
    B: team=Red 1, todo 3, done 9
    """
    assert [row["item"] for row in exported("items", source, "--where", "team=Red")] == ["B"]
    with pytest.raises(ValuestreamError, match="Items have no stage"):
        exported("items", source, "--where", "stage=Dev")


def test_events_of_items_whose_last_event_lies_in_the_window_go_out(source, tmp_path):
    """
    A: todo 1, dev 2, done 5
    B: todo 3, done 9
    """
    run("export", "events", source, "--to", tmp_path / "out.csv", "--since", "2024-01-06")
    assert list(read(tmp_path / "out.csv").items) == ["B"]


def test_the_source_is_not_overwritten(source):
    """
    A: todo 1, done 2
    """
    with pytest.raises(ValuestreamError, match="it would be lost"):
        run("export", "events", source, "--to", source)
    assert len(read(source)) == 2


# People


def test_people_go_out_as_pseudonyms_unless_names_are_asked_for(source, tmp_path):
    """
    A: reporter=ada 1, todo 1 by ada, dev@bob 2 by dependabot[bot], done 3 by n/a
    """
    target = tmp_path / "out.csv"
    said = run("export", "events", source, "--to", target, env={"VSM_PEOPLE_KEY": ""})
    assert "People are pseudonyms by a key that nobody keeps" in said
    text = target.read_text(encoding="utf-8")
    assert "ada" not in text.replace("dependabot", "")
    assert "bob" not in text
    assert text.count("p-") == 3  # ada twice: an attribute that is her name, too
    assert "dependabot[bot]" in text  # a machine, which is nobody
    run("export", "events", source, "--to", target, "--people", "names")
    assert "bob" in target.read_text(encoding="utf-8")


def test_a_key_makes_pseudonyms_that_last(source, tmp_path):
    """
    A: todo 1 by ada
    """
    people = []
    for key in ("one", "one", "two"):
        run("export", "events", source, "--to", tmp_path / "o.csv", env={"VSM_PEOPLE_KEY": key})
        people += list(read(tmp_path / "o.csv").people)
    assert people[0] == people[1] != people[2]


def test_hiding_names_leaves_states_of_the_same_word_alone():
    log = hidden(sketch("A: reporter=ada 1, ada 2 by ada"), b"key")
    ((_, kind_set, value, *_), (_, kind_state, state, _, actor, *_)) = rows(log)["A"]
    assert (kind_set, kind_state, state) == (3, 0, "ada")
    assert value == actor != "ada"


# Tables from Python

EVENTS = {
    "case": ["A", "A", "B"],
    "activity": ["todo", "done", "todo"],
    "timestamp": ["2024-01-01", "2024-01-03", None],
}


def frames() -> dict[str, Any]:
    import pandas as pd
    import polars as pl

    pandas = pd.DataFrame(EVENTS)
    pandas["timestamp"] = pd.to_datetime(pandas["timestamp"])
    polars = pl.DataFrame(EVENTS).with_columns(pl.col("timestamp").str.to_datetime())
    mixed = pd.DataFrame({**EVENTS, "case": pd.Series([1, "A", None], dtype=object)})
    return {
        "pandas": pandas,
        "pandas, categories": pandas.astype({"activity": "category"}),
        "pandas, index": pandas.set_index("case"),
        "polars": polars,
        "polars, lazy": polars.lazy(),
        "polars, categories": polars.with_columns(pl.col("activity").cast(pl.Categorical)),
        "pandas, index kept as a column": pandas.set_index("case", drop=False),
        "pandas, days": pandas.assign(timestamp=pandas["timestamp"].dt.to_period("D")),
        "duckdb": duckdb.from_arrow(pa.table(EVENTS)),
        "arrow": pa.table(EVENTS),
        "arrow, batch": pa.RecordBatch.from_pydict(EVENTS),
        "mixed": mixed,
    }


@pytest.mark.parametrize("kind", [kind for kind in frames() if kind != "mixed"])
def test_a_table_from_python_is_read_as_a_file_is(kind):
    log = read(frames()[kind])
    assert [(at, kind, value) for at, kind, value, *_ in rows(log)["A"]] == [
        (1_704_067_200_000_000, 0, "todo"),
        (1_704_240_000_000_000, 0, "done"),
    ]
    assert [reject.reason for reject in log.rejects] == ["time is empty"]


def test_times_with_and_without_a_zone_in_one_column_are_an_error_that_shows_both():
    import pandas as pd

    times = [datetime(2024, 1, 1), datetime(2024, 1, 3, tzinfo=UTC), None]
    with pytest.raises(InputError, match="mixes times with a zone"):
        read(pd.DataFrame({**EVENTS, "timestamp": pd.Series(times, dtype=object)}))


def test_a_table_that_its_library_cannot_hand_over_is_an_error():
    import polars as pl

    with pytest.raises(InputError, match="This LazyFrame is no table"):
        read(pl.LazyFrame(EVENTS).select("nothing of that name"))


def test_what_arrow_cannot_say_is_read_as_text():
    assert list(read(frames()["mixed"]).items)[:2] == ["1", "A"]


def test_a_git_log_that_went_through_a_file_has_the_map_that_the_repository_has(tmp_path):
    commits = [Commit("c", ("a", "b"), 9, 9, title="c"), Commit("b", ("a",), 3, 5, title="b"), Commit("a", (), 1, 1)]
    dated = [one._replace(authored=DAY + one.authored, committed=DAY + one.committed) for one in commits]
    log = translated(Told("x", dated, "c", now=DAY + 99))
    write_events(log, tmp_path / "log.csv")
    both = [ValueStream(one, suggested(one)).map() for one in (log, read(tmp_path / "log.csv"))]
    assert [document["stream"] for document in both] == ["commit to merge"] * 2
    assert both[0]["stages"] == both[1]["stages"]


def test_a_table_goes_out_as_it_came_in():
    stream = ValueStream(
        read(pa.table(EVENTS)), valuestream.Stream("s", (valuestream.Stage("S", ("todo",)),), ("done",))
    )
    assert pa.table(stream.items()).num_rows == 1


@pytest.mark.parametrize("nothing", [7, None, [1], {"a": 1}])
def test_what_is_no_table_is_an_error(nothing):
    with pytest.raises(InputError, match="is nothing that can be read"):
        read(nothing)


def test_nothing_is_loaded_that_a_file_does_not_need(tmp_path):
    write_events(sketch("A: todo 1"), tmp_path / "log.csv")
    code = f"import sys, valuestream; valuestream.read({str(tmp_path / 'log.csv')!r}); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    # pyarrow looks for pandas by itself
    assert not {"polars", "openpyxl"} & set(loaded)


# Notebooks


def test_a_stream_draws_itself_in_a_notebook():
    with ValueStream(sketch("A: todo 1, dev 2, done 3"), CHANGES) as stream:
        assert stream._repr_html_().startswith("<svg")


def test_a_map_that_cannot_be_drawn_says_why_in_a_notebook():
    stream = ValueStream(sketch("A: todo 1, <b> 2, done 3"), CHANGES)
    shown = stream._repr_html_()
    assert shown.startswith("<pre>")
    assert "&lt;b&gt;" in shown


# Git


def test_a_clone_is_mapped_with_the_stream_that_fits_it(tmp_path):
    def git(*arguments: str, at: str = "2024-01-01T00:00:00Z") -> None:
        env = {
            "GIT_AUTHOR_DATE": at,
            "GIT_COMMITTER_DATE": at,
            "PATH": os.environ["PATH"],
        }
        who = ("-c", "user.name=ada", "-c", "user.email=ada@x", "-c", "init.defaultBranch=main")
        subprocess.run(["git", *who, "-C", str(tmp_path), *arguments], check=True, env=env, capture_output=True)

    git("init", "--quiet")
    for number, day in enumerate(("01", "02", "03"), 1):
        git("commit", "--quiet", "--allow-empty", "-m", f"Change {number}", at=f"2024-01-{day}T00:00:00Z")
        if number != 2:
            git("tag", f"v{number}")
    document = json.loads(run("map", tmp_path, "--json"))
    assert document["stream"] == "commit to release"
    assert document["items"]["finished"] == 3
    other = json.loads(run("map", tmp_path, "--json", "--releases", "v1", "--branch", "main"))
    assert other["items"]["finished"] == 1


def test_a_folder_that_is_no_repository_is_an_error(tmp_path):
    with pytest.raises(InputError, match="is a folder, and no git repository"):
        read(tmp_path)
    (tmp_path / "valuestream.yaml").touch()
    with pytest.raises(InputError, match="is a workspace, and no file") as wrong:
        read(tmp_path)
    assert f"-w {tmp_path}" in wrong.value.hint
