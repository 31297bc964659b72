from __future__ import annotations

import gzip
import inspect
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import SHARED
from event_logs import SKETCH, at, logs, mutated, survives, told, valid_files, xes
from valuestream import sketch
from valuestream.errors import InputError
from valuestream.log.event import NONE, Kind, Log
from valuestream.sources import markup
from valuestream.sources.demo import demo
from valuestream.sources.open import read
from valuestream.sources.sketch import day
from valuestream.sources.source import Reading
from valuestream.sources.xes import read_xes
from valuestream.sources.xes_write import write_xes


@pytest.fixture
def file(tmp_path: Path) -> Callable[..., Log]:
    """The log in an XES file of these bytes."""

    def of(content: bytes, reading: Reading | None = None, name: str = "log.xes") -> Log:
        (tmp_path / name).write_bytes(content)
        return read_xes(tmp_path / name, reading)

    return of


@pytest.fixture
def sketched(request: pytest.FixtureRequest) -> dict:
    """The test's docstring as rows."""
    return told(sketch(inspect.getdoc(request.function) or ""))


def test_a_start_and_its_complete_are_one_interval(file, sketched):
    """
    A: dev(1..3)@ada, test(3..4)@bob
    B: dev(2..)@ada
    """
    events = (
        "A dev start 1 ada",
        "A dev complete 3 ada",
        "A test start 3 bob",
        "A test complete 4 bob",
        "B dev start 2 ada",
    )
    log = file(xes(*events))
    assert told(log) == sketched
    assert "1 activities are started and never completed: they stay open." in log.notes


def test_intervals_of_one_person_are_paired_first_in_first_out(file, sketched):
    """
    A: dev(1..3)@ada, dev(2..4)@bob, dev(2.5..5)@ada
    """
    events = ("A dev start 1 ada", "A dev start 2 bob", "A dev start 2.5 ada")
    ends = ("A dev complete 3 ada", "A dev complete 4 bob", "A dev complete 5 ada")
    assert told(file(xes(*events, *ends))) == sketched


def test_instances_pair_what_the_order_would_not(file, sketched):
    """
    A: dev(1..4)@ada, dev(2..3)@ada
    """
    events = ("A dev start 1 ada one", "A dev start 2 ada two", "A dev complete 3 ada two", "A dev complete 4 ada one")
    assert told(file(xes(*events))) == sketched


def test_what_one_starts_and_another_completes_is_paired_at_last(file):
    log = file(xes("A dev start 1 ada", "A dev complete 3 bob"))
    assert told(log)["A"] == [(day(1), 1, "dev", None, "ada", None, 0), (day(3), 2, "dev", None, "bob", None, 0)]
    assert "1 activities are started by one and completed by another: paired in the order of time." in log.notes


def test_a_complete_without_a_start_is_an_interval_without_length(file, sketched):
    """
    A: dev(1..2)@ada, sign(3..3)@bob
    """
    log = file(xes("A dev start 1 ada", "A dev complete 2 ada", "A sign complete 3 bob"))
    assert told(log) == sketched
    assert "1 activities are completed without a start: intervals without length." in log.notes


def test_a_complete_written_before_its_start_of_the_same_instant_is_one_interval(file, sketched):
    """
    A: dev(1..2), sign(3..3)
    """
    log = file(xes("A dev start 1", "A dev complete 2", "A sign complete 3", "A sign start 3"))
    assert told(log) == sketched
    assert not [note for note in log.notes if "without" in note or "never" in note]


@pytest.mark.parametrize("transition", ["complete", "COMPLETE", "-"])
def test_without_starts_a_completed_activity_is_a_state_entered(file, sketched, transition):
    """
    A: todo 1 by ada, done 2
    """
    log = file(xes(f"A todo {transition} 1 ada", f"A done {transition} 2"))
    assert told(log) == sketched
    assert log.ref is None


def test_from_schedule_to_start_the_item_waits(file, sketched):
    """
    A: dev (scheduled)(1..2), dev(2..3)
    """
    assert told(file(xes("A dev schedule 1", "A dev start 2", "A dev complete 3"))) == sketched


def test_a_suspended_activity_is_two_intervals(file, sketched):
    """
    A: dev(1..2)@ada, dev(4..5)@ada
    B: dev(1..2)@ada
    """
    a = ("A dev start 1 ada", "A dev suspend 2 ada", "A dev resume 4 ada", "A dev complete 5 ada")
    log = file(xes(*a, "B dev start 1 ada", "B dev suspend 2 ada", "B dev complete 3 ada"))
    assert told(log) == sketched


