from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa
import pytest

from sources_reading import read, states, table, told
from valuestream.errors import InputError
from valuestream.log.event import Kind
from valuestream.log.order import ordered
from valuestream.sources.shapes import from_table
from valuestream.sources.source import Reading


def test_a_row_of_events_is_a_state_entered_and_who_entered_it():
    """
    Case ID,Activity,Timestamp,Resource
    A,todo,2024-01-01,bob
    A,dev,2024-01-03T12:00,
    """
    log = read(test_a_row_of_events_is_a_state_entered_and_who_entered_it)
    assert told(log) == ["A 2024-01-01 STATE todo by bob", "A 2024-01-03 12:00 STATE dev"]
    assert log.line is not None
    assert log.line.tolist() == [1, 2]
    assert "Read as events: item = Case ID, state = Activity, actor = Resource, time = Timestamp." in log.notes


def test_attributes_are_events_only_where_they_change_and_stand_before_the_state():
    """
    item,state,time,assignee,team,type
    A,todo,2024-01-01,,Blue,bug
    A,dev,2024-01-02,ada,Blue,bug
    A,review,2024-01-03,ada,,bug
    A,done,2024-01-04,,Red,bug
    """
    log = read(test_attributes_are_events_only_where_they_change_and_stand_before_the_state)
    # an empty team says nothing; an empty assignee is nobody
    assert told(log) == [
        "A 2024-01-01 SET type bug",
        "A 2024-01-01 SET team Blue",
        "A 2024-01-01 STATE todo",
        "A 2024-01-02 ASSIGN ada",
        "A 2024-01-02 STATE dev",
        "A 2024-01-03 STATE review",
        "A 2024-01-04 SET team Red",
        "A 2024-01-04 ASSIGN",
        "A 2024-01-04 STATE done",
    ]


def test_an_attribute_changes_in_order_of_time_not_of_rows():
    """
    item,state,time,team
    A,done,2024-01-09,Red
    A,todo,2024-01-01,Blue
    A,dev,2024-01-02,Blue
    """
    log = read(test_an_attribute_changes_in_order_of_time_not_of_rows)
    assert [e for e in told(log) if "SET" in e] == ["A 2024-01-09 SET team Red", "A 2024-01-01 SET team Blue"]


def test_a_release_is_set_at_every_row_that_names_one():
    """
    item,state,time,version
    A,packed,2024-01-01,
    A,done,2024-01-02,1.0
    A,done,2024-01-03,1.0
    """
    sets = [e for e in told(read(test_a_release_is_set_at_every_row_that_names_one)) if "SET" in e]
    assert sets == ["A 2024-01-02 SET release 1.0", "A 2024-01-03 SET release 1.0"]


def test_a_column_created_is_set_once_an_item_and_nobody_s_doing():
    """
    item,state,time,created,user
    A,todo,2024-01-05,2024-01-01,bob
    A,dev,2024-01-06,2024-01-01,bob
    B,todo,2024-01-06,,bob
    """
    log = read(test_a_column_created_is_set_once_an_item_and_nobody_s_doing)
    assert [e for e in told(log) if "SET" in e] == ["A 2024-01-01 SET created created"]


def test_a_row_that_cannot_be_used_is_a_reject_with_its_place_and_text():
    """
    item,state,time
    A,todo,2024-01-01
    ,todo,2024-01-01
    B,,2024-01-01
    C,todo,soon
    D,todo,
    E,done,2024-01-02
    """
    log = read(test_a_row_that_cannot_be_used_is_a_reject_with_its_place_and_text)
    assert [tuple(reject) for reject in log.rejects] == [
        ("row 2", "item is empty", ", todo, 2024-01-01"),
        ("row 3", "state is empty", "B, , 2024-01-01"),
        ("row 4", "time is unreadable", "C, todo, soon"),
        ("row 5", "time is empty", "D, todo, "),
    ]
    assert states(log) == [("A", "2024-01-01", "todo"), ("E", "2024-01-02", "done")]


def test_the_text_of_a_reject_is_cut_at_a_thousand_characters():
    log = from_table(pa.table({"item": ["A", ""], "state": ["todo", "x" * 5000], "time": ["2024-01-01"] * 2}), "t")
    assert len(log.rejects[0].body) == 1000


