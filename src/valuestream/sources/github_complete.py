"""What the list of a repository's issues leaves out: timelines, and of pull requests what only they have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from valuestream.log.record import Reply
from valuestream.sources import faults
from valuestream.sources.faults import Fault
from valuestream.sources.http import Http, Request
from valuestream.sources.paging import Link, listed, pages
from valuestream.sources.reference import reply_of


def completed(http: Http, repo: str, issues: Sequence[dict[str, Any]]) -> list[Reply]:
    """Issues and pull requests, each with its history as one reply: {issue, timeline, pull, commits}."""
    return [reply_of(f"{repo}#{one['number']}", _completed(http, repo, one)) for one in issues]


def _completed(http: Http, repo: str, issue: dict[str, Any]) -> dict[str, Any]:
    number = issue["number"]
    whole: dict[str, Any] = {"issue": issue, "timeline": _all(http, f"/repos/{repo}/issues/{number}/timeline")}
    if whole["timeline"] is None:  # older servers have no timeline of everything
        whole["events"] = _all(http, f"/repos/{repo}/issues/{number}/events")
        whole["comments"] = _all(http, f"/repos/{repo}/issues/{number}/comments")
    if issue.get("pull_request") is not None:
        pull = http.maybe(Request(f"/repos/{repo}/pulls/{number}"))
        whole["pull"] = pull.data if pull else None
        whole["commits"] = _all(http, f"/repos/{repo}/pulls/{number}/commits")
        if whole["timeline"] is None:
            whole["reviews"] = _all(http, f"/repos/{repo}/pulls/{number}/reviews")
    return whole


def _all(http: Http, path: str) -> list[Any] | None:
    """All pages of a list; None where the server has no such list."""
    try:
        return [one for answer in pages(http, Request(path), Link(100)) for one in listed(answer.data, "")]
    except Fault as fault:
        if fault.state in (faults.MISSING, faults.SCOPE):
            return None
        raise