def test_aborted_and_withdrawn_activities_end_there(file, sketched):
    """
    A: dev(1..2)
    B: dev (scheduled)(1..3)
    C: dev(1..4), test(2..4)
    """
    events = (
        "A dev start 1",
        "A dev ate_abort 2",
        "B dev schedule 1",
        "B dev withdraw 3",
        "C dev start 1",
        "C test start 2",
    )
    log = file(xes(*events, "C dev pi_abort 4", "A dev autoskip 5"))
    assert told(log) == sketched
    assert "3 activities are aborted or withdrawn: their intervals end there." in log.notes
    assert "1 activities are skipped: not used." in log.notes


def test_a_transition_outside_the_standard_makes_a_state_of_its_own(file, sketched):
    """
    A: Accepted (queued) 1, Accepted (held) 2
    """
    assert told(file(xes("A Accepted queued 1", "A Accepted held 2"))) == sketched


def test_attributes_of_events_are_kept_where_they_change(file, sketched):
    """
    A: cost=3 1 by ada, todo 1 by ada, dev 2 by ada, cost=4 3 by ada, team=Blue 3 by ada, done 3 by ada
    """
    events = ("A todo - 1 ada cost=3", "A dev - 2 ada cost=3", "A done - 3 ada cost=4 org:group=Blue")
    assert told(file(xes(*events))) == sketched


def test_attributes_of_events_change_in_the_order_of_time_not_of_the_file(file, sketched):
    """
    A: cost=3 1, todo 1, dev 2, cost=4 3, done 3
    """
    assert told(file(xes("A done - 3 cost=4", "A todo - 1 cost=3", "A dev - 2 cost=3"))) == sketched


def test_attributes_of_traces_are_set_at_the_first_event(file, sketched):
    """
    A: type=bug 1, team=Blue 1, amount=7 1, todo 1, done 2
    """
    trace = f"""<trace>
      <string key="concept:name" value="A"/><string key="Issue Type" value="bug"/><string key="org:group" value="Blue"/>
      <int key="amount" value="7"/><float key="weight" value="nan"/>
      <event><string key="concept:name" value="done"/><date key="time:timestamp" value="{at(2)}"/></event>
      <event><string key="concept:name" value="todo"/><date key="time:timestamp" value="{at(1)}"/></event>
      </trace>"""
    assert told(file(xes(traces=trace))) == sketched


def test_an_attribute_created_tells_when_the_item_was_created(file, sketched):
    """
    A: created=created 1, todo 2
    """
    trace = f'<trace><string key="concept:name" value="A"/><date key="created" value="{at(1)}"/>'
    event = (
        f'<event><string key="concept:name" value="todo"/><date key="time:timestamp" value="{at(2)}"/></event></trace>'
    )
    assert told(file(xes(traces=trace + event))) == sketched


def test_too_many_and_too_different_attributes_of_events_are_left_out_and_said(file, monkeypatch):
    monkeypatch.setattr("valuestream.sources.xes_events.MOST_EVENT_FIELDS", 2)
    monkeypatch.setattr("valuestream.sources.xes.MOST_VALUES", 2)
    log = file(xes("A x - 1 a=1 b=1 c=1", "A x - 2 a=2 b=1 c=1", "A x - 3 a=3"))
    assert [row[2:4] for row in told(log)["A"] if row[1] == Kind.SET] == [("1", "b")]
    assert "2 values of further attributes were not kept (at most 40 of events, 1,000 in all)." in log.notes
    assert "Not kept, with more than 2 different values each: a." in log.notes


def test_times_without_a_zone_are_taken_in_the_readings_zone(file):
    trace = '<trace><string key="concept:name" value="A"/>{}</trace>'
    event = '<event><string key="concept:name" value="x"/><date key="time:timestamp" value="{}"/></event>'
    content = xes(
        traces=trace.format(event.format("2024-01-01T01:00:00") + event.format("2024-01-01T02:00:00.000+01:00"))
    )
    log = file(content, Reading(zone="Europe/Berlin"))
    assert log.at.tolist() == [day(1), day(1) + 3_600_000_000]
    assert "1 times name no zone: taken in Europe/Berlin, as was said." in log.notes
    assert file(content).at.tolist() == [day(1) + 3_600_000_000] * 2


def test_traces_of_one_name_are_one_item(file, sketched):
    """
    A: todo 1, done 2
    """
    log = file(xes("A todo - 1", traces=xes("A done - 2").decode().partition("\n")[2][23:].replace("</log>", "")))
    assert told(log) == sketched
    assert "1 traces have the name of another: they are one item." in log.notes


