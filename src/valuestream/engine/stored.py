"""The tables of a workspace's stream: built ones in its store, with the views that metrics are over."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakKeyDictionary

from valuestream.engine import bins, views
from valuestream.engine.built import change_of, known
from valuestream.engine.explaining import asked_of, explanations
from valuestream.engine.folding import code_of
from valuestream.engine.joining import joined_log
from valuestream.engine.keeping import MANY, Keeping
from valuestream.engine.stored_items import StoredItems
from valuestream.engine.stored_words import StoredWords
from valuestream.errors import PersonField, UnknownName
from valuestream.log.importing import ROWS_REJECTED
from valuestream.log.replay import listed
from valuestream.people import OutsizeAccount, members, with_dated
from valuestream.stream import CANCELLED, DONE

if TYPE_CHECKING:
    import duckdb

    from valuestream.engine.built import Built
    from valuestream.log.event import Log
    from valuestream.log.store import Store
    from valuestream.metrics.selection import Binned
    from valuestream.stream import Stream

_MOST_ONCE = 60
"""Looks at everything of which is kept what they found: some ten for a state of a stream's data."""

_ONCE: WeakKeyDictionary[Store, Keeping] = WeakKeyDictionary()
_HELD: WeakKeyDictionary[Store, Keeping] = WeakKeyDictionary()
T = TypeVar("T")


