"""Metrics asked of one window: figures that can answer for themselves, plain or by group."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from valuestream.metrics import question, selection, together
from valuestream.metrics.metric import ENOUGH, TOO_FEW, Exclusion, Figure, Metric, Provenance, Spread
from valuestream.metrics.periods import Periods
from valuestream.metrics.question import Condition, Window
from valuestream.metrics.selection import Binned

Group = tuple[Any, ...]
NO_WEEK = "no complete week"
NOT_KNOWN = "unknown for all of them"


@dataclass(frozen=True)
class Answer:
    """A figure, and the distribution behind it for a metric of durations."""

    figure: Figure
    spread: Spread | None = None


@dataclass(frozen=True)
class Together:
    """The answers to metrics that were asked together, by name and group."""

    found: Mapping[str, Mapping[Group, Answer]]

    def figure(self, metric: Metric, group: Group = ()) -> Figure:
        """A metric's figure of a group; unknown, of no rows, where the group has none."""
        answer = self.found[metric.name].get(group)
        return Figure(None, 0) if answer is None else answer.figure

    def spread(self, metric: Metric, group: Group = ()) -> Spread:
        """The distribution behind a metric of durations."""
        answer = self.found[metric.name].get(group)
        return (None if answer is None else answer.spread) or Spread(0, None, None, None, None)

    def groups(self, metric: Metric) -> Mapping[Group, Answer]:
        return self.found[metric.name]


@dataclass(frozen=True)
class Asker:
    """Asks metrics through `run`, which executes one SQL statement and returns its rows.

    work    what the knowledge of work rests on: "measured" (intervals) or "state-derived"
    arrow   the same as `run`, with the answer as columns
    binned  durations whose percentiles are found by bins, see `selection.py`
    held    what was read of the tables for many questions, None where it is not there: see `Tables.held`
    """

    run: Callable[[str], list[tuple[Any, ...]]]
    window: Window
    filters: tuple[Condition, ...]
    work: Provenance
    arrow: Callable[[str], Any]
    binned: Mapping[str, Binned] = field(default_factory=dict)
    held: Callable[[Hashable, Callable[[], Any]], Any] = lambda _, compute: compute()

    def figure(self, metric: Metric) -> Figure:
        """One metric over the whole window."""
        return self.figures(metric).get((), Figure(None, 0, (), self.provenance(metric)))

    def figures(self, metric: Metric, by: Sequence[str] = ()) -> dict[Group, Figure]:
        """One metric per group of codes, by columns of its table."""
        question.check_groups(metric, by)
        columns = [question.Group(name, name, name) for name in by]
        return {group: found.figure for group, found in self.answers(metric, columns).items()}

    def answers(
        self, metric: Metric, by: Sequence[question.Group] = (), when: Periods | None = None
    ) -> dict[Group, Answer]:
        """One metric per group of codes, with all that a figure says of itself, by one statement.

        when  the periods, where one of the groupings is a time; a period without rows has no answer here
        """
        rows = self._rows(metric, by)
        if metric.per_week:
            time = next((k for k, group in enumerate(by) if group.codes == "periods"), None)
            return dict(self._per_week(rows, len(by), None if time is None else (time, when)))
        return {tuple(row[: len(by)]): self._answer(metric, row[len(by) :]) for row in rows}

    def _rows(self, metric: Metric, by: Sequence[question.Group]) -> list[tuple[Any, ...]]:
        duration = selection.fitting(metric, self.binned)
        if duration is None:
            return self.run(question.answer(metric, self.window, self.filters, by))
        return list(selection.rows(metric, self.window, self.filters, by, duration, self.arrow))

    def together(self, metrics: Sequence[Metric], by: Sequence[str] = ()) -> Together:
        """Metrics of one table and one clock per group of codes, by one statement that reads the rows once."""
        found: dict[Metric, dict[Group, Group]] = {metric: {} for metric in metrics}
        for row in self.run(together.statement(metrics, self.window, self.filters, by)):
            group, place = tuple(row[: len(by)]), len(by)
            for metric in metrics:
                found[metric][group] = row[place : place + together.width(metric)]
                place += together.width(metric)
        return self.told(found)

    def told(self, rows: Mapping[Metric, Mapping[Group, Group]]) -> Together:
        """The answers in rows as `together.statement` has them, by group; a group may be one of others' rows only."""
        return Together(
            {
                metric.name: {
                    group: self._of_many(metric, row)
                    for group, row in groups.items()
                    if not group or any(row[1 : 2 + len(metric.leaves_out)])
                }
                for metric, groups in rows.items()
            }
        )

    def _of_many(self, metric: Metric, row: Group) -> Answer:
        if metric.per_week:
            return next(self._per_week([row], 0, None))[1]
        if metric.spread is None:
            return self._answer(metric, row)
        _, *counts, mean, us = row
        fractions = [at / 1e6 for at in us] if us else [None] * 3
        mean_s = None if mean is None else mean / 1e6
        return self._answer(metric, (fractions[0], *counts, mean_s, *fractions))

    def _answer(self, metric: Metric, row: Group) -> Answer:
        value, n, *rest = row
        reasons = [reason for reason, _ in metric.leaves_out]
        lost = tuple(Exclusion(reason, k) for reason, k in zip(reasons, rest, strict=False) if k)
        few = n < ENOUGH
        why = TOO_FEW if few and n and metric.is_percentile else None
        shown = None if why or not n else _number(value)
        if n and not why and shown is None:
            why = NOT_KNOWN
        figure = Figure(shown, n, lost, self.provenance(metric), why)
        if metric.spread is None:
            return Answer(figure)
        n, mean, *fractions = rest[len(reasons) :]
        return Answer(figure, Spread(n, mean, *(None if few else x for x in fractions)))

    def _per_week(
        self, rows: Sequence[Group], keys: int, time: tuple[int, Periods | None] | None
    ) -> Iterator[tuple[Group, Answer]]:
        """Counts divided by complete weeks; n is the number of weeks; none: unknown."""
        for row in rows:
            group, (inside, count) = tuple(row[:keys]), row[keys:]
            weeks = self.window.weeks[2]
            if time is not None and time[1] is not None:
                weeks = time[1].weeks[group[time[0]]]
            excluded = (Exclusion("outside the complete weeks", count - inside),) if count > inside else ()
            value, why = (inside / weeks, None) if weeks else (None, NO_WEEK)
            yield group, Answer(Figure(value, weeks, excluded, "logged", why))

    def spread(self, metric: Metric) -> Spread:
        """The distribution behind a metric of durations."""
        return self.spreads(metric).get((), Spread(0, None, None, None, None))

    def spreads(self, metric: Metric, by: Sequence[str] = ()) -> dict[Group, Spread]:
        """The same per group. Percentiles are refused below ten values."""
        if selection.fitting(metric, self.binned):
            answers = self.answers(metric, [question.Group(name, name, name) for name in by])
            return {group: one.spread for group, one in answers.items() if one.spread and one.spread.n}
        found = {}
        for *group, n, mean, p50, p85, p95 in self.run(question.spread(metric, self.window, self.filters, by)):
            few = n < ENOUGH
            found[tuple(group)] = Spread(n, mean, None if few else p50, None if few else p85, None if few else p95)
        return found

    def provenance(self, metric: Metric) -> Provenance:
        """What a metric's figures rest on."""
        return self.work if metric.rests_on_work else "logged"


def _number(value: Any) -> float | None:
    return None if value is None else float(value)
