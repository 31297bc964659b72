"""`vsm build`: bring the built tables up to date."""

from __future__ import annotations

from typing import Any

import click

from valuestream.cli.options import progress, with_options
from valuestream.cli.workspaces import WORKSPACE, workspace

_SAID = {"fresh": "up to date", "touched": "rebuilt where items had changed", "whole": "built as a whole"}


@click.command()
@click.argument("streams", nargs=-1)
@click.option("--whole", is_flag=True, help="Build everything, whatever is there.")
@with_options(*WORKSPACE)
def build(streams: tuple[str, ...], whole: bool, **options: Any) -> None:
    """Build what is out of date: visits, items and batches of the streams (default: of all).

    Commands that show something build what they need by themselves; this is for a timer, after an import.

    \b
        vsm import tickets.csv
        vsm build
    """  # noqa: D301
    with workspace(options) as opened:
        for name in streams or opened.streams:
            with progress(f"Building {name}") as report:
                built, how = opened.build(name, whole=whole, progress=report)
                opened.explain(name)
            click.echo(f"{name}: {_SAID[how]}; {built.events:,} events.")
            for reason, n in built.left_out.items():
                click.echo(f"  {n:,} items left out: {reason}")
