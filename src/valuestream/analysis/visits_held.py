"""The visits of some filters as columns, read once and held for the questions to come, whatever their windows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from valuestream.analysis.asker import Asker
from valuestream.analysis.columns import UNKNOWN
from valuestream.metrics.question import rows_with
from valuestream.metrics.stored_durations import VISITS

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Bools = npt.NDArray[np.bool_]

MOST = 2_000_000
"""Visits that are held of some filters; more are asked for statement by statement. A visit takes 39 to 63 bytes."""

SECOND = 1_000_000
STILL = 2**31 - 1
"""When a visit ended that goes on."""

_INSTANTS = {"entered": "entered", "left": "left_at"}
_DURATIONS = {"before": VISITS["wait_before_s"], "wait": VISITS["wait_s"], "active": VISITS["active_s"]}
_DURATIONS_BH = {"wait_bh": VISITS["wait_bh_s"], "active_bh": VISITS["active_bh_s"]}
_CODES = ("came_from", "went_to", "returned", "returned_to", "open_mode", "people")


class Visits:
    """Rows of visits. Of some of the rows each column is taken when it is asked for.

    Columns, arrays of one length: `item`; `stage`; `entered` and `left` in steps since some instant, `STILL` where a
    visit goes on; the durations `before` (until work began), `wait` and `active`, of a stream with working hours also
    `wait_bh` and `active_bh`, in steps; `transfers`; the codes `came_from`, `went_to`, `returned`, `returned_to`,
    `open_mode`, and `people`; `last`, whether it was the item's last one. What is not known is `UNKNOWN`.

    rows  which of the rows: a slice, or int64[k]
    """

    def __init__(self, of: Mapping[str, Any] | Visits, rows: Any) -> None:
        self._of, self._rows = of, rows
        self._taken: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._taken:
            self._taken[name] = self._of[name][self._rows]
        return self._taken[name]

    def where(self, chosen: Bools) -> Visits:
        """The chosen ones of the rows."""
        import numpy as np

        return self if chosen.all() else Visits(self, np.flatnonzero(chosen))


@dataclass(frozen=True)
class Steps:
    """How times are held: `unit` microseconds a step, whole seconds where the log knows no others, from `first` on.

    small   whether items and steps fit into four bytes
    visits  how many there are
    """

    unit: int
    first: int
    small: bool
    visits: int

    def at(self, us: int) -> int:
        """The first step that does not lie before an instant."""
        return -((self.first - us) // self.unit)

    def sql(self, us: str) -> str:
        """A time in microseconds in steps, so many bytes wide."""
        told = us if self.unit == 1 else f"({us}) // {self.unit}"
        return f"({told})::INTEGER" if self.small else told


@dataclass(frozen=True)
class Held:
    """Visits that end ascending, those that go on last."""

    column: dict[str, Any]
    steps: Steps

    @property
    def nbytes(self) -> int:
        return sum(column.nbytes for column in self.column.values())

    def ended(self, since: int, until: int) -> tuple[Visits, Visits]:
        """The visits that ended in a window of microseconds, and those that ended in it or later."""
        import numpy as np

        begin, end = np.searchsorted(self.column["left"], [self.steps.at(since), self.steps.at(until)]).tolist()
        return Visits(self.column, slice(begin, max(begin, end))), Visits(self.column, slice(begin, None))


def held(ask: Asker, *, hours: bool, most: int = MOST) -> Held | None:
    """The visits that fit the filters; None where they are more than `most`, or not there.

    hours  whether the stream has working hours
    """
    steps = steps_of(ask, hours=hours)
    if steps is None or (not ask.filters and steps.visits > most):
        return None
    found: Held | None = ask.held(
        ("visits", ask.filters, hours, most), partial(_read, ask, steps, hours=hours, most=most)
    )
    return found


def steps_of(ask: Asker, *, hours: bool) -> Steps | None:
    """How times of a stream are held; None where it was not looked at yet."""
    found: Steps | None = ask.held("steps", partial(_steps, ask, hours=hours))
    return found


def _steps(ask: Asker, *, hours: bool) -> Steps:
    times = [*_INSTANTS.values(), *_DURATIONS.values(), *(_DURATIONS_BH.values() if hours else ())]
    first, entered, left, item, visits = ask.run(  # statistics of the table say so without a look at its rows
        "SELECT min(entered), max(entered), max(left_at_stored), max(item), count(*) FROM visits_us"
    )[0]
    if not visits:
        return Steps(1, 0, False, 0)
    parts = " + ".join(f"coalesce(abs(({time}) % {SECOND}), 0)" for time in times)
    longest = ", ".join(f"coalesce(max({time}), 0)" for time in times[len(_INSTANTS) :])
    odd, *spent = ask.run(f"SELECT sum({parts}), {longest} FROM visits_us")[0]
    unit = SECOND if odd == 0 else 1
    last = max(entered, left)
    # what a visit that goes on has spent may be more than lies between the first visit's begin and the last one's
    return Steps(unit, first, max(item, max(last - first, *spent) // unit) < STILL, visits)


def _read(ask: Asker, steps: Steps, *, hours: bool, most: int) -> Held | None:
    import numpy as np

    durations = {**_DURATIONS, **(_DURATIONS_BH if hours else {})}
    columns = {
        "item": "item::INTEGER" if steps.small else "item",
        "stage": "stage",
        "entered": steps.sql(f"entered - {steps.first}"),
        "left": f"coalesce({steps.sql(f'left_at - {steps.first}')}, {STILL if steps.small else 2**62})",
        **{name: f"coalesce({steps.sql(us)}, {UNKNOWN})" for name, us in durations.items()},
        **{name: f"coalesce({name}, {UNKNOWN})" for name in _CODES},
        "transfers": "transfers",
        "last": "way IN (3, 4) AND left_at_stored = item_finished_stored",
    }
    what = ", ".join(f'{sql} AS "{name}"' for name, sql in columns.items())
    chosen = " AND ".join(["true", *map(rows_with, ask.filters)])
    found = ask.arrow(f"SELECT {what} FROM visits_us WHERE {chosen} LIMIT {most + 1}")
    if found.num_rows > most:
        return None
    order = np.argsort(found["left"].to_numpy(), kind="stable")
    return Held({name: found[name].to_numpy().take(order) for name in columns}, steps)
