"""A ValueStream draws itself: what a notebook shows of it. Importing `valuestream.ValueStream` comes by here."""

from __future__ import annotations

from html import escape

from valuestream.errors import ValuestreamError
from valuestream.value_stream import ValueStream

__all__ = ["ValueStream"]


def html(stream: ValueStream) -> str:
    """The map as SVG; or, where it cannot be drawn, what is wrong and what to do."""
    from valuestream.pictures import map as picture

    try:
        return picture.svg(stream.map())
    except ValuestreamError as wrong:
        return f"<pre>{escape(wrong.message)}\n{escape(wrong.hint)}</pre>"


ValueStream.drawn_by = html
