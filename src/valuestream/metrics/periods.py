"""ISO weeks, months and quarters of a window in a stream's zone, and the SQL that tells which one an instant is in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from valuestream.calendar import instant, local_day, week_begin_us, week_label, week_of
from valuestream.metrics.question import Window

TIMES = ("week", "month", "quarter")
MONTHS = {"month": 1, "quarter": 3}


@dataclass(frozen=True)
class Periods:
    """The periods that a window touches, in order. `complete`: lies wholly in the window.

    begins    microseconds UTC; a period ends where the next begins
    weeks     complete ISO weeks that count to each: those whose Thursday lies in it
    """

    labels: tuple[str, ...]
    begins: tuple[int, ...]
    complete: tuple[bool, ...]
    weeks: tuple[int, ...]

    def sql(self, clock: str) -> str:
        """The number of the period that an instant lies in: a binary search in CASE, which every engine takes."""
        return _search(clock, self.begins, 0, len(self.begins))


def periods(unit: str, window: Window, zone: str, *, of_weeks: bool) -> Periods:
    """The periods of a window.

    unit      "week", "month" or "quarter"
    of_weeks  months and quarters made of whole ISO weeks, each counted to where its Thursday lies: what a rate per
              week is grouped by, so that every item counts once and every week is whole
    """
    last = max(window.since, window.until - 1)
    if unit == "week" or of_weeks:
        return _of_weeks(unit, window, zone, _week(window.since, zone), _week(last, zone))
    dates = list(_firsts(MONTHS[unit], _date(window.since, zone), _date(last, zone)))
    begins = [instant(day.isoformat(), zone) for day in dates]
    ends = [*begins[1:], instant(_next(dates[-1], MONTHS[unit]).isoformat(), zone)]
    complete = [window.since <= begin and end <= window.until for begin, end in zip(begins, ends, strict=True)]
    labels = tuple(_label(unit, day) for day in dates)
    return Periods(labels, tuple(begins), tuple(complete), (0,) * len(labels))


def _of_weeks(unit: str, window: Window, zone: str, first: int, last: int) -> Periods:
    labels: list[str] = []
    begins: list[int] = []
    complete: list[bool] = []
    weeks: list[int] = []
    for week in range(first, last + 1):
        begin, end = week_begin_us(week, zone), week_begin_us(week + 1, zone)
        thursday = date(1969, 12, 29) + timedelta(weeks=week, days=3)
        label = week_label(week) if unit == "week" else _label(unit, thursday)
        whole = window.since <= begin and end <= window.until
        if labels and labels[-1] == label:
            complete[-1] = complete[-1] and whole
            weeks[-1] += whole
            continue
        labels.append(label)
        begins.append(begin)
        complete.append(whole and (unit == "week" or _first_week_of(unit, thursday)))
        weeks.append(int(whole))
    if unit != "week":
        after = date(1969, 12, 29) + timedelta(weeks=last + 1, days=3)
        complete[-1] = complete[-1] and _label(unit, after) != labels[-1]
    return Periods(tuple(labels), tuple(begins), tuple(complete), tuple(weeks))


def _first_week_of(unit: str, thursday: date) -> bool:
    return _label(unit, thursday) != _label(unit, thursday - timedelta(weeks=1))


def _week(at: int, zone: str) -> int:
    import numpy as np

    return int(week_of(local_day(np.array([at], np.int64), zone))[0])


def _date(at: int, zone: str) -> date:
    import numpy as np

    return date(1970, 1, 1) + timedelta(days=int(local_day(np.array([at], np.int64), zone)[0]))


def _firsts(months: int, first: date, last: date) -> list[date]:
    """The first days of the periods that first..last touch."""
    found = [date(first.year, (first.month - 1) // months * months + 1, 1)]
    while (after := _next(found[-1], months)) <= last:
        found.append(after)
    return found


def _next(day: date, months: int) -> date:
    month = day.month - 1 + months
    return date(day.year + month // 12, month % 12 + 1, 1)


def _label(unit: str, day: date) -> str:
    return f"{day:%Y-%m}" if unit == "month" else f"{day.year}-Q{(day.month + 2) // 3}"


def _search(clock: str, begins: tuple[int, ...], low: int, high: int) -> str:
    if high - low <= 1:
        return str(low)
    middle = (low + high) // 2
    left, right = _search(clock, begins, low, middle), _search(clock, begins, middle, high)
    return f"CASE WHEN {clock} < {begins[middle]} THEN {left} ELSE {right} END"
