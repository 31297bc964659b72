"""How far a fitted model may be believed: now against measured, timers, distances, and a stretch it has not seen.

A model that reproduces the mean has not thereby shown that it knows what a change would do. What can be checked is
checked here, and where it fails no ranking of changes is given.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Event

import numpy as np

from valuestream.errors import ConfigError
from valuestream.simulation.answer import recorded
from valuestream.simulation.calibrate import (
    calibrated,
    same_stretch,
    steady,
    waits_measured,
    waits_simulated,
)
from valuestream.simulation.distances import Sample, distances, naive, of_items, of_run, pooled
from valuestream.simulation.duration import WEEK_S
from valuestream.simulation.fit import Fit, fit
from valuestream.simulation.fit_stretch import stretch
from valuestream.simulation.model import Model
from valuestream.simulation.observed import Observed
from valuestream.simulation.plan import F64
from valuestream.simulation.replicate import simulate
from valuestream.simulation.runs import interval

OFF = 0.15
TIMERS = 0.30
"""Beyond these no ranking is given."""
LEARNS = 0.7
"""The model of the hold-out has seen the log up to the instant by which that share of the items was finished."""
RUNS = 8
FEWEST_HELD_OUT = 20
FEWEST = 50
"""Finished items below which no ranking is given."""


@dataclass(frozen=True)
class Agreement:
    """A simulation beside what was measured in the same stretch; lead times in seconds, distances by `KINDS`.

    low, high   between which the mean lead time of 95 % of the stretches of that length would lie, by the model
    noise    the distances between the two halves of the measured stretch: nearer than that no model need be
    naive    those of a model that knows means only: a model must be nearer
    n        finished items measured
    """

    simulated_s: float | None
    low_s: float | None
    high_s: float | None
    measured_s: float | None
    simulated_p85_s: float | None
    measured_p85_s: float | None
    distances: dict[str, float | None]
    noise: dict[str, float | None]
    naive: dict[str, float | None]
    n: int

    @property
    def off(self) -> float | None:
        """By what share the simulated mean lead time is off."""
        if not self.simulated_s or not self.measured_s:
            return None
        return self.simulated_s / self.measured_s - 1.0

    @property
    def by_chance(self) -> bool:
        """Whether a stretch of that length might well have the measured mean, if the model were true."""
        if self.low_s is None or self.high_s is None or self.measured_s is None:
            return False
        return self.low_s <= self.measured_s <= self.high_s


@dataclass(frozen=True)
class StageWait:
    """A stage's mean wait a visit, seconds, and what share of the lead time it is off by."""

    stage: str
    simulated_s: float
    measured_s: float
    off: float


@dataclass(frozen=True)
class Trust:
    """Whether to believe a model.

    now          the model of the whole log against the log
    held_out     a model of its first part against the rest; None where that is too little
    unexplained  share of the waiting that is timers; None where nothing waited
    stages       each stage's wait, that which is most off first
    doubts       why no ranking is given, in sentences; empty: one is
    """

    now: Agreement
    held_out: Agreement | None
    unexplained: float | None
    stages: tuple[StageWait, ...]
    doubts: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def ranks(self) -> bool:
        return not self.doubts


def trust(fitted: Fit, *, seed: int = 1, stop: Event | None = None, step: Callable[[], None] | None = None) -> Trust:
    """Check a calibrated fit. `step` is called after each of its three parts."""
    observed, model = fitted.observed, fitted.model()
    begin, end = _settled(observed)
    now = _agreement(fitted, [model] * RUNS, observed, begin, end, seed, stop)
    _tell(step)
    held_out, notes = _held_out(observed, seed, stop)
    days_off = observed.days_off.note()
    _tell(step)
    stages = _stages(fitted, model, seed, stop)
    _tell(step)
    unexplained = fitted.unexplained
    why = doubts(now, held_out, unexplained, stages, at=fitted.unexplained_at)
    return Trust(now, held_out, unexplained, stages, why, (*notes, *([days_off] if days_off else [])))


def _tell(step: Callable[[], None] | None) -> None:
    if step:
        step()


def _settled(observed: Observed) -> tuple[float, float]:
    """From when the stream had filled, a usual lead time after the begin, until items came as usual no more."""
    found = stretch(observed)
    lead = observed.items.lead[observed.items.done]
    usual = float(np.quantile(lead, 0.85)) if len(lead) else 0.0
    return found.begin + min(usual, 0.25 * (found.end - found.begin)), found.end


