"""What was read of a state of the data, kept for those who ask next: columns that many questions are about."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar, cast

T = TypeVar("T")

MOST_BYTES = 320 * 2**20
"""Memory for it; what was asked for longest ago goes first."""

MANY = 1_000_000
"""Events of a stream from which nothing is read for one question only: it would take longer than asking it."""

MOST = 1_000
"""Results, however small."""


class Keeping:
    """Results by their question, which names the state of the data. Whoever asks for what is being read waits for it.

    A result tells its size as `nbytes`; one without counts for nothing.
    """

    def __init__(self, most_bytes: int = MOST_BYTES, *, most: int = MOST) -> None:
        self._most_bytes, self._most = most_bytes, most
        self._bytes = 0
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()
        self._under_way: dict[Hashable, Lock] = {}
        self._lock = Lock()

    def known(self, question: Hashable) -> Any:
        """The result of a question; None where it is not known."""
        with self._lock:
            if question in self._kept:
                self._kept.move_to_end(question)
            return self._kept.get(question)

    def get(self, question: Hashable, compute: Callable[[], T]) -> T:
        """The result of a question, computed where it is not known; errors are not kept."""
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
                self._keep(question, found)
            return found

    def _keep(self, question: Hashable, found: object) -> None:
        self._bytes += getattr(found, "nbytes", 0) - getattr(self._kept.get(question), "nbytes", 0)
        self._kept[question] = found
        while len(self._kept) > 1 and (self._bytes > self._most_bytes or len(self._kept) > self._most):
            self._bytes -= getattr(self._kept.popitem(last=False)[1], "nbytes", 0)
