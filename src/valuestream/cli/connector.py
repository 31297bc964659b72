"""`vsm connector`: the connectors there are, and whether they keep the rules."""

from __future__ import annotations

import click

from valuestream.errors import InputError


@click.group()
def connector() -> None:
    """Connectors of tools: ours, and those of packages.

    \b
        vsm connector list
        vsm connector test jira
    """  # noqa: D301


@connector.command("list")
def list_() -> None:
    """List the connectors: ours, and those that packages add.

    \b
        vsm connector list
    """  # noqa: D301
    from importlib.metadata import entry_points

    from valuestream.sources.kinds import GROUP, own

    for kind in own():
        click.echo(kind.name)
    for one in entry_points(group=GROUP):
        click.echo(f"{one.name}  (package {one.dist.name if one.dist else one.value})")


@connector.command("test")
@click.argument("name")
@click.option("-v", "--verbose", is_flag=True, help="Each case, not only what is wrong.")
def test_(name: str, verbose: bool) -> None:
    """Put a connector through what goes wrong in life: limits, failing servers, kills, pages that shift.

    Its tool in memory answers; after each fault the event log must be what it is without. Exit status 1: it is not.

    \b
        vsm connector test jira
    """  # noqa: D301
    from valuestream.sources.conformance import rehearse
    from valuestream.sources.kinds import kind

    found = kind(name)
    if not found.rehearsals:
        raise InputError(
            f"The connector '{name}' brings no tool in memory to rehearse with.",
            "Give its KindOfTool `rehearsals`: functions that return a Rehearsal (valuestream.sources.rehearsal).",
        )
    wrong = cases = 0
    for make in found.rehearsals:
        for case in rehearse(make):
            cases += 1
            wrong += bool(case.wrong)
            if verbose or case.wrong:
                click.echo(f"{'WRONG' if case.wrong else 'same '}  {case.name}{f': {case.wrong}' * bool(case.wrong)}")
    click.echo(f"{name}: {cases} cases, {wrong} wrong.")
    if wrong:
        raise click.exceptions.Exit(1)
