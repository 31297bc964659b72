"""Whatever happened to a file: a log, or an error that says what to do."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from readers_fuzz import NAMES, mutated, survives, valid_files


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    return valid_files(tmp_path_factory.mktemp("valid"))


def test_the_files_are_valid_before_anything_happens_to_them(files, tmp_path):
    assert {survives(data, tmp_path, "log") for data in files} == {"log", "rejects"}


@given(st.integers(0, 2**32), st.sampled_from(NAMES))
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_file_with_something_wrong_is_read_or_refused(
    files: list[bytes], tmp_path: Path, seed: int, name: str
) -> None:
    rng = random.Random(seed)
    assert survives(mutated(rng.choice(files), rng), tmp_path, name) in ("log", "rejects", "error")
