"""`vsm map`: the current state of a stream."""

from __future__ import annotations

from dataclasses import dataclass
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
    write_bytes,
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
@click.option("--png", metavar="FILE", callback=target, help="Draw it as PNG, light and twice as large.")
@click.option("--html", metavar="FILE", callback=target, help="Write the map and its findings as one page.")
@click.option("--future", metavar="FILE", help="Set a future state beside it: edits in YAML, or an earlier --json.")
def map_(
    source: str | None,
    stream_file: str | None,
    name: str | None,
    unmapped: str,
    as_json: bool,
    svg: str | None,
    png: str | None,
    html: str | None,
    future: str | None,
    **options: Any,
) -> None:
    """Draw the value stream map of a log, or of stages that people declared.

    SOURCE is a table (CSV, XLSX, JSON lines, Parquet): one row an event, an interval, a change, or an item with a
    date column per stage; an XES or OCEL log; what a tracker exports; or the folder of a git repository. Without it
    the map is that of the workspace; with --stream alone, that of what people declared of the file's stages.

    \b
        vsm map tickets.csv --svg map.svg
        vsm map tickets.csv --stream valuestream.yaml --since 2026-07-01 --where team=Blue
        vsm map tickets.csv --stream valuestream.yaml --future smaller-batches.yaml --svg both.svg
    """  # noqa: D301
    drawn = Drawn(svg, png, html)
    if source is None:
        if stream_file is not None:
            document = _declared(stream_file, name)
        else:
            with workspace_stream(options, name) as asked:
                document, sure = asked.map(), asked.margins() if future else None
            show(document, drawn, as_json=as_json, future=future, sure=sure)
            return
        show(document, drawn, as_json=as_json, future=future)
        return
    for written in (svg, png, html):
        not_itself(source, written)
    log = read_log(source, options, zone=zone_of(stream_file, name))
    show_map(
        log,
        stream_for(log, stream_file, name, zone_said(options)),
        options,
        unmapped=unmapped,
        as_json=as_json,
        drawn=drawn,
        future=future,
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


@dataclass(frozen=True)
class Drawn:
    """The files to draw the map into; None: not that one."""

    svg: str | None = None
    png: str | None = None
    html: str | None = None


def show_map(
    log: Log,
    stream: Stream,
    options: dict[str, Any],
    *,
    unmapped: str,
    as_json: bool,
    drawn: Drawn,
    future: str | None = None,
) -> None:
    """Ask for the map; print it and draw it, alone or above a future state."""
    from valuestream.value_stream import ValueStream

    window = {key: options[key] for key in ("since", "until", "as_of", "where")}
    with (
        progress("Building") as report,
        ValueStream(log, stream, unmapped=unmapped, progress=report, **window) as asked,
    ):
        document, sure = asked.map(), asked.margins() if future else None
    show(document, drawn, as_json=as_json, future=future, sure=sure)


def show(
    document: dict[str, Any],
    drawn: Drawn,
    *,
    as_json: bool,
    future: str | None = None,
    sure: dict[str, Any] | None = None,
) -> None:
    """Print a map and draw it, alone or above a future state; `sure`: how far its figures may be off by chance."""
    if future is None:
        _alone(document, drawn, as_json=as_json)
    else:
        from valuestream.cli.future_file import read_future

        _beside(document, read_future(future, document, sure), drawn, as_json=as_json)


def _alone(document: dict[str, Any], drawn: Drawn, *, as_json: bool) -> None:
    from valuestream.pictures import map as picture
    from valuestream.pictures.text import map_text

    written = _draw(picture.svg(document), document, drawn)
    if as_json:
        show_json(document)
    else:
        click.echo(map_text(document))
        _say_drawn(written)


def _beside(current: dict[str, Any], future: dict[str, Any], drawn: Drawn, *, as_json: bool) -> None:
    """Current and future state; only what differs by more than its interval is marked."""
    from valuestream.pictures import future as picture
    from valuestream.pictures.compare import document
    from valuestream.pictures.future_text import future_text

    written = _draw(picture.svg(current, future), current, drawn)
    if as_json:
        show_json(document(current, future))
    else:
        click.echo(future_text(current, future), nl=False)
        _say_drawn(written)


def _draw(svg: str, document: dict[str, Any], drawn: Drawn) -> list[str]:
    """Write the picture into each file that is wanted; returns their names."""
    if drawn.svg:
        write_file(drawn.svg, svg)
    if drawn.png:
        from valuestream.pictures.static import png

        write_bytes(drawn.png, png(svg))
    if drawn.html:
        from valuestream.reports.page import map_page

        write_file(drawn.html, map_page(document, svg))
    return [path for path in (drawn.svg, drawn.png, drawn.html) if path]


def _say_drawn(paths: list[str]) -> None:
    for path in paths:
        click.echo(f"Drawn as {path}")
