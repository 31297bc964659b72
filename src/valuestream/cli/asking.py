"""How a command comes to the value stream that it asks: a log and its stages, or the workspace."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from valuestream.cli.map import stream_for, zone_of
from valuestream.cli.options import READING, STREAM, UNMAPPED, WINDOW, progress, read_log, with_options, zone_said
from valuestream.cli.workspaces import WORKSPACE, workspace_stream

if TYPE_CHECKING:
    from valuestream.value_stream import ValueStream

SOURCE = (click.argument("source", required=False), *STREAM, UNMAPPED)

ASKING = (*SOURCE, *WINDOW, *READING, *WORKSPACE)

JSON = click.option("--json", "as_json", is_flag=True, help="As JSON.")

PAGE = (
    click.option("--page", type=click.IntRange(1), default=1, show_default=True, help="Which page of the rows."),
    click.option(
        "--size", "--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="Rows a page."
    ),
)

__all__ = ["ASKING", "JSON", "PAGE", "asked", "with_options"]


@contextmanager
def asked(options: dict[str, Any]) -> Iterator[ValueStream]:
    """The value stream that the options of ASKING name."""
    from valuestream.value_stream import ValueStream

    stream_file, name = options["stream_file"], options["name"]
    if options["source"] is None:
        with workspace_stream(options, name) as found:
            yield found
        return
    log = read_log(options["source"], options, zone=zone_of(stream_file, name))
    stream = stream_for(log, stream_file, name, zone_said(options))
    window = {key: options[key] for key in ("since", "until", "as_of", "where")}
    with (
        progress("Building") as report,
        ValueStream(log, stream, unmapped=options["unmapped"], progress=report, **window) as found,
    ):
        yield found
