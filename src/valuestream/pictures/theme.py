"""Colours, type and the room that words take. Colour never speaks alone: shape, dash or word says the same."""

from __future__ import annotations

import unicodedata
from functools import cache

from valuestream.pictures.markup import Markup, clean, tag

FONT = 'system-ui, "DejaVu Sans", sans-serif'
LIGHT = {
    "bg": "#fbfaf8", "card": "#ffffff", "line": "#d5d9de", "ink": "#1c2127", "mut": "#59636e",
    "work": "#0b5fa5", "on-work": "#ffffff", "wait": "#c2620c", "wait-ink": "#a9520a", "wait-bg": "#fdebd7",
    "bn": "#b0123f", "rw": "#6d3aa0", "flow": "#c9d8e6", "grey": "#eceef0", "soft": "#cfe2f3", "on-bn": "#ffffff",
}  # fmt: skip
DARK = {
    "bg": "#14171a", "card": "#1c2024", "line": "#363c43", "ink": "#e8eaed", "mut": "#a3adb8",
    "work": "#63b3f2", "on-work": "#0d1b28", "wait": "#f0a253", "wait-ink": "#f0a253", "wait-bg": "#3a2a18",
    "bn": "#ff7d9c", "rw": "#c39bf0", "flow": "#33475a", "grey": "#262b30", "soft": "#1f3d58", "on-bn": "#2b0a14",
}  # fmt: skip

# stages of a cumulative flow and kinds of items; they repeat after six, so labels and shapes must tell them apart
PALETTE = {
    "light": ("#0b5fa5", "#58a6c7", "#8cc5b0", "#e3b45c", "#d98250", "#b98bb8"),
    "dark": ("#63b3f2", "#2f7f9f", "#3f8f76", "#a87a25", "#b1602f", "#8a5c8a"),
}

for _colours, _name in ((LIGHT, "light"), (DARK, "dark")):
    _colours.update({f"p{i}": colour for i, colour in enumerate(PALETTE[_name], start=1)})

# class -> declarations; `$x` stands for the token x
RULES = {
    "bg": "fill:$bg", "card": "fill:$card;stroke:$line", "rule": "fill:none;stroke:$line",
    "ink": "fill:$ink", "mut": "fill:$mut", "b": "font-weight:600", "i": "font-style:italic",
    "struck": "text-decoration:line-through",
    "work": "fill:$work", "on-work": "fill:$on-work", "soft": "fill:$soft;stroke:$work", "on-card": "fill:$card",
    "on-bn": "fill:$on-bn", "wait-ink": "fill:$wait-ink",
    "queue": "fill:$wait-bg;stroke:$wait;stroke-width:1.5;stroke-linejoin:round",
    "queue-none": "fill:none;stroke:$line;stroke-width:1.5;stroke-linejoin:round",
    "hatch-bg": "fill:$wait-bg", "hatch-line": "stroke:$wait;stroke-width:2",
    "grey-bg": "fill:$grey", "grey-line": "stroke:$mut;stroke-width:1",
    "flow": "fill:$flow", "flow-line": "fill:none;stroke:$flow", "unknown": "stroke-dasharray:2 5",
    "edge": "fill:none;stroke:$work;stroke-width:1.5", "outside": "fill:$card;stroke:$mut;stroke-width:1.5;"
    "stroke-dasharray:6 4",
    "bn": "fill:$bn", "bn-edge": "fill:none;stroke:$bn;stroke-width:3",
    "arc": "fill:none;stroke:$rw;stroke-width:1.8;stroke-dasharray:5 4", "rw": "fill:$rw",
    "pill": "fill:$bg;stroke:$rw", "warn": "fill:$wait-bg;stroke:$wait",
    "ladder": "fill:none;stroke:$mut;stroke-width:1.5;stroke-linejoin:round", "cut": "stroke:$ink;stroke-width:1",
    "between": "stroke:$wait;stroke-width:1.5",
}  # fmt: skip


