"""`vsm items`: the items of a window, filtered, sorted, a page at a time."""

from __future__ import annotations

from typing import Any

import click

from valuestream.cli.asking import ASKING, JSON, PAGE, asked, with_options
from valuestream.cli.options import show_json


@click.command()
@with_options(*ASKING)
@click.option(
    "--state",
    type=click.Choice(["all", "open", "finished", "cancelled", "waiting"]),
    default="all",
    show_default=True,
    help="open: in progress; waiting: not yet in the stream.",
)
@click.option("--stage", metavar="STAGE", help="Items that are there (open) or were there in the window.")
@click.option(
    "--sort",
    default="item",
    show_default=True,
    metavar="COLUMN",
    help="lead, age, active, wait, rework, returns, transfers, visits, requested, committed, finished, here;"
    " `-lead`: longest first.",
)
@with_options(*PAGE)
@JSON
def items(state: str, stage: str | None, sort: str, page: int, size: int, as_json: bool, **options: Any) -> None:
    """List items: where they are, how long they took or have been open, how often they came back.

    An item belongs to the window when any part of it lies in it.

    \b
        vsm items tickets.csv --state open --sort=-age
        vsm items tickets.csv --stage Review --where type=Bug --json
    """  # noqa: D301
    from valuestream.pictures.items import items_text

    with asked(options) as stream:
        document = stream.items_document(state=state, stage=stage, sort=sort, page=page, size=size)
    if as_json:
        show_json(document)
    else:
        click.echo(items_text(document), nl=False)
