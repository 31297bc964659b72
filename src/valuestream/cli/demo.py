"""`vsm demo`: a sample stream whose truth is known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from valuestream.cli.map import show_map
from valuestream.cli.options import WINDOW, with_options


@click.command()
@with_options(*WINDOW)
@click.option("--seed", default=1, show_default=True, help="Another seed is another year.")
@click.option("--items", default=2000, show_default=True, help="About how many items.")
@click.option("--log", "log_file", metavar="FILE", help="Also write the sample log as CSV.")
@click.option("--json", "as_json", is_flag=True, help="The map as JSON.")
@click.option("--svg", metavar="FILE", help="Draw the map as SVG.")
def demo(seed: int, items: int, log_file: str | None, as_json: bool, svg: str | None, **options: Any) -> None:
    r"""Show the map of a sample stream: about 2,000 changes over nine months.

    \b
        vsm demo --svg demo.svg
        vsm demo --log demo.csv && vsm discover demo.csv
    """
    from valuestream.sources.demo import demo as sample
    from valuestream.sources.demo import demo_stream

    log = sample(seed, items)
    if log_file:
        from valuestream.sources.write_csv import write_csv

        write_csv(log, Path(log_file))
    show_map(log, demo_stream(), options, unmapped="error", as_json=as_json, svg=svg)
