"""`vsm backup`: a copy of the store."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from valuestream.cli.options import target, with_options
from valuestream.cli.workspaces import WORKSPACE, workspace
from valuestream.errors import ConfigError


@click.command()
@click.argument("file", callback=target)
@with_options(*WORKSPACE)
def backup(file: str, **options: Any) -> None:
    """Copy the store to a file, whole or not at all.

    Copying it back is all that restoring takes. The key of the pseudonyms (.vsm/people.key) is not part of it: keep it
    elsewhere, or set VSM_PEOPLE_KEY.

    \b
        vsm backup /backups/valuestream-2026-10-01.duckdb
    """  # noqa: D301
    with workspace(options) as opened:
        if Path(file).resolve() == opened.store.path.resolve():
            raise ConfigError(f"{file} is the store itself.", "Name another file.")
        size = opened.store.backup(Path(file))
    click.echo(f"{size:,} bytes written to {file}.")