@pytest.mark.parametrize("key", ["NA", "null", "None", "007", "1e5", "nan", "true"])
def test_a_key_stays_as_it_is_written(key):
    log = from_table(pa.table({"item": [key], "state": [key], "time": ["2024-01-01"]}), "t")
    assert list(log.items) == list(log.words) == [key]


def test_spaces_around_a_word_do_not_make_it_another():
    log = from_table(pa.table({"item": ["A ", " A"], "state": ["dev", "dev "], "time": ["2024-01-01"] * 2}), "t")
    assert (list(log.items), list(log.words), log.item.tolist()) == (["A"], ["dev"], [0, 0])


def test_columns_of_any_type_are_read():
    """Numbers as keys, dictionaries as states, instants with a zone as times."""
    at = pa.array(
        [datetime(2024, 1, 1, 1, tzinfo=UTC), datetime(2024, 1, 2, tzinfo=UTC)], pa.timestamp("ns", "Asia/Tokyo")
    )
    state = pa.array(["todo", None]).dictionary_encode()
    log = from_table(pa.table({"id": pa.array([7, 8]), "state": state, "time": at}), "t")
    assert states(log) == [("7", "2024-01-01 01:00", "todo")]
    assert log.rejects[0].reason == "state is empty"
    assert not any("zone" in note for note in log.notes)


def test_whole_numbers_that_came_as_floats_are_keys_without_a_point():
    log = from_table(pa.table({"id": pa.array([7.0, None]), "state": ["a", "b"], "time": ["2024-01-01"] * 2}), "t")
    assert list(log.items) == ["7"]


def test_an_interval_is_a_start_and_an_end_with_one_reference():
    """
    case,activity,start_time,end_time,resource
    A,dev,2024-01-01,2024-01-03,ada
    A,review,2024-01-04,,bob
    """
    log = read(test_an_interval_is_a_start_and_an_end_with_one_reference)
    assert sorted(told(log)) == [
        "A 2024-01-01 START dev by ada",
        "A 2024-01-03 END dev by ada",
        "A 2024-01-04 START review by bob",
    ]
    assert log.ref is not None
    pairs = {}
    for ref, kind in zip(log.ref.tolist(), log.kind.tolist(), strict=True):
        pairs.setdefault(ref, set()).add(kind)
    assert sorted(map(sorted, pairs.values())) == [[Kind.START], [Kind.START, Kind.END]]
    assert "1 of 2 intervals have no end: they are open." in log.notes


def test_where_one_interval_ends_as_another_starts_the_end_comes_first():
    """
    case,activity,start,end
    A,review,2024-01-03,2024-01-05
    A,glance,2024-01-03,2024-01-03
    A,dev,2024-01-01,2024-01-03
    """
    log = ordered(read(test_where_one_interval_ends_as_another_starts_the_end_comes_first))
    assert told(log) == [
        "A 2024-01-01 START dev",
        "A 2024-01-03 END dev",
        "A 2024-01-03 START review",
        "A 2024-01-03 START glance",
        "A 2024-01-03 END glance",
        "A 2024-01-05 END review",
    ]


def test_an_interval_that_ends_before_it_starts_is_a_reject():
    """
    case,activity,start,end
    A,dev,2024-01-03,2024-01-01
    A,dev,,2024-01-01
    A,dev,2024-01-03,2024-01-04
    """
    log = read(test_an_interval_that_ends_before_it_starts_is_a_reject)
    assert [(r.place, r.reason) for r in log.rejects] == [("row 1", "end is before start"), ("row 2", "start is empty")]
    assert len(log) == 2


def test_rows_with_a_start_and_no_column_of_ends_are_events():
    """
    case,activity,start
    A,dev,2024-01-03
    """
    assert told(read(test_rows_with_a_start_and_no_column_of_ends_are_events)) == ["A 2024-01-03 STATE dev"]


