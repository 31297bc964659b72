"""Bins of durations, stored beside visits: what percentiles of millions of them are found by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from valuestream.flow.grains import NEVER
from valuestream.metrics.selection import UNKNOWN, Binned, bins_of

if TYPE_CHECKING:
    from valuestream.flow.grains import Visits

BINNED: Mapping[str, Binned] = {
    "wait_s": Binned("queue + blocked + external", "wait_bin"),
    "active_s": Binned("work", "active_bin"),
}
BINNED_BH: Mapping[str, Binned] = {
    "wait_bh_s": Binned("queue_bh + blocked_bh + external_bh", "wait_bh_bin"),
    "active_bh_s": Binned("work_bh", "active_bh_bin"),
}
MANY = 1_000_000
"""Events of a stream from which looking into bins is less work than a sort; fewer are asked in one statement."""


def binned(visits: Visits, *, hours: bool) -> dict[str, Any]:
    """The bins of visits, by column: of what had ended when they were built."""
    import numpy as np

    worked = visits.started != NEVER
    made = {
        "wait_bin": bins_of(visits.queue + visits.blocked + visits.external),
        "active_bin": np.where(worked, bins_of(visits.work), np.int16(UNKNOWN)),
    }
    if hours:
        made["wait_bh_bin"] = bins_of(visits.queue_bh + visits.blocked_bh + visits.external_bh)
        made["active_bh_bin"] = np.where(worked, bins_of(visits.work_bh), np.int16(UNKNOWN))
    return made
