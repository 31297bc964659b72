"""What is asked of a stream: demand a day, takt, and how long an inventory lasts."""

from __future__ import annotations

from dataclasses import dataclass

from valuestream.calendar import Calendar
from valuestream.config_units import rate
from valuestream.stream import Stream

WEEKS_A_YEAR = 365.25 / 7


@dataclass(frozen=True)
class Day:
    """A day of the stream's calendar: working seconds of a working day and of a week, and working days a week.

    Without working hours a day is a day, and a week seven of them.
    """

    day_s: float
    week_s: float
    days_a_week: float

    @classmethod
    def of(cls, calendar: Calendar) -> Day:
        worked = [60.0 * sum(end - begin for begin, end in hours) for hours in calendar.hours if hours]
        if not worked:
            return cls(86_400.0, 604_800.0, 7.0)
        return cls(sum(worked) / len(worked), sum(worked), float(len(worked)))


@dataclass(frozen=True)
class Demand:
    """The charter's demand, by the working day. `takt_s` = available work time / demand."""

    asked: str
    per_day: float
    day: Day

    @property
    def takt_s(self) -> float:
        return self.day.day_s / self.per_day

    def days(self, inventory: float) -> float:
        """Working days that the demand takes to use up an inventory."""
        return inventory / self.per_day

    def elapsed_s(self, inventory: float) -> float:
        """The same in elapsed seconds."""
        return self.days(inventory) * 86_400 * 7 / self.day.days_a_week


def demand(stream: Stream) -> Demand | None:
    """What the charter asks for; None where it says nothing that can be counted, or nothing at all."""
    asked = stream.charter.demand
    found = rate(asked) if asked else None
    if asked is None or found is None or found[0] <= 0:
        return None
    number, unit = found
    day = Day.of(stream.calendar)
    per_week = {
        "hour": number * day.week_s / 3_600, "day": number * day.days_a_week, "week": number,
        "month": number * 12 / WEEKS_A_YEAR, "quarter": number * 4 / WEEKS_A_YEAR, "year": number / WEEKS_A_YEAR,
    }[unit]  # fmt: skip
    return Demand(asked, per_week / day.days_a_week, day)
