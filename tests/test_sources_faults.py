"""Faults of live tools: each is a state of the run, what was read is kept, and the next sync ends with the same log."""

from __future__ import annotations

import errno
import json

import httpx
import pytest

from live import NOW, Clock, said, synced
from valuestream.log.event import Kind
from valuestream.log.memory import MemorySink
from valuestream.sources import faults, faulty, http
from valuestream.sources.conformance import Killed
from valuestream.sources.faulty import Faulty
from valuestream.sources.rehearsal import DAY_US, NOW_US, TOKEN
from valuestream.sources.rehearsal_github import rehearsal as github
from valuestream.sources.rehearsal_gitlab import rehearsal as gitlab
from valuestream.sources.rehearsal_jira import data_center
from valuestream.sources.rehearsal_jira import rehearsal as jira
from valuestream.sources.rehearsal_redmine import rehearsal as redmine


def after(make, fault: faulty.Fault, number: int = 6):
    """A sync that meets a fault from a request on, and one after it: its run, and whether nothing is missing then."""
    tool = make()
    sink, outcome, _ = synced(tool.connector(), Faulty(tool.answer, fault, lambda n: n >= number))
    run = sink.runs[-1]
    synced(tool.connector(), tool.answer, sink)
    whole, _, _ = synced(tool.connector(), tool.answer)
    return run, outcome, sink.told() == whole.told()


@pytest.mark.parametrize(
    ("fault", "state"),
    [
        (faulty.status(401, {"message": "Token expired"}), faults.TOKEN),
        (faulty.status(403, {"message": "Insufficient scope"}), faults.SCOPE),
        (faulty.status(404), faults.MISSING),
        (faulty.html, faults.NOT_JSON),
        (faulty.cut_short, faults.CUT_SHORT),
        (faulty.closed, faults.NETWORK),
        (faulty.status(503), faults.SERVER),
        (faulty.status(429, headers={"Retry-After": "999999"}), faults.LIMITED),
        (faulty.status(302, headers={"Location": "https://login.example/"}), faults.FOREIGN),
    ],
)
def test_each_fault_has_a_state_loses_nothing_and_is_gone_after_the_next_sync(fault, state):
    run, outcome, same = after(jira, fault)
    assert run.status in ("partial", "failed")
    assert state in run.message
    assert {found.state for found in outcome.faults.values()} == {state}
    assert TOKEN not in run.message
    assert same


def test_a_reply_of_more_than_the_bound_is_a_state_of_its_own(monkeypatch):
    monkeypatch.setattr(http, "LARGEST", 5_000)
    tool = jira()
    sink, _, _ = synced(tool.connector(), tool.answer)
    assert faults.TOO_LARGE in sink.runs[-1].message
    monkeypatch.undo()
    synced(tool.connector(), tool.answer, sink)
    assert sink.told() == synced(tool.connector(), tool.answer)[0].told()


def test_a_project_that_is_gone_does_not_keep_the_others_from_being_read():
    """Of acme/app, GitHub shows everything but the workflow runs, which it says are not there."""
    tool = github()

    def without_runs(request: httpx.Request) -> httpx.Response:
        return said({"message": "Not Found"}, 404) if "/actions/" in request.url.path else tool.answer(request)

    sink, outcome, _ = synced(tool.connector(), without_runs)
    assert (outcome.status, list(outcome.faults)) == ("partial", ["acme/app/runs"])
    artefacts = {item.artefact for item in sink.items.values()}
    assert artefacts == {"issue", "pull_request", "deployment"}


def test_a_missing_right_for_a_detail_leaves_the_rest_of_the_record():
    """The token may read issues and no notes: GitLab answers 403 to each of them."""
    tool = gitlab()

    def without_notes(request: httpx.Request) -> httpx.Response:
        return said({}, 403) if request.url.path.endswith("/notes") else tool.answer(request)

    sink, outcome, _ = synced(tool.connector(), without_notes)
    assert outcome.status == "done"
    assert sink.told()[0] == synced(tool.connector(), tool.answer)[0].told()[0]


def test_a_full_disk_is_told_and_the_page_is_read_again():
    class Full(MemorySink):
        room = 4

        def put_page(self, *arguments, **options):
            self.room -= 1
            if self.room == 0:
                raise OSError(errno.ENOSPC, "No space left on device")
            return super().put_page(*arguments, **options)

    tool, sink = redmine(), Full()
    _, outcome, _ = synced(tool.connector(), tool.answer, sink)
    assert outcome.faults[""].state == faults.DISK if "" in outcome.faults else faults.DISK in sink.runs[-1].message
    assert sink.runs[-1].status == "partial"
    synced(tool.connector(), tool.answer, sink)
    assert sink.told() == synced(tool.connector(), tool.answer)[0].told()


@pytest.mark.parametrize("hours", [-30, 30])
def test_a_clock_that_is_wrong_by_a_day_loses_nothing_and_is_told(hours):
    tool = redmine()
    sink, outcome, _ = synced(tool.connector(), tool.answer, clock=Clock(NOW + hours * 3_600))
    tool.story.move(5, NOW_US - 60_000_000)
    synced(tool.connector(), tool.answer, sink, clock=Clock(NOW + hours * 3_600))
    assert sink.told() == synced(tool.connector(), tool.answer)[0].told()
    assert "clock" in outcome.message()


