"""The words in which valuestream says in an OCEL file what OCEL has none for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from valuestream.log.event import NONE, Kind
from valuestream.sources.fields import OWN, Fields

if TYPE_CHECKING:
    from valuestream.sources.blocks import Codes
    from valuestream.sources.ocel_tables import Tables

KEY = f"{OWN}item"
"""The item's key: an attribute of its object, and the qualifier of its events' relation to it."""

KINDS = {kind.name.lower(): kind for kind in Kind}

ACTOR = "org:resource"
KIND, VALUE, EMPTY, FIELD, TRACK, REF = (f"{OWN}{name}" for name in ("kind", "value", "empty", "field", "track", "ref"))
BEFORE = f"{OWN}before"
"""What became of the item with an event: [[field, value], [null, owner], ...] in JSON."""


def item_of(tables: Tables, event: int, kind: str) -> int | None:
    """The item of an event that valuestream wrote, if it is of that type."""
    if KIND not in tables.event_said[event]:
        return None
    for number, qualifier in tables.related[event].items():
        if qualifier == KEY and tables.object_type[number] == kind:
            return number
    return None


def written_as(name: str, otherwise: int) -> int:
    """The number of an event that valuestream wrote: other tools give such files a new order."""
    number = name.removeprefix("e")
    return int(number) if number.isascii() and number.isdecimal() and len(number) < 15 else otherwise


class Own:
    """Events that valuestream wrote, as they were, in codes of the log's dictionaries."""

    def __init__(self, words: Codes, people: Codes, tracks: Codes, refs: Codes, fields: Fields) -> None:
        self.words, self.people, self.tracks, self.refs, self.fields = words, people, tracks, refs, fields

    def rows(self, activity: str, said: dict[str, str]) -> list[tuple[int, ...]] | None:
        """(kind, value, field, actor, track, ref) of each; None where it cannot be read."""
        kind = KINDS.get(said[KIND])
        before = _before(said.get(BEFORE))
        if kind is None or before is None:
            return None
        actor, track = self.people.of(said.get(ACTOR)), self.tracks.of(said.get(TRACK))
        rows: list[tuple[int, ...]] = []
        for field, became in before:
            if field is None:
                rows.append((int(Kind.ASSIGN), self.people[became], NONE, actor, NONE, NONE))
            else:
                rows.append((int(Kind.SET), self.words[became], self.fields.of_name(field), actor, NONE, NONE))
        value_said = said.get(VALUE)
        if kind in (Kind.STATE, Kind.START, Kind.END, Kind.TOUCH):
            value_said = None if EMPTY in said else said.get(VALUE, activity)
        value = (self.people if kind is Kind.ASSIGN else self.words).of(value_said)
        about = self.fields.of_name(said[FIELD]) if FIELD in said else NONE
        rows.append((int(kind), value, about, actor, track, self.refs.of(said.get(REF))))
        return rows


def _before(text: str | None) -> list[tuple[str | None, str]] | None:
    if text is None:
        return []
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, list):
        return None
    pairs: list[tuple[str | None, str]] = []
    for pair in said:
        if not (
            isinstance(pair, list) and len(pair) == 2 and isinstance(pair[1], str) and isinstance(pair[0], str | None)
        ):
            return None
        pairs.append((pair[0], pair[1]))
    return pairs
