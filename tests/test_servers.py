"""Connectors against real servers on the loopback, which `make test-servers` starts.

Redmine, git over smart http, the emulator of GitHub; each is skipped where its server is not there.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from shutil import which
from urllib.parse import urlsplit

import httpx
import pytest

from valuestream.log.event import Kind
from valuestream.log.memory import MemorySink
from valuestream.sources.github import GitHub
from valuestream.sources.github_complete import completed
from valuestream.sources.http import Http
from valuestream.sources.outcome import Outcome
from valuestream.sources.redmine import Redmine
from valuestream.sources.sync import sync
from valuestream.sources.walk import Rules

REDMINE, KEY = os.environ.get("VSM_TEST_REDMINE"), os.environ.get("VSM_TEST_REDMINE_KEY", "")
EMULATOR = os.environ.get("VSM_TEST_GITHUB")

redmine = pytest.mark.skipif(not REDMINE, reason="no Redmine here: `make test-servers` starts one")
emulator = pytest.mark.skipif(not EMULATOR, reason="no emulator of GitHub here: `make test-servers` starts one")


def run(connector, sink: MemorySink, *, compare: bool = False) -> tuple[Outcome, list[str]]:
    """One sync, and the paths that were asked for."""
    asked: list[str] = []

    class Noting(httpx.HTTPTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            asked.append(request.url.path)
            return super().handle_request(request)

    with Http(connector.host(), transport=Noting()) as web:
        outcome = sync(connector, sink, "tool", web, compare=compare)
    return outcome, asked


class Project:
    """A project of a real Redmine, and what was done to it: (issue, state, second)."""

    def __init__(self, url: str) -> None:
        self.web = httpx.Client(base_url=url, headers={"X-Redmine-API-Key": KEY}, timeout=30)
        statuses = self.web.get("/issue_statuses.json").json()["issue_statuses"]
        self.statuses = {one["name"]: one["id"] for one in statuses}
        self.name = f"p{time.time_ns()}"
        made = self.web.post("/projects.json", json={"project": {"name": self.name, "identifier": self.name}})
        self.number = made.json()["project"]["id"]
        self.done: list[tuple[str, str, int]] = []

    def __enter__(self) -> Project:
        return self

    def __exit__(self, *_: object) -> None:
        self.web.delete(f"/projects/{self.number}.json")  # the server may outlive the tests
        self.web.close()

    def create(self, subject: str) -> str:
        issue = {"project_id": self.number, "subject": subject, "tracker_id": 1}
        made = self.web.post("/issues.json", json={"issue": issue}).json()["issue"]
        self.done.append((str(made["id"]), "New", second(made["created_on"])))
        return str(made["id"])

    def change(self, issue: str, **what: object) -> None:
        self.web.put(f"/issues/{issue}.json", json={"issue": what}).raise_for_status()

    def move(self, issue: str, state: str) -> None:
        """Move an issue; when that was, Redmine's own journal tells."""
        self.change(issue, status_id=self.statuses[state])
        told = self.web.get(f"/issues/{issue}.json", params={"include": "journals"}).json()["issue"]["journals"]
        self.done.append((issue, state, second(told[-1]["created_on"])))


@pytest.fixture
def project() -> Iterator[Project]:
    assert REDMINE is not None
    with Project(REDMINE) as made:
        yield made


def second(stamp: str) -> int:
    return int(datetime.fromisoformat(stamp).astimezone(UTC).timestamp())


