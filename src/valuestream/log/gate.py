"""Readers and one writer of an open store: for a moment, at the end of a large change, the writer is alone.

DuckDB 1.5 lets readers who began before see rows of a large insert while it is committed (whole groups of 122,880 rows
are put into the table before they are marked as new). So nobody reads during that commit, which takes a tenth of a
second; `tests/test_log_gate.py` shows what happens without.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

HANDED_OVER_S = 5.0
"""Seconds for which a writer waits until the last of those who read has left, while others still come in."""

PATIENCE_S = 30.0
"""Then nobody comes in any more, and so many seconds it waits for readers who do not end; one may be waiting for it."""


class Gate:
    """Threads that read pass together; the writer passes when no other thread reads."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._reading: Counter[int] = Counter()
        self._waiting: int | None = None
        self._writer: int | None = None

    def enter(self) -> int:
        """Begin to read, after a writer who is alone; a thread may begin again. Returns what `leave` is told."""
        me = threading.get_ident()
        with self._changed:
            self._changed.wait_for(lambda: self._writer in (None, me) or self._reading[me] > 0)
            self._reading[me] += 1
        return me

    def leave(self, thread: int) -> None:
        """End what a thread began; the last one hands over to a writer who waits."""
        with self._changed:
            self._reading[thread] -= 1
            if not self._reading[thread]:
                del self._reading[thread]
            if self._waiting is not None and self._is_free_for(self._waiting):
                self._writer = self._waiting
            self._changed.notify_all()

    @property
    def is_closed(self) -> bool:
        """Whether who begins to read now would wait for a writer."""
        return self._writer is not None

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Wait until no other thread reads, and let none begin meanwhile. One slow reader keeps no other one out."""
        me = threading.get_ident()
        with self._changed:
            self._waiting = me
            if not self._is_free_for(me):
                self._changed.wait_for(lambda: self._writer == me, HANDED_OVER_S)
            self._writer = me
            self._changed.wait_for(lambda: self._is_free_for(me), PATIENCE_S)
        try:
            yield
        finally:
            with self._changed:
                self._writer = self._waiting = None
                self._changed.notify_all()

    def _is_free_for(self, writer: int) -> bool:
        return not self._reading.keys() - {writer}
