"""`vsm`: the commands, and the one place where an error becomes two lines and an exit status."""

from __future__ import annotations

import signal
import sys
import time
from typing import Any

import click

from valuestream import __version__
from valuestream.cli.build import build
from valuestream.cli.demo import demo
from valuestream.cli.discover import discover
from valuestream.cli.explain import explain
from valuestream.cli.export import export
from valuestream.cli.import_ import import_
from valuestream.cli.init import init
from valuestream.cli.item import item
from valuestream.cli.items import items
from valuestream.cli.leaving import interrupted, status_of
from valuestream.cli.map import map_
from valuestream.cli.metrics import metrics
from valuestream.cli.serve import serve
from valuestream.cli.status import status
from valuestream.cli.streams import streams
from valuestream.cli.teams import teams


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
    status,
    streams,
    teams,
):
    vsm.add_command(command)


TIDYING_S = 2.0
"""Seconds after Ctrl-C in which pressing it again changes nothing."""


class CtrlC(BaseException):
    """Raised wherever the program is when Ctrl-C is pressed.

    A KeyboardInterrupt that runs through compiled code comes out as another error, or kills the interpreter at its end.
    """


def main() -> None:
    """Run the program. Exit status: 0; 2 input or configuration; 4 internal; 130 interrupted."""
    pressed: list[float] = []

    def press(*_: Any) -> None:
        now = time.monotonic()
        if pressed and now - pressed[-1] < TIDYING_S:
            return  # nothing disturbs the tidying up; a later press counts, should a library have swallowed this one
        pressed.append(now)
        raise CtrlC

    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, press)
    try:
        left = vsm.main(standalone_mode=False)
    except BaseException as wrong:
        sys.exit(interrupted() if pressed else status_of(wrong))
    if isinstance(left, int) and left:  # a server did the command, and left with this
        sys.exit(left)
