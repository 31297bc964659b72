"""`vsm teams`: where lead time goes between teams, and around sprints."""

from __future__ import annotations

from typing import Any

import click

from valuestream.cli.asking import ASKING, JSON, asked, with_options
from valuestream.cli.options import show_json


@click.command()
@with_options(*ASKING)
@JSON
def teams(as_json: bool, **options: Any) -> None:
    """Show the share of lead time inside each team, between teams, and before, in and after the sprint.

    A sprint is what the attribute `sprint` names; its days stand in valuestream.yaml.

    \b
        vsm teams tickets.csv --stream valuestream.yaml
    """  # noqa: D301
    from valuestream.pictures.teams import teams_text

    with asked(options) as stream:
        document = stream.teams_document()
    if as_json:
        show_json(document)
    else:
        click.echo(teams_text(document), nl=False)
