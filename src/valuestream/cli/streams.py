"""`vsm streams`: the stream's definition."""

from __future__ import annotations

from typing import Any

import click

from valuestream.cli.options import READING, not_itself, read_log, target, with_options, write_file, zone_said


@click.group()
def streams() -> None:
    """Define value streams."""


@streams.command()
@click.argument("source")
@with_options(*READING)
@click.option("--name", default="value stream", show_default=True, help="What to call the stream.")
@click.option("-o", "--output", metavar="FILE", callback=target, help="Write it there instead of printing it.")
def suggest(source: str, name: str, output: str | None, **options: Any) -> None:
    """Propose a first valuestream.yaml from a log; each guess says why.

    \b
        vsm streams suggest tickets.csv -o valuestream.yaml
        vsm map tickets.csv --stream valuestream.yaml
    """  # noqa: D301
    from valuestream.discovering import suggestion_text

    not_itself(source, output)
    text = suggestion_text(read_log(source, options), name, zone_said(options) or "UTC")
    if output:
        write_file(output, text)
        click.echo(
            f"Written to {output}. Read the comments, change what is wrong, then: vsm map {source} --stream {output}"
        )
    else:
        click.echo(text, nl=False)
