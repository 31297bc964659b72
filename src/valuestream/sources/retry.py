"""When to ask again, and when not before: a tool's manners as data."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

Headers = Mapping[str, str]
"""Names in lower case."""


@dataclass(frozen=True)
class Manners:
    """How a tool says "later".

    again       statuses after which the same request may succeed
    limits      statuses that may be limits: 403 only where a header or the body says so
    waits       headers that say how long to wait: seconds, or a date
    resets      headers that say when there is more to spend: seconds from now, or since 1970. Jira Data Center, whose
                administrator may switch a limit on, names the seconds between two fillings of its bucket
    remaining   headers that say how much of the budget is left; `limit`: how large it is
    reserve     share of the budget that is left to other users of the credential
    attempts    how often to ask in all
    longest_s   a wait longer than this ends the sync, which goes on from there another time
    """

    again: frozenset[int] = frozenset({408, 425, 429, 500, 502, 503, 504})
    limits: frozenset[int] = frozenset({403, 429})
    waits: tuple[str, ...] = ("retry-after", "x-ratelimit-delay")
    resets: tuple[str, ...] = ("x-ratelimit-reset", "ratelimit-reset", "x-ratelimit-interval-seconds")
    remaining: tuple[str, ...] = ("x-ratelimit-remaining", "ratelimit-remaining")
    limit: tuple[str, ...] = ("x-ratelimit-limit", "ratelimit-limit")
    reserve: float = 0.1
    attempts: int = 6
    longest_s: float = 3_700.0


def is_limit(manners: Manners, status: int, headers: Headers, body: str) -> bool:
    """Whether an answer says "too many requests"."""
    if status not in manners.limits:
        return False
    if status == 429 or any(name in headers for name in manners.waits):
        return True
    return left(manners, headers) == 0 or "rate limit" in body.lower() or "abuse detection" in body.lower()


def wait_s(manners: Manners, headers: Headers, now: float) -> float | None:
    """Seconds until the tool wants to be asked again; None where it does not say. `now`: seconds since 1970."""
    for name in manners.waits:
        if (seconds := _seconds(headers.get(name), now)) is not None:
            return seconds
    if left(manners, headers) == 0:
        return reset_s(manners, headers, now)
    return None


def reset_s(manners: Manners, headers: Headers, now: float) -> float | None:
    """Seconds until there is more to spend."""
    return next((s for name in manners.resets if (s := _seconds(headers.get(name), now)) is not None), None)


def left(manners: Manners, headers: Headers) -> int | None:
    """How many requests the tool still allows."""
    return next((n for name in manners.remaining if (n := _whole(headers.get(name))) is not None), None)


def allowed(manners: Manners, headers: Headers) -> int | None:
    """How many requests the tool allows in all."""
    return next((n for name in manners.limit if (n := _whole(headers.get(name))) is not None), None)


def _seconds(value: str | None, now: float) -> float | None:
    """A wait in seconds: a number of them, an instant since 1970, or a date."""
    if not value:
        return None
    try:
        number = float(value)
    except ValueError:
        return _until(value, now)
    if not math.isfinite(number):
        return None
    return max(number - now if number > 1e8 else number, 0.0)


def _until(date: str, now: float) -> float | None:
    try:
        at = parsedate_to_datetime(date)
    except ValueError:
        try:
            at = datetime.fromisoformat(date)
        except ValueError:
            return None
    return max((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() - now, 0.0)


def _whole(value: str | None) -> int | None:
    """The first number of a header such as `100, 100;w=60`."""
    digits = (value or "").split(",")[0].split(";")[0].strip()
    return int(digits) if digits.isdecimal() else None
