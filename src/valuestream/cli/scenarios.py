"""`vsm scenarios`: what-ifs kept in the workspace, and what they came to."""

from __future__ import annotations

from typing import Any

import click

from valuestream.cli.asking import JSON
from valuestream.cli.options import show_json, with_options
from valuestream.cli.workspaces import WORKSPACE, folder


@click.group(invoke_without_command=True)
@click.pass_context
def scenarios(context: click.Context) -> None:
    """List, show and delete the scenarios of the workspace; `vsm simulate --set ... --save NAME` keeps one.

    \b
        vsm scenarios
        vsm simulate --with 'more reviewers' --with 'daily release'
    """  # noqa: D301
    if context.invoked_subcommand is None:
        context.invoke(list_, as_json=False)


@scenarios.command("list")
@with_options(*WORKSPACE)
@JSON
def list_(as_json: bool, **options: Any) -> None:
    """List them with what each came to when it was last asked, and on which data.

    \b
        vsm scenarios list --json
    """  # noqa: D301
    from valuestream.pictures.scenarios import scenarios_text
    from valuestream.workspace_scenarios import listed

    document = listed(folder(options))
    if as_json:
        show_json(document)
    else:
        click.echo(scenarios_text(document), nl=False)


@scenarios.command()
@click.argument("name")
@with_options(*WORKSPACE)
@JSON
def show(name: str, as_json: bool, **options: Any) -> None:
    """Show one: its changes, and all figures of its last answer.

    \b
        vsm scenarios show 'more reviewers'
    """  # noqa: D301
    from valuestream.pictures.scenarios import scenario_text
    from valuestream.workspace_scenarios import read

    document = read(folder(options), name)
    if as_json:
        show_json(document)
    else:
        click.echo(scenario_text(document), nl=False)


@scenarios.command()
@click.argument("name")
@with_options(*WORKSPACE)
def delete(name: str, **options: Any) -> None:
    """Delete one.

    \b
        vsm scenarios delete 'more reviewers'
    """  # noqa: D301
    from valuestream.workspace_scenarios import remove

    remove(folder(options), name)
    click.echo(f"The scenario {name!r} is deleted.")
