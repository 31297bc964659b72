"""Columns without a meaning of their own: what one can group by becomes an attribute, the rest is left aside aloud."""

from __future__ import annotations

import pyarrow as pa
import pytest

from command_line import vsm, written
from sources_reading import read, table, told
from valuestream import Stage, Stream, ValueStream
from valuestream.errors import InputError
from valuestream.metrics.question import PERSONS
from valuestream.sources.extras import MOST_FIELDS
from valuestream.sources.person_columns import names_people
from valuestream.sources.shapes import from_table, translate
from valuestream.sources.source import Reading
from valuestream.sources.table import MemoryTable
from valuestream.sources.weighing import MOST_VALUES

DAY_S = 86_400

STREAM = Stream(
    "team",
    (
        Stage("Wish", queue=("wished",)),
        Stage("Build", queue=("todo",), work=("dev",)),
        Stage("Ship", queue=("packed",)),
    ),
    done=("done",),
)


def many(n: int, **columns: object) -> pa.Table:
    """An event list of `n` items of two rows each; a column is the words of its rows."""
    rows = {
        "item": [f"I{k // 2}" for k in range(2 * n)],
        "state": ["todo", "done"] * n,
        "time": ["2024-01-01", "2024-01-02"] * n,
        **columns,
    }
    return pa.table(rows)


def aside(log: object) -> str:
    return next((note for note in log.notes if note.startswith("Left aside: ")), "")  # type: ignore[attr-defined]


def test_a_column_of_no_meaning_is_an_attribute_that_changes_with_its_item_s_rows():
    """
    item,state,time,Sprint,Area
    A,wished,2024-01-01,,North
    A,todo,2024-01-11,S1,North
    A,packed,2024-01-13,,North
    A,done,2024-01-21,,South
    """
    # an empty cell takes the value away; what stays the same is said once
    log = read(test_a_column_of_no_meaning_is_an_attribute_that_changes_with_its_item_s_rows)
    assert [event for event in told(log) if "SET" in event] == [
        "A 2024-01-01 SET Area North",
        "A 2024-01-11 SET sprint S1",
        "A 2024-01-13 SET sprint",
        "A 2024-01-21 SET Area South",
    ]
    assert "Kept as attributes: sprint = Sprint, Area." in log.notes


def test_an_event_list_with_sprints_tells_what_lies_before_in_and_after_them():
    """
    item,state,time,sprint
    A,wished,2024-01-01,
    A,todo,2024-01-11,S1
    A,dev,2024-01-12,S1
    A,packed,2024-01-15,
    A,done,2024-01-31,
    B,wished,2024-01-01,
    B,todo,2024-01-21,S1
    B,dev,2024-01-22,S2
    B,done,2024-01-26,S2
    C,todo,2024-01-02,
    C,done,2024-01-04,
    """
    # A: 10 days before, 4 in, 16 after. B: 20 before, 5 in two sprints, none after. C was in none.
    log = read(test_an_event_list_with_sprints_tells_what_lies_before_in_and_after_them)
    with ValueStream(log, STREAM) as seen:
        sprint = seen.teams_document()["sprint"]
        finished = {group: figure.n for group, figure in seen.metric_by("lead_time", "sprint").items()}
    days = {name: sprint[f"{name}_s"] / DAY_S for name in ("before", "in", "after")}
    assert days == {"before": 30.0, "in": 9.0, "after": 16.0}
    assert sprint["in_share"] == pytest.approx(9 / 55)
    assert (sprint["items"], sprint["without"], sprint["carried_over"]) == (3, 1, 1)
    assert finished == {(None,): 2, ("S2",): 1}  # A was taken out of its sprint before it was done


def test_a_visit_is_grouped_by_the_value_that_it_was_entered_with():
    """
    item,state,time,area
    A,todo,2024-01-01,North
    A,dev,2024-01-03,North
    A,packed,2024-01-04,South
    A,done,2024-01-09,South
    """
    # Build was entered in the North and worked on for a day, Ship in the South
    log = read(test_a_visit_is_grouped_by_the_value_that_it_was_entered_with)
    with ValueStream(log, STREAM) as seen:
        visits = {group: figure.n for group, figure in seen.metric_by("stage_visits", "area", "stage").items()}
        effort = {group: figure.value for group, figure in seen.metric_by("effort", "area").items()}
    assert visits == {("North", "Build"): 1, ("South", "Ship"): 1}
    assert effort[("North",)] == DAY_S


def test_intervals_and_change_logs_have_attributes_too():
    """
    item,activity,start,end,area
    A,dev,2024-01-01,2024-01-02,North
    A,test,2024-01-03,2024-01-04,South
    """
    events = told(read(test_intervals_and_change_logs_have_attributes_too))
    assert [event for event in events if "SET" in event] == [
        "A 2024-01-01 SET area North",
        "A 2024-01-03 SET area South",
    ]
    changes = "item,field,from,to,time,project\nA,status,,todo,2024-01-01,P\nA,status,todo,done,2024-01-02,P"
    assert "A 2024-01-01 SET project P" in told(from_table(table(changes), "t"))


