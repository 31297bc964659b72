"""A network that fails on purpose, at a request that is chosen."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import httpx

Answering = Callable[[httpx.Request], httpx.Response]
Fault = Callable[[httpx.Request, httpx.Response], httpx.Response]
"""(what was asked, what the tool would say) -> what comes instead."""


class Faulty(httpx.BaseTransport):
    """Answers as the tool does, but for the requests whose number (from 1) `fails` names.

    asked    the requests so far
    """

    def __init__(
        self, answer: Answering, fault: Fault | None = None, fails: Callable[[int], bool] = lambda n: False
    ) -> None:
        self.answer = answer
        self.fault = fault
        self.fails = fails
        self.asked: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self.answer(request)
        if self.fault is not None and self.fails(len(self.asked)):
            return self.fault(request, answer)
        return answer


def status(code: int, body: Any = None, headers: Mapping[str, str] | None = None) -> Fault:
    """A refusal with a status."""

    def fault(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        return httpx.Response(code, headers=dict(headers or {}), content=json.dumps(body or {}).encode())

    return fault


def cut_short(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
    """The first half of the answer, as if it were whole."""
    content = answer.read()
    return httpx.Response(answer.status_code, content=content[: len(content) // 2])


def closed(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
    """The server closes in the middle of its answer."""
    raise httpx.RemoteProtocolError("peer closed connection without sending complete message body", request=request)


def html(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
    """A page to log in, with status 200."""
    return httpx.Response(200, headers={"Content-Type": "text/html"}, content=b"<!doctype html><title>Sign in</title>")


def repeated(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
    """The records of the answer, each twice, wherever the answer has its list."""
    data = json.loads(answer.read() or b"null")
    names = ("issues", "workflow_runs", "values", "issueChangeLogs")
    if isinstance(data, list):
        data = [one for one in data for _ in range(2)]
    elif isinstance(data, dict):
        data = {
            k: [one for one in v for _ in range(2)] if k in names and isinstance(v, list) else v
            for k, v in data.items()
        }
    kept = {name: value for name, value in answer.headers.items() if name not in ("content-length",)}
    return httpx.Response(answer.status_code, headers=kept, content=json.dumps(data).encode())
