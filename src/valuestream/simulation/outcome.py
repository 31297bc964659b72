"""What replications came to: figures per replication, and estimates with their uncertainty."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from valuestream.simulation import plan as of
from valuestream.simulation.clock import worked
from valuestream.simulation.duration import WEEK_S
from valuestream.simulation.engine import Length
from valuestream.simulation.model import Model
from valuestream.simulation.plan import F64, I32, Records


@dataclass(frozen=True)
class Estimate:
    """A mean over replications. `se` is its standard error, None for one replication."""

    mean: float
    se: float | None
    n: int

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % interval by Student's t; None for one replication."""
        if self.se is None:
            return None
        return self.mean - student_975(self.n - 1) * self.se, self.mean + student_975(self.n - 1) * self.se


def estimate(values: F64) -> Estimate:
    """The estimate from one value per replication; unknown ones (NaN) are left out, n says how many were not."""
    known = values[np.isfinite(values)]
    n = len(known)
    if not n:
        return Estimate(math.nan, None, 0)
    se = float(known.std(ddof=1)) / math.sqrt(n) if n > 1 else None
    return Estimate(float(known.mean()), se, n)


def student_975(df: int) -> float:
    """Student's 97.5 % point: exact for 1 and 2 degrees of freedom, else Cornish and Fisher's expansion (to 0.01)."""
    if df <= 2:
        return (12.7062, 4.3027)[max(df, 1) - 1]
    z = 1.959963985
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
    )
    return z + sum(term / float(df) ** (k + 1) for k, term in enumerate(terms))


@dataclass(frozen=True)
class Replications:
    """Sums of R replications; everything counts from the warm-up's end. Methods give one value per replication.

    span_s    float64[R], simulated seconds after the warm-up
    stages    HERE[R, stages and background work]: records of `plan.py`, as `whole` (FACTS[R]) and by_type
              (TALLY[R, types]) are
    sketch    int32[R, bins], lead times of finished items in bins of 1 to 2 %
    notes     what a reader must know: loads of 1 and above, runs that got stuck

    Durations are seconds. NaN: unknown, since nothing was finished or no item left the stage.
    """

    model: Model
    length: Length
    seed: int
    notes: tuple[str, ...]
    span_s: F64
    stages: Records
    whole: Records
    by_type: Records
    sketch: I32

    def finished(self) -> F64:
        found: F64 = self.whole["finished"]
        return found

    def lead(self) -> F64:
        """Mean lead time of the finished items."""
        return _over(self.whole["lead"], self.finished())

    def lead_of(self, kind: str) -> F64:
        """Mean lead time of one type."""
        names = [one.name for one in self.model.arrivals.kinds]
        rows = self.by_type[:, names.index(kind)]
        return _over(rows["lead"], rows["n"])

    def lead_percentile(self, share: float) -> F64:
        """The lead time within which that share of the items was finished, to about 1 %."""
        return np.array([_percentile(row, share) for row in self.sketch])

    def alone(self, row: int) -> Replications:
        """One of the replications."""
        own = slice(row, row + 1)
        return replace(
            self, span_s=self.span_s[own], stages=self.stages[own], whole=self.whole[own],
            by_type=self.by_type[own], sketch=self.sketch[own],
        )  # fmt: skip

    def lead_percentile_pooled(self, share: float) -> float:
        """The same over the items of all replications."""
        return _percentile(self.sketch.sum(axis=0), share)

    def throughput(self) -> F64:
        """Items finished per week."""
        return _over(self.finished() * WEEK_S, self.span_s)

    def load(self) -> F64:
        """Items in the stream, as a mean over time."""
        return _over(self.whole["area"], self.span_s)

    def outside(self) -> F64:
        """Items that wait outside for room, as a mean over time."""
        return _over(self.whole["outside_area"], self.span_s)

    def flow_efficiency(self) -> F64:
        """Share of work in the lead time of the finished items, pooled."""
        return _over(self.whole["work"], self.whole["lead"])

    def first_pass(self) -> F64:
        """Share of the finished items that were never sent back."""
        return _over(self.whole["first_pass"], self.finished())

    def stage_visits(self, stage: str) -> F64:
        """Visits left, per week."""
        return _over(self._sum(stage, "left") * WEEK_S, self.span_s)

    def stage_queue(self, stage: str) -> F64:
        """Time from entering the stage to its service, per visit: timer and queue."""
        return self._per_visit(stage, "wait")

    def stage_work(self, stage: str) -> F64:
        """Time in service per visit, pauses of the servers' hours included."""
        return self._per_visit(stage, "work")

    def stage_held(self, stage: str) -> F64:
        """Time for which the work was done and the batch or release was not, per visit."""
        return self._per_visit(stage, "held")

    def stage_stopped(self, stage: str) -> F64:
        """Time for which a WIP limit further on kept the item, per visit."""
        return self._per_visit(stage, "stopped")

    def stage_load(self, stage: str) -> F64:
        """Items in the stage, as a mean over time."""
        return _over(self._sum(stage, "area"), self.span_s)

    def stage_serving(self, stage: str) -> F64:
        """Servers busy with the stage, as a mean over time; those who pause count as busy."""
        return _over(self._sum(stage, "area_serving"), self.span_s)

    def stage_returned(self, stage: str) -> F64:
        """Share of the visits left that went back to an earlier stage."""
        return _over(self._sum(stage, "returned"), self._sum(stage, "left"))

    def utilisation(self, name: str) -> F64:
        """Share of its working time that a pool, or a stage's own servers, spent in service; background work counts."""
        pools = {pool.name: pool for pool in self.model.pools}
        if name in pools:
            pool = pools[name]
            rows = [k for k, stage in enumerate(self.model.stages) if stage.pool == name]
            behind = [one.name for one in self.model.pools if one.background]
            rows += [len(self.model.stages) + behind.index(name)] if pool.background else []
            servers, calendar = pool.servers, pool.calendar
        else:
            stage = self.model.stage(name)
            rows, servers, calendar = [self.model.number(name)], stage.servers or 0, stage.calendar
        hours, ends = self.model.calendar(calendar), self.whole["now"]
        open_s = worked(hours, ends) - worked(hours, ends - self.span_s) if hours else self.span_s
        return _over(self.stages["service"][:, rows].sum(axis=1), servers * open_s)

    def _sum(self, stage: str, column: str) -> F64:
        sums: F64 = self.stages[column][:, self.model.number(stage)]
        return sums

    def _per_visit(self, stage: str, column: str) -> F64:
        return _over(self._sum(stage, column), self._sum(stage, "left"))


def _over(top: F64, bottom: F64) -> F64:
    share: F64 = np.divide(top, bottom, out=np.full(len(top), np.nan), where=bottom > 0)
    return share


def _percentile(counts: I32, share: float) -> float:
    """The value below which that share lies, interpolated inside its bin."""
    total = int(counts.sum())
    if not total:
        return math.nan
    before = np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])
    mark = min(int(np.searchsorted(before, share * total, side="left")) or 1, of.SKETCH_BINS)
    if mark == 1:
        return 0.0
    inside = (share * total - before[mark - 1]) / counts[mark - 1]
    place = of.SKETCH_FIRST + (mark - 2 + inside) / of.SKETCH_PER_DOUBLING
    doublings = math.floor(place)
    return float(math.ldexp((1.0 + place - doublings) / of.ROOT_TWO, doublings))
