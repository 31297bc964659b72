"""The value stream map as one stand-alone SVG: no scripts, no fonts from outside, light, dark and print."""

from __future__ import annotations

import json
import zlib

from valuestream.pictures import arcs, band, boxes, declared, ends, ladder, lanes
from valuestream.pictures.answers import sentence
from valuestream.pictures.grid import MARGIN, Grid, grid
from valuestream.pictures.key import key
from valuestream.pictures.links import Link, item_list, opens
from valuestream.pictures.markup import Markup, clean, group, tag
from valuestream.pictures.theme import fit, label, style, text_width, wrap
from valuestream.pictures.words import (
    Doc,
    caveats,
    context,
    has_ladder,
    headline,
    left_out,
    no_lead_time,
    rolled_line,
    spread_line,
    stages,
    unknown_active,
)

MOST_DECLARED = 20


def svg(document: Doc, *, links: Link = None, standalone: bool = True, named: bool = True) -> Markup:
    """Draw a map document (`vsm.map/1`).

    links       turns a figure's address ("stage/Review", "items?stage=Review&state=open") into an href, so that every
                figure opens its items; None: no links
    standalone  with its own colours; else the page around it must hold `theme.style()` once
    named       with the stream's name above; False where the page's own heading says it

    Unknown values show as – with the reason in a title. Elements of ladder and strip carry `data-seconds`, which
    add up to the mean lead time; boxes and figures carry `data-stage` and `data-figure` for pages to hook into.
    """
    ids = identity(document)
    where = grid(document, arcs.tracks(document))
    top, y = heading(document, where, links, named=named)
    signs, y = key(document, where, y + 26)
    flow, y = rows(document, where, y, links)
    time, y = _time(document, where, y, ids, links)
    foot, y = _footer(document, where, y)
    name = f"Value stream map: {clean(document.get('stream') or '')}"
    parts = [top, signs, flow, time, foot]
    return canvas(name, sentence(document), ids, where.width, y, parts, standalone=standalone, linked=links is not None)


def identity(*documents: Doc) -> str:
    """A prefix for ids that differs from document to document, so that two maps may share a page."""
    return f"v{zlib.crc32(json.dumps(documents, sort_keys=True, default=str).encode()):08x}"


def canvas(
    name: str,
    said: str,
    ids: str,
    width: float,
    height: float,
    parts: list[Markup],
    *,
    standalone: bool,
    linked: bool = False,
) -> Markup:
    """The `<svg>` around finished parts, with a title and a description for those who hear it.

    linked  it holds links: then it is no image, whose insides nobody would hear
    """
    return tag(
        "svg",
        tag("title", name, id=f"{ids}-t"),
        tag("desc", said, id=f"{ids}-d"),
        style() if standalone else None,
        _hatches(ids),
        tag("rect", width="100%", height="100%", class_="bg"),
        *parts,
        xmlns="http://www.w3.org/2000/svg", class_="vsm", role="group" if linked else "img",
        aria_labelledby=f"{ids}-t", aria_describedby=f"{ids}-d",
        viewBox=f"0 0 {width:.0f} {height:.0f}", width=f"{width:.0f}", height=f"{height:.0f}",
    )  # fmt: skip


def _hatches(ids: str) -> Markup:
    """Waiting is hatched: it reads without colour."""
    attributes = {"width": 8, "height": 8, "patternUnits": "userSpaceOnUse", "patternTransform": "rotate(45)"}
    wait = tag("pattern", tag("rect", width=8, height=8, class_="hatch-bg"),
               tag("line", x1=0, x2=0, y1=0, y2=8, class_="hatch-line"), id=f"{ids}-hatch", **attributes)  # fmt: skip
    return tag("defs", wait)


