"""What `valuestream.yaml` may say, and how it says no: file, line, column, the value and a way out."""

from __future__ import annotations

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from valuestream.config import json_schema, load, one_stream, setting
from valuestream.errors import ConfigError, UnknownName, ValuestreamError
from valuestream.stream import DAY_US, Stage

FULL = """\
zone: Europe/Berlin
people: names
teams: {Blue: [ada, "*@blue.example"]}
streams:
  ticket to resolution:
    charter: {customer: Employees, trigger: A ticket is raised, owner: Head of Service, demand: 480 per week}
    items: {type: [Incident]}
    flow_items: {defect: [Bug], feature: Story}
    before: [Draft]
    stages:
      - {name: Triage,   queue: [New], work: [Assigned]}
      - {name: Diagnose, queue: [Ready], work: [Active], blocked: Held, team: Support}
      - {name: Customer, external: [Awaiting User Info]}
      - {name: Sign-off, declared: {process: 15 min, wait: [1 d, 2 d, 5 d], ca: 95 %, n: 6, by: release manager,
         date: 2026-10-01}, why: audit of 2023, regulation: none, review_on: 2027-01-01}
    done: [Resolved]
    cancelled: [Cancelled]
    ignore: [Closed]
    reopen_within: 2 weeks
    required: pull_request
    targets: {Incident: 85 % within 10 d}
    calendar: {hours: "Mon-Fri 09:00-17:00", holidays: DE, closed: [2026-12-24]}
    service_accounts: [sync]
"""

SMALL = """\
streams:
  work:
    stages:
      - {name: Build, queue: [Ready], work: [Doing]}
    done: [Done]
"""


@pytest.fixture
def write(tmp_path):
    def to_file(text):
        path = tmp_path / "valuestream.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return to_file


@pytest.fixture
def refusal(write):
    """Message (from the file's name on) and hint of the error that a text causes."""

    def of(text):
        with pytest.raises(ConfigError) as caught:
            load(write(text))
        message, hint = caught.value.message, caught.value.hint
        return message[message.index("valuestream.yaml") :], hint

    return of


def test_a_file_with_everything_becomes_the_stream_it_describes(write):
    config = load(write(FULL))
    stream = config.stream()
    assert (config.people, config.zone, config.teams) == ("names", "Europe/Berlin", {"Blue": ("ada", "*@blue.example")})
    assert [stage.name for stage in stream.stages] == ["Triage", "Diagnose", "Customer", "Sign-off"]
    assert stream.stages[1] == Stage("Diagnose", ("Ready",), ("Active",), ("Held",), team="Support")
    assert stream.stages[2].is_external
    signoff = stream.stages[3]
    assert signoff.declared.process_s == (900, 900, 900)
    assert signoff.declared.wait_s == (86_400, 172_800, 432_000)
    assert signoff.declared.complete_and_accurate == pytest.approx(0.95)
    assert (signoff.declared.n, signoff.declared.by, signoff.declared.date) == (6, "release manager", "2026-10-01")
    assert (signoff.why, signoff.regulation, signoff.review_on) == ("audit of 2023", "none", "2027-01-01")
    assert (stream.before, stream.done, stream.cancelled, stream.ignore) == (
        ("Draft",), ("Resolved",), ("Cancelled",), ("Closed",),
    )  # fmt: skip
    assert stream.reopen_within_us == 14 * DAY_US
    assert stream.required == ("pull_request",)
    assert stream.items == {"type": ("Incident",)}
    assert stream.flow_items == {"feature": ("Story",), "defect": ("Bug",)}
    assert stream.targets == {"Incident": "85 % within 10 d"}
    assert stream.charter.demand == "480 per week"
    assert stream.calendar.hours[:1] == (((540, 1020),),)
    assert stream.calendar.zone == "Europe/Berlin"  # the file's, as the calendar names none
    assert (stream.calendar.holidays, stream.calendar.closed) == ("DE", ("2026-12-24",))
    assert stream.service_accounts == ("sync",)
    assert stream.teams == {"Blue": ("ada", "*@blue.example")}
    assert not stream.guessed