@cache
def style() -> Markup:
    """The `<style>`: light tokens, dark by preference or by `data-theme`, light again on paper.

    Each declaration stands twice, so that a viewer without custom properties still shows the light colours.
    """
    light, dark, paper = _tokens(LIGHT), _tokens(DARK), _tokens(LIGHT | {"bg": "#ffffff"})
    css = [
        f".vsm{{{light}font-family:{FONT};font-variant-numeric:tabular-nums}}",
        # a narrow window shrinks the picture until its words would be too small, and scrolls from there
        "svg.vsm{max-width:max(100%,1060px);height:auto}.vsm a{text-decoration:none}"
        ".vsm a:hover text,.vsm a:focus-visible text{text-decoration:underline}",
        f'@media (prefers-color-scheme: dark){{:root:not([data-theme="light"]) .vsm,svg.vsm:root{{{dark}}}}}',
        f'[data-theme="dark"] .vsm{{{dark}}}',
        f'@media print{{.vsm,svg.vsm:root,:root:not([data-theme="light"]) .vsm,[data-theme="dark"] .vsm'
        f"{{{paper}max-width:100%;height:auto;break-inside:avoid;"
        f"print-color-adjust:exact;-webkit-print-color-adjust:exact}}}}",
    ]
    for name, body in RULES.items():
        once = [part for part in body.split(";") if part]
        twice = [say for part in once for say in ([_fixed(part), _bound(part)] if "$" in part else [part])]
        css.append(f".vsm .{name}{{{';'.join(twice)}}}")
    # the text is ours alone and holds no `<` or `&`; quotes must stay quotes
    return Markup(f"<style>{''.join(css)}</style>")


def _tokens(colours: dict[str, str]) -> str:
    return "".join(f"--{name}:{colour};" for name, colour in colours.items())


def _fixed(declaration: str) -> str:
    key, _, token = declaration.partition(":$")
    return f"{key}:{LIGHT[token]}"


def _bound(declaration: str) -> str:
    key, _, token = declaration.partition(":$")
    return f"{key}:var(--{token})"


def label(
    x: float, y: float, text: str, class_: str = "ink", size: float = 12.5, anchor: str = "start",
    title: str | None = None, **attributes: object,
) -> Markup:  # fmt: skip
    """A line of text; `title` is what a pointer resting on it is told."""
    why = tag("title", title) if title else None
    return tag("text", text, why, x=x, y=y, class_=class_, font_size=size, text_anchor=anchor, **attributes)


NARROW = {**dict.fromkeys("ijl|'!", 0.29), **dict.fromkeys(" .,:;", 0.32), **dict.fromkeys("ft()[]rJ-", 0.40)}
WIDE = {**dict.fromkeys("mMWQ@", 0.92), **dict.fromkeys("w%<>=+~#", 0.84)}


def text_width(text: str, size: float, bold: bool = False) -> float:
    """How wide `text` will be, in pixels; drawn from DejaVu Sans, the widest of the fonts in question."""
    return size * sum(map(_em, text)) * (1.12 if bold else 1.0)


def _em(letter: str) -> float:
    if letter in NARROW:
        return NARROW[letter]
    if letter in WIDE:
        return WIDE[letter]
    if unicodedata.combining(letter):
        return 0.0
    if unicodedata.east_asian_width(letter) in "WF":
        return 1.05
    return 0.72 if letter.isupper() or ord(letter) > 0x2E80 else 0.62


def fit(text: str, room: float, size: float, bold: bool = False) -> str:
    """`text`, shortened with an ellipsis to `room` pixels."""
    text = clean(text)
    if _fitting(text, room + 0.01, size, bold) == len(text):  # a card as wide as its text
        return text
    head = text[: _fitting(text, room - text_width("…", size, bold), size, bold)]
    return head.rstrip() + "…"


def _fitting(text: str, room: float, size: float, bold: bool) -> int:
    """How many letters of `text` fit into `room` pixels."""
    scale = size * (1.12 if bold else 1.0)
    for place, letter in enumerate(text):
        room -= scale * _em(letter)
        if room < 0:
            return place
    return len(text)


def wrap(text: str, room: float, size: float, lines: int, bold: bool = False) -> list[str]:
    """`text` broken between words into at most `lines` lines; what does not fit ends in an ellipsis."""
    words, done = clean(text).split(), list[str]()
    while words and len(done) < lines - 1:
        line = words.pop(0)
        while words and text_width(f"{line} {words[0]}", size, bold) <= room:
            line += " " + words.pop(0)
        if text_width(line, size, bold) > room:
            head = fit(line, room, size, bold)[:-1]
            words.insert(0, line[len(head) :])
            line = head
        done.append(line)
    if words:
        done.append(fit(" ".join(words), room, size, bold))
    return done
