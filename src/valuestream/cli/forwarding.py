"""A workspace that is served has one process at its store: commands that need it are done there.

The command line sends itself, with the token that only the workspace's owner can read; the server runs it as its
writer, on the store that it holds, and sends back what it wrote and the exit status. Files are those of this machine,
the environment (tokens of tools among it) is the server's.
"""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from valuestream.cli.doing import HERE, Progress
from valuestream.cli.leaving import status_of
from valuestream.cli.options import progress as shown
from valuestream.errors import Interrupted, Locked

if TYPE_CHECKING:
    from http.client import HTTPResponse

    from valuestream.web.serve import Running
    from valuestream.workspace import Workspace

WAIT_S = 24 * 3_600.0


def served_here(folder: Path) -> Workspace | None:
    """The workspace that this process serves, where it is doing a command for another one; else None."""
    held = HERE.workspace
    return held if held is not None and held.folder.path.resolve() == folder.resolve() else None


def forward(folder: Path) -> None:
    """Where a server holds the workspace: let it do this command, show what it wrote, and leave as it left."""
    status = forwarded(folder, sys.argv[1:])
    if status is not None:
        raise click.exceptions.Exit(status)


def forwarded(folder: Path, arguments: list[str]) -> int | None:
    """Let a server of the workspace do a command, and show how far it is and what it wrote; the status it left with.

    None where no server runs. Locked where it goes away meanwhile.
    """
    from valuestream.web.serve import running
    from valuestream.workspace_files import PRIVATE

    if HERE.workspace is not None:
        return None  # another workspace than the one that is served: opened as if there were no server
    server = running(folder / PRIVATE)
    if server is None:
        return None
    answer = _asked(server, {"arguments": arguments, "folder": os.getcwd()})
    click.echo(answer["out"], nl=False)
    click.echo(answer["err"], nl=False, err=True)
    return int(answer["status"])


def _asked(server: Running, command: dict[str, Any]) -> dict[str, Any]:
    import http.client

    head = {"content-type": "application/json", "authorization": f"Bearer {server.token}"}
    line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=WAIT_S)
    try:
        line.request("POST", "/commands", json.dumps(command), head)
        answer = line.getresponse()
        told = _last(answer)
    except (OSError, ValueError, http.client.HTTPException) as wrong:
        raise _gone(server, type(wrong).__name__) from wrong
    finally:
        line.close()
    if answer.status != 200:
        raise Locked(str(told.get("message")), str(told.get("hint")))
    if "refused" in told:
        raise Locked(*told["refused"])
    if "status" not in told:
        raise _gone(server, "it ended")
    return told


def _last(answer: HTTPResponse) -> dict[str, Any]:
    """The last line of an answer; those before it say how far the command is, which a terminal is shown."""
    told: dict[str, Any] = {}
    with shown("At work in the server") as bar:
        for line in answer:
            told = json.loads(line)
            if bar is not None and told.get("whole"):
                bar(told["done"], told["whole"])
    return told


def _gone(server: Running, why: str) -> Locked:
    return Locked(
        f"Process {server.pid}, which serves this workspace, went away before the command was done ({why}).",
        "What was not finished was not kept. Try again; `vsm status` says what is there.",
    )


@contextmanager
def _holding(workspace: Workspace, folder: str, progress: Progress) -> Iterator[None]:
    """For a command done in this thread: on the workspace that is served, paths as where it was called."""
    before = os.getcwd()
    HERE.workspace, HERE.progress = workspace, progress
    try:
        os.chdir(folder)
        yield
    finally:
        os.chdir(before)
        HERE.workspace = HERE.progress = None


def done_here(
    root: click.Command, workspace: Workspace, arguments: list[str], folder: str, progress: Progress
) -> dict[str, Any]:
    """Run a command for another process: what it wrote, and the status it left with."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        try:
            with _holding(workspace, folder, progress):
                left = root.main(arguments, prog_name="vsm", standalone_mode=False)
            status = left if isinstance(left, int) else 0
        except Interrupted:
            raise  # whoever asked has gone
        except SystemExit as leaving:
            status = leaving.code if isinstance(leaving.code, int) else 1
        except Exception as wrong:
            status = status_of(wrong)
    return {"status": status, "out": out.getvalue(), "err": err.getvalue()}
