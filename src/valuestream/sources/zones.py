"""Local times without a zone, told apart from UTC by one zone's rules."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from valuestream.errors import InputError

if TYPE_CHECKING:
    from valuestream.log.event import I64

_DAY_US = 86_400_000_000
_EPOCH = datetime(1970, 1, 1)


def zone_named(name: str) -> ZoneInfo:
    """The IANA zone of that name, or an InputError that shows what one looks like."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise InputError(f"No time zone is called {name!r}.", "Use an IANA name: `--zone Europe/Berlin`.") from error


def to_utc(local: I64, zone: str) -> tuple[I64, int]:
    """Wall-clock times of a zone as UTC, and how many of them the zone's clock changes make doubtful.

    local    int64[n], microseconds since 1970-01-01 00:00 on the wall
    returns  int64[n], microseconds UTC; the number of times that never were or were twice

    A time that was twice is its first occurrence; one that never was takes the offset before the change.
    """
    rules = zone_named(zone)
    if zone == "UTC" or not len(local):
        return local, 0
    day = local // _DAY_US
    first = int(day.min())
    days = np.flatnonzero(np.bincount(day - first))
    starts, ends = np.zeros((2, int(days[-1]) + 1), dtype=np.int64)
    for number in days:
        starts[number] = _offset_us(rules, (first + int(number)) * _DAY_US)[0]
        ends[number] = _offset_us(rules, (first + int(number) + 1) * _DAY_US)[0]
    utc = local - starts[day - first]
    changing = np.flatnonzero((starts != ends)[day - first])
    doubtful = 0
    if len(changing):
        walls, back, counts = np.unique(local[changing], return_inverse=True, return_counts=True)
        offsets = [_offset_us(rules, int(wall)) for wall in walls]
        utc[changing] = local[changing] - np.array([first for first, _ in offsets], dtype=np.int64)[back]
        doubtful = sum(int(n) for n, (first, second) in zip(counts, offsets, strict=True) if first != second)
    return utc, doubtful


def _offset_us(rules: ZoneInfo, wall_us: int) -> tuple[int, int]:
    """The zone's offset at a wall-clock time, and the one after the change where that time is doubtful."""
    try:
        wall = _EPOCH + timedelta(microseconds=wall_us)
    except OverflowError:
        wall = datetime.max
    first, second = (wall.replace(tzinfo=rules, fold=fold).utcoffset() or timedelta(0) for fold in (0, 1))
    return first // timedelta(microseconds=1), second // timedelta(microseconds=1)