def states(sink: MemorySink) -> list[tuple[str, str, int]]:
    """Every state of the log: item, state, second; as they happened."""
    events = [event for _, event in sink.told()[0] if event.kind == Kind.STATE]
    events.sort(key=lambda event: (event.occurred_at, event.seq))
    return [(event.item, str(event.value), event.occurred_at // 1_000_000) for event in events]


@redmine
def test_the_log_of_a_real_redmine_is_what_was_done_to_it_and_a_second_sync_asks_only_for_what_changed(project):
    sink = MemorySink()
    connector = Redmine(str(REDMINE), KEY, (project.name,))
    issues = [project.create(f"Issue {n}") for n in range(3)]
    for issue, state in zip(issues, ("In Progress", "Resolved", "Feedback"), strict=True):
        project.move(issue, state)
        project.move(issue, "In Progress" if state != "In Progress" else "Resolved")
    time.sleep(4)  # what changed within the second of its reading is read again
    first, _ = run(connector, sink)
    assert (first.status, first.rejected) == ("done", 0)
    assert sorted(states(sink)) == sorted(project.done)

    nothing, asked = run(connector, sink)
    assert (nothing.replies, nothing.new) == (0, 0)
    assert not [path for path in asked if path.startswith("/issues/")]

    project.move(issues[1], "Closed")
    project.change(issues[1], assigned_to_id=1, notes="Done with it")
    last = project.create("Issue 3")
    time.sleep(4)
    second_sync, asked = run(connector, sink)
    assert sorted(states(sink)) == sorted(project.done)
    fetched = {path for path in asked if path.startswith("/issues/")}
    assert fetched == {f"/issues/{issues[1]}.json", f"/issues/{last}.json"}
    assert second_sync.status == "done"
    print(
        f"\nRedmine: {first.requests} requests, then {nothing.requests} for nothing new, {second_sync.requests} for two"
    )


@redmine
def test_an_issue_deleted_in_a_real_redmine_is_marked_by_the_comparison(project):
    sink = MemorySink()
    connector = Redmine(str(REDMINE), KEY, (project.name,))
    issues = [project.create(f"Issue {n}") for n in range(2)]
    run(connector, sink, compare=True)
    project.web.delete(f"/issues/{issues[0]}.json").raise_for_status()
    run(connector, sink, compare=True)
    assert [item for item, state, _ in states(sink) if state == "(deleted)"] == [issues[0]]


@redmine
def test_a_real_redmine_says_what_a_key_may_see_and_refuses_a_wrong_one(project):
    connector = Redmine(str(REDMINE), KEY, (f"{project.name[:-1]}?",))
    with Http(connector.host()) as web:
        said = [finding.text for finding in connector.check(web)]
    assert said[0] == "The key is that of admin (administrator)."
    assert any(f"{project.name}/issues" in text for text in said)
    outcome, _ = run(Redmine(str(REDMINE), "0" * 40, (project.name,)), MemorySink())
    assert outcome.status == "failed"
    assert "token refused" in outcome.message()


@redmine
def test_a_sync_of_a_real_redmine_killed_anywhere_ends_with_the_same_log(project, tmp_path):
    """kill -9 after ever more pages; the last sync completes what they left."""
    for n in range(6):
        project.move(project.create(f"Issue {n}"), "In Progress")
    time.sleep(4)
    connector = Redmine(str(REDMINE), KEY, (project.name,), page=2)
    whole = MemorySink()
    run(connector, whole)
    script = Path(__file__).with_name("killed_sync.py")
    store = tmp_path / "kept"
    for pages in (4, 1, 2):
        command = [sys.executable, str(script), str(REDMINE), project.name, str(store), str(pages)]
        ended = subprocess.run(command, env={**os.environ, "VSM_TEST_REDMINE_KEY": KEY}, check=False)
        assert ended.returncode == -9
    sink = kept(store)
    run(connector, sink)
    assert sink.told() == whole.told()


def kept(store: Path) -> MemorySink:
    from killed_sync import FileSink

    return FileSink(store)


@pytest.fixture
def told() -> Iterator[httpx.Client]:
    """Who does things in the emulator."""
    headers = {"Authorization": "token test_token_admin"}
    with httpx.Client(base_url=str(EMULATOR), headers=headers, timeout=30) as web:
        yield web


@emulator
def test_an_emulated_github_is_read_whole_and_again_only_for_what_changed(told):
    """Three issues, then one is closed."""
    name = f"r{time.time_ns()}"
    told.post("/user/repos", json={"name": name, "auto_init": True}).raise_for_status()
    repo, at = f"admin/{name}", f"/repos/admin/{name}"
    made = [told.post(f"{at}/issues", json={"title": f"Issue {n}"}).json()["number"] for n in range(3)]
    told.post(f"{at}/issues/{made[0]}/comments", json={"body": "Seen"}).raise_for_status()
    told.patch(f"{at}/issues/{made[0]}", json={"state": "closed"}).raise_for_status()
    sink, connector = MemorySink(), GitHub((repo,), "test_token_admin", str(EMULATOR), ("issues",), Rules())
    time.sleep(4)
    first, _ = run(connector, sink)
    assert first.status == "done", first.message()
    assert path_of(sink, f"{repo}#{made[0]}") == ["open", "closed"]
    assert path_of(sink, f"{repo}#{made[1]}") == ["open"]
    nothing, _ = run(connector, sink)
    assert nothing.replies == 0
    told.patch(f"{at}/issues/{made[1]}", json={"state": "closed"}).raise_for_status()
    time.sleep(4)
    again, asked = run(connector, sink)
    assert path_of(sink, f"{repo}#{made[1]}") == ["open", "closed"]
    assert {one for one in asked if "timeline" in one} == {f"{at}/issues/{made[1]}/timeline"}
    print(f"\nEmulator: {first.requests} requests, {nothing.requests} for nothing new, {again.requests} for one")


@emulator
def test_a_pull_request_of_the_emulator_is_read_without_a_timeline(told):
    """The emulator lists no pull requests among issues, as GitHub does, and has no timeline of theirs."""
    name = f"r{time.time_ns()}"
    told.post("/user/repos", json={"name": name, "auto_init": True}).raise_for_status()
    repo, at = f"admin/{name}", f"/repos/admin/{name}"
    number = pull_request(told, at)
    listed = told.get(f"{at}/pulls/{number}").json()
    connector = GitHub((repo,), "test_token_admin", str(EMULATOR))
    with Http(connector.host()) as web:
        (reply,) = completed(web, repo, [{**listed, "pull_request": {}}])
    said = connector.translation({})(f"{repo}/issues", reply)
    assert [event.value for event in said.events if event.kind == Kind.STATE] == ["open", "merged"]
    assert [(link.end, link.type) for link in said.links] == [(f"{repo}#3", "closes")]


def pull_request(told: httpx.Client, at: str) -> int:
    """A pull request with one commit, merged; its number."""
    head = told.get(f"{at}/git/ref/heads/main").json()["object"]["sha"]
    told.post(f"{at}/git/refs", json={"ref": "refs/heads/change", "sha": head}).raise_for_status()
    content = {"message": "Change", "content": "Y2hhbmdl", "branch": "change"}
    told.put(f"{at}/contents/change.txt", json=content).raise_for_status()
    asked = {"title": "Change", "head": "change", "base": "main", "body": "Fixes #3"}
    number = int(told.post(f"{at}/pulls", json=asked).raise_for_status().json()["number"])
    told.put(f"{at}/pulls/{number}/merge", json={"merge_method": "squash"}).raise_for_status()
    return number


def path_of(sink: MemorySink, item: str) -> list[str]:
    return [state for one, state, _ in states(sink) if one == item]


class GitBackend(BaseHTTPRequestHandler):
    """`git http-backend` behind a server of Python's."""

    root = ""

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers.get("Content-Length", 0))))

    def _answer(self, body: bytes) -> None:
        parts = urlsplit(self.path)
        told = {
            "GIT_PROJECT_ROOT": self.root,
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": parts.path,
            "QUERY_STRING": parts.query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "PATH": os.environ["PATH"],
        }
        done = subprocess.run(["git", "http-backend"], input=body, env=told, capture_output=True, check=True)
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.decode().split(": ", 1) for line in head.split(b"\r\n"))
        self.send_response(int(headers.pop("Status", "200 OK").split()[0]))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def git_server(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A repository behind smart http: its address, and its folder."""
    root = tmp_path / "served"
    root.mkdir()
    GitBackend.root = str(root)
    server = ThreadingHTTPServer(("127.0.0.1", 0), GitBackend)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", root
    server.shutdown()
    server.server_close()


@pytest.mark.skipif(which("git") is None, reason="no git here")
def test_a_clone_over_smart_http_reads_as_the_repository_itself(git_server, tmp_path):
    """Three changes and a release, served by `git http-backend`, cloned, read: the same log as that of the original."""
    from valuestream.sources.open import read

    address, root = git_server
    folder = root / "app"
    env = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}

    def git(*words: str, at: Path = folder, day: int = 1) -> None:
        when = f"2026-03-{day:02d}T10:00:00+0000"
        dates = {"GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when}
        who = ["-c", "user.name=ada", "-c", "user.email=ada@example.org"]
        subprocess.run(["git", *who, *words], cwd=at, env={**env, **dates}, check=True, capture_output=True)

    folder.mkdir()
    git("init", "-b", "main")
    for day in (1, 2, 3):
        (folder / "file").write_text(str(day))
        git("add", ".", day=day)
        git("commit", "-m", f"Change {day} (#{day})", day=day)
    git("tag", "v1.0")
    git("clone", f"{address}/app/.git", "clone", at=tmp_path)
    ours, theirs = read(tmp_path / "clone"), read(folder)
    assert len(ours) > 0
    assert [ours.items[code] for code in ours.item] == [theirs.items[code] for code in theirs.item]
    assert ours.at.tolist() == theirs.at.tolist()
    assert ours.kind.tolist() == theirs.kind.tolist()
