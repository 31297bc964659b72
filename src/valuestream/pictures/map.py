"""The value stream map as one stand-alone SVG: no scripts, no fonts from outside, light, dark and print."""

from __future__ import annotations

import json
import zlib

from valuestream.pictures import arcs, boxes, declared, ends, ladder
from valuestream.pictures.duration import count
from valuestream.pictures.grid import BOX, DONE, GAP, MARGIN, Grid, grid
from valuestream.pictures.markup import Markup, clean, group, tag
from valuestream.pictures.theme import fit, label, style, text_width, wrap
from valuestream.pictures.words import (
    Doc,
    context,
    gathered,
    has_ladder,
    headline,
    left_out,
    main_returns,
    no_lead_time,
    rolled_line,
    sentence,
    spread_line,
    stages,
    unknown_active,
)

MOST_DECLARED = 20


def svg(document: Doc) -> str:
    """Draw a map document (`vsm.map/1`).

    Unknown values show as – with the reason in a title. Elements of ladder and strip carry `data-seconds`, which
    add up to the mean lead time; boxes and figures carry `data-stage` and `data-figure` for pages to hook into.
    """
    ids = f"v{zlib.crc32(json.dumps(document, sort_keys=True, default=str).encode()):08x}"
    where = grid(document, arcs.tracks(document))
    top, y = _heading(document, where)
    flow, y = _flow(document, where, y)
    time, y = _time(document, where, y, ids)
    foot, y = _footer(document, where, y)
    name = f"Value stream map: {clean(document.get('stream') or '')}"
    return tag(
        "svg",
        tag("title", name, id=f"{ids}-t"),
        tag("desc", sentence(document), id=f"{ids}-d"),
        style(),
        _hatches(ids),
        tag("rect", width="100%", height="100%", class_="bg"),
        top, flow, time, foot,
        xmlns="http://www.w3.org/2000/svg", class_="vsm", role="img",
        aria_labelledby=f"{ids}-t", aria_describedby=f"{ids}-d",
        viewBox=f"0 0 {where.width:.0f} {y:.0f}", width=f"{where.width:.0f}", height=f"{y:.0f}",
    )  # fmt: skip


def _hatches(ids: str) -> Markup:
    """Waiting is hatched: it reads without colour."""
    attributes = {"width": 8, "height": 8, "patternUnits": "userSpaceOnUse", "patternTransform": "rotate(45)"}
    wait = tag("pattern", tag("rect", width=8, height=8, class_="hatch-bg"),
               tag("line", x1=0, x2=0, y1=0, y2=8, class_="hatch-line"), id=f"{ids}-hatch", **attributes)  # fmt: skip
    return tag("defs", wait)


def _heading(document: Doc, where: Grid) -> tuple[Markup, float]:
    """Stream, period and n, the headline, the key to the signs."""
    room = where.right - MARGIN
    guessed = "stages guessed"
    pill = text_width(guessed, 12, bold=True) + 20 if document.get("guessed") else 0.0
    name = fit(document.get("stream") or "", room - pill - 12, 19, bold=True)
    parts = [label(MARGIN, 40, name, "ink b", 19, title=clean(document.get("stream") or ""))]
    if pill:
        x = MARGIN + text_width(name, 19, bold=True) + 12
        parts.append(tag("rect", x=x, y=24, width=pill, height=22, rx=11, class_="warn"))
        why = "Order and kinds of the stages are a suggestion from names and behaviour"
        parts.append(label(x + pill / 2, 39, guessed, "wait-ink b", 12, "middle", why))
    figures = " · ".join(text for text in (spread_line(document), rolled_line(document)) if text)
    y = 40.0
    for text, class_, size, lines in (
        (context(document), "mut", 12.5, 2), (headline(document), "ink b", 16, 2), (figures, "ink", 13, 2)
    ):  # fmt: skip
        y += 6
        for line in wrap(text, room, size, lines, bold=" b" in class_):
            y += size * 1.25
            parts.append(label(MARGIN, y, line, class_, size))
    key, y = _key(document, where, y + 26)
    return group(*parts, key, class_="heading"), y


