"""What GitLab's lists leave out: events of states, labels and milestones, notes, commits, what is closed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from valuestream.log.record import Reply
from valuestream.sources import faults
from valuestream.sources.faults import Fault
from valuestream.sources.http import Http, Request
from valuestream.sources.paging import Number, listed, pages
from valuestream.sources.reference import reply_of

_ISSUE = ("resource_state_events", "resource_label_events", "resource_milestone_events", "notes")
_REQUEST = (*_ISSUE, "commits", "closes_issues")


def completed(http: Http, project: str, what: str, some: Sequence[dict[str, Any]]) -> list[Reply]:
    """Records with their histories, one reply each: {record, notes, ...}."""
    place = f"/projects/{quote(project, safe='')}/{what}"
    if what == "deployments":
        return [reply_of(f"{project}/{what}/{one['id']}", {"record": one}) for one in some]
    if what == "pipelines":
        whole = [(one, http.maybe(Request(f"{place}/{one['id']}"))) for one in some]
        return [
            reply_of(f"{project}/{what}/{one['id']}", {"record": answer.data if answer else one})
            for one, answer in whole
        ]
    parts, sign = (_ISSUE, "#") if what == "issues" else (_REQUEST, "!")
    return [
        reply_of(
            f"{project}{sign}{one['iid']}",
            {"record": one, **{part: _all(http, f"{place}/{one['iid']}/{part}") for part in parts}},
        )
        for one in some
    ]


def _all(http: Http, path: str) -> list[Any] | None:
    """All pages of a list; None where this server or this token has no such list."""
    try:
        return [one for answer in pages(http, Request(path), Number(), "") for one in listed(answer.data, "")]
    except Fault as fault:
        if fault.state in (faults.MISSING, faults.SCOPE):
            return None
        raise
