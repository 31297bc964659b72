"""`vsm map`: the current state of a stream."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from valuestream.cli.options import READING, WINDOW, progress, read_log, show_json, with_options, write_file

if TYPE_CHECKING:
    from valuestream.log.event import Log
    from valuestream.stream import Stream


@click.command("map")
@click.argument("source")
@click.option("--stream", "stream_file", metavar="FILE", help="A valuestream.yaml; without it the stages are guessed.")
@click.option("--name", metavar="STREAM", help="Which stream of the file, where it has several.")
@click.option(
    "--unmapped",
    type=click.Choice(["error", "exclude"]),
    default="error",
    show_default=True,
    help="States that no stage claims.",
)
@with_options(*WINDOW, *READING)
@click.option("--json", "as_json", is_flag=True, help="The map as JSON.")
@click.option("--svg", metavar="FILE", help="Draw the map as SVG.")
def map_(
    source: str,
    stream_file: str | None,
    name: str | None,
    unmapped: str,
    as_json: bool,
    svg: str | None,
    **options: Any,
) -> None:
    r"""Draw the value stream map of a log.

    SOURCE is a CSV, TSV or Parquet file, plain or .gz: one row an event, an interval, a change, or an item with a
    date column per stage.

    \b
        vsm map tickets.csv --svg map.svg
        vsm map tickets.csv --stream valuestream.yaml --since 2026-07-01 --where team=Blue
    """
    log = read_log(source, options)
    show_map(log, stream_for(log, stream_file, name), options, unmapped=unmapped, as_json=as_json, svg=svg)


def stream_for(log: Log, stream_file: str | None, name: str | None) -> Stream:
    """The stream of the file, or the suggestion."""
    if stream_file:
        from valuestream.config import one_stream

        return one_stream(stream_file, name)
    from valuestream.value_stream import suggested

    return suggested(log)


def show_map(
    log: Log, stream: Stream, options: dict[str, Any], *, unmapped: str, as_json: bool, svg: str | None
) -> None:
    """Ask for the map; print it and draw it."""
    from valuestream.pictures import map as picture
    from valuestream.pictures.text import map_text
    from valuestream.value_stream import ValueStream

    window = {key: options[key] for key in ("since", "until", "as_of", "where")}
    with (
        progress("Building") as report,
        ValueStream(log, stream, unmapped=unmapped, progress=report, **window) as asked,
    ):
        document = asked.map()
    if svg:
        write_file(svg, picture.svg(document))
    if as_json:
        show_json(document)
    else:
        click.echo(map_text(document))
        if svg:
            click.echo(f"Drawn as {svg}")
