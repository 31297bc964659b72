"""Every sentence of the pages, a file for each page, ready for translation. Names in braces are filled in."""

from __future__ import annotations

from collections.abc import Mapping

from valuestream.web.texts import (
    charts,
    data,
    frame,
    future,
    imports,
    items,
    mapping,
    maps,
    snapshots,
    what_if,
)

PAGES = (frame, maps, charts, items, data, imports, snapshots, mapping, future, what_if)
TEXTS: Mapping[str, str] = {key: text for page in PAGES for key, text in page.TEXTS.items()}


def said(key: str, /, **named: object) -> str:
    """A text of the pages; where `n` is one and the text has a singular (`key_one`), that.

    KeyError where there is none: a test looks up every key that pages use.

    >>> said("items.n", n="1"), said("items.n", n="1,204")
    ('One item', '1,204 items')
    """
    if named.get("n") in (1, "1") and f"{key}_one" in TEXTS:
        key += "_one"
    return TEXTS[key].format(**named) if named else TEXTS[key]
