"""Working hours, holidays and the zone: the only file that knows what a day is."""

from __future__ import annotations

import re
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

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WORK_EPOCH_YEAR = 2000  # near the data: each year before it would cost its holidays
_FIRST_YEAR, _LAST_YEAR = 1900, 2199
_EVER = 2**62  # microseconds before or after 1970: further than anything that is looked up
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOURS_HINT = 'Write hours like "Mon-Fri 09:00-17:00", "Mon-Thu 08:00-12:00 13:00-17:00, Fri 08:00-12:00" or "24/7".'


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


def working_us(at: I64, calendar: Calendar) -> I64:
    """Working microseconds from the year 2000 to each instant.

    at        int64[n], microseconds UTC, any order
    returns   int64[n]; differences of two of them are exact working time, whatever call they came from

    An instant is working time when the local clock shows working hours and the day they belong to is open:
    a spring Sunday has 23 h, an autumn one 25 h. The years 1900 to 2199 are known; what lies beyond them counts
    as their edge. ConfigError: the calendar has no hours, or its zone, holidays or closed dates cannot be read.
    """
    import numpy as np

    if not any(calendar.hours):
        raise ConfigError("The calendar has no working hours.", _HOURS_HINT)
    if len(at) == 0:
        return np.zeros(0, dtype=np.int64)
    lowest, highest = _year_begin_us(_FIRST_YEAR), _year_begin_us(_LAST_YEAR + 1) - 1
    first, last = (
        (_EPOCH + timedelta(microseconds=int(t))).year for t in np.clip([at.min(), at.max()], lowest, highest)
    )
    begin, end, before = _worked(calendar, min(first, _WORK_EPOCH_YEAR), max(last, _WORK_EPOCH_YEAR))
    epoch = np.array([_year_begin_us(_WORK_EPOCH_YEAR)])

    def worked(moments: I64) -> I64:
        k = np.searchsorted(begin, moments, side="right")
        total: I64 = before[k] - np.maximum(end[k - 1] - moments, 0)
        return total

    return worked(np.clip(at, lowest, highest)) - worked(epoch)


def local_us(at: I64, zone: str) -> I64:
    """What the local clock shows at each instant, as microseconds since its 1970-01-01 00:00.

    at        int64[n], microseconds UTC, any order
    returns   int64[n]; exact from 1900 to 2199, beyond them by the nearest offset
    """
    import numpy as np

    if zone == "UTC" or len(at) == 0:
        return at
    since, offset = _offsets(zone)
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
    begins, shifts = (column.tolist() for column in _offsets(zone))
    ends = [*begins[1:], _EVER]
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
    return (_EPOCH + timedelta(microseconds=int(us))).isoformat().replace("+00:00", "Z")


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


def parse_hours(text: str) -> tuple[tuple[tuple[int, int], ...], ...]:
    """Working hours per weekday, Monday first, as `Calendar.hours` holds them.

    An interval that ends before it begins is a night shift: it ends on the next day and belongs to the day it
    began on. Intervals of one day may overlap; they are united. ConfigError names the part that cannot be read.

    >>> parse_hours("Mon-Thu 22:00-06:00, Fri 8-12 13-17")[3:]
    (((1320, 1800),), ((480, 720), (780, 1020)), (), ())
    """
    if text.strip() == "24/7":
        return (((0, 1440),),) * 7
    hours: list[list[tuple[int, int]]] = [[] for _ in _DAYS]
    days: list[int] = []
    waiting = False  # days named, hours still to come: "Mon, Wed 09:00-17:00"
    for part in re.split(r"[,;]", re.sub(r"\s*[-\u2013\u2014]\s*", "-", text)):
        words = part.split()
        spans = [_span(word, text) for word in words if word[0].isdigit()]
        named = [day for word in words if not word[0].isdigit() for day in _weekdays(word, text)]
        if not words or not (days or named):
            raise _unreadable(part.strip(), text)
        if named:
            days = days + named if waiting else named
        for day in days:
            hours[day] += spans
        waiting = not spans
    if waiting:
        raise _unreadable(part.strip(), text)
    return tuple(tuple(sorted(set(day))) for day in hours)


def _span(word: str, text: str) -> tuple[int, int]:
    """Minutes from midnight of "09:00-17:00"."""
    match = re.fullmatch(r"(\d{1,2})(?::(\d\d))?-(\d{1,2})(?::(\d\d))?", word)
    if match is None:
        raise _unreadable(word, text)
    h1, m1, h2, m2 = (int(number or 0) for number in match.groups())
    begin, end = 60 * h1 + m1, 60 * h2 + m2
    if m1 > 59 or m2 > 59 or begin >= 1440 or end > 1440 or begin == end:
        raise _unreadable(word, text)
    return begin, end if end > begin else end + 1440


def _weekdays(word: str, text: str) -> list[int]:
    """The days of "Mon", "Monday" or "Fri-Mon"."""
    ends = [_DAYS.index(day[:3]) if day[:3] in _DAYS else None for day in word.lower().split("-")]
    if len(ends) > 2 or None in ends:
        raise _unreadable(word, text)
    first, last = ends[0] or 0, ends[-1] or 0
    return [day % 7 for day in range(first, first + (last - first) % 7 + 1)]


def _unreadable(part: str, text: str) -> ConfigError:
    return ConfigError(f"Working hours '{text}': cannot read '{part}'.", _HOURS_HINT)


def _us(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)


