"""What a search leaves out of an issue: its history on Cloud, the rest of long lists. Kept as one reply."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from valuestream.log.record import Reply
from valuestream.sources.decode import dicts, inside
from valuestream.sources.http import Http, Request
from valuestream.sources.paging import Offset, Token, listed, pages
from valuestream.sources.reference import reply_of

Issue = dict[str, Any]

_BULK = 1000
_MOST_ISSUES = 100
"""Issues of one request for histories: it allows 1,000, but answers with all their texts."""


def completed(http: Http, issues: Sequence[Issue], *, cloud: bool) -> list[Reply]:
    """The issues with their whole histories, comments and work logs.

    A history that a search brings along loses its oldest changes where it is long: Cloud's is never used, and Data
    Center's is fetched again where fewer changes came than were counted.
    """
    issues = [dict(issue) for issue in issues]
    if cloud:
        for start in range(0, len(issues), _MOST_ISSUES):
            _histories(http, issues[start : start + _MOST_ISSUES])
    for issue in issues:
        if is_short(issue):
            _whole_history(http, issue, cloud=cloud)
        for name, key in (("comment", "comments"), ("worklog", "worklogs")):
            _whole_list(http, issue, name, key, 3 if cloud else 2)
    return [reply_of(str(issue["id"]), issue) for issue in issues]


def is_short(issue: Issue) -> bool:
    """Whether changes are missing: fewer came than were counted, or the states do not lead to today's."""
    history = issue.get("changelog")
    if not isinstance(history, dict):
        return False
    histories = dicts(history.get("histories"))
    total = history.get("total")
    if isinstance(total, int):
        return len(histories) < total
    states = [
        item
        for one in sorted(histories, key=lambda one: int(one["id"]))
        for item in dicts(one.get("items"))
        if item.get("field") == "status"
    ]
    return bool(states) and str(states[-1].get("to")) != str(inside(issue, "fields", "status", "id"))


def _histories(http: Http, issues: Sequence[Issue]) -> None:
    """Every change of some issues, by the bulk interface, which leaves nothing out."""
    by_id: dict[str, list[Any]] = {str(issue["id"]): [] for issue in issues}
    ask = Request("/rest/api/3/changelog/bulkfetch", body={"issueIdsOrKeys": list(by_id)})
    for answer in pages(http, ask, Token(size=_BULK), "issueChangeLogs"):
        for one in dicts(listed(answer.data, "issueChangeLogs")):
            by_id.setdefault(str(one.get("issueId")), []).extend(dicts(one.get("changeHistories")))
    for issue in issues:
        issue["changelog"] = {"histories": by_id[str(issue["id"])]}


def _whole_history(http: Http, issue: Issue, *, cloud: bool) -> None:
    """The history once more by itself; what is still missing after that is a reject of the translation."""
    path = f"/rest/api/{3 if cloud else 2}/issue/{issue['id']}"
    if not cloud:
        answer = http.maybe(Request(path, {"expand": "changelog", "fields": "status"}))
        issue["changelog"] = inside(answer.data, "changelog") if answer else issue["changelog"]
        return
    histories: list[Any] = []
    total = None
    for answer in pages(http, Request(f"{path}/changelog"), Offset("startAt", "maxResults", 100, "total"), "values"):
        histories += listed(answer.data, "values")
        total = inside(answer.data, "total")
    issue["changelog"] = {"histories": histories, "total": total}


def _whole_list(http: Http, issue: Issue, name: str, key: str, version: int) -> None:
    """Comments or work logs, where the search gave only the first."""
    found = inside(issue, "fields", name)
    if not isinstance(found, dict) or len(dicts(found.get(key))) >= (found.get("total") or 0):
        return
    ask = Request(f"/rest/api/{version}/issue/{issue['id']}/{name}")
    entries = [
        entry
        for answer in pages(http, ask, Offset("startAt", "maxResults", 100, "total"), key)
        for entry in listed(answer.data, key)
    ]
    issue["fields"] = {**issue["fields"], name: {**found, key: entries}}
