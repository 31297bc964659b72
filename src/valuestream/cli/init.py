"""`vsm init`: make a folder a workspace."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("folder", default=".")
def init(folder: str) -> None:
    """Make a folder a workspace: a valuestream.yaml and a store beside it.

    What is there already is left as it is.

    \b
        vsm init
        vsm import tickets.csv
        vsm map
    """  # noqa: D301
    from valuestream.workspace import Workspace

    made = Workspace.init(Path(folder))
    made.close()
    click.echo(f"{made.folder.path.resolve()} is a workspace. `vsm import FILE` reads a first file into it.")
