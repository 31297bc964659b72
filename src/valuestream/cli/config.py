"""`vsm config`: every setting and where it came from."""

from __future__ import annotations

from typing import Any

import click

from valuestream.cli.options import show_json, with_options
from valuestream.cli.workspaces import WORKSPACE, workspace


@click.command()
@with_options(*WORKSPACE)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def config(as_json: bool, **options: Any) -> None:
    """Show each setting of the workspace, its value and where it came from.

    A flag goes before a variable VSM_... of the environment, that before the valuestream.yaml, that before the default.

    \b
        vsm config
        VSM_LOCK_TIMEOUT=60 vsm config
    """  # noqa: D301
    from valuestream.config_told import told

    with workspace(options) as opened:
        settings = told(opened.folder.file, opened.config, lock_timeout=options["lock_timeout"])
    if as_json:
        show_json({"schema": "vsm.config/1", "settings": [one._asdict() for one in settings]})
        return
    widths = [max(len(one[column]) for one in settings) for column in (0, 2)]
    for one in settings:
        click.echo(f"{one.name:{widths[0]}}  {one.origin:{widths[1]}}  {one.value}".rstrip())