def test_what_is_not_said_has_the_streams_defaults(write):
    stream = one_stream(write(SMALL))
    assert stream.reopen_within_us == 30 * DAY_US
    assert (stream.calendar.zone, stream.calendar.hours, stream.ignore, stream.targets) == ("UTC", (), (), {})


def test_states_are_the_text_as_written(write):
    """YAML would read a truth, a number, a date and nothing."""
    states = "[Yes, no, 007, 1.50, 2026-10-01, null, ~, 0x1F, 'a: b', '#1']"
    expected = ("Yes", "no", "007", "1.50", "2026-10-01", "null", "~", "0x1F", "a: b", "#1")
    assert one_stream(write(SMALL.replace("[Done]", states))).done == expected


def test_one_word_stands_for_a_list_of_one(write):
    assert one_stream(write(SMALL.replace("[Done]", "Yes"))).done == ("Yes",)


def test_a_key_without_a_value_is_as_if_it_were_not_there(write):
    text = SMALL.replace("done: [Done]", "done:\n    cancelled:\n    charter:\n    reopen_within:")
    stream = one_stream(write(text))
    assert (stream.done, stream.cancelled, stream.charter.customer) == ((), (), None)


def test_null_is_no_team(write):
    assert one_stream(write(SMALL.replace("work: [Doing]", "work: [Doing], team: null"))).stages[0].team is None


def test_a_byte_order_mark_is_no_part_of_the_first_key(write):
    assert one_stream(write(b"\xef\xbb\xbf" + SMALL.encode())).name == "work"


def test_a_stream_is_found_by_name_and_a_wrong_name_lists_the_known(write):
    two = SMALL + SMALL.removeprefix("streams:\n").replace("work:\n", "support:\n", 1)
    path = write(two)
    assert one_stream(path, "support").name == "support"
    with pytest.raises(UnknownName, match=r"No stream 'suport'.*\n.*Did you mean 'support'\? Known: work, support"):
        one_stream(path, "suport")
    with pytest.raises(UnknownName, match=r"2 streams and none was named.\nKnown: work, support"):
        one_stream(path)


