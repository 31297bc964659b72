"""A live tool as a rehearsal: what it answered once it answers again, so that only the faults make a difference."""

from __future__ import annotations

import httpx


class Remembered:
    """Asks the tool what it has not been asked yet, and says what it said then ever after.

    transport  the way to the tool
    """

    def __init__(self, transport: httpx.BaseTransport) -> None:
        self._transport = transport
        self._said: dict[tuple[str, str, bytes], tuple[int, list[tuple[str, str]], bytes]] = {}

    def answer(self, request: httpx.Request) -> httpx.Response:
        key = (request.method, str(request.url), request.read())
        if key not in self._said:
            request.headers.pop("If-None-Match", None)  # a whole answer is remembered, not that it is the same
            response = self._transport.handle_request(request)
            content = httpx.Response(response.status_code, headers=response.headers, content=response.read()).content
            self._said[key] = (response.status_code, _kept(response.headers), content)
        status, headers, content = self._said[key]
        return httpx.Response(status, headers=headers, content=content)


def _kept(headers: httpx.Headers) -> list[tuple[str, str]]:
    """Headers of the message; the content is unpacked by now, and budgets are the tool's own affair."""
    gone = ("content-encoding", "content-length", "transfer-encoding", "x-ratelimit-remaining", "ratelimit-remaining")
    return [(name, value) for name, value in headers.items() if name.lower() not in gone]
