"""`vsm`: the commands, and the one place where an error becomes two lines and an exit status."""

from __future__ import annotations

import os
import sys
import tempfile
import traceback

import click

from valuestream import __version__
from valuestream.cli.demo import demo
from valuestream.cli.discover import discover
from valuestream.cli.map import map_
from valuestream.cli.streams import streams
from valuestream.errors import ValuestreamError

INTERNAL, INTERRUPTED = 4, 130


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="vsm")
def vsm() -> None:
    r"""See where the time of your work goes: from what your tools logged to a value stream map.

    \b
        vsm demo                       a sample stream, its map and what it says
        vsm discover tickets.csv       what happens, without any set-up
        vsm map tickets.csv            the value stream map, stages guessed
    """


for command in (map_, discover, streams, demo):
    vsm.add_command(command)


def main() -> None:
    """Run the program. Exit status: 0; 2 input or configuration; 4 internal; 130 interrupted."""
    try:
        vsm.main(standalone_mode=False)
    except ValuestreamError as wrong:
        _say(f"Error: {wrong.message}", f"       {wrong.hint}")
        sys.exit(wrong.exit_code)
    except click.exceptions.Exit as leaving:
        sys.exit(leaving.exit_code)
    except click.ClickException as wrong:
        wrong.show()
        sys.exit(wrong.exit_code)
    except (click.Abort, KeyboardInterrupt):
        _say("", "Interrupted. Nothing was written.")
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception:
        sys.exit(_internal())


def _internal() -> int:
    """Keep what happened where it can be sent from; a traceback is no answer to a user."""
    with tempfile.NamedTemporaryFile("w", prefix="vsm-error-", suffix=".log", delete=False) as log:
        log.write(f"vsm {__version__}, Python {sys.version}\n{' '.join(sys.argv)}\n\n{traceback.format_exc()}")
    _say("Error: Something inside vsm went wrong; your data is untouched.", f"       What happened is in {log.name}.")
    return INTERNAL


def _say(*lines: str) -> None:
    for line in lines:
        click.echo(line, err=True)
