"""Answers kept for a while: a page, its twin and its charts ask the same, and so do several readers."""

from __future__ import annotations

import logging
import os
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future, TimeoutError
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import BoundedSemaphore, Lock, Thread
from typing import Any, TypeVar, cast

from valuestream.engine.keeping import Keeping

T = TypeVar("T")
LOG = logging.getLogger("valuestream.web")
MOST = 256
TURNS = max(2, os.cpu_count() or 1)
"""Answers that are computed at a time: of more each one only takes longer."""
PATIENCE_S = 0.25
"""Seconds for which a page waits for its new answer, where it has the one before."""
PARTING_S = 10.0
"""Seconds for which a server that ends waits for an answer under way."""

_Turn = tuple[Future[object], tuple[Hashable, Hashable], Callable[[], object]]


class Answers:
    """The last answers by their question. Whoever asks what is being computed waits for it instead of computing too.

    A question names the state of the data it is asked of, so a kept answer is never stale unless the asker takes the
    one before (`soon`).
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._kept = Keeping(most=most)
        self._lock = Lock()
        self._before: OrderedDict[Hashable, Hashable] = OrderedDict()
        self._coming: dict[Hashable, Future[object]] = {}
        self._queue: SimpleQueue[_Turn | None] = SimpleQueue()
        self.turns = BoundedSemaphore(TURNS)
        self._behind: Thread | None = None

    def soon(
        self, state: Hashable, question: Hashable, compute: Callable[[], T], *, patient: bool = True
    ) -> tuple[T, bool]:
        """The answer to a question of the present state of the data, and True; or the one of the state before, and
        False, where the present one takes longer than `PATIENCE_S`: it is computed behind, one after the other, for
        whoever asks next.

        patient  False: who asks has waited already, and takes what is there
        """
        now = (state, question)
        with self._lock:
            before = self._before.get(question)
        old = None if self._kept.known(now) is not None else self._kept.known(before)
        if old is not None:
            coming = self._ask_behind(now, compute)
            try:
                found = cast("T", coming.result(PATIENCE_S if patient else 0.0))
            except TimeoutError:
                return cast("T", old), False
        else:
            found = self.get(now, compute)
        with self._lock:
            self._before[question] = now
            self._before.move_to_end(question)
            self._forget()
        return found, True

    def ahead(self, state: Hashable, question: Hashable, compute: Callable[[], object]) -> None:
        """Have the answer to a question of the present state of the data, for whoever asks it first."""
        self.get((state, question), compute)
        with self._lock:
            is_new = question not in self._before
            self._before[question] = (state, question)
            if is_new:  # nobody has asked it yet: it goes before those that somebody did
                self._before.move_to_end(question, last=False)
            self._forget()

    def recent(self) -> list[Any]:
        """The questions that were asked, the last one first."""
        with self._lock:
            return list(reversed(self._before))

    def _forget(self) -> None:
        while len(self._before) > self._most:
            self._before.popitem(last=False)

    def _ask_behind(self, now: tuple[Hashable, Hashable], compute: Callable[[], T]) -> Future[object]:
        with self._lock:
            if self._behind is None:  # a daemon: whoever stops the server waits for no answer that nobody awaits
                self._behind = Thread(target=self._come, name="answers", daemon=True)
                self._behind.start()
            if now not in self._coming:
                self._coming[now] = Future()
                self._queue.put((self._coming[now], now, compute))
            return self._coming[now]

    def close(self) -> None:
        """Compute nothing more behind, and wait for what is under way: an engine does not like to be left."""
        with self._lock:
            behind, self._behind = self._behind, None
        if behind is not None:
            with suppress(Empty):
                while True:
                    self._queue.get_nowait()
            self._queue.put(None)
            behind.join(PARTING_S)

    def _come(self) -> None:
        while (turn := self._queue.get()) is not None:
            coming, now, compute = turn
            try:
                coming.set_result(self.get(now, compute))
            except Exception as wrong:
                LOG.info("an answer that was asked for anew: %s", wrong)
                with self._lock:
                    self._before.pop(now[1], None)  # who asks next is told what is wrong
                coming.set_exception(wrong)
            with self._lock:
                self._coming.pop(now, None)

    def get(self, question: Hashable, compute: Callable[[], T]) -> T:
        """The answer to a question; errors are not kept."""
        return self._kept.get(question, compute)
