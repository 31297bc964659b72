"""What one host lets one credential ask, kept by everybody who uses both."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import blake2b

from valuestream.sources import faults
from valuestream.sources.faults import Fault
from valuestream.sources.retry import Headers, Manners, allowed, left, reset_s


@dataclass
class Budget:
    """Waits before a request where the tool has asked for it, or would soon.

    clock      seconds since 1970
    sleep      waits so many seconds
    waiting    called with the seconds of a wait of a second and more
    """

    manners: Manners = field(default_factory=Manners)
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    waiting: Callable[[float], None] = lambda seconds: None
    requests: int = 0
    waited_s: float = 0.0
    _not_before: float = 0.0
    _left: int | None = None
    _limit: int | None = None
    _reset_at: float | None = None

    def spend(self) -> None:
        """Count one request, after the wait that it needs. A wait longer than the manners allow is a Fault."""
        seconds = max(self._not_before - self.clock(), self._pace())
        if seconds > self.manners.longest_s:
            raise Fault(
                faults.LIMITED,
                f"The tool wants no request for another {seconds / 60:,.0f} minutes.",
                "Nothing is lost: sync again then.",
            )
        if seconds > 0:
            if seconds >= 1:
                self.waiting(seconds)
            self.waited_s += seconds
            self.sleep(seconds)
        self.requests += 1
        if self._left:
            self._left -= 1

    def told(self, headers: Headers) -> None:
        """Note what an answer says of the budget."""
        remaining = left(self.manners, headers)
        if remaining is None:
            return
        self._left = remaining
        self._limit = allowed(self.manners, headers) or self._limit
        seconds = reset_s(self.manners, headers, self.clock())
        self._reset_at = None if seconds is None else self.clock() + seconds

    def rest(self, seconds: float) -> None:
        """Let nobody ask for so long."""
        self._not_before = max(self._not_before, self.clock() + seconds)

    def _pace(self) -> float:
        """Seconds to wait so that what is left lasts until the reset: nothing while plenty is left."""
        if self._left is None or self._reset_at is None:
            return 0.0
        until = self._reset_at - self.clock()
        if until <= 0:
            self._left = None
            return 0.0
        kept = self.manners.reserve * (self._limit or 0)
        if self._left > 2 * kept and self._left > 0:
            return 0.0
        over = self._left - kept
        return until if over < 1 else min(until / over, until)


class Budgets:
    """One budget for each host and credential, whoever asks."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, bytes], Budget] = {}

    def of(self, host: str, credential: str, budget: Budget) -> Budget:
        """The budget they share; `budget` where nobody has asked yet."""
        key = (host.casefold(), blake2b(credential.encode(), digest_size=16).digest())
        return self._known.setdefault(key, budget)
