"""Which issues a pull request closes, as GitHub itself has it: by GraphQL, a hundred requests at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from valuestream.log.record import Link, Reply, Translated
from valuestream.sources import decode
from valuestream.sources.decode import dicts, inside
from valuestream.sources.faults import REFUSED, Fault
from valuestream.sources.http import Http, Request
from valuestream.sources.listing import Listing
from valuestream.sources.paging import GraphQL, at
from valuestream.sources.reference import reply_of

_PATH = "data.repository.pullRequests"
_QUERY = (
    "query($owner: String!, $name: String!, $first: Int!, $after: String) { repository(owner: $owner, name: $name) {"
    " pullRequests(first: $first, after: $after, orderBy: {field: UPDATED_AT, direction: DESC}) {"
    " pageInfo { hasNextPage endCursor } nodes { number updatedAt closingIssuesReferences(first: 50) {"
    " nodes { number repository { nameWithOwner } } } } } } }"
)


def closing(repo: str, url: str, earliest_us: int | None) -> Listing:
    """Pull requests by their last change, with the issues that they close."""
    owner, _, name = repo.partition("/")
    root = url.rstrip("/").removesuffix("/v3") if url.rstrip("/").endswith("/api/v3") else url.rstrip("/")
    ask = Request(f"{root}/graphql", body={"query": _QUERY, "variables": {"owner": owner, "name": name}})

    def details(http: Http, some: Sequence[Any]) -> list[Reply]:
        return [
            reply_of(f"{repo}#{one['number']}", one) for one in some if dicts(at(one, "closingIssuesReferences.nodes"))
        ]

    return Listing(
        ask=lambda span: ask,
        paging=GraphQL(_PATH, 100),
        records=_requests,
        identity=lambda one: str(one["number"]),
        changed=lambda one: decode.instant(one.get("updatedAt")),
        details=details,
        bounded=False,
        earliest_us=earliest_us,
    )


def _requests(data: Any) -> list[dict[str, Any]]:
    """The requests of an answer; GraphQL says with status 200 that it failed."""
    if isinstance(data, dict) and data.get("errors") and not inside(data, "data", "repository"):
        said = "; ".join(str(error.get("message")) for error in dicts(data["errors"]))[:200]
        raise Fault(REFUSED, f"GraphQL refuses the query: {said}", "`vsm check` says what the token may see.")
    return dicts(at(data, f"{_PATH}.nodes"))


def closed_by(repo: str, one: Mapping[str, Any]) -> Translated:
    """The links of one pull request."""
    item = f"{repo}#{one['number']}"
    ends = [
        f"{inside(issue, 'repository', 'nameWithOwner') or repo}#{issue['number']}"
        for issue in dicts(at(one, "closingIssuesReferences.nodes"))
    ]
    return Translated(links=tuple(Link(item, end, "closes", "vendor", 1.0, "closing references") for end in ends))
