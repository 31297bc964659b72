from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sources_reading import states
from valuestream.errors import InputError
from valuestream.sources.open import read
from valuestream.sources.source import Reading


def written(path, table: pa.Table, **options: object):
    pq.write_table(table, path, **options)
    return path


def test_parquet_is_read_with_the_types_it_has(tmp_path):
    at = pa.array([datetime(2024, 1, 1, tzinfo=UTC), None, datetime(2024, 1, 2, tzinfo=UTC)], pa.timestamp("us", "UTC"))
    table = pa.table(
        {"key": ["A", "B", "A"], "status": ["todo", "todo", "done"], "date": at, "author": ["bob", None, None]}
    )
    log = read(written(tmp_path / "log.parquet", table))
    assert states(log) == [("A", "2024-01-01", "todo"), ("A", "2024-01-02", "done")]
    assert [tuple(r) for r in log.rejects] == [("row 2", "time is empty", "B, todo, , ")]
    assert log.actor is not None
    assert log.actor.tolist() == [0, -1]
    assert log.line is not None
    assert log.line.tolist() == [1, 3]


@pytest.mark.parametrize("kind", [pa.timestamp("ns"), pa.timestamp("ns", "Asia/Tokyo"), pa.timestamp("s", "UTC")])
def test_a_rejected_row_tells_its_instants_in_any_resolution(tmp_path, kind):
    at = pa.array([datetime(2024, 1, 1, tzinfo=UTC if kind.tz else None)] * 2, kind)
    log = read(written(tmp_path / "log.parquet", pa.table({"key": ["A", None], "status": ["todo"] * 2, "date": at})))
    assert log.rejects[0].body == ", todo, 2024-01-01 00:00:00.000000" + ("Z" if kind.tz else "")


def test_parquet_is_known_by_its_first_bytes(tmp_path):
    table = pa.table({"key": ["A"], "status": ["todo"], "date": ["2024-01-01"]})
    assert len(read(written(tmp_path / "log.dat", table))) == 1


def test_codes_are_the_same_however_the_rows_are_grouped(tmp_path):
    n = 60_000
    table = pa.table(
        {
            "item": [f"I{(k * 7919) % 20_011}" for k in range(n)],
            "state": [("todo", "dev", "done")[k % 3] for k in range(n)],
            "time": pa.array([datetime(2024, 1, 1) + timedelta(seconds=k) for k in range(n)], pa.timestamp("ms")),
            "user": pa.array([None if k % 5 == 0 else f"u{k % 300}" for k in range(n)]).dictionary_encode(),
        }
    )
    whole = read(written(tmp_path / "whole.parquet", table))
    parts = read(written(tmp_path / "parts.parquet", table, row_group_size=1000))
    bare = read(written(tmp_path / "bare.parquet", table, row_group_size=7000, use_dictionary=False))
    for log in (whole, parts, bare):
        assert [log.items[i] for i in log.item[::997]] == table["item"].to_pylist()[::997]
        assert [log.words[i] for i in log.value[::997]] == table["state"].to_pylist()[::997]
        assert [None if i < 0 else log.people[i] for i in log.actor[::997]] == table["user"].to_pylist()[::997]
        assert (len(log.items), len(log.words), len(set(log.items))) == (20_011, 3, 20_011)


def test_only_the_columns_that_matter_are_read(tmp_path):
    """A column of a type that nobody understands does no harm."""
    table = pa.table({"key": ["A"], "status": ["todo"], "date": ["2024-01-01"], "extra": [{"a": [1, 2]}]})
    assert len(read(written(tmp_path / "log.parquet", table))) == 1


def test_a_damaged_file_is_an_error(tmp_path):
    path = written(tmp_path / "log.parquet", pa.table({"key": ["A"] * 1000, "status": ["todo"] * 1000}))
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(InputError, match="is no whole Parquet file"):
        read(path)


def test_parquet_without_rows_is_an_error(tmp_path):
    table = pa.table(
        {"key": pa.array([], pa.string()), "status": pa.array([], pa.string()), "date": pa.array([], pa.string())}
    )
    with pytest.raises(InputError, match="has a header and no rows"):
        read(written(tmp_path / "log.parquet", table))


def test_progress_is_told(tmp_path):
    seen: list[tuple[int, int]] = []
    path = written(tmp_path / "log.parquet", pa.table({"key": ["A"], "status": ["todo"], "date": ["2024-01-01"]}))
    read(path, Reading(progress=lambda done, total: seen.append((done, total))))
    assert seen[-1] == (path.stat().st_size, path.stat().st_size)
