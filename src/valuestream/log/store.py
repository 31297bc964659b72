"""The store of a workspace: one DuckDB file, one writer at a time, each change whole or not at all."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from valuestream.log.access import Access
from valuestream.log.codes import Naming, as_written
from valuestream.log.event import Log
from valuestream.log.forgetting import Forgotten, forget
from valuestream.log.importing import MEMORY_OF_COMPARING, MEMORY_OF_PARTS, Arriving, Counts
from valuestream.log.pages import put_translated
from valuestream.log.recall import Recall
from valuestream.log.record import Reply, Translated
from valuestream.log.replay import replayed
from valuestream.log.replies import latest, put

if TYPE_CHECKING:
    import duckdb

    from valuestream.log.event import I32


class Store(Access):
    """Raw replies, cursors, events, items, links, rejects and runs of a workspace; see `Access` for its arguments.

    naming   how people are called in it
    sources  names of sources that links may lead to before anything came from them
    """

    def __init__(
        self,
        path: Path,
        *,
        naming: Naming = as_written,
        lock_timeout: float = 10.0,
        kept_open: bool = False,
        sources: Iterable[str] = (),
    ) -> None:
        super().__init__(path, lock_timeout=lock_timeout, kept_open=kept_open)
        self._naming = naming
        self._sources = tuple(sources)

    def cursor(self, source: str, stream: str) -> str | None:
        """Where a stream of a source goes on; None before its first page."""
        sql = f"SELECT value FROM cursor WHERE feed IN ({_FEED})"
        with self.reading() as con:
            found = con.execute(sql, [source, stream]).fetchall()
        return str(found[0][0]) if found else None

    def put_page(
        self,
        source: str,
        stream: str,
        *,
        replies: Sequence[Reply],
        translated: Translated,
        cursor: str | None,
        run: int,
    ) -> Counts:
        """A page with all that is in it and the cursor after it, in one transaction; again, it changes nothing.

        cursor  None leaves the cursor where it is
        run     a number of `begin_run`, whose row counts along
        """
        told = translated.events or translated.items or translated.links or translated.rejects
        with self.transaction(recalls=True, plain=not told) as con:
            recall = self.recalled()
            if (source, stream) not in recall.feeds:
                recall.feeds[source, stream] = _feed(con, source, stream, "sync")
            feed, number = recall.feeds[source, stream]
            if translated.links:
                self._know_sources(con)
            if replies:
                places, shelf = recall.places(con, feed), recall.shelf(con)
                put(con, feed, replies, _now(), places=places, number=recall.page_number(con), shelf=shelf)
            counts, changed = put_translated(con, feed, number, translated, self._naming, recall)
            if cursor is not None:
                _goes_on(con, feed, cursor)
            _touch(con, feed, changed)
            _count(con, run, counts)
        return counts

    def _know_sources(self, con: duckdb.DuckDBPyConnection) -> None:
        """A link may lead to a source from which nothing has come yet."""
        for name in self._sources:
            _source(con, name)

    def translate_again(self, source: str, stream: str, pages: Iterable[Translated], *, run: int) -> Counts:
        """Put a new translation of the kept replies in the place of the old one, in one transaction."""
        with self.transaction(large=True) as con:
            feed, number = _feed(con, source, stream, "sync")
            before: Any = con.execute(
                "SELECT item FROM event WHERE feed = $1 UNION SELECT start_item FROM link WHERE feed = $1"
                " UNION SELECT end_item FROM link WHERE feed = $1",
                [feed],
            ).fetchnumpy()
            gone = con.execute("DELETE FROM event WHERE feed = ?", [feed]).fetchall()[0][0]
            for table in ("link", "reject"):
                con.execute(f"DELETE FROM {table} WHERE feed = ?", [feed])
            _touch(con, feed, before["item"])
            self._know_sources(con)
            total, recall = Counts(0, gone, 0, 0), Recall()
            for page in pages:
                counts, changed = put_translated(con, feed, number, page, self._naming, recall)
                total = Counts(*(a + b for a, b in zip(total, counts, strict=True)))
                _touch(con, feed, changed)
            _count(con, run, total)
        return total

    def begin_run(self, source: str, kind: str, what: str = "") -> int:
        """A row for an import or sync that begins; its number."""
        with self.transaction() as con:
            return _begin_run(con, _source(con, source), kind, what, _now())

    def end_run(self, run: int, *, status: str, message: str) -> None:
        """How the run ended: "done", "partial" or "failed", and a sentence."""
        with self.transaction() as con:
            con.execute(
                "UPDATE run SET ended_at = ?, status = ?, message = ? WHERE number = ?", [_now(), status, message, run]
            )

    def import_snapshot(self, source: str, snapshot: str, log: Log, *, digest: str | None = None) -> Counts:
        """A file's events in the place of those that the same file brought before, in one transaction, with its run.

        digest  of the file and of how it was read; `digest_of` gives it back
        """
        with self.importing(source, snapshot) as arriving:
            arriving.take(log)
            return arriving.end(replace(log, rejects=()), digest)

    @contextmanager
    def importing(self, source: str, snapshot: str) -> Iterator[Importing]:
        """The same for a log that comes in parts: its transaction begins with the first of them."""
        with ExitStack() as stack:
            arriving = Importing(self, stack, source, snapshot)
            yield arriving
            if not arriving.ended:
                raise RuntimeError(f"{snapshot} was left half imported")

    def digest_of(self, source: str, snapshot: str) -> str | None:
        """What `import_snapshot` was told of the file's content; None where it never came."""
        with self.reading() as con:
            found = con.execute(f"SELECT digest FROM feed WHERE code IN ({_FEED})", [source, snapshot]).fetchall()
        return found[0][0] if found else None

    def forget(self, person: str, called: Callable[[str], str]) -> Forgotten:
        """Remove every trace of a person, the freed pages of the file included; see `forgetting.forget`."""
        with self.transaction() as con:
            counts, items = forget(con, person, called)
            _touch(con, None, items)
        self.compact()
        return counts

    def replies(self, source: str, stream: str) -> Iterator[Reply]:
        """The last reply of each record, in the order in which these came."""
        with self.reading() as con:
            for (feed,) in con.execute(_FEED, [source, stream]).fetchall():
                yield from latest(con, feed)

    def log(self, items: Sequence[int] | None = None) -> Log:
        """The events of all items or of some (codes) as columns, ordered by item, instant and the source's order."""
        import numpy as np

        with self.reading() as con:
            return replayed(con, None if items is None else np.array(items, np.int32))


