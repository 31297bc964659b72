"""What will be asked next is answered when nobody waits: for each team the periods that the pages offer.

The columns that a team's questions are about are read at the start and after each build. Then, in moments without a
page under way, come the answers: to what was asked before, and to what the pages offer. So neither the first one who
looks in the morning nor the first one after an import waits for more than a page to be drawn.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Any

from valuestream.errors import ValuestreamError
from valuestream.web.answers import PARTING_S
from valuestream.web.filters import Filters, presets
from valuestream.web.urgency import stand_back

if TYPE_CHECKING:
    from valuestream.web.security import App, Receive, Scope, Send
    from valuestream.web.served import Served

LOG = logging.getLogger("valuestream.web")
TEAMS = 16
"""Teams of a stream for which answers are there ahead."""

RECENT = 32
"""Maps that were looked at last, which are drawn again after a build."""

QUIET_S = 0.1
"""Seconds without a page under way after which there is time for an answer that nobody has asked for."""

LOOK_S = 0.5
"""Seconds between looks at whether there is a new build."""


class Seen:
    """Which pages are under way."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._under_way, self._last = 0, 0.0

    def count(self, step: int) -> None:
        """One more is under way, or one less."""
        with self._lock:
            self._under_way += step
            self._last = time.monotonic()

    def wait_for_quiet(self, stop: Event) -> None:
        """Wait until none has been under way for a moment, or for `stop`."""
        while not self._is_quiet() and not stop.wait(QUIET_S / 2):
            pass

    def _is_quiet(self) -> bool:
        with self._lock:
            return not self._under_way and time.monotonic() - self._last >= QUIET_S


class Busy:
    """Wraps the app, and counts what is under way."""

    def __init__(self, app: App, seen: Seen) -> None:
        self.app, self.seen = app, seen

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        self.seen.count(1)
        try:
            await self.app(scope, receive, send)
        finally:
            self.seen.count(-1)


class Ahead:
    """A thread that asks ahead for as long as a server runs.

    answer  has the map of some filters computed and kept
    recent  filters of the maps that were looked at, the last first
    """

    def __init__(
        self, served: Served, seen: Seen, answer: Callable[[Filters], object], recent: Callable[[], list[Filters]]
    ) -> None:
        self._served, self._seen, self._answer, self._recent = served, seen, answer, recent
        self._stop = Event()
        self._thread = Thread(target=self._run, name="ahead", daemon=True)

    def start(self) -> None:
        """Begin, where several may read at once."""
        if self._served.several:
            self._thread.start()

    def close(self) -> None:
        """Ask nothing more; what is under way is waited for: an engine does not like to be left."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(PARTING_S)

    def _run(self) -> None:
        stand_back()
        seen: object = None
        while not self._stop.is_set():
            try:
                version = self._version()
                if version != seen:
                    seen = version
                    self.ask(version)
            except Exception as wrong:
                LOG.info("asking ahead: %s", wrong)  # who looks will be told
            self._stop.wait(LOOK_S)

    def _version(self) -> list[Any]:
        """The state of each stream: its settings, and its build; None where it was never built."""
        return [self._served.version(name) for name in self._served.streams]

    def ask(self, version: list[Any]) -> None:
        """Read the columns of all teams, then ask one question after the other, until there is a newer build.

        The maps of a whole stream are not asked for: of a large one they take too long beside a page.
        """
        offered: list[Filters] = []
        for chosen in self._teams(version):
            if not chosen.where:  # a whole stream keeps all processors busy for a while
                self._seen.wait_for_quiet(self._stop)
            if self._stop.is_set():
                return
            with suppress(ValuestreamError), self._served.asking(chosen) as asked:  # a team may be too small
                asked.read_ahead()
                if chosen.where:
                    told = asked.about()
                    offered += [one["filters"] for one in presets(chosen, told["as_of"], told["zone"])]
        for chosen in [*self._recent()[:RECENT], *offered]:
            self._seen.wait_for_quiet(self._stop)
            if self._stop.is_set() or version != self._version():
                return
            with suppress(ValuestreamError):  # a period may lie after the log by now
                self._answer(chosen)

    def _teams(self, version: list[Any]) -> Iterator[Filters]:
        """Each team of each stream that is built, then all of it; the first stream is the one that no page names."""
        for nth, (name, (_, built)) in enumerate(zip(self._served.streams, version, strict=True)):
            if built is None:
                continue
            stream = name if nth else None
            with self._served.asking(Filters(stream)) as asked:
                teams = list(asked.tables.teams)[:TEAMS]
            yield from (Filters(stream, where={"team": (team,)}) for team in teams)
            yield Filters(stream)
