"""In which order states stand on a map: as items enter them, alternative routes one after the other."""

from __future__ import annotations

import functools

import numpy as np

from valuestream.analysis.paths import Paths

SAMPLE = 20_000
"""So many items are enough to see which of two states comes first."""

MANY = 200
"""States beyond which only their mean position counts: pairs of them are too many to look at."""

APART = 0.02
"""Two states are alternatives where no more than this share of the rarer one's items enter both."""


def positions(paths: Paths) -> np.ndarray:
    """Mean of (place + 1) / (length + 1) over the stays of each state: float64[states]."""
    length = np.diff(paths.first)
    place = np.arange(len(paths)) - np.repeat(paths.first[:-1], length)
    relative = (place + 1) / (np.repeat(length, length) + 1)
    size = len(paths.states)
    total = np.bincount(paths.state, weights=relative, minlength=size)
    return np.asarray(total / np.maximum(np.bincount(paths.state, minlength=size), 1))


def state_order(paths: Paths, position: np.ndarray) -> list[int]:
    """State codes in the order of a map; `position` as `positions` gives it.

    By mean position; neighbours that most items meet the other way round change places, since a state that is often
    skipped, or that only long paths have, stands wrong by its mean. Alternatives are then told apart: of bugs that go
    through B and C and features that go through X and Y, the means would make B X C Y.
    """
    order = [int(code) for code in np.lexsort((np.arange(len(position)), position))]
    if len(order) > MANY:
        return order
    first = _first_places(paths)
    return _by_routes(_as_entered(order, first), first, _moves(paths))


def _as_entered(order: list[int], first: np.ndarray) -> list[int]:
    """Neighbours in the order in which most items that have both enter them."""

    @functools.cache
    def other_way_round(a: int, b: int) -> bool:
        both = (first[:, a] >= 0) & (first[:, b] >= 0)
        return bool(2 * np.count_nonzero(first[both, b] < first[both, a]) > np.count_nonzero(both))

    order = list(order)
    for _ in range(len(order)):
        before = list(order)
        for i in range(len(order) - 1):
            if other_way_round(order[i], order[i + 1]):
                order[i], order[i + 1] = order[i + 1], order[i]
        if order == before:
            break
    return order


def _by_routes(order: list[int], first: np.ndarray, moves: np.ndarray) -> list[int]:
    """Each route in one piece: go on to where most items go on to, as long as all that belongs before it stands.

    What belongs before a state is what stood before it and is no alternative to it.
    """
    entered = (first >= 0).astype(np.float32)
    together = entered.T @ entered
    own = together.diagonal()
    apart = together <= APART * np.minimum(own[:, None], own[None, :])
    before = {state: {b for b in order[:i] if not apart[state, b]} for i, state in enumerate(order)}
    waiting, placed = list(order), list[int]()
    while waiting:
        free = [state for state in waiting if before[state].issubset(placed)]
        onward = max(free, key=lambda state: moves[placed[-1], state]) if placed else free[0]
        following = onward if placed and moves[placed[-1], onward] else free[0]
        waiting.remove(following)
        placed.append(following)
    return placed


def _moves(paths: Paths) -> np.ndarray:
    """How often each state directly follows each: int64[states, states]."""
    size, rows = len(paths.states), paths.within
    pairs = paths.state[rows].astype(np.int64) * size + paths.state[rows + 1]
    return np.bincount(pairs, minlength=size * size).reshape(size, size)


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
