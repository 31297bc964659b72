"""What a metric is, and what an answer to it looks like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Grain = Literal["items", "visits", "batches"]
Clock = Literal["finished", "committed", "left_at", "entered", "instant"]
Provenance = Literal["measured", "state-derived", "declared", "estimated", "logged"]
Unit = Literal["seconds", "share", "items", "items per week", "releases", "people", "transfers", "visits", ""]

ENOUGH = 10
"""Values below which percentiles are refused."""

TOO_FEW = f"below {ENOUGH} values no percentile is given"


@dataclass(frozen=True)
class Exclusion:
    """How many rows a figure leaves out, and why."""

    reason: str
    n: int


@dataclass(frozen=True)
class Figure:
    """A number that can answer for itself. `value` is None where it is unknown, never 0; `why` says so where asked."""

    value: float | None
    n: int
    excluded: tuple[Exclusion, ...] = ()
    provenance: Provenance = "logged"
    why: str | None = None


@dataclass(frozen=True)
class Spread:
    """A distribution in seconds. Percentiles are None below ten values."""

    n: int
    mean: float | None
    p50: float | None
    p85: float | None
    p95: float | None


@dataclass(frozen=True)
class Metric:
    """One aggregate over one grain. It neither groups nor filters by the asker's wishes, nor rounds, nor draws.

    over        the table: items, visits or batches
    clock       the instant that decides whether a row falls into a window; at an `instant` the rows are
                those in progress then
    rule        the rule in words
    of          SQL condition: the rows the aggregate is over
    leaves_out  (reason, SQL condition) of the rows it is not over, so that it can say how many
    sql         one aggregate expression that passes over nulls (`count(*)` only where nothing is left out); for a
                metric per week a count, which the asker divides by complete weeks
    spread      column in seconds whose whole distribution can be asked for
    percentile  whether the aggregate is one, and so refused below ten values
    parts       numerator and denominator, as columns of a row, of a ratio of sums
    counts      whether the value is the share of rows with a yes
    rests_on_work  whether the figure is only as good as the knowledge of who worked when
    own         whether it is the user's, from valuestream.yaml
    """

    name: str
    over: Grain
    clock: Clock
    unit: Unit
    better: Literal["higher", "lower", "neither"]
    asks: str
    sql: str
    rule: str = ""
    of: str = "true"
    leaves_out: tuple[tuple[str, str], ...] = ()
    by: tuple[str, ...] = ()
    spread: str | None = None
    percentile: bool = False
    parts: tuple[str, str] | None = None
    counts: bool = False
    per_week: bool = False
    rests_on_work: bool = False
    own: bool = False

    @property
    def is_percentile(self) -> bool:
        return self.percentile or self.spread is not None
