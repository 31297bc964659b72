"""How a number is said: `45 s`, `45 min`, `4.7 h`, `2.0 d`, `38 %`, `1,234`; unknown is `–`, never 0."""

from __future__ import annotations

UNKNOWN = "–"
MINUTE, HOUR, DAY = 60.0, 3_600.0, 86_400.0


def duration(seconds: float | None) -> str:
    """A length of time in the unit that keeps it short; the unit changes where the rounded number would.

    >>> [duration(s) for s in (None, 0, 0.2, 45, 59.7, 2700, 16920, 86399, 172800, 1e8)]
    ['–', '0 s', '<1 s', '45 s', '1 min', '45 min', '4.7 h', '1.0 d', '2.0 d', '1,157 d']
    """
    if seconds is None:
        return UNKNOWN
    if seconds < 0:
        return "-" + duration(-seconds)
    if 0 < seconds < 0.5:
        return "<1 s"
    if seconds < 59.5:
        return f"{seconds:.0f} s"
    if seconds < 59.5 * MINUTE:
        return f"{seconds / MINUTE:.0f} min"
    if seconds < 23.95 * HOUR:
        return f"{seconds / HOUR:.1f} h"
    return f"{number(seconds / DAY)} d"


def share(part: float | None) -> str:
    """A share of one as whole percent; what is not nothing, or not all, never reads so.

    >>> [share(x) for x in (None, 0, 0.001, 0.38, 0.999, 1)]
    ['–', '0 %', '<1 %', '38 %', '>99 %', '100 %']
    """
    if part is None:
        return UNKNOWN
    if 0 < part < 0.005:
        return "<1 %"
    if 0.995 <= part < 1:
        return ">99 %"
    return f"{part * 100:.0f} %"


def number(value: float | None) -> str:
    """A mean or a rate: one decimal below a hundred, thousands parted above.

    >>> [number(x) for x in (None, 0, 0.02, 1, 14.25, 99.96, 12345.6)]
    ['–', '0', '<0.1', '1.0', '14.2', '100', '12,346']
    """
    if value is None:
        return UNKNOWN
    if value == 0:
        return "0"
    if 0 < value < 0.05:
        return "<0.1"
    return f"{value:.1f}" if abs(value) < 99.95 else f"{value:,.0f}"


def count(value: float | None) -> str:
    """A count, in full.

    >>> [count(x) for x in (None, 0, 1234)]
    ['–', '0', '1,234']
    """
    return UNKNOWN if value is None else f"{value:,.0f}"


def many(n: float, one: str, more: str = "") -> str:
    """A count with its noun, which stands in the singular for one alone. `more`: a plural that is not just an s.

    >>> many(1, "item"), many(1234, "item"), many(2, "point in time", "points in time")
    ('1 item', '1,234 items', '2 points in time')
    """
    return f"{count(n)} {one if n == 1 else more or one + 's'}"


def short_count(value: float | None) -> str:
    """A count of at most four signs, for narrow places.

    >>> [short_count(x) for x in (None, 7, 999, 1234, 23456, 999600, 2.5e7)]
    ['–', '7', '999', '1.2k', '23k', '1.0M', '25M']
    """
    if value is None or value < 999.5:
        return count(value)
    for limit, unit, letter in ((999_500, 1e3, "k"), (float("inf"), 1e6, "M")):
        if value < limit:
            scaled = value / unit
            return f"{scaled:.1f}{letter}" if scaled < 9.95 else f"{scaled:.0f}{letter}"
    raise AssertionError(value)  # pragma: no cover
