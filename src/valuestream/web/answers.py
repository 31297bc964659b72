"""Answers kept for a while: a page, its twin and its charts ask the same, and so do several readers."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future, TimeoutError
from queue import SimpleQueue
from threading import Lock, Thread
from typing import TypeVar, cast

T = TypeVar("T")
LOG = logging.getLogger("valuestream.web")
MOST = 256
PATIENCE_S = 0.25
"""Seconds for which a page waits for its new answer, where it has the one before."""


class Answers:
    """The last answers by their question. Whoever asks what is being computed waits for it instead of computing too.

    A question names the state of the data it is asked of, so a kept answer is never stale unless the asker takes the
    one before (`soon`).
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._kept: OrderedDict[Hashable, object] = OrderedDict()
        self._under_way: dict[Hashable, Lock] = {}
        self._lock = Lock()
        self._before: OrderedDict[Hashable, Hashable] = OrderedDict()
        self._coming: dict[Hashable, Future[object]] = {}
        self._queue: SimpleQueue[tuple[Future[object], tuple[Hashable, Hashable], Callable[[], object]]] = SimpleQueue()
        self._behind: Thread | None = None

    def soon(self, state: Hashable, question: Hashable, compute: Callable[[], T]) -> tuple[T, bool]:
        """The answer to a question of the present state of the data, and True; or the one of the state before, and
        False, where the present one takes longer than `PATIENCE_S`: it is computed behind, one after the other, for
        whoever asks next.
        """
        now = (state, question)
        with self._lock:
            before = self._before.get(question)
            at_hand = now not in self._kept and before in self._kept
            old = self._kept[before] if at_hand else None
        if at_hand:
            coming = self._ask_behind(now, compute)
            try:
                found = cast("T", coming.result(PATIENCE_S))
            except TimeoutError:
                return cast("T", old), False
        else:
            found = self.get(now, compute)
        with self._lock:
            self._before[question] = now
            self._before.move_to_end(question)
            while len(self._before) > self._most:
                self._before.popitem(last=False)
        return found, True

    def _ask_behind(self, now: tuple[Hashable, Hashable], compute: Callable[[], T]) -> Future[object]:
        with self._lock:
            if self._behind is None:  # a daemon: whoever stops the server waits for no answer that nobody awaits
                self._behind = Thread(target=self._come, name="answers", daemon=True)
                self._behind.start()
            if now not in self._coming:
                self._coming[now] = Future()
                self._queue.put((self._coming[now], now, compute))
            return self._coming[now]

    def _come(self) -> None:
        while True:
            coming, now, compute = self._queue.get()
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
        with self._lock:
            if question in self._kept:
                self._kept.move_to_end(question)
                return cast("T", self._kept[question])
            mine = self._under_way.setdefault(question, Lock())
        with mine:
            with self._lock:
                if question in self._kept:
                    return cast("T", self._kept[question])
            try:
                found = compute()
            finally:
                with self._lock:
                    self._under_way.pop(question, None)
            with self._lock:
                self._kept[question] = found
                while len(self._kept) > self._most:
                    self._kept.popitem(last=False)
            return found
