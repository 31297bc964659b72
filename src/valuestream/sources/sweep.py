"""Comparing ids with the tool's, once a week: what is missing here is fetched, what is gone there is marked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

from valuestream.log.event import Kind
from valuestream.log.record import Event, Reply, Translated
from valuestream.log.sink import Sink
from valuestream.sources.connector import ABSENT, Connector, Page
from valuestream.sources.http import Http
from valuestream.sources.mark import DAY_US, Mark

EVERY_US = 7 * DAY_US
DELETED = "(deleted)"
"""The state of an item that its tool does not have any more."""

MOST_GONE = 0.2
FEW_GONE = 10
_AT_ONCE = 50


def is_due(cursor: str | None, now_us: int) -> bool:
    """Whether a stream that has been read whole was last compared a week ago, or never."""
    mark = Mark.read(cursor)
    return mark.begun and not mark.spans and now_us - (mark.swept or 0) >= EVERY_US


def compare(connector: Connector, http: Http, sink: Sink, source: str, stream: str, now_us: int) -> Iterator[Page]:
    """Pages that make our records those of the tool.

    Where a fifth of all records is gone at once, a right was lost more likely than the records: nothing is marked.
    """
    listed = connector.ids(http, stream)
    if listed is None:
        return
    theirs = {one for page in listed for one in page}
    ours, gone = _known(sink, source, stream)
    missing, vanished = sorted(theirs - ours), sorted(ours - theirs - gone)
    back = sorted(theirs & gone)
    mark = replace(Mark.read(sink.cursor(source, stream)), swept=now_us)
    unread = replace(mark, swept=None)
    note = None
    if len(vanished) > max(FEW_GONE, MOST_GONE * len(ours)):
        note = f"{len(vanished):,} of {len(ours):,} records cannot be seen any more: nothing is marked as deleted"
        vanished = []
    wanted = [*missing, *back, *vanished]
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        found = list(connector.again(http, stream, some))
        lost = set(some) & set(vanished) - {reply.id for reply in found}
        found += [Reply(one, json.dumps({"absent": one, "seen_at": now_us})) for one in sorted(lost)]
        yield Page(tuple(found), unread.written())
    yield Page((), mark.written(), said=len(theirs), note=note)


def _known(sink: Sink, source: str, stream: str) -> tuple[set[str], set[str]]:
    """The ids we have, and those among them that are marked as gone."""
    ours: set[str] = set()
    gone: set[str] = set()
    for reply in sink.replies(source, stream):
        ours.add(reply.id)
        (gone.add if reply.body.startswith(ABSENT) else gone.discard)(reply.id)
    return ours, gone


def absence(stream: str, reply: Reply) -> Translated:
    """A record that is gone, as an event: the tool does not say when, only that it was gone at the comparison."""
    said = json.loads(reply.body)
    item = said["absent"]
    why = "gone at a comparison of ids"
    event = Event(item, said["seen_at"], Kind.STATE, DELETED, reason=why, ref=f"absent:{item}")
    return Translated((event,))


def is_absence(reply: Reply) -> bool:
    return reply.body.startswith(ABSENT)
