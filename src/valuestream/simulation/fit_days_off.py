"""Days off: which ones the settings name, in the log's time and after it, and what comes and is done on them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from valuestream.calendar import Calendar
from valuestream.simulation.capacity import Hours
from valuestream.simulation.duration import DAY_S, HOUR_S, WEEK_S
from valuestream.simulation.plan import F64
from valuestream.working_hours import days_off

AHEAD_WEEKS = 156
"""How far after a log public holidays are looked up: three years, longer than a simulated future of most."""
WORKED = 0.5
"""Share of a usual day's starts from which a day off is one on paper only."""


@dataclass(frozen=True)
class DaysOff:
    """The days off of a log and after it, counted from the Monday with which its time begins.

    begins   the date of that Monday
    days     rising; they come again every `cycle` weeks
    until    the day on which the log ends
    listed   whether the settings know days off after the log; else those of the log come again
    """

    begins: str
    days: tuple[int, ...] = ()
    cycle: int = 52
    until: int = 0
    listed: bool = False

    @property
    def inside(self) -> tuple[int, ...]:
        """Those of the log's own time."""
        return tuple(day for day in self.days if day < self.until)

    def on(self, hours: Hours) -> Hours:
        """The hours without these days. Who works around the clock, every day, is taken to do so on these too."""
        if hours.slots == ((0.0, WEEK_S),) or not self.days:
            return hours
        return replace(hours, off=self.days, cycle=self.cycle)

    def note(self) -> str | None:
        """How many there are and what is known of the time to come; None where there are none."""
        if not self.days:
            return None
        many = f"{len(self.inside)} days off in the log's time, of the settings"
        if self.listed:
            return f"{many}; a simulated future has those that the settings name after it."
        return f"{many}; none is named after it, so a simulated future has as many, those of the log once more."


def days_off_of(calendar: Calendar, monday: date, until: int) -> DaysOff:
    """What the settings say of the time from a Monday on; until: the day, from there, on which the log ends."""
    weeks = until // 7 + 1
    ahead = weeks + AHEAD_WEEKS if calendar.holidays else weeks
    named = days_off(calendar, monday, monday + timedelta(weeks=ahead))
    later = [(date.fromisoformat(text) - monday).days for text in calendar.closed]
    later = [day for day in later if day > until]
    if later and not calendar.holidays:
        ahead = max(weeks, max(later) // 7 + 1)
        named = days_off(calendar, monday, monday + timedelta(weeks=ahead))
    days = tuple((day - monday).days for day in named)
    return DaysOff(monday.isoformat(), days, ahead, until, any(day > until for day in days))


def shifted(found: DaysOff) -> tuple[int, DaysOff]:
    """By how many days the time after the log begins later, a Monday, and the days off counted from there."""
    weeks = found.until // 7 + 1
    turn = 7 * found.cycle
    days = tuple(sorted((day - 7 * weeks) % turn for day in found.days))
    begins = date.fromisoformat(found.begins) + timedelta(weeks=weeks)
    return 7 * weeks, replace(found, begins=begins.isoformat(), days=days, until=0)


def rest_of(at: F64, days: tuple[int, ...]) -> np.ndarray:
    """Which instants lie on one of the days."""
    return np.isin(np.floor(at / DAY_S).astype(np.int64), days)


def ratio(at: F64, found: DaysOff, *, begin: float, end: float) -> tuple[float, int]:
    """How many of these instants lie on a day off, as a share of what lies on the same weekdays when they are none;
    and how many days off that is told from. 1 where it cannot be told.

    at   seconds, those of [begin, end) count
    """
    first, last = int(begin // DAY_S), int(np.ceil(end / DAY_S))
    days = np.arange(first, last)
    off = np.isin(days, found.inside)
    counts = np.bincount(np.floor(at[(at >= begin) & (at < end)] / DAY_S).astype(np.int64) - first, minlength=len(days))
    usual = np.array([_mean(counts[: len(days)][~off & (days % 7 == weekday)]) for weekday in range(7)])
    expected = float(usual[days[off] % 7].sum())
    if expected <= 0:
        return 1.0, 0
    return float(counts[: len(days)][off].sum()) / expected, int(off.sum())


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else 0.0


def _usual_clock(at: F64, by_hour: F64) -> F64:
    """Weeks of usual arrivals from second 0 to each instant. by_hour: float64[168], adds up to 1."""
    before = np.concatenate([[0.0], np.cumsum(by_hour)])
    week = np.floor(at / WEEK_S)
    hour = (at - week * WEEK_S) / HOUR_S
    low = np.minimum(hour.astype(np.int64), 167)
    found: F64 = week + before[low] + (hour - low) * (before[low + 1] - before[low])
    return found


@dataclass(frozen=True)
class Rests:
    """How days off thin arrivals: on which days, and the share of a usual day's items that come on one."""

    days: tuple[int, ...]
    share: float

    def lost(self, at: F64, by_hour: F64) -> F64:
        """Weeks of usual arrivals that days off have cost from second 0 to each instant: float64[n]."""
        if not self.days or self.share == 1.0:
            return np.zeros(len(at))
        begins = np.array(self.days) * DAY_S
        starts = _usual_clock(begins, by_hour)
        whole = np.concatenate([[0.0], np.cumsum(_usual_clock(begins + DAY_S, by_hour) - starts)])
        last = np.maximum(np.searchsorted(begins, at, side="right"), 1) - 1
        inside = _usual_clock(np.minimum(at, begins[last] + DAY_S), by_hour) - starts[last]
        gone: F64 = np.where(at >= begins[0], whole[last] + inside, 0.0) * (1.0 - self.share)
        return gone

    def clock(self, at: F64, by_hour: F64) -> F64:
        """Weeks of arrivals from second 0 to each instant, on a clock that is slower on days off."""
        slowed: F64 = _usual_clock(at, by_hour) - self.lost(at, by_hour)
        return slowed


NO_RESTS = Rests((), 1.0)
