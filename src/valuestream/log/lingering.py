"""A store's file that stays open from one page of a sync to the next, and still comes free for others."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

IDLE_S = 0.2
"""The file is let go when nothing has been written for so long: the tool is slow, or asks to wait."""

LONGEST_S = 2.0
"""... and after so long in any case."""

GAP_S = 0.075
"""Then it is left alone for longer than those who wait for it sleep between two looks."""


PATIENCE_S = 600.0
"""What has begun waits so long for who has the file meanwhile: a build of ten million events takes a minute or two."""


class Lingering:
    """One connection for transactions that follow each other closely; opening the file costs more than a page does.

    lock  held by whoever uses the connection
    left  called when it has been closed
    """

    def __init__(self, lock: threading.RLock, left: Callable[[], None]) -> None:
        self._lock, self._left = lock, left
        self._con: duckdb.DuckDBPyConnection | None = None
        self._since = self._last = self._not_before = 0.0
        self._plain = False
        self.is_closing = self.has_begun = False
        self._over = threading.Event()
        self._watch = threading.Thread(target=self._watching, name="lingering", daemon=True)
        self._watch.start()

    @property
    def is_open(self) -> bool:
        return self._con is not None

    def connection(self, connect: Callable[[], duckdb.DuckDBPyConnection], *, plain: bool) -> duckdb.DuckDBPyConnection:
        """The open connection, or a new one; `plain`: without DuckDB's optimizer."""
        if self._con is None:
            gap = self._not_before - time.monotonic()
            if gap > 0:
                time.sleep(gap)
            self._con = connect()
            self.has_begun = True
            self._since, self._plain = time.monotonic(), False
        if plain != self._plain:
            self._con.execute(f"PRAGMA {'disable' if plain else 'enable'}_optimizer")
            self._plain = plain
        return self._con

    def used(self) -> None:
        """A transaction has ended."""
        self._last = time.monotonic()
        if self._last - self._since > LONGEST_S:
            self.let_go()
            self._not_before = time.monotonic() + GAP_S

    def let_go(self) -> None:
        """Close the file, where it is open."""
        with self._lock:
            if self._con is not None:
                self.is_closing = True
                try:
                    self._con.close()
                finally:
                    self._con, self.is_closing = None, False
                self._left()

    def end(self) -> None:
        self._over.set()
        self._watch.join()
        self.let_go()

    def _watching(self) -> None:
        while not self._over.wait(IDLE_S / 2):
            if self._con is not None and self._lock.acquire(blocking=False):
                try:
                    if time.monotonic() - self._last > IDLE_S:
                        self.let_go()
                finally:
                    self._lock.release()
