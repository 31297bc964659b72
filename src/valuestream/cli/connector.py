"""`vsm connector`: the connectors there are, and whether they keep the rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from valuestream.cli.options import with_options
from valuestream.cli.workspaces import WORKSPACE, workspace
from valuestream.errors import ConfigError, InputError

if TYPE_CHECKING:
    from valuestream.sources.rehearsal import Rehearsal


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
@click.option("--source", metavar="NAME", help="Let this source of the workspace answer, asked once for each thing.")
@click.option("-v", "--verbose", is_flag=True, help="Each case, not only what is wrong.")
@with_options(*WORKSPACE)
def test_(name: str, source: str | None, verbose: bool, **options: Any) -> None:
    """Put a connector through what goes wrong in life: limits, failing servers, kills, pages that shift.

    Its tool in memory answers; after each fault the event log must be what it is without. Exit status 1: it is not.

    \b
        vsm connector test jira
        vsm connector test mytool --source board
    """  # noqa: D301
    from valuestream.sources.conformance import rehearse
    from valuestream.sources.kinds import kind

    found = kind(name)
    makes = found.rehearsals if source is None else (_of_source(name, source, options),)
    if not makes:
        raise InputError(
            f"The connector '{name}' brings no tool in memory to rehearse with.",
            "Name a source that it reads: --source NAME; or give its KindOfTool `rehearsals`.",
        )
    wrong = cases = 0
    for make in makes:
        for case in rehearse(make):
            cases += 1
            wrong += bool(case.wrong)
            if verbose or case.wrong:
                click.echo(f"{'WRONG' if case.wrong else 'same '}  {case.name}{f': {case.wrong}' * bool(case.wrong)}")
    click.echo(f"{name}: {cases} cases, {wrong} wrong.")
    if wrong:
        raise click.exceptions.Exit(1)


def _of_source(name: str, source: str, options: dict[str, Any]) -> Callable[[], Rehearsal]:
    """A source of the workspace as a tool that answers the same for ever; nothing is written to the workspace."""
    import httpx

    from valuestream.sources.rehearsal import Rehearsal
    from valuestream.sources.remembered import Remembered
    from valuestream.workspace_tools import connector_of, live

    with workspace(options) as opened:
        (chosen,) = live(opened, (source,))
    if chosen.kind != name:
        raise ConfigError(f"The source '{source}' is read by '{chosen.kind}', not by '{name}'.", "Name another source.")
    tool = Remembered(httpx.HTTPTransport())
    return lambda: Rehearsal(lambda: connector_of(chosen), tool.answer)
