"""The embedded engine for a log in memory: its visits, items and batches as DuckDB tables of their own."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pyarrow as pa

from valuestream.engine import views
from valuestream.engine.attributes import attributes
from valuestream.engine.ending import ends
from valuestream.engine.explaining import asked_of, explanations
from valuestream.engine.keeping import MANY, Keeping
from valuestream.errors import PersonField, UnknownName
from valuestream.flow.visits import empty
from valuestream.log import select
from valuestream.log.event import NONE
from valuestream.people import members, with_dated

if TYPE_CHECKING:
    import duckdb

    from valuestream.flow.build import Flow
    from valuestream.log.event import Log
    from valuestream.metrics.selection import Binned
    from valuestream.people import OutsizeAccount

ON_DISK = 3_000_000
"""Events from which the tables go to a temporary file, so that memory stays flat."""

MOST_EXPLAINED = 500_000
"""Visits of a log in memory of which it is looked for why they waited: of more it would take as long as half the map.
A workspace, which does so once for a build, has no such limit.
"""

T = TypeVar("T")
_UNSTORED = ("life", "release")
_HIDDEN = "left_by"


class Engine:
    """Tables of one flow, ready to be asked: see `Tables`. Close it, or use it as a context."""

    def __init__(self, flow: Flow, *, progress: Callable[[int, int], None] | None = None) -> None:
        import duckdb

        self._flow = flow
        self._held = Keeping()
        self._folder = tempfile.TemporaryDirectory(prefix="vsm-") if len(flow.log) >= ON_DISK else None
        path = str(Path(self._folder.name) / "flow.duckdb") if self._folder else ":memory:"
        self._con: duckdb.DuckDBPyConnection = duckdb.connect(path)
        self._con.execute("SET python_enable_replacements = false")
        self._con.execute("SET enable_progress_bar = false")  # DuckDB draws one of its own in a notebook
        if self._folder:
            self._con.execute("SET memory_limit = '1200MB'")
            self._con.execute("SET preserve_insertion_order = false")
            self._con.execute("SET force_compression = 'uncompressed'")
        self._load(flow, progress)
        self._view(flow)
        self._con.execute("SET enable_external_access = false")
        self._attributes_known = False

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *failure: object) -> None:
        self.close()

    def close(self) -> None:
        """Give up the tables; a temporary file goes with them."""
        self._con.close()
        if self._folder:
            self._folder.cleanup()

    @property
    def stages(self) -> tuple[str, ...]:
        return self._flow.stages

    @property
    def teams(self) -> Sequence[str]:
        return self._flow.teams

    @property
    def words(self) -> Sequence[str]:
        return self._flow.log.words

    @property
    def types(self) -> Sequence[str]:
        return select.values(self._flow.log, "type")

    @cached_property
    def fields(self) -> Sequence[str]:
        return select.fields(self._flow.log)

    @cached_property
    def members(self) -> Mapping[str, int]:
        stream = self._flow.stream
        return members(self._flow.log.people, with_dated(stream.teams, stream.memberships))

    @property
    def as_of(self) -> int:
        return self._flow.as_of

    @cached_property
    def first(self) -> int:
        return int(self._flow.log.at.min()) if len(self._flow.log) else 0

    @property
    def events(self) -> int:
        return len(self._flow.log)

    @property
    def measured(self) -> bool:
        return self._flow.measured

    @cached_property
    def explained(self) -> bool:
        if self.ask("SELECT count(*) FROM visits_in")[0][0] > MOST_EXPLAINED:
            return False
        for part in explanations(self.arrow, self._flow.stream, first=self.first, last=self.as_of):
            for name, rows in zip(("waits", "loads"), part, strict=True):
                self._append(name, rows)
        self._con.execute(f"CREATE VIEW waits_us AS {asked_of('waits_in')}")
        self._con.execute("CREATE VIEW loads AS SELECT * FROM loads_in")
        return True

    @property
    def left_out(self) -> Mapping[str, int]:
        return self._flow.left_out

    @property
    def rejects(self) -> Mapping[str, int]:
        found: Counter[str] = Counter()
        for reject in self._flow.log.rejects:
            found[reject.reason] += reject.rows
        return dict(found.most_common())

    @property
    def notes(self) -> Sequence[str]:
        return self._flow.log.notes

    @property
    def binned(self) -> Mapping[str, Binned]:
        return {}

    @property
    def machine(self) -> OutsizeAccount | None:
        return self._flow.machine

    def key(self, item: int) -> str:
        return self._flow.key(item)

    def keys(self, items: Sequence[int]) -> list[str]:
        return [self._flow.key(item) for item in items]

    def titles(self, items: Sequence[int]) -> list[str | None]:
        return [self._title(item) for item in items]

    def _title(self, item: int) -> str | None:
        log = self._flow.log
        if "title" not in log.fields:
            return None
        code = item if item < len(log.items) else self._flow.later_lives[item - len(log.items)][0]
        word = int(self._titles[code])
        return None if word == NONE else str(log.words[word])

    @cached_property
    def _titles(self) -> Any:
        return select.attribute(self._flow.log, "title")

    def address(self, item: int) -> str | None:
        return None  # files tell of none

    def links(self, item: int) -> list[dict[str, Any]]:
        return []  # in one log, other artefacts are tracks of their item

    def item(self, key: str) -> int:
        found = self._numbers.get(key)
        if found is None:
            raise select.unknown_value("item", key, list(self._numbers))
        return found

    @cached_property
    def _numbers(self) -> dict[str, int]:
        numbers = [row[0] for row in self.ask("SELECT item FROM items_us ORDER BY item")]
        return {self._flow.key(item): item for item in numbers}

    def field(self, name: str) -> int:
        log = self._flow.log
        if log.field is None or name not in log.fields:
            raise UnknownName(
                f"The log has no field {name!r}.", f"Fields of this log: {', '.join(log.fields) or 'none'}."
            )
        if name not in self.fields:
            raise PersonField(f"The values of {name!r} are people.", "No view groups, filters or sorts by persons.")
        if not self._attributes_known:
            self._con.register("rows_in", attributes(log, self._flow.later_lives))
            self._con.execute("CREATE TABLE attributes AS SELECT * FROM rows_in")
            self._con.unregister("rows_in")
            self._attributes_known = True
        return list(log.fields).index(name)

    def values(self, name: str) -> Sequence[str]:
        return select.values(self._flow.log, name)

    def ask(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return self._con.execute(sql, list(parameters)).fetchall()

    def arrow(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        return self._con.execute(sql, list(parameters)).to_arrow_table()

    @property
    def explanation(self) -> Hashable:
        return None

    def held(self, what: Hashable, compute: Callable[[], T], *, anyway: bool = False) -> T | None:
        return self._held.get(what, compute) if anyway or self.events < MANY else self._held.known(what)

    def hands(self) -> Any:
        return self._con.execute(views.hands("visits_in", "of")).to_arrow_table()

    def history(self, item: int) -> Log:
        return self.histories([item])

    def histories(self, items: Sequence[int]) -> Log:
        log = self._flow.log
        n, later = len(log.items), self._flow.later_lives
        return select.rows(log, np.isin(log.item, [item if item < n else later[item - n][0] for item in items]))

    def _load(self, flow: Flow, progress: Callable[[int, int], None] | None) -> None:
        """Copy the kernels' columns, range by range."""
        hours = bool(flow.stream.calendar.hours)
        for part in flow.parts(progress):
            self._append("visits", _table(part.visits, hours, ends(part.items)))
            self._append("items", _table(part.items, hours))
        if not len(flow.log):
            visits, items = empty()
            self._append("visits", _table(visits, hours, ends(items)))
            self._append("items", _table(items, hours))
        for together in flow.batches():
            self._append("batches", _table(together, hours))

    def _append(self, name: str, rows: pa.Table) -> None:
        self._con.register("rows_in", rows)
        self._con.execute(f"CREATE TABLE IF NOT EXISTS {name}_in AS SELECT * FROM rows_in LIMIT 0")
        self._con.execute(f"INSERT INTO {name}_in SELECT * FROM rows_in")
        self._con.unregister("rows_in")

    def _view(self, flow: Flow) -> None:
        for name in views.TABLES:
            columns = [row[0] for row in self._con.execute(f"DESCRIBE {name}_in").fetchall()]
            columns = [column for column in columns if column != _HIDDEN]
            self._con.execute(f"CREATE VIEW {name}_us AS {views.stored(name, columns, f'{name}_in')}")
        self._con.execute(f"CREATE VIEW visits AS {views.visits(flow.as_of)}")
        self._con.execute(f"CREATE VIEW items AS {views.items(flow.as_of)}")
        self._con.execute("CREATE VIEW batches AS SELECT * FROM batches_us")


def _table(rows: tuple[Any, ...], hours: bool, more: Mapping[str, Any] | None = None) -> pa.Table:
    """Columns as an Arrow table, none of them copied; working hours only where they are known."""
    given = {**rows._asdict(), **(more or {})}.items()  # type: ignore[attr-defined]
    wanted = {name: column for name, column in given if name not in _UNSTORED}
    if not hours:
        wanted = {name: column for name, column in wanted.items() if not name.endswith("_bh") and name != "open_clock"}
    return pa.table({name: pa.array(column) for name, column in wanted.items()})
