"""How each state of a log behaves: where it stands, how long it lasts, what follows and who moves it on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from valuestream.analysis.discovery import Discovery
from valuestream.analysis.paths import SECOND_US, Paths
from valuestream.analysis.state_order import positions, state_order
from valuestream.log.event import NONE

if TYPE_CHECKING:
    from valuestream.log.event import I64


@dataclass(frozen=True)
class Evidence:
    """How one state behaves.

    items_share   share of the items that it occurs in
    ends_share    share of its stays that are the last of their item
    position      mean relative position of its stays in the paths, 0 (start) to 1 (end), ends excluded
    after, before   directly following and preceding states with counts
    median_s      median time in it, None where it is never left (an activity: its duration); `total_s` all of it
    same_person   share of its stays that the person who began them also ended, None where fewer than five are known
    one_account   share of its entries that the busiest account made, None where nobody is known
    """

    name: str
    n: int
    items_share: float
    ends_share: float
    position: float
    after: Mapping[str, int]
    before: Mapping[str, int]
    median_s: float | None
    total_s: float
    same_person: float | None
    one_account: float | None

    def share_after(self, states: set[str]) -> float:
        """Share of its stays that are followed by one of these states."""
        return sum(n for state, n in self.after.items() if state in states) / self.n

    def share_before(self, states: set[str]) -> float:
        """Share of its stays that one of these states precedes."""
        return sum(n for state, n in self.before.items() if state in states) / self.n


def evidence_of(discovery: Discovery) -> tuple[Evidence, ...]:
    """The evidence of every state, in the order in which items go through them."""
    paths = discovery.paths
    after: dict[str, dict[str, int]] = {state: {} for state in paths.states}
    before: dict[str, dict[str, int]] = {state: {} for state in paths.states}
    for move in discovery.transitions:
        after[move.before][move.after] = move.n
        before[move.after][move.before] = move.n
    position, durations = positions(paths), _durations(paths)
    same, account = _same_person(paths), _one_account(paths)
    found = []
    for code in state_order(paths, position):
        name = paths.states[code]
        state = discovery.state[name]
        found.append(
            Evidence(
                name=name,
                n=state.n,
                items_share=state.items / discovery.items,
                ends_share=state.ends / state.n,
                position=float(position[code]),
                after=after[name],
                before=before[name],
                median_s=float(np.median(durations[code])) if len(durations[code]) else None,
                total_s=float(durations[code].sum()),
                same_person=same[code],
                one_account=account[code],
            )
        )
    return tuple(found)


def _durations(paths: Paths) -> list[np.ndarray]:
    """Seconds of each state's stays that were left (an activity: that ended)."""
    rows = np.arange(len(paths)) if paths.intervals else paths.within
    if paths.ended is not None:
        rows = rows[paths.ended[rows]]
    left = paths.end[rows] if paths.intervals else paths.start[rows + 1]
    seconds = (left - paths.start[rows]) / SECOND_US
    state = paths.state[rows]
    order = np.argsort(state, kind="stable")
    bounds = np.searchsorted(state[order], np.arange(len(paths.states) + 1))
    return [seconds[order[begin:end]] for begin, end in pairwise(bounds)]


def _same_person(paths: Paths) -> list[float | None]:
    size = len(paths.states)
    if paths.person is None:
        return [None] * size
    rows = paths.within
    here, there = paths.person[rows], paths.person[rows + 1]
    both = (here != NONE) & (there != NONE)
    known = np.bincount(paths.state[rows[both]], minlength=size).tolist()
    same = np.bincount(paths.state[rows[both & (here == there)]], minlength=size).tolist()
    return [s / k if k >= 5 else None for s, k in zip(same, known, strict=True)]


def _one_account(paths: Paths) -> list[float | None]:
    size = len(paths.states)
    if paths.person is None or not np.any(paths.person != NONE):
        return [None] * size
    known = paths.person != NONE
    state, person = paths.state[known].astype(np.int64), paths.person[known].astype(np.int64)
    people = int(person.max()) + 1
    pairs, counts = np.unique(state * people + person, return_counts=True)
    most: I64 = np.zeros(size, dtype=np.int64)
    np.maximum.at(most, pairs // people, counts)
    entered = np.bincount(state, minlength=size).tolist()
    return [m / n if n else None for m, n in zip(most.tolist(), entered, strict=True)]
