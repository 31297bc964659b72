"""Servers and timers set so that a simulation waits as long at each stage as the log did.

Concurrency under load is a rough measure of capacity, and near full load a server more or less is the difference
between hours and months. So where the simulation of what was read from the log waits far longer than the log, there
were more servers than could be seen; and timers, which were measured as if nothing else had delayed the item, shrink
or grow until queue and timer together are what was measured. That this makes the means agree proves nothing: see
`trust.py`.
"""

from __future__ import annotations

from dataclasses import replace
from threading import Event

import numpy as np

from valuestream.simulation.duration import WEEK_S
from valuestream.simulation.engine import Length
from valuestream.simulation.fit import Fit
from valuestream.simulation.fit_stretch import stretch
from valuestream.simulation.fit_structure import with_servers
from valuestream.simulation.model import Model
from valuestream.simulation.outcome import Replications
from valuestream.simulation.plan import F64
from valuestream.simulation.replicate import simulate

ROUNDS = 12
TOO_LONG = 0.05
"""Share of the lead time by which the waits of a crew's stages may be too long before it gets a server more; it keeps
it where that comes nearer to what was measured.
"""
MOST_TIMER = 2.0
SETTLED = 0.05
ITEMS, REPLICATIONS = 12_000, 6
MOST_ITEMS = 50_000
"""Of one run."""


def calibrated(fit: Fit, *, seed: int = 1, stop: Event | None = None) -> Fit:
    """The fit with servers and timers that reproduce each stage's mean wait, as far as they can."""
    before: dict[int, tuple[int, float]] = {}  # of a crew that got more servers: how many it had, and its excess then
    settled: set[int] = set()
    for _ in range(ROUNDS):
        model = fit.model()
        length = same_stretch(fit, model, 0.0, stretch(fit.observed).end)
        found = simulate(model, length=length, replications=REPLICATIONS, seed=seed, stop=stop)
        excess = _excess(fit, found)
        crews = fit.found.seen.crews
        back = {k: had for k, (had, was) in before.items() if k not in settled and abs(excess[k]) > abs(was)}
        settled |= set(back)
        more = {
            k: crews[k].servers + _step(crews[k].servers) for k in excess if k not in settled and excess[k] > TOO_LONG
        }
        before |= {k: (crews[k].servers, excess[k]) for k in more}
        if back or more:
            fit = replace(fit, found=with_servers(fit.observed, fit.found, {**more, **back}))
            continue
        timers = _timers(fit, found)
        change = max((abs(new - old) for new, old in zip(timers, fit.timers, strict=True)), default=0.0)
        fit = replace(fit, timers=timers)
        if change < SETTLED:
            break
    return fit


def _step(servers: int) -> int:
    return max(1, round(0.05 * servers))


def steady(fit: Fit, model: Model, *, items: float = ITEMS / REPLICATIONS) -> Length:
    """A run of about so many items, as long as the longest stays need, not longer than the log."""
    lead = fit.observed.items.lead[fit.observed.items.done]
    usual, tail = (float(np.quantile(lead, share)) if len(lead) else WEEK_S for share in (0.85, 0.99))
    return filled(model, usual, tail, items=items, most_weeks=fit.observed.weeks)


def filled(model: Model, usual_s: float, tail_s: float, *, items: float, most_weeks: float = np.inf) -> Length:
    """A run of about so many items after a warm-up, of `most_weeks` at most.

    usual_s, tail_s   lead times that 85 % and 99 % of the items do not exceed: three usual ones or one long one fill
                      the stream; a run shorter than four long ones would lose the longest, and be too quick on average
    """
    most = min(most_weeks, MOST_ITEMS / rate(model))
    weeks = min(most, max(4.0, items / rate(model), 4 * tail_s / WEEK_S))
    warm_up = WEEK_S * np.ceil(max(2.0, min(weeks, max(3 * usual_s, tail_s) / WEEK_S)))
    return Length(None, warm_up_s=float(warm_up), horizon_s=float(warm_up + WEEK_S * np.ceil(weeks)))


