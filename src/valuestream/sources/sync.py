"""Reading a live tool into the log: page by page, each with its cursor, until nothing is new."""

from __future__ import annotations

import errno
import json
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import islice

from valuestream.errors import ValuestreamError
from valuestream.log.record import Reply, Translated
from valuestream.log.sink import Sink
from valuestream.sources import faults, sweep
from valuestream.sources.connector import Connector, Page, Translate, together, total
from valuestream.sources.faults import Fault
from valuestream.sources.http import Http
from valuestream.sources.outcome import FAILED, PARTIAL, Outcome, Progress

SOON_S = 30.0
"""Of a first sync so much is read before there is something to see, however much is new."""

_SKEW_S = 300.0
_AT_ONCE = 1_000


def sync(
    connector: Connector,
    sink: Sink,
    source: str,
    http: Http,
    *,
    now: Callable[[], float] = time.time,
    report: Callable[[Progress], None] = lambda progress: None,
    compare: bool | None = None,
    make_room: Callable[[], None] = lambda: None,
    newest: Callable[[Outcome], None] = lambda so_far: None,
) -> Outcome:
    """Read what is new of one source. Faults end up in the outcome; what was read before them is kept.

    compare    compare ids whether it is due or not (True), not at all (False), or where a week has passed
    make_room  called when the disk is full, so that at least this can be written down
    newest     called once, when the newest piece of every stream is kept, or after half a minute of events
    """
    run = sink.begin_run(source, "sync")
    syncing = _Syncing(connector, sink, source, http, run, report, newest, Outcome(source))
    outcome, waited = syncing.outcome, http.budget.waited_s
    try:
        syncing.all(now, compare)
    except Fault as fault:
        if fault not in outcome.faults.values():
            outcome.faults[""] = fault
    except BaseException:
        with suppress(ValuestreamError):  # a store that is held says so by the first error
            _end(sink, run, PARTIAL, "interrupted; the next sync goes on from here")
        raise
    outcome.requests = http.budget.requests - syncing.before
    outcome.waited_s = http.budget.waited_s - waited
    if http.skew_s is not None and abs(http.skew_s) > _SKEW_S:
        outcome.notes.append(f"This machine's clock and the tool's differ by {http.skew_s / 60:+,.0f} minutes.")
    if outcome.faults or syncing.is_short:
        outcome.status = PARTIAL if outcome.replies or syncing.has_read else FAILED
    if any(fault.state == faults.DISK for fault in outcome.faults.values()):
        make_room()
    _end(sink, run, outcome.status, outcome.message())
    return outcome


def _end(sink: Sink, run: int, status: str, message: str) -> None:
    try:
        sink.end_run(run, status=status, message=message)
    except Exception as wrong:
        if _disk_full(wrong) is None:
            raise


