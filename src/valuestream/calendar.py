"""Days, weeks and instants in a zone: the only file that knows what a day is. Hours of work: `working_hours.py`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from difflib import get_close_matches
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, available_timezones

from valuestream.errors import ConfigError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    I32 = npt.NDArray[np.int32]
    I64 = npt.NDArray[np.int64]

HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST_YEAR, LAST_YEAR = 1900, 2199
EVER = 2**62  # microseconds before or after 1970: further than anything that is looked up


@dataclass(frozen=True)
class Calendar:
    """When people of a stream work.

    hours      per weekday (0 Monday .. 6 Sunday) the working intervals as minutes from local midnight;
               an end beyond 1440 reaches into the next day and belongs to the day it began on;
               empty: no working hours are known, and there is no working-hours view
    zone       IANA name; the local day and ISO week are this zone's
    holidays   code of a country or a subdivision ("DE", "DE-BY"), or None
    closed     further dates without work, ISO text
    """

    hours: tuple[tuple[tuple[int, int], ...], ...] = ()
    zone: str = "UTC"
    holidays: str | None = None
    closed: tuple[str, ...] = ()


def local_us(at: I64, zone: str) -> I64:
    """What the local clock shows at each instant, as microseconds since its 1970-01-01 00:00.

    at        int64[n], microseconds UTC, any order
    returns   int64[n]; exact from 1900 to 2199, beyond them by the nearest offset
    """
    import numpy as np

    if zone == "UTC" or len(at) == 0:
        return at
    since, offset = offsets(zone)
    # a log spans few clock changes: search only those
    low, high = np.searchsorted(since[1:], [at.min(), at.max()], side="right")
    shift = offset[low] if low == high else offset[low + np.searchsorted(since[low + 1 : high + 1], at, side="right")]
    shown: I64 = at + shift
    return shown


def local_day(at: I64, zone: str) -> I32:
    """The local day of each instant as days since 1970-01-01 (int64[n] -> int32[n]); see `local_us`."""
    import numpy as np

    day: I32 = np.floor_divide(local_us(at, zone), DAY_US).astype(np.int32)
    return day


def week_of(day: I32) -> I32:
    """The ISO week of each local day, counted from Monday 1969-12-29 (int32[n] -> int32[n])."""
    import numpy as np

    return np.floor_divide(np.asarray(day, dtype=np.int32) + 3, 7).astype(np.int32)


def week_label(week: int) -> str:
    """The ISO name of a counted week.

    >>> week_label(2824)
    '2024-W07'
    """
    year, number, _ = (date(1969, 12, 29) + timedelta(weeks=int(week))).isocalendar()
    return f"{year}-W{number:02d}"


def week_begin_us(week: int, zone: str) -> int:
    """The instant (microseconds UTC) at which the week's local Monday begins."""
    return _first_instant((7 * int(week) - 3) * DAY_US, zone)


def day_begin_us(day: int, zone: str) -> int:
    """The instant (microseconds UTC) at which the local day (days since 1970-01-01) begins."""
    return _first_instant(int(day) * DAY_US, zone)


def offsets_us(zone: str, since: int, until: int) -> tuple[tuple[int, int], ...]:
    """The zone's offsets between two instants: (when each begins, microseconds to add for the local clock).

    The first begins at or before `since`.

    >>> offsets_us("Europe/Berlin", 1_717_200_000_000_000, 1_717_200_000_000_001)[0][1] // HOUR_US
    2
    """
    if zone == "UTC":
        return ((since, 0),)
    begins, shifts = (column.tolist() for column in offsets(zone))
    ends = [*begins[1:], EVER]
    return tuple(
        (b, s) for b, e, s in zip(begins, ends, shifts, strict=True) if e > since and b < max(until, since + 1)
    )


def instant(text: str, zone: str) -> int:
    """Microseconds UTC of an ISO date (its local midnight) or datetime; `zone` counts where the text has none.

    A local time that the clock skips is the instant of the change; one that it shows twice is the first.

    >>> instant("2024-03-05", "Europe/Berlin") == instant("2024-03-04T23:00Z", "UTC")
    True
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        hint = 'Write it like "2024-03-05", "2024-03-05 14:30" or "2024-03-05T14:30+01:00".'
        raise ConfigError(f"'{text}' is no date or time.", hint) from None
    if moment.tzinfo is None:
        return _first_instant(_us(moment.replace(tzinfo=UTC)), zone)
    return _us(moment)


def rfc3339(us: int) -> str:
    """An instant as RFC 3339 in UTC; the fraction only where there is one (years 1 to 9999).

    >>> rfc3339(1_500_000)
    '1970-01-01T00:00:01.500000Z'
    """
    return (EPOCH + timedelta(microseconds=int(us))).isoformat().replace("+00:00", "Z")


def zone_of(name: str) -> ZoneInfo:
    """The zone of an IANA name. ConfigError with the nearest names when there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        known = available_timezones()
        cities = {zone.rsplit("/", 1)[-1].lower(): zone for zone in sorted(known)}
        folded = {zone.lower(): zone for zone in known}
        wanted = name.strip().replace(" ", "_").lower()
        near = [folded[word] for word in get_close_matches(wanted, folded, 3)]
        near += [cities[word] for word in get_close_matches(wanted.rsplit("/", 1)[-1], cities, 3)]
        hint = "Use an IANA name like Europe/Berlin or UTC."
        if near:
            hint = f"Did you mean {', '.join(dict.fromkeys(near))}?"
        raise ConfigError(f"No zone '{name}'.", hint) from None


def _us(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


def year_begin_us(year: int) -> int:
    return _us(datetime(year, 1, 1, tzinfo=UTC))


@lru_cache(maxsize=64)
def offsets(zone: str) -> tuple[I64, I64]:
    """When each offset of the zone begins and what it is: (int64[k], int64[k]) microseconds UTC; the first begins ever.

    The zone is looked at every three days and each change then found to the second: no two changes of any zone lie
    closer together.
    """
    import numpy as np

    place = zone_of(zone)

    def offset(second: int) -> int:
        shift = (EPOCH + timedelta(seconds=second)).astimezone(place).utcoffset()
        return (shift or timedelta()) // timedelta(seconds=1)

    first, last = (year_begin_us(year) // 1_000_000 for year in (FIRST_YEAR, LAST_YEAR + 1))
    since, shifts = [-EVER // 1_000_000], [offset(first)]
    for low, high in pairwise(range(first, last, 3 * 86_400)):
        if offset(high) == shifts[-1]:
            continue
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if offset(middle) == shifts[-1] else (low, middle)
        since.append(high)
        shifts.append(offset(high))
    return np.array(since, dtype=np.int64) * 1_000_000, np.array(shifts, dtype=np.int64) * 1_000_000


def _first_instant(local_us: int, zone: str) -> int:
    """The first instant at which the local clock shows `local_us` (as if UTC) or, where it skips that, later."""
    if zone == "UTC":
        return local_us
    since, offset = offsets(zone)
    for begin, end, shift in zip(since.tolist(), [*since.tolist()[1:], None], offset.tolist(), strict=True):
        moment: int = max(begin, local_us - shift)
        if end is None or moment < end:
            return moment
    raise AssertionError("the last offset has no end")
