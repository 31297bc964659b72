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
import threading
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from valuestream.cli.leaving import status_of
from valuestream.errors import Locked

if TYPE_CHECKING:
    from valuestream.web.serve import Running
    from valuestream.workspace import Workspace

WAIT_S = 24 * 3_600.0
_HERE = threading.local()


def served_here(folder: Path) -> Workspace | None:
    """The workspace that this process serves, where it is doing a command for another one; else None."""
    held: Workspace | None = getattr(_HERE, "workspace", None)
    return held if held is not None and held.folder.path.resolve() == folder.resolve() else None


def forward(folder: Path) -> None:
    """Where a server holds the workspace: let it do this command, show what it wrote, and leave as it left."""
    from valuestream.web.serve import running
    from valuestream.workspace_files import PRIVATE

    if getattr(_HERE, "workspace", None) is not None:
        return  # another workspace than the one that is served: opened as if there were no server
    server = running(folder / PRIVATE)
    if server is None:
        return
    answer = _asked(server, {"arguments": sys.argv[1:], "folder": os.getcwd()})
    click.echo(answer["out"], nl=False)
    click.echo(answer["err"], nl=False, err=True)
    raise click.exceptions.Exit(answer["status"])


def _asked(server: Running, command: dict[str, Any]) -> dict[str, Any]:
    import http.client

    head = {"content-type": "application/json", "authorization": f"Bearer {server.token}"}
    line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=WAIT_S)
    try:
        line.request("POST", "/commands", json.dumps(command), head)
        answer = line.getresponse()
        told: dict[str, Any] = json.loads(answer.read())
    except (OSError, ValueError, http.client.HTTPException) as wrong:
        raise Locked(
            f"Process {server.pid}, which serves this workspace, does not answer ({type(wrong).__name__}).",
            "End it, then try again.",
        ) from wrong
    finally:
        line.close()
    if answer.status != 200:
        raise Locked(str(told.get("message")), str(told.get("hint")))
    return told


@contextmanager
def _holding(workspace: Workspace, folder: str) -> Iterator[None]:
    """For a command done in this thread: on the workspace that is served, paths as where it was called."""
    before = os.getcwd()
    _HERE.workspace = workspace
    try:
        os.chdir(folder)
        yield
    finally:
        os.chdir(before)
        _HERE.workspace = None


def done_here(root: click.Command, workspace: Workspace, arguments: list[str], folder: str) -> dict[str, Any]:
    """Run a command for another process: what it wrote, and the status it left with."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        try:
            with _holding(workspace, folder):
                left = root.main(arguments, prog_name="vsm", standalone_mode=False)
            status = left if isinstance(left, int) else 0
        except SystemExit as leaving:
            status = leaving.code if isinstance(leaving.code, int) else 1
        except Exception as wrong:
            status = status_of(wrong)
    return {"status": status, "out": out.getvalue(), "err": err.getvalue()}