def test_an_endless_list_ends():
    def endless(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("search/jql"):
            return said({"issues": [], "nextPageToken": "again"})
        return tool.answer(request)

    tool = jira()
    sink, _, asked = synced(tool.connector(), endless)
    assert faults.ENDLESS in sink.runs[-1].message
    assert len(asked) < 20


def test_a_token_of_a_page_that_has_died_begins_anew_where_reading_had_come_to():
    """Killed in the middle; by the next sync Jira refuses the token of the page that was to come."""
    tool = jira()

    class Dying(MemorySink):
        left = 5

        def put_page(self, *arguments, **options):
            self.left -= 1
            if self.left == 0:
                raise Killed
            return super().put_page(*arguments, **options)

    sink = Dying()
    with pytest.raises(Killed):
        synced(tool.connector(), tool.answer, sink)

    def refusing(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("search/jql") and "nextPageToken" in json.loads(request.content):
            refusing.refused += 1
            if refusing.refused == 1:
                return said({"errorMessages": ["The token has expired"]}, 400)
        return tool.answer(request)

    refusing.refused = 0
    _, outcome, _ = synced(tool.connector(), refusing, sink)
    assert (outcome.status, refusing.refused > 0) == ("done", True)
    assert sink.told() == synced(tool.connector(), tool.answer)[0].told()


def test_a_record_that_changes_twice_within_the_second_of_its_reading_is_read_again():
    """Redmine's times are whole seconds: what was read in the second of its change may have changed once more."""
    tool, now = redmine(), NOW_US
    tool.story.move(48, now)
    sink, _, _ = synced(tool.connector(), tool.answer)
    tool.story.move(48, now)
    synced(tool.connector(), tool.answer, sink)
    last = max((event for _, event in sink.told()[0] if event.item == "48"), key=lambda event: event.seq)
    assert last.value == tool.story.work[47].state


def test_a_deleted_issue_is_marked_by_the_weekly_comparison_and_comes_back():
    tool = redmine()
    sink, _, _ = synced(tool.connector(), tool.answer, compare=None)
    gone = tool.story.work[6]

    def without_it(request: httpx.Request) -> httpx.Response:
        if request.url.path == f"/issues/{gone.number}.json":
            return said({}, 404)
        answer = tool.answer(request)
        if request.url.path == "/issues.json":
            data = json.loads(answer.content)
            data["issues"] = [one for one in data["issues"] if one["id"] != gone.number]
            return said(data)
        return answer

    _, soon, _ = synced(tool.connector(), without_it, sink, clock=Clock(NOW + 86_400), compare=None)
    assert soon.new == 0
    synced(tool.connector(), without_it, sink, clock=Clock(NOW + 8 * 86_400), compare=None)
    deleted = [event for _, event in sink.told()[0] if event.value == "(deleted)"]
    assert [(event.item, event.kind) for event in deleted] == [(str(gone.number), Kind.STATE)]
    assert deleted[0].occurred_at == NOW_US + 8 * DAY_US
    assert len([event for _, event in sink.told()[0] if event.item == str(gone.number)]) > 1


def test_where_everything_is_gone_at_once_a_right_was_lost_and_nothing_is_marked():
    tool = redmine()
    sink, _, _ = synced(tool.connector(), tool.answer, compare=None)

    def nothing(request: httpx.Request) -> httpx.Response:
        return said({"issues": [], "total_count": 0}) if request.url.path == "/issues.json" else tool.answer(request)

    _, outcome, _ = synced(tool.connector(), nothing, sink, clock=Clock(NOW + 8 * 86_400), compare=None)
    assert "(deleted)" not in {event.value for _, event in sink.told()[0]}
    assert "nothing is marked" in outcome.message()


def test_what_the_tool_has_and_we_have_not_is_fetched_by_the_comparison():
    """A list that silently leaves an issue out; asked for ids, the tool names it."""
    tool = redmine()

    def hiding(request: httpx.Request) -> httpx.Response:
        answer = tool.answer(request)
        if request.url.path == "/issues.json" and request.url.params.get("sort") != "id":
            data = json.loads(answer.content)
            data["issues"] = [one for one in data["issues"] if one["id"] != 7]
            return said(data)
        return answer

    sink, _, _ = synced(tool.connector(), hiding)
    assert ("tool", "7") not in sink.items
    synced(tool.connector(), hiding, sink, compare=True)
    assert sink.told() == synced(tool.connector(), tool.answer)[0].told()


def test_fewer_records_than_the_tool_counts_are_told():
    tool = redmine()

    def counting_wrong(request: httpx.Request) -> httpx.Response:
        answer = tool.answer(request)
        if request.url.path == "/issues.json":
            data = json.loads(answer.content)
            return said({**data, "total_count": data["total_count"] + 3})
        return answer

    sink, outcome, _ = synced(tool.connector(), counting_wrong)
    assert outcome.status == "partial"
    assert "the tool counts" in sink.runs[-1].message


def test_a_renamed_status_is_one_state_also_in_what_was_read_before():
    tool = data_center()
    sink, _, _ = synced(tool.connector(), tool.answer)

    def renamed(request: httpx.Request) -> httpx.Response:
        answer = tool.answer(request)
        if request.url.path.endswith("/status"):
            said_now = [
                {**one, "name": one["name"].replace("Review", "Peer review")} for one in json.loads(answer.content)
            ]
            return said(said_now)
        return answer

    _, _, asked = synced(tool.connector(), renamed, sink)
    states = {event.value for _, event in sink.told()[0] if event.kind == Kind.STATE}
    assert states == {"To Do", "In Progress", "Peer review", "Done"}
    assert not [request for request in asked if "/issue/" in request.url.path]
