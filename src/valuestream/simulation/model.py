"""What a value stream is made of when it is simulated: arrivals, stages, pools, hours, routes.

Frozen dataclasses and nothing else. All durations are seconds, all rates items per week. Simulated time
begins on a Monday at 00:00 local time with nothing in the stream. `check.py` says what is impossible,
`written.py` reads and writes YAML and JSON.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from valuestream.errors import UnknownName
from valuestream.simulation.capacity import Cadence, Hours, Pool
from valuestream.simulation.demand import Arrivals
from valuestream.simulation.duration import WEEK_S, Duration
from valuestream.stream import CANCELLED, DONE

START = "(start)"
"""Where items come from, as `Route.after`; DONE and CANCELLED are where they end, as `Route.to`."""

ORDERS = ("fifo", "lifo", "types")


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

    wip     most items in the whole stream at once (CONWIP); others wait outside, before their lead time begins
    begins  the date of the Monday with which simulated time begins ("2025-01-06"), where days off are dates
    """

    name: str
    arrivals: Arrivals
    stages: tuple[Stage, ...]
    routes: tuple[Route, ...] = ()
    pools: tuple[Pool, ...] = ()
    calendars: tuple[Hours, ...] = ()
    wip: int | None = None
    begins: str | None = None
    origins: tuple[Origin, ...] = field(default=())

    @property
    def per_week(self) -> float:
        """Items that come in a week, as a mean: fewer where there are days off; of a replay what it comes to."""
        arrivals = self.arrivals
        if arrivals.at:
            return len(arrivals.at) / max(1.0, arrivals.at[-1]) * WEEK_S
        hours = self.calendar(arrivals.calendar)
        if hours is None or not hours.off:
            return arrivals.per_week
        lost = sum(arrivals.by_weekday[day % 7] for day in hours.off) / hours.cycle
        return arrivals.per_week * (1.0 - (1.0 - arrivals.on_days_off) * lost)

    def calendar(self, name: str | None) -> Hours | None:
        """The hours of that name; None where there are none."""
        return next((one for one in self.calendars if one.name == name), None)

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
