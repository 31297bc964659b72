"""`vsm streams suggest`: a first valuestream.yaml that the map can be drawn with at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from command_line import TICKETS, Ran, vsm, written
from conftest import SHARED
from valuestream.config import load

INCIDENTS = SHARED / "data" / "incidents" / "incident_status.csv.gz"


@pytest.fixture
def tickets(tmp_path: Path) -> Path:
    return written(tmp_path, "tickets.csv", TICKETS)


def same_figures(one: Ran, other: Ran) -> bool:
    """Whether two maps differ only in the stream's name and in who made the stages."""
    told = [{**ran.document, "stream": "", "guessed": None} for ran in (one, other)]
    return told[0] == told[1]


class TestTheSuggestion:
    def test_is_printed(self, tickets: Path, tmp_path: Path) -> None:
        ran = vsm("streams", "suggest", tickets)
        assert (ran.status, ran.err) == (0, "")
        config = load(written(tmp_path, "printed.yaml", ran.out))
        [stream] = config.streams.values()
        assert stream.done == ("done",)
        assert {state for stage in stream.stages for state in stage.states} == {"todo", "dev", "ready", "test"}

    def test_says_why_with_each_state(self, tickets: Path) -> None:
        states = [
            line for line in vsm("streams", "suggest", tickets).out.splitlines() if line.lstrip().startswith("- ")
        ]
        named = [line for line in states if "name:" not in line]
        assert len(named) == 5
        assert [line for line in named if "  # " not in line] == []

    def test_is_written_where_it_is_wanted_and_says_what_next(self, tickets: Path, tmp_path: Path) -> None:
        file = tmp_path / "valuestream.yaml"
        ran = vsm("streams", "suggest", tickets, "-o", file, "--name", "tickets to done")
        assert ran.out.startswith(f"Written to {file}.")
        assert f"vsm map {tickets} --stream {file}" in ran.out
        assert list(load(file).streams) == ["tickets to done"]

    def test_gives_the_map_that_is_drawn_without_it(self, tickets: Path, tmp_path: Path) -> None:
        file = tmp_path / "valuestream.yaml"
        assert vsm("streams", "suggest", tickets, "-o", file).status == 0
        assert same_figures(vsm("map", tickets, "--json"), vsm("map", tickets, "--stream", file, "--json"))

    def test_keeps_the_zone(self, tickets: Path, tmp_path: Path) -> None:
        text = vsm("streams", "suggest", tickets, "--zone", "Europe/Berlin").out
        [stream] = load(written(tmp_path, "berlin.yaml", text)).streams.values()
        assert stream.calendar.zone == "Europe/Berlin"

    @pytest.mark.parametrize("name", ["yes", "null", "7", "- a: [b, #c", "'x: {y}'", '"', "a\tb", "#", "é ü"])
    def test_reads_back_whatever_the_states_are_called(self, name: str, tmp_path: Path) -> None:
        quoted = name.replace('"', '""')
        rows = f'A,2024-01-01,todo\nA,2024-01-02,"{quoted}"\nA,2024-01-03,done\n'
        log = written(tmp_path, "log.csv", "item,time,state\n" + rows)
        file = tmp_path / "valuestream.yaml"
        assert vsm("streams", "suggest", log, "-o", file, "--name", name).status == 0
        assert same_figures(vsm("map", log, "--json"), vsm("map", log, "--stream", file, "--json"))

    @pytest.mark.skipif(not INCIDENTS.exists(), reason="the incidents log is not at hand")
    def test_of_the_incidents_knows_what_ends_the_work(self, tmp_path: Path) -> None:
        text = vsm("streams", "suggest", INCIDENTS).out
        [stream] = load(written(tmp_path, "incidents.yaml", text)).streams.values()
        assert (stream.done, stream.ignore) == (("Resolved",), ("Closed",))
        external = {state for stage in stream.stages for state in stage.external}
        assert external == {f"Awaiting {whom}" for whom in ("User Info", "Vendor", "Problem", "Evidence")}


class TestWriting:
    def test_replaces_no_log(self, tickets: Path) -> None:
        ran = vsm("streams", "suggest", tickets, "-o", tickets)
        assert (ran.status, "it would be lost" in ran.err) == (2, True)
        assert tickets.read_text(encoding="utf-8") == TICKETS

    def test_needs_a_folder_that_is_there(self, tickets: Path, tmp_path: Path) -> None:
        ran = vsm("streams", "suggest", tickets, "-o", tmp_path / "no" / "valuestream.yaml")
        assert (ran.status, "There is no folder" in ran.err) == (2, True)
