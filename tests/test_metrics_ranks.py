"""Percentiles by group without a sort are those of a sort, and those of the engine, to the last bit."""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from valuestream.metrics.ranks import Ranked, ranked

LONG = 10**15
"""Microseconds of some thirty years."""


def test_the_middle_lies_between_the_two_in_the_middle() -> None:
    """
    group 0: 1 2 4 8
    group 1: 5
    group 2: nothing
    """
    group, number = np.array([0, 0, 1, 0, 0]), np.array([8, 1, 5, 4, 2])
    # 3 and 17/20 of the way from 2 to 8: places 1.5, 2.55 and 2.85 of 0 .. 3
    assert ranked(group, number, 3) == [
        Ranked(4, 3.75, [pytest.approx(3.0), pytest.approx(6.2), pytest.approx(7.4)]),
        Ranked(1, 5.0, [5.0, 5.0, 5.0]),
        Ranked(0, None, None),
    ]


def test_numbers_that_are_all_the_same_are_their_own_percentiles() -> None:
    assert ranked(np.zeros(9, np.int64), np.full(9, 7), 1) == [Ranked(9, 7.0, [7.0, 7.0, 7.0])]


def test_a_unit_counts_in_mean_and_percentiles() -> None:
    found = ranked(np.zeros(3, np.int64), np.array([1, 2, 3], np.int32), 1, unit=1_000_000)
    assert found == [Ranked(3, 2e6, [2e6, pytest.approx(2.7e6), pytest.approx(2.9e6)])]


@given(
    rows=st.lists(
        st.tuples(st.integers(0, 3), st.one_of(st.integers(0, 40), st.integers(-LONG, LONG), st.just(7_200_000_000))),
        max_size=300,
    )
)
def test_they_are_what_the_engine_says(rows: list[tuple[int, int]]) -> None:
    group = np.array([row[0] for row in rows], np.int64)
    number = np.array([row[1] for row in rows], np.int64)
    with duckdb.connect() as con:
        con.register("rows_in", pa.table({"k": group, "x": number}))
        told = con.execute(
            "SELECT k, count(x), avg(x), percentile_cont(ARRAY[0.5, 0.85, 0.95]) WITHIN GROUP (ORDER BY x)"
            " FROM rows_in GROUP BY k"
        ).fetchall()
    engine = {k: Ranked(n, mean, fractions) for k, n, mean, fractions in told}
    nothing = Ranked(0, None, None)
    assert ranked(group, number, 4) == [engine.get(k, nothing) for k in range(4)]