class Stored(StoredItems, StoredWords):
    """Tables of one build, ready to be asked: see `Tables`. What is open is closed at `as_of`.

    fresh  look at once for why items wait, where the build does not know it yet
    leave  told of the tables when they are closed, resting, for the next who asks; None: they are given up
    """

    def __init__(
        self,
        store: Store,
        built: Built,
        stream: Stream,
        *,
        as_of: int,
        link_confidence: float = 0.5,
        fresh: bool = True,
        leave: Callable[[Stored], None] | None = None,
    ) -> None:
        self._store, self._built, self._stream = store, built, stream
        self._link_confidence = link_confidence
        self._as_of = as_of
        self._fresh = fresh
        self._leave = leave
        self._fields: list[int] = []
        self._reader = store.reader(self._view)

    @property
    def stages(self) -> tuple[str, ...]:
        return (*(stage.name for stage in self._stream.stages), DONE, CANCELLED)

    @property
    def teams(self) -> Sequence[str]:
        return self._built.teams

    @property
    def words(self) -> Sequence[str]:
        return self._once("words", lambda: listed(self._reader.con, "word"))

    @property
    def types(self) -> Sequence[str]:
        return self.values("type")

    @property
    def as_of(self) -> int:
        return self._as_of

    def _once(self, what: Hashable, compute: Callable[[], T], *, built: bool = False) -> T:
        """What takes a look at everything, computed once for each state of the build and of the log.

        built  where the last build will do, what was imported since is left aside, as in all that is shown
        """
        state = self._state[:3] if built and not self._fresh else self._state
        return _ONCE.setdefault(self._store, Keeping(most=_MOST_ONCE)).get((state, what), compute)

    @cached_property
    def _state(self) -> tuple[Any, ...]:
        con, built = self._reader.con, self._built
        return built.stream, built.number, built.change, change_of(con)

    @property
    def fields(self) -> Sequence[str]:
        return self._once("fields", self._fields_of_items)

    @cached_property
    def members(self) -> Mapping[str, int]:
        people = self.ask("SELECT name || domain FROM person ORDER BY code")
        teams = with_dated(self._stream.teams, self._stream.memberships)
        return members([row[0] for row in people], teams)

    @property
    def first(self) -> int:
        return self._built.first

    @property
    def events(self) -> int:
        return self._built.events

    @property
    def measured(self) -> bool:
        return self._built.measured

    @property
    def left_out(self) -> Mapping[str, int]:
        return self._built.left_out

    @property
    def binned(self) -> Mapping[str, Binned]:
        if self._built.events < bins.MANY:
            return {}
        return self._once("bins", self._binned, built=True)

    def _binned(self) -> Mapping[str, Binned]:
        con, built = self._reader.con, self._built
        return bins.by_duration(con, built.table("visits"), bins.kept(con, built.table("edges")))

    @cached_property
    def explained(self) -> bool:
        con, built = self._reader.con, self._built
        if self._fresh and built.explained != built.change:
            self._explain(con)
        return self._fresh or built.explained >= 0

    def _explain(self, con: duckdb.DuckDBPyConnection) -> None:
        """Look for what the build does not know yet, for this connection only: who reads does not write."""
        parts = explanations(self.arrow, self._stream, first=self._built.first, last=self._built.last)
        for n, part in enumerate(parts):
            for name, rows in zip(("waits", "loads"), part, strict=True):
                con.register("rows_in", rows)
                if not n:
                    con.execute(f"CREATE TEMP TABLE own_{name} AS SELECT * FROM rows_in LIMIT 0")
                con.execute(f"INSERT INTO own_{name} SELECT * FROM rows_in")
                con.unregister("rows_in")
        con.execute(f"CREATE OR REPLACE TEMP VIEW waits_us AS {asked_of('own_waits')}")
        con.execute("CREATE OR REPLACE TEMP VIEW loads AS SELECT * FROM own_loads")

    @cached_property
    def rejects(self) -> Mapping[str, int]:
        return dict(
            self.ask(f"SELECT reason, {ROWS_REJECTED} AS n FROM reject GROUP BY reason ORDER BY n DESC, reason")
        )

    @cached_property
    def notes(self) -> Sequence[str]:
        sql = "SELECT DISTINCT json_extract_string(notes, '$[*]') FROM feed"
        return list(dict.fromkeys(note for row in self.ask(sql) for note in row[0]))

    @property
    def machine(self) -> OutsizeAccount | None:
        return self._once(("machine", tuple(self._stream.service_accounts)), self._machine, built=True)

    def field(self, name: str) -> int:
        found = self.ask("SELECT code FROM field_name WHERE name = ?", [name])
        if not found:
            known = ", ".join(row[0] for row in self.ask("SELECT name FROM field_name ORDER BY code")) or "none"
            raise UnknownName(f"The log has no field {name!r}.", f"Fields of this log: {known}.")
        if name not in self.fields:
            raise PersonField(f"The values of {name!r} are people.", "No view groups, filters or sorts by persons.")
        code = int(found[0][0])
        if code not in self._fields:
            self._fields.append(code)
            self._attribute(self._reader.con, code)
        return code

    def values(self, name: str) -> Sequence[str]:
        return self._once(("values", name), lambda: self._values(name), built=True)

    def ask(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return self._reader.con.execute(sql, list(parameters)).fetchall()

    def arrow(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        return self._reader.con.execute(sql, list(parameters)).to_arrow_table()

    def held(self, what: Hashable, compute: Callable[[], T], *, anyway: bool = False) -> T | None:
        # what was imported since changes the values of fields, but nothing that was built
        question = (self._state if self._fields else self._state[:3]), what
        keeping = _HELD.setdefault(self._store, Keeping())
        return keeping.get(question, compute) if anyway or self.events < MANY else keeping.known(question)

    @property
    def explanation(self) -> Hashable:
        return self._built.explained, self._fresh and self._built.explained != self._built.change

    def hands(self) -> Any:
        return self._reader.con.execute(views.hands(self._built.table("visits"), "item")).to_arrow_table()

    def history(self, item: int) -> Log:
        return self.histories([item])

    def histories(self, items: Sequence[int]) -> Log:
        codes = [code_of(item)[0] for item in items]
        with self._store.reading() as con:
            return joined_log(con, self._stream, confidence=self._link_confidence, items=codes)

    def close(self) -> None:
        import duckdb

        with suppress(duckdb.Error):  # where a question failed, so did its transaction
            # the values that a field had are those of one state of the log
            if self._leave is not None and not self._fields and self._reader.rest():
                self._leave(self)
                return
        self.give_up()

    def give_up(self) -> None:
        """Close the connection."""
        self._reader.close()

    def wake(self) -> None:
        """Look at the store as it is now, after a rest."""
        for name in ("members", "rejects", "notes", "_state", "explained"):
            self.__dict__.pop(name, None)
        if known(self._reader.con, self._built.stream) != self._built:
            self._reader.drop()

    def _view(self, con: duckdb.DuckDBPyConnection) -> None:
        """The views of a new connection, over the tables that the stream has by now."""
        self._built = known(con, self._built.stream) or self._built
        self.__dict__.pop("explained", None)  # what a connection found itself is gone with it
        for kind in views.TABLES:
            table = self._built.table(kind)
            columns = [row[0] for row in con.execute(f"DESCRIBE {table}").fetchall() if row[0] not in views.HIDDEN]
            con.execute(f"CREATE TEMP VIEW {kind}_us AS {views.stored(kind, columns, table)}")
        con.execute(f"CREATE TEMP VIEW visits AS {views.visits(self._as_of)}")
        con.execute(f"CREATE TEMP VIEW items AS {views.items(self._as_of)}")
        con.execute("CREATE TEMP VIEW batches AS SELECT * FROM batches_us")
        if self._built.explained >= 0:
            con.execute(f"CREATE TEMP VIEW waits_us AS {asked_of(self._built.table('waits'))}")
            con.execute(f"CREATE TEMP VIEW loads AS SELECT * FROM {self._built.table('loads')}")
        con.execute(
            "CREATE TEMP TABLE attributes (item BIGINT, field SMALLINT, value INTEGER, since BIGINT, until BIGINT)"
        )
        for field in self._fields:
            self._attribute(con, field)

    def _attribute(self, con: duckdb.DuckDBPyConnection, field: int) -> None:
        """Add a field's history to the table `attributes`."""
        items, seen = self._built.table("items"), self._built.table("seen")
        con.execute(f"INSERT INTO attributes {views.attribute(field, items, seen)}")