def test_what_is_missing_in_an_event_is_a_reject_with_its_line(file):
    log = file(xes("A todo - 1", "A - - 2", "A bad - 3").replace(at(3).encode(), b"2024-02-30T00:00:00Z"))
    assert [(r.place, r.reason) for r in log.rejects] == [
        ("line 6", "event has no concept:name"),
        ("line 7", "time:timestamp is unreadable"),
    ]
    assert log.rejects[1].body == "2024-02-30T00:00:00Z"
    assert log.line.tolist() == [4]


def test_a_trace_without_a_name_is_a_reject_that_counts_its_events(file):
    log = file(xes("- todo - 1", "- done - 2", "A todo - 1"))
    assert [(r.reason, r.body) for r in log.rejects] == [("trace has no concept:name", "2 events")]
    assert list(told(log)) == ["A"]


def test_prefixed_names_of_elements_are_read(file):
    content = xes("A todo - 1").replace(b"<log", b'<x:log xmlns:x="urn:x"').replace(b"</log", b"</x:log")
    for name in (b"trace", b"event", b"string"):
        content = content.replace(b"<" + name, b"<x:" + name).replace(b"</" + name, b"</x:" + name)
    assert len(file(content)) == 1


BOMB = b'<?xml version="1.0"?>\n<!DOCTYPE log [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>\n<log>&b;</log>'


@pytest.mark.parametrize(
    "content, said",
    [
        (BOMB, "declares a document type (<!DOCTYPE, line 2): refused"),
        (b'<!DOCTYPE log SYSTEM "file:///etc/passwd"><log/>', "declares a document type (<!DOCTYPE, line 1): refused"),
        (b"<log>&x;</log>", "no well-formed XML: undefined entity, line 1"),
        (xes("A todo - 1")[:-20], "no well-formed XML: unclosed token, line 6"),
        (gzip.compress(xes("A todo - 1"), mtime=0)[:-30], "broken gzip"),
        (b"", "no element found, line 1"),
        (b'{"events": []}', "no well-formed XML: not well-formed (invalid token), line 1"),
        (b"<html/>", "is XML of another kind (<html>), no XES log"),
        (b"<log><object-types/></log>", "is an OCEL file, no XES log"),
        (b"<log/>", "holds no event that can be used"),
        (b'<?xml version="1.0" encoding="nonsense"?><log/>', "unknown encoding"),
        (b"<log>" + b"<a>" * 300_000, "nested more than 1000 deep"),
        (xes("A todo - 1 " + " ".join(f"k{n}=1" for n in range(20_000))), "more than 10,000 attributes"),
    ],
)
def test_a_file_that_cannot_be_read_is_an_error_with_a_place(file, content, said):
    with pytest.raises(InputError) as error:
        file(content)
    assert said in error.value.message
    assert error.value.hint


