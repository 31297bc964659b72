"""How a command comes to its workspace: `-w DIR`, VSM_WORKSPACE, or the folder it is called in and those above."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from valuestream.cli.forwarding import forward, served_here
from valuestream.cli.options import progress

if TYPE_CHECKING:
    from valuestream.log.event import Log
    from valuestream.value_stream import ValueStream
    from valuestream.workspace import Workspace

WORKSPACE = (
    click.option("-w", "--workspace", metavar="DIR", help="The workspace's folder (default: this one, or one above)."),
    click.option("--lock-timeout", metavar="SECONDS", help="How long to wait for a store that is held (default 10)."),
)


@contextmanager
def workspace(options: dict[str, Any]) -> Iterator[Workspace]:
    """The workspace that the options of WORKSPACE name, closed in the end; a server of it does the command itself."""
    from valuestream.workspace import Workspace, seconds

    wait, place = options.get("lock_timeout"), folder(options)
    if (held := served_here(place)) is not None:
        yield held
        return
    forward(place)
    opened = Workspace.open(place, lock_timeout=None if wait is None else seconds(wait))
    try:
        yield opened
    finally:
        opened.close()


@contextmanager
def workspace_stream(options: dict[str, Any], name: str | None) -> Iterator[ValueStream]:
    """A stream of the workspace in the window that the options say, built first where it is out of date."""
    if options.get("stream_file"):
        raise click.UsageError("--stream names the streams of a SOURCE; a workspace has its own file: use --name.")
    window = {key: options[key] for key in ("since", "until", "as_of", "where")}
    with (
        workspace(options) as opened,
        progress("Building") as report,
        opened.stream(name, progress=report, **window) as found,
    ):
        yield found


def workspace_log(options: dict[str, Any]) -> Log:
    """All events of the workspace."""
    with workspace(options) as opened:
        return opened.log()


def folder(options: dict[str, Any]) -> Path:
    """The folder of the workspace; ConfigError where there is none."""
    from valuestream.workspace import find

    named = options.get("workspace") or os.environ.get("VSM_WORKSPACE")
    return Path(named) if named else find(Path())
