"""`vsm sync`, `vsm check`, `vsm connector`: tools in memory read into a real store."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import httpx
import pytest
from jsonschema import Draft202012Validator

from command_line import vsm
from live import said
from syncing import TOKEN, answering, folder, source, states, sync
from valuestream.log.memory import MemorySink
from valuestream.sources import faulty
from valuestream.sources.faulty import Faulty
from valuestream.sources.rehearsal import NOW_US
from valuestream.sources.rehearsal_jira import rehearsal as jira
from valuestream.sources.rehearsal_redmine import rehearsal as redmine
from valuestream.workspace import Workspace
from valuestream.workspace_tools import connector_of

__all__ = ["answering", "folder"]


def test_the_store_holds_what_memory_would(folder, answering):
    source(folder)
    tool = redmine()
    answering(tool.answer)
    sync()
    expected = [
        (f"#{work.number}", state, at)
        for work in tool.story.work
        for state, at in [("To Do", work.created), *((move.new, move.at) for move in work.moves)]
    ]
    assert states(folder) == sorted(expected)


def test_a_second_sync_brings_what_changed_and_says_so(folder, answering):
    source(folder)
    tool = redmine()
    answering(tool.answer)
    sync()
    tool.story.move(5, NOW_US - 60_000_000)
    ran = sync("tool", "--json")
    schema = json.loads((files("valuestream") / "schemas" / "sync.json").read_text())
    Draft202012Validator(schema).validate(ran.document)
    (told,) = ran.document["syncs"]
    assert (told["replies"], told["new"], told["superseded"], told["status"]) == (1, 1, 0, "done")
    assert len([one for one in states(folder) if one[0] == "#5"]) == 1 + len(tool.story.work[4].moves)


def test_a_partial_sync_leaves_with_3_says_why_and_the_next_one_completes_it(folder, answering):
    source(folder)
    tool = redmine()
    answering(Faulty(tool.answer, faulty.status(503), lambda n: n > 20))
    ran = sync()
    assert ran.status == 3
    assert "server failing" in ran.out
    status = vsm("status").out
    assert "partial: server failing" in status
    answering(tool.answer)
    assert sync().status == 0
    assert len(states(folder)) == 48 + tool.story.moves


def test_no_secret_is_printed_or_stored(folder, answering):
    source(folder)
    tool = redmine()

    def echoing(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/issues/7.json":
            return said({"error": f"no rights for {request.headers['x-redmine-api-key']}"}, 500)
        if request.url.path == "/issue_statuses.json":
            return said({"issue_statuses": [{"id": 1, "name": TOKEN}]})
        return tool.answer(request)

    answering(echoing)
    ran = sync()
    assert ran.status == 3
    printed = ran.out + ran.err + vsm("status").out + vsm("status", "--json").out
    assert TOKEN not in printed
    kept = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert TOKEN.encode() not in kept


def test_a_secret_in_the_file_is_refused_and_not_shown(folder):
    (folder / "valuestream.yaml").write_text(
        "sources:\n  tool: {kind: redmine, url: 'https://tool.example', token: open-secret}\n"
    )
    ran = vsm("sync")
    assert ran.status == 2
    assert "open-secret" not in ran.err
    assert "${NAME}" in ran.err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("kind: redmine\n    url: https://tool.example\n    token: ${NOT_SET}", "NOT_SET is not set"),
        ("kind: redmine\n    token: ${TOOL_TOKEN}", "has no url"),
        ("kind: redmine\n    url: http://tool.example\n    token: ${TOOL_TOKEN}", "could read the token"),
        ("kind: github\n    token: ${TOOL_TOKEN}", "has no projects"),
        ("kind: jirra\n    token: ${TOOL_TOKEN}", "no connector 'jirra'"),
        ("kind: github\n    projects: [a/*]\n    options: {stats: yes}", "has an option 'stats'"),
        ("kind: github\n    projects: [a/*]\n    options: {read: [wikis]}", "'wikis' cannot be read"),
        ("kind: redmine\n    url: https://t.example\n    token: ${TOOL_TOKEN}\n    options: {page: 500}", "1 to 100"),
    ],
)
def test_settings_that_cannot_work_say_what_would(folder, text, message):
    with (folder / "valuestream.yaml").open("a") as file:
        file.write(f"sources:\n  tool:\n    {text}\n")
    ran = vsm("sync")
    assert ran.status == 2
    assert message in ran.err
    assert len(ran.err.strip().splitlines()) == 2


def test_names_that_are_no_tools_are_refused(folder):
    assert "names no tool" in vsm("sync").err
    source(folder)
    assert "Tools: tool." in vsm("sync", "other").err
    with (folder / "valuestream.yaml").open("a") as file:
        file.write("  tickets: {files: ['*.csv']}\n")
    assert "is read from files" in vsm("sync", "tickets").err


def test_check_says_what_the_token_may_see_and_reads_nothing(folder, answering):
    source(folder)
    answering(redmine().answer)
    ran = vsm("check", "tool")
    assert ran.status == 0
    assert "ok  The key is that of ada (administrator)." in ran.out
    assert "ok  shop/issues: 48 issues." in ran.out
    assert states(folder) == []
    answering(lambda request: said({}, 401))
    assert vsm("check", "tool").status == 3


def test_suggest_asks_the_store_what_the_tool_says_of_its_states(folder, answering):
    """A state whose name says nothing: Jira counts it as done."""
    source(folder, "jira")
    tool = jira()

    def renamed(request: httpx.Request) -> httpx.Response:
        answer = tool.answer(request)
        return httpx.Response(answer.status_code, content=answer.content.replace(b'"Done"', b'"Zug abgefahren"'))

    answering(renamed)
    sync()
    text = vsm("streams", "suggest").out
    assert "Zug abgefahren  # done: " in text.partition("done:\n")[2]


def test_a_source_itself_can_answer_a_rehearsal_and_is_asked_once_for_each_thing(folder, monkeypatch):
    """`vsm connector test redmine --source tool`: forty cases, and hardly more requests than one sync needs."""
    source(folder)
    tool = Faulty(redmine().answer)
    monkeypatch.setattr(httpx, "HTTPTransport", lambda: tool)
    ran = vsm("connector", "test", "redmine", "--source", "tool")
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.endswith("cases, 0 wrong.\n")
    asked = [(request.method, str(request.url)) for request in tool.asked]
    assert len(asked) == len(set(asked)) < 200
    assert states(folder) == []
    assert "is read by 'redmine', not by 'jira'" in vsm("connector", "test", "jira", "--source", "tool").err


def test_a_sync_interrupted_in_the_middle_goes_on_from_there(folder, answering):
    """Ctrl-C while the thirtieth request is under way."""
    source(folder)
    tool = redmine()

    def stopped(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        raise KeyboardInterrupt

    answering(Faulty(tool.answer, stopped, lambda n: n == 30))
    assert sync().status == 130
    assert "interrupted" in vsm("status").out
    before = len(states(folder))
    transport = answering(tool.answer)
    assert sync().status == 0
    assert before > 0
    assert len(states(folder)) == 48 + tool.story.moves
    assert len(transport.asked) < 50


def test_every_connector_of_ours_is_listed_and_a_rehearsal_says_how_it_went():
    assert vsm("connector", "list").out.split() == ["github", "gitlab", "jira", "redmine"]
    ran = vsm("connector", "test", "redmine", "--verbose")
    assert ran.status == 0
    assert ran.out.splitlines()[-1].endswith("cases, 0 wrong.")
    assert "429 with Retry-After" in ran.out


def test_a_package_adds_a_connector_of_its_own(tmp_path: Path):
    """A distribution with an entry point of the group `valuestream.connectors`, installed beside ours."""
    (tmp_path / "own_tool.py").write_text(
        "from valuestream.sources.kinds import KindOfTool\n"
        "from valuestream.sources.rehearsal_redmine import rehearsal\n"
        "from valuestream.sources.settings import redmine\n"
        "TOOL = KindOfTool('own', redmine, (rehearsal,))\n"
    )
    info = tmp_path / "own_tool-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: own-tool\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[valuestream.connectors]\nown = own_tool:TOOL\n")
    env = {**os.environ, "PYTHONPATH": str(tmp_path)}

    def command(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "valuestream", *words], env=env, capture_output=True, text=True, check=False
        )
        return done.stdout + done.stderr

    assert "own  (package own-tool)" in command("connector", "list")
    assert "own: " in command("connector", "test", "own")
    assert "Known: github, gitlab, jira, own, redmine." in command("connector", "test", "other")


def test_the_store_and_memory_agree_on_every_fault(folder, answering):
    """The same faults, the same log: the real store keeps what the rehearsals' memory keeps."""
    source(folder)
    tool = redmine()
    for n in (5, 12, 30, 55):
        answering(Faulty(tool.answer, faulty.closed, lambda number, n=n: number >= n))
        sync()
    answering(tool.answer)
    sync("--compare")
    memory = MemorySink()
    connector = connector_of(Workspace.open(folder).config.sources["tool"])
    from live import synced

    synced(connector, tool.answer, memory)
    events = [event for _, event in memory.told()[0] if event.kind == 0]
    assert states(folder) == sorted((f"#{event.item}", str(event.value), event.occurred_at) for event in events)


def test_ids_and_replies_survive_as_json(folder, answering):
    source(folder)
    answering(redmine().answer)
    sync()
    opened = Workspace.open(folder)
    kept = list(opened.store.replies("tool", "shop/issues"))
    opened.close()
    assert len(kept) == 48
    assert all(json.loads(reply.body)["id"] == int(reply.id) for reply in kept)
