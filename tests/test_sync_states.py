"""What goes wrong at a live tool, on a real workspace: `vsm status` says it, nothing is lost, the next sync mends it.

| what goes wrong | test |
| --- | --- |
| expired token, missing scope, a project that is gone, HTML for JSON, truncated JSON, a server that closes mid-page,
  a server that fails, a limit of a day, a login elsewhere, a body of 50 MB
  | test_each_fault_is_a_state_of_the_status_and_gone_after_the_next_sync |
| endless tokens | test_tokens_without_end_are_a_state_of_the_status |
| disk full | test_a_full_disk_is_a_state_of_the_status_and_the_next_sync_goes_on |
| clock skew | test_a_clock_that_differs_is_told_in_the_status |
| a user without a zone | test_a_user_without_a_zone_is_asked_in_utc |
| the hour that comes twice | test_what_changes_in_the_hour_that_comes_twice_is_read |
| renamed statuses | test_a_status_that_was_renamed_has_one_name_in_the_store |
| issues moved to another project | test_an_issue_whose_key_changed_is_the_same_item_with_its_new_key |
| deleted authors | test_an_author_who_was_deleted_becomes_nobody |
| thousands of events in a second | test_thousands_of_events_in_a_second_are_kept_in_their_order |
| a changelog shorter than its stated total | test_a_history_that_is_cut_short_is_a_rejected_row_of_the_status |
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from command_line import vsm
from live import said, synced
from syncing import TOKEN, answering, folder, source, states, sync
from test_sync_killed import Served, count
from valuestream.sources import faults, faulty
from valuestream.sources.faulty import Faulty
from valuestream.sources.http import LARGEST
from valuestream.sources.rehearsal import NOW_US
from valuestream.sources.rehearsal_jira import data_center
from valuestream.sources.rehearsal_jira import rehearsal as jira
from valuestream.sources.rehearsal_redmine import rehearsal as redmine
from valuestream.workspace import Workspace

__all__ = ["answering", "folder"]


def expected(tool, prefix: str = "SHOP-") -> list[tuple[str, str, int]]:
    """Every state of the tool's story."""
    return sorted(
        (f"{prefix}{work.number}", state, at)
        for work in tool.story.work
        for state, at in [("To Do", work.created), *((move.new, move.at) for move in work.moves)]
    )


