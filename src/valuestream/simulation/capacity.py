"""Who serves and when: working hours, pools of people, their other work, and releases."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from valuestream.calendar import Calendar
from valuestream.simulation.duration import DAY_S, HOUR_S, WEEK_S, Duration
from valuestream.working_hours import parse_hours

PREFERENCES = ("oldest", "last", "first")


YEAR_WEEKS = 52


@dataclass(frozen=True)
class Hours:
    """Working hours of a week and the days without them: servers begin and continue work only inside them.

    slots   (begin, end) in seconds from Monday 00:00, rising and disjoint; work pauses between them
    off     days off, counted from the first Monday (0), rising. Hours belong to the day they begin on: a night shift
            that began the evening before is worked to its end. What has no end within a day is cut at midnight
    cycle   weeks after which the same days are off again
    """

    name: str
    slots: tuple[tuple[float, float], ...]
    off: tuple[int, ...] = ()
    cycle: int = YEAR_WEEKS

    @property
    def cycle_s(self) -> float:
        """Seconds after which everything comes again: a week where no day is off."""
        return WEEK_S * (self.cycle if self.off else 1)

    @cached_property
    def open(self) -> tuple[tuple[float, float], ...]:
        """The slots of the whole cycle."""
        if not self.off:
            return self.slots
        off = frozenset(self.off)
        pieces = [piece for begin, end in self.slots for piece in _by_days(begin, end)]
        return tuple(
            (week * WEEK_S + begin, week * WEEK_S + end)
            for week in range(self.cycle)
            for begin, end in pieces
            if 7 * week + int(begin // DAY_S) not in off
        )

    @cached_property
    def per_week(self) -> float:
        """Working seconds of a week, as a mean over the cycle."""
        return sum(end - begin for begin, end in self.open) / self.cycle_s * WEEK_S


def _by_days(begin: float, end: float) -> list[tuple[float, float]]:
    """A slot, or, where it is longer than a day, its days."""
    if end - begin <= DAY_S:
        return [(begin, end)]
    middles = [DAY_S * day for day in range(int(begin // DAY_S) + 1, math.ceil(end / DAY_S))]
    return list(pairwise([begin, *middles, end]))


def hours_of(name: str, calendar: Calendar | str) -> Hours:
    """Weekly hours of a calendar or of a text like "Mon-Fri 09:00-17:00"; days off and clock changes are not kept."""
    days = parse_hours(calendar) if isinstance(calendar, str) else calendar.hours
    spans = [(day * 1440 + begin, day * 1440 + end) for day, hours in enumerate(days) for begin, end in hours]
    whole = 7 * 1440
    cut = [(begin, min(end, whole)) for begin, end in spans] + [(0, end - whole) for _, end in spans if end > whole]
    slots: list[tuple[float, float]] = []
    for begin, end in sorted(cut):
        if slots and begin * 60.0 <= slots[-1][1]:
            slots[-1] = (slots[-1][0], max(slots[-1][1], end * 60.0))
        else:
            slots.append((begin * 60.0, end * 60.0))
    return Hours(name, tuple(slots))


@dataclass(frozen=True)
class Background:
    """Work of other streams that the same people do.

    per_week   pieces of work per week
    service    how long one takes
    first      whether it goes before the stream's own work; else whichever has waited longer
    """

    per_week: float
    service: Duration
    first: bool = False


@dataclass(frozen=True)
class Pool:
    """People (or machines) who serve several stages.

    calendar   name of their `Hours`; None: always at work
    prefers    what a free server takes: the "oldest" in any queue, or the one of the "last" stage that has work
               (finish first) or of the "first" (begin first). Expedited items and better priorities go before that
    """

    name: str
    servers: int
    calendar: str | None = None
    prefers: str = "oldest"
    background: Background | None = None


@dataclass(frozen=True)
class Cadence:
    """Releases at `offset`, `offset + every` ... (seconds): what waits for one leaves with it."""

    every: float
    offset: float = 0.0


def weekly(day: int, hour: float) -> Cadence:
    """Once a week, on a day (0 is Monday) at an hour."""
    return Cadence(WEEK_S, day * DAY_S + hour * HOUR_S)
