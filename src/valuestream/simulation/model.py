"""What a value stream is made of when it is simulated: arrivals, stages, pools, hours, routes.

Frozen dataclasses and nothing else. All durations are seconds, all rates items per week. Simulated time
begins on a Monday at 00:00 local time with nothing in the stream. `check.py` says what is impossible,
`written.py` reads and writes YAML and JSON.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from valuestream.calendar import Calendar
from valuestream.errors import UnknownName
from valuestream.stream import CANCELLED, DONE
from valuestream.working_hours import parse_hours

START = "(start)"
"""Where items come from, as `Route.after`; DONE and CANCELLED are where they end, as `Route.to`."""

HOUR_S = 3_600.0
DAY_S = 24 * HOUR_S
WEEK_S = 7 * DAY_S

KINDS = ("deterministic", "exponential", "lognormal", "gamma", "empirical")
ORDERS = ("fifo", "lifo", "types")
PREFERENCES = ("oldest", "last", "first")
GAPS = ("exponential", "deterministic", "gamma", "lognormal")


@dataclass(frozen=True)
class Duration:
    """How long something takes, as a random variable.

    kind     deterministic, exponential, lognormal, gamma or empirical
    mean     seconds; of an empirical one the values decide and this is ignored
    cv       standard deviation as a share of the mean, of lognormal and gamma
    values   of an empirical one: durations in seconds, each as likely as the others
    """

    kind: str = "exponential"
    mean: float = 0.0
    cv: float = 1.0
    values: tuple[float, ...] = ()

    @property
    def expected(self) -> float:
        """The mean in seconds, whatever the kind."""
        if self.kind == "empirical":
            return sum(self.values) / len(self.values) if self.values else 0.0
        return self.mean

    @property
    def expected_square(self) -> float:
        """The mean of the square, in seconds squared."""
        if self.kind == "empirical":
            return sum(value * value for value in self.values) / max(1, len(self.values))
        spread = {"deterministic": 0.0, "exponential": 1.0}.get(self.kind, self.cv)
        return self.mean**2 * (1 + spread**2)

    def times(self, factor: float) -> Duration:
        """The same shape, longer or shorter."""
        return replace(self, mean=self.mean * factor, values=tuple(value * factor for value in self.values))


def fixed(mean: float) -> Duration:
    """Always the same, seconds."""
    return Duration("deterministic", mean)


def exponential(mean: float) -> Duration:
    """Exponential, seconds."""
    return Duration("exponential", mean)


def lognormal(mean: float, cv: float) -> Duration:
    """Lognormal by its mean (seconds) and coefficient of variation."""
    return Duration("lognormal", mean, cv)


def gamma(mean: float, cv: float) -> Duration:
    """Gamma by its mean (seconds) and coefficient of variation."""
    return Duration("gamma", mean, cv)


def empirical(values: tuple[float, ...]) -> Duration:
    """Drawn from what was measured, seconds."""
    return Duration("empirical", values=tuple(values))


@dataclass(frozen=True)
class ItemType:
    """One kind of item.

    share      of all arrivals; shares of all types add up to 1
    priority   the smaller the sooner, in stages whose order is "types"; work begun is never interrupted
    expedite   first in every queue, and no WIP limit holds it back
    work       its service times as a multiple of the stage's
    """

    name: str
    share: float = 1.0
    priority: int = 0
    expedite: bool = False
    work: float = 1.0


@dataclass(frozen=True)
class Arrivals:
    """What comes in, and when.

    per_week   items per week, bursts included
    hours      168 relative rates, Monday 00:00 first; empty: the same at every hour
    gap, cv    law of the gaps between arrivals (bursts count once): exponential (a Poisson stream), deterministic,
               gamma or lognormal with that coefficient of variation. Where `hours` are given, gaps are stretched
               and squeezed by them
    bursts     (size, share) of how many arrive at the same instant; empty: one at a time
    types      empty: one type, "item"
    at         instants in seconds, rising: the arrivals themselves, replayed; nothing arrives after the last.
               The rate, hours, gaps and bursts are then ignored
    """

    per_week: float = 0.0
    hours: tuple[float, ...] = ()
    gap: str = "exponential"
    cv: float = 1.0
    bursts: tuple[tuple[int, float], ...] = ()
    types: tuple[ItemType, ...] = ()
    at: tuple[float, ...] = ()

    @property
    def kinds(self) -> tuple[ItemType, ...]:
        """The types, or the one type of everything."""
        return self.types or (ItemType("item"),)

    @property
    def burst_mean(self) -> float:
        """Items per burst."""
        return sum(size * share for size, share in self.bursts) if self.bursts else 1.0


@dataclass(frozen=True)
class Hours:
    """Working hours of a week, the same every week: servers begin and continue work only inside them.

    slots   (begin, end) in seconds from Monday 00:00, rising and disjoint; work pauses between them
    """

    name: str
    slots: tuple[tuple[float, float], ...]

    @property
    def per_week(self) -> float:
        """Working seconds in a week."""
        return sum(end - begin for begin, end in self.slots)


def hours_of(name: str, calendar: Calendar | str) -> Hours:
    """Weekly hours of a calendar or of a text like "Mon-Fri 09:00-17:00"; holidays and clock changes are not kept."""
    days = parse_hours(calendar) if isinstance(calendar, str) else calendar.hours
    spans = [(day * 1440 + begin, day * 1440 + end) for day, hours in enumerate(days) for begin, end in hours]
    whole = 7 * 1440
    cut = [(begin, min(end, whole)) for begin, end in spans] + [(0, end - whole) for _, end in spans if end > whole]
    slots: list[tuple[float, float]] = []
    for begin, end in sorted(cut):
        if slots and begin * 60.0 <= slots[-1][1]:
            slots[-1] = (slots[-1][0], max(slots[-1][1], end * 60.0))
        else:
            slots.append((begin * 60.0, end * 60.0))
    return Hours(name, tuple(slots))


@dataclass(frozen=True)
class Background:
    """Work of other streams that the same people do.

    per_week   pieces of work per week
    service    how long one takes
    first      whether it goes before the stream's own work; else whichever has waited longer
    """

    per_week: float
    service: Duration
    first: bool = False


@dataclass(frozen=True)
class Pool:
    """People (or machines) who serve several stages.

    calendar   name of their `Hours`; None: always at work
    prefers    what a free server takes: the "oldest" in any queue, or the one of the "last" stage that has work
               (finish first) or of the "first" (begin first). Expedited items and better priorities go before that
    """

    name: str
    servers: int
    calendar: str | None = None
    prefers: str = "oldest"
    background: Background | None = None


@dataclass(frozen=True)
class Cadence:
    """Releases at `offset`, `offset + every` ... (seconds): what waits for one leaves with it."""

    every: float
    offset: float = 0.0


def weekly(day: int, hour: float) -> Cadence:
    """Once a week, on a day (0 is Monday) at an hour."""
    return Cadence(WEEK_S, day * DAY_S + hour * HOUR_S)


@dataclass(frozen=True)
class Stage:
    """One step of the stream. It has servers of its own, or a pool's, or is external and never busy.

    service    time one server needs for one item, in working time
    servers    its own servers; None where a pool or outsiders do the work
    pool       name of the pool whose servers it shares
    external   outside the organisation's hands: no queue, everything is served at once
    calendar   name of the own servers' `Hours`, or of the outsiders'; None: always. A pool has its own
    order      "fifo", "lifo" (newest first) or "types" (by the types' priority, then first come)
    wip        most items in the stage at once, waiting, in work and held ones; None: no limit. What finds no room stays
               where it is and keeps the stage's own server (a pool's server is let go). Returns and expedited
               items always get in
    batch      how many finished items must be together before they leave
    cadence    finished items leave only with a release; full batches only, where there is a batch
    gate       what has come waits for the next of these instants before it can be served (a board that meets on
               Mondays takes what was handed in before)
    timer      a delay before the item can be served (after the gate) that no load explains; it takes nobody's time
    rework     service times of the second and later passes as a multiple of the first's
    automated  the way into this stage needs nobody: no gate or timer before it, and no batch or cadence of the
               stage before holds what comes here
    removed    the step is left out: items go on to where it would pass them, and what it sent back is no more
    part_of    the stage of the map that this is a part of, where several teams serve one, each its own items
    team       whose part it is
    """

    name: str
    service: Duration
    servers: int | None = None
    pool: str | None = None
    external: bool = False
    calendar: str | None = None
    order: str = "fifo"
    wip: int | None = None
    batch: int = 1
    cadence: Cadence | None = None
    gate: Cadence | None = None
    timer: Duration | None = None
    rework: float = 1.0
    automated: bool = False
    removed: bool = False
    part_of: str | None = None
    team: str | None = None

    @property
    def shown_as(self) -> str:
        """The name of its stage on the map."""
        return self.part_of or self.name


@dataclass(frozen=True)
class Route:
    """A way out of a stage that is not simply the next stage.

    after    the stage left, or "(start)"
    to       the stage entered, "(done)" or "(cancelled)"; an earlier stage, or the same one: a return
    chance   one for every pass, or one each for the first, second ... pass through the stage left (the last holds for
             all later ones). What the chances leave over goes to the next stage, after the last stage to "(done)"
    """

    after: str
    to: str
    chance: float | tuple[float, ...]

    @property
    def chances(self) -> tuple[float, ...]:
        """The chance of each pass; the last holds for later ones."""
        return self.chance if isinstance(self.chance, tuple) else (self.chance,)


@dataclass(frozen=True)
class Origin:
    """Where a parameter comes from: its place ("stages[2].service"), how it was found, from how many observations.

    how   "measured", "derived", "declared" or "assumed"
    """

    place: str
    how: str
    n: int | None = None
    note: str = ""


@dataclass(frozen=True)
class Model:
    """A value stream that can be run. Stages stand in the order of the map.

    wip   most items in the whole stream at once (CONWIP); others wait outside, before their lead time begins
    """

    name: str
    arrivals: Arrivals
    stages: tuple[Stage, ...]
    routes: tuple[Route, ...] = ()
    pools: tuple[Pool, ...] = ()
    calendars: tuple[Hours, ...] = ()
    wip: int | None = None
    origins: tuple[Origin, ...] = field(default=())

    def number(self, stage: str) -> int:
        """Where a stage stands, from 0. UnknownName lists the known ones."""
        names = [one.name for one in self.stages]
        if stage not in names:
            raise UnknownName(f"No stage {stage!r}.", f"Known: {', '.join(names)}.")
        return names.index(stage)

    def stage(self, name: str) -> Stage:
        """The stage of that name."""
        return self.stages[self.number(name)]

    def pool(self, name: str) -> Pool:
        """The pool of that name. UnknownName lists the known ones."""
        for one in self.pools:
            if one.name == name:
                return one
        raise UnknownName(f"No pool {name!r}.", f"Known: {', '.join(one.name for one in self.pools) or 'none'}.")

    def putting(self, stage: Stage) -> Model:
        """The same model with the stage of that name replaced."""
        number = self.number(stage.name)
        return replace(self, stages=(*self.stages[:number], stage, *self.stages[number + 1 :]))


ENDS = (DONE, CANCELLED)
