"""Redmine in memory."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from valuestream.sources.decode import instant, iso
from valuestream.sources.redmine import Redmine
from valuestream.sources.rehearsal import HOST, PEOPLE, STATES, TOKEN, Rehearsal, Story, Work, replied, routed

if TYPE_CHECKING:
    import httpx

_STATUSES = {
    name: {"id": number, "name": name, "is_closed": name == STATES[-1]} for number, name in enumerate(STATES, 1)
}


def rehearsal() -> Rehearsal:
    story = Story()
    routes = {
        r"GET /issue_statuses.json": lambda request, parts: {"issue_statuses": list(_STATUSES.values())},
        r"GET /trackers.json": lambda request, parts: {"trackers": [{"id": 1, "name": "Bug"}]},
        r"GET /enumerations/issue_priorities.json": lambda request, parts: {
            "issue_priorities": [{"id": 2, "name": "Normal"}]
        },
        r"GET /users/current.json": lambda request, parts: {"user": {"login": "ada", "admin": True}},
        r"GET /projects.json": lambda request, parts: {"projects": [{"identifier": "shop"}], "total_count": 1},
        r"GET /issues.json": lambda request, parts: _listed(request, story),
        r"GET /issues/(\d+).json": lambda request, parts: _one(story, int(parts[0])),
    }
    return Rehearsal(lambda: Redmine(HOST, TOKEN, ("shop",), page=10), lambda request: routed(routes, request), story)


def _listed(request: httpx.Request, story: Story) -> Any:
    params = request.url.params
    asked = params.get("updated_on", "")
    bounds = re.fullmatch(r"(><|>=|<=)([^|]*)\|?(.*)", asked)
    since = until = None
    if bounds:
        sign, first, second = bounds.groups()
        since = instant(first) if sign != "<=" else None
        until = instant(first if sign == "<=" else second) if sign != ">=" else None
    found = story.newest_first(since, until)
    if params.get("sort") == "id":
        found.sort(key=lambda work: work.number)
    start, size = int(params.get("offset", 0)), int(params.get("limit", 25))
    some = [_issue(work) for work in found[start : start + size]]
    return {"issues": some, "total_count": len(found), "offset": start, "limit": size}


def _one(story: Story, number: int) -> Any:
    if number > len(story.work):
        return replied({}, 404)
    work = story.work[number - 1]
    journals = [
        {
            "id": move.number,
            "user": _person(move.who),
            "created_on": iso(move.at),
            "notes": "",
            "details": [
                {
                    "property": "attr",
                    "name": "status_id",
                    "old_value": str(_STATUSES[move.old]["id"]),
                    "new_value": str(_STATUSES[move.new]["id"]),
                }
            ],
        }
        for move in work.moves
    ]
    return {"issue": {**_issue(work), "journals": journals}}


def _issue(work: Work) -> dict[str, Any]:
    return {
        "id": work.number,
        "project": {"id": 1, "name": "Shop"},
        "tracker": {"id": 1, "name": "Bug"},
        "status": _STATUSES[work.state],
        "priority": {"id": 2, "name": "Normal"},
        "author": _person(work.author),
        "subject": f"Item {work.number}",
        "created_on": iso(work.created),
        "updated_on": iso(work.changed),
    }


def _person(name: str) -> dict[str, Any]:
    return {"id": PEOPLE.index(name) + 1, "name": name}
