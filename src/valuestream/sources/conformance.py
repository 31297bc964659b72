"""The conformance kit: whatever goes wrong on the way, a connector's log comes out the same.

for case in rehearse(kind("jira").rehearsals[0]): print(case.name, case.wrong or "same log")
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import httpx

from valuestream.log.memory import Counts, MemorySink
from valuestream.log.record import Reply, Translated
from valuestream.sources import faults, faulty
from valuestream.sources.budget import Budget
from valuestream.sources.faulty import Faulty
from valuestream.sources.http import Http
from valuestream.sources.outcome import DONE, Outcome
from valuestream.sources.rehearsal import NOW_US, Rehearsal
from valuestream.sources.sync import sync

SOURCE = "rehearsal"
_LISTS = ("events", "items", "links")
Told = tuple[Sequence[Any], Sequence[Any], Sequence[Any]]


class Case(NamedTuple):
    """One thing that went wrong, and what was wrong with the log after it: nothing, it should be."""

    name: str
    wrong: str | None
    requests: int


class Killed(BaseException):
    """The process ends here, as by kill -9."""


class DyingSink(MemorySink):
    """Dies before or after the page of that number is kept."""

    def __init__(self, page: int, *, after: bool) -> None:
        super().__init__()
        self.left = page
        self.after = after

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
        self.left -= 1
        if self.left == 0 and not self.after:
            raise Killed
        counts = super().put_page(source, stream, replies=replies, translated=translated, cursor=cursor, run=run)
        if self.left == 0:
            raise Killed
        return counts


def rehearse(make: Callable[[], Rehearsal]) -> Iterator[Case]:
    """Every case for one connector. `make` gives its tool in memory anew."""
    first = make()
    sink, transport, outcome = _run(first)
    expected, n = sink.told(), len(transport.asked)
    pages = _pages(make)
    yield Case("a plain sync", _plain(expected, outcome), n)
    _, again, nothing = _run(first, sink)
    wrong = _differs(expected, sink) or (f"{nothing.new} new events" if nothing.new else None)
    per_stream = len(again.asked) / max(nothing.streams, 1)
    yield Case("a second sync that finds nothing new", wrong, len(again.asked))
    if per_stream > 2 + 8 / max(nothing.streams, 1):  # some are for the whole source
        yield Case("at most two requests a stream when nothing is new", f"{per_stream:.1f} requests", len(again.asked))
    for name, fault, fails in _PASSING:
        yield _passing(make, name, fault, fails, expected)
    for number in _spread(n):
        yield _ended(make, f"500 from request {number} on, then a sync", faulty.status(500), number, expected)
        yield _ended(make, f"token expired at request {number}, then a new one", faulty.status(401), number, expected)
    for page in _spread(pages):
        yield _killed(make, page, expected, after=False)
        yield _killed(make, page, expected, after=True)
    if first.story is not None:
        yield from (_shifting(make, number) for number in _spread(n))


_PASSING = (
    (
        "429 with Retry-After at every third request",
        faulty.status(429, headers={"Retry-After": "7"}),
        lambda n: n % 3 == 0,
    ),
    ("500 at every fourth request", faulty.status(500), lambda n: n % 4 == 0),
    ("the connection closes within every fifth answer", faulty.closed, lambda n: n % 5 == 0),
    ("every fifth answer is cut short", faulty.cut_short, lambda n: n % 5 == 0),
    ("every record comes twice", faulty.repeated, lambda n: True),
)


def _run(
    rehearsal: Rehearsal, sink: MemorySink | None = None, transport: Faulty | None = None
) -> tuple[MemorySink, Faulty, Outcome]:
    """One sync by a process of its own, whose waits take no time."""
    import stamina

    transport = transport or Faulty(rehearsal.answer)
    sink = MemorySink() if sink is None else sink
    connector, clock = rehearsal.connector(), _Clock()
    host = connector.host()
    budget = Budget(host.manners, clock=clock.now, sleep=clock.sleep)
    tested = stamina.is_testing()
    stamina.set_testing(True, attempts=host.manners.attempts)  # waits of nothing between attempts
    try:
        with Http(host, budget=budget, transport=transport) as http:
            outcome = sync(connector, sink, SOURCE, http, now=clock.now, compare=False)
    finally:
        stamina.set_testing(tested)
    return sink, transport, outcome


class _Clock:
    """Goes on only when somebody sleeps."""

    def __init__(self) -> None:
        self._now = NOW_US / 1e6

    def now(self) -> float:
        return self._now

    def sleep(self, seconds: float) -> None:
        self._now += seconds


def _pages(make: Callable[[], Rehearsal]) -> int:
    """How many pages a sync keeps."""
    counting = DyingSink(0, after=False)
    _run(make(), counting)
    return -counting.left


def _spread(n: int) -> list[int]:
    """A few numbers from 1 to n, the ends among them."""
    return sorted({1, 2, max(1, n // 4), max(1, n // 2), max(1, 3 * n // 4), max(1, n - 1), n})


def _plain(expected: Told, outcome: Outcome) -> str | None:
    if outcome.status != DONE:
        return f"{outcome.status}: {outcome.message()}"
    return None if expected[0] else "no events came"


def _differs(expected: Told, sink: MemorySink) -> str | None:
    """How a log differs from the one that should be."""
    lists: list[tuple[str, Sequence[Any], Sequence[Any]]] = list(zip(_LISTS, sink.told(), expected, strict=True))
    for name, ours, theirs in lists:
        is_now, should = set(map(repr, ours)), set(map(repr, theirs))
        if is_now != should:
            return f"{len(is_now - should)} {name} that should not be, {len(should - is_now)} missing"
    return None


def _passing(
    make: Callable[[], Rehearsal], name: str, fault: faulty.Fault, fails: Callable[[int], bool], expected: Told
) -> Case:
    """Something that a second attempt gets over."""
    rehearsal = make()
    transport = Faulty(rehearsal.answer, fault, fails)
    sink, _, outcome = _run(rehearsal, None, transport)
    wrong = _differs(expected, sink) or (None if outcome.status == DONE else outcome.message())
    return Case(name, wrong, len(transport.asked))


def _ended(make: Callable[[], Rehearsal], name: str, fault: faulty.Fault, number: int, expected: Told) -> Case:
    """Something that ends the sync; the next one goes on."""
    rehearsal = make()
    sink, transport, outcome = _run(rehearsal, None, Faulty(rehearsal.answer, fault, lambda n: n >= number))
    said = {found.state for found in outcome.faults.values()}
    if not said <= {faults.SERVER, faults.TOKEN} or not said:
        return Case(name, f"the fault is not told: {outcome.status}, {outcome.message()}", len(transport.asked))
    _, after, _ = _run(rehearsal, sink)
    return Case(name, _differs(expected, sink), len(transport.asked) + len(after.asked))


def _killed(make: Callable[[], Rehearsal], page: int, expected: Told, *, after: bool) -> Case:
    rehearsal = make()
    sink = DyingSink(page, after=after)
    with suppress(Killed):
        _run(rehearsal, sink)
    _, second, _ = _run(rehearsal, sink)
    when = "after" if after else "before"
    return Case(f"killed {when} page {page} is kept, then a sync", _differs(expected, sink), len(second.asked))


def _shifting(make: Callable[[], Rehearsal], number: int) -> Case:
    """A record changes while pages are read: after one more sync the log is that of a sync from nothing."""
    rehearsal = make()
    story = rehearsal.story
    assert story is not None

    def moving(request: httpx.Request) -> httpx.Response:
        if len(transport.asked) == number:
            n = len(story.work)
            for one in (3, n // 2, 5 * n // 8, 11 * n // 16, 3 * n // 4, n):
                story.move(one, NOW_US - 1_000_000 * one)
        return rehearsal.answer(request)

    transport = Faulty(moving)
    sink, _, _ = _run(rehearsal, None, transport)
    _, after, _ = _run(rehearsal, sink)
    whole, _, _ = _run(rehearsal)
    wrong = _differs(whole.told(), sink)
    return Case(f"records change while request {number} is answered", wrong, len(transport.asked) + len(after.asked))
