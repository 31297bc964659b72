"""The ladder under the boxes and the lead time drawn to scale: mean times of a finished item, adding up to its mean."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from valuestream.pictures.declared import is_declared
from valuestream.pictures.duration import duration
from valuestream.pictures.grid import GAP, Grid, Place
from valuestream.pictures.links import Link, item_list, opens, stage_page
from valuestream.pictures.markup import Markup, clean, group, tag
from valuestream.pictures.theme import fit, label, text_width
from valuestream.pictures.words import Doc, part, shown_name, waits

DROP = 28.0  # between the upper level (waiting) and the lower (active)
HEIGHT = 24 + DROP + 10
STRIP = 30.0
UNEXPLAINED = "unexplained"
TIER = 17.0
TICKS = (1, 5, 15, 60, 300, 900, 1_800, 3_600, 7_200, 14_400, 21_600, 43_200)
DAY = 86_400.0


@dataclass(frozen=True)
class Piece:
    """What one stage adds to a finished item's lead time, in seconds."""

    stage: Doc
    wait: float
    active: float

    @property
    def seconds(self) -> float:
        return self.wait + self.active

    @property
    def active_known(self) -> bool:
        """Whether anybody was seen at work here: else its active time is unknown and no nought."""
        return bool(self.active) or part(self.stage, "active_s", "mean") is not None


def pieces(document: Doc) -> list[Piece]:
    """One piece a stage, reopened rows last; their sum is the mean lead time."""
    return [
        Piece(stage, part(stage, "per_item_s", "wait") or 0.0, part(stage, "per_item_s", "active") or 0.0)
        for stage in document.get("stages") or []
    ]


def ladder(where: Grid, row: int, y: float, link: Link = None) -> Markup:
    """The ladder of one row of boxes, its label line at `y`: waits on the upper level, active times below the box."""
    up, down = y + 22, y + 22 + DROP
    last = row == len(where.rows) - 1
    ends = where.ends if last else []
    places = where.rows[row]
    x = places[0].x - GAP
    d = f"M{x:.1f} {up:.1f}"
    said: list[Markup] = []
    for place in places:
        if place.stage.get("absent"):
            d += f"H{place.x + place.width:.1f}"
        elif place.stage.get("kind") == "external":
            said.append(_wait(place, place.middle, up, link))
            d += f"H{place.x + place.width:.1f}v-7v7"
        else:
            stop = last and not ends and place is places[-1]
            d += f"H{place.x:.1f}V{down:.1f}H{place.x + place.width:.1f}" + ("" if stop else f"V{up:.1f}")
            said += [_wait(place, place.x - GAP / 2, up, link), _active(place, down, link)]
    if not last:
        d += "h34"
    for place in ends:
        d += f"H{place.x + place.width - 8:.1f}"
        said += [
            _wait(place, place.middle - 4, up, link),
            label(place.middle - 4, up + 15, "reopened", "mut", 11, "middle"),
        ]
        if place.stage.get("longest_wait"):
            said.append(label(place.middle - 4, up + 30, "◆ longest", "bn b", 11, "middle", data_mark="longest"))
    return group(tag("path", d=d, class_="ladder"), *said, class_="steps")


def _wait(place: Place, x: float, up: float, link: Link) -> Markup:
    piece = pieces({"stages": [place.stage]})[0]
    title = f"{shown_name(place.stage)}: a finished item waits {duration(piece.wait)} on average, all passes together"
    said = duration(part(place.stage, "per_item_s", "wait"))
    text = label(x, up - 7, said, "wait-ink b", 12.5, "middle", title, **_data(piece, "wait", "ladder"))
    return opens(link, item_list(stage=place.name, state="finished", sort="-wait"), text)


def _active(place: Place, down: float, link: Link) -> Markup:
    piece = pieces({"stages": [place.stage]})[0]
    known = piece.active_known
    title = f"{shown_name(place.stage)}: {duration(piece.active)} active for each finished item, all passes together"
    title = title if known else f"{shown_name(place.stage)}: active time unknown, nobody was seen at work here"
    attributes = _data(piece, "active", "ladder")
    said = duration(part(place.stage, "per_item_s", "active") if known else None)
    text = label(place.middle, down - 8, said, "work b", 12.5, "middle", title, **attributes)
    return opens(link, item_list(stage=place.name, state="finished", sort="-active"), text)


