"""`vsm demo`: a sample stream whose truth is known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from valuestream.cli.map import Drawn, show_map
from valuestream.cli.options import WINDOW, target, with_options
from valuestream.cli.serve import SERVING, show


@click.command()
@with_options(*WINDOW)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Another seed is another year.")
@click.option(
    "--items", type=click.IntRange(20, 200_000), default=2000, show_default=True, help="About how many items."
)
@click.option("--log", "log_file", metavar="FILE", callback=target, help="Also write the sample log as CSV.")
@click.option("--json", "as_json", is_flag=True, help="The map as JSON.")
@click.option("--svg", metavar="FILE", callback=target, help="Draw the map as SVG.")
@click.option("--serve", is_flag=True, help="Then serve its pages, and open them.")
@with_options(*SERVING)
def demo(
    seed: int,
    items: int,
    log_file: str | None,
    as_json: bool,
    svg: str | None,
    serve: bool,
    port: int,
    no_browser: bool,
    **options: Any,
) -> None:
    """Show the map of a sample stream: about 2,000 changes over nine months.

    \b
        vsm demo --svg demo.svg
        vsm demo --serve
        vsm demo --log demo.csv && vsm discover demo.csv
    """  # noqa: D301
    from valuestream.sources.demo import demo as sample
    from valuestream.sources.demo import demo_stream

    log = sample(seed, items)
    if log_file:
        from valuestream.sources.replacing import replacing
        from valuestream.sources.write_csv import write_csv

        with replacing(Path(log_file)) as part:
            write_csv(log, part)
    show_map(log, demo_stream(), options, unmapped="error", as_json=as_json, drawn=Drawn(svg))
    if serve:
        from valuestream.web.served import OneLog

        show(OneLog(log, demo_stream()), port=port, browser=not no_browser)