@pytest.mark.parametrize(
    ("change", "message", "hint"),
    [
        (("stages:", "stags:"),
         "valuestream.yaml:3:5: Unknown key 'stags' in stream 'work'.", "Did you mean 'stages'?"),
        (("queue:", "que:"), "valuestream.yaml:4:23: Unknown key 'que' in step 1 of stream 'work'.", "'queue'"),
        (("streams:", "stream:"), "valuestream.yaml:1:1: Unknown key 'stream'.", "Did you mean 'streams'?"),
        (("    done:", "    done: [Gone]\n    done:"),
         "valuestream.yaml:6:5: The key 'done' stands here a second time (first in line 5).", "Keep one"),
        (("[Done]", "[Doing]"),
         "valuestream.yaml:5:12: The state 'Doing' is claimed twice: by work of 'Build' (line 4) and by `done`.",
         "one of them"),
        (("[Ready]", "[Ready, Ready]"),
         "valuestream.yaml:4:38: The state 'Ready' is claimed twice: by queue of 'Build' (line 4) and by queue of "
         "'Build'.", "one of them"),
        ((", queue: [Ready], work: [Doing]", ""), "valuestream.yaml:4:16: The step 'Build' has no states.", "declared"),
        (("{name: Build, ", "{"), "valuestream.yaml:4:9: 'name' is missing in step 1 of stream 'work'.", "name"),
        (("name: Build", "name: (done)"), "valuestream.yaml:4:16: '(done)' is a name the map itself uses.", "own"),
        (("- {name: Build, queue: [Ready], work: [Doing]}", "- Build"),
         "valuestream.yaml:4:9: 'stages' wants keys with values, not 'Build'.", "name: Build"),
        (("done: [Done]", "reopen_within: 30"), "valuestream.yaml:5:20: '30' is no duration", "15 min, 4 h, 1 d"),
        (("done: [Done]", "reopen_within: [1 d]"), "valuestream.yaml:5:20: One value is wanted here", "colon"),
        (("work: [Doing]", "declared: {wait: [5 d, 2 d, 1 d]}"),
         "valuestream.yaml:4:56: [5 d, 2 d, 1 d] does not rise (value of 'wait').", "lowest first"),
        (("work: [Doing]", "declared: {ca: 0.95}"), "valuestream.yaml:4:54: '0.95' is no percentage", "95 %"),
        (("work: [Doing]", "declared: {n: six}"), "valuestream.yaml:4:53: 'six' is no value of 'n'", "Correct"),
        (("work: [Doing]", "review_on: 1.3.2027"), "valuestream.yaml:4:50: '1.3.2027' is no date", "2026-10-01"),
        (("done: [Done]", "calendar: {zone: Europe/Berlyn}"),
         "valuestream.yaml:5:22: No zone 'Europe/Berlyn' (value of 'zone').", "Europe/Berlin"),
        (("done: [Done]", "calendar: {hours: Mon-Fri nine}"), "valuestream.yaml:5:23: Working hours", "Mon-Fri"),
        (("done: [Done]", "done: [Done, ]\n    cancelled: [[No]]"),
         "valuestream.yaml:6:16: An entry of this list is not a word", "Write"),
        (("done: [Done]", "done: {Done: 1}"), "valuestream.yaml:5:11: A list of words is wanted here", "Write"),
        (("done: [Done]", "\tdone: [Done]"), "valuestream.yaml:5:5: A tab stands where YAML wants spaces.", "spaces"),
        (("[Done]", "[Done"), "valuestream.yaml:6:1: This is no YAML:", "brackets"),
        (("[Done]", "*gone"), "valuestream.yaml:5:11: This is no YAML: found undefined alias", "Check"),
        (("[Done]", "&a [*a]"), "valuestream.yaml:5:11: An alias that contains itself.", "out"),
        (("done: [Done]", "targets: {Bug: quickly}"),
         "valuestream.yaml:5:20: 'quickly' is no target (value of 'Bug').", "85 % within 10 d"),
        (("done: [Done]", "targets: {Bug: 120 % within 1 d}"),
         "valuestream.yaml:5:20: '120 %' is no percentage", "95 %"),
        (("done: [Done]", "sprints: {S1: [2026-01-16, 2026-01-05]}"),
         "valuestream.yaml:5:19: A first and a last day are wanted here", "[2026-01-05, 2026-01-16]"),
        (("done: [Done]", "metrics: {slow: {sql: count(*), over: batches}}"),
         "valuestream.yaml:5:43: 'batches' is no value of 'over'", "Correct"),
        (("done: [Done]", "metrics: {slow: {over: items}}"),
         "valuestream.yaml:5:21: 'sql' is missing in stream 'work'.", "sql"),
        (("work: [Doing]", "declared: {inventory: many}"), "valuestream.yaml:4:61: 'many' is no number", "7500"),
        (("streams:", "people: everybody\nstreams:"), "valuestream.yaml:1:9: 'everybody' is no value of 'people'.",
         "Write names or pseudonyms."),
    ],
)  # fmt: skip
def test_an_error_says_where_what_and_what_to_do(refusal, change, message, hint):
    text = SMALL.replace(*change, 1)
    assert text != SMALL
    said, way_out = refusal(text)
    assert said.startswith(message)
    assert hint in way_out


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "valuestream.yaml:1:1: The file is empty."),
        ("# only a comment\n", "valuestream.yaml:1:1: The file is empty."),
        ("- a\n- b\n", "valuestream.yaml:1:1: The file is not a mapping of keys to values."),
        ("just words", "valuestream.yaml:1:1: The file is not a mapping of keys to values."),
        ("zone: UTC\n", "valuestream.yaml:1:1: 'streams' is missing."),
        ("streams:\n", "valuestream.yaml:1:1: 'streams' is missing."),
        ("streams: {}\n", "valuestream.yaml:1:1: 'streams' is empty."),
        ("streams:\n  a:\n", "valuestream.yaml:2:3: 'a' wants keys with values, not nothing."),
        ("streams:\n  a: {stages: []}\n", "valuestream.yaml:2:7: 'stages' is empty."),
        ("? [a]\n: b\n", "valuestream.yaml:1:3: A key that is a list or a mapping."),
        ("a: 1\n---\nb: 2\n", "valuestream.yaml:2:1: This is no YAML:"),
        (b"a: \xff\n", "valuestream.yaml:1: Byte 0xff is no UTF-8 text."),
        (b"PK\x03\x04\x00\x00", "valuestream.yaml: The file is binary, not YAML."),
        ("[" * 1000, "valuestream.yaml:1:1: The file is nested too deeply."),
    ],
)
def test_a_file_that_is_no_configuration_says_so(refusal, text, message):
    said, hint = refusal(text)
    assert said.startswith(message)
    assert hint


