"""`vsm serve`: the pages, on this machine only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from valuestream.cli.options import READING, STREAM, with_options, zone_said

if TYPE_CHECKING:
    from valuestream.web.served import Served

PORT = 8765

SERVING = (
    click.option(
        "--port", type=click.IntRange(0, 65535), default=PORT, show_default=True, envvar="VSM_PORT",
        help="Port on 127.0.0.1; 0: any free one.",
    ),
    click.option("--no-browser", is_flag=True, envvar="VSM_NO_BROWSER", help="Do not open the pages in a browser."),
)  # fmt: skip


@click.command()
@click.argument("source")
@with_options(*STREAM, *SERVING, *READING)
def serve(source: str, stream_file: str | None, name: str | None, port: int, no_browser: bool, **options: Any) -> None:
    """Serve the pages of a log on 127.0.0.1, and open them. Ctrl-C ends it.

    \b
        vsm serve tickets.csv
        vsm serve tickets.csv --stream valuestream.yaml --port 9000 --no-browser
    """  # noqa: D301
    from valuestream.cli.map import stream_for, zone_of
    from valuestream.cli.options import read_log
    from valuestream.web.served import OneLog

    log = read_log(source, options, zone=zone_of(stream_file, name))
    show(OneLog(log, stream_for(log, stream_file, name, zone_said(options))), port=port, browser=not no_browser)


def show(served: Served, *, port: int, browser: bool) -> None:
    """Serve until Ctrl-C, and say where."""
    from valuestream.web.app import app
    from valuestream.web.serve import serve as listen

    def ready(address: str) -> None:
        click.echo(f"Pages on {address} (Ctrl-C ends it)")

    listen(app(served), port=port, browser=browser, ready=ready)
