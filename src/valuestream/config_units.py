"""Durations, shares and dates as people write them: `15 min`, `1 d`, `95 %`, `2026-10-01`."""

from __future__ import annotations

import math
import re
from datetime import date

from valuestream.stream import Estimate, Length

SECONDS = {
    "s": 1, "sec": 1, "second": 1,
    "m": 60, "min": 60, "minute": 60,
    "h": 3_600, "hr": 3_600, "hour": 3_600,
    "d": 86_400, "day": 86_400,
    "w": 604_800, "wk": 604_800, "week": 604_800,
}  # fmt: skip


class Unreadable(ValueError):
    """A value that cannot be read: what is wrong, and a hint."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


def duration_s(text: str) -> float:
    """Seconds of a duration; days have 24 hours.

    >>> duration_s("15 min"), duration_s("1.5 d"), duration_s("2 weeks")
    (900.0, 129600.0, 1209600.0)
    """
    return length(text).elapsed_s


def length(text: str) -> Length:
    """A duration with its weeks and days apart, since those may be working ones.

    >>> length("2 weeks"), length("15 min")
    (Length(weeks=2.0, days=0.0, seconds=0.0), Length(weeks=0.0, days=0.0, seconds=900.0))
    """
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]+)\s*", text)
    unit = found[2].lower() if found else ""
    size = SECONDS.get(unit) or SECONDS.get(unit.removesuffix("s"))
    if not found or not size:
        raise Unreadable(f"'{text}' is no duration", "Write a number and a unit: 15 min, 4 h, 1 d, 2 w.")
    number = float(found[1])
    if not math.isfinite(number) or number * size > 1e11:
        raise Unreadable(f"'{text}' is too long", "Durations end at about 3,000 years.")
    if size == SECONDS["w"]:
        return Length(weeks=number)
    return Length(days=number) if size == SECONDS["d"] else Length(seconds=number * size)


def estimate(texts: list[str]) -> Estimate:
    """Low, likely and high; one duration alone is all three."""
    if len(texts) not in (1, 3):
        hint = "Write one duration, or [low, likely, high]: [1 d, 2 d, 5 d]."
        raise Unreadable(f"{len(texts)} durations", hint)
    low, likely, high = (length(text) for text in (texts * 3 if len(texts) == 1 else texts))
    if not low.elapsed_s <= likely.elapsed_s <= high.elapsed_s:
        raise Unreadable(f"[{', '.join(texts)}] does not rise", "Write [low, likely, high], the lowest first.")
    return low, likely, high


def number(text: str) -> float:
    """A count of things.

    >>> number("7500")
    7500.0
    """
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < 1e12:
        raise Unreadable(f"'{text}' is no number of items", "Write a number: 7500.")
    return value


def rate(text: str) -> tuple[float, str] | None:
    """How much in which time: `7000 per day`; None where it says something else.

    >>> rate("7000 per day"), rate("480/week"), rate("as much as we can")
    ((7000.0, 'day'), (480.0, 'week'), None)
    """
    found = re.fullmatch(r"\s*(\d[\d,]*(?:\.\d+)?)\s*(?:\w+\s+)?(?:per|a|an|/)\s*(\w+)\s*", text)
    unit = {"h": "hour", "d": "day", "w": "week", "wk": "week", "mo": "month", "y": "year"}.get(
        found[2].lower() if found else "", found[2].lower().removesuffix("s") if found else ""
    )
    if not found or unit not in ("hour", "day", "week", "month", "quarter", "year"):
        return None
    return float(found[1].replace(",", "")), unit


def share(text: str) -> float:
    """A share of one from a percentage.

    >>> share("95 %")
    0.95
    """
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*%\s*", text)
    if not found or float(found[1]) > 100:
        raise Unreadable(f"'{text}' is no percentage", "Write a number from 0 to 100 and the sign: 95 %.")
    return float(found[1]) / 100


def target(text: str) -> tuple[float, float]:
    """Share and seconds of a target.

    >>> target("85 % within 10 d")
    (0.85, 864000.0)
    """
    part, sign, limit = text.partition("within")
    if not sign:
        raise Unreadable(f"'{text}' is no target", "Write a share and a time: 85 % within 10 d.")
    return share(part.strip()), duration_s(limit.strip())


def iso_date(text: str) -> str:
    """A date as ISO text, checked."""
    try:
        return date.fromisoformat(text.strip()).isoformat()
    except ValueError:
        raise Unreadable(f"'{text}' is no date", "Write the year first: 2026-10-01.") from None
