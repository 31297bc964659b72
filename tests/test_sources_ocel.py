from __future__ import annotations

import copy
import gzip
import inspect
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings

from conftest import SHARED
from event_logs import ORDERS, SKETCH, at, logs, told
from valuestream import sketch
from valuestream.errors import InputError, UnknownName
from valuestream.log.event import NONE, Log
from valuestream.sources.demo import demo
from valuestream.sources.ocel import read_ocel
from valuestream.sources.ocel_write import write_ocel
from valuestream.sources.open import read
from valuestream.sources.sketch import day
from valuestream.sources.source import Reading

FORMS = ["log.sqlite", "log.json", "log.xml"]
FIXTURES = Path(__file__).parent / "fixtures"


@pytest.fixture
def orders() -> dict:
    """Two orders, their parcels and a customer: to be changed at will."""
    return copy.deepcopy(ORDERS)


@pytest.fixture
def file(tmp_path: Path) -> Callable[..., Log]:
    """The log in an OCEL file of these bytes, or of this document as JSON."""

    def of(content: bytes | dict, object_type: str | None = None, name: str = "log.json") -> Log:
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        return read_ocel(tmp_path / name, object_type=object_type)

    return of


@pytest.fixture
def sketched(request: pytest.FixtureRequest) -> dict:
    """The test's docstring as rows."""
    return told(sketch(inspect.getdoc(request.function) or ""))


def test_objects_of_one_type_are_items_and_others_their_tracks(file, orders, sketched):
    """
    o1: status=new 1, price=12.5 1, place 1 by ada, status=paid 3, pay 3
    o1/parcel#p1: pack 4, ship 5
    o1/customer#c1: complain 6
    o2: place 2, pay 3
    """
    log = file(orders)
    assert told(log) == sketched
    assert log.notes[0] == (
        "Read as OCEL: the 2 objects of the type 'order' are the items (guessed: the type with the most objects of "
        "several events; --object-type); those of parcel, customer are their tracks."
    )


def test_an_event_of_several_items_stands_in_each_and_is_counted(file, orders):
    notes = file(orders).notes
    assert (
        "1 events are related to several items and stand in each of them (convergence): events are counted once for "
        "each item." in notes
    )


def test_an_event_that_names_no_item_belongs_to_those_its_objects_are_related_to(file, orders):
    # o2 is the customer's order too, o1 is so already: the complaint stands in both
    orders["objects"][1]["relationships"].append({"objectId": "c1", "qualifier": "of"})
    complaint = (day(6), 0, "customer:complain", None, None, "customer#c1", NONE)
    assert [rows[-1] for rows in told(file(orders, "order")).values()] == [complaint, complaint]


def test_objects_related_by_way_of_others_are_tracks_unless_the_way_turns_back(file, orders):
    # o1 has p1, p1 travels in t1: t1 is o1's track. c1 has o1 and o3 of it: o3's own events stay its own
    orders["objects"][2]["relationships"] = [{"objectId": "t1", "qualifier": "in"}]
    orders["objects"].append({"id": "t1", "type": "truck"})
    orders["objects"].append({"id": "c2", "type": "call"})
    orders["objects"][4]["relationships"] = [{"objectId": "c2", "qualifier": ""}]
    orders["events"].append({"id": "e7", "type": "arrive", "time": at(7), "relationships": [{"objectId": "t1"}]})
    assert told(file(orders))["o1"][-1] == (day(7), 0, "truck:arrive", None, None, "truck#t1", NONE)
    assert "truck#t1" not in {row[5] for row in told(file(orders))["o2"]}


def test_an_event_on_several_tracks_of_an_item_stands_on_each(file, orders):
    orders["events"][4]["relationships"].append({"objectId": "p2", "qualifier": ""})
    log = file(orders)
    assert {row[5] for row in told(log)["o1"] if row[2] == "parcel:ship"} == {"parcel#p1", "parcel#p2"}
    assert "1 times an event stands on several tracks of one item (divergence)." in log.notes


def test_what_a_hub_of_very_many_items_does_is_left_out_and_said(file, orders):
    for n in range(101):
        orders["objects"].append(
            {"id": f"x{n}", "type": "order", "relationships": [{"objectId": "c1", "qualifier": ""}]}
        )
        orders["events"].append(
            {"id": f"x{n}", "type": "place", "time": at(1), "relationships": [{"objectId": f"x{n}"}]}
        )
    log = file(orders)
    assert "customer:complain" not in log.words
    assert "1 events are related to more than 100 items, by way of other objects only: not used." in log.notes


def test_another_type_can_be_the_item(file, orders, sketched):
    """
    p1/order#o1: place 1 by ada, pay 3, ship 5
    p1: pack 4
    p2/order#o2: place 2, pay 3
    """
    log = file(orders, "parcel")
    assert told(log) == sketched
    assert "1 events are related to no item: not used." in log.notes


