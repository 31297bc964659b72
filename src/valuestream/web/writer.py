"""The one writer of a server: jobs wait in a queue, run one after the other, and can be looked at and cancelled."""

from __future__ import annotations

import logging
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from queue import SimpleQueue
from threading import Event, Thread
from typing import Any, Literal

from valuestream.errors import Interrupted, UnknownName, ValuestreamError
from valuestream.web.urgency import stand_back

LOG = logging.getLogger("valuestream.web")
KEPT = 50
"""Jobs that are remembered after they ended."""

State = Literal["waiting", "running", "done", "failed", "cancelled"]
Progress = Callable[[int, int], None]


@dataclass
class Job:
    """Something that writes. `done` of `whole` says how far it is; `whole` is 0 where that is not known.

    told   what came of it, for its page
    """

    id: str
    what: str
    kind: str
    state: State = "waiting"
    done: int = 0
    whole: int = 0
    began: float | None = None
    ended: float | None = None
    message: str = ""
    hint: str = ""
    told: dict[str, Any] = field(default_factory=dict)
    _stop: Event = field(default_factory=Event, repr=False)
    _over: Event = field(default_factory=Event, repr=False)

    @property
    def over(self) -> bool:
        return self.state in ("done", "failed", "cancelled")

    def cancel(self) -> None:
        """Ask it to stop; it does so where it next says how far it is, and leaves nothing half-written."""
        self._stop.set()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until it is over; whether it is."""
        return self._over.wait(seconds)

    def progress(self, done: int, whole: int) -> None:
        """How far the work is; the place where a cancelled one stops."""
        self.done, self.whole = done, whole
        if self._stop.is_set():
            raise Interrupted("Cancelled.", "Nothing half-written was left behind.")

    def document(self) -> dict[str, Any]:
        """The job as `vsm.job/1`."""
        seconds = None if self.began is None else (self.ended or time.time()) - self.began
        return {
            "schema": "vsm.job/1", "id": self.id, "what": self.what, "kind": self.kind, "state": self.state,
            "done": self.done, "whole": self.whole, "seconds": seconds, "message": self.message, "hint": self.hint,
            "told": self.told,
        }  # fmt: skip


class Writer:
    """A thread that does one job at a time, in the order in which they came."""

    def __init__(self) -> None:
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._queue: SimpleQueue[tuple[Job, Callable[[Progress], dict[str, Any]]] | None] = SimpleQueue()
        self._thread: Thread | None = None

    def put(self, what: str, work: Callable[[Progress], dict[str, Any]], *, kind: str) -> Job:
        """Let `work` be done when its turn comes; it is given a function to tell its progress to."""
        job = Job(secrets.token_hex(8), what, kind)
        self._jobs[job.id] = job
        self._forget()
        if self._thread is None:
            self._thread = Thread(target=self._run, name="writer", daemon=True)
            self._thread.start()
        self._queue.put((job, work))
        return job

    def job(self, id_: str) -> Job:
        """A job by its id. UnknownName where it is none, or long over."""
        try:
            return self._jobs[id_]
        except KeyError:
            raise UnknownName(f"There is no job {id_[:40]!r}.", "It is long over, or the server began anew.") from None

    def jobs(self) -> list[Job]:
        """All jobs that are remembered, the newest first."""
        return list(reversed(self._jobs.values()))

    def close(self) -> None:
        """Cancel what waits and what runs, and wait for the thread."""
        for job in self._jobs.values():
            job.cancel()
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join(10)

    def _run(self) -> None:
        stand_back()
        while (turn := self._queue.get()) is not None:
            job, work = turn
            try:
                job.progress(0, 0)
                job.state, job.began = "running", time.time()
                job.told = work(job.progress)
                job.state = "done"
            except Interrupted as stop:
                job.state, job.message, job.hint = "cancelled", stop.message, stop.hint
            except ValuestreamError as wrong:
                job.state, job.message, job.hint = "failed", wrong.message, wrong.hint
            except Exception as wrong:
                LOG.error("job %s: %s", job.id, job.what, exc_info=wrong)
                job.state, job.message, job.hint = "failed", "Something inside the server went wrong.", f"Job {job.id}."
            finally:
                job.ended = time.time()
                job._over.set()

    def _forget(self) -> None:
        over = [job.id for job in self._jobs.values() if job.over]
        for id_ in over[: max(0, len(over) - KEPT)]:
            del self._jobs[id_]
