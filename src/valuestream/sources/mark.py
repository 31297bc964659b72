"""How far a stream has been read: a cursor as one line of JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from valuestream.sources.http import Request

DAY_US = 86_400_000_000
MOST_SEEN = 20_000
FIRST_DAYS = (30, 90, 270, 810)
"""The first sync reads what changed within 30 days, then within 90, and so on: a map fills after a minute."""

FEW = 300
"""After a span of fewer records the older ones are read as one: small projects cost few requests."""


@dataclass(frozen=True)
class Span:
    """What changed from `start` to `end` (microseconds UTC, both included; None: no bound), being read newest first.

    page       the next request, where reading stopped inside
    anchor     where a list with an end was last begun anew: what is left lies from `start` to here
    high, low  newest and oldest change read so far
    edge       id -> change of the records read last, which a request from `low` on gives once more
    read       how many records came; `said`: how many the tool said there are
    second     it is read a second time, since the first time fewer came than were said
    """

    start: int | None = None
    end: int | None = None
    page: Request | None = None
    anchor: int | None = None
    high: int | None = None
    low: int | None = None
    edge: Mapping[str, int] = field(default_factory=dict)
    read: int = 0
    said: int | None = None
    second: bool = False

    @property
    def last(self) -> int | None:
        """The end of what is left of it."""
        return self.end if self.anchor is None else self.anchor


@dataclass(frozen=True)
class Mark:
    """
    since   every change up to here is known; None: nothing is
    spans   still to be read, in this order
    seen    id -> change of what was read last: what has not changed since is not fetched again
    etag    (request, tag) of the last list that brought nothing
    swept   when the ids were last compared, microseconds UTC
    """

    since: int | None = None
    spans: tuple[Span, ...] = ()
    seen: Mapping[str, int] = field(default_factory=dict)
    etag: tuple[str, str] | None = None
    swept: int | None = None
    begun: bool = False

    def written(self) -> str:
        spans = [
            {name: value for name, value in _span(span).items() if value != _UNSAID.get(name)} for span in self.spans
        ]
        known: dict[str, Any] = {
            "since": self.since,
            "spans": spans,
            "seen": dict(self.seen),
            "etag": self.etag,
            "swept": self.swept,
            "begun": self.begun,
        }
        return json.dumps({name: value for name, value in known.items() if value not in (None, [], {})})

    @classmethod
    def read(cls, cursor: str | None) -> Mark:
        if not cursor:
            return cls()
        known = json.loads(cursor)
        spans = tuple(
            Span(**{**span, "page": Request.read(span["page"]) if "page" in span else None})
            for span in known.get("spans", ())
        )
        etag = known.get("etag")
        return cls(
            known.get("since"),
            spans,
            known.get("seen", {}),
            (etag[0], etag[1]) if etag else None,
            known.get("swept"),
            known.get("begun", False),
        )

    def head(self, span: Span) -> Mark:
        """The same with another first span."""
        return replace(self, spans=(span, *self.spans[1:]))

    def merged(self) -> Mark:
        """What has not been begun, as one span."""
        if any(span.read or span.page for span in self.spans) or len(self.spans) < 2:
            return self
        return replace(self, spans=(Span(self.spans[-1].start, self.spans[0].end),))

    def without_head(self, overlap_us: int) -> Mark:
        """The first span is read. Where it was open to now, everything up to its newest change is known."""
        span, rest = self.spans[0], self.spans[1:]
        if span.end is not None:
            return replace(self, spans=rest)
        since = max((at for at in (span.high, self.since, span.start) if at is not None), default=None)
        least = (since or 0) - overlap_us
        kept = sorted(((at, one) for one, at in self.seen.items() if at >= least), reverse=True)[:MOST_SEEN]
        return replace(self, spans=rest, since=since, seen={one: at for at, one in kept})


def first_spans(now_us: int, earliest_us: int | None, *, bounded: bool) -> tuple[Span, ...]:
    """What a first sync reads, newest first. `bounded`: the tool can be asked for spans."""
    if not bounded:
        return (Span(earliest_us),)
    edges = [now_us - days * DAY_US for days in FIRST_DAYS]
    between = (Span(start, end - 1) for end, start in pairwise(edges))
    spans = [Span(edges[0]), *between, Span(None, edges[-1] - 1)]
    if earliest_us is None:
        return tuple(spans)
    kept = [span for span in spans if span.end is None or span.end >= earliest_us]
    return tuple(replace(s, start=max(s.start or earliest_us, earliest_us)) for s in kept)


_UNSAID: dict[str, Any] = {"edge": {}, "read": 0, "second": False}
"""What a span's fields are where nothing is written of them; the others are None."""


def _span(span: Span) -> dict[str, Any]:
    return {
        "start": span.start,
        "end": span.end,
        "page": span.page.written() if span.page else None,
        "anchor": span.anchor,
        "high": span.high,
        "low": span.low,
        "edge": dict(span.edge),
        "read": span.read,
        "said": span.said,
        "second": span.second,
    }