def _agreement(
    fitted: Fit, models: list[Model], observed: Observed, begin: float, end: float, seed: int, stop: Event | None
) -> Agreement:
    measured = of_items(observed.items, begin=begin, end=end)
    length = same_stretch(fitted, models[0], begin, end)
    runs = [
        of_run(recorded(model, length=length, seed=seed, replication=k, stop=stop)) for k, model in enumerate(models)
    ]
    simulated = pooled(runs)
    means = interval(np.array([_mean(one.lead) or np.nan for one in runs]), spread=True)
    middle = begin + np.floor((end - begin) / 2 / WEEK_S) * WEEK_S
    halves = [of_items(observed.items, begin=a, end=b) for a, b in ((begin, middle), (middle, end))]
    return Agreement(
        _mean(simulated.lead),
        means.low,
        means.high,
        _mean(measured.lead),
        _p85(simulated.lead),
        _p85(measured.lead),
        distances(simulated, measured),
        distances(*halves),
        distances(naive(measured, seed=seed), measured),
        len(measured.lead),
    )


def _held_out(observed: Observed, seed: int, stop: Event | None) -> tuple[Agreement | None, tuple[str, ...]]:
    """A model of the first part of the time against the rest, which it has not seen."""
    finished, usual = observed.items.finished[observed.items.done], stretch(observed)
    finished = finished[usual.holds(finished)]
    if not len(finished):
        return None, ("No hold-out: nothing was finished.",)
    split = float(np.quantile(finished, LEARNS))
    late: Sample = of_items(observed.items, begin=split, end=usual.end)
    if len(late.lead) < FEWEST_HELD_OUT:
        return None, (f"No hold-out: only {len(late.lead)} items were finished later than {LEARNS:.0%}.",)
    try:
        early = calibrated(fit(observed.whole().until(split)), seed=seed, stop=stop)
    except ConfigError as error:
        return None, (f"No hold-out: the first part of the log gives no model. {error.message}",)
    models = [early.resampled(seed, k) for k in range(RUNS)]
    return _agreement(early, models, observed, split, usual.end, seed, stop), ()


def _stages(fitted: Fit, model: Model, seed: int, stop: Event | None) -> tuple[StageWait, ...]:
    observed = fitted.observed
    found = simulate(model, length=steady(fitted, model), replications=RUNS, seed=seed, stop=stop)
    simulated, measured = waits_simulated(model, found), waits_measured(fitted)
    own = observed.visits.stage[observed.visits.stage < len(observed.stages)]
    each = np.bincount(own, minlength=len(observed.stages)) / len(observed.items.item)
    lead = _mean(observed.items.lead[observed.items.done]) or np.inf
    rows = [
        StageWait(name, float(simulated[k]), float(measured[k]), float(each[k] * (simulated[k] - measured[k]) / lead))
        for k, name in enumerate(observed.stages)
    ]
    return tuple(sorted(rows, key=lambda row: -abs(row.off)))


def doubts(
    now: Agreement,
    held_out: Agreement | None,
    unexplained: float | None,
    stages: tuple[StageWait, ...],
    *,
    at: str | None = None,
) -> tuple[str, ...]:
    """Why no ranking is given, in sentences; at: the stage that has most of the unexplained waiting."""
    found = []
    worst = f" Most of it is at {stages[0].stage}." if stages else ""
    if 0 < now.n < FEWEST:
        finished = "1 item was" if now.n == 1 else f"{now.n} items were"
        found.append(f"Only {finished} finished: too few to tell a change from chance.")
    if now.off is None:
        found.append("Nothing was finished, measured or simulated: there is nothing to compare.")
    elif abs(now.off) > OFF:
        found.append(f"The simulated lead time is {now.off:+.0%} off what was measured.{worst}")
    if held_out is not None and held_out.off is not None and abs(held_out.off) > OFF and not held_out.by_chance:
        found.append(
            f"A model of the log's first {LEARNS:.0%} is {held_out.off:+.0%} off in the rest, which it had not "
            "seen: the stream changed, or the model misses what matters."
        )
    if unexplained is not None and unexplained > TIMERS:
        where = f", most of it at {at}" if at else ""
        found.append(f"{unexplained:.0%} of the waiting has no cause that a model could change{where}.")
    return tuple(found)


def _mean(values: F64) -> float | None:
    return float(values.mean()) if len(values) else None


def _p85(values: F64) -> float | None:
    return float(np.quantile(values, 0.85)) if len(values) >= 10 else None
