from __future__ import annotations

import pyarrow as pa
import pytest

from sources_reading import states
from valuestream.errors import InputError
from valuestream.sources.columns import unique_names
from valuestream.sources.shapes import from_table
from valuestream.sources.source import Reading


def one_row(**columns: str) -> pa.Table:
    return pa.table({name: [value] for name, value in columns.items()})


EVENT = {"item": "A", "state": "todo", "time": "2024-01-01"}


@pytest.mark.parametrize("item", ["case", "Case_ID", "case:concept:name", "Issue key", "KEY", "ticket", "number", "id"])
@pytest.mark.parametrize("state", ["Activity", "concept:name", "STATUS", "stage"])
@pytest.mark.parametrize("time", ["time:timestamp", "ts", "Occurred At", "date", "date-time", "at"])
def test_usual_names_are_recognised_whatever_their_case_spaces_and_hyphens(item, state, time):
    log = from_table(one_row(**{item: "A", state: "todo", time: "2024-01-01"}), "t")
    assert states(log) == [("A", "2024-01-01", "todo")]


def test_a_surer_name_wins_over_a_vaguer_one():
    log = from_table(one_row(id="17", key="A", status="todo", date="2024-01-09", timestamp="2024-01-01"), "t")
    assert states(log) == [("A", "2024-01-01", "todo")]


def test_a_missing_column_is_an_error_that_lists_what_is_there_and_what_would_do():
    with pytest.raises(InputError) as caught:
        from_table(one_row(case="A", when="2024-01-01", activity="x"), "t")
    assert caught.value.message == "No column says the time. Columns found: 'case', 'when', 'activity'."
    assert "timestamp" in caught.value.hint
    assert "`--columns time=when`" in caught.value.hint


def test_columns_says_which_column_means_what():
    table = one_row(Vorgang="A", Zustand="todo", Datum="2024-01-01")
    log = from_table(table, "t", Reading(columns={"item": "Vorgang", "state": "zustand", "time": "Datum"}))
    assert states(log) == [("A", "2024-01-01", "todo")]


def test_columns_wins_over_the_usual_name():
    log = from_table(one_row(**EVENT, stage_now="dev"), "t", Reading(columns={"state": "stage_now"}))
    assert states(log) == [("A", "2024-01-01", "dev")]


@pytest.mark.parametrize(
    ("columns", "message", "hint"),
    [
        ({"item": "Ky"}, "--columns item=Ky: there is no such column.", "Columns found: 'item', 'state', 'time'."),
        ({"itme": "item"}, "--columns: nothing is called 'itme'.", "Known: item, state, time"),
    ],
)
def test_columns_that_name_nothing_are_an_error_that_lists_what_there_is(columns, message, hint):
    with pytest.raises(InputError) as caught:
        from_table(one_row(**EVENT), "t", Reading(columns=columns))
    assert caught.value.message == message
    assert caught.value.hint.startswith(hint)


def test_two_names_of_equal_weight_are_an_error_until_one_is_chosen():
    table = one_row(**EVENT, activity="dev")
    with pytest.raises(InputError, match="Which column is the state") as caught:
        from_table(table, "t")
    assert caught.value.hint == "Say which: `--columns state=state`."
    assert states(from_table(table, "t", Reading(columns={"state": "activity"}))) == [("A", "2024-01-01", "dev")]


def test_a_table_of_both_intervals_and_events_is_an_error_until_one_is_chosen():
    table = one_row(**EVENT, start="2024-01-02", end="2024-01-03")
    with pytest.raises(InputError, match="events or intervals"):
        from_table(table, "t")
    assert len(from_table(table, "t", Reading(columns={"time": ""}))) == 2
    assert len(from_table(table, "t", Reading(columns={"start": "", "end": ""}))) == 1
    assert len(from_table(table, "t", Reading(shape="intervals"))) == 2


def test_a_shape_that_was_asked_for_must_have_its_columns():
    with pytest.raises(InputError, match="No column says the start and the end"):
        from_table(one_row(**EVENT), "t", Reading(shape="intervals"))
    with pytest.raises(InputError, match="No column says the two columns of dates"):
        from_table(one_row(**EVENT), "t", Reading(shape="sheet"))
    with pytest.raises(InputError, match="No shape is called 'cube'"):
        from_table(one_row(**EVENT), "t", Reading(shape="cube"))


def test_headers_that_repeat_or_are_empty_get_names_of_their_own():
    names, notes = unique_names(["Key", "Sprint", "", "Sprint", "sprint"])
    assert names == ["Key", "Sprint", "column 3", "Sprint (2)", "sprint (3)"]
    assert notes == ["Columns of the same name were told apart: 'Sprint (2)', 'sprint (3)'."]
