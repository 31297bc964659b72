"""GitHub in memory: every third item is a pull request; a run and a deployment follow each that is done."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from valuestream.sources.decode import instant
from valuestream.sources.github import GitHub
from valuestream.sources.rehearsal import (
    HOST,
    PEOPLE,
    STATES,
    TOKEN,
    Rehearsal,
    Story,
    Work,
    account,
    linked,
    replied,
    routed,
    stamp,
)
from valuestream.sources.walk import Rules

if TYPE_CHECKING:
    import httpx

_REPO = "/repos/acme/app"
_RUN_US = 600_000_000


def rehearsal() -> Rehearsal:
    story = Story()
    routes = {
        r"GET /rate_limit": lambda request, parts: {"resources": {"core": {"remaining": 4_999, "limit": 5_000}}},
        r"GET /user": lambda request, parts: account("ada"),
        r"GET /orgs/acme/repos": lambda request, parts: linked(request, [{"full_name": "acme/app"}]),
        rf"GET {_REPO}/issues": lambda request, parts: _issues(request, story),
        rf"GET {_REPO}/issues/(\d+)": lambda request, parts: _one(story, int(parts[0])),
        rf"GET {_REPO}/issues/(\d+)/timeline": lambda request, parts: linked(request, _timeline(story, int(parts[0]))),
        rf"GET {_REPO}/pulls/(\d+)": lambda request, parts: _pull(story.work[int(parts[0]) - 1]),
        rf"GET {_REPO}/pulls/(\d+)/commits": lambda request, parts: linked(request, _commits(story, int(parts[0]))),
        rf"GET {_REPO}/actions/runs": lambda request, parts: _runs(request, story),
        rf"GET {_REPO}/deployments": lambda request, parts: linked(request, _deployments(story)),
        rf"GET {_REPO}/deployments/(\d+)/statuses": lambda request, parts: linked(
            request, _statuses(story, int(parts[0]))
        ),
        r"POST /graphql": lambda request, parts: _closing(request, story),
    }
    rules = Rules(states=STATES)
    return Rehearsal(
        lambda: GitHub(("acme/*",), TOKEN, HOST, rules=rules, page=10), lambda request: routed(routes, request), story
    )


def _issues(request: httpx.Request, story: Story) -> httpx.Response:
    since = instant(request.url.params.get("since"))
    return linked(request, [_issue(work) for work in story.newest_first(since)])


def _one(story: Story, number: int) -> Any:
    return _issue(story.work[number - 1]) if number <= len(story.work) else replied({"message": "Not Found"}, 404)


def _is_pull(work: Work) -> bool:
    return work.number % 3 == 0


def _issue(work: Work) -> dict[str, Any]:
    return {
        "id": 900_000 + work.number,
        "number": work.number,
        "repository_url": f"{HOST}{_REPO}",
        "html_url": f"{HOST}/acme/app/issues/{work.number}",
        "title": f"Item {work.number}",
        "user": account(work.author),
        "labels": [],
        "state": "open",
        "created_at": stamp(work.created),
        "updated_at": stamp(work.changed),
        "body": "Fixes #1" if _is_pull(work) else None,
        **({"pull_request": {"url": f"{HOST}{_REPO}/pulls/{work.number}"}} if _is_pull(work) else {}),
    }


def _pull(work: Work) -> dict[str, Any]:
    return {"number": work.number, "draft": False, "merged_at": None, "head": {"ref": f"branch-{work.number}"}}


def _timeline(story: Story, number: int) -> list[dict[str, Any]]:
    """A move is one label away and another given."""
    return [
        {
            "id": 2 * move.number + given,
            "event": "labeled" if given else "unlabeled",
            "actor": account(move.who),
            "label": {"name": move.new if given else move.old},
            "created_at": stamp(move.at),
        }
        for move in story.work[number - 1].moves
        for given in (0, 1)
    ]


def _commits(story: Story, number: int) -> list[dict[str, Any]]:
    work = story.work[number - 1]
    return [
        {
            "sha": f"{number:040x}",
            "author": account(work.author),
            "commit": {"author": {"name": work.author, "date": stamp(work.created)}},
        }
    ]


def _done(story: Story) -> list[Work]:
    return [work for work in story.newest_first() if any(move.new == STATES[-1] for move in work.moves)]


def _finished(work: Work) -> int:
    return next(move.at for move in work.moves if move.new == STATES[-1])


def _runs(request: httpx.Request, story: Story) -> httpx.Response:
    asked = request.url.params.get("created", "*..*")
    first, last = (None if bound == "*" else instant(bound) for bound in asked.split(".."))
    runs = [
        {
            "id": 7_000 + work.number,
            "name": "tests",
            "run_number": work.number,
            "run_attempt": 1,
            "status": "completed",
            "conclusion": "success",
            "head_sha": f"{work.number:040x}",
            "actor": account(PEOPLE[-1]),
            "pull_requests": [{"number": work.number}] if _is_pull(work) else [],
            "created_at": stamp(_finished(work)),
            "run_started_at": stamp(_finished(work) + _RUN_US // 10),
            "updated_at": stamp(_finished(work) + _RUN_US),
        }
        for work in sorted(_done(story), key=_finished, reverse=True)
        if (first is None or _finished(work) >= first) and (last is None or _finished(work) <= last)
    ]
    page = linked(request, runs)
    if page.status_code == 304:
        return page
    headers = {name: page.headers[name] for name in ("link", "etag") if name in page.headers}
    return replied({"total_count": len(runs), "workflow_runs": json.loads(page.content)}, 200, headers)


def _deployments(story: Story) -> list[dict[str, Any]]:
    return [
        {
            "id": 5_000 + work.number,
            "sha": f"{work.number:040x}",
            "environment": "production",
            "creator": account(PEOPLE[-1]),
            "created_at": stamp(_finished(work) + _RUN_US),
            "updated_at": stamp(_finished(work) + 2 * _RUN_US),
        }
        for work in sorted(_done(story), key=_finished, reverse=True)
    ]


def _statuses(story: Story, number: int) -> list[dict[str, Any]]:
    at = _finished(story.work[number - 5_001]) + 2 * _RUN_US
    return [{"id": number * 10, "state": "success", "creator": account(PEOPLE[-1]), "created_at": stamp(at)}]


def _closing(request: httpx.Request, story: Story) -> Any:
    asked = json.loads(request.content)["variables"]
    pulls = [work for work in story.newest_first() if _is_pull(work)]
    start = int(asked.get("after") or 0)
    some = pulls[start : start + asked["first"]]
    nodes = [
        {
            "number": work.number,
            "updatedAt": stamp(work.changed),
            "closingIssuesReferences": {"nodes": [{"number": 1, "repository": {"nameWithOwner": "acme/app"}}]},
        }
        for work in some
    ]
    following = start + len(some)
    info = {"hasNextPage": following < len(pulls), "endCursor": str(following)}
    return {"data": {"repository": {"pullRequests": {"pageInfo": info, "nodes": nodes}}}}
