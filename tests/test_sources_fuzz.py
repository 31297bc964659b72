"""Whatever happened to a file: a log, or an error that says what to do."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fuzz_git import answer, git_survives
from readers_fuzz import Reader, one, readers, survives
from sources_reading import states
from valuestream import Reading, read, sketch
from valuestream.errors import InputError
from valuestream.sources.git import Told, translated
from valuestream.sources.git_commits import Commit
from valuestream.sources.git_releases import Tag
from valuestream.sources.write import write_events

BEGIN = 1_704_067_200  # 2024-01-01
ONCE = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Reader]:
    return readers(tmp_path_factory.mktemp("valid"))


def test_the_files_are_valid_before_anything_happens_to_them(known, tmp_path):
    for name, reader in known.items():
        for data in reader.files:
            assert survives(data, tmp_path, "log", deep=True) in ("log", "rejects"), name


@given(st.integers(0, 2**32))
@ONCE
def test_a_file_with_something_wrong_is_read_or_refused(known: dict[str, Reader], tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    data, name, reading, deep = one(rng.choice(list(known.values())), tmp_path, rng)
    assert survives(data, tmp_path, name, reading, deep=deep) in ("log", "rejects", "error")


@given(st.integers(0, 2**32))
@ONCE
def test_any_history_that_git_tells_is_a_log_or_refused(seed: int) -> None:
    rng = random.Random(seed)
    assert git_survives(answer(rng), rng) in ("log", "rejects", "error")


# What the long runs found, each as small as it goes.


def test_two_columns_of_one_name_in_a_parquet_file_are_told_apart(tmp_path):
    columns = {"key": ["A"], "status": ["todo"], "date": ["2024-01-01"], "other": ["later"]}
    table = pa.table(columns).rename_columns(["key", "status", "date", "status"])
    pq.write_table(table, tmp_path / "log.parquet")
    assert states(read(tmp_path / "log.parquet")) == [("A", "2024-01-01", "todo")]
    log = read(tmp_path / "log.parquet", Reading(columns={"state": "status (2)"}))
    assert states(log) == [("A", "2024-01-01", "later")]


DAMAGED = """
import sys
from pathlib import Path
from valuestream import read
from valuestream.errors import ValuestreamError

whole, path = Path(sys.argv[1]).read_bytes(), Path(sys.argv[2])
for place in range(len(whole) - 8 - int.from_bytes(whole[-8:-4], "little"), len(whole)):
    for change in (1, 0x10):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ change]) + whole[place + 1 :])
        try:
            read(path)
        except ValuestreamError:
            pass
print("survived")
"""


def test_a_damaged_byte_in_the_metadata_of_a_parquet_file_is_an_error_and_not_the_end_of_the_process(tmp_path):
    write_events(sketch("A: todo 1, dev 2, done 3"), tmp_path / "log.parquet")
    places = [tmp_path / "log.parquet", tmp_path / "damaged.parquet"]
    done = subprocess.run([sys.executable, "-c", DAMAGED, *places], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "survived\n"), done.stderr[-1000:]


def test_events_that_were_asked_for_need_a_state_where_only_a_start_says_when(tmp_path):
    (tmp_path / "log.csv").write_text("case,what,start\nA,dev,2024-01-01\n")
    with pytest.raises(InputError, match="No column says the state"):
        read(tmp_path / "log.csv", Reading(shape="events"))


def test_labels_of_a_trello_card_that_are_no_list_are_none(tmp_path):
    card = {"id": "65920080aaaaaaaaaaaaaaaa", "idShort": 1, "idList": "l", "labels": True}
    board = {"lists": [{"id": "l", "name": "To do"}], "cards": [card], "actions": []}
    (tmp_path / "board.json").write_text(json.dumps(board))
    assert [state for _, _, state in states(read(tmp_path / "board.json"))] == ["To do"]


def test_a_tag_made_late_on_a_commit_whose_date_cannot_be_keeps_its_own_date():
    """
    Commits, oldest first: a, b beside the branch (its date lies before the calendar), m which merges it.
    v1 is made on m, and later v0 on b.
    """
    day = 86_400
    commits = [
        Commit("m", ("a", "b"), BEGIN + 20 * day, BEGIN + 20 * day, title="m"),
        Commit("b", ("a",), BEGIN, -(1 << 62), title="b"),
        Commit("a", (), BEGIN, BEGIN, title="a"),
    ]
    tags = [Tag("v1", "m", BEGIN + 21 * day), Tag("v0", "b", BEGIN + 30 * day)]
    log = translated(Told("x", commits, "m", tags=tags, now=BEGIN + 99 * day))
    assert {at for _, at, state in states(log) if state == "released"} == {"2024-01-22"}
