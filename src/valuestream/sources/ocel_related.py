"""Which items an OCEL event stands in, and on which of their tracks. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from valuestream.sources.ocel_tables import Tables

MOST_SHARED = 100
"""An event that only an object of so many items speaks for (a customer, a machine) says nothing of each of them."""

_FARTHEST = 5
_MOST_REACHED = 10_000


class Related:
    """Items of one type, and what is related to them.

    An event that names items belongs to these. One that names none belongs to the items of the objects it names:
    those that share an event with the object, or lead to it from object to object without turning back.
    """

    def __init__(self, tables: Tables, kind: str) -> None:
        self.tables = tables
        self.is_item = [of == kind for of in tables.object_type]
        self.counts: Counter[str] = Counter()
        self._near: dict[int, dict[int, None]] = defaultdict(dict)
        for said in tables.related:
            items = [number for number in said if self.is_item[number]]
            if len(items) <= MOST_SHARED:
                for other in (number for number in said if not self.is_item[number]):
                    self._come_near(other, items)
        forward: dict[int, list[int]] = defaultdict(list)
        backward: dict[int, list[int]] = defaultdict(list)
        for source, target in tables.between:
            forward[source].append(target)
            backward[target].append(source)
        for item in (number for number, is_item in enumerate(self.is_item) if is_item):
            self._reach(item, forward)
            self._reach(item, backward)

    def _come_near(self, other: int, items: list[int]) -> None:
        """One more than MOST_SHARED is remembered, so that an object of too many items is known as one."""
        near = self._near[other]
        for item in items:
            if len(near) <= MOST_SHARED:
                near[item] = None

    def _reach(self, item: int, way: dict[int, list[int]]) -> None:
        reached = {item}
        edge = [item]
        for _ in range(_FARTHEST):
            edge = [n for at in edge for n in way.get(at, ()) if not self.is_item[n] and n not in reached]
            reached.update(edge)
            if not edge or len(reached) > _MOST_REACHED:
                break
        for other in sorted(reached - {item}):
            self._come_near(other, [item])

    def places(self, event: int) -> dict[int, list[int]]:
        """Item -> the other objects whose tracks the event is on; none: it is the item's own."""
        said = self.tables.related[event]
        items = [number for number in said if self.is_item[number]]
        others = [number for number in said if not self.is_item[number]]
        if items:
            found = dict.fromkeys(items, others)
        else:
            found = defaultdict(list)
            for other in others:
                for item in self._near.get(other, ()):
                    found[item].append(other)
            if len(found) > MOST_SHARED:
                self.counts["of too many"] += 1
                return {}
        self.counts["of nobody"] += not found
        self.counts["shared"] += len(found) > 1
        self.counts["several tracks"] += sum(len(tracks) > 1 for tracks in found.values())
        return found
