"""Who may touch the store's file when: many readers, or one writer; no connection outlives its need."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from valuestream.errors import Locked, StoreError
from valuestream.log import holding, keeping, migrate, schema, torn
from valuestream.log.gate import Gate
from valuestream.log.lingering import PATIENCE_S, Lingering
from valuestream.log.reader import Reader
from valuestream.log.recall import Recall

if TYPE_CHECKING:
    import duckdb


class Access:
    """The file of a store.

    path          of the DuckDB file, which `create` makes
    lock_timeout  seconds to wait for another process that holds the file
    kept_open     hold the file until `close`, for a server; else connections last as long as what they are for

    A writer sees nobody, readers see each other: Locked names the process that is in the way.
    """

    def __init__(self, path: Path, *, lock_timeout: float = 10.0, kept_open: bool = False) -> None:
        self.path = path
        self.lock_timeout = lock_timeout
        self._kept_open = kept_open
        self._writer = threading.RLock()
        self._writing: duckdb.DuckDBPyConnection | None = None
        self._writing_thread = 0
        self._recall: Recall | None = None
        self._left: object = None
        self._lingering: Lingering | None = None
        self._doors = threading.RLock()
        self._open: duckdb.DuckDBPyConnection | None = None
        self._readers: list[Reader] = []
        self.gate = Gate()

    def create(self, app: str) -> None:
        """Make the file with empty tables; one that exists is left as it is. `app`: the version that makes it."""
        if not self.path.exists():
            part = self.path.with_name(f".{self.path.name}.part")
            part.unlink(missing_ok=True)
            con = holding.connect(part, read_only=False, timeout=0.0)
            schema.create(con, app)
            con.close()
            part.replace(self.path)

    @contextmanager
    def transaction(
        self, *, recalls: bool = False, large: bool = False, plain: bool = False
    ) -> Iterator[duckdb.DuckDBPyConnection]:
        """The one writer's connection; what is done with it holds as a whole or not at all.

        recalls  it goes by `recalled` and keeps it true; every other transaction makes it forgotten
        plain    its statements are too plain to be worth planning: of a file that lingers, they take a third less
        large    it may insert a hundred thousand rows into a table that is read: nobody reads while it is committed

        Inside another transaction of the same thread it is part of that one. Locked after `lock_timeout`.
        """
        while not self._writer.acquire(timeout=self.lock_timeout):
            if self._lingering is not None and self._lingering.is_closing:
                continue  # our own file is being put in order: on a busy machine that may take a while
            raise Locked(
                f"{self.path} is being written by another thread; waited {self.lock_timeout:g} s.", "Try again."
            )
        try:
            if self._writing is not None:
                yield self._writing
            else:
                yield from self._whole(recalls=recalls, large=large, plain=plain)
        finally:
            self._writer.release()

    @contextmanager
    def lingering(self) -> Iterator[None]:
        """Within it the file may stay open from one transaction to the next: for many short ones, as of a sync."""
        if self._kept_open or self._lingering is not None:
            yield
            return
        self._lingering = Lingering(self._writer, self._note_left)
        try:
            yield
        finally:
            self._lingering.end()
            self._lingering = None

    def recalled(self) -> Recall:
        """What is remembered from the transaction before, inside one that says that it recalls."""
        if self._recall is None:
            self._recall = Recall()
        return self._recall

    def _whole(self, *, recalls: bool, large: bool, plain: bool) -> Iterator[duckdb.DuckDBPyConnection]:
        import duckdb

        con = self._write_connection(plain=plain)
        if not recalls:
            self._recall = None
        self._writing_thread = threading.get_ident()
        self._writing = con
        try:
            con.execute("BEGIN")
            yield con
            with self.gate.alone() if large else nullcontext():
                con.execute("COMMIT")
        except BaseException as wrong:
            self._recall = None
            with suppress(duckdb.Error):
                con.execute("ROLLBACK")
            if isinstance(wrong, holding.failures()):
                self._lost()
                raise holding.refusal(self.path, wrong) from wrong
            raise
        finally:
            self._writing = None
            if self._lingering is not None:
                self._lingering.used()
            else:
                with suppress(duckdb.Error):
                    con.close()
                self._note_left()

    def reader(self, prepare: Callable[[duckdb.DuckDBPyConnection], None] | None = None) -> Reader:
        """A connection that only reads, until it is closed; `prepare` is told each new connection behind it."""
        return Reader(self, prepare)

    @contextmanager
    def reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection that only reads; inside a transaction of the same thread, that one's."""
        writing = self._writing
        if writing is not None and self._writing_thread == threading.get_ident():
            yield writing
            return
        with self.reader() as reader:
            yield reader.con

    def backup(self, target: Path) -> int:
        """Copy the store to a file; its bytes."""
        self._let_go()
        return keeping.backup(self.path, target, timeout=self.lock_timeout)

    def compact(self) -> tuple[int, int]:
        """Write the file anew without what was deleted; bytes before and after."""
        self._let_go()
        return keeping.compact(self.path, timeout=self.lock_timeout)

    def _let_go(self) -> None:
        """Open the file as nobody else; a server that holds it opens it again when it is asked next."""
        if self._writing is not None:
            raise StoreError("The store is being written.", "Try again when that has ended.")
        self.close()

    def close(self) -> None:
        """Let the file go; readers that are still about open it again when they are asked."""
        if self._lingering is not None:
            self._lingering.let_go()
        with self._doors:
            for reader in self._readers:
                reader.drop()
            if self._open is not None:
                self._open.close()
                self._open = None

    def _write_connection(self, *, plain: bool) -> duckdb.DuckDBPyConnection:
        if self._kept_open:
            if self._open is None:
                self._recall = None
            return self._cursor()
        if self._lingering is not None:
            return self._lingering.connection(lambda: self._connect_to_write(threads=1), plain=plain)
        return self._connect_to_write()

    def _connect_to_write(self, *, threads: int | None = None) -> duckdb.DuckDBPyConnection:
        self.close()  # one process cannot both read and write a file by two doors
        if self._stamp() != self._left:
            self._recall = None  # somebody else wrote
        con = self._connect(read_only=False)
        if threads is not None:
            con.execute(f"SET threads = {int(threads)}")
        return con

    def _note_left(self) -> None:
        self._left = self._stamp()

    def _stamp(self) -> object:
        """What changes with every write to the file by another process."""
        files = (self.path, *torn.changes(self.path))
        found = [path.stat() for path in files if path.exists()]
        return [(one.st_ino, one.st_size, one.st_mtime_ns) for one in found]

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        if self._lingering is not None:
            self._lingering.let_go()  # one process opens a file in one way only
        with self._doors:
            if self._open is None:
                self._open = self._connect(read_only=not self._kept_open)
            return self._open.cursor()

    def _leave(self, reader: Reader) -> None:
        with self._doors:
            if reader in self._readers:
                self._readers.remove(reader)
            if not self._readers and not self._kept_open:
                self.close()

    def _lost(self) -> None:
        """After an error that takes the whole database down, the next one asks anew."""
        import duckdb

        with suppress(duckdb.Error):
            self.close()

    @property
    def _patience(self) -> float:
        """Seconds to wait for another process: longer within a sync, which a build beside it must not end."""
        begun = self._lingering is not None and self._lingering.has_begun
        return max(self.lock_timeout, PATIENCE_S) if begun else self.lock_timeout

    def _connect(self, *, read_only: bool) -> duckdb.DuckDBPyConnection:
        """A connection to tables of this version, brought to it where they are older."""
        if not self.path.exists():
            raise StoreError(f"There is no store {self.path}.", "`vsm init` makes one.")
        con = holding.connect(self.path, read_only=read_only, timeout=self._patience)
        found = schema.version_of(con)
        if found == schema.VERSION:
            return con
        con.close()
        if found is None:
            raise StoreError(f"{self.path} is no store of valuestream.", "Is it the right file?")
        if found > schema.VERSION:
            raise StoreError(
                f"{self.path} was written by a newer valuestream (tables of version {found}; this one knows"
                f" {schema.VERSION}).",
                "Use that version, or a backup from before.",
            )
        migrate.migrate(self.path, timeout=self.lock_timeout)
        return holding.connect(self.path, read_only=read_only, timeout=self.lock_timeout)
