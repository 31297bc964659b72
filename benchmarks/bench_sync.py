"""Live tools: translating, keeping, asking for nothing new, and a million records with flat memory.

python benchmarks/bench_sync.py
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from measure import Claim, answer_job, measured, report

HISTORIES = 12
PAGE = 100
"""Replies a page, as Jira, GitHub, GitLab and Redmine give them."""

STATUSES = [{"id": str(n), "name": name} for n, name in enumerate(("To Do", "Doing", "Review", "Done"), 1)]


def issue(number: int, histories: int = HISTORIES) -> dict[str, Any]:
    """A Jira issue as a search with our fields gives it, with so many changes in its history, half of its status."""
    person = {
        "self": f"https://acme.example/rest/api/3/user?accountId={number % 50:024x}",
        "accountId": f"{number % 50:024x}",
        "displayName": f"Person {number % 50}",
        "active": True,
        "timeZone": "Europe/Berlin",
        "accountType": "atlassian",
    }

    def change(n: int) -> dict[str, Any]:
        old, new = STATUSES[n // 2 % 4], STATUSES[(n // 2 + 1) % 4]
        names = {"from": old["id"], "fromString": old["name"], "to": new["id"], "toString": new["name"]}
        items = [{"field": "status", "fieldtype": "jira", "fieldId": "status", **names}]
        if n % 2:
            items = [
                {
                    "field": "Rank",
                    "fieldtype": "custom",
                    "from": "",
                    "fromString": "",
                    "to": "",
                    "toString": "Ranked higher",
                }
            ]
        day, hour = 1 + n, number % 24
        at = f"2026-03-{day:02d}T{hour:02d}:00:00.000+0100"
        return {"id": str(number * 100 + n), "author": person, "created": at, "items": items}

    status = STATUSES[histories // 2 % 4]
    return {
        "id": str(number),
        "key": f"SHOP-{number}",
        "fields": {
            "summary": f"An issue of about the usual length of a title, number {number}",
            "status": status,
            "issuetype": {"id": "1", "name": "Story"},
            "priority": {"id": "3", "name": "Medium"},
            "labels": ["backend"],
            "creator": person,
            "assignee": person,
            "project": {"id": "1", "key": "SHOP", "name": "Shop"},
            "created": "2026-03-01T00:00:00.000+0100",
            "updated": "2026-03-15T00:00:00.000+0100",
        },
        "changelog": {"histories": [change(n) for n in range(histories)]},
    }


def translating(n: str) -> Callable[[], int]:
    """Parsed issues with changelogs -> events."""
    from valuestream.sources.jira_issues import Known
    from valuestream.sources.jira_issues import issue as translate

    issues = [issue(k) for k in range(int(n))]
    known = Known("https://acme.example", {one["id"]: one["name"] for one in STATUSES}, {})
    return lambda: sum(len(translate(one, known).events) for one in issues)


def from_text(n: str) -> Callable[[], int]:
    """JSON text of issues with changelogs -> events: what translating kept replies again takes."""
    from valuestream.log.record import Reply
    from valuestream.sources.connector import total
    from valuestream.sources.jira_issues import translation

    replies = [Reply(str(k), json.dumps(issue(k))) for k in range(int(n))]
    translate = total(translation("https://acme.example", STATUSES, {}))
    return lambda: sum(len(translate("SHOP/issues", reply).events) for reply in replies)


def keeping(n: str, page: str) -> Callable[[], int]:
    """Raw replies -> the store as `vsm sync` keeps them: page by page, each with its cursor in a transaction."""
    from valuestream import __version__
    from valuestream.log.record import Reply, Translated
    from valuestream.log.store import Store

    folder = Path(tempfile.mkdtemp())
    store = Store(folder / "valuestream.duckdb")
    store.create(__version__)
    run = store.begin_run("shop", "sync")
    body = json.dumps(issue(1))
    size = int(page)
    pages = [
        [Reply(str(k), f'{{"n": {k}, {body[1:]}') for k in range(start, start + size)]
        for start in range(0, int(n), size)
    ]

    def job() -> int:
        with store.lingering():
            for number, replies in enumerate(pages):
                store.put_page("shop", "issues", replies=replies, translated=Translated(), cursor=str(number), run=run)
        shutil.rmtree(folder)
        return len(pages)

    return job


def keeping_much(n: str) -> Callable[[], float]:
    """Replies of 3 kB that pack to half of it, page by page; how many MB the store has then."""
    import random

    from valuestream import __version__
    from valuestream.log.record import Reply, Translated
    from valuestream.log.store import Store

    folder = Path(tempfile.mkdtemp())
    store = Store(folder / "valuestream.duckdb")
    store.create(__version__)
    run = store.begin_run("shop", "sync")
    chance = random.Random(1)

    def job() -> float:
        with store.lingering():
            for start in range(0, int(n), PAGE):
                replies = [Reply(str(k), chance.randbytes(1_500).hex()) for k in range(start, start + PAGE)]
                store.put_page("shop", "issues", replies=replies, translated=Translated(), cursor=str(start), run=run)
        size = store.path.stat().st_size / 2**20
        shutil.rmtree(folder)
        return size

    return job


def reading(n: str) -> Callable[[], dict[str, float]]:
    """A fake Jira Data Center of n issues, each with four changes, read whole through the core into a store."""
    import httpx

    from valuestream import __version__
    from valuestream.log.store import Store
    from valuestream.sources.http import Http
    from valuestream.sources.jira import Jira
    from valuestream.sources.sync import sync

    total, size = int(n), 100
    body = json.dumps(issue(1, 4))
    head, tail = body.split('"id": "1"', 1)
    created = 1_600_000_000

    def answer(request: httpx.Request) -> httpx.Response:
        params, path = request.url.params, request.url.path
        if path.endswith("serverInfo"):
            return httpx.Response(200, content=b'{"deploymentType": "Server"}')
        if path.endswith("myself"):
            return httpx.Response(200, content=b'{"timeZone": "UTC"}')
        if not path.endswith("search"):
            return httpx.Response(200, content=b"[]")
        first, last = _bounds(params["jql"], created, total)
        start = int(params["startAt"])
        numbers = range(last - start, max(last - start - size, first - 1), -1)
        issues = ",".join(f'{head}"id": "{k}"{_of(k, tail, created + 60 * k)}' for k in numbers)
        text = (
            f'{{"startAt": {start}, "maxResults": {size}, "total": {max(last - first + 1, 0)}, "issues": [{issues}]}}'
        )
        return httpx.Response(200, content=text.encode())

    folder = Path(tempfile.mkdtemp())
    store = Store(folder / "valuestream.duckdb")
    store.create(__version__)
    connector = Jira("https://tool.example", "token", "", ("SHOP",), cloud=False)

    def job() -> dict[str, float]:
        with Http(connector.host(), transport=httpx.MockTransport(answer)) as http, store.lingering():
            outcome = sync(connector, store, "shop", http, compare=False, now=lambda: created + 60 * total)
        assert outcome.status == "done", outcome.message()
        size = store.path.stat().st_size / 2**20
        shutil.rmtree(folder)
        return {"kept": outcome.replies, "events": outcome.new, "requests": outcome.requests, "file_mb": size}

    return job


def _bounds(jql: str, created: int, total: int) -> tuple[int, int]:
    """First and last number of the issues that a query finds: number k changed k minutes after the first."""
    import re
    from datetime import UTC, datetime

    def minute(sign: str, otherwise: int) -> int:
        found = re.search(rf'updated {sign} "([^"]+)"', jql)
        if not found:
            return otherwise
        at = datetime.strptime(found[1], "%Y-%m-%d %H:%M").replace(tzinfo=UTC)
        return (int(at.timestamp()) - created) // 60

    return max(minute(">=", 1), 1), min(minute("<", total + 1), total + 1) - 1


def _of(number: int, tail: str, at: int) -> str:
    """The rest of the text of an issue: changed at that time, with a history of its own."""
    from datetime import UTC, datetime

    stamp = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
    own = tail.replace("2026-03-15T00:00:00.000+0100", stamp).replace("SHOP-1", f"SHOP-{number}")
    return own.replace('"id": "10', f'"id": "{number}0')


def nothing_new() -> Callable[[], dict[str, float]]:
    """Requests a stream of a second sync, for each of our connectors."""
    from valuestream.sources.conformance import SOURCE, _run
    from valuestream.sources.kinds import own

    def job() -> dict[str, float]:
        found = {}
        for kind in own():
            for make in kind.rehearsals:
                rehearsal = make()
                sink, _, outcome = _run(rehearsal)
                _, second, _ = _run(rehearsal, sink)
                once = len([one for one in second.asked if _is_for_all(one.url.path)])
                found[f"{SOURCE} {make.__module__.rpartition('_')[2]} {make.__name__}"] = (
                    len(second.asked) - once
                ) / outcome.streams
        return found

    return job


def _is_for_all(path: str) -> bool:
    """What is asked once for the whole source, not for a stream."""
    ends = (
        "myself",
        "serverInfo",
        "field",
        "status",
        "current.json",
        "_statuses.json",
        "trackers.json",
        "_priorities.json",
    )
    return path.endswith((*ends, "projects.json", "repos", "boards", "/projects", "search/"))


def claims(issues: int, replies: int, records: int) -> list[Claim]:
    """What `make bench` prints of live tools."""
    script = __file__
    took, text = measured(script, "translating", issues, repeat=2), measured(script, "from_text", issues)
    kept = measured(script, "keeping", replies, PAGE, repeat=3)
    few, many = (measured(script, "reading", n) for n in (records // 10, records))
    little, much = (measured(script, "keeping_much", n) for n in (replies // 10, replies))
    asked = measured(script, "nothing_new").answer
    return [
        Claim(
            "issues with changelogs translated a second and core", issues / took.cpu_s, 20_000, "issues/s",
            f"{took.cpu_s:.2f} CPU-s",
            f"{issues:,} issues, {took.answer:,} events; from JSON text {issues / text.cpu_s:,.0f}", at_least=True,
        ),
        Claim(
            "raw replies stored", kept.cpu_s * 100_000 / replies, 2.0, "CPU-s/100,000", f"{kept.cpu_s:.2f} CPU-s",
            f"{replies:,} replies of 6 kB in pages of {PAGE}",
        ),
        Claim("requests a stream when nothing is new", max(asked.values()), 2.0, "requests", "", f"{len(asked)} tools"),
        Claim(
            "memory of a sync of ten times the records", many.peak_mb / few.peak_mb, 1.2, "times",
            f"{many.peak_mb:,.0f} MB",
            f"{few.peak_mb:,.0f} MB; {many.answer['kept']:,} records of {many.answer['events']:,} events,"
            f" {many.cpu_s:,.0f} CPU-s; the store has {many.answer['file_mb']:,.0f} MB",
        ),
        Claim(
            "memory of ten times the raw replies", much.peak_mb / little.peak_mb, 1.2, "times",
            f"{much.peak_mb:,.0f} MB",
            f"{little.peak_mb:,.0f} MB; {replies:,} replies of 3 kB, a store of {much.answer:,.0f} MB",
        ),
    ]  # fmt: skip


JOBS = {
    "translating": translating,
    "from_text": from_text,
    "keeping": keeping,
    "keeping_much": keeping_much,
    "reading": reading,
    "nothing_new": nothing_new,
}

if __name__ == "__main__" and not answer_job(JOBS):
    sys.exit(report(claims(20_000, 100_000, 1_000_000)))