def test_aliases_of_aliases_do_not_fill_the_memory(refusal):
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 9)]
    assert "More than 100,000 values." in refusal("\n".join(lines))[0]


def test_a_missing_file_says_so(tmp_path):
    with pytest.raises(ConfigError, match="There is no file"):
        load(tmp_path / "none.yaml")


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path)


def test_the_first_of_several_problems_is_shown_and_the_others_are_counted(refusal):
    text = SMALL.replace("queue:", "que:").replace("done:", "dun:") + "    ignored: [x]\n"
    message, hint = refusal(text)
    assert message.startswith("valuestream.yaml:4:23: Unknown key 'que'")
    assert hint.endswith("2 more problems in this file.")


@settings(max_examples=60, deadline=None)
@given(where=st.integers(0, len(FULL)), what=st.text(max_size=6), cut=st.integers(0, 12))
def test_no_damage_to_a_file_ends_in_a_traceback(tmp_path_factory, where, what, cut):
    path = tmp_path_factory.mktemp("damaged") / "valuestream.yaml"
    path.write_bytes((FULL[:where] + what + FULL[where + cut :]).encode("utf-8", "replace"))
    refused = None
    try:
        assert load(path).streams
    except ValuestreamError as error:
        refused = error
    assert refused is None or (str(path) in refused.message and refused.hint)


def test_a_flag_goes_before_the_environment_before_the_file_before_the_default():
    environ = {"VSM_ZONE": "Asia/Tokyo", "VSM_PEOPLE": ""}
    everything = {"file": "Europe/Paris", "default": "UTC", "environ": environ}
    assert setting("zone", flag="Europe/Rome", **everything) == ("Europe/Rome", "--zone")
    assert setting("zone", **everything) == ("Asia/Tokyo", "VSM_ZONE")
    assert setting("people", file="names", default="pseudonyms", environ=environ) == ("names", "file")
    assert setting("people", default="pseudonyms", environ={}) == ("pseudonyms", "default")


def test_the_schema_for_editors_accepts_a_full_file_and_refuses_an_unknown_key(write):
    from ruamel.yaml import YAML

    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    data = YAML(typ="safe").load(FULL.replace("2026-10-01", "'2026-10-01'").replace("2027-01-01", "'2027-01-01'"))
    data["streams"]["ticket to resolution"]["calendar"]["closed"] = ["2026-12-24"]
    validator = jsonschema.Draft202012Validator(schema)
    assert [error.message for error in validator.iter_errors(data)] == []
    data["streams"]["ticket to resolution"]["stags"] = []
    (error,) = validator.iter_errors(data)
    assert "'stags' was unexpected" in error.message