class Importing:
    """A file on its way into a store, see `Store.importing`; without `end` nothing of it stays."""

    def __init__(self, store: Store, stack: ExitStack, source: str, snapshot: str) -> None:
        self._store, self._stack = store, stack
        self._source, self._snapshot = source, snapshot
        self._began = _now()
        self.ended = self._in_parts = False
        self._found: tuple[duckdb.DuckDBPyConnection, int, int, Arriving] | None = None

    def begin(self, items: Any) -> None:
        """All items that are to come; see `sources.source.Into`."""
        arriving = self._arriving
        assert self._found is not None
        self._in_parts = True
        self._keep(MEMORY_OF_PARTS)
        arriving.begin(items)

    def take(self, log: Log) -> None:
        """All events of some items."""
        self._arriving.take(log)

    def end(self, about: Log, digest: str | None) -> Counts:
        """Put what was taken in the place of what the file brought before, with a run that says so.

        about   rejects and notes of the whole, and where it comes from
        """
        arriving = self._arriving
        assert self._found is not None
        con, feed, number, _ = self._found
        if self._in_parts and arriving.replaces:
            self._keep(MEMORY_OF_COMPARING)
        counts, changed = arriving.end(about)
        con.execute("UPDATE feed SET digest = ? WHERE code = ?", [digest, feed])
        _touch(con, feed, changed)
        run = _begin_run(con, number, "import", self._snapshot, self._began)
        _count(con, run, counts)
        con.execute("UPDATE run SET ended_at = ?, status = 'done' WHERE number = ?", [_now(), run])
        self.ended = True
        return counts

    def _keep(self, memory: str) -> None:
        """Let the engine keep so much in memory; a server's readers share that of its one connection."""
        if self._found is not None and not self._store._kept_open:
            self._found[0].execute(f"SET memory_limit = '{memory}'")

    @property
    def _arriving(self) -> Arriving:
        if self._found is None:
            con = self._stack.enter_context(self._store.transaction(large=True))
            feed, number = _feed(con, self._source, self._snapshot, "file")
            self._found = con, feed, number, Arriving(con, feed, number, self._store._naming)
        return self._found[3]


