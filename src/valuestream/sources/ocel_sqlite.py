"""OCEL 2.0 as an SQLite database (.sqlite)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from valuestream.errors import InputError
from valuestream.sources.ocel_tables import Tables

MAGIC = b"SQLite format 3\x00"
LONGEST_BYTES = 64 << 20

_NEEDED = {
    "event": ("ocel_id", "ocel_type"),
    "object": ("ocel_id", "ocel_type"),
    "event_map_type": ("ocel_type", "ocel_type_map"),
    "object_map_type": ("ocel_type", "ocel_type_map"),
    "event_object": ("ocel_event_id", "ocel_object_id", "ocel_qualifier"),
}
_BETWEEN = ("ocel_source_id", "ocel_target_id")


def tables(path: Path) -> Tables:
    """The tables of a database, opened for reading only. No SQLite, damaged or no OCEL is an InputError.

    Only plain tables are read, no views; a table's name is taken from the map tables and looked up before it is used.
    """
    if not path.is_file():
        raise InputError(f"There is no file {path}.", "Look at the name and the folder.")
    try:
        with closing(_opened(path)) as database:
            found = _Database(path, database).tables()
    except (sqlite3.Error, UnicodeDecodeError, OverflowError, MemoryError) as error:  # a damaged schema is cited raw
        raise InputError(
            f"{path.name} cannot be read as an SQLite database: {error}.", "Copy or export it again."
        ) from error
    found.settle()
    return found


def _opened(path: Path) -> sqlite3.Connection:
    still = "" if Path(f"{path}-wal").exists() else "&immutable=1"
    database = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro{still}", uri=True)
    database.text_factory = lambda raw: raw.decode("utf-8", "replace")
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_BYTES)
    database.execute("PRAGMA trusted_schema = OFF")
    database.execute("PRAGMA query_only = ON")
    return database


class _Database:
    def __init__(self, path: Path, database: sqlite3.Connection) -> None:
        self.path, self.database = path, database
        rows = database.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'")
        plain = [str(name) for name, sql in rows if not str(sql).upper().startswith("CREATE VIRTUAL")]
        self.names = {name.casefold(): name for name in plain}

    def tables(self) -> Tables:
        for name, columns in _NEEDED.items():
            self._need(name, columns)
        found = Tables()
        types = self._types("object", found)
        for place, name, kind in self._rows("object", "ocel_id", "ocel_type"):
            found.thing(place, name, kind)
        for kind, table in types.items():
            self._changes(found, kind, table)
        self._events(found)
        for place, event, name, qualifier in self._rows("event_object", *_NEEDED["event_object"]):
            if event in found.events:
                found.relate(place, event, name, qualifier)
            else:
                found.reject(place, "relation of an event that is not there", f"{event}, {name}")
        if "object_object" in self.names:
            self._need("object_object", _BETWEEN)
            for place, first, second in self._rows("object_object", *_BETWEEN):
                found.join(place, first or "", second)
        return found

    def _events(self, found: Tables) -> None:
        told: dict[str, dict[str, str]] = {}
        for table in self._types("event", found).values():
            for _, row in self._all(table):
                told.setdefault(row.pop("ocel_id", ""), row)
        for place, name, kind in self._rows("event", "ocel_id", "ocel_type"):
            said = told.get(name or "", {})
            time = said.pop("ocel_time", None)
            found.event(place, name, kind, time, said)

    def _changes(self, found: Tables, kind: str, table: str) -> None:
        """Rows of one type of objects: without a changed field what the object is at first, else that field."""
        for place, row in self._all(table):
            name, time, changed = (
                row.pop("ocel_id", ""),
                row.pop("ocel_time", None),
                row.pop("ocel_changed_field", None),
            )
            if name not in found.objects:
                found.reject(place, f"attributes of an object of the type {kind!r} that is not there", name)
                continue
            for attribute, value in row.items():
                if changed is None or attribute.casefold() == changed.casefold():
                    found.change(name, attribute, time, value)

    def _types(self, what: str, found: Tables) -> dict[str, str]:
        """Type -> the table of its events or objects."""
        types = {}
        for place, kind, mapped in self._rows(f"{what}_map_type", "ocel_type", "ocel_type_map"):
            table = self.names.get(f"{what}_{mapped}".casefold())
            if kind is None or mapped is None:
                found.reject(place, "type without a name", f"{kind}, {mapped}")
            elif table is None:
                raise self._no_ocel(f"there is no table '{what}_{mapped[:100]}', which {what}_map_type names")
            else:
                self._need(table, ("ocel_id", "ocel_time") if what == "event" else ("ocel_id",))
                types[kind] = table
        return types

    def _need(self, table: str, columns: tuple[str, ...]) -> None:
        if table.casefold() not in self.names:
            raise self._no_ocel(f"there is no table '{table}'")
        there = {str(row[1]).casefold() for row in self.database.execute(f"PRAGMA table_info({_quoted(table)})")}
        for column in columns:
            if column not in there:
                raise self._no_ocel(f"the table '{table}' has no column '{column}'")

    def _no_ocel(self, why: str) -> InputError:
        shown = ", ".join(list(self.names.values())[:12]) or "none"
        return InputError(
            f"{self.path.name} is an SQLite database, but no OCEL 2.0: {why}.",
            f"Tables found: {shown}. OCEL 2.0 has {', '.join(_NEEDED)} and a table for each type.",
        )

    def _rows(self, table: str, *columns: str) -> Iterator[Any]:
        """(place, text or None of each column) of each row, in the order of the table."""
        names = ", ".join(map(_quoted, columns))
        cursor = self.database.execute(f"SELECT {names} FROM {_quoted(table)} NOT INDEXED")
        for number, row in enumerate(cursor, 1):
            yield (f"{table} row {number}", *map(_text, row))

    def _all(self, table: str) -> Iterator[tuple[str, dict[str, str]]]:
        """(place, column -> text) of each row; a null is left out."""
        cursor = self.database.execute(f"SELECT * FROM {_quoted(table)} NOT INDEXED")
        columns = [str(column[0]) for column in cursor.description]
        keys = [name.casefold() if name.casefold().startswith("ocel_") else name for name in columns]
        for number, row in enumerate(cursor, 1):
            said = {key: text for key, value in zip(keys, row, strict=True) if (text := _text(value)) is not None}
            yield f"{table} row {number}", said


def _quoted(name: str) -> str:
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value)
