"""A model of what a log shows: every parameter measured, derived or assumed, with its number of observations.

First the structure (who serves what, when, in which batches) and, visit by visit, service times and waits without
a cause are measured; then a model's parameters are drawn from the visits of chosen items. Items chosen at random
with replacement give another model of the same stream: how far such models lie apart is what the log leaves open.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from valuestream.errors import ConfigError
from valuestream.simulation.capacity import Cadence, Hours, Pool
from valuestream.simulation.check import check
from valuestream.simulation.duration import DAY_S, WEEK_S, empirical
from valuestream.simulation.fit_arrivals import arrivals
from valuestream.simulation.fit_days_off import shifted
from valuestream.simulation.fit_hands import with_hands
from valuestream.simulation.fit_hours import rested
from valuestream.simulation.fit_orders import Order, order_of, priorities
from valuestream.simulation.fit_passed import with_stays
from valuestream.simulation.fit_reopened import with_reopenings
from valuestream.simulation.fit_routes import routes
from valuestream.simulation.fit_service import service, stays, thinned
from valuestream.simulation.fit_stretch import stretch
from valuestream.simulation.fit_structure import Structure, structure
from valuestream.simulation.fit_types import item_types, kinds_of, types_of, work_of
from valuestream.simulation.model import Model, Origin, Stage
from valuestream.simulation.observed import Observed
from valuestream.simulation.plan import F64, I64

SEEN = 0.01
RETRIES = 20


@dataclass(frozen=True)
class Fit:
    """A log measured, ready to give models.

    observed   the log, split by teams where they work apart
    found      its structure, and for each visit its service time and waits
    timers     by how much the waits without a cause of each stage are multiplied, so that they and the queues of
               the simulation together are as long as what was measured (see `calibrate.py`)
    notes      what a reader must know
    orders     of each stage, in which order items are begun
    """

    observed: Observed
    found: Structure
    timers: tuple[float, ...]
    notes: tuple[str, ...]
    orders: tuple[Order, ...] = ()

    @property
    def unexplained(self) -> float | None:
        """The share of all waiting that no load, calendar, gate, batch or logged block explains; None without waits.

        Timers are scaled until lead times are right, so they can come to more than there was: that is all of it.
        """
        visits, own = self.observed.visits, self.observed.visits.stage < len(self.observed.stages)
        waits = float((visits.queue + visits.blocked + visits.external)[own].sum())
        return min(float((self.found.idle * self._scale())[own].sum() / waits), 1.0) if waits > 0 else None

    @property
    def unexplained_at(self) -> str:
        """The stage that has most of it."""
        visits, stages = self.observed.visits, len(self.observed.stages)
        own = visits.stage < stages
        each = np.bincount(visits.stage[own], (self.found.idle * self._scale())[own], minlength=stages)
        return self.observed.stages[int(np.argmax(each))]

    def _scale(self) -> F64:
        """The factor of each visit's idle wait."""
        found: F64 = np.array([*self.timers, 0.0, 0.0])[self.observed.visits.stage]
        return found

    def model(self) -> Model:
        """The model of all items. ConfigError with the place for what cannot be fitted."""
        return self._model(np.arange(len(self.observed.items.item)))

    def resampled(self, seed: int, number: int) -> Model:
        """The model of items drawn with replacement, as many as came in weeks drawn with replacement."""
        for again in range(RETRIES):
            try:
                return self._drawn(np.random.default_rng([seed, number, *([again] if again else [])]))
            except ConfigError:  # chance has left a rare stage without any item
                if again == RETRIES - 1:
                    raise
        raise AssertionError("not reached")

    def ahead(self, model: Model) -> Model:
        """A model of this log with the days off of the time after it: it begins on the Monday after the log's end."""
        if model.begins is None:
            return model
        later, found = shifted(self.observed.days_off)
        calendars = tuple(replace(one, off=found.days) if one.off else one for one in model.calendars)
        stages = tuple(
            replace(one, cadence=_earlier(one.cadence, later), gate=_earlier(one.gate, later)) for one in model.stages
        )
        return replace(model, calendars=calendars, stages=stages, begins=found.begins)

    def _drawn(self, rng: np.random.Generator) -> Model:
        committed = self.observed.items.committed
        weeks = np.bincount(((committed - committed.min()) // WEEK_S).astype(np.int64))
        n = int(rng.choice(weeks[:-1], len(weeks) - 1).sum() + weeks[-1]) if len(weeks) > 2 else len(committed)
        return self._model(rng.integers(0, len(committed), max(1, n)))

    def _model(self, chosen: I64) -> Model:
        observed, found = self.observed, self.found
        rows = _visits_of(observed, chosen)
        usual = stretch(observed)
        inside = chosen[usual.holds(observed.items.committed[chosen])]
        came, origins = arrivals(observed, inside, usual)
        types = types_of(observed)
        kinds = kinds_of(observed, chosen, rows, found.service, types)
        work = work_of(kinds, types)
        named, type_origins = item_types(kinds, priorities(list(self.orders), types))
        came = replace(came, types=named)
        origins += type_origins
        ways, way_origins = routes(observed, rows)
        origins += [*way_origins, *found.origins]
        stages = []
        for number in range(len(observed.stages)):
            own = rows[observed.visits.stage[rows] == number]
            stage, where = self._stage(number, own, work)
            stages.append(stage)
            origins += where
        calendars = _used(found.calendars, found.pools, stages)
        resting = next((hours.name for hours in calendars if hours.off), None)
        model = Model(
            name=observed.name,
            arrivals=replace(came, calendar=resting, on_days_off=came.on_days_off if resting else 1.0),
            stages=tuple(stages),
            routes=tuple(ways),
            pools=found.pools,
            calendars=calendars,
            begins=observed.days_off.begins if resting else None,
            origins=tuple(origins),
        )
        return check(model)

    def _stage(self, number: int, rows: I64, work: F64) -> tuple[Stage, list[Origin]]:
        observed, found = self.observed, self.found
        name, (shown, team) = observed.stages[number], observed.of[number]
        place = f"stages.{name}"
        took = found.service[rows] if observed.external[number] else found.service[rows] / work[rows]
        taken, rework, n = service(took, observed.visits.nth[rows])
        if observed.external[number]:
            taken, rework = stays(took, self._going_on(rows)), 1.0
        stage = replace(
            found.stages[number],
            service=taken,
            rework=rework,
            order=self.orders[number].order if self.orders else "fifo",
            part_of=shown if shown != name else None,
            team=team,
        )
        origins = [Origin(f"{place}.service", "measured" if observed.measured else "derived", n)]
        if self.orders and not stage.external:
            seen = self.orders[number]
            origins.append(Origin(f"{place}.order", "derived" if seen.n else "assumed", seen.n, "choices"))
        if rework != 1.0:
            origins.append(Origin(f"{place}.rework", "measured", int((observed.visits.nth[rows] > 1).sum())))
        waits = self.timers[number] * found.idle[rows] + found.stopped[rows]
        waits = waits[np.isfinite(waits)]
        if not stage.external and len(waits) and waits.mean() > 0.005 * max(60.0, float(np.nanmean(took) or 0.0)):
            note = "waits while somebody was free, and blocked time"
            stage = replace(stage, timer=empirical(thinned(waits)))
            origins.append(Origin(f"{place}.timer", "derived", len(waits), note))
        return stage, origins

    def _going_on(self, rows: I64) -> F64:
        """Since when the visits that are still there have been, seconds."""
        visits = self.observed.visits
        entered: F64 = visits.entered[rows][~np.isfinite(visits.left[rows])]
        return self.observed.end - entered


def _earlier(cadence: Cadence | None, days: int) -> Cadence | None:
    return replace(cadence, offset=(cadence.offset - days * DAY_S) % cadence.every) if cadence else None


def fit(observed: Observed) -> Fit:
    """Measure a log. ConfigError where it has too little of something, with the place."""
    observed, notes = with_stays(with_reopenings(observed))
    observed, waited = with_hands(observed)
    if waited >= SEEN:
        notes.append(f"{waited:.0%} of the time in work states is taken to be waiting: its person finished other work.")
    observed, told = rested(observed)
    notes += told
    usual = stretch(observed)
    if not usual.whole:
        notes.append(
            f"Items come as usual in {usual.weeks:.1f} of the log's {observed.weeks:.1f} weeks only: arrivals are "
            "those of that time, and so is what the model is compared with."
        )
    observed, found = structure(observed)
    types = types_of(observed)
    orders = tuple(order_of(observed, found.seen.enabled, stage, types) for stage in range(len(observed.stages)))
    return Fit(observed, found, (1.0,) * len(observed.stages), tuple(notes), orders)


def _visits_of(observed: Observed, chosen: I64) -> I64:
    """Rows of the visits of chosen items, as often as those were chosen."""
    items = observed.items.item[chosen]
    first = np.searchsorted(observed.visits.item, items, side="left")
    last = np.searchsorted(observed.visits.item, items, side="right")
    counts = last - first
    starts = np.repeat(first, counts)
    within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    rows: I64 = starts + within
    return rows


def _used(calendars: tuple[Hours, ...], pools: tuple[Pool, ...], stages: list[Stage]) -> tuple[Hours, ...]:
    names = {pool.calendar for pool in pools} | {stage.calendar for stage in stages}
    return tuple(hours for hours in calendars if hours.name in names)
