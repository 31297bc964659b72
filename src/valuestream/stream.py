"""A value stream: its boundaries and its stages, as the user declared or the suggestion guessed them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from valuestream.calendar import Calendar

DONE = "(done)"
CANCELLED = "(cancelled)"
DAY_US = 86_400_000_000


class Length(NamedTuple):
    """A length of time as people say it; in a stream with working hours its weeks and days may be working ones."""

    weeks: float = 0.0
    days: float = 0.0
    seconds: float = 0.0

    @property
    def elapsed_s(self) -> float:
        return self.weeks * 604_800 + self.days * 86_400 + self.seconds

    def working_s(self, day_s: float, week_s: float) -> float:
        """Seconds of work in it, where a working day has `day_s` and a week `week_s`."""
        return self.weeks * week_s + self.days * day_s + self.seconds


Estimate = tuple[Length, Length, Length]
"""Low, likely, high."""


@dataclass(frozen=True)
class Declared:
    """What people said of a stage: (low, likely, high); what lies before it; who was asked, how many, when.

    inventory  items that wait before the stage: their time is how long the demand takes to use them up
    """

    process: Estimate | None = None
    wait: Estimate | None = None
    complete_and_accurate: float | None = None
    n: int | None = None
    by: str | None = None
    date: str | None = None
    inventory: float | None = None

    @property
    def process_s(self) -> tuple[float, float, float] | None:
        """Elapsed seconds: low, likely, high."""
        return _elapsed(self.process)

    @property
    def wait_s(self) -> tuple[float, float, float] | None:
        return _elapsed(self.wait)


def _elapsed(said: Estimate | None) -> tuple[float, float, float] | None:
    return None if said is None else (said[0].elapsed_s, said[1].elapsed_s, said[2].elapsed_s)


@dataclass(frozen=True)
class Stage:
    """One step of the stream.

    `queue` states wait for the stage to begin; `work`, `blocked` and `external` states are the stage itself.
    A state may be qualified by its artefact: "pull_request:in_review".
    """

    name: str
    queue: tuple[str, ...] = ()
    work: tuple[str, ...] = ()
    blocked: tuple[str, ...] = ()
    external: tuple[str, ...] = ()
    team: str | None = None
    declared: Declared | None = None
    why: str | None = None
    regulation: str | None = None
    review_on: str | None = None

    @property
    def is_external(self) -> bool:
        """Whether the stage consists of external states only: outside the organisation's hands."""
        return bool(self.external) and not (self.queue or self.work or self.blocked)

    @property
    def is_declared(self) -> bool:
        """Whether all that is known of the stage is what people said: it has no states."""
        return not self.states

    @property
    def states(self) -> tuple[str, ...]:
        return (*self.queue, *self.work, *self.blocked, *self.external)


@dataclass(frozen=True)
class Charter:
    """Why the stream exists: who it serves, what triggers it, who owns it, how much is asked of it."""

    customer: str | None = None
    trigger: str | None = None
    owner: str | None = None
    demand: str | None = None


@dataclass(frozen=True)
class Own:
    """A metric of the user's: one aggregate expression over `items` or `visits`; see `metrics/own.py`."""

    name: str
    sql: str
    over: Literal["items", "visits"] = "items"
    clock: Literal["finished", "committed", "left_at", "entered", "instant"] | None = None
    unit: Literal["seconds", "share", "items", "people", "transfers", "visits", ""] = ""
    better: Literal["higher", "lower", "neither"] = "neither"
    asks: str | None = None


@dataclass(frozen=True)
class Membership:
    """Somebody (a name or a pattern) belongs to a team from a day on, until another; ISO dates of the stream's zone.

    `until` is the first day on which it no longer holds; None: no such end.
    """

    member: str
    team: str
    since: str | None = None
    until: str | None = None


@dataclass(frozen=True)
class Stream:
    """Boundaries and stages of one value stream. Stages stand in the map's order."""

    name: str
    stages: tuple[Stage, ...]
    done: tuple[str, ...] = ()
    cancelled: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    reopen_within_us: int = 30 * DAY_US
    required: tuple[str, ...] = ()
    items: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    flow_items: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    teams: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    memberships: tuple[Membership, ...] = ()
    charter: Charter = field(default_factory=Charter)
    targets: Mapping[str, str] = field(default_factory=dict)
    metrics: tuple[Own, ...] = ()
    sprints: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    calendar: Calendar = field(default_factory=Calendar)
    service_accounts: tuple[str, ...] = ()
    guessed: bool = False
