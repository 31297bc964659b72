"""Which field of an item an attribute of an event-log standard speaks of."""

from __future__ import annotations

from valuestream.log.event import NONE
from valuestream.sources.blocks import Codes
from valuestream.sources.columns import normal

OWN = "vsm:"
"""Prefix of what only valuestream says: events that carry `vsm:kind` are taken at their word."""

MOST_FIELDS = 1000
_MEANING = {
    "org:group": "team", "team": "team", "assignmentgroup": "team",
    "type": "type", "issuetype": "type", "itemtype": "type", "release": "release",
}  # fmt: skip


def field_named(key: str) -> str:
    """The field that an attribute of that key speaks of."""
    return _MEANING.get(normal(key), key)


class Fields:
    """The log's fields, and which key of the file speaks of which."""

    def __init__(self) -> None:
        self.names = Codes()
        self._of_key: dict[str, int] = {}
        self._taken: set[str] = set()

    def of_key(self, key: str) -> int:
        """The code of a key's field, NONE beyond the last; where two keys mean the same field the first has it."""
        if key not in self._of_key:
            name = field_named(key)
            name = key if name in self._taken else name
            self._taken.add(name)
            self._of_key[key] = self.of_name(name)
        return self._of_key[key]

    def of_name(self, name: str) -> int:
        if name not in self.names and len(self.names) >= MOST_FIELDS:
            return NONE
        return self.names[name]
