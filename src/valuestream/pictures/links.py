"""Where a figure leads: its items. The map knows addresses, whoever shows it turns them into hrefs."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote, urlencode

from valuestream.pictures.markup import Markup, group, tag

Link = Callable[[str], str] | None
"""Turns an address ("stage/Review", "items?stage=Review&state=open") into an href; None: figures lead nowhere."""


def opens(link: Link, address: str, *drawn: Markup | None) -> Markup:
    """What is drawn, as a link where there are pages behind it."""
    return group(*drawn) if link is None else tag("a", *drawn, href=link(address))


def stage_page(name: str) -> str:
    """The address of a stage's page.

    >>> stage_page("Code review")
    'stage/Code%20review'
    """
    return f"stage/{quote(name, safe='')}"


def item_list(*, stage: str | None = None, state: str | None = None, sort: str | None = None) -> str:
    """The address of a list of items.

    >>> item_list(stage="Code review", state="open", sort="here")
    'items?stage=Code+review&state=open&sort=here'
    """
    asked = {key: value for key, value in (("stage", stage), ("state", state), ("sort", sort)) if value is not None}
    return f"items?{urlencode(asked)}" if asked else "items"
