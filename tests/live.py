"""A live tool without a network: a sync of a connector against a handler, whose waits take no time."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import stamina

from valuestream.log.memory import MemorySink
from valuestream.sources.budget import Budget
from valuestream.sources.connector import Connector
from valuestream.sources.faulty import Faulty
from valuestream.sources.http import Host, Http
from valuestream.sources.outcome import Outcome
from valuestream.sources.retry import Manners
from valuestream.sources.sync import sync

Handler = Callable[[httpx.Request], httpx.Response]
NOW = 1_793_534_400.0
"""2026-11-01 12:00 UTC."""

SECRET = "very-secret-token"


class Clock:
    """Goes on only when somebody sleeps; `slept` are the waits."""

    def __init__(self, now: float = NOW) -> None:
        self.now = now
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@contextmanager
def no_waits(attempts: int = 6) -> Iterator[None]:
    stamina.set_testing(True, attempts=attempts)
    try:
        yield
    finally:
        stamina.set_testing(False)


@contextmanager
def talking(handler: Handler | httpx.BaseTransport, clock: Clock | None = None, **host: Any) -> Iterator[Http]:
    """An Http that asks the handler."""
    clock = clock or Clock()
    transport = handler if isinstance(handler, httpx.BaseTransport) else httpx.MockTransport(handler)
    asked = Host(**{"url": "https://tool.example", "secrets": (SECRET,), **host})
    with (
        no_waits(asked.manners.attempts),
        Http(asked, budget=Budget(asked.manners, clock, clock.sleep), transport=transport) as http,
    ):
        yield http


def said(data: Any, status: int = 200, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, content=json.dumps(data).encode(), headers=named)


def synced(
    connector: Connector,
    handler: Handler | httpx.BaseTransport,
    sink: MemorySink | None = None,
    *,
    clock: Clock | None = None,
    compare: bool | None = False,
) -> tuple[MemorySink, Outcome, list[httpx.Request]]:
    """One sync by a process of its own: the log, what it did, what it asked."""
    sink, clock = sink or MemorySink(), clock or Clock()
    transport = handler if isinstance(handler, Faulty) else Faulty(handler)  # type: ignore[arg-type]
    host = connector.host()
    with no_waits(), Http(host, budget=Budget(host.manners, clock, clock.sleep), transport=transport) as http:
        outcome = sync(connector, sink, "tool", http, now=clock, compare=compare)
    return sink, outcome, transport.asked


QUICK = Manners(attempts=3)
