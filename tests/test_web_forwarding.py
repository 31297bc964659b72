"""Commands while a server holds the workspace: two real processes, what they tell each other, and what if one dies."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest

from command_line import TICKETS, program, ran, vsm, written
from test_web_serve import started
from valuestream.sources.rehearsal import TOKEN
from valuestream.sources.rehearsal_redmine import rehearsal as redmine

ROWS = 600_000


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    assert vsm("init", folder).status == 0
    written(folder, "tickets.csv", TICKETS)
    assert vsm("import", folder / "tickets.csv", "-w", folder).status == 0
    return folder


def large(folder: Path, *, rows: int = ROWS) -> Path:
    """A file that takes some seconds."""
    rows = "".join(f"L{n // 4},2024-02-0{1 + n % 4},{('todo', 'dev', 'test', 'done')[n % 4]}\n" for n in range(rows))
    return written(folder, "large.csv", f"item,time,state\n{rows}")


def test_progress_and_the_exit_status_come_back(work: Path) -> None:
    file = large(work)
    with started("serve", "-w", work) as (_, address):
        token = json.loads((work / ".vsm" / "server.json").read_text())["token"]
        asked = {"arguments": ["import", str(file), "-w", str(work), "--source", "more"], "folder": str(work)}
        head = {"authorization": f"Bearer {token}"}
        with httpx.stream("POST", f"{address}/commands", json=asked, headers=head, timeout=120) as answer:
            lines = [json.loads(line) for line in answer.iter_lines()]
        told = [line["done"] / line["whole"] for line in lines[:-1] if line["whole"]]
        assert told == sorted(told)
        assert len(told) >= 2
        assert (lines[-1]["status"], lines[-1]["err"]) == (0, "")
        assert f"{ROWS:,} new" in lines[-1]["out"]


@pytest.mark.parametrize(
    "command", [("build", "--whole"), ("snapshot", "now"), ("status",), ("sync",), ("import", "no.csv"), ("build", "X")]
)
def test_leaves_as_it_would_alone(work: Path, command: tuple[str, ...]) -> None:
    with started("serve", "-w", work):
        served = ran(*command, "-w", work)
    for made in work.glob("snapshots/*"):
        made.unlink()
    alone = ran(*command, "-w", work)
    assert (served.status, served.err) == (alone.status, alone.err)
    if command != ("status",):  # which tells the time
        assert served.out == alone.out


def test_a_server_that_dies_meanwhile_is_told_of_and_nothing_half_is_kept(work: Path) -> None:
    file = large(work, rows=3 * ROWS)
    with started("serve", "-w", work) as (server, _):
        command = program("import", file, "-w", work, "--source", "more")
        asking = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        time.sleep(1.5)
        assert asking.poll() is None
        server.kill()
        out, err = asking.communicate(timeout=30)
    assert (asking.returncode, out) == (5, "")
    assert "went away before the command was done" in err
    assert len(err.splitlines()) == 2
    assert "Traceback" not in err
    again = ran("import", file, "-w", work, "--source", "more")
    assert (again.status, f"{3 * ROWS:,} new" in again.out) == (0, True)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_command_that_is_ended_ends_in_the_server_too(work: Path, how: signal.Signals) -> None:
    file = large(work, rows=3 * ROWS)
    with started("serve", "-w", work) as (_, address):
        asking = subprocess.Popen(
            program("import", file, "-w", work, "--source", "more"), stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        time.sleep(1.5)
        asking.send_signal(how)
        asking.communicate(timeout=30)
        assert asking.returncode == 128 + how
        for _ in range(100):
            document = httpx.get(f"{address}/data.json", timeout=30).json()
            assert [source["name"] for source in document["workspace"]["sources"]] == ["tickets"]
            time.sleep(0.05)


@contextmanager
def tool() -> Iterator[str]:
    """The rehearsal's Redmine on a port of this machine."""
    rehearsal = redmine()

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = httpx.Request("GET", f"http://{self.headers['host']}{self.path}", headers=dict(self.headers))
            found: httpx.Response = rehearsal.answer(asked)
            self.send_response(found.status_code)
            for name, value in found.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(found.content)

        def log_message(self, format: str, *arguments: Any) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_sync_is_done_by_the_server_with_its_environment(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with tool() as address:
        file = work / "valuestream.yaml"
        told = f"  tool: {{kind: redmine, url: '{address}', token: '${{TOOL_TOKEN}}', projects: [shop]}}"
        file.write_text(file.read_text().replace("\nsources:\n", f"\nsources:\n{told}\n"))
        monkeypatch.setenv("TOOL_TOKEN", TOKEN)
        with started("serve", "-w", work):
            monkeypatch.delenv("TOOL_TOKEN")
            left = ran("sync", "-w", work, "--json")
            assert left.document["syncs"][0]["status"] == "done"
            assert left.document["syncs"][0]["new"] > 0
            assert TOKEN not in left.out + left.err
