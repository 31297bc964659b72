"""`vsm sync` beside `vsm serve`: two real processes at one workspace, and a real server that is the tool."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from syncing import TOKEN, states
from test_sync_killed import Served
from test_web_serve import started
from valuestream.workspace import Workspace

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is another signal there")


@pytest.fixture
def tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    """A Redmine on the loopback, and a workspace that reads it; its token is in everybody's environment."""
    monkeypatch.setenv("TOOL_TOKEN", TOKEN)
    served = Served()
    Workspace.init(tmp_path).close()
    with (tmp_path / "valuestream.yaml").open("a") as file:
        url = f"http://127.0.0.1:{served.server.server_port}"
        file.write(f"sources:\n  tool:\n    kind: redmine\n    url: {url}\n    token: ${{TOOL_TOKEN}}\n")
    yield served
    served.server.shutdown()
    served.server.server_close()


def program(folder: Path, *words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-u", "-m", "valuestream", *words, "-w", str(folder)]
    return subprocess.Popen(command, env=dict(os.environ), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def everything(tool: Served) -> list[tuple[str, str, int]]:
    assert tool.tool.story is not None
    return sorted(
        (f"#{work.number}", state, at)
        for work in tool.tool.story.work
        for state, at in [("To Do", work.created), *((move.new, move.at) for move in work.moves)]
    )


def test_a_sync_is_done_by_the_server_that_holds_the_workspace(tool: Served, tmp_path: Path) -> None:
    with started("serve", "-w", tmp_path):
        status, out, err = ended(program(tmp_path, "sync"))
        assert (status, err) == (0, "")
        assert "274 new events" in out
        assert "274 events of 48 items" in ended(program(tmp_path, "status"))[1]
    assert states(tmp_path) == everything(tool)


def test_a_watch_beside_a_server_leaves_it_free_and_ends_by_ctrl_c(tool: Served, tmp_path: Path) -> None:
    """While it waits for its next round other commands are done; stopped, the server asks the tool no more."""
    with started("serve", "-w", tmp_path):
        watch = program(tmp_path, "sync", "--watch", "10 s")
        assert watch.stdout is not None
        assert "274 new events" in watch.stdout.readline()
        assert "274 events of 48 items" in ended(program(tmp_path, "status"))[1]
        watch.send_signal(signal.SIGINT)
        status, _, err = ended(watch)
        assert (status, "Traceback" in err) == (130, False)
        asked = tool.asked
        time.sleep(11)
        assert tool.asked == asked
    assert states(tmp_path) == everything(tool)


def test_a_watch_goes_on_through_a_server_that_comes_and_goes(tool: Served, tmp_path: Path) -> None:
    watch = program(tmp_path, "sync", "--watch", "10 s")
    assert watch.stdout is not None
    assert "274 new events" in watch.stdout.readline()
    assert tool.tool.story is not None
    with started("serve", "-w", tmp_path):
        tool.tool.story.move(5, tool.tool.story.work[4].changed + 2 * 366 * 86_400_000_000)
        assert "1 new events" in watch.stdout.readline()  # done by the server
    tool.tool.story.move(6, tool.tool.story.work[5].changed + 2 * 366 * 86_400_000_000)
    assert "1 new events" in watch.stdout.readline()
    watch.send_signal(signal.SIGINT)
    assert ended(watch)[0] == 130
    assert states(tmp_path) == everything(tool)
