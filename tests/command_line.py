"""`vsm` as a user runs it: in this process where that is enough, as a program of its own where it is not."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

from valuestream.cli.interrupt import ENDS
from valuestream.cli.main import main

STREAM = """\
streams:
  tickets:
    stages:
      - {name: Dev, queue: [todo], work: [dev]}
      - {name: Test, queue: [ready], work: [test]}
    done: [done]
"""


class Ran(NamedTuple):
    """How a command left, and what it wrote."""

    status: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """Standard output as JSON; NaN and Infinity are no JSON."""
        assert self.status == 0, self.err
        found: dict[str, Any] = json.loads(self.out, parse_constant=_no_json)
        return found


def _no_json(word: str) -> None:
    raise AssertionError(f"{word} is no JSON")


def vsm(*arguments: str | Path) -> Ran:
    """Run a command in this process, errors and all."""
    out, err, status = io.StringIO(), io.StringIO(), 0
    handlers = {one: signal.getsignal(one) for one in ENDS}
    try:
        with redirect_stdout(out), redirect_stderr(err), patch.object(sys, "argv", ["vsm", *map(str, arguments)]):
            main()
    except SystemExit as left:
        status = left.code if isinstance(left.code, int) else -1
    finally:
        for one, handler in handlers.items():
            signal.signal(one, handler)
    return Ran(status, out.getvalue(), err.getvalue())


def program(*arguments: str | Path) -> list[str]:
    """The command line of a process of its own."""
    return [sys.executable, "-m", "valuestream", *map(str, arguments)]


def ran(*arguments: str | Path, **environment: str) -> Ran:
    """Run a command as a process of its own."""
    done = subprocess.run(
        program(*arguments),
        env={**os.environ, "PYTHONUTF8": "1", **environment},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def written(folder: Path, name: str, text: str | bytes) -> Path:
    """A file with this text."""
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def day(number: float) -> str:
    """A day of January 2024 as an instant."""
    whole = int(number)
    return f"2024-01-{whole:02d}T{round(24 * (number - whole)):02d}:00:00Z"


def events(*rows: str) -> str:
    """A log as CSV from rows like `A 1 todo`: item, day of January 2024, state."""
    split = [row.split(maxsplit=2) for row in rows]
    return "item,time,state\n" + "".join(f"{item},{day(float(at))},{state}\n" for item, at, state in split)


TICKETS = events(
    "A 1 todo", "A 2 dev", "A 5 done",
    "B 1 todo", "B 3 dev", "B 4 ready", "B 6 test", "B 7 dev", "B 8 test", "B 10 done",
    "C 9 todo",
)  # fmt: skip
"""Two finished items, one sent back from test to dev, and an open one."""
