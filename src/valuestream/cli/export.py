"""`vsm export`: visits, items and events as files."""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING, Any

import click

from valuestream.cli.map import stream_for, zone_of
from valuestream.cli.options import (
    READING,
    STREAM,
    UNMAPPED,
    WINDOW,
    not_itself,
    progress,
    read_log,
    target,
    with_options,
    zone_said,
)
from valuestream.cli.workspaces import WORKSPACE, workspace, workspace_stream

if TYPE_CHECKING:
    from valuestream.log.event import Log

KEY = "VSM_PEOPLE_KEY"


@click.command()
@click.argument("what", type=click.Choice(["visits", "items", "events"]))
@click.argument("source", required=False)
@click.option(
    "--to",
    "target",
    metavar="FILE",
    required=True,
    callback=target,
    help="Where to; the ending says what kind of file.",
)
@with_options(*STREAM, UNMAPPED)
@click.option(
    "--people",
    type=click.Choice(["pseudonyms", "names"]),
    default="pseudonyms",
    show_default=True,
    help=f"How events name people; {KEY} in the environment is the key of the pseudonyms.",
)
@with_options(*WINDOW, *READING, *WORKSPACE)
def export(
    what: str,
    source: str | None,
    target: str,
    stream_file: str | None,
    name: str | None,
    unmapped: str,
    people: str,
    **options: Any,
) -> None:
    """Write visits, items or events to a file.

    FILE ends in .csv, .csv.gz, .parquet or .xlsx; for events also in .xes, .xes.gz (XES), .sqlite, .json or .xml
    (OCEL). Visits and items are those of which any part lies in the window; events are all those of the items whose
    last event lies in it, and `vsm map FILE` gives the same map again. Without a SOURCE they are the workspace's.

    \b
        vsm export items tickets.csv --to items.xlsx
        vsm export events tickets.csv --to tickets.xes
    """  # noqa: D301
    if what == "events" and (stream_file or name):
        raise click.UsageError("Events are those of the log, whatever the stream: leave out --stream and --name.")
    if source is None:
        return _of_workspace(what, target, name, people, options)
    not_itself(source, target)
    log = read_log(source, options, zone=zone_of(stream_file, name))
    if what == "events":
        return _events(log, target, people, options)
    from valuestream.sources.write import write_table
    from valuestream.value_stream import ValueStream

    window = {key: options[key] for key in ("since", "until", "as_of", "where")}
    stream = stream_for(log, stream_file, name, zone_said(options))
    with (
        progress("Building") as report,
        ValueStream(log, stream, unmapped=unmapped, progress=report, **window) as asked,
    ):
        written = write_table(asked.table(what), target)
    guessed = (
        ["Stages were guessed: `vsm streams suggest` writes them down, to be corrected."] if stream.guessed else []
    )
    _say(written.rows, what, target, [*guessed, *written.notes])
    return None


def _of_workspace(what: str, target: str, name: str | None, people: str, options: dict[str, Any]) -> None:
    """The same of the workspace's log or stream; its people are called what its store calls them, at most."""
    if what == "events":
        with workspace(options) as opened:
            log, named = opened.log(), opened.config.people == "names"
        return _events(log, target, people if named else "names", options)
    from valuestream.sources.write import write_table

    with workspace_stream(options, name) as asked:
        written = write_table(asked.table(what), target)
    return _say(written.rows, what, target, list(written.notes))


def _events(log: Log, target: str, people: str, options: dict[str, Any]) -> None:
    from valuestream.discovering import events
    from valuestream.sources.write import write_events

    window = {key: options[key] for key in ("since", "until", "as_of", "where")}
    chosen = events(log, zone=zone_said(options) or "UTC", **window)
    notes = []
    if people == "pseudonyms" and chosen.people:
        chosen, note = _hidden(chosen)
        notes.append(note)
    written = write_events(chosen, target)
    _say(written.rows, "events", target, [*notes, *written.notes])


def _hidden(log: Log) -> tuple[Log, str]:
    from valuestream.people import hidden

    given = os.environ.get(KEY)
    log = hidden(log, given.encode() if given else secrets.token_bytes(32))
    if given:
        return log, f"People are pseudonyms by the key in {KEY}; `--people names` keeps their names."
    return log, (
        f"People are pseudonyms by a key that nobody keeps: another export gives them others. Set {KEY} to a secret of "
        "up to 64 characters for lasting ones; `--people names` keeps their names."
    )


def _say(rows: int, what: str, target: str, notes: list[str]) -> None:
    click.echo(f"{rows:,} {what} written to {target}.")
    for note in notes:
        click.echo(note)
