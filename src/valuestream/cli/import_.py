"""`vsm import`: files into a workspace."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from valuestream.cli.options import READING, progress, reading, show_json, with_options
from valuestream.cli.workspaces import WORKSPACE, workspace


@click.command("import")
@click.argument("files", nargs=-1, required=True)
@click.option("--source", metavar="NAME", help="Which source they belong to (default: the one whose patterns fit).")
@click.option("--snapshot", metavar="NAME", help="Under which name a file is kept (default: its own).")
@with_options(*READING, *WORKSPACE)
@click.option("--json", "as_json", is_flag=True, help="What was done as JSON.")
def import_(files: tuple[str, ...], source: str | None, snapshot: str | None, as_json: bool, **options: Any) -> None:
    """Read files, or git repositories, into the workspace.

    A file imported again takes the place of what it brought before: a corrected date leaves no ghost. The first import
    of a workspace writes a stream with guessed stages to its valuestream.yaml, with reasons as comments.

    \b
        vsm import tickets.csv
        vsm import --source tickets tickets-2026-*.csv
    """  # noqa: D301
    if snapshot and len(files) > 1:
        raise click.UsageError("--snapshot names one file.")
    told = []
    with workspace(options) as opened:
        for file in files:
            with progress(f"Reading {Path(file).name}") as report:
                done = opened.import_file(
                    Path(file), source=source, snapshot=snapshot, reading=reading(options), progress=report
                )
            told.append(done)
            if not as_json:
                _say(done)
    if as_json:
        show_json({"schema": "vsm.import/1", "imports": told})


def _say(done: dict[str, Any]) -> None:
    name = f"{done['snapshot']} (source {done['source']})"
    if done["unchanged"]:
        click.echo(f"{name}: as it was imported before; nothing to do.")
        return
    rejected = f", {done['rejected']:,} rows rejected" if done["rejected"] else ""
    click.echo(f"{name}: {done['read']:,} events; {done['new']:,} new, {done['superseded']:,} superseded{rejected}.")
    for note in done["notes"]:
        click.echo(f"  {note}")
    if done["guessed"]:
        click.echo(
            f"Stages guessed: the stream '{done['guessed']}' stands in valuestream.yaml, each guess with its reason."
            " Correct it, then: vsm map"
        )
