"""Where simulators and their answers are made: each once, by one job after the other, while the data stays as it is.

A quick answer goes before everything: jobs pause while one is computed, since they would take its cores. And a
refined answer that nobody looks at any more makes way for the next question.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Condition, Lock
from typing import Any

from valuestream.errors import Interrupted
from valuestream.web.writer import Job, Progress, Writer

KEPT = 200
ABANDONED_S = 15.0
"""A page that shows a job asks for it every half second; after so long without a look nobody waits for it."""
MOST_PAUSE_S = 1.0
"""A job pauses for quick answers no longer than that at a time."""


@dataclass
class Work:
    """Something that takes seconds: the job that does it, what came of it, and when somebody last asked for it.

    to_the_end   whether it is finished even if nobody waits for it
    """

    job: Job
    made: Any = None
    to_the_end: bool = False
    asked: float = field(default_factory=time.monotonic)


class Studio:
    """Works by their keys."""

    def __init__(self) -> None:
        self.writer = Writer()
        self._works: OrderedDict[Hashable, Work] = OrderedDict()
        self._lock = Lock()
        self._quick = 0
        self._quiet = Condition()

    def work(self, key: Hashable, what: str, make: Callable[[Progress], Any], *, to_the_end: bool = False) -> Work:
        """The work of that key, begun if it is not yet; one that was cancelled is begun anew."""
        with self._lock:
            known = self._works.get(key)
            if known is not None and known.job.state != "cancelled":
                self._works.move_to_end(key)
                known.asked = time.monotonic()
                return known
            made = Work(Job("", what, "simulation"), to_the_end=to_the_end)

            def run(progress: Progress) -> dict[str, Any]:
                made.made = make(self._patient(made, progress))
                return {}

            made.job = self.writer.put(what, run, kind="simulation")
            self._works[key] = made
            while len(self._works) > KEPT:
                self._works.popitem(last=False)
            return made

    def known(self, key: Hashable) -> Work | None:
        """The work of that key, if it was begun."""
        with self._lock:
            return self._works.get(key)

    def looked_at(self, id_: str) -> Job:
        """A job that somebody waits for. UnknownName for one that is not known."""
        with self._lock:
            for work in self._works.values():
                if work.job.id == id_:
                    work.asked = time.monotonic()
        return self.writer.job(id_)

    @contextmanager
    def quickly(self) -> Iterator[None]:
        """Jobs pause until what is done inside is done."""
        with self._quiet:
            self._quick += 1
        try:
            yield
        finally:
            with self._quiet:
                self._quick -= 1
                self._quiet.notify_all()

    def _patient(self, own: Work, progress: Progress) -> Progress:
        """Tells how far a job is, waits for quick answers, and ends a job that nobody waits for any more."""

        def told(done: int, whole: int) -> None:
            progress(done, whole)
            with self._quiet:
                self._quiet.wait_for(lambda: self._quick == 0, MOST_PAUSE_S)
            left = not own.to_the_end and time.monotonic() - own.asked > ABANDONED_S
            if left and self._others_wait(own):
                raise Interrupted("Nobody waits for this answer any more.", "Ask again.")

        return told

    def _others_wait(self, own: Work) -> bool:
        with self._lock:
            return any(work is not own and not work.job.over for work in self._works.values())
