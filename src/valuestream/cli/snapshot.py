"""`vsm snapshot`, `vsm snapshots`, `vsm compare`: what a stream was, kept, and what changed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from valuestream.cli.asking import ASKING, JSON, asked, with_options
from valuestream.cli.options import show_json, target
from valuestream.cli.workspaces import WORKSPACE, folder
from valuestream.errors import ConfigError


@click.command()
@click.argument("snapshot_name", metavar="NAME")
@with_options(*ASKING)
@click.option("--to", metavar="FILE", callback=target, help="Write it there (needed with a SOURCE).")
@click.option("--replace", is_flag=True, help="Write over a snapshot of that name.")
def snapshot(snapshot_name: str, to: str | None, replace: bool, **options: Any) -> None:
    """Freeze a stream: its file, its figures with their intervals, the keys of its items, its map.

    Nothing that happens later changes a snapshot: no import, no other mapping, no new version. In a workspace it is
    snapshots/NAME.json.

    \b
        vsm snapshot 2026-Q3 --since 2026-07-01 --until 2026-10-01
        vsm snapshot before tickets.csv --to before.json
    """  # noqa: D301
    from valuestream.workspace_snapshots import keep, place

    if to is None and options["source"] is not None:
        raise click.UsageError("Say where to with --to FILE, or leave out SOURCE in a workspace.")
    path = Path(to) if to else place(folder(options), snapshot_name)
    if path.exists() and not replace:  # looked at before the long work
        keep(path, {})
    now = datetime.now(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")
    with asked(options) as stream:
        document = stream.snapshot(snapshot_name, taken_at=now)
    keep(path, document, replace=replace)
    n = len(document["items"]["finished"])
    click.echo(f"{len(document['figures']):,} figures of {n:,} finished items kept in {path}.")


@click.command()
@with_options(*WORKSPACE)
@JSON
def snapshots(as_json: bool, **options: Any) -> None:
    """List the snapshots of the workspace.

    \b
        vsm snapshots
    """  # noqa: D301
    from valuestream.pictures.snapshots import snapshots_text
    from valuestream.workspace_snapshots import listed

    document = listed(folder(options))
    if as_json:
        show_json(document)
    else:
        click.echo(snapshots_text(document), nl=False)


@click.command()
@click.argument("a")
@click.argument("b")
@with_options(*WORKSPACE)
@click.option("--all", "whole", is_flag=True, help="Every figure, not only those beyond their interval.")
@JSON
def compare(a: str, b: str, whole: bool, as_json: bool, **options: Any) -> None:
    """Say what changed from snapshot A to snapshot B, and whether by more than the figures are sure of.

    A and B are names of snapshots in the workspace, or files.

    \b
        vsm compare 2026-Q2 2026-Q3
        vsm compare before.json after.json --all
    """  # noqa: D301
    from valuestream.pictures.snapshots import comparison_text
    from valuestream.value_stream import compare as compared
    from valuestream.workspace_snapshots import read

    home = _home(options)
    document = compared(read(home, a), read(home, b))
    if as_json:
        show_json(document)
    else:
        click.echo(comparison_text(document, whole=whole), nl=False)


def _home(options: dict[str, Any]) -> Path | None:
    """The workspace's folder; None where there is none and none was named: files need no workspace."""
    try:
        return folder(options)
    except ConfigError:
        if options["workspace"]:
            raise
        return None
