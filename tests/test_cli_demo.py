"""`vsm demo`, and what the commands say of themselves."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from xml.dom import minidom

import click
import pytest

from command_line import vsm
from valuestream import __version__
from valuestream.cli.main import vsm as commands

SMALL = ("--items", "60")


class TestTheDemo:
    def test_prints_its_map_and_findings(self) -> None:
        ran = vsm("demo", *SMALL)
        assert (ran.status, ran.err) == (0, "")
        for said in ("idea to release", "Lead time", "%C&A", "Development", "Release", "Findings"):
            assert said in ran.out
        assert max(map(len, ran.out.splitlines())) <= 100

    def test_is_the_same_for_the_same_seed_and_another_for_another(self) -> None:
        one, again, other = (vsm("demo", *SMALL, "--json", "--seed", seed).document for seed in ("1", "1", "2"))
        assert one == again
        assert one["totals"]["lead_time_s"]["mean"] != other["totals"]["lead_time_s"]["mean"]

    def test_writes_its_log_and_picture(self, tmp_path: Path) -> None:
        log, picture = tmp_path / "demo.csv", tmp_path / "demo.svg"
        assert vsm("demo", *SMALL, "--log", log, "--svg", picture).status == 0
        assert minidom.parse(str(picture)).documentElement.tagName == "svg"
        with log.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        assert {"item", "time", "state"} <= set(rows[0])
        document = vsm("discover", log, "--json").document
        assert document["rejects"] == []
        assert document["events"] == len(rows)

    def test_takes_a_window_and_a_filter(self) -> None:
        whole = vsm("demo", *SMALL, "--json").document
        part = vsm("demo", *SMALL, "--json", "--since", "2024-03-01", "--where", "team=Blue").document
        assert 0 < part["items"]["finished"] < whole["items"]["finished"]

    @pytest.mark.parametrize("option", ["--log", "--svg"])
    def test_needs_a_folder_that_is_there(self, option: str, tmp_path: Path) -> None:
        for place in (tmp_path / "no" / "file", tmp_path):
            ran = vsm("demo", *SMALL, option, place)
            assert (ran.status, ran.out, len(ran.err.splitlines())) == (2, "", 2)

    @pytest.mark.parametrize("items", ["20", "21"])
    def test_is_small_when_asked_to_be(self, items: str) -> None:
        assert vsm("demo", "--items", items, "--json").document["items"]["finished"] >= 0


def every(command: click.Command, name: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """The words of every command."""
    found = [name]
    for child in getattr(command, "commands", {}).values():
        found += every(child, (*name, str(child.name)))
    return found


class TestHelp:
    @pytest.mark.parametrize("name", every(commands), ids=" ".join)
    def test_of_each_command_fits_the_screen_and_shows_an_example(self, name: tuple[str, ...]) -> None:
        ran = vsm(*name, "--help")
        assert (ran.status, ran.err) == (0, "")
        assert ran.out.startswith(f"Usage: {' '.join(('vsm', *name))}")
        assert max(map(len, ran.out.splitlines())) <= 100
        command: click.Command = commands
        for word in name:
            assert isinstance(command, click.Group)
            command = command.commands[word]
        if name != ("streams",):
            assert re.search(rf"^ +vsm {' '.join(name)}", ran.out.partition("\n")[2], re.MULTILINE)
            assert "\\b" not in ran.out

    def test_explains_every_option(self) -> None:
        for name in every(commands):
            command: click.Command = commands
            for word in name:
                assert isinstance(command, click.Group)
                command = command.commands[word]
            silent = [one.name for one in command.params if isinstance(one, click.Option) and not one.help]
            assert (name, silent) == (name, [])

    def test_is_what_a_bare_call_shows(self) -> None:
        assert "Usage: vsm" in (ran := vsm()).err + ran.out
        assert "Traceback" not in ran.err

    def test_names_the_version(self) -> None:
        assert __version__ in vsm("--version").out
