"""`vsm explain`: how a figure came about, down to the items."""

from __future__ import annotations

from typing import Any

import click

from valuestream.cli.asking import ASKING, JSON, PAGE, asked, with_options
from valuestream.cli.options import show_json


@click.command()
@click.argument("metric")
@with_options(*ASKING)
@click.option("--stage", metavar="STAGE", help="At one stage, for metrics over visits.")
@with_options(*PAGE)
@JSON
def explain(metric: str, stage: str | None, page: int, size: int, as_json: bool, **options: Any) -> None:
    """Say how a metric's figure came about: rule, SQL, n, what is left out, and the items behind it.

    \b
        vsm explain lead_time tickets.csv
        vsm explain stage_wait_time tickets.csv --stage Review --page 2
    """  # noqa: D301
    from valuestream.pictures.figures import explain_text

    with asked(options) as stream:
        document = stream.explain(metric, stage=stage, page=page, size=size)
    if as_json:
        show_json(document)
    else:
        click.echo(explain_text(document), nl=False)
