"""Metrics asked of one window: figures that can answer for themselves, plain or by group."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from valuestream.metrics import question
from valuestream.metrics.metric import ENOUGH, Exclusion, Figure, Metric, Provenance, Spread
from valuestream.metrics.question import Condition, Window

Group = tuple[Any, ...]


@dataclass(frozen=True)
class Asker:
    """Asks metrics through `run`, which executes one SQL statement and returns its rows.

    work  what the knowledge of work rests on: "measured" (intervals) or "state-derived"
    """

    run: Callable[[str], list[tuple[Any, ...]]]
    window: Window
    filters: tuple[Condition, ...]
    work: Provenance

    def figure(self, metric: Metric) -> Figure:
        """One metric over the whole window."""
        return self.figures(metric).get((), Figure(None, 0, (), self.provenance(metric)))

    def figures(self, metric: Metric, by: Sequence[str] = ()) -> dict[Group, Figure]:
        """One metric per group of codes."""
        question.check_groups(metric, by)
        if metric.per_week:
            return self._per_week(metric, by)
        without = self._left_out(metric, by)
        found = {}
        for *group, value, n in self.run(question.value(metric, self.window, self.filters, by)):
            key = tuple(group)
            found[key] = Figure(_number(value) if n else None, n, without.pop(key, ()), self.provenance(metric))
        for key, excluded in without.items():
            found[key] = Figure(None, 0, excluded, self.provenance(metric))
        return found

    def spread(self, metric: Metric) -> Spread:
        """The distribution behind a metric of durations."""
        return self.spreads(metric).get((), Spread(0, None, None, None, None))

    def spreads(self, metric: Metric, by: Sequence[str] = ()) -> dict[Group, Spread]:
        """The same per group. Percentiles are refused below ten values."""
        found = {}
        for *group, n, mean, p50, p85, p95 in self.run(question.spread(metric, self.window, self.filters, by)):
            few = n < ENOUGH
            found[tuple(group)] = Spread(n, mean, None if few else p50, None if few else p85, None if few else p95)
        return found

    def provenance(self, metric: Metric) -> Provenance:
        """What a metric's figures rest on."""
        return self.work if metric.rests_on_work else "logged"

    def _per_week(self, metric: Metric, by: Sequence[str]) -> dict[Group, Figure]:
        """Counts divided by the window's complete weeks; n is the number of weeks; none: unknown."""
        weeks = self.window.weeks[2]
        if not weeks:
            return {}
        inside = {
            tuple(group): count for *group, count, _ in self.run(question.value(metric, self.window, self.filters, by))
        }
        whole = Window(self.window.since, self.window.until, (self.window.since, self.window.until, weeks))
        found = {}
        for *group, count, _ in self.run(question.value(metric, whole, self.filters, by)):
            counted = inside.get(tuple(group), 0)
            rest = count - counted
            excluded = (Exclusion("outside the complete weeks", rest),) if rest else ()
            found[tuple(group)] = Figure(counted / weeks, weeks, excluded, "logged")
        return found

    def _left_out(self, metric: Metric, by: Sequence[str]) -> dict[Group, tuple[Exclusion, ...]]:
        if not metric.leaves_out:
            return {}
        reasons = [reason for reason, _ in metric.leaves_out]
        found = {}
        for row in self.run(question.left_out(metric, self.window, self.filters, by)):
            counts = row[len(by) :]
            pairs = zip(reasons, counts, strict=True)
            found[tuple(row[: len(by)])] = tuple(Exclusion(reason, n) for reason, n in pairs if n)
        return found


def _number(value: Any) -> float | None:
    return None if value is None else float(value)
