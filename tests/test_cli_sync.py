"""`vsm sync`, `vsm check`, `vsm connector`: tools in memory read into a real store."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from importlib.resources import files
from pathlib import Path

import httpx
import pytest
from jsonschema import Draft202012Validator

from command_line import Ran, vsm
from live import no_waits, said
from test_sync_killed import Served
from valuestream import workspace_sync
from valuestream.log.memory import MemorySink
from valuestream.sources import faulty
from valuestream.sources.faulty import Faulty
from valuestream.sources.http import Http
from valuestream.sources.rehearsal import NOW_US, STATES
from valuestream.sources.rehearsal_github import rehearsal as github
from valuestream.sources.rehearsal_jira import rehearsal as jira
from valuestream.sources.rehearsal_redmine import rehearsal as redmine
from valuestream.workspace import Workspace
from valuestream.workspace_tools import connector_of

TOKEN = "s3cret-of-the-environment"
SOURCES = {
    "redmine": "kind: redmine\n    url: https://tool.example\n    token: ${TOOL_TOKEN}\n    projects: [shop]",
    "jira": "kind: jira\n    url: https://tool.example\n    user: ada\n    token: ${TOOL_TOKEN}\n    projects: [SHOP]",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with one tool, its token in the environment."""
    monkeypatch.setenv("TOOL_TOKEN", TOKEN)
    monkeypatch.chdir(tmp_path)
    assert vsm("init").status == 0
    return tmp_path


def source(folder: Path, kind: str = "redmine", *, more: str = "") -> None:
    with (folder / "valuestream.yaml").open("a") as file:
        file.write(f"sources:\n  tool:\n    {SOURCES[kind]}\n{more}")


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch):
    """Let a handler answer instead of the network; gives what was asked."""

    def answer(handler) -> Faulty:
        transport = handler if isinstance(handler, Faulty) else Faulty(handler)

        class Offline(Http):
            def __init__(self, host, *, budget=None, transport_=None, **_) -> None:
                super().__init__(host, budget=budget, transport=transport)

        monkeypatch.setattr(workspace_sync, "Http", Offline)
        return transport

    return answer


def sync(*arguments: str) -> Ran:
    with no_waits():
        return vsm("sync", *arguments)


def states(folder: Path) -> list[tuple[str, str, int]]:
    opened = Workspace.open(folder)
    log = opened.log()
    found = [
        (log.items[int(log.item[row])], log.words[int(log.value[row])], int(log.at[row]))
        for row in range(len(log))
        if log.kind[row] == 0
    ]
    opened.close()
    return sorted(found)


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


@pytest.mark.parametrize(("every", "message"), [("soon", "'soon' is no duration"), ("1 s", "not asked that often")])
def test_a_watch_that_cannot_be_is_refused(folder, every, message):
    source(folder)
    ran = vsm("sync", "--watch", every)
    assert (ran.status, message in ran.err) == (2, True)


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


def test_a_watch_goes_on_until_it_is_stopped(folder, answering, monkeypatch):
    source(folder)
    transport = answering(redmine().answer)
    waits = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr("valuestream.cli.sync.time.sleep", sleep)
    ran = sync("--watch", "10 min")
    assert (ran.status, waits) == (130, [600.0] * 3)
    assert ran.out.count("0 records") == 2
    assert len(transport.asked) > 60


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


def test_a_watch_survives_an_outage_and_asks_less_often_meanwhile(folder, answering, monkeypatch):
    """Redmine is gone for three rounds: 10, 20 and 40 minutes pass; back again, it is asked every five."""
    source(folder)
    tool, waits = redmine(), []
    outage = faulty.status(503)
    answering(Faulty(tool.answer, outage, lambda n: True))

    def sleep(seconds: float) -> None:
        if seconds < 1:
            return  # between two attempts at one request
        waits.append(seconds / 60)
        if len(waits) == 3:
            answering(tool.answer)
        if len(waits) == 5:
            raise KeyboardInterrupt

    monkeypatch.setattr("valuestream.cli.sync.time.sleep", sleep)
    ran = sync("--watch")
    assert (ran.status, waits) == (130, [10, 20, 40, 5, 5])
    assert ran.out.count("server failing. ") == 3
    assert len(states(folder)) == 48 + tool.story.moves


def test_a_watch_waits_for_a_store_that_another_process_holds(folder, answering, monkeypatch):
    source(folder)
    answering(redmine().answer)
    waits, holder = [], []
    code = "import duckdb, sys, time; c = duckdb.connect(sys.argv[1]); print('held', flush=True); time.sleep(60)"
    sleeps = time.sleep

    def sleep(seconds: float) -> None:
        if seconds < 1:
            sleeps(seconds)  # until the lock's time is over
            return
        waits.append(seconds)
        if len(waits) == 1:
            command = [sys.executable, "-c", code, str(folder / "valuestream.duckdb")]
            holder.append(subprocess.Popen(command, stdout=subprocess.PIPE))
            holder[0].stdout.readline()
        elif len(waits) == 2:
            holder[0].kill()
            holder[0].communicate()
        else:
            raise KeyboardInterrupt

    monkeypatch.setattr("valuestream.cli.sync.time.sleep", sleep)
    ran = sync("--watch", "--lock-timeout", "0.2")
    assert (ran.status, waits) == (130, [300.0] * 3)
    assert f"process {holder[0].pid}" in ran.err
    assert ran.out.count("0 records") == 1


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is another signal there")
def test_ctrl_c_ends_a_watch_in_order(tmp_path):
    """A program of its own, stopped while it waits: status 130, the store whole and free."""
    served = Served()
    Workspace.init(tmp_path).close()
    with (tmp_path / "valuestream.yaml").open("a") as file:
        url = f"http://127.0.0.1:{served.server.server_port}"
        file.write(f"sources:\n  tool:\n    kind: redmine\n    url: {url}\n    token: ${{TOOL_TOKEN}}\n")
    command = [sys.executable, "-u", "-m", "valuestream", "sync", "--watch", "-w", str(tmp_path)]
    env = {**os.environ, "TOOL_TOKEN": TOKEN}
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert "done." in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    served.server.shutdown()
    served.server.server_close()
    assert (process.returncode, "Traceback" in err) == (130, False)
    assert len(states(tmp_path)) == 48 + served.tool.story.moves
