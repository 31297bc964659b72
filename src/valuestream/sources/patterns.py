"""What a written time looks like: one value -> the strptime pattern that reads it."""

from __future__ import annotations

import re
from typing import NamedTuple

_CLOCK = r"(?:(?P<gap>T|t|,? +)(?P<hm>\d{1,2}:\d\d)(?P<s>:\d\d)?(?P<frac>[.,]\d{1,9})?(?P<half> ?[AaPp][Mm])?)?"
_YMD = re.compile(rf"\d{{4}}(?P<sep>[-/.])\d{{1,2}}(?P=sep)\d{{1,2}}{_CLOCK}")
_COMPACT = re.compile(r"\d{8}(?:(?P<gap>[T ])(?:\d{4}|\d{6}(?P<frac>[.,]\d{1,9})?))?")
_NUMERIC = re.compile(rf"\d{{1,2}}(?P<sep>[-/.])\d{{1,2}}(?P=sep)(?P<year>\d{{4}}|\d{{2}}){_CLOCK}")
_WEEKDAY = r"(?P<weekday>[A-Za-z]{3}, )?"
_MONTH = r"(?P<month>[A-Za-z]{3,9})"
_NAMED = re.compile(rf"{_WEEKDAY}\d{{1,2}}(?P<sep>[-/ ]){_MONTH}(?P=sep)(?P<year>\d{{4}}|\d{{2}}){_CLOCK}")
_MONTH_FIRST = re.compile(rf"{_MONTH} \d{{1,2}},? (?P<year>\d{{4}}){_CLOCK}")
_NUMBER = re.compile(r"\d{5,19}(?:\.\d+)?")

ZONE = r"(?:\d:\d\d(?:[.,]\d+)?(?: ?[AaPp][Mm])?|\d{8}T\d{4,6}(?:[.,]\d+)?) ?(Z|z|UTC|GMT|[+-]\d\d(?::?\d\d)?)$"
"""A zone at the end of a time; group 1 is the zone. A date alone has none."""

_ZONE = re.compile(ZONE)
_LONGEST = 60
EPOCH_UNITS = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
EPOCH_RANGE_S = (300_000_000, 5_000_000_000)
BLANKS = ("", "-", "\u2013", "\u2014", "n/a", "na")
"""What people write into a cell of a sheet that stays empty."""
SERIAL_RANGE = (18_000, 90_000)
"""Days of a spreadsheet's calendar that are taken for dates: the years 1949 to 2146."""


class Pattern(NamedTuple):
    """How one value is written.

    family  "text" (day, month and year have their places), "numeric" (which of the first two parts is
            the day is open), "number" (an epoch or a serial)
    form    strptime pattern without the zone; in the numeric family {0} and {1} stand for day and month;
            for numbers the unit: s, ms, us, ns, days
    dots    numeric with full stops, which only dates with the day first use
    """

    family: str
    form: str
    dots: bool = False


def pattern_of(value: str, *, serials: bool = False) -> Pattern | None:
    """The pattern of a value, None when it is no time that is known here.

    >>> pattern_of("2024-02-29T14:03Z").form
    '%Y-%m-%dT%H:%M'
    >>> pattern_of("3/4/24 2:03 PM")
    Pattern(family='numeric', form='{0}/{1}/%y %I:%M %p', dots=False)
    """
    value = value.strip()
    if len(value) > _LONGEST:
        return None
    if _NUMBER.fullmatch(value) and not (_COMPACT.fullmatch(value) and value[:2] in ("19", "20")):
        unit = unit_of(float(value), serials=serials)
        return Pattern("number", unit) if unit else None
    zone = _ZONE.search(value)
    if zone:
        value = value[: zone.start(1)].rstrip()
    if m := _YMD.fullmatch(value):
        sep = m["sep"]
        return Pattern("text", f"%Y{sep}%m{sep}%d{_clock(m)}")
    if m := _COMPACT.fullmatch(value):
        digits = value.partition(".")[0].partition(",")[0]
        clock = {8: "", 13: "%H%M", 15: "%H%M%S"}[len(digits)]
        return Pattern("text", f"%Y%m%d{m['gap'] or ''}{clock}{_fraction(m['frac'])}")
    if m := _NUMERIC.fullmatch(value):
        sep = m["sep"]
        return Pattern("numeric", f"{{0}}{sep}{{1}}{sep}{_year(m['year'])}{_clock(m)}", sep == ".")
    if m := _NAMED.fullmatch(value):
        weekday = "%a, " if m["weekday"] else ""
        return Pattern("text", f"{weekday}%d{m['sep']}{_month(m['month'])}{m['sep']}{_year(m['year'])}{_clock(m)}")
    if m := _MONTH_FIRST.fullmatch(value):
        comma = "," if "," in value[: m.end("month") + 4] else ""
        return Pattern("text", f"{_month(m['month'])} %d{comma} %Y{_clock(m)}")
    return None


def unit_of(number: float, *, serials: bool = False) -> str | None:
    """The unit in which a number is a plausible instant: s, ms, us, ns since 1970, or days of a spreadsheet."""
    if serials and SERIAL_RANGE[0] <= number <= SERIAL_RANGE[1]:
        return "days"
    low, high = EPOCH_RANGE_S
    return next((unit for unit, per_s in EPOCH_UNITS.items() if low * per_s <= number < high * per_s), None)


def _clock(m: re.Match[str]) -> str:
    if not m["hm"]:
        return ""
    half = m["half"]
    written = "%I:%M" if half else "%H:%M"
    seconds = "%S" if m["s"] else ""
    gap = " " if half and half.startswith(" ") else ""
    return f"{m['gap']}{written}{':' + seconds if seconds else ''}{_fraction(m['frac'])}{gap + '%p' if half else ''}"


def _fraction(fraction: str | None) -> str:
    return f"{fraction[0]}%n" if fraction else ""


def _year(digits: str) -> str:
    return "%Y" if len(digits) == 4 else "%y"


def _month(name: str) -> str:
    return "%b" if len(name) == 3 else "%B"