def test_the_type_can_be_named_wherever_a_log_is_read(tmp_path):
    (tmp_path / "log.json").write_text(json.dumps(ORDERS))
    assert list(read(tmp_path / "log.json", Reading(object_type="parcel")).items) == ["p1", "p2"]


def test_an_unknown_type_is_an_error_that_lists_the_known(file, orders):
    with pytest.raises(UnknownName, match="no objects of the type 'invoice'") as error:
        file(orders, "invoice")
    assert error.value.hint == "Types of this log: order, parcel, customer."


def test_attributes_of_an_item_without_events_make_it_no_item(file, orders):
    orders["objects"].append({"id": "o3", "type": "order"})
    log = file(orders)
    assert "o3" not in log.items
    assert "1 objects of that type have no event: they are no items." in log.notes


def test_bad_events_objects_and_relations_are_rejects(file, orders):
    events = orders["events"]
    events += [{"id": "e1", "type": "again", "time": at(1)}, {"id": "e8", "type": "x"}, {"id": "e9", "time": at(1)}, 7]
    events.append({"id": "e10", "type": "x", "time": "2024-13-01", "relationships": [{"objectId": "o1"}]})
    events.append({"id": "e11", "type": "x", "time": at(1), "relationships": [{"objectId": "nobody"}]})
    orders["objects"] += [{"id": "o1", "type": "order"}, {"id": None, "type": "order"}, {"id": "o9"}]
    orders["objects"][0]["attributes"].append({"name": "parts", "value": {"a": 1}})
    log = file(orders)
    assert [(r.place, r.reason) for r in log.rejects] == [
        ("objects[0].attributes", "attribute without a name or with a value of parts"),
        ("objects[5]", "object of an id that was there before"),
        ("objects[6]", "object has no id"),
        ("objects[7]", "object has no type"),
        ("events[6]", "event of an id that was there before"),
        ("events[7]", "event has no time"),
        ("events[8]", "event has no type"),
        ("events[9]", "event is no JSON object"),
        ("events[11]", "relation to an object that is not there"),
        ("event 'e10'", "time is unreadable"),
    ]
    assert told(log) == told(file(ORDERS))


def test_times_without_a_zone_are_taken_in_the_readings_zone(tmp_path, orders):
    for event in orders["events"]:
        event["time"] = event["time"].partition("+")[0]
    (tmp_path / "log.json").write_text(json.dumps(orders))
    log = read_ocel(tmp_path / "log.json", Reading(zone="Europe/Berlin"))
    assert told(log)["o2"][0][0] == day(2) - 3_600_000_000
    assert "6 times name no zone: taken in Europe/Berlin, as was said." in log.notes


@pytest.mark.parametrize(
    "content, said",
    [
        (b"", "is empty"),
        (b"item;state;time\nA;todo;1\n", "neither SQLite nor JSON nor XML"),
        (b'{"events": [', "is no JSON: Expecting value, line 1, column 13"),
        (b'{"events": "\xff"}', "is no text in UTF-8"),
        (b"[" * 100_000, "is nested too deep"),
        (b"[]", "is JSON, but no OCEL"),
        (b'{"rows": [1]}', "is JSON, but no OCEL: it holds 'rows'"),
        (b'{"ocel:events": {}}', "is OCEL 1.0"),
        (b'{"events": [], "objects": []}', "relates no event to an object"),
        (b"<html/>", "is XML of another kind (<html>)"),
        (b"<log><trace/></log>", "is an XES log"),
        (b"<!DOCTYPE log []><log/>", "declares a document type"),
        (b"<log><objects>", "no well-formed XML: no element found"),
        (b"<log>" + b"<a>" * 300_000, "nested more than 1000 deep"),
        (b"SQLite format 3\x00" + b"\xff" * 5000, "cannot be read as an SQLite database"),
        (gzip.compress(b'{"events": []}', mtime=0)[:-4], "broken gzip"),
    ],
)
def test_a_file_that_cannot_be_read_is_an_error(file, content, said):
    with pytest.raises(InputError) as error:
        file(content)
    assert said in error.value.message
    assert error.value.hint


def test_a_missing_file_is_an_error(tmp_path):
    with pytest.raises(InputError, match="There is no file"):
        read_ocel(tmp_path / "nothing.sqlite")


