"""`vsm compact`: the store without the room that deleted rows took."""

from __future__ import annotations

from typing import Any

import click

from valuestream.cli.options import with_options
from valuestream.cli.workspaces import WORKSPACE, workspace


@click.command()
@with_options(*WORKSPACE)
def compact(**options: Any) -> None:
    """Write the store anew, without the room that superseded and rebuilt rows took.

    \b
        vsm compact
    """  # noqa: D301
    with workspace(options) as opened:
        before, after = opened.store.compact()
    click.echo(f"{before:,} bytes before, {after:,} after.")
