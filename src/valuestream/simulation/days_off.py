"""Days off as dates and as days from the first Monday (0): people write dates, the engine counts days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from valuestream.errors import ConfigError

USUAL_BEGIN = "2024-01-01"
"""The Monday that a model without a date of its own begins on, where dates are needed."""


def monday(text: str, place: str) -> date:
    """The date that simulated time begins with. ConfigError where it is none, or no Monday."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise ConfigError(f"{place}: {text!r:.40} is no date.", "Write a Monday like 2025-01-06.") from None
    if found.weekday():
        near = found - timedelta(days=found.weekday())
        raise ConfigError(f"{place}: {text} is a {found:%A}.", f"Simulated time begins on a Monday: {near}.")
    return found


def day_of(told: object, begins: str | None, place: str) -> int:
    """The day from the first Monday of a number or a date. ConfigError with the place."""
    if isinstance(told, int) and not isinstance(told, bool):
        return told
    if isinstance(told, str) and told.strip().isdigit():
        return int(told)
    if begins is None:
        raise ConfigError(
            f"{place}: {str(told)!r:.40} needs a model with a date.",
            "Give the model `begins: 2025-01-06`, the Monday it begins with, or count days from it (0).",
        )
    try:
        found = date.fromisoformat(str(told).strip())
    except ValueError:
        hint = "Write a date like 2025-12-24, or the number of days from the first Monday."
        raise ConfigError(f"{place}: {told!r:.40} is no day.", hint) from None
    return (found - monday(begins, "begins")).days


def dates(days: Sequence[int], begins: str) -> list[str]:
    """The dates of days from the first Monday.

    >>> dates([0, 8], "2025-01-06")
    ['2025-01-06', '2025-01-14']
    """
    first = date.fromisoformat(begins)
    return [(first + timedelta(days=day)).isoformat() for day in days]


def counted(told: Mapping[str, Any]) -> dict[str, Any]:
    """A written model with its days off as numbers, and its first date as text."""
    model = dict(told)
    begins = model.get("begins")
    if isinstance(begins, date):
        model["begins"] = begins = begins.isoformat()
    if begins is not None:
        monday(str(begins), "begins")
    calendars = model.get("calendars")
    if isinstance(calendars, list):
        model["calendars"] = [_counted(one, begins, f"calendars[{k}]") for k, one in enumerate(calendars)]
    return model


def _counted(hours: Any, begins: str | None, place: str) -> Any:
    if not isinstance(hours, Mapping) or not isinstance(hours.get("off"), list):
        return hours
    days = [day_of(one, begins, f"{place}.off[{k}]") for k, one in enumerate(hours["off"])]
    return {**hours, "off": sorted(days) if begins else days}


def dated(told: dict[str, Any]) -> dict[str, Any]:
    """A model's plain data with its days off as dates, where it has a date."""
    if "begins" not in told or "calendars" not in told:
        return told
    calendars = [
        {**one, "off": dates(one["off"], told["begins"])} if "off" in one else one for one in told["calendars"]
    ]
    return {**told, "calendars": calendars}