def _key(document: Doc, where: Grid, y: float) -> tuple[Markup, float]:
    """What the signs mean, and the abbreviation spelled out before its first use."""
    note = gathered(main_returns(document)[1])
    entries: list[tuple[Markup, float, str, str | None]] = [
        (tag("path", d="M0 2l9 -14 9 14z", class_="queue"), 18.0, "items waiting now", None),
        (tag("rect", x=0, y=-9, width=22, height=9, class_="flow"), 22.0, "width: items per week", None),
        (Markup(""), -6.0, "%C&A: complete & accurate, not sent back", None),
    ]
    if document.get("returns"):
        told = "; ".join(
            f"{clean(r['from'])} to {clean(r['to'])} {count(r.get('n'))}" for r in main_returns(document)[1]
        )
        text = "returns, share of what left" + (f" ({note})" if note else "")
        line = tag("line", x1=0, x2=26, y1=-4, y2=-4, class_="arc")
        entries.append((line, 26.0, text, told or None))
    if any(stage.get("kind") == "external" for stage in stages(document)):
        entries.append((tag("rect", x=0, y=-11, width=20, height=13, rx=3, class_="outside"), 20.0, "external", None))
    x, drawn = MARGIN, []
    for sign, wide, text, title in entries:
        width = wide + 6 + text_width(text, 11.5)
        if x + width > where.right and x > MARGIN:
            x, y = MARGIN, y + 20
        drawn.append(
            group(sign, label(wide + 6, 0, text, "mut", 11.5, title=title), transform=f"translate({x:.1f} {y:.1f})")
        )
        x += width + 22
    return group(*drawn, class_="key"), y + 14


def _flow(document: Doc, where: Grid, y: float) -> tuple[Markup, float]:
    """Row by row: arcs, the band with boxes and queues, the ladder's steps."""
    every = stages(document)
    if not every:
        return label(MARGIN, y + 30, "This stream has no stages yet.", "mut", 13), y + 50
    drawn_arcs, lanes = arcs.plan(document, where)
    head = boxes.header_height(every)
    with_felt = any(boxes.felt(stage) for stage in every)
    height = boxes.box_height(head, with_felt)
    heads, parts = [], []
    for row, places in enumerate(where.rows):
        y += arcs.zone(lanes[row]) + ends.height(document, row, len(where.rows))
        heads.append(y)
        parts.append(_bands(document, where, row, y + head / 2))
        parts += [boxes.box(place, y, head, with_felt) for place in places]
        parts += [boxes.triangle(place, y + max(head, boxes.BAND + 8) + 10) for place in places]
        parts.append(ends.draw(document, where, row, y, head, arcs.zone(lanes[row])))
        y += height + (30 if any(place.stage.get("longest_wait") for place in places) else 12)
        if has_ladder(document):
            parts.append(ladder.ladder(where, row, y))
            y += ladder.HEIGHT
        y += 16
    return group(*parts, arcs.draw(drawn_arcs, heads), class_="flow-rows"), y


def _bands(document: Doc, where: Grid, row: int, y: float) -> Markup:
    """The flow between the boxes of a row: what arrives at the first stage, then what leaves each."""
    every, places = stages(document), where.rows[row]
    scale = boxes.band_scale(every)
    before = [stage for r in where.rows[:row] for stage in (place.stage for place in r)]
    rate = before[-1].get("departures_per_week") if before else every[0].get("arrivals_per_week")
    parts = []
    for place in places:
        parts.append(boxes.band(place.x - GAP, place.x, y, rate, scale(rate)))
        rate = place.stage.get("departures_per_week")
    edge, last = places[-1].x + BOX, row == len(where.rows) - 1
    stop = edge + (DONE - 13 if last else 34)
    parts.append(boxes.band(edge, stop, y, rate, scale(rate)))
    if not last:
        tip = max(boxes.BAND / 2, 9)
        d = f"M{stop:.1f} {y - tip:.1f}l12 {tip:.1f}l-12 {tip:.1f}z"
        parts.append(tag("path", tag("title", "Goes on below"), d=d, class_="flow"))
    return group(*parts, class_="bands")


def _time(document: Doc, where: Grid, y: float, ids: str) -> tuple[Markup, float]:
    if has_ladder(document):
        drawn, height = ladder.strip(document, MARGIN, where.right, y + 18, ids)
        return drawn, y + 18 + height
    text = f"{no_lead_time(document)}: no ladder and no strip to draw."
    box = tag("rect", x=MARGIN, y=y, width=where.right - MARGIN, height=46, rx=6, class_="outside")
    return group(box, label(MARGIN + 16, y + 28, text, "ink", 13), class_="empty"), y + 46


def _footer(document: Doc, where: Grid, y: float) -> tuple[Markup, float]:
    """What the numbers leave out."""
    said = [text for text in [unknown_active(document), *(document.get("notes") or [])] if text]
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
