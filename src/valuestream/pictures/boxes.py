"""The process boxes with their data: solid, light or outlined as their figures are logged, by status or declared."""

from __future__ import annotations

from valuestream.pictures.box_rows import Row, basis, rows
from valuestream.pictures.compare import marked_figures
from valuestream.pictures.duration import UNKNOWN
from valuestream.pictures.grid import BOX, Place
from valuestream.pictures.links import Link, opens, stage_page
from valuestream.pictures.markup import Markup, clean, group, tag
from valuestream.pictures.theme import label, text_width, wrap
from valuestream.pictures.words import Doc, part, shown_name

ROW = 20.0
PAD = 10.0
NAME, SMALL = 13.0, 11.0
ROWS = 7


def header_height(all_stages: list[Doc]) -> float:
    """The same for all boxes: up to three lines of name, and a line where others work."""
    lines = max((len(name_lines(stage)) for stage in all_stages), default=1)
    return 14 + 17 * lines + (15 if any(stage.get("kind") == "external" for stage in all_stages) else 0)


def name_lines(stage: Doc) -> list[str]:
    return wrap(shown_name(stage) or UNKNOWN, BOX - 14, NAME, 3, bold=True)


def box(place: Place, y: float, head: float, link: Link = None, was: Doc | None = None) -> Markup:
    """A process box at height `y`. External: dashed, its header no block. The longest wait: a thick border.

    was  the document that the stage's own is compared with: figures that differ are marked, all else is quiet
    """
    stage, x, how = place.stage, place.x, basis(place.stage)
    height = box_height(head)
    if stage.get("absent"):
        return _absent(place, y, head)
    outline = {"external": "outside", "declared": "edge on-card"}.get(how, "card")
    parts = [tag("rect", x=x, y=y, width=BOX, height=height, rx=6, class_=outline)]
    if how in ("external", "declared"):
        parts.append(tag("line", x1=x + 8, x2=x + BOX - 8, y1=y + head, y2=y + head, class_="rule"))
    else:
        d = f"M{x:.1f} {y + head:.1f}v{6 - head:.1f}q0 -6 6 -6h{BOX - 12}q6 0 6 6v{head - 6:.1f}z"
        parts.append(tag("path", d=d, class_="work" if how == "measured" else "soft"))
    ink = "on-work" if how == "measured" else "ink"
    title = tag("title", f"{shown_name(stage)}: {TOLD[how]}")
    parts.append(opens(link, stage_page(place.name), title, *_header(stage, place.middle, y, head, ink)))
    before = None if was is None else _before(was, place.name)
    changed = set() if was is None else marked_figures(before, stage)
    old = {row.key: row for row in rows(before)} if before is not None else {}
    for i, row in enumerate(rows(stage)):
        at = y + head + 19 + i * ROW
        if was is None:
            drawn = _line(row, x, at, bool(stage.get("longest_wait")))
        else:
            drawn = _compared(row, old.get(row.key), row.key in changed, x, at)
        parts.append(opens(link, row.address, drawn))
    parts += _marks(place, y + height, "9 5" if how == "external" else None, height)
    return group(*parts, class_=f"stage {'external' if how == 'external' else 'own'}", data_stage=clean(stage["name"]),
                 data_basis=how)  # fmt: skip


TOLD = {
    "measured": "process time, from logged intervals", "state-derived": "active time, by status",
    "declared": "declared by people", "external": "external, others work here unseen",
}  # fmt: skip


def box_height(head: float) -> float:
    return head + ROWS * ROW + 10


def _header(stage: Doc, x: float, y: float, head: float, ink: str) -> list[Markup]:
    names, more = name_lines(stage), "External" if stage.get("kind") == "external" else ""
    full = shown_name(stage) if "…" in "".join(names) else None
    used = 17 * len(names) + (15 if more else 0)
    top = y + (head - used) / 2
    said = [label(x, top + 13.5 + 17 * i, text, f"{ink} b", NAME, "middle", full) for i, text in enumerate(names)]
    if more:
        said.append(label(x, top + 17 * len(names) + 11, more, ink, SMALL, "middle"))
    return said


def _line(row: Row, x: float, y: float, longest: bool) -> Markup:
    quiet = row.value == UNKNOWN
    ink = "bn b" if longest and row.key == "wait" else "mut i" if row.value == "none" else "mut" if quiet else "ink b"
    return group(
        tag("title", row.title),
        label(x + PAD, y, row.label, "mut", 12.5),
        label(x + BOX - PAD, y, row.value, ink, 12.5, "end"),
        class_="figure", data_figure=row.key,
    )  # fmt: skip


