"""The two ends of a stream: trigger and grey block before the first box, done mark and customer behind the last."""

from __future__ import annotations

from valuestream.pictures.band import BAND
from valuestream.pictures.boxes import box_height
from valuestream.pictures.duration import UNKNOWN, count, duration, number
from valuestream.pictures.grid import BOX, DONE, GREY, Grid
from valuestream.pictures.markup import Markup, clean, group, tag
from valuestream.pictures.theme import fit, label, text_width
from valuestream.pictures.words import Doc, part

CARD = 44.0
ABOVE = CARD + 18  # what the cards take above a row of boxes


def height(document: Doc, row: int, rows: int) -> float:
    """The room above row number `row` for the cards of trigger and customer; 0 where the charter names none."""
    charter = document.get("charter") or {}
    first = row == 0 and charter.get("trigger")
    last = row == rows - 1 and (charter.get("customer") or charter.get("demand"))
    return ABOVE if first or last else 0.0


def draw(document: Doc, where: Grid, row: int, y: float, head: float, lanes: float) -> Markup:
    """What stands at the ends of a row whose boxes begin at `y`, below `lanes` pixels of arcs."""
    top, first, last = y - lanes - ABOVE + 6, row == 0, row == len(where.rows) - 1
    done = where.rows[row][-1].x + BOX + DONE
    parts: list[Markup] = []
    edge = where.left
    if first:
        trigger, edge = _trigger(document, where, top, done - where.left - 60 if last else 300.0)
        parts += trigger
        if where.start > where.left:
            parts.append(_grey(document, where, y, head))
        if trigger:
            tip = y - 2 if where.start > where.left else y + head / 2 - BAND / 2 - 2
            parts += _arrow(where.left + 7, top + CARD + 2, tip)
    if last:
        parts += _done(done, y + head / 2)
        parts += [
            mark for end in where.ends if end.name == "(cancelled)" for mark in _cancelled(end.x + DONE, y + head / 2)
        ]
        if card := _customer(document, where, top, done, edge):
            parts += [card, *_arrow(done + (7 if where.ends else 0), y + head / 2 - 15, top + CARD + 2)]
    return group(*parts, class_="ends")


def _trigger(document: Doc, where: Grid, y: float, room: float) -> tuple[list[Markup], float]:
    """The trigger's card, and the x from which the customer's may begin."""
    name = part(document, "charter", "trigger")
    if not name:
        return [], where.left
    arrivals = part(document, "totals", "arrivals_per_week", "value")
    second = f"{number(arrivals)} arrive a week" if arrivals is not None else ""
    card, width = _card("Trigger", str(name), second, where.left, y, min(room, 300.0))
    return [card], where.left + width + 16


def _customer(document: Doc, where: Grid, y: float, done: float, edge: float) -> Markup | None:
    """The customer's card above the done mark, between `edge` and the right margin."""
    name, demand = part(document, "charter", "customer"), part(document, "charter", "demand")
    if not name and demand in (None, ""):
        return None
    asked = f"{demand:,g} a week" if isinstance(demand, int | float) else clean(demand or "")
    words = "Customer", str(name or UNKNOWN), f"asks for {asked}" if asked else ""
    width = _card(*words, 0, y, 300.0)[1]
    x = max(edge, min(done - width / 2, where.right - width))
    return _card(*words, x, y, min(300.0, where.right - x))[0]


def _card(word: str, name: str, second: str, x: float, y: float, room: float) -> tuple[Markup, float]:
    """A card of two lines and its width, at most `room`."""
    said = fit(name, room - 24, 13, bold=True)
    more = fit(f"{word} · {second}" if second else word, room - 24, 11)
    width = max(text_width(said, 13, bold=True), text_width(more, 11)) + 24
    card = group(
        tag("title", f"{word}: {clean(name)}" + (f", {second}" if second else "")),
        tag("rect", x=x, y=y, width=width, height=CARD, rx=6, class_="card"),
        label(x + 12, y + 17, more, "mut", 11),
        label(x + 12, y + 34, said, "ink b", 13),
        class_=word.lower(),
    )
    return card, width


def _arrow(x: float, y1: float, y2: float) -> list[Markup]:
    tip = 8 if y2 > y1 else -8
    return [
        tag("line", x1=x, x2=x, y1=y1, y2=y2 - tip, class_="flow-line", stroke_width=4),
        tag("path", d=f"M{x - 7:.1f} {y2 - tip:.1f}h14l-7 {tip}z", class_="flow"),
    ]


def _done(x: float, y: float) -> list[Markup]:
    return [
        tag("circle", tag("title", "Done"), cx=x, cy=y, r=13, class_="edge"),
        tag("path", d=f"M{x - 6:.1f} {y:.1f}l4 5l8 -9", class_="edge"),
        label(x, y + 29, "done", "mut", 11.5, "middle"),
    ]


def _cancelled(x: float, y: float) -> list[Markup]:
    return [
        tag("circle", tag("title", "Cancelled"), cx=x, cy=y, r=13, class_="outside"),
        tag("path", d=f"M{x - 5:.1f} {y - 5:.1f}l10 10m0 -10l-10 10", class_="ladder"),
        label(x, y + 29, "cancelled", "mut", 11.5, "middle"),
    ]


def _grey(document: Doc, where: Grid, y: float, head: float) -> Markup:
    """The time from request to commitment: shown, and outside of lead time."""
    spread = part(document, "grey", "wait_s") or {}
    width = GREY - 16
    within = f"85 % in {duration(spread['p85'])}" if spread.get("p85") is not None else f"n = {count(spread.get('n'))}"
    lines = [("Before", "ink b", 13.0), (duration(spread.get("mean")), "ink b", 13.0)]
    said = ("mean, from", "request to", "commitment", within, "not in lead time")
    lines += [(text, "mut", 11.0) for text in said]
    return group(
        tag("title", f"From request to commitment: mean {duration(spread.get('mean'))}, outside of lead time"),
        tag("rect", x=where.left, y=y, width=width, height=box_height(head), rx=6, class_="grey-bg"),
        *(
            label(where.left + width / 2, y + 22 + i * 19, text, class_, size, "middle")
            for i, (text, class_, size) in enumerate(lines)
        ),
        class_="grey",
    )
