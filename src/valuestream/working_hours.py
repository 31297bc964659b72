"""Working hours: how they are written, how much of them lies between two instants, which days have some."""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from valuestream.calendar import EPOCH, EVER, FIRST_YEAR, HOUR_US, LAST_YEAR, Calendar, offsets, year_begin_us
from valuestream.errors import ConfigError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    I32 = npt.NDArray[np.int32]
    I64 = npt.NDArray[np.int64]

_WORK_EPOCH_YEAR = 2000  # near the data: each year before it would cost its holidays
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOURS_HINT = 'Write hours like "Mon-Fri 09:00-17:00", "Mon-Thu 08:00-12:00 13:00-17:00, Fri 08:00-12:00" or "24/7".'


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
    lowest, highest = year_begin_us(FIRST_YEAR), year_begin_us(LAST_YEAR + 1) - 1
    first, last = (
        (EPOCH + timedelta(microseconds=int(t))).year for t in np.clip([at.min(), at.max()], lowest, highest)
    )
    begin, end, before = _worked(calendar, min(first, _WORK_EPOCH_YEAR), max(last, _WORK_EPOCH_YEAR))
    epoch = np.array([year_begin_us(_WORK_EPOCH_YEAR)])

    def worked(moments: I64) -> I64:
        k = np.searchsorted(begin, moments, side="right")
        total: I64 = before[k] - np.maximum(end[k - 1] - moments, 0)
        return total

    return worked(np.clip(at, lowest, highest)) - worked(epoch)


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


def days_off(calendar: Calendar, since: date, until: date) -> list[date]:
    """The holidays and closed dates of since <= day < until, in order. ConfigError for what cannot be read."""
    return sorted(day for day in _closed(calendar, since.year, until.year) if since <= day < until)


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


@lru_cache(maxsize=16)
def _worked(calendar: Calendar, first: int, last: int) -> tuple[I64, I64, I64]:
    """The working intervals of the years first..last: (begin, end, before), microseconds UTC.

    begin, end   int64[k], disjoint and sorted; the first is empty and lies before everything
    before       int64[k + 1], working time of the intervals up to each
    """
    import numpy as np

    since, offset = offsets(calendar.zone)
    opens, shuts = _open_hours(calendar, first, last)
    begins, ends = [np.array([-EVER])], [np.array([-EVER])]
    # an hour that the clock shows twice is worked twice, one that it skips never
    for low, high, shift in zip(since, [*since[1:], EVER], offset, strict=True):
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
