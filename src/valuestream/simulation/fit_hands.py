"""When somebody had hands for an item: work that a status claims is waiting while its person works on another item.

"In development" stands on an item that came back for repair from the instant it came back, though its developer is busy
with something else. A person finishes one thing at a time: nobody worked on an item before they had finished the last
one that they finished before it. So work begins at the later of two instants, that of the status and the person's last
completion before this one (Chapela-Campa and Dumas, "Repairing activity start times", 2022: enabled and available).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from valuestream.simulation.observed import NOWHERE, Bool, Observed
from valuestream.simulation.plan import F64, I64

JUGGLED = 3.0
"""Items in work at once, on average while there are any, above which an account moves cards for others."""
FEWEST = 10
"""Completions from which it can be told that somebody works on what they move."""


def with_hands(observed: Observed) -> tuple[Observed, float]:
    """The log with work that begins when its person had hands, the time before being queue; and by what share of the
    time in work states that is less.
    """
    visits = observed.visits
    ended = np.isfinite(visits.started) & np.isfinite(visits.left) & (visits.by != NOWHERE)
    ended &= visits.stage < len(observed.stages)
    rows = np.flatnonzero(ended)
    rows = rows[np.isin(visits.by[rows], _workers(visits.by[rows], visits.started[rows], visits.left[rows]))]
    if not len(rows):
        return observed, 0.0
    late = np.zeros(len(visits.item))
    late[rows] = np.maximum(0.0, _available(visits.by[rows], visits.left[rows]) - visits.started[rows])
    late = np.minimum(late, visits.work)
    whole = float(visits.work[np.isfinite(visits.left)].sum())
    changed = replace(visits, started=visits.started + late, queue=visits.queue + late, work=visits.work - late)
    changed = replace(changed, late=visits.late + late)
    return replace(observed, visits=changed), float(late.sum() / whole) if whole > 0 else 0.0


def _available(by: I64, left: F64) -> F64:
    """Of each completion the same person's one before it; minus infinity for their first."""
    order = np.lexsort((left, by))
    found = np.full(len(by), -np.inf)
    same = by[order][1:] == by[order][:-1]
    found[order[1:]] = np.where(same, left[order][:-1], -np.inf)
    return found


def _workers(by: I64, started: F64, left: F64) -> I64:
    """Who works on what they move on: those who rarely have more than a few items in work at once."""
    people, counts = np.unique(by, return_counts=True)
    return np.array(
        [who for who in people[counts >= FEWEST] if _at_once(started, left, by == who) <= JUGGLED], np.int64
    )


def _at_once(started: F64, left: F64, own: Bool) -> float:
    """Items in work at once, as a mean over the time in which there are any."""
    at = np.concatenate([started[own], left[own]])
    order = np.argsort(at, kind="stable")
    many = np.cumsum(np.repeat([1, -1], own.sum())[order])[:-1]
    spent = np.diff(at[order])
    some = float(spent[many > 0].sum())
    return float((many * spent).sum()) / some if some > 0 else 0.0
