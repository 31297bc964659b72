"""How the program leaves: an error becomes two lines and an exit status, in one place."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import traceback

import click

from valuestream import __version__
from valuestream.errors import ValuestreamError
from valuestream.pictures.markup import clean

INTERNAL = 4
LONGEST = 1000
"""Letters of a line of an error."""


def status_of(wrong: BaseException) -> int:
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
    return interrupted() if isinstance(wrong, (click.Abort, KeyboardInterrupt)) else _internal(wrong)


def interrupted(number: int = signal.SIGINT) -> int:
    """Ctrl-C was pressed, or the signal of that number came: the status is what shells give such an end."""
    if number == signal.SIGINT and sys.stderr.isatty():
        click.echo(err=True)  # the terminal has written ^C
    _say("Interrupted: nothing half-written is left behind.")
    return 128 + number


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