_FEED = "SELECT f.code FROM feed f JOIN source s ON s.code = f.source WHERE s.name = ? AND f.name = ?"


def _now() -> int:
    return time.time_ns() // 1000


def _next(con: duckdb.DuckDBPyConnection, table: str, column: str = "code") -> int:
    return int(con.execute(f"SELECT coalesce(max({column}), -1) + 1 FROM {table}").fetchall()[0][0])


def _source(con: duckdb.DuckDBPyConnection, name: str) -> int:
    found = con.execute("SELECT code FROM source WHERE name = ?", [name]).fetchall()
    if found:
        return int(found[0][0])
    code = _next(con, "source")
    con.execute("INSERT INTO source VALUES (?, ?)", [code, name])
    return code


def _feed(con: duckdb.DuckDBPyConnection, source: str, name: str, kind: str) -> tuple[int, int]:
    """Codes of the feed and of its source, made where they are new."""
    number = _source(con, source)
    found = con.execute("SELECT code FROM feed WHERE source = ? AND name = ?", [number, name]).fetchall()
    if found:
        return int(found[0][0]), number
    code = _next(con, "feed")
    con.execute(
        "INSERT INTO feed (code, source, name, kind, origin, notes, changed) VALUES (?, ?, ?, ?, '', '[]', ?)",
        [code, number, name, kind, _now()],
    )
    return code, number


def _touch(con: duckdb.DuckDBPyConnection, feed: int | None, items: I32) -> None:
    """Note which items a change of the log touched, for the builds that come after it."""
    if not len(items):
        return
    import pyarrow as pa

    con.execute("UPDATE meta SET value = CAST(CAST(value AS BIGINT) + 1 AS VARCHAR) WHERE name = 'change'")
    con.execute("UPDATE feed SET changed = ? WHERE code = ?", [_now(), feed])
    con.register("rows_in", pa.table({"item": pa.array(items, pa.int32())}))
    number = "(SELECT CAST(value AS BIGINT) FROM meta WHERE name = 'change')"
    con.execute(f"INSERT INTO change SELECT {number}, item FROM rows_in")
    con.unregister("rows_in")


def _begin_run(con: duckdb.DuckDBPyConnection, source: int, kind: str, what: str, began: int) -> int:
    number = max(1, _next(con, "run", "number"))
    con.execute(
        "INSERT INTO run VALUES (?, ?, ?, ?, ?, NULL, 0, 0, 0, 0, 'running', '')", [number, source, kind, what, began]
    )
    return number


def _goes_on(con: duckdb.DuckDBPyConnection, feed: int, cursor: str) -> None:
    if not con.execute("UPDATE cursor SET value = ? WHERE feed = ?", [cursor, feed]).fetchall()[0][0]:
        con.execute("INSERT INTO cursor VALUES (?, ?)", [feed, cursor])


def _count(con: duckdb.DuckDBPyConnection, run: int, counts: Counts) -> None:
    if not any(counts):
        return
    con.execute(
        "UPDATE run SET read = read + ?, new = new + ?, superseded = superseded + ?, rejected = rejected + ?"
        " WHERE number = ?",
        [counts.read, counts.new, counts.superseded, counts.rejected, run],
    )
