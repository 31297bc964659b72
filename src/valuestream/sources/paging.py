"""The ways in which tools hand out long lists: where the next page stands, or that there is none."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from valuestream.sources import faults
from valuestream.sources.faults import Fault
from valuestream.sources.http import Answer, Http, Request

MOST_PAGES = 100_000
"""A list of more pages than this does not end."""


class Paging(Protocol):
    """One way of paging."""

    def first(self, request: Request) -> Request:
        """The request of the first page."""

    def next(self, answer: Answer, records: int) -> Request | None:
        """The request of the page behind this answer, which had so many records; None: it was the last."""


@dataclass(frozen=True)
class Link:
    """A `Link` header names the next page (GitHub, GitLab's keyset)."""

    size: int = 100
    size_param: str = "per_page"

    def first(self, request: Request) -> Request:
        return request.having({self.size_param: str(self.size)})

    def next(self, answer: Answer, records: int) -> Request | None:
        address = links(answer.headers.get("link", "")).get("next")
        return replace(answer.request, path=address, params={}) if address else None


@dataclass(frozen=True)
class Offset:
    """The number of records to skip (Redmine, Jira Data Center). `total`: where the answer says how many there are."""

    param: str = "offset"
    size_param: str = "limit"
    size: int = 100
    total: str = "total_count"

    def first(self, request: Request) -> Request:
        return request.having({self.param: "0", self.size_param: str(self.size)})

    def next(self, answer: Answer, records: int) -> Request | None:
        start = int(answer.request.params.get(self.param, "0")) + min(records, self.size)
        total = number_in(answer.data, self.total)
        if not records or (records < self.size if total is None else start >= total):
            return None
        return answer.request.having({self.param: str(start)})


@dataclass(frozen=True)
class Number:
    """Pages by number; `X-Next-Page` says which is next where a tool has it (GitLab), else a short page is the last."""

    param: str = "page"
    size_param: str = "per_page"
    size: int = 100

    def first(self, request: Request) -> Request:
        return request.having({self.param: "1", self.size_param: str(self.size)})

    def next(self, answer: Answer, records: int) -> Request | None:
        said = answer.headers.get("x-next-page")
        if said is not None:
            return answer.request.having({self.param: said}) if said.strip() else None
        if records < self.size:
            return None
        return answer.request.having({self.param: str(int(answer.request.params[self.param]) + 1)})


@dataclass(frozen=True)
class Token:
    """A token of the answer asks for the next page (Jira Cloud). A short or empty page is not the last one."""

    name: str = "nextPageToken"
    size: int = 100
    size_name: str = "maxResults"

    def first(self, request: Request) -> Request:
        return _told(request, {self.size_name: self.size})

    def next(self, answer: Answer, records: int) -> Request | None:
        token = answer.data.get(self.name) if isinstance(answer.data, dict) else None
        if not token or (isinstance(answer.data, dict) and answer.data.get("isLast") is True):
            return None
        return _told(answer.request, {self.name: token})


@dataclass(frozen=True)
class GraphQL:
    """`pageInfo` of the connection at `path` ("data.repository.pullRequests")."""

    path: str
    size: int = 50

    def first(self, request: Request) -> Request:
        return self._having(request, {"first": self.size, "after": None})

    def next(self, answer: Answer, records: int) -> Request | None:
        info = at(answer.data, f"{self.path}.pageInfo")
        if not isinstance(info, dict) or not info.get("hasNextPage") or not info.get("endCursor"):
            return None
        return self._having(answer.request, {"after": info["endCursor"]})

    @staticmethod
    def _having(request: Request, more: Mapping[str, Any]) -> Request:
        body = request.body or {}
        return replace(request, body={**body, "variables": {**body.get("variables", {}), **more}})


def pages(http: Http, request: Request, paging: Paging, records: str = "", most: int = MOST_PAGES) -> Iterator[Answer]:
    """All pages of a list, from the first. `records`: where an answer has them, for paging by counts."""
    asking: Request | None = paging.first(request)
    seen: set[str] = set()
    while asking is not None:
        unrepeated(asking, seen, most)
        answer = http.ask(asking)
        yield answer
        asking = paging.next(answer, len(listed(answer.data, records)))


def unrepeated(request: Request, seen: set[str], most: int = MOST_PAGES) -> None:
    """Note a request; one that comes a second time, or one too many, means pages without an end."""
    key = repr(request.written())
    if key in seen or len(seen) >= most:
        why = "comes a second time" if key in seen else f"is page {most + 1:,}"
        raise Fault(
            faults.ENDLESS,
            f"The pages of {request.path.split('?')[0]} do not end: the next one {why}.",
            "What was read is kept; tell the tool's makers, and sync again.",
        )
    seen.add(key)


def listed(data: Any, path: str) -> Sequence[Any]:
    """The records of an answer: the list at the path, or an empty one."""
    found = at(data, path) if path else data
    return found if isinstance(found, list) else []


def at(data: Any, path: str) -> Any:
    """What stands under "a.b.c"; None where any of it is missing."""
    for name in path.split("."):
        data = data.get(name) if isinstance(data, dict) else None
    return data


def number_in(data: Any, path: str) -> int | None:
    """A whole number under a path."""
    found = at(data, path)
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def links(header: str) -> dict[str, str]:
    """The addresses of a `Link` header by their relation.

    >>> links('<https://api.example/x?page=2>; rel="next", <https://api.example/x?page=9>; rel="last"')
    {'next': 'https://api.example/x?page=2', 'last': 'https://api.example/x?page=9'}
    """
    found = re.findall(r'<([^<>]*)>\s*((?:;\s*[\w*-]+\s*=\s*(?:"[^"]*"|[^\s,;"]+)\s*)*)', header)
    named = [(re.search(r'rel\s*=\s*"?([\w -]+)"?', params), address) for address, params in found]
    return {match[1]: address for match, address in named if match}


def _told(request: Request, more: Mapping[str, Any]) -> Request:
    """The request with values in its body where it has one, else in its parameters."""
    if request.body is not None:
        return replace(request, body={**request.body, **more})
    return request.having({name: str(value) for name, value in more.items()})
