"""What each item went through, in order: the raw states of a log before anything is configured."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from valuestream.compiled import compiled
from valuestream.log.event import NONE, Kind, Log

if TYPE_CHECKING:
    from valuestream.log.event import I32, I64

SECOND_US = 1_000_000

PRIME = 2_147_483_647
"""A path is hashed modulo this prime: products of two remainders still fit an int64."""

BASES = (1_103_515_245, 1_664_525, 48_271, 1_597_334_677)


@dataclass(frozen=True)
class Paths:
    """Stays of items in states, in the order of each item's path. n stays, k items with at least one.

    state    int32[n], code into `states`, which are sorted by name
    start    int64[n], microseconds UTC, when the state was entered or the activity began
    end      int64[n], when the activity ended; the same array as `start` where the log knows only entries
    ended    bool[n], False for an activity whose end is not logged (its `end` is its start); None: all have
    person   int32[n], code into the log's people, NONE unknown; None: the log names nobody
    item     int32[k], code into the log's items
    first    int64[k + 1], where each item's stays begin, and n
    """

    states: tuple[str, ...]
    state: I32
    start: I64
    end: I64
    ended: np.ndarray | None
    person: I32 | None
    item: I32
    first: I64
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.state)

    @property
    def intervals(self) -> bool:
        """Whether the log knows when activities ended."""
        return self.end is not self.start

    @cached_property
    def within(self) -> np.ndarray:
        """Stays that another stay of the same item follows: int64[n - k], rows into the stays."""
        follows = np.ones(len(self), dtype=bool)
        follows[self.first[1:] - 1] = False
        return np.flatnonzero(follows)


def paths_of(log: Log) -> Paths:
    """The paths of an ordered log. A stay is a state entered, or an activity from its START to its END.

    Only the items' own states count; states of other tracks and other kinds of events are left out and
    named in the notes. Stays of an item stand by (start, end, row). An END without a START is left out.
    """
    own = _own(log)
    notes = _left_out(log, own)
    if np.any(log.kind == Kind.START) or np.any(log.kind == Kind.END):
        rows, end, ended, more = _stays(log, own)
        notes += more
    else:
        rows, end, ended = np.flatnonzero(own & (log.kind == Kind.STATE)), None, None
    everything = len(rows) == len(log)
    item = log.item if everything else log.item[rows]
    start = log.at if everything else log.at[rows]
    states, state = _by_name(log, log.value if everything else log.value[rows])
    edges = np.flatnonzero(item[1:] != item[:-1]) + 1
    first = np.concatenate(([0], edges, [len(item)])).astype(np.int64) if len(item) else np.zeros(1, dtype=np.int64)
    person = _people(log, rows)
    return Paths(
        states, state, start, start if end is None else end, ended, person, item[first[:-1]], first, tuple(notes)
    )


def _own(log: Log) -> np.ndarray:
    """Whether an event is about the item itself and says a state or an activity: bool[n]."""
    own: np.ndarray = log.value != NONE
    own &= (log.kind == Kind.STATE) | (log.kind == Kind.START) | (log.kind == Kind.END)
    if log.track is not None:
        own &= log.track == NONE
    return own


def _left_out(log: Log, own: np.ndarray) -> list[str]:
    """Sentences about what is no part of the paths."""
    if own.all():
        return []
    spoken = (log.kind == Kind.STATE) | (log.kind == Kind.START) | (log.kind == Kind.END)
    elsewhere = int(np.count_nonzero(spoken & ~own))
    notes = []
    if elsewhere:
        notes.append(f"{elsewhere:,} states of other tracks (pull requests, builds ...) are left out here.")
    with_path, seen = np.zeros((2, len(log.items)), dtype=bool)
    with_path[log.item[own]] = True
    seen[log.item] = True
    without = int(np.count_nonzero(seen & ~with_path))
    if without:
        notes.append(f"{without:,} items have no state of their own and are left out here.")
    return notes


def _stays(log: Log, own: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray | None, list[str]]:
    """Rows where stays begin, by (item, start, end, row), with their ends and whether the end is known."""
    begins = np.flatnonzero(own & (log.kind != Kind.END))
    ends = np.flatnonzero(own & (log.kind == Kind.END))
    end, ended = log.at[begins].copy(), np.ones(len(begins), dtype=bool)
    starts = np.flatnonzero(log.kind[begins] == Kind.START)
    matched = np.zeros(len(starts), dtype=bool)
    orphans = len(ends)
    if log.ref is not None and len(starts) and len(ends):
        by_ref = ends[np.argsort(log.ref[ends], kind="stable")]
        refs, wanted = log.ref[by_ref], log.ref[begins[starts]]
        place = np.minimum(np.searchsorted(refs, wanted), len(refs) - 1)
        matched = (refs[place] == wanted) & (wanted != NONE)
        end[starts[matched]] = log.at[by_ref[place[matched]]]
        orphans -= len(np.unique(place[matched]))
    ended[starts[~matched]] = False
    notes = []
    if len(starts) and not matched.all():
        notes.append(f"{np.count_nonzero(~matched):,} activities have no end: they are counted, without a duration.")
    if orphans:
        notes.append(f"{orphans:,} ends of activities have no start: left out.")
    last = np.where(ended, end, np.iinfo(np.int64).max)  # what never ended stands behind what did
    order = np.lexsort((begins, last, log.at[begins], log.item[begins]))
    return begins[order], end[order], None if ended.all() else ended[order], notes


def _by_name(log: Log, value: I32) -> tuple[tuple[str, ...], I32]:
    """The states that occur, sorted by name, and each stay's code into them.

    Sorted, so that codes and all that is derived from them do not depend on the order of a file's rows.
    """
    used = np.flatnonzero(np.bincount(value, minlength=1)) if len(value) else np.zeros(0, dtype=np.int64)
    used = np.array(sorted(used, key=lambda code: log.words[int(code)]), dtype=np.int64)
    code = np.zeros(max(len(log.words), 1), dtype=np.int32)
    code[used] = np.arange(len(used), dtype=np.int32)
    return tuple(log.words[int(word)] for word in used), code[value]


def _people(log: Log, rows: np.ndarray) -> I32 | None:
    """Who stands by each stay: who made the change; where no change names anybody, the owner at that moment."""
    if log.actor is not None:
        actor = log.actor if len(rows) == len(log) else log.actor[rows]
        if np.any(actor != NONE):
            return actor
    assigned = log.kind == Kind.ASSIGN
    if not assigned.any():
        return None
    last = np.maximum.accumulate(np.where(assigned, np.arange(len(log)), -1))[rows]
    known = (last >= 0) & (log.item[np.maximum(last, 0)] == log.item[rows])
    return np.where(known, log.value[np.maximum(last, 0)], NONE).astype(np.int32)


def occurrences(paths: Paths) -> tuple[I64, I64, I64]:
    """Per state the items in which it occurs, those in which it occurs again; per item a hash of its path.

    returns   int64[states], int64[states], int64[2, k]; equal paths have equal hashes, and two different
              ones of the same length the same hashes with a chance of about length**4 / 2**124
    """
    states = max(len(paths.states), 1)
    items, again = np.zeros(states, dtype=np.int64), np.zeros(states, dtype=np.int64)
    last, twice = np.full(states, -1, dtype=np.int64), np.full(states, -1, dtype=np.int64)
    hashes = np.zeros((2, len(paths.item)), dtype=np.int64)
    compiled(_walk, len(paths))(paths.first, paths.state, last, twice, items, again, hashes)
    return items[: len(paths.states)], again[: len(paths.states)], hashes


def _walk(first: I64, state: I32, last: I64, twice: I64, items: I64, again: I64, hashes: I64) -> None:
    """Kernel of `occurrences`: one pass over the paths. `last` and `twice` hold the item last seen per state."""
    for k in range(len(first) - 1):
        a = np.int64(0)
        b = np.int64(0)
        c = np.int64(0)
        d = np.int64(0)
        for i in range(first[k], first[k + 1]):
            s = state[i]
            if last[s] != k:
                last[s] = k
                items[s] += 1
            elif twice[s] != k:
                twice[s] = k
                again[s] += 1
            a = (a * BASES[0] + s + 1) % PRIME
            b = (b * BASES[1] + s + 1) % PRIME
            c = (c * BASES[2] + s + 1) % PRIME
            d = (d * BASES[3] + s + 1) % PRIME
        hashes[0, k] = (a << 31) | b
        hashes[1, k] = (c << 31) | d


def idle_before(paths: Paths) -> I64:
    """Microseconds before each stay in which none of its item's earlier ones was still running: int64[n].

    Zero for the first stay of an item and where activities touch or overlap.
    """
    idle = np.zeros(len(paths), dtype=np.int64)
    compiled(_idle, len(paths))(paths.first, paths.start, paths.end, idle)
    return idle


def _idle(first: I64, start: I64, end: I64, idle: I64) -> None:
    """Kernel of `idle_before`."""
    for k in range(len(first) - 1):
        latest = start[first[k]]
        for i in range(first[k], first[k + 1]):
            if start[i] > latest:
                idle[i] = start[i] - latest
            latest = max(latest, end[i])
