"""The log as rows: what a connector's translation gives, and what the store keeps.

`event.py` has the same events as columns; these are for sources that speak of one thing at a time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from valuestream.log.event import ActorKind, Kind, Reject

Artefact = Literal["issue", "pull_request", "build", "deployment", "incident", "ticket"]


class Event(NamedTuple):
    """Something that happened to an item.

    item         source-scoped id ("10023"); the store puts the source's name before it
    occurred_at  microseconds UTC
    value        word; for ASSIGN the person, None when unassigned
    track        the artefact whose own item this is not ("pull_request"), None for the item's own
    ref          the vendor's id of the event, "" where it has none: the store then takes a hash of the content
    seq          the vendor's order among events of one instant
    """

    item: str
    occurred_at: int
    kind: Kind
    value: str | None = None
    field: str | None = None
    actor: str | None = None
    actor_kind: ActorKind = "unknown"
    track: str | None = None
    reason: str | None = None
    ref: str = ""
    seq: int = 0


class Item(NamedTuple):
    """What an item is called, and where a person finds it. Attributes without a history stand here."""

    item: str
    key: str
    artefact: Artefact = "issue"
    title: str | None = None
    url: str | None = None
    attributes: Mapping[str, str] = {}


class Link(NamedTuple):
    """Evidence that two items belong together; never a silent pick.

    start, end  ids as in `Item.item`; of another source with its name before it ("github:acme/app#12")
    type        closes, relates, duplicates, builds, deploys ...
    method      how it was seen: "vendor", "closing keyword", "branch name" ...
    confidence  0 to 1
    """

    start: str
    end: str
    type: str
    method: str
    confidence: float
    evidence: str


class Reply(NamedTuple):
    """One record of a vendor as it came: `body` is its JSON text."""

    id: str
    body: str


@dataclass(frozen=True)
class Translated:
    """What a translation made of replies. The same replies and mapping version always give the same."""

    events: tuple[Event, ...] = ()
    items: tuple[Item, ...] = ()
    links: tuple[Link, ...] = ()
    rejects: tuple[Reject, ...] = field(default=())
