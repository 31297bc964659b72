"""Plain text in columns of character cells: wide letters count two, nothing is wider than asked."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from valuestream.pictures.markup import clean


def cells(text: str) -> int:
    """How many cells of a terminal `text` takes.

    >>> cells("wait"), cells("待ち"), cells("e\u0301")
    (4, 4, 1)
    """
    return sum(map(_cell, text))


def _cell(letter: str) -> int:
    if unicodedata.combining(letter) or unicodedata.category(letter) in ("Cf", "Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def cut(text: object, width: int) -> str:
    """`text`, cleaned, shortened with an ellipsis to `width` cells."""
    said = clean(text)
    if fitting(said, width) == len(said):
        return said
    return said[: fitting(said, width - 1)].rstrip() + "…" if width > 0 else ""


def fitting(text: str, width: int) -> int:
    """How many letters of `text` fit into `width` cells."""
    room = width
    for place, letter in enumerate(text):
        room -= _cell(letter)
        if room < 0:
            return place
    return len(text)


def pad(text: object, width: int, right: bool = False) -> str:
    """`text` in exactly `width` cells."""
    said = cut(text, width)
    fill = " " * (width - cells(said))
    return fill + said if right else said + fill


def paragraph(text: object, width: int, indent: str = "", hang: str | None = None) -> list[str]:
    """`text` broken between words (inside them where they are longer than a line); later lines begin with `hang`.

    A word of more than three lines is shortened.
    """
    words = [cut(word, 3 * width) if len(word) > 3 * width else word for word in clean(text).split()]
    lines, line = list[str](), indent
    fresh = True
    hang = indent if hang is None else hang
    for word in words:
        rest = word
        if not fresh and cells(line) + 1 + cells(rest) > width:
            lines.append(line)
            line, fresh = hang, True
        while cells(line) + cells(rest) + (0 if fresh else 1) > width:
            split = max(1, fitting(rest, width - cells(line)))
            lines.append(line + rest[:split])
            line, rest = hang, rest[split:]
        line, fresh = line + ("" if fresh else " ") + rest, False
    return [*lines, line] if not fresh or not lines else lines


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], width: int, least: int = 12) -> list[str]:
    """Rows under a ruled head: the first column takes what the figures leave, at least `least` cells; figures right.

    Where even that is too wide, columns are dropped from the right, and a last line says so.
    """
    wide = [max(map(cells, column)) for column in zip(heads, *rows, strict=True)]
    kept = len(heads)
    while kept > 1 and least + sum(w + 2 for w in wide[1:kept]) > width:
        kept -= 1
    first = min(wide[0], width - sum(w + 2 for w in wide[1:kept]))
    widths = [first, *wide[1:kept]]
    ruled = [_line(heads[:kept], widths), "  ".join("─" * w for w in widths)]
    lines = [*ruled, *(_line(row[:kept], widths) for row in rows)]
    if kept < len(heads):
        lines += paragraph(f"(wider than {width} columns: {', '.join(heads[kept:])} left out)", width)
    return lines


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(pad(text, w, right=i > 0) for i, (text, w) in enumerate(zip(row, widths, strict=True))).rstrip()


def bar(part: float, width: int, full: str = "█") -> str:
    """A bar of `part` of `width` cells, to the eighth of a cell; what is not nothing shows.

    >>> bar(0.5, 4), bar(0.001, 4), bar(0.0, 4)
    ('██', '▏', '')
    """
    if full != "█":
        return full * round(part * width)
    eighths = round(max(0.0, min(1.0, part)) * width * 8)
    eighths = max(eighths, 1) if part > 0 else 0
    return "█" * (eighths // 8) + (" ▏▎▍▌▋▊▉"[eighths % 8] if eighths % 8 else "")