def _data(piece: Piece, kind: str, where: str) -> dict[str, object]:
    """The exact number, for whoever sums it up."""
    seconds = piece.wait if kind == "wait" else piece.active
    return {
        "data_in": where,
        "data_stage": clean(piece.stage["name"]),
        "data_part": kind,
        "data_seconds": repr(seconds),
    }


def strip(
    document: Doc, x1: float, x2: float, y: float, ids: str, *, link: Link = None, scale: float | None = None
) -> tuple[Markup, float]:
    """The lead time to scale between `x1` and `x2`, its heading at `y`; returned with the height it took.

    scale  pixels a second, where two strips must be comparable; else the strip fills its room
    """
    parts = pieces(document)
    total = sum(piece.seconds for piece in parts)
    kind = "Likely" if is_declared(document) else "Mean"
    heading = f"{kind} lead time {duration(total)}, drawn to scale:"
    if scale is None:
        scale = (x2 - x1) / total if total > 0 else 0.0
    names, tiers = _names(parts, x1, x2, scale)
    top = y + 12 + TIER * tiers
    drawn = _headline(x1, y, heading, document, ids)
    x = x1
    for piece in parts:
        for kind, seconds, cause in _parts(piece):
            segment = _segment(piece, kind, seconds, cause, x, top, scale, ids)
            address = stage_page(str(piece.stage["name"]))
            seen = link if seconds else None  # a key must not stop at what cannot be seen
            drawn.append(opens(seen, address, segment, name=_told(piece, kind, seconds, cause)))
            x += seconds * scale
        drawn.append(
            tag("line", x1=x, x2=x, y1=top - 3, y2=top + STRIP, class_="cut")
            if piece.seconds and piece is not parts[-1]
            else Markup("")
        )
    for text, middle, spot, tier in names:
        base = top - 8 - TIER * tier
        drawn.append(tag("line", x1=spot, x2=spot, y1=base + 3, y2=top - 1, class_="grey-line"))
        drawn.append(label(middle, base, text, "mut", 11.5, "middle"))
    drawn += _axis(x1, scale, total, top + STRIP, max(total, (x2 - x1) / scale) if scale else total)
    return group(*drawn, class_="strip"), top + STRIP + 22 - y


def _headline(x: float, y: float, heading: str, document: Doc, ids: str) -> list[Markup]:
    """The heading with the key to the two fillings: what each says, and its class."""
    parts = pieces(document)
    waiting, active = sum(p.wait for p in parts), sum(p.active for p in parts)
    measured = all(p.stage.get("provenance") == "measured" for p in parts if p.active)
    solid, word = ("work", "process time") if measured else ("soft", "active")
    drawn = [label(x, y, heading, "ink b", 13)]
    x += text_width(heading, 13, bold=True) + 16
    for text, class_ in ((f"{duration(waiting)} {waits(document)}", None), (f"{duration(active)} {word}", solid)):
        fill = None if class_ else f"url(#{ids}-hatch)"
        drawn.append(tag("rect", x=x, y=y - 11, width=20, height=13, class_=class_, fill=fill))
        drawn.append(label(x + 26, y, text, "ink", 13))
        x += 26 + text_width(text, 13) + 18
    return drawn


def _parts(piece: Piece) -> Iterator[tuple[str, float, str]]:
    """The segments of a stage: its wait, by cause where causes are known, then its active time."""
    causes = piece.stage.get("causes") or []
    told = sum(cause["seconds"] for cause in causes)
    if known_causes(piece.stage) and abs(told - piece.wait) <= 1e-6 * max(piece.wait, 1.0):
        for cause in causes:
            yield "wait", cause["seconds"], clean(cause["cause"])
    else:
        yield "wait", piece.wait, ""
    yield "active", piece.active, ""


def known_causes(stage: Doc) -> bool:
    """Whether any of a stage's waiting is explained."""
    return any(cause["cause"] != UNEXPLAINED for cause in stage.get("causes") or [])


