"""Jira in memory, Cloud and Data Center: queries by the minute of the user's zone, tokens or offsets."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from valuestream.sources.decode import iso
from valuestream.sources.jira import Jira
from valuestream.sources.rehearsal import HOST, PEOPLE, STATES, TOKEN, Rehearsal, Story, Work, replied, routed

if TYPE_CHECKING:
    import httpx

ZONE = "Europe/Berlin"
_CATEGORIES = ("new", "indeterminate", "indeterminate", "done")
_STATUSES = {
    name: {"id": str(10_000 + n), "name": name, "statusCategory": {"key": _CATEGORIES[n]}}
    for n, name in enumerate(STATES)
}


def rehearsal(*, cloud: bool = True) -> Rehearsal:
    story = Story()
    projects = [{"id": "1", "key": "SHOP"}]
    routes = {
        r"GET /rest/api/2/serverInfo": lambda request, parts: {"deploymentType": "Cloud" if cloud else "Server"},
        r"GET /rest/api/[23]/myself": lambda request, parts: {"displayName": "ada", "timeZone": ZONE},
        r"GET /rest/api/[23]/status": lambda request, parts: list(_STATUSES.values()),
        r"GET /rest/api/[23]/field": lambda request, parts: [{"id": "customfield_10020", "name": "Sprint"}],
        r"GET /rest/api/3/project/search": lambda request, parts: {"values": projects, "total": 1},
        r"GET /rest/api/2/project": lambda request, parts: projects,
        r"POST /rest/api/3/search/jql": lambda request, parts: _by_token(request, story),
        r"GET /rest/api/2/search": lambda request, parts: _by_offset(request, story),
        r"POST /rest/api/3/changelog/bulkfetch": lambda request, parts: _histories(request, story),
        r"GET /rest/api/[23]/issue/(\d+)": lambda request, parts: _one(story, int(parts[0])),
    }
    return Rehearsal(
        lambda: Jira(HOST, TOKEN, "ada@example.org" if cloud else "", ("SHOP",), page=10),
        lambda request: routed(routes, request),
        story,
    )


def data_center() -> Rehearsal:
    return rehearsal(cloud=False)


def _found(jql: str, story: Story) -> list[Work]:
    """What a query finds; `updated` is understood by the minute of the user's wall clock."""
    since = re.search(r'updated >= "([^"]+)"', jql)
    until = re.search(r'updated < "([^"]+)"', jql)
    found = story.newest_first(_wall(since[1]) if since else None, _wall(until[1]) - 1 if until else None)
    return sorted(found, key=lambda work: work.number) if jql.endswith("ORDER BY id") else found


def _wall(minute: str) -> int:
    at = datetime.strptime(minute, "%Y-%m-%d %H:%M").replace(tzinfo=ZoneInfo(ZONE))
    return int(at.timestamp() * 1e6)


def _by_token(request: httpx.Request, story: Story) -> Any:
    """A token holds the place in the order, so that what changes meanwhile moves nothing."""
    asked = json.loads(request.content)
    found = _found(asked["jql"], story)
    if token := asked.get("nextPageToken"):
        at, number = map(int, token.split("|"))
        found = [work for work in found if (work.changed, work.number) < (at, number)]
        if asked["jql"].endswith("ORDER BY id"):
            found = [work for work in _found(asked["jql"], story) if work.number > number]
    some = found[: asked["maxResults"]]
    answer: dict[str, Any] = {"issues": [_issue(work) for work in some], "isLast": len(found) <= len(some)}
    if not answer["isLast"]:
        answer["nextPageToken"] = f"{some[-1].changed}|{some[-1].number}"
    return answer


def _by_offset(request: httpx.Request, story: Story) -> Any:
    params = request.url.params
    found = _found(params["jql"], story)
    start, size = int(params["startAt"]), int(params["maxResults"])
    some = [{**_issue(work), "changelog": _changelog(work)} for work in found[start : start + size]]
    return {"issues": some, "startAt": start, "maxResults": size, "total": len(found)}


def _histories(request: httpx.Request, story: Story) -> Any:
    wanted = {int(one) for one in json.loads(request.content)["issueIdsOrKeys"]}
    return {
        "issueChangeLogs": [
            {"issueId": str(work.number), "changeHistories": _changelog(work)["histories"]}
            for work in story.work
            if work.number in wanted
        ]
    }


def _one(story: Story, number: int) -> Any:
    if number > len(story.work):
        return replied({"errorMessages": ["Issue does not exist"]}, 404)
    work = story.work[number - 1]
    return {**_issue(work), "changelog": _changelog(work)}


def _changelog(work: Work) -> dict[str, Any]:
    histories = [
        {
            "id": str(move.number),
            "author": _person(move.who),
            "created": _stamp(move.at),
            "items": [
                {
                    "field": "status",
                    "fieldId": "status",
                    "from": _STATUSES[move.old]["id"],
                    "fromString": move.old,
                    "to": _STATUSES[move.new]["id"],
                    "toString": move.new,
                }
            ],
        }
        for move in work.moves
    ]
    return {"startAt": 0, "maxResults": len(histories), "total": len(histories), "histories": histories}


def _issue(work: Work) -> dict[str, Any]:
    return {
        "id": str(work.number),
        "key": f"SHOP-{work.number}",
        "fields": {
            "summary": f"Item {work.number}",
            "status": _STATUSES[work.state],
            "issuetype": {"name": "Story"},
            "creator": _person(work.author),
            "project": {"key": "SHOP", "name": "Shop"},
            "created": _stamp(work.created),
            "updated": _stamp(work.changed),
        },
    }


def _person(name: str) -> dict[str, Any]:
    kind = "app" if "bot" in name else "atlassian"
    return {"accountId": f"5b10-{PEOPLE.index(name)}", "displayName": name, "accountType": kind}


def _stamp(at: int) -> str:
    return iso(at).replace("Z", ".000+0000")
