"""Metrics with their groups as rows of a document: every figure with n, what it leaves out, and what it rests on."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from valuestream.analysis.asker import Answer, Asker
from valuestream.metrics.grouping import Known, groups, legal
from valuestream.metrics.metric import Exclusion, Figure, Metric
from valuestream.metrics.periods import Periods
from valuestream.metrics.question import Group
from valuestream.metrics.target import EVERY, Target

Document = dict[str, Any]
Names = Callable[[str], Sequence[str]]
FEW = "fewer than five people"


def told(metric: Metric, fields: Sequence[str]) -> Document:
    """What a metric says of itself."""
    return {
        "name": metric.name,
        "asks": metric.asks,
        "rule": metric.rule,
        "over": metric.over,
        "clock": metric.clock,
        "unit": metric.unit,
        "better": metric.better,
        "own": metric.own,
        "groupings": list(legal(metric, fields)),
    }


def rows(
    ask: Asker, metric: Metric, by: Sequence[str], known: Known, names: Names, small: frozenset[str]
) -> list[Document]:
    """One row a group: its names, the figure, the distribution of a metric of durations, whether its period is whole.

    small  teams of fewer than five people, whose figures are not given
    """
    asked, when = groups(metric, ask.window, by, known)
    found = ask.answers(metric, asked, when)
    if when is not None:
        found = dict(_filled(found, metric, asked, when, ask))
    made = []
    for key, answer in found.items():
        group = {g.name: _name(g, code, names, when) for g, code in zip(asked, key, strict=True)}
        if group.get("team") in small:
            answer = Answer(Figure(None, 0, (), answer.figure.provenance, FEW))
        whole = None if when is None else when.complete[key[[g.codes for g in asked].index("periods")]]
        spread = None if answer.spread is None else asdict(answer.spread)
        made.append({"group": group, "complete": whole, **figure(answer.figure), "spread": spread})
    return made


def figure(found: Figure) -> Document:
    """A figure as JSON carries it."""
    return {**asdict(found), "excluded": [asdict(exclusion) for exclusion in found.excluded]}


def read(row: Document) -> Figure:
    """The figure of a row again."""
    lost = tuple(Exclusion(**one) for one in row["excluded"])
    return Figure(row["value"], row["n"], lost, row["provenance"], row["why"])


def _name(group: Group, code: int | None, names: Names, when: Periods | None) -> str | None:
    if code is None:
        return None
    return str(when.labels[code] if group.codes == "periods" and when else names(group.codes)[code])


def _filled(
    found: dict[tuple[Any, ...], Answer], metric: Metric, asked: Sequence[Group], when: Periods, ask: Asker
) -> Iterator[tuple[tuple[Any, ...], Answer]]:
    """Every period for every group that has any: of what is counted there were 0, all else is unknown."""
    place = [group.codes for group in asked].index("periods")
    others = list(dict.fromkeys((*key[:place], *key[place + 1 :]) for key in found)) or [()] * (len(asked) == 1)
    counted = metric.sql == "count(*)"
    for other, k in itertools.product(others, range(len(when.labels))):
        key = (*other[:place], k, *other[place:])
        if key in found:
            yield key, found[key]
            continue
        n = when.weeks[k] if metric.per_week else 0
        zero = counted and (n > 0 or not metric.per_week)
        yield key, Answer(Figure(0.0 if zero else None, n, (), ask.provenance(metric)))


def attained(ask: Asker, metric: Metric, targets: Sequence[Target], owned: Mapping[int, Target]) -> list[Document]:
    """Each target with its attainment in the window.

    metric  `target_attainment`
    owned   the target by the code of a type; all other types have that of `*`
    """
    found = ask.answers(metric, [Group("type", "type", "type")])
    made = []
    for target in targets:
        figures = [
            answer.figure
            for (code,), answer in found.items()
            if (code not in owned if target.of == EVERY else owned.get(code) == target)
        ]
        n = sum(one.n for one in figures)
        within = sum(round((one.value or 0.0) * one.n) for one in figures)
        share = within / n if n else None
        met = None if share is None else share >= target.share
        made.append({**asdict(target), "n": n, "attained": share, "met": met})
    return made
