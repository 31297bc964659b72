"""The ways of paging, each against a list of 25."""

from __future__ import annotations

import json

import httpx
import pytest

from live import said, talking
from valuestream.sources import faults
from valuestream.sources.faults import Fault
from valuestream.sources.http import Request
from valuestream.sources.paging import GraphQL, Link, Number, Offset, Token, at, links, listed, pages

ALL = list(range(25))


def read(handler, request: Request, paging, where: str) -> tuple[list, int]:
    """What came, and in how many pages."""
    with talking(handler) as web:
        answers = list(pages(web, request, paging, where))
    return [one for answer in answers for one in listed(answer.data, where)], len(answers)


def test_links_lead_from_page_to_page():
    def handler(request: httpx.Request) -> httpx.Response:
        start, size = int(request.url.params.get("start", 0)), int(request.url.params.get("per_page", 3))
        address = f"https://tool.example/x?per_page={size}&start={start + size}"
        more = f'<{address}>; rel="next", <https://tool.example/last>; rel="last"'
        return said(ALL[start : start + size], link=more if start + size < 25 else "")

    assert read(handler, Request("/x"), Link(10), "") == (ALL, 3)


def test_offsets_go_on_by_what_came_until_the_total():
    """The server gives seven at most, whatever is asked."""

    def handler(request: httpx.Request) -> httpx.Response:
        start = int(request.url.params["offset"])
        return said({"issues": ALL[start : start + 7], "total_count": 25})

    assert read(handler, Request("/x"), Offset(size=100), "issues") == (ALL, 4)


def test_numbers_go_on_as_the_header_says_or_until_a_short_page():
    def handler(request: httpx.Request) -> httpx.Response:
        page = int(request.url.params["page"])
        header = {} if request.url.path == "/plain" else {"x_next_page": str(page + 1) if page < 3 else ""}
        return said(ALL[(page - 1) * 10 : page * 10], **header)

    assert read(handler, Request("/counted"), Number(size=10), "") == (ALL, 3)
    assert read(handler, Request("/plain"), Number(size=10), "") == (ALL, 3)


def test_a_token_goes_on_over_short_and_empty_pages():
    chunks = [ALL[:10], [], ALL[10:11], ALL[11:]]

    def handler(request: httpx.Request) -> httpx.Response:
        n = int(json.loads(request.content).get("nextPageToken", 0))
        return said({"issues": chunks[n], **({"nextPageToken": str(n + 1)} if n < 3 else {})})

    assert read(handler, Request("/x", body={"jql": ""}), Token(), "issues") == (ALL, 4)


def test_graphql_goes_on_behind_its_end_cursor():
    def handler(request: httpx.Request) -> httpx.Response:
        told = json.loads(request.content)["variables"]
        start = int(told["after"] or 0)
        info = {"hasNextPage": start + told["first"] < 25, "endCursor": str(start + told["first"])}
        return said({"data": {"list": {"pageInfo": info, "nodes": ALL[start : start + told["first"]]}}})

    assert read(handler, Request("/x", body={"query": ""}), GraphQL("data.list", 10), "data.list.nodes") == (ALL, 3)


@pytest.mark.parametrize("tokens", ["same", "new"])
def test_tokens_without_an_end_are_found_out(tokens):
    """One server gives the same token for ever, the other always a new one."""

    def handler(request: httpx.Request) -> httpx.Response:
        n = int(json.loads(request.content).get("nextPageToken", 0))
        return said({"issues": [n], "nextPageToken": str(1 if tokens == "same" else n + 1)})

    with talking(handler) as web, pytest.raises(Fault) as fault:
        list(pages(web, Request("/x", body={}), Token(), "issues", most=50))
    assert fault.value.state == faults.ENDLESS


def test_links_of_a_header_with_commas_in_its_addresses():
    header = '<https://t.example/x?a=1,2&page=2>; rel="next"; title="a, b", <https://t.example/x>; rel=first'
    assert links(header) == {"next": "https://t.example/x?a=1,2&page=2", "first": "https://t.example/x"}
    assert links("") == {}


def test_what_is_missing_is_none():
    assert at({"a": {"b": 1}}, "a.b") == 1
    assert at({"a": None}, "a.b") is None
    assert listed({"a": {"b": "text"}}, "a.b") == []