def _year_begin_us(year: int) -> int:
    return _us(datetime(year, 1, 1, tzinfo=UTC))


@lru_cache(maxsize=64)
def _offsets(zone: str) -> tuple[I64, I64]:
    """When each offset of the zone begins and what it is: (int64[k], int64[k]) microseconds UTC; the first begins ever.

    The zone is looked at every three days and each change then found to the second: no two changes of any zone lie
    closer together.
    """
    import numpy as np

    place = zone_of(zone)

    def offset(second: int) -> int:
        shift = (_EPOCH + timedelta(seconds=second)).astimezone(place).utcoffset()
        return (shift or timedelta()) // timedelta(seconds=1)

    first, last = (_year_begin_us(year) // 1_000_000 for year in (_FIRST_YEAR, _LAST_YEAR + 1))
    since, shifts = [-_EVER // 1_000_000], [offset(first)]
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
    since, offset = _offsets(zone)
    for begin, end, shift in zip(since.tolist(), [*since.tolist()[1:], None], offset.tolist(), strict=True):
        moment: int = max(begin, local_us - shift)
        if end is None or moment < end:
            return moment
    raise AssertionError("the last offset has no end")


@lru_cache(maxsize=16)
def _worked(calendar: Calendar, first: int, last: int) -> tuple[I64, I64, I64]:
    """The working intervals of the years first..last: (begin, end, before), microseconds UTC.

    begin, end   int64[k], disjoint and sorted; the first is empty and lies before everything
    before       int64[k + 1], working time of the intervals up to each
    """
    import numpy as np

    since, offset = _offsets(calendar.zone)
    opens, shuts = _open_hours(calendar, first, last)
    begins, ends = [np.array([-_EVER])], [np.array([-_EVER])]
    # an hour that the clock shows twice is worked twice, one that it skips never
    for low, high, shift in zip(since, [*since[1:], _EVER], offset, strict=True):
        part = slice(
            np.searchsorted(shuts, low + shift, side="right"), np.searchsorted(opens, high + shift, side="left")
        )
        begins.append(np.maximum(opens[part] - shift, low))
        ends.append(np.minimum(shuts[part] - shift, high))
    begin, end = np.concatenate(begins), np.concatenate(ends)
    return begin, end, np.concatenate([[0], np.cumsum(end - begin)])


def _open_hours(calendar: Calendar, first: int, last: int) -> tuple[I64, I64]:
    """The same intervals on the local clock: (int64[k], int64[k]) microseconds, sorted and disjoint."""
    import numpy as np

    one = date(1970, 1, 1).toordinal()
    days = np.arange(date(first, 1, 1).toordinal() - one - 3, date(last, 12, 31).toordinal() - one + 4)
    days = days[~np.isin(days, [day.toordinal() - one for day in _closed(calendar, first, last)])]
    spans = []
    for weekday, hours in enumerate(calendar.hours):
        on = days[(days + 3) % 7 == weekday] * 1440
        spans += [np.stack([on + begin, on + (end if end > begin else end + 1440)]) for begin, end in hours]
    opens, shuts = np.concatenate(spans, axis=1)
    order = np.argsort(opens, kind="stable")
    opens, shuts = opens[order], np.maximum.accumulate(shuts[order])
    fresh = np.ones(len(opens), dtype=bool)  # where no earlier interval reaches
    fresh[1:] = opens[1:] > shuts[:-1]
    minute = HOUR_US // 60
    return opens[fresh] * minute, shuts[np.append(np.flatnonzero(fresh)[1:] - 1, -1)] * minute


def _closed(calendar: Calendar, first: int, last: int) -> set[date]:
    """Every date without work: the closed ones and the public holidays from a year before to a year after."""
    days: set[date] = set()
    for text in calendar.closed:
        try:
            days.add(date.fromisoformat(text))
        except ValueError:
            raise ConfigError(f"Closed date '{text}' is no date.", 'Write it like "2024-12-24".') from None
    if calendar.holidays is None:
        return days
    import holidays

    country, _, subdivision = calendar.holidays.partition("-")
    years = range(first - 1, last + 2)
    try:
        return days | set(holidays.country_holidays(country.upper(), subdiv=subdivision or None, years=years))
    except NotImplementedError:
        known = holidays.list_supported_countries().get(country.upper())
        hint = 'Use a code of a country or one of its parts, like "DE" or "DE-BY".'
        if known:
            hint = f"Known parts of {country.upper()}: {', '.join(known)}."
        raise ConfigError(f"No holidays are known for '{calendar.holidays}'.", hint) from None


def workdays(first: I32, last: I32, calendar: Calendar) -> I32:
    """How many working days lie in first..last, both included, at least 1.

    first, last   int32[n], local day numbers since 1970-01-01

    A working day has hours and is no holiday; where no hours are known every day is one.
    """
    import numpy as np

    if not len(first):
        return np.empty(0, np.int32)
    mask = [bool(hours) for hours in calendar.hours] or [True] * 7
    epoch = date(1970, 1, 1).toordinal()
    years = [date.fromordinal(epoch + int(day)).year for day in (first.min(), last.max())]
    closed = sorted(_closed(calendar, *years)) if calendar.hours else []
    begin, end = first.astype("datetime64[D]"), (last + 1).astype("datetime64[D]")
    found = np.busday_count(begin, end, weekmask=mask, holidays=np.array(closed, "datetime64[D]"))
    return np.maximum(found, 1).astype(np.int32)
