"""`vsm discover`: what a log says, in figures and in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from command_line import TICKETS, events, vsm, written
from conftest import SHARED

DAY = 86_400.0
KRONOS = SHARED / "data" / "kronos" / "manual_log_1.csv"


@pytest.fixture
def tickets(tmp_path: Path) -> Path:
    return written(tmp_path, "tickets.csv", TICKETS)


class TestTheDocument:
    def test_counts_states_starts_and_ends(self, tickets: Path) -> None:
        found = vsm("discover", tickets, "--json").document
        assert (found["items"], found["events"], found["variant_count"]) == (3, 11, 3)
        assert found["starts"] == {"todo": 3}
        assert found["ends"] == {"done": 2, "todo": 1}
        # B was in dev and in test twice, A once in dev
        shares = {state["state"]: (state["n"], state["items"], state["revisited_share"]) for state in found["states"]}
        assert shares["dev"] == (3, 2, 0.5)
        assert shares["test"] == (2, 1, 1.0)

    def test_tells_how_long_each_move_took(self, tickets: Path) -> None:
        moves = {(m["from"], m["to"]): m for m in vsm("discover", tickets, "--json").document["transitions"]}
        # A after one day, B after two
        assert moves["todo", "dev"]["n"] == 2
        assert moves["todo", "dev"]["mean_s"] == moves["todo", "dev"]["p50_s"] == 1.5 * DAY
        assert moves["todo", "dev"]["p85_s"] == pytest.approx(1.85 * DAY)
        assert moves["test", "dev"]["n"] == 1

    def test_lead_time_is_first_to_last_event(self, tickets: Path) -> None:
        # 4, 9 and 0 days
        lead = vsm("discover", tickets, "--json").document["lead_time_s"]
        assert (lead["n"], lead["mean"], lead["p50"]) == (3, pytest.approx(13 / 3 * DAY), 4 * DAY)

    def test_weeks_without_anything_are_0(self, tmp_path: Path) -> None:
        log = written(tmp_path, "log.csv", events("A 1 todo", "A 2 done", "B 22 todo", "B 23 done"))
        found = vsm("discover", log, "--json").document
        assert [(week["week"], week["n"]) for week in found["throughput_per_week"]] == [
            ("2024-W01", 1), ("2024-W02", 0), ("2024-W03", 0), ("2024-W04", 1),
        ]  # fmt: skip
        assert found["gaps"]["weeks"] == ["2024-W02", "2024-W03"]

    def test_lists_as_many_variants_as_asked_for(self, tickets: Path) -> None:
        variants = vsm("discover", tickets, "--json", "--variants", "1").document["variants"]
        assert len(variants) == 1
        assert vsm("discover", tickets, "--json", "--variants", "0").document["variants"] == []

    def test_takes_the_items_whose_last_event_is_in_the_window(self, tickets: Path) -> None:
        # A ends on day 5, C on day 9, B on day 10
        assert vsm("discover", tickets, "--json", "--until", "2024-01-09").document["items"] == 1
        assert vsm("discover", tickets, "--json", "--since", "2024-01-09").document["items"] == 2
        assert vsm("discover", tickets, "--json", "--as-of", "2024-01-02").document["events"] == 3

    def test_takes_items_by_their_attributes(self, tmp_path: Path) -> None:
        text = "item,time,state,team,assignee\nA,2024-01-01,todo,Blue,ada\nB,2024-01-01,todo,Green,bob\n"
        log = written(tmp_path, "log.csv", text)
        assert vsm("discover", log, "--json", "--where", "team=Blue").document["items"] == 1
        unknown = vsm("discover", log, "--where", "team=Bleu")
        assert (unknown.status, "Did you mean 'Blue'?" in unknown.err) == (2, True)
        person = vsm("discover", log, "--where", "assignee=ada")
        assert (person.status, "is a person field" in person.err) == (2, True)

    def test_weeks_are_those_of_the_zone(self, tmp_path: Path) -> None:
        # Sunday 23:30 in UTC is Monday in Berlin
        log = written(tmp_path, "log.csv", "item,time,state\nA,2024-01-07T23:30:00Z,todo\n")
        weeks = [
            vsm("discover", log, "--json", "--zone", zone).document["throughput_per_week"][0]["week"]
            for zone in ("UTC", "Europe/Berlin")
        ]
        assert weeks == ["2024-W01", "2024-W02"]


class TestTheText:
    def test_says_it_in_words(self, tickets: Path) -> None:
        text = vsm("discover", tickets).out
        for said in ("3 items, 11 events, 5 states, 3 variants", "Starts: todo 3", "todo → dev", "2024-W01"):
            assert said in text

    def test_counts_one_thing_in_the_singular(self, tmp_path: Path) -> None:
        text = vsm("discover", written(tmp_path, "one.csv", events("A 1 todo"))).out
        assert text.startswith("1 item, 1 event, 1 state, 1 variant\n")

    def test_tells_transfers_and_ties_in_sentences(self, tmp_path: Path) -> None:
        rows = "A,2024-01-01,todo,ada\nA,2024-01-02,dev,bob\nA,2024-01-02,test,bob\n"
        text = " ".join(vsm("discover", written(tmp_path, "log.csv", "item,time,state,user\n" + rows)).out.split())
        assert "Transfers: 1 of 2 moves whose people are known went to somebody else (50 %)." in text
        assert "Ties: 1 time an item has several events at one instant, 1 with different states" in text

    def test_says_nothing_where_nothing_is_known(self, tickets: Path) -> None:
        text = vsm("discover", tickets).out
        assert "Transfers" not in text
        assert "Gaps" not in text

    def test_says_that_a_window_holds_no_item(self, tickets: Path) -> None:
        ran = vsm("discover", tickets, "--since", "2024-01-06", "--until", "2024-01-07")
        assert ran.status == 0
        assert "Nothing to show: no item has its last event in this period." in ran.out
        assert "n = 0" not in ran.out

    @pytest.mark.skipif(not KRONOS.exists(), reason="the reference data is not here")
    def test_tells_gaps_between_activities(self) -> None:
        assert "Gaps: " in vsm("discover", KRONOS).out


class TestOddLogs:
    @pytest.mark.parametrize(
        "state",
        [
            "x" * 100_000,
            "long name " * 10_000,
            "to\x07do\x1b[2J\x1b[31m",
            "\u202eevil\u202c",
            "בעבודה",
            "👩‍💻 Dev",
            "待ち",
        ],
        ids=["one long word", "many words", "control", "override", "right to left", "emoji", "wide"],
    )
    def test_stay_within_the_lines_and_command_no_terminal(self, state: str, tmp_path: Path) -> None:
        rows = f'A,2024-01-01,"{state}"\nA,2024-01-02,"{state} two"\nA,2024-01-03,done\n'
        log = written(tmp_path, "log.csv", "item,time,state\n" + rows)
        stream = tmp_path / "stream.yaml"
        suggested = vsm("streams", "suggest", log, "-o", stream)
        assert suggested.status == 0, suggested.err
        for ran in (
            vsm("discover", log),
            vsm("map", log),
            vsm("map", log, "--stream", stream, "--svg", tmp_path / "m.svg"),
        ):
            assert ran.status == 0, ran.err
            assert max(len(line) for line in ran.out.splitlines() if "Drawn as" not in line) <= 104
            assert len(ran.out) < 20_000
            assert not {"\x1b", "\x07", "\u202e"} & set(ran.out)

    def test_of_thousands_of_states_show_the_most_frequent(self, tmp_path: Path) -> None:
        log = written(tmp_path, "log.csv", events(*(f"I{n % 50} {1 + n % 20} state {n % 3000}" for n in range(4000))))
        ran = vsm("discover", log)
        assert "3,000 states" in ran.out
        assert "... and 2,960 more states" in ran.out
