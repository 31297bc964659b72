"""The tables of a log in memory: names, keys, fields over time, and other questions asked of the same tables."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conftest import days
from valuestream import ValueStream
from valuestream.errors import PersonField, UnknownName

Look = Callable[..., ValueStream]


def test_another_window_is_asked_of_the_same_tables(stream: ValueStream) -> None:
    """
    A: dev 1, done 3
    B: dev 2, done 9
    """
    early = stream.asking(until="2024-01-05")
    # A alone is finished before the fifth day: 2 days; with B, (2 + 7) / 2
    assert early.spread("lead_time").mean == 2 * 86_400
    assert stream.spread("lead_time").mean == 4.5 * 86_400
    assert early.tables is stream.tables
    early.close()
    assert stream.metric("throughput").n >= 0  # what only asks does not close


def test_a_filter_by_a_field_takes_the_items_last_value(look: Look) -> None:
    """
    A: type=bug 1, dev 1, done 3
    B: component=ui 1, dev 1, component=db 2, done 5
    C: component=ui 1, dev 1, done 9
    """
    with look() as stream:
        only = stream.asking(where={"component": "ui"})
        assert only.spread("lead_time").mean == 8 * 86_400
        with pytest.raises(UnknownName, match="component 'uy'"):
            _ = stream.asking(where={"component": "uy"}).ask
        with pytest.raises(UnknownName, match="no field 'colour'"):
            _ = stream.asking(where={"colour": "red"}).ask
        with pytest.raises(PersonField):
            stream.asking(where={"Assignee": "ada"})


def test_what_a_field_was_when_stands_in_the_attributes(look: Look) -> None:
    """
    A: component=ui 1, dev 1, component=db 2, done 5
    """
    with look() as stream:
        field = stream.tables.field("component")
        found = stream.tables.ask("SELECT item, value, since, until FROM attributes WHERE field = ?", [field])
        words = stream.tables.words
        told = [(stream.tables.key(i), words[v], days(since), days(until)) for i, v, since, until in sorted(found)]
        assert sorted(told) == [("A", "db", "2", ""), ("A", "ui", "1", "2")]


def test_a_life_after_a_late_reopening_has_the_fields_of_its_item(look: Look) -> None:
    """
    A: component=ui 1, dev 1, done 3, dev 30, done 31
    """
    with look() as stream:
        stream.tables.field("component")
        again = stream.tables.item("A#2")
        assert stream.tables.ask("SELECT count(*) FROM attributes WHERE item = ?", [again]) == [(1,)]
        assert len(stream.tables.history(again)) == len(stream.tables.history(stream.tables.item("A"))) == 5


def test_an_unknown_key_names_near_ones(stream: ValueStream) -> None:
    """
    A-1: dev 1, done 3
    A-2: dev 2
    """
    assert stream.tables.keys([stream.tables.item("A-2")]) == ["A-2"]
    with pytest.raises(UnknownName, match="No item 'A-3'"):
        stream.tables.item("A-3")
