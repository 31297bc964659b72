"""A log kept in memory with the store's promises: for rehearsals of connectors, and for tests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from typing import NamedTuple

from valuestream.log.event import Reject
from valuestream.log.record import Event, Item, Link, Reply, Translated

EventKey = tuple[str, str, int, str, int]
"""Source, ref, kind, field, and the how-manieth event of these it is."""


class Counts(NamedTuple):
    new: int
    superseded: int
    rejected: int


class Run(NamedTuple):
    source: str
    kind: str
    status: str = "running"
    message: str = ""


class MemorySink:
    """What `Store` does, in dictionaries: pages are idempotent, and the last reading of an event counts."""

    def __init__(self) -> None:
        self.cursors: dict[tuple[str, str], str] = {}
        self.raw: dict[tuple[str, str], dict[bytes, Reply]] = {}
        self.events: dict[EventKey, Event] = {}
        self.streams: dict[EventKey, str] = {}
        self.items: dict[tuple[str, str], Item] = {}
        self.links: set[Link] = set()
        self.rejects: set[Reject] = set()
        self.runs: list[Run] = []

    def cursor(self, source: str, stream: str) -> str | None:
        return self.cursors.get((source, stream))

    def put_page(
        self,
        source: str,
        stream: str,
        *,
        replies: Sequence[Reply],
        translated: Translated,
        cursor: str | None,
        run: int,
    ) -> Counts:
        kept = self.raw.setdefault((source, stream), {})
        for reply in replies:
            key = _hash(reply.id, reply.body)
            kept.pop(key, None)
            kept[key] = reply
        new = superseded = 0
        for one, event in keyed(source, translated.events):
            known = self.events.get(one)
            new += known is None
            superseded += known is not None and known != event
            self.events[one] = event
            self.streams[one] = stream
        self.items.update({(source, item.item): item for item in translated.items})
        self.links.update(translated.links)
        self.rejects.update(translated.rejects)
        if cursor is not None:
            self.cursors[source, stream] = cursor
        return Counts(new, superseded, len(translated.rejects))

    def translate_again(self, source: str, stream: str, pages: Iterable[Translated], *, run: int) -> Counts:
        old = [key for key, of in self.streams.items() if key[0] == source and of == stream]
        for key in old:
            del self.events[key], self.streams[key]
        total = Counts(0, len(old), 0)
        for page in pages:
            counts = self.put_page(source, stream, replies=(), translated=page, cursor=None, run=run)
            total = Counts(*(a + b for a, b in zip(total, counts, strict=True)))
        return total

    def begin_run(self, source: str, kind: str) -> int:
        self.runs.append(Run(source, kind))
        return len(self.runs) - 1

    def end_run(self, run: int, *, status: str, message: str) -> None:
        self.runs[run] = self.runs[run]._replace(status=status, message=message)

    def replies(self, source: str, stream: str) -> Iterator[Reply]:
        last = {reply.id: reply for reply in self.raw.get((source, stream), {}).values()}
        yield from last.values()

    def told(self) -> tuple[list[tuple[EventKey, Event]], list[tuple[tuple[str, str], Item]], list[Link]]:
        """The whole log in an order of its own, to be compared with another."""
        return (
            sorted(self.events.items(), key=lambda one: one[0]),
            sorted(self.items.items(), key=lambda one: one[0]),
            sorted(self.links),
        )


def keyed(source: str, events: Sequence[Event]) -> Iterator[tuple[EventKey, Event]]:
    """Each event with the key that makes it itself: appended twice, it is there once."""
    repeats: Counter[tuple[str, int, str]] = Counter()
    for event in events:
        ref = event.ref or _hash(*(str(part) for part in event[:-1])).hex()
        same = (ref, int(event.kind), event.field or "")
        yield (source, *same, repeats[same]), event
        repeats[same] += 1


def _hash(*parts: str) -> bytes:
    return blake2b("\0".join(parts).encode(), digest_size=16).digest()