def test_an_entity_that_points_to_a_file_is_never_opened(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("secret")
    path = tmp_path / "log.xes"
    path.write_text(f'<!DOCTYPE log [<!ENTITY s SYSTEM "{secret.as_uri()}">]><log>&s;</log>')
    with pytest.raises(InputError, match="refused"):
        read_xes(path)


def test_an_attribute_of_50_mb_is_cut_and_said(file):
    log = file(xes("A todo - 1 note=x").replace(b'value="x"', b'value="' + b"x" * 50_000_000 + b'"'))
    assert max(map(len, log.words)) == 100_001
    assert "1 words longer than 100,000 characters were cut." in log.notes


def test_markup_without_end_is_refused_before_it_fills_memory(file, monkeypatch):
    monkeypatch.setattr(markup, "MOST_MARKUP_BYTES", 1 << 20)
    with pytest.raises(InputError, match="one piece of markup is longer than 1 MB"):
        file(xes("A todo - 1").replace(b"todo", b"x" * (3 << 20)))


@pytest.mark.parametrize("name", ["log.xes.gz", "log.csv", "log"])
def test_the_content_decides_not_the_name(file, name):
    assert len(file(xes("A todo - 1"), name=name)) == 1
    assert len(file(gzip.compress(xes("A todo - 1")), name=name)) == 1


def test_progress_reaches_the_end(file):
    seen: list[tuple[int, int]] = []
    content = xes("A todo - 1")
    file(content, Reading(progress=lambda done, size: seen.append((done, size))))
    assert seen[-1] == (len(content), len(content))


def test_a_file_by_hand_as_process_mining_tools_write_it():
    log = read_xes(Path(__file__).parent / "fixtures" / "orders.xes")
    assert told(log)["order 1"] == [
        (day(1), 3, "express", "type", None, None, NONE),
        (day(1), 3, "12.5", "price", None, None, NONE),
        (day(1), 1, "bake (scheduled)", None, "front desk", None, 0),
        (day(1.5), 2, "bake (scheduled)", None, "ada", None, 0),
        (day(1.5), 1, "bake", None, "ada", None, 1),
        (day(1.75), 2, "bake", None, "ada", None, 1),
        (day(1.75), 3, "Ovens", "team", "bob", None, NONE),
        (day(1.75), 1, "deliver", None, "bob", None, 2),
        (day(2) + 123_000, 2, "deliver", None, "bob", None, 2),
    ]
    assert told(log)["order 2"][-1][:3] == (day(3), 2, "deliver")
    assert "1 attributes inside other attributes and lists were not read." in log.notes


@pytest.mark.parametrize("name", ["log.xes", "log.xes.gz"])
def test_every_kind_of_event_is_read_back_as_it_was(tmp_path, name):
    log = sketch(SKETCH)
    assert write_xes(log, tmp_path / name) == (len(log), 0)
    assert told(read_xes(tmp_path / name)) == told(log)
    assert [path.name for path in tmp_path.iterdir()] == [name]


@settings(max_examples=150, deadline=None)
@given(log=logs())
def test_any_log_is_read_back_as_it_was(tmp_path_factory, log):
    path = tmp_path_factory.mktemp("xes") / "any.xes"
    write_xes(log, path)
    assert told(read_xes(path)) == told(log)


def test_the_demo_is_read_back_as_it_was(tmp_path):
    log = demo(items=300)
    write_xes(log, tmp_path / "demo.xes")
    back = read_xes(tmp_path / "demo.xes")
    assert told(back) == told(log)
    assert not back.rejects


@pytest.mark.skipif(not (SHARED / "data" / "kronos").is_dir(), reason="the shared data are not here")
@pytest.mark.parametrize("number", [1, 2, 3])
def test_real_intervals_are_read_back_as_they_were(tmp_path, number):
    log = read(SHARED / "data" / "kronos" / f"manual_log_{number}.csv")
    write_xes(log, tmp_path / "kronos.xes")
    assert told(read_xes(tmp_path / "kronos.xes")) == told(log)


@pytest.mark.skipif(not (SHARED / "data" / "kronos").is_dir(), reason="the shared data are not here")
def test_real_intervals_are_the_same_without_our_own_words(tmp_path):
    log = read(SHARED / "data" / "kronos" / "manual_log_3.csv")
    write_xes(log, tmp_path / "kronos.xes")
    lines = (tmp_path / "kronos.xes").read_text().splitlines()
    (tmp_path / "plain.xes").write_text(
        "\n".join(line for line in lines if "vsm:" not in line and "instance" not in line)
    )
    assert told(read_xes(tmp_path / "plain.xes")) == told(log)


def test_what_is_constant_stands_at_the_trace_and_the_rest_at_its_event(tmp_path):
    write_xes(sketch("A: type=bug 1, todo 1, team=Blue 2 by ada, dev 2 by ada"), tmp_path / "log.xes")
    text = (tmp_path / "log.xes").read_text()
    assert '    <string key="type" value="bug"/>\n    <event>' in text
    assert '      <string key="org:group" value="Blue"/>\n    </event>' in text


def test_characters_that_xml_cannot_say_are_replaced_and_counted(tmp_path):
    assert write_xes(sketch("A: to\x01do 1, to\x02do 2"), tmp_path / "log.xes").replaced == 2
    assert [row[2] for row in told(read_xes(tmp_path / "log.xes"))["A"]] == ["to\ufffddo", "to\ufffddo\ufffd"]


def test_a_file_that_cannot_be_written_leaves_the_old_one(tmp_path, monkeypatch):
    path = tmp_path / "log.xes"
    path.write_text("old")
    log = sketch(SKETCH)
    monkeypatch.setattr("valuestream.sources.xes_write._event", lambda guests, row: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write_xes(log, path)
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("log.xes", "old")]
    with pytest.raises(InputError, match="cannot be written"):
        write_xes(log, tmp_path / "nowhere" / "log.xes")


@settings(max_examples=300, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_no_damage_to_a_file_breaks_the_readers(tmp_path_factory, seed):
    folder = tmp_path_factory.getbasetemp()
    rng = random.Random(seed)
    assert "silent" not in survives(mutated(rng.choice(_valid(folder)), rng), folder)


def _valid(folder: Path, made: dict[Path, list[bytes]] = {}) -> list[bytes]:  # noqa: B006 (made once)
    if folder not in made:
        made[folder] = valid_files(folder)
    return made[folder]
