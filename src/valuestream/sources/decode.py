"""The small words of translations: instants, texts and persons as tools write them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_US = timedelta(microseconds=1)
_MILLISECONDS = 100_000_000_000


def instant(value: Any, zone: str = "UTC") -> int | None:
    """Microseconds UTC of a tool's time: ISO 8601, or seconds or milliseconds since 1970.

    A time without a zone is one of `zone`; None where there is none. ValueError: it says something else.

    >>> instant("2021-01-25T11:09:27.985+0800") == instant("2021-01-25T03:09:27.985Z") == instant(1611544167985)
    True
    """
    if value is None or value == "":
        return None
    if isinstance(value, str):
        at = datetime.fromisoformat(value)
        if at.tzinfo is None:
            at = at.replace(tzinfo=UTC if zone == "UTC" else ZoneInfo(zone))
        return (at - _EPOCH) // _US
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return round(value * (1_000 if abs(value) >= _MILLISECONDS else 1_000_000))
    raise ValueError(f"{value!r} is no time")


def needed(value: Any, zone: str = "UTC") -> int:
    """An instant that must be there."""
    at = instant(value, zone)
    if at is None:
        raise ValueError("a time is missing")
    return at


def iso(at_us: int) -> str:
    """An instant as tools are asked: seconds, rounded down, UTC."""
    return (_EPOCH + timedelta(microseconds=at_us)).strftime("%Y-%m-%dT%H:%M:%SZ")


def text(value: Any) -> str | None:
    """A word that says something."""
    return value if isinstance(value, str) and value.strip() else None


def inside(data: Any, *names: str) -> Any:
    """What stands under some keys, one in the other; None where any is missing."""
    for name in names:
        data = data.get(name) if isinstance(data, Mapping) else None
    return data


def dicts(value: Any) -> list[dict[str, Any]]:
    """The objects of a list; an empty list where there is none."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def once(records: list[dict[str, Any]], name: str = "id") -> list[dict[str, Any]]:
    """Records of which each came once: pages that overlap give some twice."""
    return list({one.get(name, place): one for place, one in enumerate(records)}.values())
