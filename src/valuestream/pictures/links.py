"""Where a figure leads: its items. The map knows addresses, whoever shows it turns them into hrefs."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from valuestream.pictures.markup import Markup, group, tag

Link = Callable[[str], str] | None
"""Turns an address ("stage/Code review", "items?stage=Code+review") into an href, None: figures lead nowhere.

The path of an address is as the stage is named, and is to be quoted; its query is quoted already.
"""


def opens(link: Link, address: str, *drawn: Markup | None, name: str | None = None) -> Markup:
    """What is drawn, as a link where there are pages behind it; `name` is the link's where it holds no words."""
    return group(*drawn) if link is None else tag("a", *drawn, href=link(address), aria_label=name)


def stage_page(name: str) -> str:
    """The address of a stage's page; whoever makes an href of it quotes the path.

    >>> stage_page("Code review")
    'stage/Code review'
    """
    return f"stage/{name}"


def item_list(*, stage: str | None = None, state: str | None = None, sort: str | None = None) -> str:
    """The address of a list of items.

    >>> item_list(stage="Code review", state="open", sort="here")
    'items?stage=Code+review&state=open&sort=here'
    """
    asked = {key: value for key, value in (("stage", stage), ("state", state), ("sort", sort)) if value is not None}
    return f"items?{urlencode(asked)}" if asked else "items"