def _before(was: Doc, name: str) -> Doc | None:
    """The stage of that name in the other document, where it has it."""
    found = next((stage for stage in was.get("stages") or [] if stage.get("name") == name), None)
    return None if found is None or found.get("absent") else found


def _absent(place: Place, y: float, head: float) -> Markup:
    """The place of a stage that this state does not have."""
    height, names = box_height(head), name_lines(place.stage)
    below = max(height / 2 + 14, head + 26 + 17 * len(names))
    return group(
        tag("title", f"{shown_name(place.stage)} is not in this state"),
        tag("rect", x=place.x, y=y, width=BOX, height=height, rx=6, class_="rule", stroke_dasharray="3 5"),
        *(
            label(place.middle, y + head + 20 + 17 * i, text, "mut", NAME, "middle")
            for i, text in enumerate(names)
        ),
        label(place.middle, y + below, "not in this state", "mut i", 11.5, "middle"),
        class_="stage absent", data_stage=clean(place.stage["name"]),
    )  # fmt: skip


SHORT = {"active": "Active", "wait": "Wait", "ca": "%C&A", "batch": "Batch", "people": "People",
         "transfers": "Transf.", "now": "Now"}  # fmt: skip


def _compared(row: Row, old: Row | None, marked: bool, x: float, y: float) -> Markup:
    """A line of a future box: what differs is bold with an arrow and the old value struck; all else is quiet.

    So is what differs by less than is written: an arrow beside the very same value would only puzzle.
    """
    alike = old is not None and old.value == row.value
    why = "too small a difference to be written" if marked else "no difference beyond its interval"
    marked = marked and not alike
    if not marked:
        said = [label(x + BOX - PAD, y, row.value, "mut", 12.5, "end")]
        told = f"{row.title}; {why}" if old else row.title
    else:
        value = row.value if old is None or old.value in (UNKNOWN, "none") else f"{_arrow(row, old)}{row.value}"
        said = [label(x + BOX - PAD, y, value, "ink b", 12.5, "end")]
        told = f"{row.title}; before: {old.value}" if old else row.title
        left = x + BOX - PAD - text_width(value, 12.5, bold=True) - 5
        name = text_width(SHORT[row.key], 12.5) + PAD + 4
        if old is not None and left - text_width(old.value, 10.5) > x + name:
            said.append(label(left, y, old.value, "mut struck", 10.5, "end"))
    return group(
        tag("title", told), label(x + PAD, y, SHORT[row.key], "mut", 12.5), *said, class_="figure",
        data_figure=row.key, data_marked="yes" if marked else None,
    )  # fmt: skip


def _arrow(row: Row, old: Row) -> str:
    """Which way a figure went: read off the numbers, which stand in the rows' own order."""
    return "" if row.number is None or old.number is None else "▲ " if row.number > old.number else "▼ "


def marks(stage: Doc) -> list[tuple[str, str, str]]:
    """What a box is marked with: its key, its words, and why."""
    found = []
    if stage.get("longest_wait"):
        found.append(("longest", "◆ Longest wait", "Of all stages, finished items waited longest here"))
    if evidence := part(stage, "constraint", "evidence"):
        found.append(("constraint", "▲ Possible constraint", clean(evidence)))
    return found


def _marks(place: Place, bottom: float, dashes: str | None, height: float) -> list[Markup]:
    """A thick border, and pills across the lower edge."""
    found = marks(place.stage)
    if not found:
        return []
    drawn = [tag("rect", x=place.x, y=bottom - height, width=BOX, height=height, rx=6, class_="bn-edge",
                 stroke_dasharray=dashes)]  # fmt: skip
    for i, (key, words, why) in enumerate(found):
        width, y = text_width(words, 12, bold=True) + 20, bottom + 9 + 26 * i
        pill = tag("rect", x=place.middle - width / 2, y=y - 11, width=width, height=22, rx=11, class_="bn")
        drawn.append(group(pill, label(place.middle, y + 4.2, words, "on-bn b", 12, "middle", why, data_mark=key)))
    return drawn


def under(all_stages: list[Doc]) -> float:
    """The room that the pills of a row need below its boxes."""
    most = max((len(marks(stage)) for stage in all_stages), default=0)
    return 0.0 if not most else 22.0 + 26 * (most - 1)
