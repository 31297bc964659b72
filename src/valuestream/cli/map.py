"""`vsm map`: the current state of a stream."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from valuestream.cli.options import (
    READING,
    STREAM,
    UNMAPPED,
    WINDOW,
    not_itself,
    progress,
    read_log,
    show_json,
    target,
    with_options,
    write_file,
    zone_said,
)
from valuestream.cli.workspaces import WORKSPACE, workspace_stream
from valuestream.errors import ConfigError

if TYPE_CHECKING:
    from valuestream.log.event import Log
    from valuestream.stream import Stream


@click.command("map")
@click.argument("source", required=False)
@with_options(*STREAM, UNMAPPED, *WINDOW, *READING, *WORKSPACE)
@click.option("--json", "as_json", is_flag=True, help="The map as JSON.")
@click.option("--svg", metavar="FILE", callback=target, help="Draw the map as SVG.")
def map_(
    source: str | None,
    stream_file: str | None,
    name: str | None,
    unmapped: str,
    as_json: bool,
    svg: str | None,
    **options: Any,
) -> None:
    """Draw the value stream map of a log, or of stages that people declared.

    SOURCE is a table (CSV, XLSX, JSON lines, Parquet): one row an event, an interval, a change, or an item with a
    date column per stage; an XES or OCEL log; what a tracker exports; or the folder of a git repository. Without it
    the map is that of the workspace; with --stream alone, that of what people declared of the file's stages.

    \b
        vsm map tickets.csv --svg map.svg
        vsm map tickets.csv --stream valuestream.yaml --since 2026-07-01 --where team=Blue
    """  # noqa: D301
    if source is None:
        if stream_file is not None:
            document = _declared(stream_file, name)
        else:
            with workspace_stream(options, name) as asked:
                document = asked.map()
        show(document, as_json=as_json, svg=svg)
        return
    not_itself(source, svg)
    log = read_log(source, options, zone=zone_of(stream_file, name))
    show_map(
        log,
        stream_for(log, stream_file, name, zone_said(options)),
        options,
        unmapped=unmapped,
        as_json=as_json,
        svg=svg,
    )


def _declared(stream_file: str, name: str | None) -> dict[str, Any]:
    """The map of a file's declared stages, drawn now."""
    from datetime import UTC, datetime

    from valuestream.config import one_stream
    from valuestream.value_stream import declared_map

    now = datetime.now(UTC).replace(microsecond=0)
    return declared_map(one_stream(stream_file, name), as_of=now.isoformat())


def zone_of(stream_file: str | None, name: str | None) -> str | None:
    """The zone that the stream's file names, which is also that of times without one."""
    if not stream_file:
        return None
    from valuestream.config import one_stream

    zone = one_stream(stream_file, name).calendar.zone
    return None if zone == "UTC" else zone


def stream_for(log: Log, stream_file: str | None, name: str | None, zone: str | None = None) -> Stream:
    """The stream of the file, or the suggestion, whose days and weeks are the zone's."""
    if stream_file:
        from valuestream.config import one_stream

        return one_stream(stream_file, name)
    if name:
        raise ConfigError(f"--name {name}: without a file there is no stream to choose.", "Say which: `--stream FILE`.")
    from valuestream.discovering import suggested

    return suggested(log, zone or "UTC")


def show_map(
    log: Log, stream: Stream, options: dict[str, Any], *, unmapped: str, as_json: bool, svg: str | None
) -> None:
    """Ask for the map; print it and draw it."""
    from valuestream.value_stream import ValueStream

    window = {key: options[key] for key in ("since", "until", "as_of", "where")}
    with (
        progress("Building") as report,
        ValueStream(log, stream, unmapped=unmapped, progress=report, **window) as asked,
    ):
        document = asked.map()
    show(document, as_json=as_json, svg=svg)


def show(document: dict[str, Any], *, as_json: bool, svg: str | None) -> None:
    """Print a map and draw it."""
    from valuestream.pictures import map as picture
    from valuestream.pictures.text import map_text

    if svg:
        write_file(svg, picture.svg(document))
    if as_json:
        show_json(document)
    else:
        click.echo(map_text(document))
        if svg:
            click.echo(f"Drawn as {svg}")
