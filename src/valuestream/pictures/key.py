"""The key to the signs of a map: only those that the map uses."""

from __future__ import annotations

from valuestream.pictures.box_rows import basis
from valuestream.pictures.duration import count
from valuestream.pictures.grid import MARGIN, Grid
from valuestream.pictures.markup import Markup, clean, group, tag
from valuestream.pictures.passages import exits, gathered, main_returns
from valuestream.pictures.theme import label, text_width
from valuestream.pictures.words import Doc, stages

Entry = tuple[Markup, float, str, str | None]
BASES = (
    ("measured", "work", "process time, measured"),
    ("state-derived", "soft", "active time, by status"),
    ("declared", "edge on-card", "declared by people"),
    ("external", "outside", "external: others work there"),
)


def key(document: Doc, where: Grid, y: float) -> tuple[Markup, float]:
    """What the signs mean, and the abbreviation spelled out before its first use; ends at the height returned."""
    x, drawn = MARGIN, []
    for sign, wide, text, title in _entries(document):
        width = wide + 6 + text_width(text, 11.5)
        if x + width > where.right and x > MARGIN:
            x, y = MARGIN, y + 20
        drawn.append(
            group(sign, label(wide + 6, 0, text, "mut", 11.5, title=title), transform=f"translate({x:.1f} {y:.1f})")
        )
        x += width + 20
    return group(*drawn, class_="key"), y + 14


def _entries(document: Doc) -> list[Entry]:
    every = stages(document)
    used = {basis(stage) for stage in every}
    found: list[Entry] = [
        (tag("rect", x=0, y=-11, width=20, height=13, rx=3, class_=class_), 20.0, words, None)
        for name, class_, words in BASES
        if name in used
    ]
    found += [
        (tag("path", d="M0 2l9 -14 9 14z", class_="queue"), 18.0, "waiting now", None),
        (tag("rect", x=0, y=-9, width=22, height=9, class_="flow"), 22.0, "width: items per week", None),
        (Markup(""), -6.0, "%C&A: complete & accurate, not sent back", None),
    ]
    if document.get("returns"):
        small = main_returns(document)[1]
        told = "; ".join(f"{clean(r['from'])} to {clean(r['to'])} {count(r.get('n'))}" for r in small)
        note = gathered(small)
        line = tag("line", x1=0, x2=26, y1=-4, y2=-4, class_="arc")
        found.append((line, 26.0, "returns, share of what left" + (f" ({note})" if note else ""), told or None))
    if any(exits(document, stage) for stage in every):
        found.append((Markup(""), -6.0, "↘ leaves the stream early", None))
    return found
