"""What every answer carries and what no request may do: headers, own addresses only, bounded bodies."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",  # no-referrer would make browsers hide the Origin that we check
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "cache-control": "private, no-cache",
}
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})

FORM_BYTES = 1 << 20
"""What a form without a file may weigh."""

DRAINED_BYTES, DRAINED_S = 1 << 16, 0.5
"""How much of a refused body is still taken, and for how long."""


class Guard:
    """Wraps the app. Requests for other hosts (DNS rebinding), from other pages, or too large are refused.

    limits  path prefix -> bytes of a body allowed there; elsewhere FORM_BYTES
    failed  what is answered where the app itself broke: an ASGI app of the request's scope and the exception
    """

    def __init__(self, app: App, limits: dict[str, int], failed: Callable[[Scope, Exception], App]) -> None:
        self.app, self.limits, self.failed = app, limits, failed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        said = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        refusal = self._refusal(scope, said)
        if refusal is not None:
            await _drained(receive)
            await _answer(send, *refusal)
            return
        begun = False

        async def guarded(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                message = {**message, "headers": _with_ours(message.get("headers", []))}
            await send(message)

        try:
            await self.app(scope, _counted(receive, self._limit(scope["path"])), guarded)
        except Exception as wrong:
            if begun:
                raise
            await self.failed(scope, wrong)(scope, receive, guarded)

    def _refusal(self, scope: Scope, said: dict[str, str]) -> tuple[int, str, str] | None:
        host = said.get("host", "")
        if host.rpartition(":")[0] not in LOOPBACK and host not in LOOPBACK:
            return 421, f"This server does not answer for {host[:100]!r}.", "Open it as http://127.0.0.1 with its port."
        if scope["method"] not in SAFE and "authorization" not in said and not _from_here(said, host):
            return 403, "This form was sent from another page.", "Open the page here and send it again."
        length = said.get("content-length", "0")
        if length.isdigit() and int(length) > self._limit(scope["path"]):
            return _too_large(self._limit(scope["path"]))
        return None

    def _limit(self, path: str) -> int:
        return next((bytes_ for prefix, bytes_ in self.limits.items() if path.startswith(prefix)), FORM_BYTES)


def _from_here(said: dict[str, str], host: str) -> bool:
    """Whether the page that sends a form is one of ours: by Origin, else by what the browser says of the site."""
    if "origin" in said:
        origin = urlsplit(said["origin"])
        return origin.scheme in ("http", "https") and origin.netloc == host
    return said.get("sec-fetch-site") == "same-origin"


def _too_large(limit: int) -> tuple[int, str, str]:
    shown = f"{limit / 2**20:,.0f} MB" if limit >= 2**20 else f"{limit / 2**10:,.0f} kB"
    return 413, f"More than {shown} were sent.", "Import a large file with `vsm import FILE`, which has no such limit."


def _counted(receive: Receive, limit: int) -> Receive:
    """A body counted while it streams in, since a length may be wrong or not said at all."""
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > limit:
            status, message_, hint = _too_large(limit)
            raise HTTPException(status, f"{message_}\n{hint}", {"connection": "close"})
        return message

    return counted


def _with_ours(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    own = {name.lower() for name, _ in headers}
    return [*headers, *((n.encode(), v.encode()) for n, v in HEADERS.items() if n.encode() not in own)]


async def _drained(receive: Receive) -> None:
    """Take what little has been sent. A connection closed on unread bytes is reset, and the refusal lost with it."""
    seen, more = 0, True
    with suppress(TimeoutError):
        async with asyncio.timeout(DRAINED_S):
            while more and seen < DRAINED_BYTES:
                message = await receive()
                seen += len(message.get("body", b""))
                more = bool(message.get("more_body", False))


async def _answer(send: Send, status: int, message: str, hint: str) -> None:
    """A refusal so early that no page can be drawn: the two strings as text any client can read."""
    body = json.dumps({"schema": "vsm.error/1", "status": status, "message": message, "hint": hint}).encode()
    size = (b"content-length", str(len(body)).encode())
    headers = _with_ours([(b"content-type", b"application/json"), (b"connection", b"close"), size])
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
