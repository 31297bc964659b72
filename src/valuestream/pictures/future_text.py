"""Current against future state as plain text."""

from __future__ import annotations

from valuestream.pictures.cells import cut, paragraph, table
from valuestream.pictures.compare import FIGURES, marked_figures, side_by_side, totals
from valuestream.pictures.duration import UNKNOWN, duration, number, share
from valuestream.pictures.future import NO_INTERVAL, told
from valuestream.pictures.markup import clean
from valuestream.pictures.words import Doc, part, shown_name

SHOWN = {"active": duration, "wait": duration, "ca": share}
NAMES = {"active": "active", "wait": "wait", "ca": "%C&A", "batch": "batch", "people": "people",
         "transfers": "transfers"}  # fmt: skip


def future_text(current: Doc, future: Doc, width: int = 100) -> str:
    """Both states within `width` columns: the stream's figures, then the stages that differ; ends in a newline."""
    name = clean(future.get("name") or "")
    found = totals(current, future)
    lines = [cut(f"{clean(current.get('stream') or '')}: current and future state", width)]
    lines += paragraph(f"{told(found, name)} ({clean(future.get('basis') or NO_INTERVAL)})", width)
    rows = [(one.name, one.shown_before, one.shown_after, _verdict(one.marked, one.interval)) for one in found]
    lines += ["", *table(("Figure", "Current", "Future", ""), rows, width)]
    moved = [row for pair in zip(*(one["stages"] for one in side_by_side(current, future)), strict=True)
             for row in _stage(*pair)]  # fmt: skip
    if moved:
        lines += ["", *table(("Stage, a visit", "Figure", "Current", "Future"), moved, width)]
    for text in future.get("assumed") or []:
        lines += paragraph(f"Assumed: {clean(text)}", width, "", "  ")
    return "\n".join(lines) + "\n"


def _verdict(marked: bool, interval: tuple[float, float] | None) -> str:
    if marked:
        return "differs"
    return "same" if interval is None else "within its interval"


def _stage(before: Doc, after: Doc) -> list[tuple[str, str, str, str]]:
    name = shown_name(after)
    if after.get("absent"):
        return [(name, "removed", "", "")]
    if before.get("absent"):
        return [(name, "added", "", ""), *_changes(name, None, after)]
    return _changes(name, before, after)


def _changes(name: str, before: Doc | None, after: Doc) -> list[tuple[str, str, str, str]]:
    changed = marked_figures(before, after)
    rows = []
    for key, words in NAMES.items():
        if key not in changed:
            continue
        shown = SHOWN.get(key, number)
        was, now = (part(one or {}, *FIGURES[key]) for one in (before, after))
        rows.append((name, words, shown(was) if before else UNKNOWN, shown(now)))
    return rows
