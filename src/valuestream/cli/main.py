"""`vsm`: the commands, and the one place where an error becomes two lines and an exit status."""

from __future__ import annotations

import os
import sys
import tempfile
import traceback

import click

from valuestream import __version__
from valuestream.cli.build import build
from valuestream.cli.demo import demo
from valuestream.cli.discover import discover
from valuestream.cli.explain import explain
from valuestream.cli.export import export
from valuestream.cli.import_ import import_
from valuestream.cli.init import init
from valuestream.cli.interrupt import Interrupt
from valuestream.cli.item import item
from valuestream.cli.items import items
from valuestream.cli.map import map_
from valuestream.cli.metrics import metrics
from valuestream.cli.serve import serve
from valuestream.cli.snapshot import compare, snapshot, snapshots
from valuestream.cli.status import status
from valuestream.cli.streams import streams
from valuestream.cli.teams import teams
from valuestream.errors import ValuestreamError
from valuestream.pictures.markup import clean

INTERNAL, INTERRUPTED = 4, 130
LONGEST = 1000
"""Letters of a line of an error."""


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="vsm")
def vsm() -> None:
    """See where the time of your work goes: from what your tools logged to a value stream map.

    \b
        vsm demo                       a sample stream, its map and what it says
        vsm discover tickets.csv       what happens, without any set-up
        vsm map tickets.csv            the value stream map, stages guessed
    """  # noqa: D301


for command in (
    compare,
    build,
    demo,
    discover,
    explain,
    export,
    import_,
    init,
    item,
    items,
    map_,
    metrics,
    serve,
    snapshot,
    snapshots,
    status,
    streams,
    teams,
):
    vsm.add_command(command)


def main() -> None:
    """Run the program. Exit status: 0; 2 input or configuration; 4 internal; 130 interrupted."""
    interrupt = Interrupt()
    interrupt.listen()
    try:
        left = vsm.main(prog_name="vsm", standalone_mode=False)
    except BaseException as wrong:
        interrupt.over()
        sys.exit(_interrupted() if interrupt.pressed else _status(wrong))
    interrupt.over()
    sys.exit(left if isinstance(left, int) else 0)


def _status(wrong: BaseException) -> int:
    """Say what is wrong in two lines, and with which status the program leaves."""
    if isinstance(wrong, ValuestreamError):
        _say(f"Error: {wrong.message}", f"       {wrong.hint}")
        return wrong.exit_code
    if isinstance(wrong, click.exceptions.Exit):
        return wrong.exit_code
    if isinstance(wrong, click.ClickException):
        if isinstance(wrong, getattr(click.exceptions, "NoArgsIsHelpError", ())):  # click 8.1 has none
            click.echo(wrong.format_message(), err=True)
            return wrong.exit_code
        context = getattr(wrong, "ctx", None)
        command = context.command_path if context else "vsm"
        _say(f"Error: {wrong.format_message()}", f"       `{command} --help` says what can be asked.")
        return wrong.exit_code
    if isinstance(wrong, (BrokenPipeError, SystemExit)):  # click makes the one into the other: nobody reads on
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return _interrupted() if isinstance(wrong, (click.Abort, KeyboardInterrupt)) else _internal(wrong)


def _interrupted() -> int:
    if sys.stderr.isatty():
        click.echo(err=True)  # the terminal has written ^C
    _say("Interrupted: nothing half-written is left behind.")
    return INTERRUPTED


def _internal(wrong: BaseException) -> int:
    """Keep what happened where it can be sent from; a traceback is no answer to a user."""
    with tempfile.NamedTemporaryFile("w", prefix="vsm-error-", suffix=".log", delete=False) as log:
        told = "".join(traceback.format_exception(wrong))
        log.write(f"vsm {__version__}, Python {sys.version}\n{' '.join(sys.argv)}\n\n{told}")
    _say("Error: Something inside vsm went wrong; your data is untouched.", f"       What happened is in {log.name}.")
    return INTERNAL


def _say(*lines: str) -> None:
    """Lines on stderr; what a file says in them cannot break them, nor command the terminal."""
    for line in lines:
        said = " ".join(clean(line).split())
        click.echo(line[: len(line) - len(line.lstrip())] + said[:LONGEST] + "…" * (len(said) > LONGEST), err=True)
