"""Small lists that translations need (names of statuses, boards): read whole, kept when they have changed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import Any

from valuestream.log.record import Reply
from valuestream.sources.connector import Page


def read_whole(replies: Sequence[Reply], cursor: str | None) -> Iterator[Page]:
    """One page with all of it, unless it is as it was when the cursor was written."""
    digest = blake2b(digest_size=16)
    for reply in replies:
        digest.update(f"{reply.id}\0{reply.body}\0".encode())
    if digest.hexdigest() != cursor:
        yield Page(tuple(replies), digest.hexdigest(), said=len(replies), rests=True)


def reply_of(one: str, record: Any) -> Reply:
    """A record of a list as the reply that is kept: its JSON, keys in the tool's order."""
    return Reply(one, json.dumps(record, ensure_ascii=False, separators=(",", ":")))


def records(reference: Mapping[str, Sequence[Reply]], stream: str) -> list[Any]:
    """The records that a reference stream said last."""
    from pydantic_core import from_json

    return [from_json(reply.body) for reply in reference.get(stream, ())]