@pytest.mark.parametrize(
    "statements, said",
    [
        ("CREATE TABLE notes (x)", "there is no table 'event'"),
        ("CREATE VIEW event AS SELECT 1 AS ocel_id, 2 AS ocel_type", "there is no table 'event'"),
        ("CREATE TABLE event (ocel_id)", "the table 'event' has no column 'ocel_type'"),
        ("UPDATE", "there is no table 'event_x; DROP TABLE event', which event_map_type names"),
        ("DROP TABLE object_item", "there is no table 'object_item'"),
    ],
)
def test_a_database_that_is_no_ocel_is_an_error(tmp_path, statements, said):
    path = tmp_path / "log.sqlite"
    if statements.startswith(("UPDATE", "DROP")):
        write_ocel(sketch(SKETCH), path)
    if statements == "UPDATE":
        statements = "UPDATE event_map_type SET ocel_type_map = 'x; DROP TABLE event'"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(statements)
    with pytest.raises(InputError) as error:
        read_ocel(path)
    assert said in error.value.message


def test_a_database_is_not_written_to(tmp_path):
    path = tmp_path / "log.sqlite"
    write_ocel(sketch(SKETCH), path)
    before = path.read_bytes()
    path.chmod(0o444)
    read_ocel(path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["log.sqlite"]


def test_the_content_decides_not_the_ending(tmp_path):
    write_ocel(sketch(SKETCH), tmp_path / "log.sqlite")
    (tmp_path / "log.sqlite").rename(tmp_path / "log.json")
    log = read_ocel(tmp_path / "log.json")
    assert told(log) == told(sketch(SKETCH))
    assert log.notes[-1] == "Read as SQLite, which it is, whatever its ending says."


@pytest.mark.parametrize("name", ["orders.jsonocel", "orders.xmlocel"])
def test_files_by_hand_as_the_standard_writes_them(name):
    assert told(read_ocel(FIXTURES / name)) == told(
        sketch(
            """
            o1: status=new 1, place 1 by ada, status=paid 3, pay 3 by bob
            o1/parcel#p1: pack 4, ship 5
            o2: status=new 2, place 2 by ada
            """
        )
    )


def test_a_database_by_hand_as_the_standard_lays_it_out(tmp_path):
    path = tmp_path / "orders.sqlite"
    with closing(sqlite3.connect(path)) as database:
        database.executescript((FIXTURES / "orders.ocel.sql").read_text())
    assert told(read_ocel(path)) == told(read_ocel(FIXTURES / "orders.jsonocel"))


@pytest.mark.parametrize("name", FORMS)
def test_every_kind_of_event_is_read_back_as_it_was(tmp_path, name):
    log = sketch(SKETCH)
    assert write_ocel(log, tmp_path / name) == (len(log), 0)
    assert told(read_ocel(tmp_path / name)) == told(log)
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", FORMS)
@settings(max_examples=60, deadline=None)
@given(log=logs())
def test_any_log_is_read_back_as_it_was(tmp_path_factory, name, log):
    path = tmp_path_factory.mktemp("ocel") / name
    write_ocel(log, path)
    assert told(read_ocel(path)) == told(log)


@pytest.mark.parametrize("name", FORMS)
def test_the_demo_is_read_back_as_it_was(tmp_path, name):
    log = demo(items=150)
    write_ocel(log, tmp_path / name)
    back = read_ocel(tmp_path / name)
    assert told(back) == told(log)
    assert not back.rejects


@pytest.mark.skipif(not (SHARED / "data" / "kronos").is_dir(), reason="the shared data are not here")
@pytest.mark.parametrize("name", FORMS)
def test_real_intervals_are_read_back_as_they_were(tmp_path, name):
    for number in (1, 2, 3):
        log = read(SHARED / "data" / "kronos" / f"manual_log_{number}.csv")
        write_ocel(log, tmp_path / name)
        assert told(read_ocel(tmp_path / name)) == told(log)


def test_attributes_stand_at_the_object_for_every_other_tool(tmp_path):
    write_ocel(sketch("A: type=bug 1, todo 1, team=Blue 2 by ada, dev 2 by ada"), tmp_path / "log.json")
    document = json.loads((tmp_path / "log.json").read_text())
    assert [(a["name"], a["time"][:10], a["value"]) for a in document["objects"][0]["attributes"]] == [
        ("vsm:item", "1970-01-01", "A"),
        ("type", "1970-01-01", "bug"),
        ("team", "2024-01-02", "Blue"),
    ]


def test_a_track_of_several_items_is_one_object(tmp_path):
    write_ocel(sketch("A/pr#7: open 1\nB/pr#7: open 1"), tmp_path / "log.json")
    document = json.loads((tmp_path / "log.json").read_text())
    assert [(o["id"], o["type"], len(o["relationships"])) for o in document["objects"]] == [
        ("A", "item", 1),
        ("B", "item", 1),
        ("pr#7", "pr", 0),
    ]


def test_an_ending_that_names_no_form_is_an_error(tmp_path):
    with pytest.raises(InputError, match=r"ends in none of \.sqlite, \.json"):
        write_ocel(sketch(SKETCH), tmp_path / "log.ocel")
