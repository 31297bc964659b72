"""Current and future state as one picture: stacked, same columns, same time scale, differences marked."""

from __future__ import annotations

from valuestream.pictures import arcs, ladder
from valuestream.pictures.compare import Difference, side_by_side, totals
from valuestream.pictures.duration import duration, number, share
from valuestream.pictures.grid import MARGIN, Grid, grid
from valuestream.pictures.key import key
from valuestream.pictures.links import Link
from valuestream.pictures.map import canvas, identity, rows
from valuestream.pictures.markup import Markup, clean, group, tag
from valuestream.pictures.theme import fit, label, text_width, wrap
from valuestream.pictures.words import Doc, context, has_ladder, headline, part

CARD, GAP = 62.0, 12.0
NO_INTERVAL = "as written, nothing simulated"


def svg(current: Doc, future: Doc, *, links: Link = None, standalone: bool = True) -> Markup:
    """Draw two map documents (`vsm.map/1`) above each other; see `compare.py` for the intervals of the second.

    Only figures that differ by more than their interval are marked; all others are grey.
    """
    ids = identity(current, future)
    current, future = side_by_side(current, future)
    current = {**current, "wide": True}
    future = {
        **future,
        "wide": True,
        "grey": future.get("grey") or current.get("grey"),
        "charter": current.get("charter"),
    }
    tracks = max(arcs.tracks(current), arcs.tracks(future))
    where = [grid({**one, "grey": future["grey"]}, tracks) for one in (current, future)]
    width = max(one.width for one in where)
    parts = [label(MARGIN, 40, fit(current.get("stream") or "", width - 2 * MARGIN, 19, bold=True), "ink b", 19)]
    signs, y = key(current, where[0], 66)
    scale = _scale(current, future, width)
    word = "Current state" + (", simulated" if current.get("simulated") else "")
    upper, y = _panel(word, context(current), current, where[0], y + 12, ids, links, scale)
    y += 22
    parts += [signs, upper, tag("line", x1=MARGIN, x2=width - MARGIN, y1=y - 8, y2=y - 8, class_="rule")]
    name = clean(future.get("name") or "")
    lower, y = _panel(
        "Future state" + (f": {name}" if name else ""),
        _basis(future),
        future,
        where[1],
        y + 10,
        ids,
        None,
        scale,
        current,
    )
    found = totals(current, future)
    cards, y = _cards(found, y + 16, width)
    notes, y = _notes(future, y + 8, width)
    said = told(found, name)
    return canvas(f"Current and future state: {clean(current.get('stream') or '')}", said, ids, width, y,
                  [*parts, lower, cards, notes], standalone=standalone, linked=links is not None)  # fmt: skip


def told(found: list[Difference], name: str = "") -> str:
    """What would change, in a sentence or two."""
    said = [
        f"{one.name} {one.shown_before} would become {one.shown_after}" + _percent(one)
        for one in found
        if one.marked and one.before is not None
    ]
    begin = f"{name}: " if name else ""
    if not said:
        return f"{begin}no figure of the whole stream differs beyond its interval."
    return f"{begin}{'; '.join(said)}."


def _percent(one: Difference) -> str:
    if not one.before or one.after is None or one.key not in ("lead_time", "active", "throughput"):
        return ""
    change = one.after / one.before - 1
    return f" ({'+' if change > 0 else '−'}{share(abs(change))})"


def _scale(current: Doc, future: Doc, width: float) -> float:
    """Pixels a second at which the longer lead time fills the strip."""
    longest = max(sum(piece.seconds for piece in ladder.pieces(one)) for one in (current, future))
    return (width - 2 * MARGIN) / longest if longest else 0.0


def _panel(
    word: str,
    more: str,
    document: Doc,
    where: Grid,
    y: float,
    ids: str,
    link: Link,
    scale: float,
    was: Doc | None = None,
) -> tuple[Markup, float]:
    """One state: what it is, its headline, its boxes, and its strip."""
    y += 20
    parts = [label(MARGIN, y, fit(word, 520, 16, bold=True), "ink b", 16)]
    x = MARGIN + text_width(fit(word, 520, 16, bold=True), 16, bold=True) + 14
    parts.append(label(x, y, fit(more, where.right - x, 12), "mut", 12))
    for line in wrap(headline(document), where.right - MARGIN, 13.5, 2, bold=True):
        y += 20
        parts.append(label(MARGIN, y, line, "ink b", 13.5))
    flow, y = rows(document, where, y + 4, link, was)
    if has_ladder(document):
        drawn, height = ladder.strip(document, MARGIN, where.right, y + 14, ids, link=link, scale=scale)
        return group(*parts, flow, drawn, class_="state"), y + 14 + height
    return group(*parts, flow, class_="state"), y


def _basis(future: Doc) -> str:
    return clean(future.get("basis") or NO_INTERVAL)


def _cards(found: list[Difference], y: float, width: float) -> tuple[Markup, float]:
    """The delta row: each figure before and after; what does not differ beyond its interval says so."""
    if not found:
        return Markup(""), y
    each = (width - 2 * MARGIN - GAP * (len(found) - 1)) / len(found)
    drawn = [_card(one, MARGIN + i * (each + GAP), y, each) for i, one in enumerate(found)]
    return group(*drawn, class_="deltas"), y + CARD


def _card(one: Difference, x: float, y: float, width: float) -> Markup:
    parts = [
        tag("rect", x=x, y=y, width=width, height=CARD, rx=6, class_="card"),
        label(x + 12, y + 18, fit(one.name, width - 24, 11.5), "mut", 11.5),
    ]
    after = f"{one.arrow} {one.shown_after}" if one.arrow else one.shown_after
    if one.marked:
        old = text_width(one.shown_before, 12)
        parts.append(label(x + 12, y + 38, one.shown_before, "mut struck", 12))
        parts.append(label(x + 12 + old + 8, y + 38, after, "ink b", 15))
        better = {True: "better", False: "worse", None: ""}[one.better]
        more = " · ".join(text for text in (_percent(one).strip(" ()"), better) if text)
    else:
        parts.append(label(x + 12, y + 38, after, "mut b", 15))
        more = "no difference" if one.interval is None else "no difference beyond its interval"
    if one.interval is not None and one.interval[0] < one.interval[1] and one.marked:
        shown = duration if one.key in ("lead_time", "active") else share if one.key != "throughput" else number
        more = " · ".join(text for text in (more, f"{shown(one.interval[0])} to {shown(one.interval[1])}") if text)
    parts.append(label(x + 12, y + 54, fit(more, width - 24, 11), "mut", 11))
    return group(*parts, class_="delta", data_figure=one.key, data_marked="yes" if one.marked else None)


def _notes(future: Doc, y: float, width: float) -> tuple[Markup, float]:
    """What the future state assumes."""
    parts: list[Markup] = []
    for text in (part(future, "assumed") or [])[:12]:
        for line in wrap(f"Assumed: {clean(text)}", width - 2 * MARGIN, 11.5, 2):
            y += 17
            parts.append(label(MARGIN, y, line, "mut", 11.5))
    return group(*parts, class_="notes"), y + MARGIN