class _Syncing:
    """One run over the streams of one source."""

    def __init__(
        self,
        connector: Connector,
        sink: Sink,
        source: str,
        http: Http,
        run: int,
        report: Callable[[Progress], None],
        newest: Callable[[Outcome], None],
        outcome: Outcome,
    ) -> None:
        self.connector, self.sink, self.source, self.http = connector, sink, source, http
        self.run, self.report, self.newest, self.outcome = run, report, newest, outcome
        self.translate: Translate = _nothing
        self.before = http.budget.requests
        self.said: dict[str, int] = {}
        self.has_read = False
        self.is_short = False
        self._began: float | None = time.monotonic()

    def all(self, now: Callable[[], float], compare: bool | None) -> None:
        """The reference streams, then all others by turns, then the comparison of ids."""
        streams = list(self.connector.streams(self.http))
        reference = [stream for stream in streams if stream in self.connector.reference]
        others = [stream for stream in streams if stream not in self.connector.reference]
        self.outcome.streams = len(others)
        now_us = int(now() * 1e6)
        changed = self._reference(reference, now_us)
        if changed:
            self._translate_again(others)
        self._by_turns(others, now_us)
        for stream in others:
            if compare is not False and stream not in self.outcome.faults:
                cursor = self.sink.cursor(self.source, stream)
                if compare or sweep.is_due(cursor, now_us):
                    pages = sweep.compare(self.connector, self.http, self.sink, self.source, stream, now_us)
                    self._one(stream, pages)

    def _reference(self, streams: Sequence[str], now_us: int) -> bool:
        """Whether what others are translated by has changed. Sets the translation."""
        changed = False
        self.translate = _nothing
        for stream in streams:
            cursor = self.sink.cursor(self.source, stream)
            pages = self.connector.read(self.http, stream, cursor, now_us)
            if self._one(stream, pages) and cursor is not None:
                changed = True
        self.translate = self._translation(streams)
        return changed

    def _translation(self, streams: Sequence[str]) -> Translate:
        said = {stream: latest(self.sink.replies(self.source, stream)) for stream in streams}
        return translation(self.connector, said)

    def _translate_again(self, streams: Sequence[str]) -> None:
        """Names have changed: what is kept is translated anew, without asking the tool."""
        for stream in streams:
            with spooled(self.sink.replies(self.source, stream)) as kept:
                pages = (self._translated(stream, some) for some in kept)
                self.sink.translate_again(self.source, stream, pages, run=self.run)

    def _by_turns(self, streams: Sequence[str], now_us: int) -> None:
        """Every stream's newest piece first, then their older ones: the map fills from now backwards."""
        turns = deque(
            (stream, self.connector.read(self.http, stream, self.sink.cursor(self.source, stream), now_us))
            for stream in streams
        )
        first = len(turns)
        while turns:
            stream, pages = turns.popleft()
            if self._one(stream, pages, until_rest=True):
                turns.append((stream, pages))
            first -= 1
            if first == 0:
                self._can_be_seen()

    def _can_be_seen(self) -> None:
        if self._began is not None:
            self._began = None
            self.newest(self.outcome)

    def _one(self, stream: str, pages: Iterator[Page], *, until_rest: bool = False) -> bool:
        """Keep a stream's pages, to the end or to its next rest; whether any came. A fault of the stream ends it."""
        came = False
        try:
            for page in pages:
                came = True
                self._keep(stream, page)
                if page.rests and until_rest:
                    return True
        except Fault as fault:
            self.outcome.faults[stream] = fault
            if fault.ends_source:
                raise
            return False
        self.has_read = True
        return came and not until_rest

    def _keep(self, stream: str, page: Page) -> None:
        unique = tuple({reply.id: reply for reply in page.replies}.values())
        self._put(stream, unique, self._translated(stream, unique), page.cursor)
        self.outcome.replies += len(unique)
        if page.note:
            self.is_short = True
            self.outcome.notes.append(f"{stream}: {page.note}.")
        if page.said is not None:
            self.said[stream] = max(page.said, self.said.get(stream, 0))
        requests = self.http.budget.requests - self.before
        self.report(Progress(stream, self.outcome.replies, requests, sum(self.said.values()) or None))
        if self.outcome.new and self._began is not None and time.monotonic() - self._began > SOON_S:
            self._can_be_seen()

    def _translated(self, stream: str, replies: Sequence[Reply]) -> Translated:
        return together([self.translate(stream, reply) for reply in replies])

    def _put(self, stream: str, replies: Sequence[Reply], translated: Translated, cursor: str | None) -> None:
        try:
            counts = self.sink.put_page(
                self.source, stream, replies=replies, translated=translated, cursor=cursor, run=self.run
            )
        except Exception as wrong:
            full = _disk_full(wrong)
            if full is None:
                raise
            raise full from None
        self.outcome.new += counts.new
        self.outcome.superseded += counts.superseded
        self.outcome.rejected += counts.rejected


def translation(connector: Connector, reference: Mapping[str, Sequence[Reply]]) -> Translate:
    """The connector's pure half, made total, which also knows records that are gone."""
    own = total(connector.translation(reference))
    absent = total(sweep.absence)

    def translate(stream: str, reply: Reply) -> Translated:
        return absent(stream, reply) if sweep.is_absence(reply) else own(stream, reply)

    return translate


@contextmanager
def spooled(replies: Iterable[Reply]) -> Iterator[Iterator[list[Reply]]]:
    """Replies by way of a temporary file, a thousand at a time: the store cannot be read and written at once."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as file:
        file.writelines(f"{json.dumps(reply)}\n" for reply in replies)
        file.seek(0)
        lines = (Reply(*json.loads(line)) for line in file)
        yield iter(lambda: list(islice(lines, _AT_ONCE)), [])


def latest(replies: Iterator[Reply]) -> list[Reply]:
    """The last reply of each record, in the order in which they came."""
    found: dict[str, Reply] = {}
    for reply in replies:
        found.pop(reply.id, None)
        found[reply.id] = reply
    return list(found.values())


def _nothing(stream: str, reply: Reply) -> Translated:
    return Translated()


def _disk_full(wrong: Exception) -> Fault | None:
    """The store's ways of saying that there is no room."""
    said, full = str(wrong).lower(), ("no space left", "disk is full")
    if getattr(wrong, "errno", None) in (errno.ENOSPC, errno.EDQUOT) or any(words in said for words in full):
        hint = "Make room, then sync again: it goes on from there."
        return Fault(faults.DISK, "The disk is full: the page was not kept.", hint)
    return None
