"""What is true of the demo: the parameters it was made with, and what came of them.

Analysis and simulation are tested against `DemoTruth`; `Realised` is added up while the demo is made,
by nothing that `flow/` uses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from valuestream.calendar import Calendar
from valuestream.stream import Charter, Stage, Stream
from valuestream.working_hours import parse_hours

CALENDAR = Calendar(parse_hours("Mon-Fri 09:00-17:00"), "Europe/Berlin")
BEGIN = "2024-01-08"  # a Monday
ITEMS_PER_WEEK = 2000 / 39  # what the people below can deliver
BOT = "release-bot"
MANAGER = "mira"
OWNERS = {"Blue": "pia", "Red": "otto"}
DEVELOPERS = {
    "Blue": ("ada", "ben", "cem", "dora", "emil", "fay", "gus", "hana"),
    "Red": ("ivo", "jara", "kim", "leo", "nora", "omar", "paul", "rosa"),
}
TESTERS = {"Blue": ("sven", "tara", "udo"), "Red": ("vera", "wim", "yara")}
LEAVES = "omar"
TYPES = {"Feature": 0.5, "Bug": 0.3, "Debt": 0.12, "Risk": 0.08}
TEAM_SHARES = {"Blue": 0.5, "Red": 0.5}


@dataclass(frozen=True)
class Service:
    """Hands-on working hours of one visit: mean and coefficient of variation (lognormal, never below a minute)."""

    mean_h: float
    variation: float


APPROVAL_DAYS = (0, 1)
SERVICE = {
    "Development": Service(7.2, 0.7),
    "Review": Service(1.5, 0.6),
    "Test": Service(3.0, 0.6),
    "Approval": Service(0.25, 0.4),
}
REWORK_FACTOR = 0.4
RETURNS = {"Review": 0.12, "Test": 0.18}
CANCEL_SHARE = 0.05
BLOCK_SHARE = 0.08
BLOCK_MEAN_H = 20.0
BACKLOG_MEAN_H = 24.0
STEADY_AFTER_WEEKS = 4
TOUCH_SHARE = 0.7  # of the days on which somebody works on an item


@dataclass(frozen=True)
class Capacity:
    """Who serves a stage. Developers of a team serve Development and Review, in the order of their habit."""

    stage: str
    team: str | None
    people: tuple[str, ...]
    hours_per_week: float


@dataclass(frozen=True)
class Change:
    """One thing that is different from an instant (microseconds UTC) on."""

    at_us: int
    team: str
    what: str
    before: str
    after: str


@dataclass
class StageFacts:
    """One stage, added up. Durations are microseconds.

    visits, queue_us, work_us, blocked_us, worked_us   over finished items: stays, elapsed time by status (a blocked
                stay is blocked only), and the hands-on working time inside
    left        visits of all items that left for another stage or done (not: cancelled or still open)
    returns     those of `left` that went back to Development
    """

    visits: int = 0
    queue_us: int = 0
    work_us: int = 0
    blocked_us: int = 0
    worked_us: int = 0
    left: int = 0
    returns: int = 0


@dataclass
class Waits:
    """How often something was waited for, and for how long altogether (elapsed microseconds)."""

    n: int = 0
    total_us: int = 0

    @property
    def mean_s(self) -> float:
        return self.total_us / self.n / 1e6


@dataclass
class Realised:
    """What happened, counted on the way. Lead time is commitment (first Ready) to Released, elapsed microseconds.

    review_waits   waits in "Ready for review" that ended, by (team, "before" or "after" the change, by when they began)
    cycle_us       per finished item, first work to Released
    open_in        items not finished at the end, by state ("Backlog": not yet committed)
    """

    created: int = 0
    committed: int = 0
    finished: int = 0
    cancelled: int = 0
    first_pass: int = 0
    blocks: int = 0
    last_us: int = 0
    lead_us: dict[str, int] = field(default_factory=dict)
    cycle_us: dict[str, int] = field(default_factory=dict)
    types: dict[str, int] = field(default_factory=dict)
    open_in: dict[str, int] = field(default_factory=dict)
    releases: dict[str, int] = field(default_factory=dict)
    stages: dict[str, StageFacts] = field(default_factory=lambda: {stage.name: StageFacts() for stage in STAGES})
    review_waits: dict[tuple[str, str], Waits] = field(default_factory=dict)

    @property
    def mean_lead_s(self) -> float:
        return sum(self.lead_us.values()) / len(self.lead_us) / 1e6

    @property
    def flow_efficiency(self) -> float:
        """Elapsed time in work states over lead time, pooled over finished items."""
        return sum(stage.work_us for stage in self.stages.values()) / sum(self.lead_us.values())


@dataclass(frozen=True)
class DemoTruth:
    """The parameters of one demo and what came of them. Hours are working hours, shares 0..1.

    arrivals_per_week   mean of commitments (a Poisson stream over working time), divided by `team_shares`
    rework_factor       mean of a later development visit over the first
    return_probability  of a finished visit, per stage that sends work back to Development
    cancel_share        of items; half when they would be started, half after their first development
    block_share         of items; once, in their first development
    approval_days       weekdays on which approvals are begun (0 is Monday), first come first served, of what was handed
                        in before that week
    releases            name -> instant (microseconds UTC) at which everything that waits is released
    steady_from_us      from here on the empty beginning is forgotten
    """

    seed: int
    begin_us: int
    end_us: int
    steady_from_us: int
    weeks: int
    arrivals_per_week: float
    team_shares: Mapping[str, float]
    type_shares: Mapping[str, float]
    capacities: tuple[Capacity, ...]
    service: Mapping[str, Service]
    rework_factor: float
    return_probability: Mapping[str, float]
    cancel_share: float
    block_share: float
    block_mean_h: float
    backlog_mean_h: float
    approval_days: tuple[int, ...]
    releases: Mapping[str, int]
    changes: tuple[Change, ...]
    realised: Realised
    calendar: Calendar = CALENDAR


STAGES: tuple[Stage, ...] = (
    Stage("Development", queue=("Ready",), work=("In development",)),
    Stage("Review", queue=("Ready for review",), work=("In review",)),
    Stage("Test", queue=("Ready for test",), work=("In test",)),
    Stage("Approval", queue=("Waiting for approval",), work=("In approval",)),
    Stage("Release", queue=("Waiting for release",)),
)


def demo_stream() -> Stream:
    """The stream that the demo's log is about, as its team would declare it."""
    return Stream(
        name="idea to release",
        stages=STAGES,
        done=("Released",),
        cancelled=("Cancelled",),
        before=("Backlog",),
        flow_items={"feature": ("Feature",), "defect": ("Bug",), "risk": ("Risk",), "debt": ("Debt",)},
        teams={team: (*DEVELOPERS[team], *TESTERS[team], OWNERS[team]) for team in DEVELOPERS},
        charter=Charter(
            customer="Shops that sell with us",
            trigger="An item is ready to be developed",
            owner="Head of Product",
            demand="51 per week",
        ),
        calendar=CALENDAR,
        service_accounts=(BOT,),
    )
