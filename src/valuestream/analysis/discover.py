"""What a log says by itself: states, transitions, variants and rhythm, before anything is configured."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from valuestream.analysis.discovery import Discovery, Gaps, Spread, State, Ties, Transfers
from valuestream.analysis.paths import SECOND_US, Paths, idle_before, occurrences, paths_of
from valuestream.analysis.transitions import transitions_of, waits_of
from valuestream.analysis.variants import variants_of
from valuestream.calendar import local_day, week_label, week_of
from valuestream.log.event import NONE, Log

if TYPE_CHECKING:
    from valuestream.log.event import I64


def discover(log: Log, *, zone: str = "UTC") -> Discovery:
    """Everything an ordered log says without configuration; weeks are the zone's ISO weeks.

    Events are stays in states: a state entered, or an activity with start and end. An item's lead time is
    from its first to its last instant, also where it is one event long.
    """
    paths = paths_of(log)
    items, again, hashes = occurrences(paths)
    waits, known = waits_of(paths)
    begun, finished = _ends(paths)
    throughput, arrivals, silent = _weeks(paths, begun, finished, zone)
    return Discovery(
        name=log.name,
        zone=zone,
        first=int(begun.min()) if len(begun) else None,
        last=int(finished.max()) if len(finished) else None,
        states=_states(paths, items, again),
        transitions=transitions_of(paths, waits, known),
        variants=variants_of(paths, hashes),
        lead_time=spread((finished - begun) / SECOND_US),
        arrivals_per_week=arrivals,
        throughput_per_week=throughput,
        transfers=_transfers(paths),
        ties=_ties(paths, waits),
        gaps=_gaps(paths, silent),
        negative_waits=int(np.count_nonzero(waits[known] < 0)),
        rejects=_rejected(log),
        notes=(*log.notes, *paths.notes),
    )


def spread(seconds: np.ndarray) -> Spread:
    """Mean and quantiles of durations, however few they are."""
    if not len(seconds):
        return Spread(0)
    p50, p85, p95 = np.quantile(seconds, (0.5, 0.85, 0.95)).tolist()
    return Spread(len(seconds), float(seconds.mean()), p50, p85, p95)


def _ends(paths: Paths) -> tuple[I64, I64]:
    """First and last instant of each item: int64[k] twice."""
    begun = paths.start[paths.first[:-1]]
    if not paths.intervals or not len(paths.item):
        return begun, paths.end[paths.first[1:] - 1]
    return begun, np.maximum.reduceat(paths.end, paths.first[:-1])


def _states(paths: Paths, items: I64, again: I64) -> tuple[State, ...]:
    """The states, the most frequent first."""
    size = len(paths.states)
    n = np.bincount(paths.state, minlength=size)
    starts = np.bincount(paths.state[paths.first[:-1]], minlength=size)
    ends = np.bincount(paths.state[paths.first[1:] - 1], minlength=size) if len(paths) else n
    columns = (column.tolist() for column in (n, items, again, starts, ends))
    states = [State(*row) for row in zip(paths.states, *columns, strict=True)]
    return tuple(sorted(states, key=lambda state: (-state.n, state.name)))


def _weeks(
    paths: Paths, begun: I64, finished: I64, zone: str
) -> tuple[tuple[tuple[str, int], ...], tuple[tuple[str, int], ...], tuple[str, ...]]:
    """Items that ended and began in each week of the log, weeks without any included; and weeks without an event."""
    if not len(begun):
        return (), (), ()
    out, came = week_of(local_day(finished, zone)), week_of(local_day(begun, zone))
    low, high = int(came.min()), int(out.max())
    labels = [week_label(week) for week in range(low, high + 1)]
    throughput = np.bincount(out - low, minlength=len(labels)).tolist()
    arrivals = np.bincount(came - low, minlength=len(labels)).tolist()
    silent = _silent(paths, labels, np.add(throughput, arrivals) > 0, low, zone)
    return tuple(zip(labels, throughput, strict=True)), tuple(zip(labels, arrivals, strict=True)), silent


def _silent(paths: Paths, labels: list[str], busy: np.ndarray, low: int, zone: str) -> tuple[str, ...]:
    """Weeks without an event; in those that are `busy` an item began or ended: only others are looked for."""
    if not busy.all():
        busy = busy | (np.bincount(week_of(local_day(paths.start, zone)) - low, minlength=len(labels)) > 0)
    return tuple(label for label, any_event in zip(labels, busy.tolist(), strict=True) if not any_event)


def _rejected(log: Log) -> tuple[tuple[str, int], ...]:
    """Reason -> rows that could not be used."""
    found: Counter[str] = Counter()
    for reject in log.rejects:
        found[reject.reason] += reject.rows
    return tuple(sorted(found.items()))


def _transfers(paths: Paths) -> Transfers:
    if paths.person is None:
        return Transfers(0, 0)
    rows = paths.within
    here, there = paths.person[rows], paths.person[rows + 1]
    both = (here != NONE) & (there != NONE)
    return Transfers(int(np.count_nonzero(both & (here != there))), int(np.count_nonzero(both)))


def _ties(paths: Paths, waits: I64) -> Ties:
    rows = paths.within
    apart = paths.start[rows + 1] - paths.start[rows] if paths.intervals else waits
    tied = rows[apart == 0]
    if not len(tied):
        return Ties(0, 0)
    group = np.concatenate(([0], np.cumsum(np.diff(tied) > 1)))  # neighbouring rows belong to one instant
    differing = group[paths.state[tied] != paths.state[tied + 1]]
    return Ties(int(group[-1]) + 1, len(np.unique(differing)))


def _gaps(paths: Paths, silent: tuple[str, ...]) -> Gaps:
    """Where no activity of an item was running although it had begun and was not finished."""
    if not paths.intervals:
        return Gaps(None, None, silent)
    idle = idle_before(paths)
    return Gaps(int(np.count_nonzero(idle)), float(idle.sum(dtype=np.float64)) / SECOND_US, silent)
