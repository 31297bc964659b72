"""kill -9 while a real program reads a server on the loopback into a real store."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from valuestream.sources.rehearsal_redmine import rehearsal
from valuestream.workspace import Workspace

TOKEN = "a-token"


class Served:
    """The tool in memory behind a real server, which kills its client at a request."""

    def __init__(self) -> None:
        self.tool = rehearsal()
        self.asked = 0
        self.kills: tuple[int, subprocess.Popen[bytes]] | None = None
        served = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                served.asked += 1
                if served.kills and served.asked == served.kills[0]:
                    served.kills[1].send_signal(signal.SIGKILL)
                    served.kills[1].wait()
                answer = served.tool.answer(httpx.Request("GET", f"http://127.0.0.1{self.path}"))
                self.send_response(answer.status_code)
                self.send_header("Content-Length", str(len(answer.content)))
                self.end_headers()
                if not (served.kills and served.asked == served.kills[0]):
                    self.wfile.write(answer.content)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def sync(self, folder: Path, *, killed_at: int | None = None) -> int:
        """Run `vsm sync` as a process of its own; its exit status."""
        self.asked = 0
        command = [sys.executable, "-m", "valuestream", "sync", "--no-compare", "-w", str(folder)]
        env = {**os.environ, "TOOL_TOKEN": TOKEN}
        with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
            self.kills = None if killed_at is None else (killed_at, process)
            out, _ = process.communicate(timeout=300)
        assert process.returncode in (0, -9), out.decode()
        return process.returncode


@pytest.fixture
def served() -> Iterator[Served]:
    made = Served()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.mark.skipif(sys.platform == "win32", reason="there is no kill -9")
def test_a_program_killed_anywhere_loses_no_page_and_doubles_nothing(served, tmp_path):
    """Killed while it fetches a page's records, at three places; each sync goes on where the last page was kept."""
    workspace = Workspace.init(tmp_path)
    workspace.close()
    with (tmp_path / "valuestream.yaml").open("a") as file:
        url = f"http://127.0.0.1:{served.server.server_port}"
        file.write(f"sources:\n  tool:\n    kind: redmine\n    url: {url}\n    token: ${{TOOL_TOKEN}}\n")
        file.write("    projects: [shop]\n    options: {page: 10}\n")
    kept = [count(tmp_path)]
    for at in (10, 19, 25):
        assert served.sync(tmp_path, killed_at=at) == -9
        kept.append(count(tmp_path))
    assert served.sync(tmp_path) == 0
    assert kept == sorted(kept)
    assert kept[-1] > 0
    asked = served.asked
    assert count(tmp_path) == 48
    assert asked < 48  # what was kept before is not fetched again
    story = served.tool.story
    assert story is not None
    assert states(tmp_path) == sorted(
        (f"#{work.number}", state, at)
        for work in story.work
        for state, at in [("To Do", work.created), *((move.new, move.at) for move in work.moves)]
    )


def count(folder: Path) -> int:
    """How many issues the store has."""
    workspace = Workspace.open(folder)
    n = len(list(workspace.store.replies("tool", "shop/issues")))
    workspace.close()
    return n


def states(folder: Path) -> list[tuple[str, str, int]]:
    workspace = Workspace.open(folder)
    log = workspace.log()
    workspace.close()
    rows = [row for row in range(len(log)) if log.kind[row] == 0]
    return sorted((log.items[int(log.item[r])], log.words[int(log.value[r])], int(log.at[r])) for r in rows)
