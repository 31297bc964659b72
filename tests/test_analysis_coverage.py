"""What the data can carry, counted by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from test_schemas import wrong
from valuestream import ValueStream


def known(stream: ValueStream, what: str) -> tuple[int, int]:
    row = next(row for row in stream.data_document()["coverage"] if row["what"] == what)
    return row["known"], row["n"]


def test_the_document_keeps_its_schema(stream: ValueStream) -> None:
    """
    A: type=Bug 1, todo 1, dev@ada 2, done 4
    B: todo 20, dev 29
    """
    assert wrong(stream.asking().data_document()) == []


def test_what_is_known_is_counted_against_what_there_is(stream: ValueStream) -> None:
    """
    A: type=Bug 1, todo 1, dev@ada 2, done 4
    B: todo 1, review 2, done 3
    C: done 3
    D: todo 3
    """
    # A, B and C are finished, C without an observed start; only A was ever in a work state
    assert known(stream, "lead_time") == (2, 3)
    assert known(stream, "active_time") == (1, 2)
    assert known(stream, "type") == (1, 4)
    assert known(stream, "team") == (0, 4)
    # visits: Dev of A (ada), Dev and Review of B, Dev of D
    assert known(stream, "people") == (1, 4)


def test_a_fortnight_without_an_event_is_a_gap(stream: ValueStream) -> None:
    """
    A: todo 1, dev 2, done 4
    B: todo 20, dev 21, done 28.5
    """
    # nothing from day 5 to day 19, both included; from 21 to 28 only six days lie between
    assert stream.data_document()["gaps"] == [
        {"since": "2024-01-05T00:00:00Z", "until": "2024-01-20T00:00:00Z", "days": 15}
    ]


def test_visits_of_no_length_are_ties(stream: ValueStream) -> None:
    """
    A: todo 1, review 1, reviewing 2, done 3
    """
    # Dev was entered and left on day 1
    assert stream.data_document()["ties"] == {"visits": 1, "of": 2, "share": 0.5}


def test_an_empty_log_has_nothing_to_cover(look: Callable[..., ValueStream]) -> None:
    """ """
    with look() as stream:
        document = stream.data_document()
    assert {row["n"] for row in document["coverage"]} == {0}
    assert {row["share"] for row in document["coverage"]} == {None}
    assert document["gaps"] == []
    assert document["ties"]["share"] is None


@pytest.mark.parametrize("window", [{"since": "2024-01-02", "until": "2024-01-03"}])
def test_only_what_the_window_touches_counts(window: dict[str, str], look: Callable[..., ValueStream]) -> None:
    """
    A: todo 1, dev 1.5, done 4
    B: todo 5, dev 6, done 7
    """
    with look(**window) as stream:
        assert known(stream, "lead_time") == (1, 1)
