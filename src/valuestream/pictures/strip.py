"""The lead time to scale as a picture of its own, for a page that has no room for the map."""

from __future__ import annotations

from valuestream.pictures import ladder
from valuestream.pictures.answers import sentence
from valuestream.pictures.map import canvas, identity
from valuestream.pictures.markup import Markup, clean
from valuestream.pictures.theme import label
from valuestream.pictures.words import Doc, has_ladder, no_lead_time

WIDTH = 1_080.0
EDGE = 1.0
"""The strip stands flush with the words of its page."""


def strip_svg(document: Doc, *, standalone: bool = False) -> Markup:
    """The strip of a map document; where there is no lead time, the reason. Parts carry `data-seconds` as the map's."""
    ids = "s" + identity(document)
    if has_ladder(document):
        drawn, height = ladder.strip(document, EDGE, WIDTH - EDGE, 16, ids)
        height += 20
    else:
        drawn, height = label(EDGE, 24, f"{no_lead_time(document)}.", "mut", 13), 50.0
    name = f"Lead time drawn to scale: {clean(document.get('stream') or '')}"
    return canvas(name, sentence(document), ids, WIDTH, height, [drawn], standalone=standalone)
