"""Local days and weeks of a window, as Python counts them and as SQL does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import pairwise

from valuestream.analysis.asker import Asker
from valuestream.calendar import DAY_US, day_begin_us, local_day, offsets_us, week_of

EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True)
class Days:
    """The local days that the half-open window [since, until) touches; instants are microseconds UTC."""

    since: int
    until: int
    zone: str

    @cached_property
    def first(self) -> int:
        """The first local day, counted from 1970-01-01."""
        return _local(self.since, self.zone)

    @cached_property
    def last(self) -> int:
        return _local(max(self.since, self.until - 1), self.zone)

    @cached_property
    def begins(self) -> list[int]:
        """When each day begins, and when the day after the last does: one more than there are days."""
        return [day_begin_us(day, self.zone) for day in range(self.first, self.last + 2)]

    @cached_property
    def spans(self) -> list[tuple[int, int]]:
        """Begin and end of each day, the first and the last as far as the window goes."""
        return [(max(a, self.since), min(b, self.until)) for a, b in pairwise(self.begins)]

    def day(self, column: str) -> str:
        """SQL for the local day of an instant, right from the first day's begin to the window's end; integers only."""
        shifts = offsets_us(self.zone, self.begins[0] - 1, self.until)
        whens = "".join(
            f" WHEN {column} < {begin} THEN {shift}" for (begin, _), (_, shift) in zip(shifts[1:], shifts, strict=False)
        )
        offset = f"CASE{whens} ELSE {shifts[-1][1]} END" if whens else str(shifts[-1][1])
        return f"CAST(floor(({column} + {offset}) / {float(DAY_US)!r}) AS BIGINT)"

    def week(self, column: str) -> str:
        """SQL for the ISO week of an instant, as `calendar.week_of` counts."""
        return f"CAST(floor(({self.day(column)} + 3) / 7.0) AS BIGINT)"

    @property
    def weeks(self) -> range:
        """The ISO weeks that the window touches."""
        return range(_week(self.first), _week(self.last) + 1)


def seen(ask: Asker, zone: str, as_of: int) -> Days | None:
    """The days of the asker's window from the first visit on, or None where there is none."""
    first = ask.run("SELECT min(entered) FROM visits")[0][0]
    if first is None:
        return None
    until = min(ask.window.until, as_of + 1)
    since = max(ask.window.since, min(first, until - 1))
    return Days(since, until, zone) if since < until else None


def iso(day: int) -> str:
    """A counted local day as ISO text.

    >>> iso(19_783)
    '2024-03-01'
    """
    return date.fromordinal(EPOCH + day).isoformat()


def monday(week: int) -> str:
    """The local day on which a counted week begins, as ISO text."""
    return iso(7 * week - 3)


def _local(at: int, zone: str) -> int:
    import numpy as np

    return int(local_day(np.array([at], np.int64), zone)[0])


def _week(day: int) -> int:
    import numpy as np

    return int(week_of(np.array([day], np.int32))[0])
