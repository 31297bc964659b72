"""How a stream is read: newest first, in pieces that can be resumed, asking again only for what changed."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise

import httpx
import pytest

from live import NOW, Clock, synced
from valuestream.log.memory import MemorySink
from valuestream.sources import github_builds
from valuestream.sources.budget import Budget
from valuestream.sources.decode import instant, iso
from valuestream.sources.http import Http
from valuestream.sources.mark import DAY_US, Mark, Span, first_spans
from valuestream.sources.naming import chosen
from valuestream.sources.outcome import Progress
from valuestream.sources.rehearsal import NOW_US
from valuestream.sources.rehearsal_github import rehearsal as github
from valuestream.sources.rehearsal_gitlab import rehearsal as gitlab
from valuestream.sources.rehearsal_jira import data_center
from valuestream.sources.rehearsal_jira import rehearsal as jira
from valuestream.sources.rehearsal_redmine import rehearsal as redmine
from valuestream.sources.retry import Manners, is_limit, wait_s
from valuestream.sources.sync import sync


def test_the_first_sync_reads_the_last_month_first_and_everything_in_the_end():
    spans = first_spans(NOW_US, None, bounded=True)
    assert spans[0] == Span(NOW_US - 30 * DAY_US)
    assert spans[-1].start is None
    assert [newer.start - older.end for newer, older in pairwise(spans)] == [1, 1, 1, 1]


def test_what_is_older_than_asked_for_is_not_read():
    earliest = NOW_US - 60 * DAY_US
    spans = first_spans(NOW_US, earliest, bounded=True)
    assert [span.start for span in spans] == [NOW_US - 30 * DAY_US, earliest]
    assert first_spans(NOW_US, earliest, bounded=False) == (Span(earliest),)


def test_a_mark_is_the_same_after_it_was_written():
    mark = Mark(5, (Span(1, 9, low=3, edge={"7": 3}, read=4, said=8), Span(None, 0)), {"a": 4}, ("k", "t"), 6, True)
    assert Mark.read(mark.written()) == mark
    assert Mark.read(None) == Mark()


def test_the_newest_changes_are_kept_first():
    """Of 48 items over 400 days, the ten that were moved two days ago are in the first page of issues."""
    tool = redmine()
    pages = []

    class Noting(type(synced(tool.connector(), tool.answer)[0])):
        def put_page(self, source, stream, *, replies, **more):
            pages.append([int(reply.id) for reply in replies] if "issues" in stream else [])
            return super().put_page(source, stream, replies=replies, **more)

    synced(tool.connector(), tool.answer, Noting())
    first, *others = [page for page in pages if page]
    assert sorted(first) == list(range(39, 49))
    assert sum(len(page) for page in others) == 38


@pytest.mark.parametrize(("make", "extra"), [(jira, 5), (redmine, 5), (gitlab, 5), (github, 3)])
def test_a_sync_that_finds_nothing_new_asks_at_most_twice_for_a_stream(make, extra):
    """`extra`: what is asked once for the whole source (who am I, which projects, statuses, boards)."""
    tool = make()
    sink, _, _ = synced(tool.connector(), tool.answer)
    _, outcome, asked = synced(tool.connector(), tool.answer, sink)
    assert (outcome.new, outcome.superseded, outcome.replies) == (0, 0, 0)
    assert len(asked) - extra <= 2 * outcome.streams


def test_the_second_sync_asks_only_for_what_changed():
    tool = redmine()
    sink, _, first = synced(tool.connector(), tool.answer)
    tool.story.move(5, NOW_US - 60_000_000)
    _, outcome, second = synced(tool.connector(), tool.answer, sink)
    assert [request.url.path for request in second if "/issues/" in request.url.path] == ["/issues/5.json"]
    assert (outcome.replies, outcome.new) == (1, 1)
    assert len(second) < len(first) / 5


def test_a_tag_spares_the_list_that_has_not_changed():
    tool = github()
    sink, _, _ = synced(tool.connector(), tool.answer)
    statuses = []

    def noting(request: httpx.Request) -> httpx.Response:
        answer = tool.answer(request)
        statuses.append((request.url.path.rpartition("/")[2], answer.status_code))
        return answer

    synced(tool.connector(), noting, sink)
    synced(tool.connector(), noting, sink)
    assert ("deployments", 304) in statuses
    assert ("issues", 304) in statuses


def test_a_search_for_more_runs_than_github_shows_is_halved(monkeypatch):
    """GitHub shows ten here at most: every run is read all the same."""
    tool = github()
    whole, _, _ = synced(tool.connector(), tool.answer)
    monkeypatch.setattr(github_builds, "MOST_RUNS", 2)

    def hiding(request: httpx.Request) -> httpx.Response:
        answer = tool.answer(request)
        if request.url.path.endswith("/actions/runs"):
            assert int(request.url.params.get("page", 1)) == 1
            data = json.loads(answer.content)
            return httpx.Response(
                200, content=json.dumps({**data, "workflow_runs": data["workflow_runs"][:2]}).encode()
            )
        return answer

    halved, outcome, _ = synced(tool.connector(), hiding)
    assert outcome.status == "done"
    assert halved.told() == whole.told()


def test_thousands_of_changes_in_one_second_are_read_once_each():
    """A bulk edit has moved every issue in the same second, more than a page can hold."""
    tool = jira()
    for one in range(1, 39):
        tool.story.move(one, NOW_US - 2 * DAY_US)
    sink, outcome, _ = synced(tool.connector(), tool.answer)
    assert outcome.replies == 48 + 4 + 1  # and four statuses, one field
    assert len(sink.items) == 48


@pytest.mark.parametrize("make", [redmine, jira])
def test_a_whole_old_list_in_one_instant_is_read_page_by_page(make):
    """Everything changed 200 days ago in the same second: a list with an end has no other change to begin anew from."""
    for tool in (make(), data_center()):
        for work in tool.story.work:
            work.moves.clear()
            work.created = NOW_US - 200 * DAY_US
        sink, outcome, _ = synced(tool.connector(), tool.answer)
        assert outcome.status == "done"
        assert len(sink.items) == 48


def test_streams_take_turns_so_that_each_shows_its_newest_first():
    """Two projects: the second's newest piece comes before the first's older ones."""
    tool = redmine()
    connector = tool.connector()

    def two(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/projects.json":
            return httpx.Response(200, content=b'{"projects": [{"identifier": "shop"}, {"identifier": "shop2"}]}')
        return tool.answer(request)

    seen: list[str] = []

    def note(progress: Progress) -> None:
        seen.append(progress.stream)

    connector = replace(connector, projects=("shop*",))
    clock = Clock(NOW)
    with Http(
        connector.host(), budget=Budget(clock=clock, sleep=clock.sleep), transport=httpx.MockTransport(two)
    ) as web:
        sync(connector, MemorySink(), "tool", web, now=clock, report=note, compare=False)
    issues = [stream for stream in seen if "issues" in stream]
    assert issues[:3] == ["shop/issues", "shop2/issues", "shop/issues"]


def test_five_hundred_repositories_are_one_line():
    names = [f"acme/service-{n}" for n in range(500)] + ["other/x"]
    assert len(chosen(names, ["ACME/*", "!*-13"])) == 499


def test_a_limit_is_told_from_a_missing_right():
    manners = Manners()
    assert is_limit(manners, 429, {}, "")
    assert is_limit(manners, 403, {"x-ratelimit-remaining": "0"}, "")
    assert is_limit(manners, 403, {}, "You have exceeded a secondary rate limit")
    assert not is_limit(manners, 403, {"x-ratelimit-remaining": "99"}, "Must have admin rights")
    assert not is_limit(manners, 404, {"x-ratelimit-remaining": "0"}, "")
    assert wait_s(manners, {"retry-after": "nonsense"}, NOW) is None


def test_instants_are_read_in_every_form_that_tools_write():
    same = ["2026-03-01T10:00:00Z", "2026-03-01T11:00:00.000+0100", "2026-03-01T10:00:00", 1772359200, 1772359200000]
    assert {instant(value) for value in same} == {1_772_359_200_000_000}
    assert instant("2026-10-25T02:30:00", "Europe/Berlin") == instant("2026-10-25T02:30:00+02:00")
    assert instant(None) is None
    assert iso(1_772_359_200_999_999) == "2026-03-01T10:00:00Z"
    with pytest.raises(ValueError, match="no time"):
        instant(True)
