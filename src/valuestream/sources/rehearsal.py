"""A tool in memory, for rehearsals: what happened in it is known, and it can be asked as the real one.

Each connector brings one (`rehearsal_jira.py` ...), which writes the same story in its tool's words.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote

from valuestream.sources.connector import Connector
from valuestream.sources.decode import iso

if TYPE_CHECKING:
    import httpx

DAY_US = 86_400_000_000
NOW_US = 1_793_534_400_000_000
"""2026-11-01 12:00 UTC: today, in the story."""

STATES = ("To Do", "In Progress", "Review", "Done")
PEOPLE = ("ada", "grace", "linus", "build-bot")
HOST = "https://tool.example"
TOKEN = "a-secret-of-the-rehearsal"


class Move(NamedTuple):
    """A change of state at an instant, by somebody; its number is its place among all moves."""

    number: int
    at: int
    old: str
    new: str
    who: str


@dataclass
class Work:
    """One item of the story."""

    number: int
    created: int
    moves: list[Move] = field(default_factory=list)

    @property
    def changed(self) -> int:
        return self.moves[-1].at if self.moves else self.created

    @property
    def state(self) -> str:
        return self.moves[-1].new if self.moves else STATES[0]

    @property
    def author(self) -> str:
        return PEOPLE[self.number % 3]


class Story:
    """So many items over four hundred days, each moved up to three times; the last ten in one second, by one hand."""

    def __init__(self, items: int = 48) -> None:
        self.work: list[Work] = []
        self.moves = 0
        for number in range(1, items + 1):
            created = NOW_US - 400 * DAY_US + number * (396 * DAY_US // items) + number * 1_000_000
            self.work.append(Work(number, created))
            for step in range(number % 4):
                self.move(number, created + (step + 1) * 5_400_000_000)
        for number in range(items - 9, items + 1):
            self.move(number, NOW_US - 2 * DAY_US)

    def move(self, number: int, at: int) -> None:
        """Move an item on, or from the end back to the beginning."""
        work = self.work[number - 1]
        self.moves += 1
        new = STATES[(STATES.index(work.state) + 1) % len(STATES)]
        who = PEOPLE[self.moves % len(PEOPLE)]
        work.moves.append(Move(self.moves, at, work.state, new, who))

    def newest_first(self, since: int | None = None, until: int | None = None) -> list[Work]:
        """What changed within both bounds, as tools list it."""
        kept = [
            work
            for work in self.work
            if (since is None or work.changed >= since) and (until is None or work.changed <= until)
        ]
        return sorted(kept, key=lambda work: (work.changed, work.number), reverse=True)


@dataclass
class Rehearsal:
    """What the conformance kit needs of a connector.

    connector  makes it anew, as another process would
    answer     what the tool in memory answers; the kit puts faults before it
    story      what happened in it; None: it cannot change
    """

    connector: Callable[[], Connector]
    answer: Callable[[httpx.Request], httpx.Response]
    story: Story | None = None


Route = Callable[["httpx.Request", Sequence[str]], Any]
"""(request, parts of the path in brackets) -> JSON, or a whole response."""


def routed(routes: Mapping[str, Route], request: httpx.Request) -> httpx.Response:
    """The answer of the first route ("GET /issues/([0-9]+)") that matches; 404 where none does."""
    import httpx

    said = f"{request.method} {unquote(request.url.path)}"
    for pattern, route in routes.items():
        found = re.fullmatch(pattern, said)
        if found:
            answer = route(request, found.groups())
            return answer if isinstance(answer, httpx.Response) else replied(answer)
    return replied({"message": "Not Found"}, 404)


def replied(data: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> httpx.Response:
    import httpx

    kept = {"Date": "Sun, 01 Nov 2026 12:00:00 GMT", "Content-Type": "application/json", **(headers or {})}
    return httpx.Response(status, headers=kept, content=json.dumps(data).encode())


def linked(request: httpx.Request, records: Sequence[Any]) -> httpx.Response:
    """A page of records by number, with a `Link` to the next and a tag, as GitHub gives it."""
    size, page = int(request.url.params.get("per_page", 30)), int(request.url.params.get("page", 1))
    some = records[(page - 1) * size : page * size]
    headers = {"ETag": f'"{abs(hash(json.dumps(some)))}"'}
    if page * size < len(records):
        headers["Link"] = f'<{request.url.copy_set_param("page", str(page + 1))}>; rel="next"'
    if request.headers.get("if-none-match") == headers["ETag"]:
        return replied(None, 304, headers)
    return replied(some, 200, headers)


def numbered(request: httpx.Request, records: Sequence[Any]) -> httpx.Response:
    """A page of records by number, counted, as GitLab gives it."""
    size, page = int(request.url.params.get("per_page", 20)), int(request.url.params.get("page", 1))
    following = str(page + 1) if page * size < len(records) else ""
    headers = {"X-Total": str(len(records)), "X-Next-Page": following, "X-Page": str(page)}
    return replied(records[(page - 1) * size : page * size], 200, headers)


def account(login: str) -> dict[str, Any]:
    """Somebody as GitHub and GitLab write them."""
    return {"id": PEOPLE.index(login), "login": login, "username": login, "type": "Bot" if "bot" in login else "User"}


def stamp(at: int) -> str:
    return iso(at)
