"""The journey of one item as a picture: a lane a stage, solid for work, hatched for waiting, a dashed line back."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from valuestream.pictures.duration import duration
from valuestream.pictures.markup import Markup, clean, group, tag
from valuestream.pictures.theme import fit, label, text_width
from valuestream.pictures.words import Doc

WIDTH, LANE, BAR, TOP = 960.0, 30.0, 16.0, 26.0
NAMES = 150.0
"""Room for the stages' names."""
LEAST = 1.5
"""Pixels that even the shortest stretch takes, so that it can be seen."""
HOW = {"work": "work", "queue": "waiting", "external": "with others", "blocked": "blocked"}
STEPS = (1, 2, 7, 14, 28, 91, 182, 365, 1_825)
"""Days between two lines of the scale."""


class Scale:
    """Instants as pixels: from the request, or the first stay, to the end of the last."""

    def __init__(self, item: Doc, as_of: str, zone: str) -> None:
        stays = item["stays"]
        self.zone = ZoneInfo(zone)
        self.begin = _at(item.get("requested") or stays[0]["entered"])
        self.end = max([_at(stays[-1]["left"] or as_of), self.begin + timedelta(seconds=1)])
        self.seconds = (self.end - self.begin).total_seconds()

    def x(self, instant: str) -> float:
        return NAMES + (_at(instant) - self.begin).total_seconds() / self.seconds * (WIDTH - NAMES - 8)

    def ticks(self) -> list[tuple[float, str]]:
        """Local midnights at a readable distance."""
        days = self.seconds / 86_400
        step = next((one for one in STEPS if days / one <= 9), STEPS[-1])
        day = self.begin.astimezone(self.zone).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        found: list[tuple[float, str]] = []
        while day < self.end and len(found) < 40:
            found.append((self.x(day.isoformat()), f"{day:%Y-%m-%d}" if days > 300 else f"{day:%d %b}"))
            day += timedelta(days=step)
        return found


def journey_svg(document: Doc, stages: Sequence[str]) -> Markup | None:
    """Draw the `vsm.item/1` document; None for an item that was in no stage.

    stages  the stream's stages in the map's order; only those the item was in get a lane
    """
    item = document["item"]
    stays = item["stays"]
    if not stays:
        return None
    ids = f"j{zlib.crc32(clean(item['key']).encode()):08x}"
    scale = Scale(item, document["as_of"], document["zone"])
    known = {stay["stage"] for stay in stays}
    lanes = [name for name in stages if name in known] + sorted(known - set(stages))
    height = TOP + LANE * len(lanes) + 12
    where = {name: TOP + LANE * place for place, name in enumerate(lanes)}
    title = f"The journey of {clean(item['key'])}"
    return tag(
        "svg",
        tag("title", title, id=f"{ids}-t"),
        tag("desc", told(document), id=f"{ids}-d"),
        _hatch(ids),
        _scale(scale, height),
        group(*[_lane(name, where[name]) for name in lanes]),
        group(*[_stretch(stay, part, where[stay["stage"]], scale, ids) for stay in stays for part in stay["parts"]]),
        group(*_moves(stays, where, scale)),
        class_="vsm", role="img", aria_labelledby=f"{ids}-t", aria_describedby=f"{ids}-d",
        viewBox=f"0 0 {WIDTH:.0f} {height:.0f}", width=f"{WIDTH:.0f}", height=f"{height:.0f}",
    )  # fmt: skip


def told(document: Doc) -> str:
    """The journey in one sentence, for those who hear it."""
    stays = document["item"]["stays"]
    way = " → ".join(clean(stay["stage"]) for stay in stays[:12]) + (" …" if len(stays) > 12 else "")
    work, span = sum(stay["work_s"] for stay in stays), sum(stay["span_s"] for stay in stays)
    backs = sum(1 for stay in stays if stay["returned"])
    said = f"{way}: {duration(span)} in the stream, {duration(work)} of it in work states"
    return said + (f", sent back {backs} time{'' if backs == 1 else 's'}." if backs else ".")


def _hatch(ids: str) -> Markup:
    pattern = tag(
        "pattern", tag("rect", width=7, height=7, class_="hatch-bg"),
        tag("line", x1=0, x2=0, y1=0, y2=7, class_="hatch-line"), id=f"{ids}-hatch", width=7, height=7,
        patternUnits="userSpaceOnUse", patternTransform="rotate(45)",
    )  # fmt: skip
    return tag("defs", pattern)


def _scale(scale: Scale, height: float) -> Markup:
    parts, free = list[Markup](), NAMES
    for x, day in scale.ticks():
        parts.append(tag("line", x1=x, x2=x, y1=TOP - 6, y2=height - 8, class_="rule"))
        wide = text_width(day, 11.5)
        left = min(x, WIDTH - wide)
        if left >= free:
            parts.append(label(left, 14, day, "mut", 11.5))
            free = left + wide + 10
    return group(*parts)


def _lane(name: str, y: float) -> Markup:
    line = tag("line", x1=NAMES, x2=WIDTH, y1=y + LANE - 4, y2=y + LANE - 4, class_="rule")
    return group(line, label(10, y + 17, fit(name, NAMES - 20, 12.5), "ink", 12.5, title=clean(name)))


def _stretch(stay: Doc, part: Doc, y: float, scale: Scale, ids: str) -> Markup:
    """One stretch of a stay: solid work, hatched waiting, outlined where others have it, framed where it is blocked."""
    x = scale.x(part["since"])
    wide = max(LEAST, scale.x(part["until"]) - x)
    how = part["how"]
    word = f" ({clean(part['word'])})" if part.get("word") else ""
    why = f"{clean(stay['stage'])}, {HOW.get(how, how)}{word}: {duration(part['seconds'])}"
    box = {"x": x, "y": y + 5, "width": wide, "height": BAR}
    if how == "work":
        return tag("rect", tag("title", why), class_="work", **box)
    if how == "external":
        return tag("rect", tag("title", why), class_="outside", **box)
    if how == "blocked":
        return tag("rect", tag("title", why), class_="bn-edge", **box)
    return tag("rect", tag("title", why), fill=f"url(#{ids}-hatch)", **box)


def _moves(stays: Sequence[Doc], where: dict[str, float], scale: Scale) -> list[Markup]:
    """From stay to stay: a thin line onwards, a dashed one back."""
    drawn = []
    for earlier, later in pairwise(stays):
        x = scale.x(later["entered"])
        begin, end = (where[stay["stage"]] + 5 + BAR / 2 for stay in (earlier, later))
        back = bool(earlier["returned"])
        why = f"{clean(earlier['stage'])} → {clean(later['stage'])}" + (", sent back" if back else "")
        drawn.append(
            tag("path", tag("title", why), d=f"M{x:.1f} {begin:.1f}V{end:.1f}", class_="arc" if back else "ladder")
        )
    return drawn


def _at(instant: str) -> datetime:
    return datetime.fromisoformat(instant)
