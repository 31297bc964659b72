"""Answers kept for a while: a page, its twin and its charts ask the same, and so do several readers."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import TypeVar, cast

T = TypeVar("T")
MOST = 128


class Answers:
    """The last answers by their question. Whoever asks what is being computed waits for it instead of computing too.

    A question names the state of the data it is asked of, so a kept answer is never stale.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._kept: OrderedDict[Hashable, object] = OrderedDict()
        self._under_way: dict[Hashable, Lock] = {}
        self._lock = Lock()

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
