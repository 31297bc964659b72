"""`vsm serve`: one process on the loopback, that says where it is and leaves when asked."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import stat
import subprocess
import time
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
            assert httpx.get(f"{address}/map.json", timeout=60).json()["items"]["finished"] == 2
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

    def test_lets_no_part_of_an_answer_wait_for_an_acknowledgement(self) -> None:
        """asyncio switches Nagle's algorithm off for a connection that is said to be TCP, and for no other."""
        with bound(0) as listening, socket.create_connection(listening.getsockname()) as asking:
            taken, _ = listening.accept()
            with taken:
                assert taken.proto == socket.IPPROTO_TCP
            asking.close()

    @pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"pid": "x", "port": 1, "token": ""}'])
    def test_that_is_broken_is_no_server(self, tmp_path: Path, text: str) -> None:
        written(tmp_path, "server.json", text)
        assert running(tmp_path) is None


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    assert vsm("init", folder).status == 0
    written(folder, "tickets.csv", TICKETS)
    assert vsm("import", folder / "tickets.csv", "-w", folder).status == 0
    return folder


class TestAWorkspaceThatIsServed:
    def test_does_the_commands_that_need_its_store(self, work: Path) -> None:
        alone = ran("map", "-w", work, "--json").document
        with started("serve", "-w", work) as (_, address):
            assert ran("map", "-w", work, "--json").document == alone
            assert httpx.get(f"{address}/map.json").json() == alone
            more = written(work, "tickets2.csv", TICKETS.replace("A,", "D,").replace("B,", "E,").replace("C,", "F,"))
            told = ran("import", "--source", "tickets", more, "-w", work)
            assert (told.status, "11 events; 11 new" in told.out) == (0, True)
            assert ran("map", "-w", work, "--json").document["items"]["finished"] == 4

    def test_reads_paths_where_the_command_was_called(self, work: Path, tmp_path: Path) -> None:
        written(tmp_path, "here.csv", TICKETS)
        with started("serve", "-w", work):
            done = subprocess.run(
                program("import", "here.csv", "-w", "work"), cwd=tmp_path, capture_output=True, text=True, check=False
            )
            assert (done.returncode, done.stderr) == (0, "")
            assert "11 events" in done.stdout

    def test_sends_errors_back_as_they_are(self, work: Path) -> None:
        commands = (
            ("item", "NOPE", "-w", work),
            ("import", work / "no.csv", "-w", work),
            ("items", "--sort", "x", "-w", work),
        )
        alone = [ran(*command) for command in commands]
        with started("serve", "-w", work):
            assert [ran(*command) for command in commands] == alone
        assert [answer.status for answer in alone] == [2, 2, 2]

    def test_takes_no_command_without_its_token(self, work: Path) -> None:
        command = {"arguments": ["status"], "folder": str(work)}
        with started("serve", "-w", work) as (_, address):
            for token in ("", "Bearer", "Bearer x", "Bearer null", "Basic eDp4"):
                answer = httpx.post(f"{address}/commands", json=command, headers={"authorization": token})
                assert answer.status_code == 403
            assert httpx.post(f"{address}/commands", json=command).status_code == 403
            token = json.loads((work / ".vsm" / "server.json").read_text())["token"]
            answer = httpx.post(f"{address}/commands", json=command, headers={"authorization": f"Bearer {token}"})
            assert json.loads(answer.text.splitlines()[-1])["status"] == 0
            assert token not in httpx.get(f"{address}/").text + httpx.get(f"{address}/data.json").text

    def test_is_served_once(self, work: Path) -> None:
        with started("serve", "-w", work):
            second = ran("serve", "-w", work, "--port", "0", "--no-browser")
            assert second.status == 2
            assert "served already" in second.err
        # the first was killed and could not tidy up: its file must not be in the way
        with started("serve", "-w", work) as (_, address):
            assert httpx.get(f"{address}/map.json", timeout=60).status_code == 200

    def test_that_is_none_says_so(self, tmp_path: Path) -> None:
        answer = ran("serve", "-w", tmp_path, "--no-browser")
        assert (answer.status, "no workspace" in answer.err) == (2, True)

    def test_shows_what_was_imported_after_a_moment_and_says_so_before(self, work: Path) -> None:
        with started("serve", "-w", work) as (_, address):
            assert httpx.get(f"{address}/map.json", timeout=60).json()["items"]["finished"] == 2
            more = written(work, "tickets2.csv", TICKETS.replace("A,", "D,").replace("B,", "E,").replace("C,", "F,"))
            assert ran("import", more, "-w", work).status == 0
            for _ in range(200):
                httpx.get(f"{address}/", timeout=60)  # the first look puts a build in the queue
                if httpx.get(f"{address}/map.json", timeout=60).json()["items"]["finished"] == 4:
                    return
                time.sleep(0.1)
            raise AssertionError("never built anew")
