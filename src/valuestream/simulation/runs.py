"""Models run side by side with the same random numbers: figures of each, and their differences with intervals.

A column is one model that might be true: the models of resampled logs, or, where there is no log, one model with
other random numbers each time. Scenarios are compared column by column, so that what all have in common drops out.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Event

import numpy as np

from valuestream.simulation.engine import Length
from valuestream.simulation.kernel import loop_for
from valuestream.simulation.loop import run
from valuestream.simulation.model import Model
from valuestream.simulation.outcome import Replications, student_975
from valuestream.simulation.plan import F64
from valuestream.simulation.replicate import expected_events, simulate

Progress = Callable[[int, int], None]
FIGURES = ("lead_mean_s", "lead_p50_s", "lead_p85_s", "throughput_per_week", "load", "flow_efficiency", "first_pass")
FEWEST_FACTORS = 10
"""Columns from which their all having one sign says something."""
SMALLEST = 0.05
"""Share of the mean as which a smaller column counts in an interval of factors: one near nothing would rule it."""
STAGE_FIGURES = ("wait_s", "active_s", "load", "utilisation", "visits_per_week", "returned")


@dataclass(frozen=True)
class Interval:
    """A figure with its 95 % interval; None where it is unknown, or the interval of a single run."""

    value: float | None
    low: float | None
    high: float | None

    def told(self) -> dict[str, float | None]:
        return {"value": self.value, "low": self.low, "high": self.high}


@dataclass(frozen=True)
class Columns:
    """Figures of one scenario: float64[columns, FIGURES], and float64[columns, stages, STAGE_FIGURES].

    refitted  whether columns are models of resampled logs: their spread is what the log leaves open
    """

    stages: tuple[str, ...]
    whole: F64
    by_stage: F64
    refitted: bool
    notes: tuple[str, ...]

    def figure(self, name: str) -> Interval:
        """A figure of the whole stream."""
        return interval(self.whole[:, FIGURES.index(name)], spread=self.refitted)

    def stage(self, stage: str, name: str) -> Interval:
        """A figure of one stage of the model."""
        found = self.by_stage[:, self.stages.index(stage), STAGE_FIGURES.index(name)]
        return interval(found, spread=self.refitted)

    def against(self, now: Columns, name: str) -> Interval:
        """By how much a figure differs from what it is now."""
        which = FIGURES.index(name)
        return interval(self.whole[:, which] - now.whole[:, which], spread=self.refitted)


def interval(values: F64, *, spread: bool) -> Interval:
    """The mean with its 95 % interval.

    spread   True: of a single column (any of the models might be the true one); False: of the mean of the columns

    Near full load what a change does grows faster than the load, so models that differ by as much either way differ in
    its effect by a factor. Where all columns have the same sign the interval is therefore one of factors: the mean
    times and by as much. A symmetric one is too short towards the larger effect and too long towards none.
    """
    known = values[np.isfinite(values)]
    n = len(known)
    if not n:
        return Interval(None, None, None)
    mean = float(known.mean())
    if n == 1:
        return Interval(mean, None, None)
    width = (1.0 if spread else 1.0 / math.sqrt(n)) * student_975(n - 1)
    if spread and n >= FEWEST_FACTORS and (np.sign(known) == math.copysign(1.0, mean)).all():
        size = np.maximum(np.abs(known), SMALLEST * abs(mean))
        factor = math.exp(float(np.log(size).std(ddof=1)) * width)
        low, high = sorted((mean / factor, mean * factor))
        return Interval(mean, low, high)
    error = float(known.std(ddof=1)) * width
    return Interval(mean, mean - error, mean + error)


def side_by_side(
    models: Sequence[Model],
    changes: Sequence[Callable[[Model], Model]],
    *,
    length: Length,
    replications: int,
    refitted: bool,
    seed: int = 1,
    progress: Progress | None = None,
    stop: Event | None = None,
) -> list[Columns]:
    """Every change applied to every model; column b takes the same random numbers under each change.

    replications  runs of each; models that are not refits are given once and become as many columns as replications
    """
    loop_for(run, sum(expected_events(model, length) for model in models) * replications * len(changes))
    found = []
    done, total = 0, len(changes) * len(models)
    for change in changes:
        rows = []
        for b, model in enumerate(models):
            first = b * replications
            rows.append(
                simulate(change(model), length=length, replications=replications, seed=seed, first=first, stop=stop)
            )
            done += 1
            if progress:
                progress(done, total)
        if not refitted:
            rows = [rows[0].alone(k) for k in range(replications)]
        found.append(_columns(rows, refitted=refitted))
    return found


def _columns(rows: list[Replications], *, refitted: bool) -> Columns:
    names = tuple(stage.name for stage in rows[0].model.stages)
    notes = tuple(_noted([row.notes for row in rows], refitted=refitted))
    return Columns(
        names,
        np.array([_whole(row) for row in rows]),
        np.array([[_stage(row, name) for name in names] for row in rows]),
        refitted,
        notes,
    )


def _noted(told: list[tuple[str, ...]], *, refitted: bool) -> list[str]:
    """What a reader must know; of refits in how many of them, where it is not so in all."""
    counts: dict[str, int] = {}
    for note in (note for notes in told for note in dict.fromkeys(notes)):
        counts[note] = counts.get(note, 0) + 1
    if not refitted:
        return list(counts)
    n = len(told)
    return [
        note if many == n else f"In {many} of {n} models of resampled logs: {note}" for note, many in counts.items()
    ]


def _whole(row: Replications) -> list[float]:
    """Pooled over the replications of one column."""
    finished = float(row.finished().sum())
    return [
        _ratio(row.whole["lead"].sum(), finished),
        row.lead_percentile_pooled(0.5),
        row.lead_percentile_pooled(0.85),
        _mean(row.throughput()),
        _mean(row.load()),
        _ratio(row.whole["work"].sum(), row.whole["lead"].sum()),
        _ratio(row.whole["first_pass"].sum(), finished),
    ]


def _stage(row: Replications, name: str) -> list[float]:
    stage = row.model.stage(name)
    busy = math.nan if stage.external else _mean(row.utilisation(stage.pool or name))
    return [
        _mean(row.stage_queue(name) + row.stage_held(name) + row.stage_stopped(name)),
        _mean(row.stage_work(name)),
        _mean(row.stage_load(name)),
        busy,
        _mean(row.stage_visits(name)),
        _mean(row.stage_returned(name)),
    ]


def _mean(values: F64) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else math.nan


def _ratio(top: float, bottom: float) -> float:
    return float(top / bottom) if bottom > 0 else math.nan
