"""GitLab in memory: boards whose columns are labels; every third item is a merge request, with a pipeline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from valuestream.sources.decode import instant
from valuestream.sources.gitlab import GitLab
from valuestream.sources.rehearsal import (
    HOST,
    STATES,
    TOKEN,
    Rehearsal,
    Story,
    Work,
    account,
    numbered,
    replied,
    routed,
    stamp,
)

if TYPE_CHECKING:
    import httpx

_PROJECT = "/api/v4/projects/acme/app"
_RUN_US = 600_000_000


def rehearsal() -> Rehearsal:
    story = Story()
    columns = [{"label": {"name": name}} for name in STATES]
    routes = {
        r"GET /api/v4/user": lambda request, parts: account("ada"),
        r"GET /api/v4/groups/acme/projects": lambda request, parts: numbered(
            request, [{"path_with_namespace": "acme/app"}]
        ),
        rf"GET {_PROJECT}/boards": lambda request, parts: [{"lists": columns}],
        rf"GET {_PROJECT}/(issues|merge_requests|pipelines|deployments)": lambda request, parts: _listed(
            request, story, parts[0]
        ),
        rf"GET {_PROJECT}/(issues|merge_requests)/(\d+)": lambda request, parts: _one(story, parts[0], int(parts[1])),
        rf"GET {_PROJECT}/pipelines/(\d+)": lambda request, parts: _pipeline(story.work[int(parts[0]) - 1]),
        rf"GET {_PROJECT}/(?:issues|merge_requests)/(\d+)/resource_label_events": (
            lambda request, parts: numbered(request, _label_events(story.work[int(parts[0]) - 1]))
        ),
        rf"GET {_PROJECT}/(?:issues|merge_requests)/\d+/\w+": lambda request, parts: numbered(request, []),
    }
    return Rehearsal(lambda: GitLab(("acme/*",), TOKEN, HOST, page=10), lambda request: routed(routes, request), story)


def _listed(request: httpx.Request, story: Story, what: str) -> httpx.Response:
    params = request.url.params
    found = story.newest_first(instant(params.get("updated_after")), instant(params.get("updated_before")))
    if params.get("sort") == "asc":
        found.sort(key=lambda work: work.number)
    if what == "issues":
        return numbered(request, [_issue(work) for work in found if work.number % 3])
    of_requests = [work for work in found if not work.number % 3]
    if what == "merge_requests":
        return numbered(request, [_issue(work) for work in of_requests])
    return numbered(request, [_pipeline(work) if what == "pipelines" else _deployment(work) for work in of_requests])


def _one(story: Story, what: str, number: int) -> Any:
    if number > len(story.work) or bool(number % 3) != (what == "issues"):
        return replied({"message": "404 Not found"}, 404)
    return _issue(story.work[number - 1])


def _issue(work: Work) -> dict[str, Any]:
    return {
        "id": 900_000 + work.number,
        "iid": work.number,
        "title": f"Item {work.number}",
        "description": "Closes #1",
        "state": "opened",
        "author": account(work.author),
        "labels": [work.state] if work.moves else [],
        "created_at": stamp(work.created),
        "updated_at": stamp(work.changed),
        "web_url": f"{HOST}/acme/app/-/issues/{work.number}",
    }


def _label_events(work: Work) -> list[dict[str, Any]]:
    """A move is one label away and another given."""
    return [
        {
            "id": 2 * move.number + given,
            "action": "add" if given else "remove",
            "user": account(move.who),
            "label": {"name": move.new if given else move.old},
            "created_at": stamp(move.at),
        }
        for move in work.moves
        for given in (0, 1)
    ]


def _pipeline(work: Work) -> dict[str, Any]:
    return {
        "id": work.number,
        "iid": work.number,
        "status": "success",
        "sha": f"{work.number:040x}",
        "user": account(work.author),
        "created_at": stamp(work.created),
        "started_at": stamp(work.created + _RUN_US),
        "finished_at": stamp(work.created + 2 * _RUN_US),
        "updated_at": stamp(work.changed),
    }


def _deployment(work: Work) -> dict[str, Any]:
    return {
        "id": work.number,
        "iid": work.number,
        "status": "success",
        "sha": f"{work.number:040x}",
        "user": account(work.author),
        "environment": {"name": "production"},
        "created_at": stamp(work.created),
        "updated_at": stamp(work.changed),
    }
