"""What an OCEL file says, whichever way it is written: events, objects, and what is related to what."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from valuestream.log.event import Reject
from valuestream.sources.blocks import Codes

MOST_REJECTS = 100_000
_BODY = 1000


class Change(NamedTuple):
    """An attribute of an object gets a value; time None or 1970-01-01: from the beginning."""

    object: int
    name: str
    time: str | None
    value: str


@dataclass
class Tables:
    """Events and objects by number, in the order of the file.

    event_type, event_time, event_said    of each event; said: its attributes
    object_type                           of each object
    related                               event -> [(object, qualifier)]
    between                               (object, object) of object-to-object relations
    """

    counted: str = "event"
    events: Codes = field(default_factory=Codes)
    event_type: list[str] = field(default_factory=list)
    event_time: list[str | None] = field(default_factory=list)
    event_said: list[dict[str, str]] = field(default_factory=list)
    objects: Codes = field(default_factory=Codes)
    object_type: list[str] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    related: list[dict[int, str]] = field(default_factory=list)
    between: dict[tuple[int, int], None] = field(default_factory=dict)
    rejects: list[Reject] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    _pairs: list[tuple[str, str, str, str]] = field(default_factory=list)

    def reject(self, place: str, reason: str, body: object) -> None:
        """Set something aside; beyond MOST_REJECTS it is only counted, by reason."""
        if len(self.rejects) < MOST_REJECTS:
            self.rejects.append(Reject(place, reason, str(body)[:_BODY]))
        else:
            self.counts[reason] += 1

    def event(self, place: str, name: object, kind: object, time: object, said: dict[str, str]) -> bool:
        """A new event; without id, type or time, or with an id known already, it is a reject and False."""
        if not (_is_text(name) and _is_text(kind) and _is_text(time)):
            missing = "id" if not _is_text(name) else "type" if not _is_text(kind) else "time"
            self.reject(place, f"event has no {missing}", f"{name}, {kind}, {time}")
            return False
        if str(name) in self.events:
            self.reject(place, "event of an id that was there before", f"{name}, {kind}, {time}")
            return False
        self.events[str(name)]
        self.event_type.append(str(kind))
        self.event_time.append(str(time))
        self.event_said.append(said)
        self.related.append({})
        return True

    def thing(self, place: str, name: object, kind: object) -> bool:
        """A new object; without id or type, or with an id known already, it is a reject and False."""
        if not (_is_text(name) and _is_text(kind)):
            self.reject(place, f"object has no {'type' if _is_text(name) else 'id'}", f"{name}, {kind}")
            return False
        if str(name) in self.objects:
            self.reject(place, "object of an id that was there before", f"{name}, {kind}")
            return False
        self.objects[str(name)]
        self.object_type.append(str(kind))
        return True

    def change(self, name: str, attribute: str, time: str | None, value: str) -> None:
        """An attribute of an object that is known."""
        self.changes.append(Change(self.objects[name], attribute, time, value))

    def relate(self, place: str, event: str, name: object, qualifier: object) -> None:
        """An event speaks of an object; settled once all objects are known."""
        self._pairs.append((place, event, str(name), "" if qualifier is None else str(qualifier)))

    def join(self, place: str, first: str, second: object) -> None:
        """An object is related to another; settled once all objects are known."""
        self._pairs.append((place, "", first, str(second)))

    def settle(self) -> None:
        """Relations to what does not exist become rejects."""
        for place, event, name, other in self._pairs:
            if event and name in self.objects:
                said = self.related[self.events[event]]
                known = said.get(self.objects[name])
                said[self.objects[name]] = other if known is None else known
            elif not event and name in self.objects and other in self.objects:
                self.between[self.objects[name], self.objects[other]] = None
            else:
                self.reject(
                    place, "relation to an object that is not there", f"{event or name}, {name if event else other}"
                )
        self._pairs = []


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)
