"""Reading a list that a tool orders by change, newest first: what is new, then what is old, each page a checkpoint.

A record that changes while we read moves to the top of an open list, and what it passes moves down: nothing is missed,
some come twice. A list with an end loses records that change, and those behind move up; so its next page is asked for
by the oldest change read, never by a count, except within one instant.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Any

from valuestream.log.record import Reply
from valuestream.sources import faults
from valuestream.sources.connector import Page
from valuestream.sources.faults import Fault
from valuestream.sources.http import Answer, Http, Request
from valuestream.sources.mark import FEW, Mark, Span, first_spans
from valuestream.sources.paging import Paging, unrepeated

SECOND_US = 1_000_000
FIRST_US = 1_104_537_600_000_000
"""2005: no tool that is read has older records; where a span without a beginning is halved."""

_EDGE_US = 60 * SECOND_US


@dataclass(frozen=True)
class Listing:
    """How a tool lists what changed.

    ask          span -> the request for what changed in it, `start` and `last` included
    paging       how its pages follow one another
    records      answer's data -> its records
    identity     record -> its id
    changed      record -> when it last changed, microseconds UTC
    details      what is kept of some records; where the list does not say all, this fetches the rest
    overlap_us   how far before the last known change a refresh begins
    grain_us     what the tool's clock resolves
    bounded      whether `ask` heeds the end of a span
    by_count     whether pages are counted from the top
    order        record -> the instant by which the list is ordered; None: by change
    lookback_us  how long after its `order` a record may still change
    said         answer -> how many records there are; None where the tool does not say
    most         a span of more records than this is halved, since the tool shows no more of it
    earliest_us  what is older is not read
    """

    ask: Callable[[Span], Request]
    paging: Paging
    records: Callable[[Any], Sequence[Any]]
    identity: Callable[[Any], str]
    changed: Callable[[Any], int | None]
    details: Callable[[Http, Sequence[Any]], Sequence[Reply]]
    overlap_us: int = 300 * SECOND_US
    grain_us: int = SECOND_US
    bounded: bool = True
    by_count: bool = False
    order: Callable[[Any], int | None] | None = None
    lookback_us: int = 0
    said: Callable[[Answer], int | None] = lambda answer: None
    most: int | None = None
    earliest_us: int | None = None


def read(http: Http, listing: Listing, cursor: str | None, now_us: int) -> Iterator[Page]:
    """Every page that is new behind the cursor: first what changed since, then what a first sync has not reached.

    now_us  divides a first sync into spans; that a clock is wrong loses nothing
    """
    reading = _Reading(http, listing, Mark.read(cursor))
    if reading.mark.spans and reading.mark.spans[0].end is None:
        yield from reading.head()  # the last sync stopped in the newest span
    reading.mark = _opened(reading.mark, listing, now_us)
    while reading.mark.spans:
        yield from reading.head()


def _opened(mark: Mark, listing: Listing, now_us: int) -> Mark:
    """The mark with what a new sync has to read before what the last one left."""
    if not mark.begun:
        return replace(mark, begun=True, spans=first_spans(now_us, listing.earliest_us, bounded=listing.bounded))
    since = None if mark.since is None else mark.since - listing.overlap_us
    return replace(mark, spans=(Span(since), *mark.spans))


class _Reading:
    """One stream being read; `mark` is right for what has been handed out."""

    def __init__(self, http: Http, listing: Listing, mark: Mark) -> None:
        self.http = http
        self.listing = listing
        self.mark = mark
        self.anchor: Request | None = None

    def head(self) -> Iterator[Page]:
        """The pages of the first span, until it is read, halved or begun anew."""
        span = self.mark.spans[0]
        self.anchor = self._from(span)
        asking, asked, resumed = span.page or self.anchor, set[str](), span.page is not None
        while True:
            unrepeated(asking, asked)
            try:
                answer = self.http.ask(self._conditional(asking, span))
            except Fault as fault:
                if not (resumed and fault.state in (faults.REFUSED, faults.MISSING)):
                    raise
                self._begin_anew(span)  # the address of a page does not live for ever
                return
            resumed = False
            if answer.is_unchanged:
                self.mark = self.mark.without_head(self.listing.overlap_us)
                return
            said = self.listing.said(answer)
            if self._halve(span, said):
                return
            records = self.listing.records(answer.data)
            fresh = self._fresh(span, records)
            replies = tuple(self.listing.details(self.http, fresh)) if fresh else ()
            is_first, span = span.read == 0, self._counted(span, records, said)
            following = self._following(span, answer, records)
            if following is None:
                note = self._finish(span, asking if is_first else None, answer)
                yield Page(replies, self.mark.written(), said, rests=True, note=note)
                return
            asking, span = following
            self.mark = self.mark.head(replace(span, page=asking))
            yield Page(replies, self.mark.written(), said)

    def _from(self, span: Span) -> Request:
        return self.listing.paging.first(self.listing.ask(span))

    def _conditional(self, asking: Request, span: Span) -> Request:
        """With the tag of the last time the same list brought nothing."""
        tag = self.mark.etag
        if tag is None or span.end is not None or span.page or tag[0] != _key(asking):
            return asking
        return replace(asking, headers={"If-None-Match": tag[1]})

    def _begin_anew(self, span: Span) -> None:
        """Ask for what is left of a span from the oldest change read on. An open one is known down to there."""
        left = Span(span.start, span.end if span.low is None else span.low, edge=span.edge, second=True)
        if span.end is None and span.low is not None:
            self.mark = self.mark.without_head(self.listing.overlap_us)
            self.mark = replace(self.mark, spans=(left, *self.mark.spans))
        else:
            self.mark = self.mark.head(left)

    def _halve(self, span: Span, said: int | None) -> bool:
        most = self.listing.most
        if most is None or said is None or said <= most or span.read:
            return False
        start = FIRST_US if span.start is None else span.start
        end = span.end if span.end is not None else int(self.http.budget.clock() * 1e6)
        middle = (start + end) // 2 // SECOND_US * SECOND_US
        if not start < middle < end:
            return False
        self.mark = replace(
            self.mark,
            spans=(Span(middle, span.end), Span(span.start, middle - 1), *self.mark.spans[1:]),
        )
        return True

    def _fresh(self, span: Span, records: Sequence[Any]) -> list[Any]:
        """Those of the records that have changed since they were read."""
        known = {**self.mark.seen, **span.edge}
        fresh = []
        for record in records:
            at = self.listing.changed(record)
            is_old = at is not None and span.start is not None and at < span.start
            if not is_old and (at is None or known.get(self.listing.identity(record)) != at):
                fresh.append(record)
        return fresh

    def _counted(self, span: Span, records: Sequence[Any], said: int | None) -> Span:
        """The span after these records, and the mark's memory of them."""
        listing = self.listing
        changes = {listing.identity(record): listing.changed(record) for record in records}
        dated = {one: at for one, at in changes.items() if at is not None}
        came = sum(one not in span.edge for one in changes)
        low = min((at for at in (span.low, *dated.values()) if at is not None), default=None)
        high = span.high
        if not span.read:  # of the first page: what changes later is for the next sync
            high = max((at for at in (span.high, *dated.values()) if at is not None), default=None)
        near = {one: at for one, at in {**span.edge, **dated}.items() if low is not None and at <= low + _EDGE_US}
        if span.end is None:
            settled = (self.http.budget.clock() + (self.http.skew_s or 0.0)) * 1e6 - 2 * listing.grain_us - SECOND_US
            least = (high or 0) - listing.overlap_us - listing.lookback_us
            new = {one: at for one, at in dated.items() if least <= at < settled}
            self.mark = replace(self.mark, seen={**self.mark.seen, **new})
        said = span.said if span.said is not None else said
        return replace(span, high=high, low=low, edge=near, read=span.read + came, said=said)

    def _following(self, span: Span, answer: Answer, records: Sequence[Any]) -> tuple[Request, Span] | None:
        """The next page's request, and the span it belongs to; None: there is none."""
        following = self.listing.paging.next(answer, len(records))
        if following is None or self._is_past(span, records):
            return None
        if not (self.listing.by_count and span.end is not None and span.low is not None):
            return following, span
        anchored = replace(span, anchor=span.low)
        anew = self._from(anchored)
        if self.anchor is not None and anew.written() == self.anchor.written():
            return following, span  # a whole page of one instant
        self.anchor = anew
        return anew, anchored

    def _is_past(self, span: Span, records: Sequence[Any]) -> bool:
        """Whether an ordered list has come to what is known."""
        if span.start is None or not records:
            return False
        order = self.listing.order or self.listing.changed
        instants = [at for at in map(order, records) if at is not None]
        return bool(instants) and min(instants) < span.start - self.listing.lookback_us

    def _finish(self, span: Span, first: Request | None, answer: Answer) -> str | None:
        """Leave the span behind; one that brought fewer records than the tool counted is read once more."""
        short = span.said is not None and span.read < span.said
        if short and not span.second:
            self.mark = self.mark.head(Span(span.start, span.end, high=span.high, second=True))
            return None
        self.mark = self.mark.head(span).without_head(self.listing.overlap_us + self.listing.lookback_us)
        if span.read < FEW and self.listing.most is None:
            self.mark = self.mark.merged()
        tag = answer.headers.get("etag")
        if first is not None and span.end is None and tag:
            self.mark = replace(self.mark, etag=(_key(first), tag))
        return f"the tool counts {span.said:,} records, {span.read:,} came" if short else None


def _key(request: Request) -> str:
    return blake2b(json.dumps(request.written(), sort_keys=True).encode(), digest_size=8).hexdigest()
