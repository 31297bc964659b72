"""OCEL 2.0's three forms, written out piece by piece."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from itertools import groupby, islice
from pathlib import Path
from typing import IO, Any
from xml.sax.saxutils import escape

from valuestream.sources.ocel_content import INITIAL, Content, Event, Object

_BATCH = 10_000
_QUOTED = {'"': "&quot;", "\n": "&#10;", "\t": "&#9;", "\r": "&#13;"}


def to_json(content: Content, path: Path) -> None:
    """The JSON form, one event or object a line."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write("{")
        _list(file, "objectTypes", ({"name": n, "attributes": _typed(a)} for n, a in content.object_types.items()))
        file.write(",")
        _list(file, "eventTypes", ({"name": n, "attributes": _typed(a)} for n, a in content.event_types.items()))
        file.write(",")
        _list(file, "objects", map(_json_object, content.objects()))
        file.write(",")
        _list(file, "events", map(_json_event, content.events()))
        file.write("\n}\n")


def _list(file: IO[str], name: str, entries: Iterable[Any]) -> None:
    file.write(f'\n"{name}": [')
    for number, entry in enumerate(entries):
        file.write((",\n" if number else "\n") + json.dumps(entry, ensure_ascii=False))
    file.write("]")


def _typed(names: Sequence[str]) -> list[dict[str, str]]:
    return [{"name": name, "type": "string"} for name in names]


def _json_object(one: Object) -> dict[str, Any]:
    return {
        "id": one.id,
        "type": one.type,
        "attributes": [{"name": name, "time": time, "value": value} for name, time, value in one.attributes],
        "relationships": _related(one.related),
    }


def _json_event(event: Event) -> dict[str, Any]:
    return {
        "id": event.id,
        "type": event.type,
        "time": event.time,
        "attributes": [{"name": name, "value": value} for name, value in event.attributes.items()],
        "relationships": _related(event.related),
    }


def _related(pairs: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"objectId": name, "qualifier": qualifier} for name, qualifier in pairs]


def to_xml(content: Content, path: Path) -> None:
    """The XML form."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write('<?xml version="1.0" encoding="UTF-8"?>\n<log>\n')
        for kind, types in (("object", content.object_types), ("event", content.event_types)):
            file.write(f"<{kind}-types>\n")
            for name, attributes in types.items():
                parts = "".join(f"<attribute{_said(name=a, type='string')}/>" for a in attributes)
                file.write(f"<{kind}-type{_said(name=name)}><attributes>{parts}</attributes></{kind}-type>\n")
            file.write(f"</{kind}-types>\n")
        file.write("<objects>\n")
        file.writelines(map(_xml_object, content.objects()))
        file.write("</objects>\n<events>\n")
        file.writelines(map(_xml_event, content.events()))
        file.write("</events>\n</log>\n")


def _said(**attributes: str) -> str:
    return "".join(f' {key.replace("_", "-")}="{escape(value, _QUOTED)}"' for key, value in attributes.items())


def _xml_related(pairs: Sequence[tuple[str, str]]) -> str:
    return "".join(f"<relationship{_said(object_id=name, qualifier=qualifier)}/>" for name, qualifier in pairs)


def _xml_object(one: Object) -> str:
    parts = "".join(f"<attribute{_said(name=n, time=t)}>{_text(v)}</attribute>" for n, t, v in one.attributes)
    related = f"<objects>{_xml_related(one.related)}</objects>" if one.related else ""
    return f"<object{_said(id=one.id, type=one.type)}><attributes>{parts}</attributes>{related}</object>\n"


def _xml_event(event: Event) -> str:
    parts = "".join(f"<attribute{_said(name=n)}>{_text(v)}</attribute>" for n, v in event.attributes.items())
    head = _said(id=event.id, type=event.type, time=event.time)
    return f"<event{head}><attributes>{parts}</attributes><objects>{_xml_related(event.related)}</objects></event>\n"


def _text(value: str) -> str:
    return escape(value, {"\r": "&#13;"})


def to_sqlite(content: Content, path: Path) -> None:
    """The SQLite form: a table for each type, its name in the map tables."""
    with closing(sqlite3.connect(path)) as database, database:
        for what in ("event", "object"):
            database.execute(f"CREATE TABLE {what} (ocel_id TEXT PRIMARY KEY, ocel_type TEXT)")
            database.execute(f"CREATE TABLE {what}_map_type (ocel_type TEXT PRIMARY KEY, ocel_type_map TEXT)")
        database.execute("CREATE TABLE event_object (ocel_event_id TEXT, ocel_object_id TEXT, ocel_qualifier TEXT)")
        database.execute("CREATE TABLE object_object (ocel_source_id TEXT, ocel_target_id TEXT, ocel_qualifier TEXT)")
        events = _type_tables(database, "event", content.event_types, ())
        objects = _type_tables(database, "object", content.object_types, ("ocel_changed_field",))
        for batch in _batches(content.events()):
            database.executemany("INSERT INTO event VALUES (?, ?)", [(event.id, event.type) for event in batch])
            related = [(event.id, *pair) for event in batch for pair in event.related]
            database.executemany("INSERT INTO event_object VALUES (?, ?, ?)", related)
            rows = [
                (event.type, [event.id, event.time, *map(event.attributes.get, content.event_types[event.type])])
                for event in batch
            ]
            _fill(database, events, rows)
        for one in content.objects():
            database.execute("INSERT INTO object VALUES (?, ?)", (one.id, one.type))
            database.executemany(
                "INSERT INTO object_object VALUES (?, ?, ?)", [(one.id, *pair) for pair in one.related]
            )
            _fill(database, objects, [(one.type, row) for row in _object_rows(one, content.object_types[one.type])])


def _type_tables(
    database: sqlite3.Connection, what: str, types: dict[str, list[str]], further: Sequence[str]
) -> dict[str, str]:
    """Create the tables; type -> name of its table."""
    tables: dict[str, str] = {}
    taken: set[str] = {"map_type", "object"}
    for name, attributes in types.items():
        base = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_")[:60] or "type"
        mapped, nth = base, 1
        while mapped.lower() in taken:
            nth += 1
            mapped = f"{base}_{nth}"
        taken.add(mapped.lower())
        tables[name] = f"{what}_{mapped}"
        columns = ["ocel_id", "ocel_time", *further, *attributes]
        database.execute(
            f'CREATE TABLE "{tables[name]}" ({", ".join(f"{_column(column)} TEXT" for column in columns)})'
        )
        database.execute(f"INSERT INTO {what}_map_type VALUES (?, ?)", (name, mapped))
    return tables


def _column(name: str) -> str:
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


def _object_rows(one: Object, names: Sequence[str]) -> Iterator[list[str | None]]:
    """What the object is at first in one row, then a row for each change."""
    first = {name: value for name, time, value in one.attributes if time == INITIAL}
    yield [one.id, INITIAL, None, *map(first.get, names)]
    for name, time, value in one.attributes:
        if time != INITIAL:
            yield [one.id, time, name, *(value if other == name else None for other in names)]


def _fill(database: sqlite3.Connection, tables: dict[str, str], rows: list[tuple[str, list[str | None]]]) -> None:
    for kind, group in groupby(sorted(rows, key=lambda row: row[0]), key=lambda row: row[0]):
        values = [row for _, row in group]
        marks = ", ".join("?" * len(values[0]))
        database.executemany(f'INSERT INTO "{tables[kind]}" VALUES ({marks})', values)


def _batches(events: Iterator[Event]) -> Iterator[list[Event]]:
    while batch := list(islice(events, _BATCH)):
        yield batch
