"""The embedded engine: visits, items and batches as DuckDB tables, and the views that metrics are over.

Tables hold int64 microseconds as the kernels wrote them; nothing in them depends on `as_of`. The views
give seconds and close what is open at `as_of`. The field's `left` is the column `left_at` here, since
SQL reserves the word.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from valuestream.flow.grains import BLOCKED, EXTERNAL, NEVER, QUEUE, WORK
from valuestream.flow.visits import empty

if TYPE_CHECKING:
    import duckdb

    from valuestream.flow.build import Flow

ON_DISK = 3_000_000
"""Events from which the tables go to a temporary file, so that memory stays flat."""

TABLES = ("visits", "items", "batches")
_MAYBE_NEVER = ("started", "left", "open_since", "open_clock", "committed", "finished", "lead", "lead_bh")
_MAYBE_NONE = (
    "people",
    "touch_days",
    "returned",
    "returned_to",
    "open_mode",
    "came_from",
    "went_to",
    "type",
    "team",
    "days",
)
_UNSTORED = ("life", "left_by", "release")


class Engine:
    """Tables of one flow, ready to be asked. Close it, or use it as a context."""

    def __init__(self, flow: Flow, *, progress: Callable[[int, int], None] | None = None) -> None:
        import duckdb

        self._folder = tempfile.TemporaryDirectory(prefix="vsm-") if len(flow.log) >= ON_DISK else None
        path = str(Path(self._folder.name) / "flow.duckdb") if self._folder else ":memory:"
        self._con: duckdb.DuckDBPyConnection = duckdb.connect(path)
        self._con.execute("SET python_enable_replacements = false")
        if self._folder:
            self._con.execute("SET memory_limit = '1200MB'")
            self._con.execute("SET preserve_insertion_order = false")
            self._con.execute("SET force_compression = 'uncompressed'")
        self._load(flow, progress)
        self._view(flow)
        self._con.execute("SET enable_external_access = false")

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *failure: object) -> None:
        self.close()

    def close(self) -> None:
        """Give up the tables; a temporary file goes with them."""
        self._con.close()
        if self._folder:
            self._folder.cleanup()

    def ask(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Rows of one statement."""
        return self._con.execute(sql, list(parameters)).fetchall()

    def arrow(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        """The answer as a pyarrow.Table."""
        return self._con.execute(sql, list(parameters)).to_arrow_table()

    def _load(self, flow: Flow, progress: Callable[[int, int], None] | None) -> None:
        """Copy the kernels' columns, range by range."""
        hours = bool(flow.stream.calendar.hours)
        for part in flow.parts(progress):
            self._append("visits", _table(part.visits, hours))
            self._append("items", _table(part.items, hours))
        if not len(flow.log):
            for name, rows in zip(("visits", "items"), empty(), strict=True):
                self._append(name, _table(rows, hours))
        for together in flow.batches():
            self._append("batches", _table(together, hours))

    def _append(self, name: str, rows: pa.Table) -> None:
        self._con.register("rows_in", rows)
        self._con.execute(f"CREATE TABLE IF NOT EXISTS {name}_in AS SELECT * FROM rows_in LIMIT 0")
        self._con.execute(f"INSERT INTO {name}_in SELECT * FROM rows_in")
        self._con.unregister("rows_in")

    def _view(self, flow: Flow) -> None:
        for name in TABLES:
            columns = [row[0] for row in self._con.execute(f"DESCRIBE {name}_in").fetchall()]
            listed = [_shown(column) for column in columns]
            if name != "batches" and "work_bh" not in columns:
                listed += [f"NULL::BIGINT AS {column}" for column in (*_VISIT_BH, "lead_bh", "open_clock")]
            self._con.execute(f"CREATE VIEW {name}_us AS SELECT {', '.join(listed)} FROM {name}_in")
        self._con.execute(_visits_view(flow.as_of))
        self._con.execute(_items_view(flow.as_of))
        self._con.execute("CREATE VIEW batches AS SELECT * FROM batches_us")


_VISIT_BH = ("queue_bh", "work_bh", "blocked_bh", "external_bh", "parallel_bh")


def _table(rows: tuple[Any, ...], hours: bool) -> pa.Table:
    """Columns as an Arrow table, none of them copied; working hours only where they are known."""
    given = rows._asdict().items()  # type: ignore[attr-defined]
    wanted = {name: column for name, column in given if name not in _UNSTORED}
    if not hours:
        wanted = {name: column for name, column in wanted.items() if not name.endswith("_bh") and name != "open_clock"}
    return pa.table({name: pa.array(column) for name, column in wanted.items()})


def _shown(name: str) -> str:
    """A column under its public name, with null for what the kernels write as NEVER or NONE."""
    public = {"left": "left_at", "of": "item"}.get(name, name)
    if name in _MAYBE_NEVER:
        return f'nullif("{name}", {NEVER}) AS {public}'
    return f'nullif("{name}", -1) AS {public}' if name in _MAYBE_NONE else f'"{name}" AS {public}'


def _closed(name: str, mode: int, as_of: int) -> str:
    still = f"CASE WHEN open_mode = {mode} AND open_since < {as_of} THEN {as_of} - open_since ELSE 0 END"
    return f"({name} + {still}) / 1e6 AS {name}_s"


def _parallel(as_of: int) -> str:
    still = f"CASE WHEN open_hidden > 0 AND open_since < {as_of} THEN open_hidden * ({as_of} - open_since) ELSE 0 END"
    return f"(parallel + {still}) / 1e6 AS parallel_s"


def _visits_view(as_of: int) -> str:
    modes = {"queue": QUEUE, "work": WORK, "blocked": BLOCKED, "external": EXTERNAL}
    closed = ", ".join(_closed(name, mode, as_of) for name, mode in modes.items())
    return f"""
        CREATE VIEW visits AS SELECT *, queue_s + blocked_s + external_s AS wait_s,
            CASE WHEN started IS NOT NULL THEN work_s END AS active_s,
            CASE WHEN started IS NOT NULL THEN work_bh / 1e6 END AS active_bh_s,
            (queue_bh + blocked_bh + external_bh) / 1e6 AS wait_bh_s,
            CASE WHEN started IS NOT NULL THEN (started - entered) / 1e6 END AS wait_before_s
        FROM (SELECT *, {closed}, {_parallel(as_of)} FROM visits_us)
    """


def _items_view(as_of: int) -> str:
    return f"""
        CREATE VIEW items AS SELECT *, lead / 1e6 AS lead_s, lead_bh / 1e6 AS lead_bh_s,
            work / 1e6 AS work_s, (queue + blocked + external) / 1e6 AS wait_s,
            CASE WHEN started IS NOT NULL THEN work / 1e6 END AS active_s,
            CASE WHEN finished >= started THEN (finished - started) / 1e6 END AS cycle_s,
            CASE WHEN committed > requested THEN (finished - requested) / 1e6 END AS delivery_s,
            CASE WHEN committed > requested THEN (committed - requested) / 1e6 END AS before_s,
            CASE WHEN outcome = 0 THEN ({as_of} - committed) / 1e6 END AS age_s,
            rework / 1e6 AS rework_s
        FROM items_us
    """
