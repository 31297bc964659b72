"""The items that finished in a window, from columns that are held: what the map tells of them, as the engine would."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from valuestream.analysis.asker import Asker, Together
from valuestream.analysis.columns import UNKNOWN
from valuestream.analysis.visits_held import MOST, Steps, steps_of
from valuestream.metrics import flow, quality, time
from valuestream.metrics.metric import Metric
from valuestream.metrics.question import rows_of
from valuestream.metrics.ranks import ranked, spread_row
from valuestream.metrics.stored_durations import ITEMS

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Bools = npt.NDArray[np.bool_]

Row = tuple[Any, ...]

_DURATIONS = {
    "lead": "lead_s", "lead_bh": "lead_bh_s", "cycle": "cycle_s", "delivery": "delivery_s", "active": "active_s",
    "wait": "wait_s", "work": "work_s", "rework": "rework_s",
}  # fmt: skip
_COUNTS = ("outcome", "first_pass", "touch_days", "days")


@dataclass(frozen=True)
class HeldItems:
    """Items that finished, in the order of their finish, in microseconds; durations in steps; `UNKNOWN` for null."""

    column: dict[str, Any]
    steps: Steps

    @property
    def nbytes(self) -> int:
        return sum(column.nbytes for column in self.column.values())


def finished(ask: Asker, metrics: Sequence[Metric], *, hours: bool, most: int = MOST) -> Together | None:
    """Metrics of the items that finished in the window; None where the items are not there, or more than `most`."""
    held = hold_items(ask, hours=hours, most=most)
    if held is None:
        return None
    found = _Finished(ask, held)
    return ask.told({metric: {(): found.row(metric)} for metric in metrics})


def hold_items(ask: Asker, *, hours: bool, most: int = MOST) -> HeldItems | None:
    """The items that fit the filters, whatever the window: see `visits_held.held`."""
    steps = steps_of(ask, hours=hours)
    if steps is None or (not ask.filters and steps.visits > most):
        return None
    found: HeldItems | None = ask.held(("items", ask.filters, hours, most), partial(_read, ask, steps, most=most))
    return found


def _read(ask: Asker, steps: Steps, *, most: int) -> HeldItems | None:
    import numpy as np

    columns = {
        "finished": "finished",
        **{name: f"coalesce({steps.sql(ITEMS[us])}, {UNKNOWN})" for name, us in _DURATIONS.items()},
        **{name: f"coalesce({name}, {UNKNOWN})" for name in _COUNTS},
    }
    what = ", ".join(f'{sql} AS "{name}"' for name, sql in columns.items())
    chosen = f"finished IS NOT NULL AND {rows_of(flow.THROUGHPUT, ask.filters)}"
    found = ask.arrow(f"SELECT {what} FROM items_us WHERE {chosen} LIMIT {most + 1}")
    if found.num_rows > most:
        return None
    order = np.argsort(found["finished"].to_numpy(), kind="stable")
    return HeldItems({name: found[name].to_numpy().take(order) for name in columns}, steps)


class _Finished:
    """The rows of one window, and which of them a metric is of."""

    def __init__(self, ask: Asker, held: HeldItems) -> None:
        at, window = held.column["finished"], ask.window
        begin, end = at.searchsorted([window.since, window.until]).tolist()
        self._rows = {name: column[begin : max(begin, end)] for name, column in held.column.items()}
        self._weeks, self._unit = window.weeks, held.steps.unit
        self._done: Bools = self._rows["outcome"] == 1
        self._seen: Bools = self._done & (self._rows["lead"] != UNKNOWN)
        self._worked: Bools = self._seen & (self._rows["active"] != UNKNOWN)

    def row(self, metric: Metric) -> Row:
        """As `metrics/together.py` answers the metric."""
        unseen = _n(self._done) - _n(self._seen)
        no_work = _n(self._seen) - _n(self._worked)
        if metric is time.LEAD_TIME:
            return self._spread("lead", self._seen, unseen)
        if metric is time.CYCLE_TIME:
            return self._spread("cycle", self._seen & self._known("cycle"), unseen, no_work)
        if metric is time.DELIVERY_TIME:
            known = self._done & self._known("delivery")
            return self._spread("delivery", known, _n(self._done) - _n(known))
        if metric is time.ACTIVE_TIME:
            return self._spread("active", self._worked, unseen, no_work)
        if metric is time.WAIT_TIME:
            return self._spread("wait", self._seen, unseen)
        if metric is time.LEAD_TIME_WORKING:
            known = self._done & self._known("lead_bh")
            return self._spread("lead_bh", known, unseen, _n(self._seen) - _n(self._seen & known))
        if metric is flow.FLOW_EFFICIENCY:
            return (self._share("work", self._worked), _n(self._worked), unseen, no_work)
        if metric is flow.TOUCH_DAYS:
            known = self._seen & self._known("touch_days")
            of = self._sum("days", known & self._known("days"))
            return (self._sum("touch_days", known) / of if of else None, _n(known), unseen, _n(self._seen) - _n(known))
        if metric is quality.FIRST_PASS_YIELD:
            n = _n(self._seen)
            return (self._sum("first_pass", self._seen) / n if n else None, n, unseen)
        if metric is quality.REWORK_SHARE:
            return (self._share("rework", self._seen), _n(self._seen), unseen)
        assert metric is flow.THROUGHPUT
        at = self._rows["finished"]
        return (_n(self._done & (at >= self._weeks[0]) & (at < self._weeks[1])), _n(self._done))

    def _known(self, name: str) -> Bools:
        known: Bools = self._rows[name] != UNKNOWN
        return known

    def _sum(self, name: str, rows: Bools) -> int:
        import numpy as np

        return int(self._rows[name][rows].sum(dtype=np.int64))

    def _share(self, name: str, rows: Bools) -> float | None:
        """A part of the time that items took; None where that is nothing."""
        whole = self._sum("work", rows) + self._sum("wait", rows)
        return self._sum(name, rows) / whole if whole else None

    def _spread(self, name: str, rows: Bools, *lost: int) -> Row:
        import numpy as np

        number = self._rows[name][rows]
        return spread_row(ranked(np.zeros(len(number), np.int64), number, 1, unit=self._unit)[0], *lost)


def _n(rows: Bools) -> int:
    return int(rows.sum())
