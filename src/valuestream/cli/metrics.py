"""`vsm metrics`: the catalogue's figures, plain or by group."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import click

from valuestream.cli.asking import ASKING, JSON, asked, with_options
from valuestream.cli.options import show_json


@click.command()
@with_options(*ASKING)
@click.argument("names", nargs=-1, metavar="[METRIC]...")
@click.option(
    "--by",
    multiple=True,
    metavar="GROUP",
    help="stage, type, team, flow_item, week, month, quarter or an attribute; may be given twice.",
)
@JSON
def metrics(names: tuple[str, ...], by: tuple[str, ...], as_json: bool, **options: Any) -> None:
    """Print metrics, each with what it rests on.

    Without METRIC: all of them. Type, team and attributes are those at the time: a visit's when it was entered, an
    item's when it was finished. `vsm explain METRIC` says how a figure came about.

    \b
        vsm metrics tickets.csv
        vsm metrics lead_time --by team              of the workspace
        vsm metrics tickets.csv lead_time throughput --by month
        vsm metrics tickets.csv stage_wait_time --by stage --where team=Blue
    """  # noqa: D301
    from valuestream.pictures.figures import metrics_text

    options, names = _apart(options, names)
    with asked(options) as stream:
        document = stream.metrics_document(names, by)
    if as_json:
        show_json(document)
    else:
        click.echo(metrics_text(document), nl=False)


def _apart(options: dict[str, Any], names: tuple[str, ...]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """In a workspace there is no SOURCE: a first word that is a name and no file is a metric."""
    first = options["source"]
    if first is None or not re.fullmatch(r"[a-z][a-z0-9_]*", first) or Path(first).exists():
        return options, names
    return {**options, "source": None}, (first, *names)
