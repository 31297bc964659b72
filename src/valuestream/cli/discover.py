"""`vsm discover`: what happens in a log, without any set-up."""

from __future__ import annotations

from typing import Any

import click

from valuestream.cli.options import READING, WINDOW, read_log, show_json, with_options, zone_said
from valuestream.cli.workspaces import WORKSPACE, workspace_log


@click.command()
@click.argument("source", required=False)
@with_options(*WINDOW, *READING, *WORKSPACE)
@click.option(
    "--variants",
    "most",
    type=click.IntRange(0),
    default=10,
    show_default=True,
    help="How many of the most frequent variants to list.",
)
@click.option("--json", "as_json", is_flag=True, help="Everything as JSON.")
def discover(source: str | None, most: int, as_json: bool, **options: Any) -> None:
    """Show what a log says happened: states, transitions, variants, weeks.

    Items belong to the window by their last event. Without a SOURCE the log is the workspace's.

    \b
        vsm discover tickets.csv
        vsm discover tickets.csv.gz --json | jq .transitions
    """  # noqa: D301
    from valuestream.discovering import discovered
    from valuestream.pictures.text import discovery_text

    log = workspace_log(options) if source is None else read_log(source, options)
    window = {key: options[key] for key in ("since", "until", "as_of", "where")}
    document = discovered(log, zone=zone_said(options) or "UTC", variants=most, **window)
    if as_json:
        show_json(document)
    else:
        click.echo(discovery_text(document))
