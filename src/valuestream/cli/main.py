"""`vsm`: the commands, and the one place where an error becomes two lines and an exit status."""

from __future__ import annotations

import sys

import click

from valuestream import __version__
from valuestream.cli.backup import backup
from valuestream.cli.build import build
from valuestream.cli.check import check
from valuestream.cli.compact import compact
from valuestream.cli.config import config
from valuestream.cli.connector import connector
from valuestream.cli.demo import demo
from valuestream.cli.discover import discover
from valuestream.cli.explain import explain
from valuestream.cli.export import export
from valuestream.cli.forget import forget
from valuestream.cli.import_ import import_
from valuestream.cli.init import init
from valuestream.cli.interrupt import Interrupt
from valuestream.cli.item import item
from valuestream.cli.items import items
from valuestream.cli.leaving import interrupted, status_of
from valuestream.cli.levers import levers
from valuestream.cli.map import map_
from valuestream.cli.metrics import metrics
from valuestream.cli.report import report
from valuestream.cli.scenarios import scenarios
from valuestream.cli.serve import serve
from valuestream.cli.simulate import simulate
from valuestream.cli.snapshot import compare, snapshot, snapshots
from valuestream.cli.status import status
from valuestream.cli.streams import streams
from valuestream.cli.sync import sync_
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
    backup,
    build,
    check,
    compact,
    compare,
    config,
    connector,
    demo,
    discover,
    explain,
    export,
    forget,
    import_,
    init,
    item,
    items,
    levers,
    map_,
    metrics,
    report,
    scenarios,
    serve,
    simulate,
    snapshot,
    snapshots,
    status,
    streams,
    sync_,
    teams,
):
    vsm.add_command(command)


def main() -> None:
    """Run the program.

    Exit status: 0; 2 input or configuration; 3 partial sync; 4 internal; 130 ended by Ctrl-C, 143 by SIGTERM.
    """
    interrupt = Interrupt()
    interrupt.listen()
    try:
        left = vsm.main(prog_name="vsm", standalone_mode=False)
    except BaseException as wrong:
        interrupt.over()
        sys.exit(interrupted(interrupt.pressed) if interrupt.pressed else status_of(wrong))
    interrupt.over()
    sys.exit(left if isinstance(left, int) else 0)
