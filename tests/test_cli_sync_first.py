"""The first sync: a stream that nobody described is guessed, early, and again at the end."""

from __future__ import annotations

from pathlib import Path

import httpx

from command_line import vsm
from syncing import answering, folder, source, sync
from valuestream.sources.faulty import Faulty
from valuestream.sources.rehearsal import STATES
from valuestream.sources.rehearsal_github import rehearsal as github
from valuestream.sources.rehearsal_jira import rehearsal as jira
from valuestream.sources.rehearsal_redmine import rehearsal as redmine

__all__ = ["answering", "folder"]


def test_the_first_sync_fills_the_store_and_guesses_a_stream_with_the_tools_categories(folder, answering):
    source(folder, "jira")
    answering(jira().answer)
    ran = sync()
    assert (ran.status, ran.err) == (0, "")
    assert "48 new" not in ran.out
    assert "done." in ran.out
    assert "tool to done:" in (folder / "valuestream.yaml").read_text()
    mapped = vsm("map", "--json").document
    assert [stage["name"] for stage in mapped["stages"]][:2] == ["In Progress", "Review"]


def watched(folder: Path, tool, at) -> list[bool]:
    """Whether the file describes a stream at each request; `at` is called with its number before it is answered."""
    seen: list[bool] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append("tool to done:" in (folder / "valuestream.yaml").read_text())
        at(len(seen))
        return tool.answer(request)

    watched.answer = answer
    return seen


def test_there_is_a_map_as_soon_as_the_newest_records_are_read(folder, answering):
    """Ctrl-C with the first request behind the newest month, of a history that reaches further back."""
    source(folder, "jira")

    def stop(number: int) -> None:
        if seen[-1]:
            raise KeyboardInterrupt

    seen = watched(folder, jira(), stop)
    answering(watched.answer)
    assert sync().status == 130
    assert seen[0] is False
    mapped = vsm("map", "--json")
    assert mapped.status == 0, mapped.err
    assert 0 < mapped.document["items"]["finished"] + mapped.document["items"]["open"] < 48


def test_there_is_a_map_after_half_a_minute_where_the_newest_records_take_longer(folder, answering, monkeypatch):
    """Half a minute is over with the first page: the stream is there with the second request for records."""
    source(folder, "jira", more="    options: {page: 2}\n")
    monkeypatch.setattr("valuestream.sources.sync.SOON_S", 0.0)
    searches: list[bool] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if "/search" in request.url.path:
            searches.append("tool to done:" in (folder / "valuestream.yaml").read_text())
        return tool.answer(request)

    tool = jira()
    answering(answer)
    assert sync().status == 0
    assert searches[:2] == [False, True]


def test_in_the_end_the_first_stream_is_guessed_out_of_all_records(folder, answering):
    source(folder, "jira")
    seen = watched(folder, jira(), lambda number: None)
    answering(watched.answer)
    before = (folder / "valuestream.yaml").read_text()
    assert sync().status == 0
    assert True in seen[:-1]
    suggested = vsm("streams", "suggest", "--name", "tool to done").out
    assert (folder / "valuestream.yaml").read_text() == f"{before}\n{suggested}"


def test_a_first_stream_that_somebody_corrects_meanwhile_stays(folder, answering):
    source(folder, "jira")
    file = folder / "valuestream.yaml"

    def correct(number: int) -> None:
        if seen[-1] and "# mine" not in file.read_text():
            file.write_text(file.read_text() + "# mine\n")

    seen = watched(folder, jira(), correct)
    answering(watched.answer)
    assert sync().status == 0
    assert file.read_text().endswith("# mine\n")
    assert file.read_text().count("streams:") == 1


def test_a_workspace_that_has_events_but_no_stream_says_how_to_get_one(folder, answering):
    source(folder)

    def stop(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        raise KeyboardInterrupt

    answering(Faulty(redmine().answer, stop, lambda n: n == 30))
    assert sync().status == 130
    (folder / "valuestream.yaml").write_text("sources: {}\n")
    ran = vsm("map")
    assert ran.status == 2
    assert "vsm streams suggest" in ran.err


def test_the_first_stream_is_one_of_issues_and_not_of_their_builds(folder, answering):
    """GitHub: issues, pull requests, runs and deployments come; the guess is about the issues' own states."""
    states = ", ".join(STATES)
    with (folder / "valuestream.yaml").open("a") as file:
        file.write("sources:\n  code:\n    kind: github\n    url: https://tool.example\n    token: ${TOOL_TOKEN}\n")
        file.write(f"    projects: ['acme/*']\n    options: {{states: [{states}]}}\n")
    answering(github().answer)
    assert sync().status == 0
    text = (folder / "valuestream.yaml").read_text()
    assert "In Progress" in text
    assert "queued" not in text
    assert "success" not in text
    assert vsm("map", "--json").document["stages"]
