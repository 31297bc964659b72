"""`vsm sync --watch`: it goes on, waits, gives way, and ends in order."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from command_line import vsm
from syncing import TOKEN, answering, folder, source, states, sync
from test_sync_killed import Served
from valuestream.sources import faulty
from valuestream.sources.faulty import Faulty
from valuestream.sources.rehearsal_redmine import rehearsal as redmine
from valuestream.workspace import Workspace

__all__ = ["answering", "folder"]


@pytest.mark.parametrize(("every", "message"), [("soon", "'soon' is no duration"), ("1 s", "not asked that often")])
def test_a_watch_that_cannot_be_is_refused(folder, every, message):
    source(folder)
    ran = vsm("sync", "--watch", every)
    assert (ran.status, message in ran.err) == (2, True)


def test_a_watch_goes_on_until_it_is_stopped(folder, answering, monkeypatch):
    source(folder)
    transport = answering(redmine().answer)
    waits = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr("valuestream.cli.sync.time.sleep", sleep)
    ran = sync("--watch", "10 min")
    assert (ran.status, waits) == (130, [600.0] * 3)
    assert ran.out.count("0 records") == 2
    assert len(transport.asked) > 60


def test_a_watch_survives_an_outage_and_asks_less_often_meanwhile(folder, answering, monkeypatch):
    """Redmine is gone for three rounds: 10, 20 and 40 minutes pass; back again, it is asked every five."""
    source(folder)
    tool, waits = redmine(), []
    outage = faulty.status(503)
    answering(Faulty(tool.answer, outage, lambda n: True))

    def sleep(seconds: float) -> None:
        if seconds < 1:
            return  # between two attempts at one request
        waits.append(seconds / 60)
        if len(waits) == 3:
            answering(tool.answer)
        if len(waits) == 5:
            raise KeyboardInterrupt

    monkeypatch.setattr("valuestream.cli.sync.time.sleep", sleep)
    ran = sync("--watch")
    assert (ran.status, waits) == (130, [10, 20, 40, 5, 5])
    assert ran.out.count("server failing. ") == 3
    assert len(states(folder)) == 48 + tool.story.moves


def test_a_watch_waits_for_a_store_that_another_process_holds(folder, answering, monkeypatch):
    source(folder)
    answering(redmine().answer)
    waits, holder = [], []
    code = "import duckdb, sys, time; c = duckdb.connect(sys.argv[1]); print('held', flush=True); time.sleep(60)"
    sleeps = time.sleep

    def sleep(seconds: float) -> None:
        if seconds < 1:
            sleeps(seconds)  # until the lock's time is over
            return
        waits.append(seconds)
        if len(waits) == 1:
            command = [sys.executable, "-c", code, str(folder / "valuestream.duckdb")]
            holder.append(subprocess.Popen(command, stdout=subprocess.PIPE))
            holder[0].stdout.readline()
        elif len(waits) == 2:
            holder[0].kill()
            holder[0].communicate()
        else:
            raise KeyboardInterrupt

    monkeypatch.setattr("valuestream.cli.sync.time.sleep", sleep)
    ran = sync("--watch", "--lock-timeout", "0.2")
    assert (ran.status, waits) == (130, [300.0] * 3)
    assert f"process {holder[0].pid}" in ran.err
    assert ran.out.count("0 records") == 1


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is another signal there")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_and_a_service_manager_end_a_watch_in_order(tmp_path, how):
    """A program of its own, stopped while it waits: status 130 or 143, the store whole and free."""
    served = Served()
    Workspace.init(tmp_path).close()
    with (tmp_path / "valuestream.yaml").open("a") as file:
        url = f"http://127.0.0.1:{served.server.server_port}"
        file.write(f"sources:\n  tool:\n    kind: redmine\n    url: {url}\n    token: ${{TOOL_TOKEN}}\n")
    command = [sys.executable, "-u", "-m", "valuestream", "sync", "--watch", "-w", str(tmp_path)]
    env = {**os.environ, "TOOL_TOKEN": TOKEN}
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert "done." in process.stdout.readline()
        process.send_signal(how)
        _, err = process.communicate(timeout=60)
    served.server.shutdown()
    served.server.server_close()
    assert (process.returncode, "Traceback" in err) == (128 + how, False)
    assert len(states(tmp_path)) == 48 + served.tool.story.moves
