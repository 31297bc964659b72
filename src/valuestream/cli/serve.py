"""`vsm serve`: the pages, on this machine only."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from valuestream.cli.options import READING, STREAM, with_options, zone_said

if TYPE_CHECKING:
    from valuestream.cli.doing import Progress
    from valuestream.web.commands import Runner
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
@click.argument("source", required=False)
@click.option("-w", "--workspace", metavar="DIR", envvar="VSM_WORKSPACE", help="The workspace (default: the one here).")
@with_options(*STREAM, *SERVING, *READING)
def serve(
    source: str | None,
    workspace: str | None,
    stream_file: str | None,
    name: str | None,
    port: int,
    no_browser: bool,
    **options: Any,
) -> None:
    """Serve the pages of a workspace, or of one log, on 127.0.0.1, and open them. Ctrl-C ends it.

    \b
        vsm serve
        vsm serve tickets.csv --stream valuestream.yaml --port 9000 --no-browser
    """  # noqa: D301
    if source is None:
        serve_workspace(Path(workspace or "."), port=port, browser=not no_browser)
        return
    from valuestream.cli.map import stream_for, zone_of
    from valuestream.cli.options import read_log
    from valuestream.web.served import OneLog

    log = read_log(source, options, zone=zone_of(stream_file, name))
    stream = stream_for(log, stream_file, name, zone_said(options))
    served = OneLog(log, stream, file=Path(stream_file).resolve() if stream_file else None)
    show(served, port=port, browser=not no_browser)


def serve_workspace(start: Path, *, port: int, browser: bool) -> None:
    """Hold a workspace's store and serve it; while it runs, commands that need the store come here."""
    from valuestream.cli.forwarding import done_here
    from valuestream.web.serve import refuse_second
    from valuestream.web.workshop import Workshop
    from valuestream.workspace import Workspace, find
    from valuestream.workspace_files import PRIVATE

    folder = find(start)
    refuse_second(folder / PRIVATE)
    workspace = Workspace.open(folder, kept_open=True)
    served = Workshop(workspace)
    root = click.get_current_context().find_root().command

    def run(arguments: list[str], where: str, progress: Progress) -> dict[str, Any]:
        return done_here(root, workspace, arguments, where, progress)

    try:
        show(served, port=port, browser=browser, folder=folder / PRIVATE, runner=run)
    finally:
        served.close()


def show(served: Served, *, port: int, browser: bool, folder: Path | None = None, runner: Runner | None = None) -> None:
    """Serve until Ctrl-C, and say where."""
    import secrets

    from valuestream.web.app import app
    from valuestream.web.serve import serve as listen

    def ready(address: str) -> None:
        click.echo(f"Pages on {address} (Ctrl-C ends it)")

    token = secrets.token_urlsafe(32)
    made = app(served, token=token, runner=runner)
    listen(made, port=port, browser=browser, ready=ready, folder=folder, token=token)
