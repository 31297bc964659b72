"""What a log says of its stream, as columns that a model is fitted to.

Times are seconds on the local clock from the Monday 00:00 before the first commitment (clock changes are not kept),
durations are seconds; unknown ones are NaN.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from valuestream.simulation.capacity import Hours
from valuestream.simulation.duration import DAY_S, WEEK_S
from valuestream.simulation.fit_days_off import DaysOff
from valuestream.simulation.plan import F64, I64

Bool = npt.NDArray[np.bool_]
NOWHERE = -1


@dataclass(frozen=True)
class Visits:
    """One row a visit, ordered by item and entry: codes (NOWHERE where there is none), instants, durations.

    by    who moved it on; no more than a number, told apart from others and never shown
    late  by how much later its person had hands for it than its status says (see `fit_hands.py`); `started` is then
    """

    item: I64
    stage: I64
    nth: I64
    entered: F64
    started: F64
    left: F64
    queue: F64
    work: F64
    blocked: F64
    external: F64
    came_from: I64
    went_to: I64
    type: I64
    team: I64
    by: I64
    late: F64

    def where(self, rows: Any) -> Visits:
        """The same columns of chosen rows."""
        return Visits(**{name: column[rows] for name, column in vars(self).items()})


@dataclass(frozen=True)
class Items:
    """One row an item that was committed. outcome: 0 open, 1 done, 2 cancelled, others are left out of the fit."""

    item: I64
    committed: F64
    finished: F64
    outcome: I64
    lead: F64
    type: I64

    def where(self, rows: Any) -> Items:
        """The same columns of chosen rows."""
        return Items(**{name: column[rows] for name, column in vars(self).items()})

    @property
    def done(self) -> Bool:
        """Finished with a known lead time."""
        found: Bool = (self.outcome == 1) & np.isfinite(self.lead)
        return found


@dataclass(frozen=True)
class Observed:
    """A log in one stream, ready to be fitted.

    stages     names in the map's order; `external`: which are outside the organisation's hands. Code S is a stay in
               done that was reopened, S + 1 one in cancelled
    end        where the log ends; what is open then has NaN
    hours      the stream's working hours, None where it names none; `days_off` its holidays
    measured   whether work was logged as intervals
    words      code of a type -> its name; teams: code of a team -> its name
    of         for each stage the one of the map that it is a part of, and whose (see `fit_teams.py`)
    """

    name: str
    stages: tuple[str, ...]
    external: tuple[bool, ...]
    visits: Visits
    items: Items
    end: float
    hours: Hours | None
    measured: bool
    words: Sequence[str]
    teams: Sequence[str]
    of: tuple[tuple[str, str | None], ...]
    days_off: DaysOff
    unsplit: Observed | None = None

    def whole(self) -> Observed:
        """The log before it was split by teams."""
        return self.unsplit or self

    @property
    def begin(self) -> float:
        """The first commitment."""
        return float(self.items.committed.min())

    @property
    def weeks(self) -> float:
        """From the first commitment to the end."""
        return max(1e-9, (self.end - self.begin) / WEEK_S)

    def until(self, end: float) -> Observed:
        """The log as it was known at `end`: what had not happened by then is open or not there."""
        visits = self.visits.where(self.visits.entered < end)
        gone = visits.left < end
        begun = visits.started < end
        known = np.where(gone, 1.0, 0.0)
        visits = replace(
            visits,
            left=np.where(gone, visits.left, np.nan),
            started=np.where(begun, visits.started, np.nan),
            went_to=np.where(gone, visits.went_to, NOWHERE),
            **{name: getattr(visits, name) * known for name in ("queue", "work", "blocked", "external")},
        )
        items = self.items.where(self.items.committed < end)
        over = items.finished < end
        items = replace(
            items,
            finished=np.where(over, items.finished, np.nan),
            lead=np.where(over, items.lead, np.nan),
            outcome=np.where(over, items.outcome, 0),
        )
        days_off = replace(self.days_off, until=int(end // DAY_S))
        return replace(self, visits=visits, items=items, end=end, days_off=days_off)
