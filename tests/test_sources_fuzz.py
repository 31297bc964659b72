"""Whatever happened to a file: a log, or an error that says what to do."""

from __future__ import annotations

import random
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fuzz_git import git_survives
from readers_fuzz import Reader, one, readers, survives
from sources_reading import states
from valuestream import Reading, read
from valuestream.errors import InputError

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
    assert git_survives(random.Random(seed))[1] in ("log", "rejects", "error")


# What the long runs found, each as small as it goes.


def test_two_columns_of_one_name_in_a_parquet_file_are_told_apart(tmp_path):
    columns = {"key": ["A"], "status": ["todo"], "date": ["2024-01-01"], "other": ["later"]}
    table = pa.table(columns).rename_columns(["key", "status", "date", "status"])
    pq.write_table(table, tmp_path / "log.parquet")
    assert states(read(tmp_path / "log.parquet")) == [("A", "2024-01-01", "todo")]
    log = read(tmp_path / "log.parquet", Reading(columns={"state": "status (2)"}))
    assert states(log) == [("A", "2024-01-01", "later")]


def test_events_that_were_asked_for_need_a_state_where_only_a_start_says_when(tmp_path):
    (tmp_path / "log.csv").write_text("case,what,start\nA,dev,2024-01-01\n")
    with pytest.raises(InputError, match="No column says the state"):
        read(tmp_path / "log.csv", Reading(shape="events"))
