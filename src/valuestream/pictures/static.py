"""A chart as a picture that needs no script: Vega-Lite drawn once, its colours bound to the page's tokens."""

from __future__ import annotations

import re

from valuestream.pictures.chart_parts import Spec
from valuestream.pictures.markup import Markup, escape
from valuestream.pictures.theme import LIGHT

# the first token of a colour counts: "work" is also the palette's first
_COLOURS = {LIGHT[token].lower(): token for token in reversed(LIGHT) if token not in ("on-work", "on-bn")}


def chart_svg(spec: Spec, *, title: str) -> Markup:
    """A light chart as inline SVG that follows the page into the dark; `title` says what it shows.

    Colours that are tokens become custom properties with the light colour behind them. What the drawing says of its
    parts to those who hear it is taken out: it is one image, and the title says it once.
    """
    import vl_convert

    drawn = vl_convert.vegalite_to_svg(vl_spec=spec)
    begin = drawn.index("<svg")
    drawn = re.sub(r'\b(fill|stroke)="(#[0-9a-fA-F]{6})"', _bound, drawn[begin:])
    drawn = re.sub(r' (?:role|aria-[a-z]+)="[^"<>]*"', "", drawn)
    head, rest = drawn.split(">", 1)
    width, height = re.search(r'width="([\d.]+)"', head), re.search(r'height="([\d.]+)"', head)
    box = re.search(r'viewBox="([^"]+)"', head)
    assert width is not None
    assert height is not None
    assert box is not None
    return Markup(
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" role="img" viewBox="{box[1]}" width="{width[1]}"'
        f' height="{height[1]}" aria-label="{escape(title)}"><title>{escape(title)}</title>{rest}'
    )


def _bound(match: re.Match[str]) -> str:
    token = _COLOURS.get(match[2].lower())
    return match[0] if token is None else f'{match[1]}="var(--{token}, {match[2]})"'


_BOUND = re.compile(r"(?<=[{;])(?:--[a-z0-9-]+:[^;}]*|[a-z-]+:var\(--[a-z0-9-]+\));?")
"""Custom properties and what is bound to them: this drawer takes them for black, or drops all the rule says beside."""


def png(svg: str, *, scale: float = 2.0) -> bytes:
    """A picture of ours as PNG in the light colours, `scale` times its size in pixels."""
    import vl_convert

    drawn: bytes = vl_convert.svg_to_png(svg=_BOUND.sub("", svg), scale=scale)
    return drawn
