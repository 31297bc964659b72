"""`vsm map`: one log in any of its shapes is one map; options choose, and refuse what cannot be."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any
from xml.dom import minidom

import pytest

from command_line import STREAM, TICKETS, Ran, day, events, vsm, written

DAY = 86_400.0
LIVES = {"A": (1, 2, 5), "B": (1, 3, 4), "C": (2, 4, 9)}
"""Each item's day in todo, dev and done."""

SHAPES = {
    "events": "item,time,state\n"
    + "".join(
        f"{k},{day(at)},{state}\n"
        for k, ats in LIVES.items()
        for at, state in zip(ats, ("todo", "dev", "done"), strict=True)
    ),
    "changes": "item,field,from,to,time\n"
    + "".join(
        f"{k},status,{was},{to},{day(at)}\n"
        for k, ats in LIVES.items()
        for at, was, to in zip(ats, ("", "todo", "dev"), ("todo", "dev", "done"), strict=True)
    ),
    "sheet": "item,todo,dev,done\n" + "".join(f"{k},{','.join(map(day, ats))}\n" for k, ats in LIVES.items()),
    "intervals": "item,activity,start,end\n"
    + "".join(
        f"{k},todo,{day(a)},{day(b)}\n{k},dev,{day(b)},{day(c)}\n{k},done,{day(c)},{day(c)}\n"
        for k, (a, b, c) in LIVES.items()
    ),
}  # fmt: skip

TYPED = """\
item,time,state,team,type,assignee
A,2024-01-01T00:00:00Z,todo,Blue,Bug,ada
A,2024-01-02T00:00:00Z,dev,Blue,Bug,ada
A,2024-01-04T00:00:00Z,done,Blue,Bug,ada
B,2024-01-01T00:00:00Z,todo,Green,Story,bob
B,2024-01-03T00:00:00Z,dev,Green,Story,bob
B,2024-01-09T00:00:00Z,done,Green,Story,bob
"""


@pytest.fixture
def tickets(tmp_path: Path) -> Path:
    return written(tmp_path, "tickets.csv", TICKETS)


@pytest.fixture
def stream(tmp_path: Path) -> Path:
    return written(tmp_path, "stream.yaml", STREAM)


def mapped(*arguments: str | Path) -> dict[str, Any]:
    return vsm("map", *arguments, "--json").document


def refused(ran: Ran, *said: str) -> None:
    """Left with status 2, said so in two lines, and wrote nothing else."""
    assert (ran.status, ran.out) == (2, "")
    first, second = ran.err.splitlines()
    assert first.startswith("Error: ")
    assert second.startswith("       ")
    for words in said:
        assert words in ran.err


class TestTheShapesOfOneLog:
    @pytest.fixture
    def maps(self, tmp_path: Path, stream: Path) -> dict[str, dict[str, Any]]:
        found = {
            shape: mapped(written(tmp_path, f"{shape}.csv", text), "--stream", stream) for shape, text in SHAPES.items()
        }
        for document in found.values():
            del document["notes"]
        return found

    def test_give_one_map(self, maps: dict[str, dict[str, Any]]) -> None:
        # lead times 4, 3 and 7 days; in dev 3, 1 and 5
        assert maps["events"]["totals"]["lead_time_s"]["mean"] == pytest.approx(14 / 3 * DAY)
        assert maps["events"]["totals"]["flow_efficiency"]["value"] == pytest.approx(9 / 14)
        assert maps["changes"] == maps["events"]
        assert maps["sheet"] == maps["events"]

    def test_and_intervals_differ_only_in_what_was_measured(self, maps: dict[str, dict[str, Any]]) -> None:
        measured, derived = maps["intervals"], maps["events"]
        assert measured["provenance"] == "measured"
        assert derived["provenance"] == "state-derived"
        # whoever measures intervals knows on which days somebody worked: an interval's start is a touch
        assert measured["totals"].pop("touch_days")["n"] == 3
        assert derived["totals"].pop("touch_days")["n"] == 0
        assert without_provenance(measured) == without_provenance(derived)

    @pytest.mark.parametrize("form", ["tsv", "gz", "semicolons", "bom", "crlf", "utf-16"])
    def test_give_one_map_in_any_form_of_text(self, form: str, tmp_path: Path, stream: Path) -> None:
        text = SHAPES["events"]
        content = {
            "tsv": text.replace(",", "\t").encode(),
            "gz": gzip.compress(text.encode()),
            "semicolons": text.replace(",", ";").encode(),
            "bom": text.encode("utf-8-sig"),
            "crlf": text.replace("\n", "\r\n").encode(),
            "utf-16": text.encode("utf-16"),
        }[form]
        document = mapped(written(tmp_path, "log.csv", content), "--stream", stream)
        plain = mapped(written(tmp_path, "plain.csv", text), "--stream", stream)
        assert {**document, "notes": []} == {**plain, "notes": []}


