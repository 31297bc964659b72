"""JSON lines and lists: the four shapes, objects inside, bad lines."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from sources_reading import states, told
from valuestream import Reading, read
from valuestream.errors import InputError
from valuestream.sources import plain

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Text or bytes as a file; .gz is packed."""

    def save(content: str | bytes, name: str = "log.jsonl") -> Path:
        data = content if isinstance(content, bytes) else content.encode()
        (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return tmp_path / name

    return save


EVENTS = [
    {"key": "A", "status": "todo", "at": "2024-01-01"},
    {"key": "A", "status": "done", "at": "2024-01-03"},
]
READ = [("A", "2024-01-01", "todo"), ("A", "2024-01-03", "done")]


def lines(entries: list) -> str:
    return "".join(f"{json.dumps(entry)}\n" for entry in entries)


@pytest.mark.parametrize("name", ["log.jsonl", "log.ndjson", "log.json", "log.txt", "log.csv", "log.jsonl.gz"])
def test_lines_are_known_by_what_they_hold(write, name):
    assert states(read(write(lines(EVENTS), name))) == READ


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(EVENTS),
        json.dumps(EVENTS, indent=2),
        json.dumps({"total": 2, "rows": EVENTS}),
        "".join(json.dumps(entry, indent=2) for entry in EVENTS),
        json.dumps([[EVENTS[0]], [EVENTS[1]]]),
        "\ufeff" + json.dumps(EVENTS),
    ],
    ids=["list", "indented", "list in an object", "one after the other", "pages", "byte order mark"],
)
def test_a_list_of_objects_is_read_as_lines_are(write, text):
    assert states(read(write(text, "log.json"))) == READ


def test_one_object_is_a_log_of_one_event(write):
    assert states(read(write(lines(EVENTS[:1])))) == READ[:1]


@pytest.mark.parametrize(
    "entries, expected",
    [
        ([{"item": "A", "activity": "dev", "start": "2024-01-01", "end": "2024-01-03"}], ["START dev", "END dev"]),
        (
            [{"key": "A", "field": "team", "from": None, "to": "Blue", "time": "2024-01-01"}],
            ["SET team Blue"],
        ),
        ([{"key": "A", "todo": "2024-01-01", "done": "2024-01-02"}], ["STATE todo", "STATE done"]),
    ],
    ids=["intervals", "changes", "sheet"],
)
def test_every_shape_is_read(write, entries, expected):
    found = [event.split(" ", 2)[2] for event in told(read(write(lines(entries))))]
    assert sorted(found) == sorted(expected)


def test_objects_inside_are_taken_apart_one_level_deep(write):
    entry = {"key": "A", "fields": {"status": "todo", "labels": ["x", "y"], "deep": {"er": 1}}, "at": "2024-01-01"}
    log = read(write(lines([entry])), Reading(columns={"state": "fields.status", "type": "fields.labels"}))
    assert told(log) == ["A 2024-01-01 SET type x, y", "A 2024-01-01 STATE todo"]


def test_numbers_and_words_keep_their_look(write):
    text = '{"key": 7.10, "status": true, "at": 1704067200}\n{"key": "007", "status": "NA", "at": 1704153600}\n'
    assert states(read(write(text))) == [("007", "2024-01-02", "NA"), ("7.10", "2024-01-01", "true")]


def test_bad_lines_are_rejects_with_their_numbers(write):
    text = lines(EVENTS[:1]) + "\n{bad\n[1]\n" + lines(EVENTS[1:]) + '{"key": "B", "status": "todo"}\n'
    log = read(write(text))
    assert states(log) == READ
    assert [(reject.place, reject.reason) for reject in log.rejects] == [
        ("line 3", "is no JSON: Expecting property name enclosed in double quotes"),
        ("line 4", "is no JSON object"),
        ("line 6", "time is empty"),
    ]


def test_entries_of_a_list_that_are_no_objects_are_rejects(write):
    [reject] = read(write(json.dumps([EVENTS[0], 7, EVENTS[1]]), "log.json")).rejects
    assert reject == ("entry 2", "is no JSON object", "7")


@pytest.mark.parametrize(
    "name, text, message",
    [
        ("log.jsonl", "{bad\n{worse\n", r"holds no line that is a JSON object. The first: line 1: is no JSON"),
        ("log.jsonl", '{"key": "A", "status"', "holds no line that is a JSON object"),
        ("log.json", '[{"key": "A"}, {"key"', "is no JSON: .*, line 1, column 22"),
        ("log.json", "[]", "is JSON with no object that says something"),
        ("log.json", "[" * 100_000, "is nested too deep|is no JSON"),
        ("log.json", '{"a": ' * 100_000, "is nested too deep|is no JSON"),
        ("log.json", json.dumps({"issues": [{"key": "A", "fields": {}}]}), "is a reply of Jira's REST interface"),
        ("log.json", '{"ocel:events": {}, "ocel:objects": {}}', "is OCEL 1.0"),
    ],
)
def test_what_is_no_log_is_an_error(write, name, text, message):
    with pytest.raises(InputError, match=message) as caught:
        read(write(text, name))
    assert caught.value.hint


def test_a_line_that_never_ends_is_an_error(write, monkeypatch):
    monkeypatch.setattr(plain, "LONGEST_LINE", 2 << 20)
    with pytest.raises(InputError, match=r"Line 2 of .* is longer"):
        read(write(lines(EVENTS[:1]) + '{"key": "' + "x" * (4 << 20)))


def test_half_a_surrogate_pair_is_no_reason_to_break(write):
    [event] = told(read(write('{"key": "A\\ud800", "status": "todo", "at": "2024-01-01"}\n')))
    assert event == "A? 2024-01-01 STATE todo"


def test_keys_called_as_those_of_ocel_do_not_make_a_log_one(tmp_path):
    rows = [{"item": "A", "time": "2024-01-01", "state": "todo", "events": 3, "objects": "x"}] * 2
    (tmp_path / "log.jsonl").write_text("\n".join(map(json.dumps, rows)))
    assert [state for _, _, state in states(read(tmp_path / "log.jsonl"))] == ["todo", "todo"]