def enormous(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
    """A body of more than fifty megabytes, which would be JSON."""
    return httpx.Response(200, content=b"[" + b" " * LARGEST + b"]")


@pytest.mark.parametrize(
    ("state", "fault"),
    [
        (faults.TOKEN, faulty.status(401, {"message": "Token expired"})),
        (faults.SCOPE, faulty.status(403, {"message": "Insufficient scope"})),
        (faults.MISSING, faulty.status(404)),
        (faults.MISSING, faulty.status(400, {"errorMessages": ["The value 'SHOP' does not exist for 'project'."]})),
        (faults.REFUSED, faulty.status(400, {"errorMessages": ["Unbounded JQL"]})),
        (faults.NOT_JSON, faulty.html),
        (faults.CUT_SHORT, faulty.cut_short),
        (faults.NETWORK, faulty.closed),
        (faults.SERVER, faulty.status(503)),
        (faults.LIMITED, faulty.status(429, headers={"Retry-After": "86400"})),
        (faults.FOREIGN, faulty.status(302, headers={"Location": "https://login.example/"})),
        (faults.TOO_LARGE, enormous),
    ],
)
def test_each_fault_is_a_state_of_the_status_and_gone_after_the_next_sync(folder, answering, state, fault):
    """Jira answers five requests, then it goes wrong for good; afterwards it is well again."""
    source(folder, "jira")
    tool = jira()
    answering(Faulty(tool.answer, fault, lambda n: n > 7))
    ran = sync()
    assert ran.status == 3
    assert ran.out.count(f"{state}. ") == 1
    status = vsm("status").out
    assert f"partial: {state}: " in status
    assert TOKEN not in ran.out + ran.err + status + vsm("status", "--json").out
    answering(tool.answer)
    assert sync("--compare").status == 0
    assert states(folder) == expected(tool)
    assert vsm("status").out.partition("Last runs\n")[2].splitlines()[0].partition(" rejected; ")[2].startswith("done")


def test_tokens_without_end_are_a_state_of_the_status(folder, answering):
    """A search of Jira that gives the same token for ever."""
    source(folder, "jira")
    tool = jira()

    def endless(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("search/jql"):
            return said({"issues": [], "nextPageToken": "again"})
        return tool.answer(request)

    transport = answering(endless)
    assert sync().status == 3
    assert "endless pages: " in vsm("status").out
    assert len(transport.asked) < 20

    def well(request: httpx.Request) -> httpx.Response:
        if b'"nextPageToken":"again"' in request.content:
            return said({"errorMessages": ["The token is invalid"]}, 400)
        return tool.answer(request)

    answering(well)
    assert sync("--compare").status == 0
    assert states(folder) == expected(tool)


def test_a_token_that_was_never_right_is_a_run_that_failed(folder, answering):
    source(folder, "jira")
    answering(Faulty(jira().answer, faulty.status(401), lambda n: True))
    assert sync().status == 3
    assert "failed: token refused: The token was refused (401" in vsm("status").out


@pytest.mark.parametrize("left", [20_000, 700_000, 1_600_000, None])
def test_a_full_disk_is_a_state_of_the_status_and_the_next_sync_goes_on(tmp_path: Path, left: int | None):
    """`vsm sync` as a process, its workspace on a disk of 8 MB with little room left; None: it fills up meanwhile."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(disk)], capture_output=True).returncode:
        pytest.skip("a small disk can be mounted by root only")
    served, filler = Served(), disk / "filler"
    answer = served.tool.answer

    def filling(request: httpx.Request) -> httpx.Response:
        if left is None and served.asked == 30:
            filler.write_bytes(bytes(shutil.disk_usage(disk).free))
        return answer(request)

    served.tool.answer = filling
    try:
        Workspace.init(disk).close()
        with (disk / "valuestream.yaml").open("a") as file:
            url = f"http://127.0.0.1:{served.server.server_port}"
            file.write(f"sources:\n  tool:\n    kind: redmine\n    url: {url}\n    token: ${{TOOL_TOKEN}}\n")
            file.write("    projects: [shop]\n    options: {page: 10}\n")
        if left is not None:
            filler.write_bytes(bytes(shutil.disk_usage(disk).free - left))
        full = program(disk, "sync", "--no-compare")
        assert (full.returncode, "Traceback" in full.stderr) == (3, False), full.stderr
        assert "disk full. The disk is full: the page was not kept." in full.stdout
        assert "disk full: The disk is full" in program(disk, "status").stdout
        before = count(disk)
        filler.unlink()
        served.asked = 31
        assert program(disk, "sync", "--no-compare").returncode == 0
        assert states(disk) == expected(served.tool, "#")
        assert (before > 0) == (left is None)
        assert not (disk / ".vsm" / "reserve").exists()
    finally:
        served.server.shutdown()
        served.server.server_close()
        subprocess.run(["umount", "-l", str(disk)], check=True)


def program(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "valuestream", *words, "-w", str(folder)]
    return subprocess.run(command, env={**os.environ, "TOOL_TOKEN": TOKEN}, capture_output=True, text=True)


def test_a_clock_that_differs_is_told_in_the_status(folder, answering):
    """By the tool's clock it is the year 2001; nothing is lost for it."""
    source(folder)
    tool = redmine()

    def dated(request: httpx.Request) -> httpx.Response:
        answer = tool.answer(request)
        answer.headers["Date"] = "Mon, 01 Jan 2001 00:00:00 GMT"
        return answer

    answering(dated)
    sync()
    tool.story.move(5, NOW_US - 60_000_000)
    sync()
    assert "This machine's clock and the tool's differ by" in vsm("status").out
    assert states(folder) == expected(tool, "#")


def test_a_user_without_a_zone_is_asked_in_utc(folder, answering):
    source(folder, "jira")
    tool = jira()

    def nowhere(request: httpx.Request) -> httpx.Response:
        return said({"displayName": "ada"}) if request.url.path.endswith("myself") else tool.answer(request)

    answering(nowhere)
    assert sync("--compare").status == 0
    assert states(folder) == expected(tool)


def test_what_changes_in_the_hour_that_comes_twice_is_read(folder):
    """Jira's user lives in Berlin, where 02:30 of 2026-10-25 came at 00:30 and at 01:30 UTC: a move in each."""
    tool = jira()
    twice = NOW_US - 7 * 86_400_000_000 - 12 * 3_600_000_000 + 1_800_000_000
    tool.story.work = [work for work in tool.story.work if work.created < twice]
    for work in tool.story.work:
        work.moves = [move for move in work.moves if move.at < twice]
    for at in (twice, twice + 3_600_000_000):
        tool.story.move(5, at)
        opened = Workspace.open(folder)
        _, outcome, asked = synced(tool.connector(), tool.answer, opened.store)  # a clock of that week
        opened.close()
        assert outcome.status == "done"
        assert states(folder) == expected(tool)
    assert '\\"2026-10-25 01:25\\"' in asked[-2].content.decode()  # an hour early, to be sure of both


def test_a_status_that_was_renamed_has_one_name_in_the_store(folder, answering):
    source(folder, "jira")
    tool = data_center()
    answering(tool.answer)
    sync()

    def renamed(request: httpx.Request) -> httpx.Response:
        answer = tool.answer(request)
        if request.url.path.endswith("/status"):
            return said(json.loads(answer.content.replace(b'"Review"', b'"Peer review"')))
        return answer

    transport = answering(renamed)
    assert sync().status == 0
    assert not [one for one in transport.asked if "/issue/" in one.url.path]
    assert states(folder) == [
        (item, "Peer review" if state == "Review" else state, at) for item, state, at in expected(tool)
    ]


def test_an_issue_whose_key_changed_is_the_same_item_with_its_new_key(folder, answering):
    source(folder, "jira")
    tool = data_center()
    answering(tool.answer)
    sync()
    tool.story.move(6, NOW_US - 60_000_000)

    def moved(request: httpx.Request) -> httpx.Response:
        answer = tool.answer(request)
        return httpx.Response(200, content=answer.content.replace(b'"SHOP-6"', b'"PAY-1"'))

    answering(moved)
    assert sync().status == 0
    assert states(folder) == sorted(
        ("PAY-1" if item == "SHOP-6" else item, state, at) for item, state, at in expected(tool)
    )
    assert vsm("status", "--json").document["counts"]["items"] == 48


def test_an_author_who_was_deleted_becomes_nobody(folder, answering):
    """Jira gives null for grace, from now on also in what was read before."""
    source(folder, "jira")
    tool = data_center()
    answering(tool.answer)
    sync()
    for number in range(1, 49):
        tool.story.move(number, NOW_US - 60_000_000)

    def without(request: httpx.Request) -> httpx.Response:
        data = json.loads(tool.answer(request).content)
        for one in data.get("issues", ()) if isinstance(data, dict) else ():
            for history in one["changelog"]["histories"]:
                history["author"] = None if history["author"]["displayName"] == "grace" else history["author"]
        return said(data)

    answering(without)
    assert sync().status == 0
    assert states(folder) == expected(tool)
    opened = Workspace.open(folder)
    log, moves = opened.log(), [move for work in tool.story.work for move in work.moves]
    opened.close()
    assert log.actor is not None
    nobody = sum(int(a) < 0 for a, k, seq in zip(log.actor, log.kind, log.value, strict=True) if k == 0)
    assert nobody == sum(move.who == "grace" for move in moves)


def test_thousands_of_events_in_a_second_are_kept_in_their_order(folder, answering):
    """Somebody's script moves one issue three thousand times within one second."""
    source(folder)
    tool = redmine()
    for _ in range(3_000):
        tool.story.move(5, NOW_US - 60_000_000)
    answering(tool.answer)
    assert sync().status == 0
    opened = Workspace.open(folder)
    log = opened.log()
    opened.close()
    order = [
        log.words[int(value)]
        for item, kind, value in zip(log.item, log.kind, log.value, strict=True)
        if kind == 0 and log.items[int(item)] == "#5"
    ]
    assert order == ["To Do", *(move.new for move in tool.story.work[4].moves)]


def test_a_history_that_is_cut_short_is_a_rejected_row_of_the_status(folder, answering):
    """Jira says of one issue that its history has a change more than it gives, wherever it is asked."""
    source(folder, "jira")
    tool = data_center()

    def short(request: httpx.Request) -> httpx.Response:
        data = json.loads(tool.answer(request).content)
        for one in [data, *(data.get("issues", ()) if "issues" in data else ())] if isinstance(data, dict) else ():
            if one.get("key") == "SHOP-7":
                one["changelog"]["total"] += 1
        return said(data)

    answering(short)
    sync()
    assert "1 the history is shorter than its stated total" in vsm("status").out
    answering(tool.answer)
    tool.story.move(7, NOW_US - 60_000_000)
    assert sync().status == 0
    assert states(folder) == expected(tool)
