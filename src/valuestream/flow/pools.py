"""What a pool of servers was doing while something waited for it. Pure arithmetic over intervals, in n log n steps.

The time is cut at every instant at which something comes, is begun or ends. Of each such stretch it is known who of
those in service came last, and whether the pool was at capacity. A wait is overtaken in the stretches in which somebody
is served who came after it: those are told to all earlier waits at once, by a tree of sums (Fenwick) over the waits in
the order in which they came, and read out when a wait ends. No stretch before a wait counts for it, since nobody who is
served then can have come after it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from valuestream.compiled import compiled
from valuestream.flow.grains import I64, NEVER, Bool

CAPACITY = 0.95
"""The pool is at capacity where as many are served at once as in all but 5 % of the time it serves anything."""

WORTH = 4
"""Steps of a kernel for each wait and service, in those of the kernels that walk events (see `compiled.py`)."""


class Meanwhile(NamedTuple):
    """Per wait, microseconds of it by what the pool did; what is in none of them is unexplained.

    overtaken  something was served that had come later
    busy       else: the pool was at capacity
    closed     else: outside working hours
    """

    overtaken: I64
    busy: I64
    closed: I64


def meanwhile(
    came: I64, begun: I64, ended: I64, since: I64, until: I64, *, worked: Callable[[I64], I64] | None, rows: int = 0
) -> Meanwhile:
    """What the pool did in each wait [since, until) of something that came at `since`.

    came, begun, ended  int64[n] microseconds: who was served when, an interval [begun, ended) each, none before it came
    since, until        int64[m]; any order
    worked  working time up to each instant (see `working_hours.working_us`); None: no hours are known
    rows    how many waits and services of all pools are looked at, so that many small pools run compiled, too
    """
    points = distinct(np.sort(np.concatenate([begun, ended, since, until])))
    if len(points) < 2 or not len(since):
        return Meanwhile(*(np.zeros(len(since), np.int64) for _ in range(3)))
    length = np.diff(points)
    starts, ends = np.searchsorted(points, begun), np.searchsorted(points, ended)
    full = _full(starts, ends, length)
    shut = np.zeros(len(length), np.int64) if worked is None else length - np.diff(worked(points))
    parts = np.stack([length, np.where(full, length, 0), np.where(full, 0, shut)], axis=1)
    many = WORTH * max(rows, len(since) + len(begun))
    newest = np.full(len(length), NEVER)
    last_first = np.argsort(-came, kind="stable")
    paint = compiled(paint_latest, many, allocates=False)
    paint(came[last_first], starts[last_first], ends[last_first], np.arange(len(points)), newest)
    order = np.argsort(since, kind="stable")
    low, high = np.searchsorted(points, since[order]), np.searchsorted(points, until[order])
    told = np.searchsorted(since[order], newest, side="left")
    later = np.zeros((len(since), 3), np.int64)
    tree = np.zeros((len(since) + 1, 3), np.int64)
    read_out = compiled(overtaken, many, allocates=False)
    read_out(told, parts, np.argsort(high, kind="stable"), high, tree, later)
    so_far = np.concatenate([np.zeros((1, 3), np.int64), np.cumsum(parts, axis=0)])
    rest = so_far[high] - so_far[low] - later
    found = np.empty((len(since), 3), np.int64)
    found[order, 0], found[order, 1], found[order, 2] = later[:, 0], rest[:, 1], rest[:, 2]
    return Meanwhile(found[:, 0], found[:, 1], found[:, 2])


def paint_latest(came: I64, low: I64, high: I64, free: I64, newest: I64) -> None:
    """Write into `newest` when the one served in each stretch that came last had come.

    came, low, high  who came last first, served in the stretches low..high
    free             0..m: where the next stretch that nobody has painted yet may be
    """
    for j in range(len(came)):
        k = low[j]
        while k < high[j]:
            while free[k] != k:
                free[k] = free[free[k]]
                k = free[k]
            if k < high[j]:
                newest[k] = came[j]
                free[k] = k + 1


def overtaken(told: I64, parts: I64, by_end: I64, high: I64, tree: I64, later: I64) -> None:
    """Write into `later` the parts of the stretches in which somebody was served who came after the wait.

    told    of each stretch, how many waits (in the order of their coming) came before the last one served in it
    parts   int64[m, 3], what each stretch adds
    by_end  the waits in the order of their ends, the stretches `high`
    tree    zeros, int64[waits + 1, 3]
    """
    n, u = len(later), 0
    whole_0, whole_1, whole_2 = 0, 0, 0
    for k in range(len(told) + 1):
        while u < n and high[by_end[u]] == k:
            i = by_end[u]
            a, b, c, p = whole_0, whole_1, whole_2, i
            while p > 0:
                a -= tree[p, 0]
                b -= tree[p, 1]
                c -= tree[p, 2]
                p -= p & -p
            later[i, 0], later[i, 1], later[i, 2] = a, b, c
            u += 1
        if k < len(told) and told[k] > 0:
            whole_0 += parts[k, 0]
            whole_1 += parts[k, 1]
            whole_2 += parts[k, 2]
            p = told[k]
            while p <= n:
                tree[p, 0] += parts[k, 0]
                tree[p, 1] += parts[k, 1]
                tree[p, 2] += parts[k, 2]
                p += p & -p


def distinct(ordered: I64) -> I64:
    """Each of sorted numbers once. np.unique takes ten times as long, and of pairs keeps all other threads waiting."""
    new = np.ones(len(ordered), np.bool_)
    new[1:] = ordered[1:] != ordered[:-1]
    return ordered[new]


def _full(starts: I64, ends: I64, length: I64) -> Bool:
    steps = np.bincount(starts, minlength=len(length) + 1) - np.bincount(ends, minlength=len(length) + 1)
    served = np.cumsum(steps)[:-1]
    full: Bool = (served > 0) & (served >= capacity(served, length))
    return full


def capacity(served: I64, length: I64) -> int:
    """The least number at once that all but 5 % of the time with anything served stays within.

    >>> capacity(np.array([0, 1, 2, 5]), np.array([500, 60, 36, 4]))
    2
    """
    lasted = np.bincount(served, length)  # exact: far below 2 ** 53 microseconds
    lasted[0] = 0.0
    total = np.cumsum(lasted)
    if total[-1] == 0:
        return 1
    return int(np.searchsorted(total, CAPACITY * total[-1]))
