"""Working time on columns of instants: what `working.py` is to one instant of a run."""

from __future__ import annotations

import numpy as np

from valuestream.simulation.capacity import Hours
from valuestream.simulation.plan import F64


def worked(hours: Hours, at: F64) -> F64:
    """Working seconds from second 0 to each instant; differences are working time."""
    begins, ends = np.array(hours.open).T
    before = np.concatenate([[0.0], np.cumsum(ends - begins)])
    turn = np.floor(at / hours.cycle_s)
    rest = at - turn * hours.cycle_s
    k = np.searchsorted(begins, rest, side="right")
    inside = np.where(k > 0, before[k] - np.maximum(0.0, ends[np.maximum(k, 1) - 1] - rest), 0.0)
    total: F64 = turn * before[-1] + inside
    return total


def open_between(hours: Hours, begin: float, end: float) -> tuple[F64, F64]:
    """The slots that lie in the turns of the cycle from the first to the last instant: begins and ends."""
    turns = np.arange(begin // hours.cycle_s, end // hours.cycle_s + 1) * hours.cycle_s
    begins, ends = (np.add.outer(turns, column).ravel() for column in np.array(hours.open).T)
    return begins, ends
