"""`vsm simulate`: what a change would do."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from valuestream.cli.options import progress, show_json, target, write_file
from valuestream.cli.simulating import ASKING, SEED, simulator, with_options
from valuestream.cli.workspaces import folder

if TYPE_CHECKING:
    from valuestream.simulation.scenario import Scenario
    from valuestream.simulation.simulator import Simulator


@click.command()
@with_options(*ASKING)
@click.option(
    "--set",
    "changes",
    multiple=True,
    metavar="WHAT.KEY=VALUE",
    help="A change: Review.servers=+1, Release.cadence=1 d, demand=+10%; several make one scenario.",
)
@click.option(
    "--with", "saved", multiple=True, metavar="NAME", help="A scenario of the workspace; all and --set add up."
)
@click.option("--compare", "beside", multiple=True, metavar="NAME", help="A scenario of the workspace, for itself.")
@click.option("--scenarios", metavar="FILE", help="A YAML file of named scenarios.")
@click.option("--save", metavar="NAME", help="Keep --with and --set in the workspace, with the answer.")
@click.option("--why", default="", metavar="TEXT", help="Why anyone asks: kept with --save.")
@click.option("--replace", is_flag=True, help="Save over a scenario of that name.")
@click.option("--model", "model_file", metavar="FILE", callback=target, help="Also write the model as YAML.")
@click.option("--svg", metavar="FILE", callback=target, help="Also draw it: as it is, above the first change.")
@click.option("--quick", is_flag=True, help="A few runs, wide intervals.")
@SEED
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def simulate(
    source: str | None,
    changes: tuple[str, ...],
    saved: tuple[str, ...],
    beside: tuple[str, ...],
    scenarios: str | None,
    save: str | None,
    why: str,
    replace: bool,
    model_file: str | None,
    svg: str | None,
    quick: bool,
    seed: int,
    as_json: bool,
    **options: Any,
) -> None:
    """Simulate a stream, as it is and with changes.

    SOURCE is a log, as for `vsm map`: a model is fitted to it and checked; without it, the workspace. Or it is a model
    written by hand (YAML or JSON), or a valuestream.yaml whose stages were declared: neither needs a log. Without
    changes the stream is simulated as it is.

    \b
        vsm simulate tickets.csv
        vsm simulate tickets.csv --set 'Review.servers=+1' --set 'Release.cadence=1 d'
        vsm simulate model.yaml --set 'Test.batch=1' --json
        vsm simulate --set 'Review.servers=+1' --save 'more reviewers'
        vsm simulate --with 'more reviewers' --with 'daily release'
    """  # noqa: D301
    from valuestream.pictures.what_if import simulation_text
    from valuestream.what_if import simulation_document

    asked_for = _scenarios(changes, scenarios, saved, beside, options)
    if save is not None:
        asked_for = (_to_save(asked_for, save, why, replace, options, changed=bool(changes or saved)), *asked_for[1:])
    with simulator(source, seed, options) as made, progress("Simulating") as report:
        document = simulation_document(made, asked_for, quick=quick, progress=report)
    if model_file:
        from valuestream.simulation.written import to_yaml

        write_file(model_file, to_yaml(made.model))
    if svg:
        write_file(svg, _drawn(made, asked_for, document))
    if save is not None:
        _keep(asked_for[0], document, options, replace=replace)
    if as_json:
        show_json(document)
        return
    click.echo(simulation_text(document), nl=False)
    for written, what in ((model_file, "The model"), (svg, "The map")):
        if written:
            click.echo(f"{what} is in {written}")
    if save is not None:
        click.echo(f"The scenario {save!r} is kept: vsm scenarios")


def _drawn(made: Simulator, asked_for: tuple[Scenario, ...], document: dict[str, Any]) -> str:
    """The simulated map; where a change was asked for, the stream as it is above the first of them."""
    from valuestream.pictures import future, simulated
    from valuestream.pictures import map as picture
    from valuestream.what_if import future_map

    now = future_map(made)
    if not asked_for:
        return picture.svg(now)
    then = future_map(made, asked_for[0])
    return future.svg(now, simulated.with_intervals(now, then, document, document["scenarios"][0]))


def _to_save(
    asked_for: tuple[Scenario, ...], name: str, why: str, overwrite: bool, options: dict[str, Any], *, changed: bool
) -> Scenario:
    """The scenario to be kept, under its name; looked at before the long work."""
    from dataclasses import replace

    from valuestream.workspace_scenarios import keep, place

    if not changed:
        raise click.UsageError("There is nothing to save: say what changes with --set or --with.")
    home = folder(options)
    if place(home, name).exists() and not overwrite:
        keep(home, {"name": name})  # which says that there is one
    return replace(asked_for[0], name=name, why=why or asked_for[0].why)


def _keep(one: Scenario, document: dict[str, Any], options: dict[str, Any], *, replace: bool) -> None:
    from valuestream.workspace_scenarios import answer_of, keep, scenario_document

    now = datetime.now(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")
    answered = answer_of(document, 0, at=now)
    made = scenario_document(one, stream=document["stream"], saved_at=now, answered=answered)
    keep(folder(options), made, overwrite=replace)


def _scenarios(
    changes: tuple[str, ...],
    path: str | None,
    saved: tuple[str, ...],
    beside: tuple[str, ...],
    options: dict[str, Any],
) -> tuple[Scenario, ...]:
    """What --with and --set ask for together, then what --compare and --scenarios ask for, each for itself."""
    from valuestream.simulation.scenario import scenario_of, scenarios_from
    from valuestream.simulation.written import plain_yaml

    found: tuple[Scenario, ...] = (scenario_of(changes),) if changes else ()
    if saved or beside:
        from valuestream.workspace_scenarios import composed, scenario

        home = folder(options)
        together = composed(home, saved)
        found = ((together.then(found[0]) if found else together),) if together else found
        found += tuple(scenario(home, name) for name in beside)
    if path:
        try:
            text = Path(path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise click.BadParameter(f"{path} cannot be read: {error}.", param_hint="--scenarios") from None
        found += scenarios_from(plain_yaml(text))
    return found
