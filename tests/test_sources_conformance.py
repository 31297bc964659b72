"""The conformance kit on our own connectors, and on connectors that are wrong on purpose."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import pytest

from valuestream.log.record import Reply
from valuestream.sources import listing
from valuestream.sources.conformance import Case, rehearse
from valuestream.sources.connector import Page, Translate
from valuestream.sources.http import Http
from valuestream.sources.kinds import own
from valuestream.sources.redmine import Redmine
from valuestream.sources.rehearsal import HOST, TOKEN, Rehearsal
from valuestream.sources.rehearsal_redmine import rehearsal as redmine

REHEARSALS = [(f"{kind.name}-{make.__name__}", make) for kind in own() for make in kind.rehearsals]


@pytest.mark.parametrize("make", [make for _, make in REHEARSALS], ids=[name for name, _ in REHEARSALS])
def test_whatever_goes_wrong_on_the_way_the_log_comes_out_the_same(make):
    cases = list(rehearse(make))
    assert [f"{case.name}: {case.wrong}" for case in cases if case.wrong] == []
    assert len(cases) > 30


def broken(connector: type[Redmine]) -> list[Case]:
    """What the kit finds wrong with a connector."""

    def make() -> Rehearsal:
        return replace(redmine(), connector=lambda: connector(HOST, TOKEN, ("shop",), page=10))

    return [case for case in rehearse(make) if case.wrong]


def test_a_cursor_that_is_ahead_of_its_page_is_found():
    class Ahead(Redmine):
        """Says behind each page what is right only behind the last."""

        def read(self, http: Http, stream: str, cursor: str | None, now_us: int) -> Iterator[Page]:
            pages = list(super().read(http, stream, cursor, now_us))
            for page in pages:
                yield replace(page, cursor=pages[-1].cursor)

    assert any("killed after page" in case.name for case in broken(Ahead))


def test_paging_by_counts_through_a_list_with_an_end_is_found():
    class Counting(Redmine):
        """Goes on by offsets where records that change leave the list, and does not count what came."""

        def _listing(self, stream: str) -> listing.Listing:
            return replace(super()._listing(stream), by_count=False, said=lambda answer: None)

    assert any("change while" in case.name for case in broken(Counting))


def test_a_translation_that_gives_events_no_lasting_name_is_found():
    class Nameless(Redmine):
        """Numbers its events as they come."""

        def translation(self, reference: Mapping[str, Sequence[Reply]]) -> Translate:
            translate, numbers = super().translation(reference), iter(range(10**9))

            def numbered(stream: str, reply: Reply):
                said = translate(stream, reply)
                return replace(said, events=tuple(one._replace(ref=str(next(numbers))) for one in said.events))

            return numbered

    assert broken(Nameless)
