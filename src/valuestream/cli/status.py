"""`vsm status`: what is in a workspace, and what is out of date."""

from __future__ import annotations

from typing import Any

import click

from valuestream.cli.options import show_json, with_options
from valuestream.cli.workspaces import WORKSPACE, workspace


@click.command()
@with_options(*WORKSPACE)
@click.option("--json", "as_json", is_flag=True, help="Everything as JSON.")
def status(as_json: bool, **options: Any) -> None:
    """Show what is in the workspace: sources, runs, rejects, streams and their builds.

    \b
        vsm status
        vsm status --json | jq .rejects
    """  # noqa: D301
    from valuestream.pictures.status import status_text

    with workspace(options) as opened:
        document = opened.status()
    if as_json:
        show_json(document)
    else:
        click.echo(status_text(document))
