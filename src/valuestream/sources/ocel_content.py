"""Any log in OCEL's terms: items and tracks are objects, each event of the log one event.

Attributes of items stand at their objects, where every tool finds them. The exact events stand in attributes with
the prefix `vsm:` (ocel_own.py), so that reading the file back gives the same events.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from valuestream.log.event import NONE, Kind, Log
from valuestream.sources import ocel_own as own
from valuestream.sources.fields import OWN
from valuestream.sources.told import Row, Told, hosted

INITIAL = "1970-01-01T00:00:00+00:00"
"""The instant at which OCEL puts what was so from the beginning."""

MOST_ATTRIBUTES = 500
_SAID = {Kind.SET: "set {}", Kind.ASSIGN: "assign", Kind.BLOCK: "block", Kind.UNBLOCK: "unblock"}


class Event(NamedTuple):
    """One event; `related`: (id of an object, qualifier)."""

    id: str
    type: str
    time: str
    attributes: dict[str, str]
    related: list[tuple[str, str]]


class Object(NamedTuple):
    """One object; `attributes`: (name, time, value); `related`: (id of an object, qualifier)."""

    id: str
    type: str
    attributes: list[tuple[str, str, str]]
    related: list[tuple[str, str]]


class Content:
    """A log in OCEL's terms. Events and objects come anew each time they are asked for, so that none need be kept.

    event_types    type -> names of its events' attributes
    object_types   type -> names of its objects' attributes
    """

    def __init__(self, log: Log) -> None:
        self.told = Told(log)
        self.written = len(log)
        artefacts = [track.partition("#")[0] or "track" for track in self.told.tracks]
        self.item_type = "item" if "item" not in artefacts else own.KEY
        self._artefact = dict(zip(self.told.tracks, artefacts, strict=True))
        self._ids = list(_different([*self.told.items, *self.told.tracks]))
        self._tracks = dict(zip(self.told.tracks, self._ids[len(self.told.items) :], strict=True))
        self._items = dict(zip(self.told.items, self._ids, strict=False))
        self._fields = _sayable(self.told.fields)
        self.object_types = {self.item_type: [own.KEY, *self._fields]} | {artefact: [] for artefact in artefacts}
        self.event_types: dict[str, list[str]] = {}
        for event in self.events():
            known = self.event_types.setdefault(event.type, [])
            known += [name for name in event.attributes if name not in known]

    def events(self) -> Iterator[Event]:
        """Item by item, by instant."""
        number = 0
        for item, rows in self.told.items_rows():
            for guests, host in hosted(rows):
                number += 1
                yield self._event(f"e{number}", item, guests if host else (), host or guests[0])

    def objects(self) -> Iterator[Object]:
        """The items that have events, then the tracks."""
        tracks: dict[str, None] = {}
        for item, rows in self.told.items_rows():
            its = dict.fromkeys(row.track for row in rows if row.track is not None)
            tracks |= its
            related = [(self._tracks[track], "track") for track in its]
            yield Object(self._items[item], self.item_type, [(own.KEY, INITIAL, item), *self._said(rows)], related)
        for track in tracks:
            yield Object(self._tracks[track], self._artefact[track], [], [])

    def _said(self, rows: Sequence[Row]) -> list[tuple[str, str, str]]:
        """The item's attributes; of several values of one instant the last."""
        said: dict[tuple[str, str], str] = {}
        for row in rows:
            if row.kind is Kind.SET and row.track is None and row.field in self._fields and row.value:
                first = row.at == rows[0].at
                said[row.field, INITIAL if first else row.time] = row.value
        return [(name, time, value) for (name, time), value in said.items()]

    def _event(self, name: str, item: str, guests: Sequence[Row], row: Row) -> Event:
        said = {own.KIND: row.kind.name.lower()}
        if row.kind in (Kind.START, Kind.END):
            said["lifecycle"] = "start" if row.kind is Kind.START else "complete"
        if row.actor is not None:
            said[own.ACTOR] = row.actor
        if row.kind in _SAID:
            kind = _SAID[row.kind].format(row.field)
            said |= {} if row.value is None else {own.VALUE: row.value}
        else:
            kind = row.value or "(none)"
            said |= {own.EMPTY: "value"} if row.value is None else {} if row.value else {own.VALUE: ""}
        for key, value in (
            (own.FIELD, row.field),
            (own.TRACK, row.track),
            (own.REF, None if row.ref == NONE else str(row.ref)),
        ):
            if value is not None:
                said[key] = value
        if guests:
            said[own.BEFORE] = json.dumps([[guest.field, guest.value] for guest in guests], ensure_ascii=False)
        related = [(self._items[item], own.KEY)]
        if row.track is not None:
            related.append((self._tracks[row.track], "track"))
        return Event(name, kind, row.time, said, related)


def _different(names: Sequence[str]) -> Iterator[str]:
    """Identifiers, none of them empty, no two alike."""
    seen: set[str] = set()
    for name in names:
        wish, nth = name or "(none)", 1
        while wish in seen:
            nth += 1
            wish = f"{name or '(none)'} ({nth})"
        seen.add(wish)
        yield wish


def _sayable(fields: Sequence[str]) -> list[str]:
    """The fields that can be columns of a table: none empty, none like another but for the case of its letters."""
    counts: dict[str, int] = {}
    for field in fields:
        counts[field.lower()] = counts.get(field.lower(), 0) + 1
    good = [f for f in fields if f.strip() and counts[f.lower()] == 1 and not f.lower().startswith(("ocel_", OWN))]
    return good[:MOST_ATTRIBUTES]
