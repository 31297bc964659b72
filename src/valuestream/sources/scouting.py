"""A column of times that is read to learn how it is to be read, without keeping what it says."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from valuestream.sources.time_column import BAD, EMPTY, Instants, is_unknown
from valuestream.sources.zones import to_utc


class Scout:
    """What `dates.settle` asks of a column of times, counted batch by batch.

    zone  of times that carry none
    """

    def __init__(self, instants: Instants, zone: str) -> None:
        self.instants, self._zone = instants, zone
        self.name = instants.name
        self._day = self._month = self._said = self._bad = 0
        self._counts: dict[str, Counter[str]] = {}

    def add(self, values: Any) -> None:
        """Read one Arrow array, and forget it."""
        self.instants.add(values)
        chunk = self.instants.chunks.pop()
        day, month = Instants.evidence_of(chunk)
        self._day, self._month = self._day + day, self._month + month
        self._said += int((next(iter(chunk.us.values())) != EMPTY).sum())
        self._bad += int(np.all([us == BAD for us in chunk.us.values()], axis=0).sum())
        for order, us in chunk.us.items():
            good = (us != EMPTY) & (us != BAD)
            local = good & ~np.broadcast_to(chunk.zoned, len(us))
            n = int(local.sum())
            odd = to_utc(us[local], self._zone)[1] if n else 0
            counted = {"local": n, "zoned": int(good.sum()) - n, "odd": odd, "bad": int((us == BAD).sum())}
            self._counts.setdefault(order, Counter()).update(counted)

    def counts(self, order: str) -> Counter[str]:
        """Of all batches, read in that order of day and month: times without a zone, with one, odd ones, unread."""
        return self._counts.get(order, Counter()) + self._counts.get("", Counter())

    @property
    def is_readable(self) -> bool:
        return not is_unknown(self._bad, self._said)

    @property
    def said(self) -> int:
        """How many cells say something."""
        return self._said

    def evidence(self) -> tuple[int, int]:
        return self._day, self._month

    @property
    def unit(self) -> str | None:
        return self.instants.unit

    @property
    def dotted(self) -> bool:
        return self.instants.dotted

    @property
    def is_open(self) -> bool:
        return self.instants.is_open
