"""Ctrl-C at the worst moments: while libraries are imported, or where somebody catches whatever comes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from command_line import TICKETS, Ran, written

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no process can be sent Ctrl-C alone")

TOLD = "Interrupted: nothing half-written is left behind.\n"

PRESSES_WHEN_IMPORTED = """
import os, signal, sys

library = sys.argv.pop(1)

class Press:
    def find_spec(self, name, path=None, target=None):
        if name == library:
            sys.meta_path.remove(self)
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Press())
from valuestream.__main__ import main
main()
"""

CATCHES_WHATEVER_COMES = """
import os, signal, time
from valuestream.cli.interrupt import CtrlC, Interrupt

interrupt = Interrupt()
interrupt.listen()
try:
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(10)
except BaseException:
    pass
try:
    time.sleep(10)
except CtrlC:
    interrupt.over()
    print("pressed again")
"""

TIDIES_UP = """
import os, signal, time
from valuestream.cli.interrupt import CtrlC, Interrupt

interrupt = Interrupt()
interrupt.listen()
try:
    try:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(10)
    finally:
        time.sleep(0.3)
        print("tidied up")
except CtrlC:
    interrupt.over()
"""


def python(script: str, *arguments: str | Path) -> Ran:
    done = subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize("library", ["click", "valuestream.cli.map", "numpy.linalg", "duckdb"])
def test_pressed_while_a_library_is_imported_it_ends_the_program_with_one_line(library: str, tmp_path: Path) -> None:
    log = written(tmp_path, "tickets.csv", TICKETS)
    left = python(PRESSES_WHEN_IMPORTED, library, "map", log, "--svg", tmp_path / "map.svg")
    assert left == (130, "", TOLD)
    assert [path.name for path in tmp_path.iterdir()] == ["tickets.csv"]


def test_where_somebody_catches_whatever_comes_it_is_pressed_again() -> None:
    assert python(CATCHES_WHATEVER_COMES) == (0, "pressed again\n", "")


def test_it_is_not_pressed_again_while_the_program_tidies_up() -> None:
    assert python(TIDIES_UP) == (0, "tidied up\n", "")
