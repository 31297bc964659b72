"""Commits carry the clocks of the machines that made them: which of their dates can be believed."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import repeat

EARLIEST_S = 365 * 86_400
"""Dates before 1971 come from clocks that stood at zero."""

DAY_S = 86_400


def believable(at: int, latest: int) -> bool:
    """Whether an instant (seconds since 1970) can be a date at all: no zero, nothing after `latest`."""
    return EARLIEST_S <= at <= latest


def settled(at: Sequence[int], latest: int) -> list[int]:
    """Instants of things that happened one after another, made to agree with that order.

    at       seconds since 1970, as logged, in the order in which things happened
    latest   nothing can be later
    returns  the same where as many as possible agree with each other; the others moved to the nearest
             instant that their neighbours allow. Empty where none can be believed.

    >>> settled([1_000_000_000, 2_147_483_647, 1_000_000_005, 0, 1_000_000_009], 1_500_000_000)
    [1000000000, 1000000005, 1000000005, 1000000005, 1000000009]
    """
    agreed = _agreed(at, latest)
    found: list[int] = []
    lower = at[agreed[0]] if agreed else 0
    for instant, following in zip(at if agreed else (), _next(agreed, len(at)), strict=False):
        upper = None if following is None else at[following]
        if instant > latest:
            instant = lower if upper is None else upper
        lower = max(instant, lower)
        if upper is not None:
            lower = min(lower, upper)
        found.append(lower)
    return found


def _next(agreed: list[int], n: int) -> Iterator[int | None]:
    """For each of n places the next one that agrees, itself included; None after the last."""
    begin = 0
    for place in agreed:
        yield from repeat(place, place + 1 - begin)
        begin = place + 1
    yield from repeat(None, n - begin)


def _agreed(at: Sequence[int], latest: int) -> list[int]:
    """Places of the longest run of instants, gaps allowed, in which none is earlier than the one before it."""
    tops: list[int] = []
    at_top: list[int] = []
    came_from = [-1] * len(at)
    for place, instant in enumerate(at):
        if not believable(instant, latest):
            continue
        length = bisect_right(tops, instant)
        if length == len(tops):
            tops.append(instant)
            at_top.append(place)
        else:
            tops[length] = instant
            at_top[length] = place
        came_from[place] = at_top[length - 1] if length else -1
    run: list[int] = []
    place = at_top[-1] if at_top else -1
    while place >= 0:
        run.append(place)
        place = came_from[place]
    return run[::-1]
