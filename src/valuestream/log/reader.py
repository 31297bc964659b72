"""One who reads a store, from look to look."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from valuestream.log.gate import Gate

if TYPE_CHECKING:
    import duckdb


class Opening(Protocol):
    """What a reader needs of the `Access` that made it."""

    gate: Gate
    _kept_open: bool
    _doors: threading.RLock
    _readers: list[Reader]

    def _cursor(self) -> duckdb.DuckDBPyConnection: ...

    def _leave(self, reader: Reader) -> None: ...


class Reader:
    """A reading connection that comes back after the same process wrote: see `Access.reader`."""

    def __init__(self, access: Opening, prepare: Callable[[duckdb.DuckDBPyConnection], None] | None) -> None:
        self._access = access
        self._prepare = prepare
        self._con: duckdb.DuckDBPyConnection | None = None
        self._resting: duckdb.DuckDBPyConnection | None = None
        self._entered: int | None = None

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *failure: object) -> None:
        self.close()

    @property
    def con(self) -> duckdb.DuckDBPyConnection:
        """The connection, opened where there is none."""
        if self._con is None:
            access = self._access
            self._entered = access.gate.enter()
            with access._doors:
                rested, self._resting = self._resting, None
                self._con = rested or access._cursor()
                if not rested:
                    access._readers.append(self)
            if access._kept_open:
                self._con.execute("BEGIN")  # it sees the store as it is now, whatever is written meanwhile
            if self._prepare and not rested:
                self._prepare(self._con)
        return self._con

    def rest(self) -> bool:
        """End what was begun, and keep the connection of a store that stays open, with all that was prepared in it;
        whether there is one.
        """
        if self._con is None or not self._access._kept_open:
            return False
        self._con.execute("COMMIT")
        with self._access._doors:
            self._resting, self._con = self._con, None
        self._leave_gate()
        return True

    def drop(self) -> None:
        """Give the connection up; the next look at `con` opens another."""
        for con in (self._con, self._resting):
            if con is not None:
                con.close()
        self._con = self._resting = None
        self._leave_gate()

    def _leave_gate(self) -> None:
        if self._entered is not None:
            self._access.gate.leave(self._entered)
            self._entered = None

    def close(self) -> None:
        self.drop()
        self._access._leave(self)
