"""`vsm check`: what a source's token may see."""

from __future__ import annotations

from typing import Any

import click

from valuestream.cli.options import with_options
from valuestream.cli.workspaces import WORKSPACE, workspace

MARKS = {True: "ok  ", False: "NO  ", None: "    "}


@click.command()
@click.argument("source")
@with_options(*WORKSPACE)
def check(source: str, **options: Any) -> None:
    """Ask a tool who the token is and what it may see. Nothing is read into the workspace.

    \b
        vsm check code
    """  # noqa: D301
    from valuestream.workspace_sync import Syncing, live

    with workspace(options) as opened:
        (chosen,) = live(opened, (source,))
        fine = True
        for finding in Syncing(opened).check(chosen):
            click.echo(f"{MARKS[finding.fine]}{finding.text}")
            fine = fine and finding.fine is not False
    if not fine:
        raise click.exceptions.Exit(3)
