"""A writer of XML that cannot be talked into markup: every string is cleaned and escaped unless it is `Markup`."""

from __future__ import annotations

import unicodedata

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
# a name must not turn the reading direction of the text that follows it
BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class Markup(str):
    """A piece of finished XML."""


def clean(text: object) -> str:
    r"""`text` on one line, without what XML forbids or a terminal would obey (escape codes, direction overrides).

    >>> clean("a\x1b[31m\nb\u202e")
    'a�[31m b'
    """
    said = str(text)
    if said.isprintable():
        return said
    letters = []
    for letter in said:
        if letter in "\t\n\r\u2028\u2029":
            letters.append(" ")
        elif letter in BIDI:
            continue
        elif unicodedata.category(letter) in ("Cc", "Cs") or letter in "\ufffe\uffff":
            letters.append(REPLACEMENT)
        else:
            letters.append(letter)
    return "".join(letters)


def escape(text: object) -> str:
    """`text` cleaned and safe between tags and inside double quotes.

    >>> escape('<script>&"')
    '&lt;script&gt;&amp;&quot;'
    """
    safe = clean(text)
    for letter, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&#39;")):
        safe = safe.replace(letter, entity)
    return safe


def tag(name: str, *children: str | None, **attributes: object) -> Markup:
    """One element. None children and None attributes are left out; `class_` and `data_x` become `class`, `data-x`.

    >>> tag("text", "a<b", tag("title", "why"), class_="mut", x=1.5, data_n=None)
    '<text class="mut" x="1.5">a&lt;b<title>why</title></text>'
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_plain(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    inside = "".join(child if isinstance(child, Markup) else escape(child) for child in children if child is not None)
    return Markup(f"<{name}{written}>{inside}</{name}>" if inside else f"<{name}{written}/>")


def _plain(value: object) -> str:
    """Coordinates to a hundredth, so that a picture is the same on every machine."""
    if isinstance(value, float):
        return f"{value:.2f}".rstrip("0").rstrip(".")
    return str(value)


def group(*children: str | None, **attributes: object) -> Markup:
    """A `<g>`; empty if it holds nothing."""
    return tag("g", *children, **attributes) if any(children) else Markup("")