def shortened(length: Length, share: float) -> Length:
    """That share of a run: its warm-up too where that would leave less than a third to be measured."""
    if share >= 1.0 or length.horizon_s is None or length.warm_up_s is None:
        return length
    horizon = share * length.horizon_s
    return replace(length, warm_up_s=min(length.warm_up_s, horizon * 2 / 3), horizon_s=horizon)


def rate(model: Model) -> float:
    """Arrivals per week, those of a replay by their mean."""
    return max(model.per_week, 1e-9)


def same_stretch(fit: Fit, model: Model, begin: float, end: float) -> Length:
    """The same stretch of a run that begins empty, as the log does: nothing that was committed before is in it.

    Near full load queues grow for months, and a full stream is no measure for one that is filling. A log so large that
    this would take long is compared with a part of a full stream.
    """
    if rate(model) * end / WEEK_S <= MOST_ITEMS:
        return Length(None, warm_up_s=begin, horizon_s=max(end, begin + WEEK_S))
    length = steady(fit, model)
    warm_up = length.warm_up_s or 0.0
    return replace(length, horizon_s=warm_up + max(WEEK_S, min(end - begin, (length.horizon_s or 0.0) - warm_up)))


def waits_measured(fit: Fit, *, until: float = np.inf) -> F64:
    """Mean wait of a visit to each stage that was left by then: queue, blocked, and external inside it.

    float64[S], seconds; 0 where none was.
    """
    observed = fit.observed
    visits = observed.visits
    found = np.zeros(len(observed.stages))
    for stage in range(len(found)):
        rows = (visits.stage == stage) & (visits.left < until)  # NaN is in none
        waits = visits.queue[rows] + visits.blocked[rows]
        found[stage] = _mean(waits + (0.0 if observed.external[stage] else visits.external[rows]))
    return found


def waits_simulated(model: Model, found: Replications) -> F64:
    """The same of a simulation; 0 where no item left a stage."""
    return np.array([_mean(_waits(found, stage)) for stage in range(len(model.stages))])


def _mean(values: F64) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else 0.0


def _excess(fit: Fit, found: Replications) -> dict[int, float]:
    """By what share of the lead time each crew's stages keep an item longer than they did, timers left out."""
    observed = fit.observed
    items = observed.items
    lead = float(items.lead[items.done].mean()) if items.done.any() else np.inf
    own = observed.visits.stage[observed.visits.stage < len(observed.stages)]
    each = np.bincount(own, minlength=len(observed.stages)) / len(items.item)
    longer = waits_simulated(found.model, found) - waits_measured(fit, until=stretch(observed).end)
    timers = np.array([_timer_mean(fit, stage) for stage in range(len(observed.stages))])
    return {
        k: float(sum(each[s] * (longer[s] - timers[s]) for s in crew.stages)) / lead
        for k, crew in enumerate(fit.found.seen.crews)
    }


def _waits(found: Replications, stage: int) -> F64:
    """Mean wait of a visit to a stage in each run."""
    name = found.model.stages[stage].name
    return found.stage_queue(name) + found.stage_held(name) + found.stage_stopped(name)


def _timer_mean(fit: Fit, stage: int) -> float:
    """Mean of the waits without a cause as the model has them now."""
    visits = fit.observed.visits
    rows = (visits.stage == stage) & np.isfinite(visits.left)
    return fit.timers[stage] * float(fit.found.idle[rows].mean()) if rows.any() else 0.0


def _timers(fit: Fit, found: Replications) -> tuple[float, ...]:
    excess = waits_simulated(found.model, found) - waits_measured(fit, until=stretch(fit.observed).end)
    timers = []
    for stage, old in enumerate(fit.timers):
        now = _timer_mean(fit, stage)
        measured = now / old if old else _timer_mean(replace(fit, timers=(1.0,) * len(fit.timers)), stage)
        wanted = (now - excess[stage]) / measured if measured > 0 else old
        timers.append(float(np.clip(wanted, 0.0, MOST_TIMER)) if measured > 60.0 else old)
    return tuple(timers)
