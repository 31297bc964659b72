"""Times as the event-log standards write them, ISO 8601 -> microseconds UTC."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from valuestream.sources.zones import to_utc, zone_named

if TYPE_CHECKING:
    from valuestream.log.event import I64
    from valuestream.sources.source import Reading

EMPTY = np.iinfo(np.int64).min
BAD = EMPTY + 1
"""Stand where there was no time, or none that can be read."""

_EPOCH = datetime(1970, 1, 1)
_EPOCH_UTC = datetime(1970, 1, 1, tzinfo=UTC)
_US = timedelta(microseconds=1)
_EARLIEST = -30_610_224_000_000_000  # the year 1000
_LATEST = 253_402_300_800_000_000  # the year 10000


class Times:
    """A column of times that grows by batches; which of them name a zone is settled at the end."""

    def __init__(self) -> None:
        self._us: list[I64] = []
        self._zoned: list[np.ndarray] = []

    def add(self, texts: Sequence[str | None]) -> np.ndarray:
        """Read a batch, None where there is none; bool[n]: which cannot be read."""
        us, zoned = _batch(texts)
        us[((us < _EARLIEST) | (us >= _LATEST)) & (us != EMPTY)] = BAD
        self._us.append(us)
        self._zoned.append(zoned)
        unread: np.ndarray = us == BAD
        return unread

    def settle(self, reading: Reading) -> tuple[I64, list[str]]:
        """Microseconds UTC with EMPTY and BAD, and a note where times without a zone needed one."""
        us: I64 = np.concatenate([np.empty(0, np.int64), *self._us])
        zoned = np.concatenate([np.empty(0, bool), *self._zoned])
        zone = reading.zone or "UTC"
        zone_named(zone)
        local = (us > BAD) & ~zoned
        if not local.any():
            return us, []
        us[local], doubtful = to_utc(us[local], zone)
        given = "as was said" if reading.zone else "for want of a zone; --zone decides"
        notes = [f"{int(local.sum()):,} times name no zone: taken in {zone}, {given}."]
        if doubtful:
            notes.append(
                f"{doubtful:,} times never were or were twice when clocks changed in {zone}: "
                "taken with the earlier offset."
            )
        return us, notes


def _batch(texts: Sequence[str | None]) -> tuple[I64, np.ndarray]:
    """The fast way where a batch is written alike, else one by one."""
    for zone in ("UTC", None):
        try:
            read = pa.array(texts, pa.string()).cast(pa.timestamp("us", zone))
        except (pa.ArrowInvalid, UnicodeEncodeError):
            continue
        us = np.array(read.cast(pa.int64()).fill_null(EMPTY))
        return us, np.full(len(us), zone is not None)
    each = [_one(text) for text in texts]
    return np.array([us for us, _ in each], np.int64), np.array([zoned for _, zoned in each], bool)


def _one(text: str | None) -> tuple[int, bool]:
    if text is None or not text.strip():
        return EMPTY, False
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        return BAD, False
    if at.tzinfo is None:
        return (at - _EPOCH) // _US, False
    return (at - _EPOCH_UTC) // _US, True