def heading(document: Doc, where: Grid, link: Link = None, *, named: bool = True) -> tuple[Markup, float]:
    """Stream (unless the page around the map says it), period and n, and the headline."""
    room = where.right - MARGIN
    parts = _named(document, room) if named else []
    figures = " · ".join(text for text in (spread_line(document), rolled_line(document)) if text)
    finished = item_list(state="finished", sort="-lead")
    y = 40.0 if named else 10.0
    for text, class_, size, address in (
        (context(document), "mut", 12.5, None), (headline(document), "ink b", 16, finished), (figures, "ink", 13, None)
    ):  # fmt: skip
        y += 6
        for line in wrap(text, room, size, 2, bold=" b" in class_):
            y += size * 1.25
            said = label(MARGIN, y, line, class_, size)
            parts.append(opens(link, address, said) if address else said)
    return group(*parts, class_="heading"), y


def _named(document: Doc, room: float) -> list[Markup]:
    """The stream's name, and a pill where its stages are a guess."""
    guessed = "stages guessed"
    pill = text_width(guessed, 12, bold=True) + 20 if document.get("guessed") else 0.0
    name = fit(document.get("stream") or "", room - pill - 12, 19, bold=True)
    parts = [label(MARGIN, 40, name, "ink b", 19, title=clean(document.get("stream") or ""))]
    if pill:
        x = MARGIN + text_width(name, 19, bold=True) + 12
        parts.append(tag("rect", x=x, y=24, width=pill, height=22, rx=11, class_="warn"))
        why = "Order and kinds of the stages are a suggestion from names and behaviour"
        parts.append(label(x + pill / 2, 39, guessed, "wait-ink b", 12, "middle", why))
    return parts


def rows(document: Doc, where: Grid, y: float, link: Link = None, was: Doc | None = None) -> tuple[Markup, float]:
    """Row by row: arcs, the band with boxes and queues, exits and lanes, the ladder's steps.

    was  the document that this one is compared with: differences are marked, all else is quiet
    """
    every = stages(document)
    if not every:
        return label(MARGIN, y + 30, "This stream has no stages yet.", "mut", 13), y + 50
    drawn_arcs, tracks = arcs.plan(document, where)
    head = boxes.header_height(every)
    height = boxes.box_height(head)
    heads, parts = [], []
    for row, places in enumerate(where.rows):
        y += arcs.zone(tracks[row]) + ends.height(document, row, len(where.rows))
        heads.append(y)
        parts.append(band.bands(document, where, row, y + head / 2))
        parts += [boxes.box(place, y, head, link, was) for place in places]
        parts += [band.triangle(place, y + max(head, band.BAND + 8) + 10, link) for place in places]
        parts.append(ends.draw(document, where, row, y, head, arcs.zone(tracks[row])))
        parts.append(lanes.draw(document, where, row, y + height, link))
        y += height + lanes.height(document, places) + 8
        if has_ladder(document):
            parts.append(ladder.ladder(where, row, y, link))
            y += ladder.HEIGHT
        y += 14
    return group(*parts, arcs.draw(drawn_arcs, heads, link), class_="flow-rows"), y


def _time(document: Doc, where: Grid, y: float, ids: str, link: Link) -> tuple[Markup, float]:
    if has_ladder(document):
        drawn, height = ladder.strip(document, MARGIN, where.right, y + 18, ids, link=link)
        return drawn, y + 18 + height
    text = f"{no_lead_time(document)}: no ladder and no strip to draw."
    box = tag("rect", x=MARGIN, y=y, width=where.right - MARGIN, height=46, rx=6, class_="outside")
    return group(box, label(MARGIN + 16, y + 28, text, "ink", 13), class_="empty"), y + 46


def _footer(document: Doc, where: Grid, y: float) -> tuple[Markup, float]:
    """What the numbers leave out."""
    said = [text for text in [unknown_active(document), *caveats(document)] if text]
    if excluded := left_out(document.get("excluded")):
        said.insert(0, f"Left out: {excluded}")
    said += declared.lines(document)
    y += 10
    parts = []
    for text in said[: 6 + MOST_DECLARED]:
        for line in wrap(text, where.right - MARGIN, 11.5, 3):
            y += 17
            parts.append(label(MARGIN, y, line, "mut", 11.5, title=clean(text)))
    return group(*parts, class_="notes"), y + MARGIN
