"""Items in progress over time: the daily integral, and how many stood in which stage at the end of each day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from valuestream.analysis.asker import Asker
from valuestream.analysis.days import Days, iso
from valuestream.analysis.rows import of_items, of_visits

Document = dict[str, Any]
MOST_POINTS = 400
"""Points of a line; a longer window is told in longer steps."""


@dataclass
class Moves:
    """What happened in one stage on one day: how many came and went, and the sums of those instants."""

    came: int = 0
    came_at: int = 0
    went: int = 0
    went_at: int = 0


@dataclass
class Ledger:
    """Moves by stage and day; a day's index -1 is what was there before the window."""

    days: Days
    stages: dict[int, dict[int, Moves]] = field(default_factory=dict)

    def moves(self, stage: int, day: int) -> Moves:
        return self.stages.setdefault(stage, {}).setdefault(day - self.days.first, Moves())


def ledger(ask: Asker, days: Days) -> Ledger:
    """All arrivals in stages and departures from them until the window's end."""
    found = Ledger(days)
    since, until = days.since, days.until
    chosen = of_visits(ask, f"entered < {until}", f"(left_at IS NULL OR left_at >= {since})")
    begun = f"CASE WHEN entered < {since} THEN {days.first - 1} ELSE {days.day('entered')} END"
    for stage, day, n, total in ask.run(
        f"SELECT stage, {begun} AS d, count(*), sum(entered) FROM visits WHERE {chosen} GROUP BY stage, d"
    ):
        one = found.moves(stage, day)
        one.came, one.came_at = n, int(total)
    for stage, day, n, total in ask.run(
        f"SELECT stage, {days.day('left_at')} AS d, count(*), sum(left_at) FROM visits"
        f" WHERE {chosen} AND left_at < {until} GROUP BY stage, d"
    ):
        one = found.moves(stage, day)
        one.went, one.went_at = n, int(total)
    return found


def daily(book: Ledger) -> tuple[list[float], dict[int, list[int]]]:
    """The mean number of items in progress on each day, and per stage the number at each day's end.

    The mean is the integral over the day divided by it: 23 to 25 h, the first and last day as far as the window goes.
    """
    days = book.days
    spans = days.spans
    size = len(spans)
    mean, at_end = [0.0] * size, {stage: [0] * size for stage in sorted(book.stages)}
    for stage, moves in book.stages.items():
        there = moves[-1].came if -1 in moves else 0
        for k, (begin, end) in enumerate(spans):
            one = moves.get(k, Moves())
            area = there * (end - begin) + one.came * end - one.came_at - (one.went * end - one.went_at)
            mean[k] += area / (end - begin)
            there += one.came - one.went
            at_end[stage][k] = there
    return mean, at_end


def outcomes_by_day(ask: Asker, days: Days) -> dict[int, list[int]]:
    """Items finished (1) and cancelled (2) from the window's begin to each day's end: cumulative counts."""
    size = days.last - days.first + 1
    found = {1: [0] * size, 2: [0] * size}
    ended = of_items(ask, "outcome IN (1, 2)", f"finished >= {ask.window.since}", f"finished < {days.until}")
    sql = f"SELECT outcome, {days.day('finished')} AS d, count(*) FROM items WHERE {ended} GROUP BY outcome, d"
    for outcome, day, n in ask.run(sql):
        if day >= days.first:
            found[outcome][day - days.first] += n
    for counts in found.values():
        for k in range(1, size):
            counts[k] += counts[k - 1]
    return found


def load_and_cfd(ask: Asker, days: Days, names: Sequence[str]) -> tuple[Document, Document]:
    """The load (mean of each step) and the cumulative flow (each step's last instant)."""
    size = days.last - days.first + 1
    step = next((step for step in (1, 7, 28, 91) if size / step <= MOST_POINTS), 364)
    mean, at_end = daily(ledger(ask, days))
    ended = outcomes_by_day(ask, days)
    lengths = [end - begin for begin, end in days.spans]
    spans = [(k, min(k + step, size)) for k in range(0, size, step)]
    load = [
        {
            "day": iso(days.first + a),
            "items": sum(mean[k] * lengths[k] for k in range(a, b)) / sum(lengths[a:b]),
        }
        for a, b in spans
        if a == 0 or sum(lengths[a:b]) > 1  # a log that ends at midnight has no day after that
    ]
    ends = [b - 1 for _, b in spans]
    last = len(names) - 2
    bands = [
        {"band": names[stage], "kind": "stage" if stage < last else "reopened", "n": [counts[k] for k in ends]}
        for stage, counts in at_end.items()
        if any(counts)
    ]
    bands += [
        {"band": word, "kind": word, "n": [ended[code][k] for k in ends]}
        for code, word in ((1, "done"), (2, "cancelled"))
        if ended[code][-1]
    ]
    told = {"step_days": step}
    return {**told, "points": load}, {**told, "days": [iso(days.first + k) for k in ends], "bands": bands}
