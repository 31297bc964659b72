"""OCEL 2.0 logs (.sqlite, .json, .xml): objects of one type become items, what is related to them their tracks."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from valuestream.errors import InputError, UnknownName
from valuestream.log.event import Kind, Reject
from valuestream.sources import ocel_json, ocel_sqlite, ocel_xml
from valuestream.sources.blocks import Blocks, Codes, refs
from valuestream.sources.fields import OWN, Fields
from valuestream.sources.instants import BAD, EMPTY, Times
from valuestream.sources.ocel_own import KEY, Own, item_of, written_as
from valuestream.sources.ocel_related import MOST_SHARED, Related
from valuestream.sources.packed import opened
from valuestream.sources.source import Reading

if TYPE_CHECKING:
    from valuestream.log.event import I64, Log
    from valuestream.sources.ocel_tables import Tables

_ACTORS = ("org:resource", "resource", "actor", "user")
_ENDINGS = {
    ".sqlite": "SQLite",
    ".db": "SQLite",
    ".json": "JSON",
    ".jsonocel": "JSON",
    ".xml": "XML",
    ".xmlocel": "XML",
}


def read_ocel(path: str | Path, reading: Reading | None = None, *, object_type: str | None = None) -> Log:
    """The log in an OCEL 2.0 file. What it holds decides whether it is read as SQLite, JSON or XML.

    object_type   whose objects are the items; None: as `reading` says, else the type with the most objects that have
                  several events

    An event whose only relation is to the item is a state of it; one that is related to other objects as well is a
    state of those tracks ("order#7": "order:paid"). An unknown type is an UnknownName; what is no OCEL, malformed or
    cut short is an InputError; a bad event, object or relation is a reject.
    """
    path, reading = Path(path), reading or Reading()
    form, object_type = ocel_form(path), object_type or reading.object_type
    if form == "XML":
        tables = ocel_xml.tables(path, reading)
    else:
        tables = ocel_sqlite.tables(path) if form == "SQLite" else ocel_json.tables(path)
    log = _Translation(path.name, tables, reading, object_type).log()
    wanted = _ENDINGS.get(Path(path.name.removesuffix(".gz")).suffix.lower())
    return log.noting(f"Read as {form}, which it is, whatever its ending says.") if wanted not in (form, None) else log


def ocel_form(path: Path) -> str:
    """By its first bytes: "SQLite", "JSON" or "XML"; anything else is an InputError."""
    with opened(path) as stream:
        head = stream.read(64)
    if head.startswith(ocel_sqlite.MAGIC):
        return "SQLite"
    text = head.replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    if text[:1] in (b"{", b"["):
        return "JSON"
    if text[:1] == b"<":
        return "XML"
    raise InputError(
        f"{path.name} is {'empty' if not head else 'neither SQLite nor JSON nor XML'}.",
        "OCEL 2.0 comes as .sqlite, .json or .xml.",
    )


class _Translation:
    """One file's tables on their way to a log."""

    def __init__(self, name: str, tables: Tables, reading: Reading, object_type: str | None) -> None:
        self.name, self.tables, self.reading = name, tables, reading
        self.kind, self.guessed = (object_type, False) if object_type else (_guessed(name, tables), True)
        known = list(dict.fromkeys(tables.object_type))
        if self.kind not in known:
            raise UnknownName(
                f"{name} has no objects of the type {self.kind!r}.", f"Types of this log: {', '.join(known) or 'none'}."
            )
        self.ids = list(tables.objects)
        self.items, self.words, self.people, self.tracks = Codes(), Codes(), Codes(), Codes()
        self.refs, self.fields = Codes(), Fields()
        self.keys: dict[int, str] = {c.object: c.value for c in tables.changes if c.name == KEY}
        self.blocks, self.counts = Blocks(), Counter[str]()
        self.first: dict[int, int] = {}

    def log(self) -> Log:
        tables = self.tables
        times = Times()
        unread = times.add(tables.event_time)
        at, notes = times.settle(self.reading)
        names = list(tables.events)
        for event in np.flatnonzero(unread).tolist():
            body = f"{tables.event_type[event]}, {tables.event_time[event]}"
            tables.reject(f"event {names[event]!r}", "time is unreadable", body)
        self._events(at)
        self._changes()
        if not len(self.blocks):
            raise InputError(
                f"{self.name} holds no event that is related to an object of the type {self.kind!r}.",
                f"Types of objects: {', '.join(dict.fromkeys(tables.object_type)) or 'none'}.",
            )
        rejects = [
            *tables.rejects,
            *(Reject("further ones", reason, f"{n} more") for reason, n in tables.counts.items()),
        ]
        return self.blocks.log(
            self.name,
            list(self.items),
            list(self.words),
            list(self.people),
            list(self.fields.names),
            list(self.tracks),
            None,
            rejects,
            [*self._notes(), *notes],
        )

    def _events(self, at: I64) -> None:
        related = Related(self.tables, self.kind)
        rows: list[tuple[int, ...]] = []
        names = list(self.tables.events)
        own = Own(self.words, self.people, self.tracks, self.refs, self.fields)
        for event, when in enumerate(at.tolist()):
            if when <= BAD:
                continue
            said = self.tables.event_said[event]
            its = item_of(self.tables, event, self.kind)
            if its is not None:
                found = own.rows(self.tables.event_type[event], said)
                if found is None:
                    self.tables.reject(f"event {event + 1}", "event of valuestream that cannot be read", said)
                    continue
                item, place = self._item(its, when), written_as(names[event], event)
                rows += [(place, sub, item, when, *row) for sub, row in enumerate(found)]
            else:
                rows += self._foreign(event, when, said, related)
        if rows:
            order = ("row", "sub", "item", "at", "kind", "value", "field", "actor", "track", "ref")
            columns: dict[str, Any] = dict(zip(order, np.array(rows, np.int64).T, strict=True))
            columns["ref"] = np.append(refs(list(self.refs)), -1)[columns["ref"]]
            self.blocks.add(columns.pop("row"), columns.pop("sub"), **columns)
        self.counts.update(related.counts)

    def _foreign(self, event: int, when: int, said: dict[str, str], related: Related) -> list[tuple[int, ...]]:
        activity = self.tables.event_type[event]
        actor = self.people.of(
            next((value for key in _ACTORS for name, value in said.items() if name.lower() == key and value), None)
        )
        self.counts.update(f"said:{name}" for name in said if name.lower() not in _ACTORS)
        rows: list[tuple[int, ...]] = []
        for item, others in related.places(event).items():
            code = self._item(item, when)
            if not others:
                rows.append((event, len(rows), code, when, int(Kind.STATE), self.words[activity], -1, actor, -1, -1))
            for other in others:
                artefact = self.tables.object_type[other]
                word, track = self.words[f"{artefact}:{activity}"], self.tracks[f"{artefact}#{self.ids[other]}"]
                rows.append((event, len(rows), code, when, int(Kind.STATE), word, -1, actor, track, -1))
        return rows

    def _item(self, number: int, when: int) -> int:
        code = self.items[self.keys.get(number, self.ids[number])]
        self.first[number] = min(when, self.first.get(number, when))
        return code

    def _changes(self) -> None:
        """What is said of the items: from the beginning, or from its time on. What we wrote is told by its events."""
        changes = [
            c
            for c in self.tables.changes
            if self.tables.object_type[c.object] == self.kind and c.object not in self.keys
        ]
        self.counts["of others"] = sum(self.tables.object_type[c.object] != self.kind for c in self.tables.changes)
        times = Times()
        unread = times.add([c.time for c in changes])
        at, _ = times.settle(self.reading)
        rows = []
        for number, change in enumerate(changes):
            when = int(at[number])
            if unread[number]:
                self.tables.reject(
                    f"object {self.ids[change.object]!r}", "time of an attribute is unreadable", change.time
                )
                continue
            if when in (EMPTY, 0):
                when = self.first.get(change.object, EMPTY)
            field = self.fields.of_key(change.name)
            if when == EMPTY or field < 0 or not change.value:
                self.counts["unplaced"] += bool(change.value)
                continue
            item = self._item(change.object, self.first.get(change.object, when))
            rows.append((number - len(changes), item, when, self.words[change.value], field))
        if rows:
            sub, item, when, value, field = np.array(rows, np.int64).T
            self.blocks.add(
                np.full(len(sub), -1), sub, item=item, at=when, kind=int(Kind.SET), value=value, field=field
            )

    def _notes(self) -> list[str]:
        tables, counts = self.tables, self.counts
        number = tables.object_type.count(self.kind)
        others = ", ".join(kind for kind in dict.fromkeys(tables.object_type) if kind != self.kind)
        how = " (guessed: the type with the most objects of several events; --object-type)" if self.guessed else ""
        said = sorted(
            key.removeprefix("said:") for key in counts if key.startswith("said:") and not key.startswith(f"said:{OWN}")
        )
        first = f"Read as OCEL: the {number:,} objects of the type {self.kind!r} are the items{how}"
        several = "{:,} events are related to several items and stand in each of them (convergence)"
        shared = f"{{:,}} events are related to more than {MOST_SHARED} items, by way of other objects only"
        unread = f"{', '.join(said[:20])}{' and others' if len(said) > 20 else ''}"
        notes = (
            (number - len(self.items), "{:,} objects of that type have no event: they are no items."),
            (counts["shared"], f"{several}: events are counted once for each item."),
            (counts["several tracks"], "{:,} times an event stands on several tracks of one item (divergence)."),
            (counts["of nobody"], "{:,} events are related to no item: not used."),
            (counts["of too many"], f"{shared}: not used."),
            (counts["of others"], "{:,} values of attributes of other objects were not read."),
            (counts["unplaced"], "{:,} values of attributes belong to no instant or no field: not used."),
            (len(said), f"{{:,}} attributes of events were not read: {unread.replace('{', '{{').replace('}', '}}')}."),
        )
        opening = f"{first}; those of {others} are their tracks." if others else f"{first}."
        return [opening, *(text.format(count) for count, text in notes if count)]


def _guessed(name: str, tables: Tables) -> str:
    """The type of the items that valuestream wrote, else that with the most objects of several events."""
    counts = Counter(number for said in tables.related for number in said)
    events: Counter[str] = Counter()
    several: Counter[str] = Counter()
    for number, count in counts.items():
        events[tables.object_type[number]] += count
        several[tables.object_type[number]] += count > 1
    for event in range(len(tables.event_type)):
        for kind in {tables.object_type[number] for number, q in tables.related[event].items() if q == f"{OWN}item"}:
            if item_of(tables, event, kind) is not None:
                return kind
    if not events:
        raise InputError(
            f"{name} relates no event to an object.", "Give an OCEL 2.0 log with relations of events to objects."
        )
    return max(events, key=lambda kind: (several[kind], events[kind], kind))