def test_each_field_of_a_change_log_is_an_event_of_its_kind():
    """
    key,field,from,to,time,author
    A,Status,todo,dev,2024-01-03,bob
    A,assignee,,ada,2024-01-03,bob
    A,Flagged,,Impediment,2024-01-04,ada
    A,Flagged,Impediment,,2024-01-05,ada
    A,Issue Type,Task,Bug,2024-01-05,ada
    A,team,Blue,Red,2024-01-06,ada
    A,Sprint,,S1,2024-01-06,ada
    A,assignee,ada,,2024-01-07,bob
    A,blocked,false,true,2024-01-08,bob
    A,blocked,true,false,2024-01-09,bob
    """
    log = read(test_each_field_of_a_change_log_is_an_event_of_its_kind)
    assert told(log) == [
        "A 2024-01-03 STATE dev by bob",
        "A 2024-01-03 ASSIGN ada by bob",
        "A 2024-01-04 BLOCK Impediment by ada",
        "A 2024-01-05 UNBLOCK by ada",
        "A 2024-01-05 SET type Bug by ada",
        "A 2024-01-06 SET team Red by ada",
        "A 2024-01-06 SET Sprint S1 by ada",
        "A 2024-01-07 ASSIGN by bob",
        "A 2024-01-08 BLOCK by bob",
        "A 2024-01-09 UNBLOCK by bob",
    ]
    # nobody's name is among the words of states
    assert "ada" not in list(log.words)


def test_the_state_before_the_first_change_begins_when_the_item_was_created():
    """
    key,field,from,to,time,created
    A,status,dev,done,2024-01-06,2024-01-01
    A,status,todo,dev,2024-01-03,2024-01-01
    """
    log = ordered(read(test_the_state_before_the_first_change_begins_when_the_item_was_created))
    assert told(log) == [
        "A 2024-01-01 SET created created",
        "A 2024-01-01 STATE todo",
        "A 2024-01-03 STATE dev",
        "A 2024-01-06 STATE done",
    ]


def test_a_row_of_the_field_created_tells_when_an_item_began_and_its_author_did_not_set_the_state():
    """
    key,field,from,to,time,author
    A,created,,,2024-01-01,bob
    A,status,todo,dev,2024-01-03,ada
    """
    log = ordered(read(test_a_row_of_the_field_created_tells_when_an_item_began_and_its_author_did_not_set_the_state))
    assert sorted(told(log)) == [
        "A 2024-01-01 SET created created by bob",
        "A 2024-01-01 STATE todo",
        "A 2024-01-03 STATE dev by ada",
    ]


def test_a_state_that_came_from_nothing_is_the_creation():
    """
    key,field,from,to,time
    A,status,,todo,2024-01-01
    """
    log = read(test_a_state_that_came_from_nothing_is_the_creation)
    assert told(log) == ["A 2024-01-01 SET created created", "A 2024-01-01 STATE todo"]


def test_a_beginning_that_nobody_dates_is_left_out_and_counted():
    """
    key,field,from,to,time
    A,status,todo,dev,2024-01-03
    B,status,,todo,2024-01-03
    """
    log = read(test_a_beginning_that_nobody_dates_is_left_out_and_counted)
    assert [s for s in states(log) if s[0] == "A"] == [("A", "2024-01-03", "dev")]
    assert any(note.startswith("1 of 2 items say what they were before") for note in log.notes)


def test_a_sheet_has_a_column_of_dates_a_stage_and_an_empty_cell_is_a_stage_skipped():
    """
    Key,Type,Todo,Dev,Review,Done,Points
    A,bug,01.01.2024,03.01.2024,,06.01.2024,3
    B,story,02.01.2024,-,n/a,,5
    """
    log = read(test_a_sheet_has_a_column_of_dates_a_stage_and_an_empty_cell_is_a_stage_skipped)
    assert told(log) == [
        "A 2024-01-01 SET type bug",
        "A 2024-01-01 SET Points 3",
        "A 2024-01-01 STATE Todo",
        "A 2024-01-03 STATE Dev",
        "A 2024-01-06 STATE Done",
        "B 2024-01-02 SET type story",
        "B 2024-01-02 SET Points 5",
        "B 2024-01-02 STATE Todo",
    ]
    assert "Left aside: Review (empty)." in log.notes
    assert "Read as a sheet: item = Key, type = Type; stages Todo, Dev, Done." in log.notes


def test_stages_of_a_sheet_entered_on_one_day_keep_the_order_of_the_columns():
    """
    Key,Todo,Dev,Done
    A,2024-01-01,2024-01-01,2024-01-01
    """
    log = ordered(read(test_stages_of_a_sheet_entered_on_one_day_keep_the_order_of_the_columns))
    assert [state for _, _, state in states(log)] == ["Todo", "Dev", "Done"]