def without_provenance(part: Any) -> Any:
    if isinstance(part, dict):
        return {key: without_provenance(value) for key, value in part.items() if key != "provenance"}
    return [without_provenance(one) for one in part] if isinstance(part, list) else part


class TestReading:
    def test_columns_say_which_is_which(self, tmp_path: Path, stream: Path) -> None:
        odd = written(tmp_path, "odd.csv", SHAPES["events"].replace("item,time,state", "Vorgang,Wann,Wo"))
        refused(vsm("map", odd), "No column says the item and the state and the time", "'Vorgang', 'Wann', 'Wo'")
        document = mapped(odd, "--columns", "item=Vorgang,time=Wann", "--columns", "state=Wo", "--stream", stream)
        assert document["items"] == {"finished": 3, "open": 0, "cancelled": 0}

    def test_a_column_that_does_not_exist_lists_those_that_do(self, tickets: Path) -> None:
        refused(vsm("map", tickets, "--columns", "item=Key"), "there is no such column", "'item', 'time', 'state'")
        refused(vsm("map", tickets, "--columns", "who=item"), "nothing is called 'who'", "item, state, time")
        refused(vsm("map", tickets, "--columns", "item"), "'item' is not of the form name=value")

    def test_times_without_a_zone_are_in_the_one_that_is_said(self, tmp_path: Path) -> None:
        local = written(tmp_path, "local.csv", TICKETS.replace("Z,", ","))
        assert mapped(local)["window"]["since"] == "2024-01-01T00:00:00Z"
        berlin = mapped(local, "--zone", "Europe/Berlin")
        assert berlin["window"]["since"] == "2023-12-31T23:00:00Z"
        assert any("taken in Europe/Berlin" in note for note in berlin["notes"])
        refused(vsm("map", local, "--zone", "Mars/Base"), "'Mars/Base'", "Europe/Berlin")

    def test_the_zone_is_also_that_of_days_in_options_and_on_the_map(self, tmp_path: Path) -> None:
        local = written(tmp_path, "local.csv", TICKETS.replace("Z,", ","))
        berlin = mapped(local, "--zone", "Europe/Berlin", "--since", "2024-01-03")
        assert (berlin["zone"], berlin["window"]["since"]) == ("Europe/Berlin", "2024-01-02T23:00:00Z")
        assert "2024-01-03 until" in vsm("map", local, "--zone", "Europe/Berlin", "--since", "2024-01-03").out

    def test_the_environment_names_a_zone_and_the_flag_wins(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        local = written(tmp_path, "local.csv", TICKETS.replace("Z,", ","))
        monkeypatch.setenv("VSM_ZONE", "Asia/Tokyo")
        assert mapped(local)["zone"] == "Asia/Tokyo"
        assert mapped(local, "--zone", "UTC")["zone"] == "UTC"

    @pytest.mark.parametrize(("order", "days"), [("dmy", 31), ("mdy", 1)])
    def test_the_order_of_day_and_month_decides(self, tmp_path: Path, order: str, days: int) -> None:
        # 1 January to 1 February, or 1 to 2 January
        log = written(tmp_path, "log.csv", "item,time,state\nA,01/01/2024,dev\nA,01/02/2024,done\n")
        assert mapped(log, "--date-order", order)["totals"]["lead_time_s"]["mean"] == days * DAY

    def test_another_shape_can_be_asked_for(self, tmp_path: Path) -> None:
        log = written(tmp_path, "log.csv", SHAPES["intervals"])
        assert mapped(log)["provenance"] == "measured"
        assert mapped(log, "--shape", "events")["provenance"] == "state-derived"


class TestChoosing:
    def test_a_window_takes_what_finished_in_it(self, tickets: Path, stream: Path) -> None:
        # A finished on day 5, B on day 10
        first = mapped(tickets, "--stream", stream, "--until", "2024-01-06")
        assert (first["items"]["finished"], first["totals"]["lead_time_s"]["mean"]) == (1, 4 * DAY)
        assert first["window"]["until"] == "2024-01-06T00:00:00Z"
        later = mapped(tickets, "--stream", stream, "--since", "2024-01-06")
        assert (later["items"]["finished"], later["totals"]["lead_time_s"]["mean"]) == (1, 9 * DAY)

    def test_as_of_replays_only_what_had_happened(self, tickets: Path, stream: Path) -> None:
        document = mapped(tickets, "--stream", stream, "--as-of", "2024-01-06")
        assert document["as_of"] == "2024-01-06T00:00:00Z"
        assert document["items"] == {"finished": 1, "open": 1, "cancelled": 0}
        # B stands in Test at that instant, and what came later is not known
        assert [stage["wip"]["n"] for stage in document["stages"]] == [0, 1]
        assert document["returns"] == []

    @pytest.mark.parametrize("column", ["team=Blue", "type=Bug"])
    def test_a_filter_takes_one_team_or_type(self, column: str, tmp_path: Path, stream: Path) -> None:
        document = mapped(written(tmp_path, "typed.csv", TYPED), "--stream", stream, "--where", column)
        name, _, value = column.partition("=")
        assert document["filters"] == {name: [value]}
        assert (document["items"]["finished"], document["totals"]["lead_time_s"]["mean"]) == (1, 3 * DAY)

    def test_values_of_one_column_are_alternatives(self, tmp_path: Path, stream: Path) -> None:
        both = ("--where", "team=Blue", "--where", "team=Green")
        document = mapped(written(tmp_path, "typed.csv", TYPED), "--stream", stream, *both)
        assert document["filters"] == {"team": ["Blue", "Green"]}
        assert document["items"]["finished"] == 2

    def test_a_value_that_does_not_exist_lists_those_that_do(self, tmp_path: Path, stream: Path) -> None:
        log = written(tmp_path, "typed.csv", TYPED)
        refused(vsm("map", log, "--stream", stream, "--where", "team=Bleu"), "No team 'Bleu'", "'Blue'", "Blue, Green")
        # `todo` is a word of the log, but no type
        refused(vsm("map", log, "--stream", stream, "--where", "type=todo"), "No type 'todo'", "Known: Bug, Story.")
        refused(vsm("map", log, "--stream", stream, "--where", "stage=Deploy"), "No stage 'Deploy'", "Dev, Test")
        refused(vsm("map", log, "--stream", stream, "--where", "sprint=7"), "no field 'sprint'", "type, team")

    def test_a_field_of_a_change_log_is_a_filter_too(self, tmp_path: Path, stream: Path) -> None:
        text = SHAPES["changes"] + f"A,sprint,,7,{day(1)}\nB,sprint,,8,{day(1)}\n"
        log = written(tmp_path, "log.csv", text)
        assert mapped(log, "--stream", stream, "--where", "sprint=7")["items"]["finished"] == 1
        refused(vsm("map", log, "--stream", stream, "--where", "sprint=9"), "No sprint '9'", "Known: 7, 8.")

    @pytest.mark.parametrize("column", ["assignee", "Assignee", "actor", "owner", "resource", "user"])
    def test_persons_are_refused(self, column: str, tmp_path: Path) -> None:
        log = written(tmp_path, "typed.csv", TYPED)
        refused(vsm("map", log, "--where", f"{column}=ada"), "is a person field", "use a team")


class TestTheStreamsFile:
    def test_makes_the_stages(self, tickets: Path, stream: Path) -> None:
        document = mapped(tickets, "--stream", stream)
        assert (document["stream"], document["guessed"]) == ("tickets", False)
        assert [stage["name"] for stage in document["stages"]] == ["Dev", "Test"]
        # Test judged two visits of B and sent one back
        assert document["returns"] == [{"from": "Test", "to": "Dev", "n": 1, "share": 0.5}]

    def test_without_it_stages_are_guessed_and_the_map_says_so(self, tickets: Path) -> None:
        assert mapped(tickets)["guessed"] is True
        assert "[stages guessed]" in vsm("map", tickets).out.splitlines()[0]

    @pytest.mark.parametrize(
        ("was", "now", "said"),
        [
            ("queue: [todo]", "queu: [todo]", (":4:21:", "'queu'", "Did you mean 'queue'?")),
            ("work: [dev]}", "work: [dev}", (":4:46:", "no YAML")),
            ("    stages:", "\tstages:", (":3:1:", "tab")),
            ("    done: [done]", "    done: [done]\n    done: [gone]", (":7:5:", "second time")),
            ("work: [test]", "work: [dev]", (":5:45:", "'dev' is claimed twice")),
            ("streams:", "stream:", (":1:1:", "'stream'", "Did you mean 'streams'?")),
        ],
        ids=["unknown key", "brackets", "tab", "key twice", "state twice", "top"],
    )
    def test_a_typing_mistake_is_told_with_line_and_column(
        self, was: str, now: str, said: tuple[str, ...], tickets: Path, tmp_path: Path
    ) -> None:
        assert was in STREAM
        typo = written(tmp_path, "typo.yaml", STREAM.replace(was, now))
        refused(vsm("map", tickets, "--stream", typo), "typo.yaml", *said)

    def test_a_file_that_is_not_there_or_holds_nothing(self, tickets: Path, tmp_path: Path) -> None:
        refused(vsm("map", tickets, "--stream", tmp_path / "none.yaml"), "There is no file")
        refused(vsm("map", tickets, "--stream", written(tmp_path, "empty.yaml", "")), "The file is empty")
        refused(vsm("map", tickets, "--stream", tmp_path), "Is a directory")

    def test_a_name_chooses_among_several_streams(self, tickets: Path, tmp_path: Path) -> None:
        two = STREAM + STREAM.partition("\n")[2].replace("tickets:", "changes:")
        file = written(tmp_path, "two.yaml", two)
        assert mapped(tickets, "--stream", file, "--name", "changes")["stream"] == "changes"
        refused(vsm("map", tickets, "--stream", file), "2 streams and none was named", "tickets, changes")
        refused(vsm("map", tickets, "--stream", file, "--name", "change"), "No stream 'change'", "mean 'changes'?")

    def test_a_name_without_a_file_names_nothing(self, tickets: Path) -> None:
        refused(vsm("map", tickets, "--name", "tickets"), "--name tickets", "--stream FILE")

    def test_an_unmapped_state_is_refused_with_the_nearest_stage(self, tickets: Path, tmp_path: Path) -> None:
        file = written(tmp_path, "short.yaml", STREAM.replace("work: [test]", "work: [testing]"))
        refused(vsm("map", tickets, "--stream", file), "'test' (2 events, first B)", "'Test'", "--unmapped exclude")

    def test_or_its_items_are_left_out_and_counted(self, tickets: Path, tmp_path: Path) -> None:
        file = written(tmp_path, "short.yaml", STREAM.replace("work: [test]", "work: [testing]"))
        ran = vsm("map", tickets, "--stream", file, "--unmapped", "exclude")
        assert ran.status == 0
        document = mapped(tickets, "--stream", file, "--unmapped", "exclude")
        assert document["items"] == {"finished": 1, "open": 1, "cancelled": 0}
        [left_out] = [row for row in document["excluded"] if row["n"] == 1]
        assert left_out["reason"] in ran.out

    def test_a_stage_with_no_events_stands_empty_on_the_map(self, tickets: Path, tmp_path: Path) -> None:
        ghost = "      - {name: Sign-off, queue: [awaiting signature], work: [signing]}\n    done:"
        file = written(tmp_path, "ghost.yaml", STREAM.replace("    done:", ghost))
        [*_, stage] = mapped(tickets, "--stream", file)["stages"]
        assert (stage["name"], stage["visits"], stage["ca"]["value"]) == ("Sign-off", 0, None)
        assert stage["per_item_s"] == {"active": 0.0, "wait": 0.0}
        assert "Sign-off" in vsm("map", tickets, "--stream", file).out

    def test_more_stages_than_a_map_can_hold_are_refused(self, tmp_path: Path) -> None:
        log = written(tmp_path, "log.csv", events(*(f"I{n % 7} {1 + n // 7} step {n}" for n in range(150))))
        refused(vsm("map", log), "150 stages", "up to 100", "--columns state=NAME")


class TestThePicture:
    def test_is_drawn_beside_the_text(self, tickets: Path, tmp_path: Path) -> None:
        picture = tmp_path / "map.svg"
        ran = vsm("map", tickets, "--svg", picture)
        assert ran.out.endswith(f"Drawn as {picture}\n")
        assert minidom.parse(str(picture)).documentElement.tagName == "svg"

    def test_leaves_json_alone_on_standard_output(self, tickets: Path, tmp_path: Path) -> None:
        picture = tmp_path / "map.svg"
        assert vsm("map", tickets, "--svg", picture, "--json").document["schema"] == "vsm.map/1"
        assert picture.exists()

    def test_replaces_an_older_one(self, tickets: Path, tmp_path: Path) -> None:
        picture = written(tmp_path, "map.svg", "old")
        assert vsm("map", tickets, "--svg", picture).status == 0
        assert picture.read_text(encoding="utf-8").startswith("<svg")
        assert sorted(path.name for path in tmp_path.iterdir()) == ["map.svg", "tickets.csv"]

    def test_needs_a_folder_that_is_there(self, tickets: Path, tmp_path: Path) -> None:
        refused(vsm("map", tickets, "--svg", tmp_path / "no" / "map.svg"), "There is no folder", "'map.svg'")
        refused(vsm("map", tickets, "--svg", tmp_path), "is a folder")

    def test_never_takes_the_place_of_the_log(self, tickets: Path) -> None:
        refused(vsm("map", tickets, "--svg", tickets), "it would be lost")
        assert tickets.read_text(encoding="utf-8") == TICKETS


def test_the_zone_of_the_streams_file_is_that_of_times_without_one(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text("item,time,state\nA,2024-01-01 09:00,dev\nA,2024-01-01 12:00,done\n")
    stages = "streams: {s: {stages: [{name: Dev, work: [dev]}], done: [done]}}\n"
    (tmp_path / "berlin.yaml").write_text("zone: Europe/Berlin\n" + stages)
    document = mapped(tmp_path / "log.csv", "--stream", tmp_path / "berlin.yaml")
    assert document["window"]["since"] == "2024-01-01T08:00:00Z"
    assert mapped(tmp_path / "log.csv", "--stream", tmp_path / "berlin.yaml", "--zone", "UTC")["window"]["since"] == (
        "2024-01-01T09:00:00Z"
    )