def test_what_the_rows_of_a_change_log_change_is_not_taken_from_a_column():
    """
    item,field,from,to,time,Priority
    A,status,,todo,2024-01-01,high
    A,priority,low,high,2024-01-02,high
    """
    log = read(test_what_the_rows_of_a_change_log_change_is_not_taken_from_a_column)
    assert [event for event in told(log) if "high" in event] == ["A 2024-01-02 SET priority high"]
    assert aside(log) == "Left aside: Priority (its changes are in the rows)."


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (lambda k: f"note {k}: {'so it happened ' * 5}", "free text"),
        (lambda k: f"T-{k}", "another value in each row"),
        (lambda k: f"T-{k // 2}", "nearly as many values as items"),
        (lambda k: f"2024-02-0{k % 9 + 1}", "times"),
        (lambda k: "", "empty"),
        (lambda k: f"p{k % 3}@acme.example", "people"),
        (lambda k: '{"a": 1}', "objects or lists"),
    ],
)
def test_what_is_no_grouping_is_left_aside_and_said(words, why):
    log = from_table(many(20, extra=[words(k) for k in range(40)]), "t")
    assert aside(log) == f"Left aside: extra ({why})."
    assert not log.fields


def test_thousands_of_values_are_no_grouping_and_a_thousand_are_one():
    rows = 4 * MOST_VALUES
    few = from_table(many(rows // 2, area=[f"a{k % MOST_VALUES}" for k in range(rows)]), "t")
    assert few.fields == ["area"]
    much = from_table(many(rows // 2, area=[f"a{k % (MOST_VALUES + 1)}" for k in range(rows)]), "t")
    assert aside(much) == f"Left aside: area (more than {MOST_VALUES:,} different values)."


def test_at_most_so_many_columns_are_attributes():
    log = from_table(many(2, **{f"c{k}": ["x", "y"] * 2 for k in range(MOST_FIELDS + 2)}), "t")
    assert len(log.fields) == MOST_FIELDS
    assert aside(log) == "Left aside: c40 (more than 40 columns), c41 (more than 40 columns)."


@pytest.mark.parametrize(
    "name", ["Who", "Full Name", "lastName", "Handler id", "Team leader", "Erstellt von", "Creado por", "closed_by"]
)
def test_what_people_are_called_in_many_places_names_people(name: str):
    assert names_people(name)


@pytest.mark.parametrize(
    "name", ["Whole", "Name", "Lead time", "By when", "User story", "Front door", "Customer", "staffing"]
)
def test_what_only_sounds_like_people_does_not(name: str):
    assert not names_people(name)


def test_people_are_never_attributes_by_name_or_by_who_acts():
    assert all(names_people(name) for name in PERSONS)
    log = from_table(many(2, user=["ada", "ben"] * 2, met=["ben", "ada"] * 2, Reporter=["cy"] * 4, area=["N"] * 4), "t")
    assert aside(log) == "Left aside: Reporter (people), met (people)."
    assert log.fields == ["area"]
    with pytest.raises(InputError, match="--columns asked=Reporter: that column names people"):
        from_table(many(2, Reporter=["cy"] * 4), "t", Reading(columns={"asked": "Reporter"}))


def test_columns_names_an_attribute_keeps_one_of_many_values_and_leaves_one_aside():
    ids = [f"T-{k}" for k in range(40)]
    log = from_table(
        many(20, Iteration=ids, area=["N"] * 40), "t", Reading(columns={"sprint": "iteration", "area": ""})
    )
    assert log.fields == ["sprint"]
    assert "Kept as attributes: sprint = Iteration." in log.notes
    assert aside(log) == "Left aside: area (as asked)."
    with pytest.raises(InputError, match="nothing is called 'itme'"):
        from_table(many(2), "t", Reading(columns={"itme": "item"}))
    with pytest.raises(InputError, match="nothing is called 'areas'"):
        from_table(many(2, area=["N"] * 4), "t", Reading(columns={"areas": ""}))


def test_a_role_that_is_taken_away_does_not_come_back_as_an_attribute():
    log = from_table(many(2, team=["Blue"] * 4), "t", Reading(columns={"team": ""}))
    assert not log.fields
    assert aside(log) == "Left aside: team (as asked)."


def test_of_a_large_table_what_the_first_rows_show_is_not_read(monkeypatch):
    asked: list[list[str]] = []

    class Spied(MemoryTable):
        about = 10**6

        def batches(self, columns):
            asked.append(list(columns))
            return super().batches(columns)

    rows = 4 * MOST_VALUES
    words = {"note": [f"n{k}" for k in range(rows)], "area": ["N", ""] * (rows // 2), "late": [None] * rows}
    log = translate(Spied(many(rows // 2, **words), "t"), Reading())
    assert asked == [["item", "state", "time", "area", "late"]]
    assert aside(log) == f"Left aside: note (more than {MOST_VALUES:,} different values), late (empty)."


def test_on_the_command_line_a_column_is_left_aside_by_a_name_with_nothing_behind_it(tmp_path, monkeypatch):
    """A and B: dev, done; area N or S, shift day or night."""
    monkeypatch.chdir(tmp_path)
    written(tmp_path, "t.csv", "item,time,state,area,shift\nA,2024-01-01,dev,N,day\nA,2024-01-03,done,N,day\n"
            "B,2024-01-02,dev,S,night\nB,2024-01-05,done,S,night\n")  # fmt: skip
    assert vsm("init").status == 0
    assert "Kept as attributes: area, shift." in vsm("import", "t.csv").out
    again = vsm("import", "t.csv", "--columns", "shift=")
    assert "Kept as attributes: area." in again.out
    assert "Left aside: shift (as asked)." in again.out
    refused = vsm("metrics", "lead_time", "--by", "shift")
    assert (refused.status, "cannot be grouped by 'shift'" in refused.err) == (2, True)
    nothing = vsm("import", "t.csv", "--columns", "=area")
    assert (nothing.status, "'=area' is not of the form name=value" in nothing.err) == (2, True)
