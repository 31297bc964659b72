"""The flow between the boxes: the band as wide as items pass, what records each move, and the queues beside it."""

from __future__ import annotations

from collections.abc import Callable

from valuestream.pictures.boxes import SMALL
from valuestream.pictures.duration import count, number, short_count
from valuestream.pictures.grid import BOX, DONE, GAP, Grid, Place
from valuestream.pictures.links import Link, item_list, opens
from valuestream.pictures.markup import Markup, clean, group, tag
from valuestream.pictures.passages import recorded
from valuestream.pictures.theme import fit, label, text_width
from valuestream.pictures.words import Doc, shown_name, stages

BAND = 26.0


def bands(document: Doc, where: Grid, row: int, y: float) -> Markup:
    """The flow between the boxes of a row: what arrives at the first stage, then what leaves each."""
    every, places = stages(document), where.rows[row]
    scale = band_scale(every)
    before = [stage for r in where.rows[:row] for stage in (place.stage for place in r)]
    rate = every[0].get("arrivals_per_week") if every else None
    for stage in before:
        rate = known(stage.get("departures_per_week"), rate)
    parts = []
    for i, place in enumerate(places):
        arrow = bool((document.get("charter") or {}).get("trigger")) and where.start == where.left
        aside = 16.0 if arrow and not row and not i else 0.0  # the trigger's arrow ends there
        tool = "" if document.get("simulated") else recorded(place.stage)
        parts.append(band(place.x - GAP, place.x, y, rate, scale(rate), tool, aside))
        if place.stage.get("absent"):
            parts.append(band(place.x, place.x + BOX, y, rate, scale(rate)))
        else:
            rate = known(place.stage.get("departures_per_week"), rate)
    edge, last = places[-1].x + BOX, row == len(where.rows) - 1
    stop = edge + (DONE - 13 if last else 34)
    parts.append(band(edge, stop, y, rate, scale(rate)))
    if not last:
        tip = max(BAND / 2, 9)
        d = f"M{stop:.1f} {y - tip:.1f}l12 {tip:.1f}l-12 {tip:.1f}z"
        parts.append(tag("path", tag("title", "Goes on below"), d=d, class_="flow"))
    return group(*parts, class_="bands")


def known(rate: float | None, before: float | None) -> float | None:
    """What passes a stage; where that is not known, what came to it: a new stage of a future state lets all through."""
    return before if rate is None else rate


def band_scale(all_stages: list[Doc]) -> Callable[[float | None], float | None]:
    """Items a week -> width of the flow band; unknown stays unknown."""
    rates = [stage.get(key) or 0.0 for stage in all_stages for key in ("arrivals_per_week", "departures_per_week")]
    most = max(rates, default=0.0)
    return lambda rate: None if rate is None else max(2.0, BAND * rate / most) if most else 2.0


def band(
    x1: float, x2: float, y: float, rate: float | None, width: float | None, tool: str = "", aside: float = 0.0
) -> Markup:
    """A piece of the flow, as wide as items pass a week; above it the rate and what records the move.

    aside  pixels at its begin that the words leave free
    """
    said = f"{number(rate)} items a week" if rate is not None else "Items a week unknown"
    by = "moved by hand, in no tool" if tool == "manual" else f"recorded in {clean(tool)}" if tool else ""
    title = tag("title", f"{said}; {by}" if by else said)
    tip = abs(x2 - x1 - GAP) < 1
    named = _named((x1 + aside + x2) / 2, y - BAND / 2 - 17, tool, x2 - x1 - aside - 2) if tool and tip else None
    if width is None:
        line = tag("line", x1=x1, x2=x2, y1=y, y2=y, class_="flow-line unknown", stroke_width=3)
        return group(title, line, named, class_="band")
    text = f"{number(rate)}/wk"
    room = text_width(text, 10.5) + 2 <= x2 - x1 - aside <= GAP
    return group(
        title,
        tag("rect", x=x1, y=y - width / 2, width=x2 - x1, height=width, class_="flow"),
        label((x1 + aside + x2) / 2, y - BAND / 2 - 5, text, "mut", 10.5, "middle") if room else None,
        tag("path", d=f"M{x2 - 9:.1f} {y - 5:.1f}l6 5l-6 5", class_="ladder") if tip else None,
        named,
        class_="band",
        data_rate=rate,
    )


def _named(x: float, y: float, tool: str, room: float) -> Markup:
    """What records the move, in a type that fits between two boxes if it is not too small."""
    size = max(9.0, min(10.0, 10.0 * room / text_width(tool, 10)))
    return label(x, y, fit(tool, room + 1, size), "mut i", size, "middle", data_tool=clean(tool))


def triangle(place: Place, y: float, link: Link = None) -> Markup:
    """The queue, below the flow band and beside its box: how many items wait for the stage now."""
    if place.stage.get("absent"):
        return Markup("")
    wip = place.stage.get("wip") or {}
    queue, blocked = wip.get("queue"), wip.get("blocked")
    n = None if queue is None and blocked is None else (queue or 0) + (blocked or 0)
    x = place.x - GAP / 2
    title = f"{count(n)} items wait for {shown_name(place.stage)} now"
    title += f", {count(blocked)} of them blocked" if blocked else ""
    if (days := place.stage.get("inventory_days")) is not None:
        title += f"; at the demand that is {number(days)} days of work"
    title = title if n is not None else "Unknown how many wait now"
    said = short_count(n)
    return group(
        opens(
            link, item_list(stage=place.name, state="open", sort="here"),
            tag("title", title),
            tag("path", d=f"M{x:.1f} {y:.1f}l25 42h-50z", class_="queue" if n else "queue-none"),
            label(x, y + 36, said, "ink b" if n else "mut", 12.5 if len(said) < 4 else 11, "middle"),
            label(x, y + 57, "waiting", "mut", SMALL, "middle"),
            _blocked(x, y + 71, blocked),
        ),
        class_="queue-now", data_waiting="unknown" if n is None else n,
    )  # fmt: skip


def _blocked(x: float, y: float, blocked: int | None) -> Markup | None:
    """How many of the waiting are blocked, in a type that fits between two boxes."""
    if not blocked:
        return None
    text = f"{short_count(blocked)} blocked"
    return label(x, y, text, "wait-ink", min(10.5, 10.5 * (GAP - 3) / text_width(text, 10.5)), "middle")
