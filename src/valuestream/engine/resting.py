"""Tables that nobody asks at the moment, their views ready: making those takes as long as some questions do."""

from __future__ import annotations

from collections.abc import Hashable
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from valuestream.engine.stored import Stored

MOST = 8


class Resting:
    """What readers of a store that stays open have left for those who come next and ask the same build."""

    def __init__(self, most: int = MOST) -> None:
        self._most, self._lock = most, Lock()
        self._left: list[tuple[Hashable, Stored]] = []

    def take(self, key: Hashable) -> Stored | None:
        """Tables left under this key, awake; None where there are none."""
        with self._lock:
            place = next((k for k, (known, _) in enumerate(self._left) if known == key), None)
            found = None if place is None else self._left.pop(place)[1]
        if found is not None:
            found.wake()
        return found

    def leave(self, key: Hashable, tables: Stored) -> None:
        """Keep tables that rest; those that were left longest ago are given up."""
        with self._lock:
            self._left.append((key, tables))
            over = [self._left.pop(0)[1] for _ in range(len(self._left) - self._most)]
        for one in over:
            one.give_up()
