"""`vsm item`: the journey of one item."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from valuestream.cli.asking import ASKING, JSON, asked, with_options
from valuestream.cli.export import KEY
from valuestream.cli.options import show_json

if TYPE_CHECKING:
    from valuestream.log.event import Log


@click.command()
@click.argument("key")
@with_options(*ASKING)
@click.option(
    "--people",
    type=click.Choice(["pseudonyms", "names"]),
    default="pseudonyms",
    show_default=True,
    help=f"How people are named; {KEY} in the environment is the key of the pseudonyms.",
)
@JSON
def item(key: str, people: str, as_json: bool, **options: Any) -> None:
    """Show the journey of an item stay by stay, what it waited for, and its events.

    KEY#2 is the life of an item that was reopened long after it was done.

    \b
        vsm item T-104 tickets.csv
    """  # noqa: D301
    from valuestream.pictures.items import journey_text

    with asked(options) as stream:
        document = stream.item_document(key, hide=_hide(people, options["source"]))
    if as_json:
        show_json(document)
    else:
        click.echo(journey_text(document), nl=False)


def _hide(people: str, source: str | None) -> Any:
    """What puts pseudonyms for names: by the key of the environment, by one for this look, or not at all.

    A workspace calls people as its file says, and so does this.
    """
    from valuestream.people import as_kept, hidden, hidden_for_now

    given = os.environ.get(KEY)

    def by_key(log: Log) -> Log:
        return hidden(log, (given or "").encode())

    if people == "names" or source is None:
        return as_kept
    return by_key if given else hidden_for_now
