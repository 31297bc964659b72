"""`vsm streams`: the stream's definition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from valuestream.cli.options import READING, not_itself, read_log, target, with_options, write_file, zone_said
from valuestream.cli.workspaces import WORKSPACE, workspace

if TYPE_CHECKING:
    from valuestream.log.event import Log


@click.group()
def streams() -> None:
    """Define value streams."""


@streams.command()
@click.argument("source", required=False)
@with_options(*READING, *WORKSPACE)
@click.option("--name", default="value stream", show_default=True, help="What to call the stream.")
@click.option("-o", "--output", metavar="FILE", callback=target, help="Write it there instead of printing it.")
def suggest(source: str | None, name: str, output: str | None, **options: Any) -> None:
    """Propose a first valuestream.yaml from a log; each guess says why.

    \b
        vsm streams suggest tickets.csv -o valuestream.yaml
        vsm map tickets.csv --stream valuestream.yaml
    """  # noqa: D301
    from valuestream.discovering import suggestion_text
    from valuestream.workspace_files import FILE

    if source is not None:
        not_itself(source, output)
    said: dict[str, Any] = {}
    if source is None:
        log, said = _of_workspace(options)
    else:
        log = read_log(source, options)
    text = suggestion_text(log, name, zone_said(options) or "UTC", categories=said)
    if output:
        write_file(output, text)
        then = f"vsm map {source} --stream {output}" if source else f"take its streams over into {FILE}"
        click.echo(f"Written to {output}. Read the comments, change what is wrong, then: {then}")
    else:
        click.echo(text, nl=False)


def _of_workspace(options: dict[str, Any]) -> tuple[Log, dict[str, Any]]:
    """A workspace's log, and what its tools say of their states."""
    from valuestream.engine.sample import items_log
    from valuestream.workspace_suggest import categories

    with workspace(options) as opened:
        return items_log(opened.store), dict(categories(opened))
