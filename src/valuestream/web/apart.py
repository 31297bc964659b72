"""Files are read by a process of their own: readers of pages keep this one's time; a cancelled reading just ends."""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
import threading
import traceback
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, BinaryIO

from valuestream import errors
from valuestream.errors import InputError, ValuestreamError

if TYPE_CHECKING:
    from valuestream.log.event import Log
    from valuestream.sources.source import Reading

SMALL = 1 << 20
"""Bytes up to which a file is read sooner than a process begins."""

TELL_S = 0.2
NICE = 10
"""How far the reading stands back behind whoever looks at a page."""


def read(path: Path, reading: Reading) -> Log:
    """What `sources.open.read` says of a file, read in a process that this one waits for.

    Its progress is told on, several times a second; where `reading.progress` raises, the process is ended, and nothing
    of it is left. What it read in parts is handed to `reading.into` part by part.
    """
    if path.is_file() and path.stat().st_size <= SMALL:
        from valuestream.sources.open import read as read_here

        return read_here(path, reading)
    with TemporaryDirectory(prefix="vsm-") as folder:
        target = Path(folder) / "log"
        _wait(path, reading, target)
        with target.open("rb") as file:
            return handed_over(file, reading)


class Written:
    """Takes a log that comes in parts, and writes it down for the process that waits."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def begin(self, items: Any) -> None:
        self.say("begin", items)

    def take(self, log: Log) -> None:
        self.say("take", log)

    def say(self, what: str, of: Any) -> None:
        """One more thing to be told: a call, or at last the "log" itself."""
        pickle.dump((what, of), self._file, protocol=5)


def handed_over(file: BinaryIO, reading: Reading) -> Log:
    """The log that was `Written`, its parts given to `reading.into` one after the other."""
    while True:
        what, of = pickle.load(file)  # our own process wrote it, into a folder that only we may enter
        if what == "log":
            found: Log = of
            return found
        getattr(reading.into, what)(of)


def _wait(path: Path, reading: Reading, target: Path) -> None:
    """Let the file be read into `target`."""
    command = [sys.executable, "-P", "-m", "valuestream.web.apart"]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        with child.stdin as asked:
            plain = replace(reading, progress=None, seen=None, into=None)
            pickle.dump((path, plain, reading.into is not None, target), asked)
        for line in child.stdout:
            said = json.loads(line)
            if "read" in said:
                return
            if "refused" in said:
                name, *told = said["refused"]
                raise getattr(errors, name)(*told)
            if "broken" in said:
                raise RuntimeError(said["broken"])
            if reading.progress:
                reading.progress(*said["progress"])
        raise InputError(
            f"The process that read {path.name} ended with {child.wait()}.",
            "Is there enough memory? Try `vsm import`, while no server runs.",
        )
    finally:
        child.kill()
        child.stdout.close()
        child.wait()


class _Teller:
    """Tells the waiting process how far the reading is, again and again: each time it may say that it is cancelled."""

    def __init__(self) -> None:
        self._out, self._lock = os.fdopen(os.dup(1), "w", encoding="utf-8"), threading.Lock()
        self.progress = (0, 0)
        threading.Thread(target=self._again, daemon=True).start()

    def say(self, **told: Any) -> None:
        with self._lock:
            self._out.write(json.dumps(told) + "\n")
            self._out.flush()

    def _again(self) -> None:
        while True:
            self.say(progress=self.progress)
            threading.Event().wait(TELL_S)

    def reached(self, done: int, whole: int) -> None:
        self.progress = (done, whole)


def main() -> None:
    """In the other process: read, write down, tell."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the server's, which ends this process
    with suppress(AttributeError, OSError):
        os.nice(NICE)
    path, reading, in_parts, target = pickle.load(sys.stdin.buffer)
    teller = _Teller()
    try:
        from valuestream.sources.open import read as read_here

        with target.open("xb") as file:
            into = Written(file)
            asked = replace(reading, progress=teller.reached, into=into if in_parts else None)
            into.say("log", read_here(path, asked))
    except ValuestreamError as wrong:
        teller.say(refused=[type(wrong).__name__, wrong.message, wrong.hint])
    except BaseException:
        teller.say(broken=traceback.format_exc())
    else:
        teller.say(progress=teller.progress)
        teller.say(read=True)


if __name__ == "__main__":
    main()
