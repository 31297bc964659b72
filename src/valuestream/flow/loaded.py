"""How a stage fared week by week: what came and left, and for how long anything waited for it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from valuestream.flow.grains import I64

EVER = 2**63 - 1
"""The end of what goes on."""


class Weeks(NamedTuple):
    """One stage in successive weeks: int64[weeks] each.

    came, went  visits that began and that ended in it
    covered     microseconds in which at least one item waited
    waiting     visits that wait at its end
    """

    came: I64
    went: I64
    covered: I64
    waiting: I64


def weeks(entered: I64, until: I64, gone: I64, edges: I64) -> Weeks:
    """What a stage did in the weeks between `edges`.

    entered, until, gone  int64[n]: visits that waited [entered, until) and left at `gone`; EVER for what goes on
    """
    waited = np.diff(covered(entered, until, edges))
    came, ended = _before(entered, edges[1:]), _before(until, edges[1:])
    return Weeks(_between(entered, edges), _between(gone, edges), waited, came - ended)


def covered(since: I64, until: I64, at: I64) -> I64:
    """How long anything at all had waited up to each instant: the union of the intervals [since, until)."""
    if not len(since):
        return np.zeros(len(at), np.int64)
    order = np.argsort(since, kind="stable")
    begin, end = since[order], np.maximum.accumulate(until[order])
    new = np.append(True, begin[1:] > end[:-1])
    begin, end = begin[new], end[np.append(new[1:], True)]
    end = np.minimum(end, max(int(at.max()), int(begin.max())))  # what goes on must not overflow the sums
    before = np.concatenate([[0], np.cumsum(np.maximum(end - begin, 0))])
    k = np.searchsorted(begin, at, side="right")
    inside = np.where(k > 0, np.maximum(end[k - 1] - at, 0), 0)
    return before[k] - inside


def _before(at: I64, edges: I64) -> I64:
    """How many instants lie before each edge."""
    return np.cumsum(np.bincount(np.searchsorted(edges, at, side="right"), minlength=len(edges) + 1))[: len(edges)]


def _between(at: I64, edges: I64) -> I64:
    """How many instants lie in each [edge, next edge)."""
    return np.bincount(np.searchsorted(edges, at, side="right"), minlength=len(edges) + 1)[1 : len(edges)]