def test_a_sheet_may_call_its_stages_created_start_and_end():
    """
    Issue,Created,Start,End
    A,2024-01-01,2024-01-02,2024-01-05
    """
    log = read(test_a_sheet_may_call_its_stages_created_start_and_end)
    assert [state for _, _, state in states(log)] == ["Created", "Start", "End"]


def test_numbers_in_a_sheet_are_the_spreadsheet_s_days():
    """
    Key,Todo,Done
    A,45292,45293.5
    """
    log = read(test_numbers_in_a_sheet_are_the_spreadsheet_s_days)
    # 45292 is 2024-01-01 in every spreadsheet since 1900
    assert states(log) == [("A", "2024-01-01", "Todo"), ("A", "2024-01-02 12:00", "Done")]
    assert any("days of a spreadsheet" in note for note in log.notes)


def test_an_item_s_second_row_in_a_sheet_and_a_row_without_dates_are_rejects():
    """
    Key,Todo,Done
    A,2024-01-01,2024-01-02
    B,2024-01-01,2024-01-02
    A,2024-02-01,2024-02-02
    C,,
    D,2024-01-01,soon
    E,2024-01-01,2024-01-02
    F,2024-01-01,2024-01-02
    """
    log = read(test_an_item_s_second_row_in_a_sheet_and_a_row_without_dates_are_rejects)
    assert [(r.place, r.reason) for r in log.rejects] == [
        ("row 3", "item stands in an earlier row"),
        ("row 4", "no stage has a date"),
        ("row 5", "date in 'Done' is unreadable"),
    ]


def test_a_table_of_dates_whose_items_repeat_is_no_sheet():
    days = ["2024-01-01"] * 30
    with pytest.raises(InputError, match=r"Each item stands in 10\.0 rows") as caught:
        from_table(pa.table({"item": ["A", "B", "C"] * 10, "one": days, "two": days}), "t")
    assert "--columns state=NAME" in caught.value.hint


SAME = {
    "events": """
        item,state,time
        A,todo,2024-01-01
        A,dev,2024-01-03
        A,done,2024-01-06
        B,todo,2024-01-02
        B,done,2024-01-04
    """,
    "changes": """
        item,field,from,to,time,created
        A,status,todo,dev,2024-01-03,2024-01-01
        A,status,dev,done,2024-01-06,2024-01-01
        B,status,todo,done,2024-01-04,2024-01-02
    """,
    "sheet": """
        item,todo,dev,done
        A,2024-01-01,2024-01-03,2024-01-06
        B,2024-01-02,,2024-01-04
    """,
}


@pytest.mark.parametrize("shape", SAME)
def test_three_shapes_of_one_log_tell_the_same_states(shape):
    log = from_table(table(SAME[shape]), shape)
    assert states(log) == [
        ("A", "2024-01-01", "todo"),
        ("A", "2024-01-03", "dev"),
        ("A", "2024-01-06", "done"),
        ("B", "2024-01-02", "todo"),
        ("B", "2024-01-04", "done"),
    ]


def test_intervals_of_the_same_log_start_when_its_states_are_entered():
    """
    item,activity,start,end
    A,todo,2024-01-01,2024-01-03
    A,dev,2024-01-03,2024-01-06
    A,done,2024-01-06,2024-01-06
    B,todo,2024-01-02,2024-01-04
    B,done,2024-01-04,2024-01-04
    """
    log = ordered(read(test_intervals_of_the_same_log_start_when_its_states_are_entered))
    starts = [event.replace("START", "STATE") for event in told(log) if "START" in event]
    assert starts == told(ordered(from_table(table(SAME["events"]), "events")))


def test_a_table_without_a_usable_row_is_an_error_that_says_why():
    with pytest.raises(InputError, match=r"holds no event that can be used. The first: row 1: item is empty"):
        from_table(pa.table({"item": [""], "state": ["todo"], "time": ["2024-01-01"]}), "t")


def test_an_unknown_order_of_dates_is_an_error():
    with pytest.raises(InputError, match="'ydm'"):
        from_table(pa.table({"item": ["A"], "state": ["todo"], "time": ["2024-01-01"]}), "t", Reading(date_order="ydm"))
