"""How each state of a log behaves: where it stands, how long it lasts, what follows and who moves it on."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from valuestream.analysis.discover import Discovery
from valuestream.analysis.paths import SECOND_US, Paths
from valuestream.log.event import NONE

if TYPE_CHECKING:
    from valuestream.log.event import I64

SAMPLE = 20_000
"""So many items are enough to see which of two states comes first."""


@dataclass(frozen=True)
class Evidence:
    """How one state behaves.

    items_share   share of the items that it occurs in
    ends_share    share of its stays that are the last of their item
    position      mean relative position of its stays in the paths, 0 (start) to 1 (end), ends excluded
    after, before   directly following and preceding states with counts
    median_s      median time in it, None where it is never left (an activity: its duration)
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
    positions, medians = _positions(paths), _medians(paths)
    same, account = _same_person(paths), _one_account(paths)
    found = []
    for code in _in_order(paths, positions):
        name = paths.states[code]
        state = discovery.state[name]
        found.append(
            Evidence(
                name=name,
                n=state.n,
                items_share=state.items / discovery.items,
                ends_share=state.ends / state.n,
                position=float(positions[code]),
                after=after[name],
                before=before[name],
                median_s=medians[code],
                same_person=same[code],
                one_account=account[code],
            )
        )
    return tuple(found)


def _positions(paths: Paths) -> np.ndarray:
    """Mean of (place + 1) / (length + 1) over the stays of each state: float64[states]."""
    length = np.diff(paths.first)
    place = np.arange(len(paths)) - np.repeat(paths.first[:-1], length)
    relative = (place + 1) / (np.repeat(length, length) + 1)
    size = len(paths.states)
    total = np.bincount(paths.state, weights=relative, minlength=size)
    return np.asarray(total / np.maximum(np.bincount(paths.state, minlength=size), 1))


def _in_order(paths: Paths, positions: np.ndarray) -> list[int]:
    """State codes by mean position; neighbours that most items meet the other way round change places.

    A state that is skipped often, or that only long paths have, stands wrong by its mean position; which of two
    states items enter first does not depend on what else is in the path.
    """
    order = [int(code) for code in np.lexsort((np.arange(len(positions)), positions))]
    if len(order) > 200:
        return order
    first = _first_places(paths)

    @functools.cache
    def other_way_round(a: int, b: int) -> bool:
        both = (first[:, a] >= 0) & (first[:, b] >= 0)
        return bool(2 * np.count_nonzero(first[both, b] < first[both, a]) > np.count_nonzero(both))

    for _ in range(len(order)):
        before = list(order)
        for i in range(len(order) - 1):
            if other_way_round(order[i], order[i + 1]):
                order[i], order[i + 1] = order[i + 1], order[i]
        if order == before:
            break
    return order


def _first_places(paths: Paths) -> np.ndarray:
    """Where each item of an even sample first enters each state, -1 nowhere: int64[items, states]."""
    step = max(1, len(paths.item) // SAMPLE)
    chosen = np.arange(0, len(paths.item), step)
    length = np.diff(paths.first)[chosen]
    row = np.repeat(np.arange(len(chosen)), length)
    place = np.arange(len(row)) - np.repeat(np.cumsum(length) - length, length)
    state = paths.state[np.repeat(paths.first[:-1][chosen], length) + place]
    nowhere = len(paths)
    first = np.full((len(chosen), len(paths.states)), nowhere, dtype=np.int64)
    np.minimum.at(first, (row, state), place)
    first[first == nowhere] = -1
    return first


def _medians(paths: Paths) -> list[float | None]:
    """Median seconds in each state."""
    rows = np.arange(len(paths)) if paths.intervals else paths.within
    if paths.ended is not None:
        rows = rows[paths.ended[rows]]
    left = paths.end[rows] if paths.intervals else paths.start[rows + 1]
    seconds = (left - paths.start[rows]) / SECOND_US
    state = paths.state[rows]
    order = np.argsort(state, kind="stable")
    bounds = np.searchsorted(state[order], np.arange(len(paths.states) + 1))
    groups = (seconds[order[bounds[i] : bounds[i + 1]]] for i in range(len(paths.states)))
    return [float(np.median(group)) if len(group) else None for group in groups]


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
