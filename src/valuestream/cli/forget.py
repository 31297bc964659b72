"""`vsm forget`: remove a person."""

from __future__ import annotations

from typing import Any

import click

from valuestream.cli.options import show_json, with_options
from valuestream.cli.workspaces import WORKSPACE, workspace


@click.command()
@click.argument("person")
@with_options(*WORKSPACE)
@click.option("--json", "as_json", is_flag=True, help="The counts as JSON.")
def forget(person: str, as_json: bool, **options: Any) -> None:
    """Remove every trace of PERSON, a name or a pseudonym, from the store; raw replies are included.

    What happened stays, by nobody. Backups are not touched, nor are the tools and files that things came from: what is
    read from them again brings the person back.

    \b
        vsm forget ada@acme.example
        vsm forget p-3f9a2c41d0
    """  # noqa: D301
    with workspace(options) as opened:
        counts = opened.forget(person)
        teams = [team for team, members in opened.config.teams.items() if person in members]
    if as_json:
        show_json({"schema": "vsm.forget/1", **counts._asdict(), "still_in_teams": teams})
        return
    click.echo(
        f"Forgotten: {counts.events:,} events are by nobody now; {counts.assignments:,} assignments and"
        f" {counts.attributes:,} attributes removed; {counts.texts:,} texts and {counts.replies:,} raw replies changed."
    )
    if teams:
        click.echo(f"valuestream.yaml still names them as a member of {', '.join(teams)}.")
