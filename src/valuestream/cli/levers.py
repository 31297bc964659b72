"""`vsm levers`: which change pays most."""

from __future__ import annotations

from typing import Any

import click

from valuestream.cli.options import progress, show_json
from valuestream.cli.simulating import ASKING, SEED, simulator, with_options


@click.command()
@with_options(*ASKING)
@click.option("--top", type=click.IntRange(1), default=10, show_default=True, help="How many to print.")
@SEED
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def levers(source: str | None, top: int, seed: int, as_json: bool, **options: Any) -> None:
    """Rank the changes that would shorten the lead time most.

    SOURCE is a log or a model, as for `vsm simulate`. The same relief is tried at each place: one more pair of hands, a
    fifth less work, half the returns, releases twice as often. Where the model cannot be trusted no ranking is given.

    \b
        vsm levers tickets.csv
        vsm levers model.yaml --json
    """  # noqa: D301
    from valuestream.pictures.what_if import levers_text
    from valuestream.what_if import levers_document

    with simulator(source, seed, options) as made, progress("Simulating") as report:
        document = levers_document(made, progress=report)
    if as_json:
        show_json(document)
    else:
        click.echo(levers_text(document, top=top), nl=False)
