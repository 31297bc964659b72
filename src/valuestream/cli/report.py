"""`vsm report`: a stream on paper."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from valuestream.cli.future_file import read_map
from valuestream.cli.map import stream_for, zone_of
from valuestream.cli.options import (
    READING,
    WINDOW,
    not_itself,
    progress,
    read_log,
    target,
    with_options,
    write_bytes,
    write_file,
    zone_said,
)
from valuestream.errors import ConfigError

ENDINGS = (".html", ".htm", ".pdf", ".png")


@click.command()
@click.argument("source")
@click.option("-o", "--output", metavar="FILE", required=True, callback=target, help="Where to: .html, .pdf or .png.")
@click.option(
    "--kind",
    type=click.Choice(["report", "executive", "weekly"]),
    default="report",
    show_default=True,
    help="Everything; one page for a decision; a weekly review.",
)
@click.option("--stream", "stream_file", metavar="FILE", help="A valuestream.yaml; without it the stages are guessed.")
@click.option("--name", metavar="STREAM", help="Which stream of the file, where it has several.")
@click.option("--against", metavar="FILE", help="An earlier map (`vsm map --json`) to hold this one against.")
@click.option(
    "--unmapped",
    type=click.Choice(["error", "exclude"]),
    default="error",
    show_default=True,
    help="States that no stage claims.",
)
@with_options(*WINDOW, *READING)
def report(
    source: str,
    output: str,
    kind: str,
    stream_file: str | None,
    name: str | None,
    against: str | None,
    unmapped: str,
    **options: Any,
) -> None:
    """Write a report into one file that opens offline and prints well.

    A PDF or PNG is made by a browser that is installed (chromium, Chrome, Edge; VSM_BROWSER names another).

    \b
        vsm report tickets.csv -o report.html
        vsm report tickets.csv -o page.pdf --kind executive --since 2026-07-01
        vsm report tickets.csv -o review.html --kind weekly --against june.json
    """  # noqa: D301
    from valuestream.reports.gather import gather
    from valuestream.reports.page import report as page
    from valuestream.value_stream import ValueStream

    not_itself(source, output)
    ending = Path(output).suffix.lower()
    if ending not in ENDINGS:
        raise ConfigError(f"'{Path(output).name}' does not say what it is to be.", "End it in .html, .pdf or .png.")
    earlier = read_map(Path(against)) if against else None
    log = read_log(source, options, zone=zone_of(stream_file, name))
    stream = stream_for(log, stream_file, name, zone_said(options))
    window = {key: options[key] for key in ("since", "until", "as_of", "where")}
    with (
        progress("Building") as told,
        ValueStream(log, stream, unmapped=unmapped, progress=told, **window) as asked,
    ):
        text = page(gather(asked, against=earlier, against_name=Path(against or "").name), kind)
    if ending in (".html", ".htm"):
        write_file(output, text)
    else:
        from valuestream.reports.printed import printed

        write_bytes(output, printed(text, ending[1:]))
    click.echo(f"Written to {output}")