def _told(piece: Piece, kind: str, seconds: float, cause: str) -> str:
    said = f"{shown_name(piece.stage)}: {duration(seconds)} {'waiting' if kind == 'wait' else 'active'}"
    return said + (f", {cause}" if cause else "")


def _segment(piece: Piece, kind: str, seconds: float, cause: str, x: float, y: float, scale: float, ids: str) -> Markup:
    name = _told(piece, kind, seconds, cause)
    solid = "work" if piece.stage.get("provenance") == "measured" else "soft"
    paint = {"class_": solid} if kind == "active" else {"fill": f"url(#{ids}-hatch)"}
    data = {**_data(piece, kind, "strip"), "data_seconds": repr(seconds), "data_cause": cause or None}
    drawn = tag("rect", tag("title", name), x=x, y=y, width=seconds * scale, height=STRIP, **paint, **data)
    if not cause:
        return drawn
    edge = tag("line", x1=x, x2=x, y1=y, y2=y + STRIP, class_="between")
    if seconds * scale < text_width(cause, 11) + 10:
        return group(drawn, edge, class_="cause")
    half = seconds * scale / 2
    back = text_width(cause, 11) / 2 + 3
    plate = tag("rect", x=x + half - back, y=y + 7, width=2 * back, height=16, rx=3, class_="hatch-bg")
    return group(drawn, edge, plate, label(x + half, y + 19, cause, "ink", 11, "middle"), class_="cause")


def _names(parts: list[Piece], x1: float, x2: float, scale: float) -> tuple[list[tuple[str, float, float, int]], int]:
    """Names above the strip, largest part first, on two tiers; those that find no room are left to the ladder.

    returns   (text, its middle, the part's middle, tier 0 lowest), and the tiers used
    """
    spots, x = [], x1
    for piece in parts:
        spots.append((piece, x + piece.seconds * scale / 2))
        x += piece.seconds * scale
    taken: list[tuple[float, float, int]] = []
    stems: list[tuple[float, int]] = []
    placed = []
    total = sum(piece.seconds for piece in parts)
    for piece, spot in sorted(spots, key=lambda pair: -pair[0].seconds):
        if not total or piece.seconds < 0.01 * total:
            break
        text = f"{fit(shown_name(piece.stage), 190, 11.5)} {duration(piece.seconds)}"
        half = text_width(text, 11.5) / 2
        middle = min(max(spot, x1 + half), x2 - half)
        span = (middle - half - 7, middle + half + 7)
        for tier in (0, 1):
            crowded = any(low < span[1] and span[0] < high for low, high, at in taken if at == tier)
            pierced = any(span[0] < stem < span[1] for stem, at in stems if at > tier)
            pierces = any(low < spot < high for low, high, at in taken if at < tier)
            if not (crowded or pierced or pierces):
                taken.append((*span, tier))
                stems.append((spot, tier))
                placed.append((text, middle, spot, tier))
                break
    return placed, max((tier for *_, tier in placed), default=-1) + 1


def _axis(x: float, scale: float, total: float, y: float, room: float) -> Iterator[Markup]:
    """Ticks under the strip, some four to ten in the seconds that it has `room` for, in a reader's unit."""
    if total <= 0:
        return
    steps = [*TICKS, *(DAY * base * 10**power for power in range(6) for base in (1, 2, 5))]
    step = next((step for step in steps if room / step <= 9), total)
    for i in range(int(total / step + 1e-9) + 1):
        at = x + i * step * scale
        yield tag("line", x1=at, x2=at, y1=y, y2=y + 4, class_="grey-line")
        anchor = "start" if not i else "end" if total - i * step < 0.02 * total else "middle"
        yield label(at, y + 17, _tick(i * step, total), "mut", 11, anchor)


def _tick(seconds: float, total: float) -> str:
    for unit, letter in ((DAY, "d"), (3_600, "h"), (60, "min")):
        if total >= 2 * unit:
            return f"{seconds / unit:,.4g} {letter}"
    return f"{seconds:.0f} s"
