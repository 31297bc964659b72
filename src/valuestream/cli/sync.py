"""`vsm sync`: what is new in the tools, into the workspace."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

import click

from valuestream.cli.doing import told_to
from valuestream.cli.forwarding import forwarded
from valuestream.cli.options import show_json, with_options
from valuestream.cli.workspaces import WORKSPACE, folder, workspace
from valuestream.errors import ConfigError, Locked

if TYPE_CHECKING:
    from pathlib import Path

    from valuestream.config_sources import Source
    from valuestream.sources.outcome import Outcome, Progress
    from valuestream.workspace_sync import Syncing

ByServer = Callable[..., bool]
"""(names of sources) -> whether a server did it."""

SHORTEST_S = 10
LONGEST_S = 3_600
FAILED = "failed"
PARTIAL = 3
"""Exit status where some of a source could not be read."""


@click.command("sync")
@click.argument("sources", nargs=-1)
@click.option("--watch", metavar="EVERY", is_flag=False, flag_value="5 min", help="Again and again (default: 5 min).")
@click.option(
    "--compare/--no-compare",
    default=None,
    help="Compare all ids with the tool's, to find what was deleted or missed (default: once a week).",
)
@click.option("--json", "as_json", is_flag=True, help="What was done as JSON.")
@with_options(*WORKSPACE)
def sync_(sources: tuple[str, ...], watch: str | None, compare: bool | None, as_json: bool, **options: Any) -> None:
    """Read what is new in the tools under `sources:` of valuestream.yaml.

    Pages are kept as they come, with the place where reading goes on: what is interrupted goes on there. The newest
    comes first. Exit status 3: some of it could not be read; `vsm status` says what, and the next sync goes on.

    \b
        vsm sync
        vsm sync code --watch "10 min"
    """  # noqa: D301
    from valuestream.workspace_sync import Syncing
    from valuestream.workspace_tools import live

    every = None if watch is None else _seconds(watch)
    by_server = _asks_a_server(folder(options), compare)
    if every is not None:
        _watched_by_a_server(by_server, sources, every)
    with workspace(options) as opened:
        chosen, syncing = live(opened, sources), Syncing(opened)
        outcomes = [_one(syncing, source, compare, quiet=as_json) for source in chosen]
        if every is not None:
            _watch(syncing, chosen, every, compare, outcomes, by_server)
    if as_json:
        show_json({"schema": "vsm.sync/1", "syncs": [_document(outcome) for outcome in outcomes]})
    if any(outcome.status != "done" for outcome in outcomes):
        raise click.exceptions.Exit(PARTIAL)


def _asks_a_server(place: Path, compare: bool | None) -> ByServer:
    """Lets a server that holds the workspace sync some sources, as a command of its own, so that others get on."""
    compares = {None: (), True: ("--compare",), False: ("--no-compare",)}[compare]
    return lambda *names: forwarded(place, ["sync", *names, *compares, "-w", str(place.resolve())]) is not None


def _watched_by_a_server(by_server: ByServer, sources: tuple[str, ...], every: float) -> None:
    """While a server holds the workspace: one sync after another."""
    while True:
        try:
            if not by_server(*sources):
                return
        except Locked as gone:
            click.echo(f"{gone} {gone.hint}", err=True)
        time.sleep(every)


def _watch(
    syncing: Syncing,
    sources: list[Source],
    every: float,
    compare: bool | None,
    last: list[Outcome],
    by_server: ByServer,
) -> NoReturn:
    """Sync again and again, less often as long as nothing can be read. A store that somebody holds is tried again.

    last       the outcomes of the first time
    by_server  asked first: a server may have come since
    """
    failures = {outcome.source: int(outcome.status == FAILED) for outcome in last}
    left = {name: pause(every, n) for name, n in failures.items()}
    while True:
        wait = min(left.values())
        time.sleep(wait)
        left = {name: seconds - wait for name, seconds in left.items()}
        for source in (one for one in sources if left[one.name] <= 0):
            try:
                if not by_server(source.name):
                    outcome = _one(syncing, source, compare, quiet=False)
                    failures[source.name] = failures[source.name] + 1 if outcome.status == FAILED else 0
            except Locked as held:
                click.echo(f"{source.name}: {held} {held.hint}", err=True)
            left[source.name] = pause(every, failures[source.name])


def pause(every: float, failures: int) -> float:
    """Seconds until a source is asked again: twice as long after each sync in a row that could read nothing.

    >>> [pause(300.0, n) for n in range(6)]
    [300.0, 600.0, 1200.0, 2400.0, 3600, 3600]
    """
    return max(every, min(every * float(2 ** min(failures, 20)), LONGEST_S))


def _seconds(watch: str) -> float:
    from valuestream.config_units import Unreadable, duration_s

    try:
        seconds = duration_s(watch)
    except Unreadable as wrong:
        raise ConfigError(f"--watch: {wrong}.", wrong.hint) from None
    if seconds < SHORTEST_S:
        raise ConfigError(f"--watch {watch}: tools are not asked that often.", f"Ask every {SHORTEST_S} s, or less.")
    return seconds


def _one(syncing: Syncing, source: Source, compare: bool | None, *, quiet: bool) -> Outcome:
    with shown(source.name) as bar:
        outcome = syncing.source(source, report=bar.report, waiting=bar.waiting, compare=compare)
    if not quiet:
        for line in said(outcome):
            click.echo(line)
    return outcome


def said(outcome: Outcome) -> Iterator[str]:
    """What a sync did, in lines."""
    rejected = f", {outcome.rejected:,} rejected" if outcome.rejected else ""
    waited = f", {outcome.waited_s / 60:,.0f} min of them waiting" if outcome.waited_s >= 60 else ""
    yield (
        f"{outcome.source}: {outcome.replies:,} records, {outcome.new:,} new events, {outcome.superseded:,} superseded"
        f"{rejected}; {outcome.requests:,} requests of {outcome.streams:,} streams{waited}. {outcome.status}."
    )
    for stream, fault in outcome.faults.items():
        where = f"{stream}: " if stream else ""
        yield f"  {where}{fault.state}. {fault.message}"
        yield f"    {fault.hint}"
    for note in outcome.notes:
        yield f"  {note}"


def _document(outcome: Outcome) -> dict[str, Any]:
    faults = [
        {"stream": stream or None, "state": fault.state, "message": fault.message, "hint": fault.hint}
        for stream, fault in outcome.faults.items()
    ]
    names = ("source", "status", "streams", "replies", "requests", "new", "superseded", "rejected", "notes")
    return {**{name: getattr(outcome, name) for name in names}, "faults": faults}


class Shown:
    """A line on stderr that says how far a sync is; nothing where stderr is no terminal."""

    def __init__(self, source: str, bar: Any = None) -> None:
        self.source, self.bar, self.began = source, bar, time.monotonic()
        self.task = None if bar is None else bar.add_task(source, total=None)

    def report(self, progress: Progress) -> None:
        if (told := told_to()) is not None:
            told(progress.replies, progress.said or 0)
        if self.bar is not None:
            rate = progress.replies / max(time.monotonic() - self.began, 0.1)
            total = progress.said if progress.said and progress.said > progress.replies else None
            text = f"{self.source} {progress.stream}: {progress.replies:,} records, {rate:,.0f}/s"
            self.bar.update(self.task, description=text, completed=progress.replies, total=total)

    def waiting(self, seconds: float) -> None:
        if self.bar is not None:
            until = time.strftime("%H:%M:%S", time.localtime(time.time() + seconds))
            self.bar.update(self.task, description=f"{self.source}: the tool asks to wait until {until}")


@contextmanager
def shown(source: str) -> Iterator[Shown]:
    if not sys.stderr.isatty():
        yield Shown(source)
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    with Bar(
        TextColumn("{task.description}"),
        BarColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as bar:
        yield Shown(source, bar)
