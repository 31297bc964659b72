"""Rows grouped, and the items that stand first among them, over arrays."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from valuestream.analysis.columns import first_of, grouped

ROWS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 5)), max_size=60)


def test_groups_are_the_combinations_that_occur_the_unknown_first() -> None:
    """
    stage: 2 2 0 2
    mode:  1 - 0 1   (-: unknown)
    """
    found = grouped(np.array([2, 2, 0, 2], np.int8), np.array([1, -1, 0, 1], np.int8))
    assert list(found.keys) == [(0, 0), (2, None), (2, 1)]
    assert found.count() == [1, 1, 2]
    assert found.count(np.array([True, True, False, False])) == [0, 1, 1]


def test_no_rows_are_no_groups() -> None:
    assert list(grouped(np.zeros(0, np.int8), np.zeros(0, np.int8)).keys) == []


def test_of_equals_the_item_that_came_into_the_log_earlier_stands_first() -> None:
    """
    item:  7 3 3 9 1 2 4
    waits: 5 2 3 5 5 5 1
    """
    item, wait = np.array([7, 3, 3, 9, 1, 2, 4]), np.array([5, 2, 3, 5, 5, 5, 1])
    assert first_of(item, "max", wait) == {"items": [1, 2, 7, 9, 3], "n": 6}
    assert first_of(item, "sum", wait) == {"items": [1, 2, 3, 7, 9], "n": 6}
    assert first_of(item, "count") == {"items": [3, 1, 2, 4, 7], "n": 6}
    assert first_of(item, "min", wait) == {"items": [4, 3, 1, 2, 7], "n": 6}


@pytest.mark.parametrize("how", ["count", "sum", "max", "min"])
@given(rows=ROWS)
def test_the_first_items_are_those_of_a_sort_of_all(
    how: Literal["count", "sum", "max", "min"], rows: list[tuple[int, int]]
) -> None:
    by_item: dict[int, list[int]] = {}
    for item, number in rows:
        by_item.setdefault(item, []).append(number)
    of: dict[str, Any] = {
        "count": lambda x: -len(x), "sum": lambda x: -sum(x), "max": lambda x: -max(x), "min": min,
    }  # fmt: skip
    order = sorted((of[how](numbers), item) for item, numbers in by_item.items())
    columns = (np.array([row[k] for row in rows], np.int64) for k in (0, 1))
    items, numbers = columns
    assert first_of(items, how, numbers) == {"items": [item for _, item in order[:5]], "n": len(order)}
