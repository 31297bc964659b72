"""`vsm serve`: one process on the loopback, that says where it is and leaves when asked."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from command_line import TICKETS, program, ran, vsm, written
from valuestream.web.serve import Running, announced, bound, running


@contextmanager
def started(*arguments: str | Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server as a process of its own, and the address it says."""
    process = subprocess.Popen(
        program(*arguments, "--port", "0", "--no-browser"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        told = ""
        while not (found := re.search(r"http://127\.0\.0\.1:\d+", told)):
            line = process.stdout.readline()
            assert line, process.stderr.read() if process.stderr else ""
            told += line
        yield process, found[0]
    finally:
        process.kill()
        process.communicate()


def listening(port: int) -> str:
    """On which addresses of this machine a port is open: a second socket may bind to all but those."""
    with socket.socket() as other:
        other.settimeout(2)
        open_here = other.connect_ex(("127.0.0.1", port)) == 0
    with socket.socket() as other:
        other.settimeout(2)
        elsewhere = other.connect_ex(("127.0.0.2", port)) == 0  # all of 127/8 is this machine
    return "LISTEN " + " ".join(name for name, here in (("127.0.0.1", open_here), ("all", elsewhere)) if here)


@pytest.fixture
def tickets(tmp_path: Path) -> Path:
    return written(tmp_path, "tickets.csv", TICKETS)


class TestServe:
    def test_serves_a_log_on_the_loopback_only(self, tickets: Path) -> None:
        with started("serve", tickets) as (_, address):
            assert httpx.get(f"{address}/map.json").json()["items"]["finished"] == 2
            assert listening(int(address.rpartition(":")[2])) == "LISTEN 127.0.0.1"

    @pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
    @pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
    def test_leaves_quietly_when_asked(self, tickets: Path, how: signal.Signals) -> None:
        with started("serve", tickets) as (process, _):
            process.send_signal(how)
            _, said = process.communicate(timeout=20)
            assert (process.returncode, said) == (0, "")

    def test_of_a_taken_port_is_a_clear_error(self, tickets: Path) -> None:
        with bound(0) as taken:
            port = str(taken.getsockname()[1])
            answer = ran("serve", tickets, "--port", port, "--no-browser")
            assert (answer.status, answer.out) == (2, "")
            assert f"Port {port} on 127.0.0.1 is taken" in answer.err
            assert "--port" in answer.err.splitlines()[1]

    def test_of_a_missing_file_says_what_map_says(self, tmp_path: Path) -> None:
        answers = [vsm(command, tmp_path / "no.csv") for command in ("serve", "map")]
        assert answers[0] == answers[1]

    def test_takes_the_port_from_the_environment(self, tickets: Path) -> None:
        assert ran("serve", tickets, VSM_PORT="none").status == 2


class TestTheDemo:
    def test_can_serve_its_pages(self) -> None:
        with started("demo", "--items", "60", "--serve") as (_, address):
            assert httpx.get(f"{address}/map.json").json()["stream"] == "idea to release"


class TestTheFileThatTellsOfAServer:
    HERE = Running(os.getpid(), 1, "secret")

    @pytest.mark.skipif(os.name != "posix", reason="modes of POSIX")
    def test_is_for_its_owner_only_and_goes_with_the_server(self, tmp_path: Path) -> None:
        place = tmp_path / ".vsm" / "server.json"
        with announced(self.HERE, tmp_path / ".vsm"):
            assert stat.S_IMODE(place.stat().st_mode) == 0o600
            assert json.loads(place.read_text()) == {"pid": os.getpid(), "port": 1, "token": "secret"}
            assert running(tmp_path / ".vsm", check=False) == self.HERE
        assert not place.exists()

    def test_of_a_server_that_died_is_no_server(self, tmp_path: Path) -> None:
        with announced(self.HERE, tmp_path):
            assert running(tmp_path) is None  # nothing listens on port 1

    def test_of_a_server_that_listens_is_found(self, tmp_path: Path) -> None:
        with bound(0) as listening, announced(Running(1, listening.getsockname()[1], "x"), tmp_path):
            assert running(tmp_path) is not None

    @pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"pid": "x", "port": 1, "token": ""}'])
    def test_that_is_broken_is_no_server(self, tmp_path: Path, text: str) -> None:
        written(tmp_path, "server.json", text)
        assert running(tmp_path) is None
