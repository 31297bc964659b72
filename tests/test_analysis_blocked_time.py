"""What finished items were blocked by: the blocked part of the map's waits, by reason; worked by hand."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings

from conftest import CHANGES
from test_flow_laws import histories
from valuestream import ValueStream
from valuestream.analysis import blocked_time
from valuestream.pictures.answers import blocked

D = 86_400.0
approx = pytest.approx


def days(finished: dict[str, Any]) -> dict[str, tuple[float, int]]:
    """Days of all finished items, and items, by reason."""
    return {row["reason"]: (row["seconds"] * finished["of"] / D, row["n"]) for row in finished["reasons"]}


def test_blocked_time_is_told_by_the_reason_of_the_block_or_the_state(look):
    """
    A: dev 1, +block vendor 2, -block 5, done 6
    B: dev 1, +block licence 3, -block 4, stuck 5, dev 7, done 8
    C: dev 1, +block 2, -block 4, review 5, +block vendor 6, -block 7, done 8
    D: dev 1, +block vendor 2
    E: dev 1, done 3
    """
    # D goes on; of A, B, C and E: vendor 3 + 1, stuck 2, no reason 2, licence 1
    with look() as seen:
        document = seen.blockers_document()
        found = document["finished"]
    assert days(found) == {
        "vendor": (approx(4), 2), "no reason given": (approx(2), 1), "stuck": (approx(2), 1), "licence": (approx(1), 1),
    }  # fmt: skip
    assert (found["of"], found["n"], found["looked_at"], found["seconds"]) == (4, 3, 3, approx(9 / 4 * D))
    stages = {one["stage"]: one["seconds"] * 4 / D for one in found["reasons"][0]["stages"]}
    assert stages == {"Dev": approx(3), "Review": approx(1)}
    said = blocked(found)
    assert said is not None
    assert said["told"] == (
        "A finished item was blocked for 2.2 d on average; 44 % of it by “vendor” (2 of 3 blocked items)."
    )


def test_of_several_blocks_at_a_time_the_first_is_the_reason(look):
    """
    A: dev 1, +block vendor 2, +block licence 3, -block 4, -block 6, done 7
    """
    with look() as seen:
        assert days(seen.blockers_document()["finished"]) == {"vendor": (approx(4), 1)}


def test_a_life_after_a_late_reopening_has_its_own_blocks(look):
    """
    A: dev 1, +block vendor 2, -block 3, done 4, dev 30, +block licence 31, -block 33, done 34
    """
    with look() as seen:
        found = seen.blockers_document()["finished"]
    assert days(found) == {"licence": (approx(2), 1), "vendor": (approx(1), 1)}
    assert found["of"] == 2


def test_of_many_items_those_blocked_for_longest_are_looked_at_and_it_is_said(look, monkeypatch):
    """
    A: dev 1, +block vendor 2, -block 5, done 6
    B: dev 1, +block licence 2, -block 3, done 6
    """
    monkeypatch.setattr(blocked_time, "MOST_ITEMS", 1)
    with look() as seen:
        found = seen.blockers_document()["finished"]
    assert days(found) == {"vendor": (approx(3), 1)}
    assert found["seconds"] == approx(2 * D)  # of both
    said = blocked(found)
    assert said is not None
    assert said["told"].endswith("By reason: the 1 blocked for longest.")


def test_nothing_blocked_is_nothing_told(look):
    """
    A: dev 1, done 2
    """
    with look() as seen:
        found = seen.blockers_document()["finished"]
    assert (found["reasons"], found["seconds"], blocked(found)) == ([], 0, None)


@settings(max_examples=60, deadline=None)
@given(histories())
def test_the_reasons_add_up_to_what_the_map_says_is_blocked(text):
    with ValueStream(text, CHANGES) as seen:
        found = seen.blockers_document()["finished"]
        on_map = sum(
            part["seconds"]
            for stage in seen.map()["stages"]
            for part in stage["causes"] or []
            if part["cause"] == "blocked"
        )
    assert sum(row["seconds"] for row in found["reasons"]) == approx(on_map)
    assert sum(one["seconds"] for row in found["reasons"] for one in row["stages"]) == approx(on_map)
