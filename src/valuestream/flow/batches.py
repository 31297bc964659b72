"""Which visits left together: by the same release, else in one person's hands within five minutes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from valuestream.compiled import compiled
from valuestream.flow.grains import I8, I16, I32, I64, NEVER, NONE
from valuestream.flow.records import widths

TOGETHER_US = 5 * 60 * 1_000_000
BULK_US = 60 * 1_000_000
BULK_ITEMS = 3
"""Departures out of several stages from which a minute is a bulk update: two are a coincidence people produce daily."""

BY_PERSON, BY_RELEASE = 0, 1
ROUTES = 128
"""More places than a stream can have: a route is (stage, place it went to)."""


class Departures(NamedTuple):
    """Visits that left, as columns of equal length; `visit` is the row in the visits table."""

    visit: I32
    of: I32
    stage: I8
    went_to: I8
    left: I64
    left_by: I32
    release: I32
    type: I32
    team: I32


class Batches(NamedTuple):
    """One row a visit that left in a known batch.

    batch  number of the batch; `size`: its visits. A batch of one is a batch
    by     BY_PERSON or BY_RELEASE
    bulk   1: one account moved items out of several stages within a minute; no working batch, shown apart
    """

    visit: I32
    of: I32
    stage: I8
    type: I32
    team: I32
    left: I64
    batch: I32
    size: I32
    by: I8
    bulk: I8


AT_ONCE = 1_000_000
"""Departures sorted at once."""


def batches(departed: Sequence[Departures]) -> Iterator[Batches]:
    """Batches of the departures with a release or a known person; the others are in none (unknown, not 1).

    They come in portions of whole releases or whole persons, so that memory stays flat; one portion at least.
    """
    number = 0
    for by in (BY_RELEASE, BY_PERSON):
        for first, last in _portions(departed, by):
            found = _batched(_chosen(departed, by, first, last), by, number)
            number = int(found.batch.max()) + 1
            yield found
    if not number:
        none: list[Any] = [np.empty(0, width) for width in widths(Departures).values()]
        yield _batched(Departures(*none), BY_PERSON, 0)


def _together(departed: Departures, by: int) -> I32:
    """What makes departures leave together: the release's or the person's code; NONE where it is not this."""
    if by == BY_RELEASE:
        return departed.release
    return np.where(departed.release == NONE, departed.left_by, NONE).astype(np.int32)


def _portions(departed: Sequence[Departures], by: int) -> Iterator[tuple[int, int]]:
    """Ranges [first, last) of codes with about AT_ONCE departures each."""
    most = max((int(_together(part, by).max(initial=NONE)) for part in departed), default=NONE) + 1
    counts = np.zeros(most, np.int64)
    for part in departed:
        codes = _together(part, by)
        counts += np.bincount(codes[codes != NONE], minlength=most)
    first, inside = 0, 0
    for code in np.flatnonzero(counts):
        if inside and inside + counts[code] > AT_ONCE:
            yield first, int(code)
            first, inside = int(code), 0
        inside += int(counts[code])
    if inside:
        yield first, most


def _chosen(departed: Sequence[Departures], by: int, first: int, last: int) -> Departures:
    """The departures whose release or person lies in [first, last)."""
    parts = []
    for part in departed:
        codes = _together(part, by)
        rows = np.flatnonzero((codes >= first) & (codes < last))
        parts.append([column[rows] for column in part])
    columns: Any = zip(*parts, strict=True)
    return Departures(*[np.concatenate(column) for column in columns])


def _batched(departed: Departures, by: int, first: int) -> Batches:
    """Batches of a stage's departures with one release; or on one route by one person within five minutes."""
    together = departed.release if by == BY_RELEASE else departed.left_by
    rows = _order(together, departed.left)
    who, left, of, stage = together[rows], departed.left[rows], departed.of[rows], departed.stage[rows]
    route = stage.astype(np.int16)
    if by == BY_PERSON:
        route = route * ROUTES + departed.went_to[rows]
    n = len(rows)
    batch, size, bulk = np.empty(n, np.int32), np.empty(n, np.int32), np.zeros(n, np.int8)
    open_now = np.full((4, ROUTES * ROUTES), NONE, np.int64)
    window = TOGETHER_US if by == BY_PERSON else NEVER
    compiled(number_batches, n, allocates=False)(who, left, route, window, first, open_now, batch, size)
    if by == BY_PERSON:
        compiled(mark_bulk, n, allocates=False)(who, left, stage, of, BULK_US, BULK_ITEMS, bulk)
    kind = np.full(n, by, np.int8)
    return Batches(
        departed.visit[rows], of, stage, departed.type[rows], departed.team[rows], left, batch, size, kind, bulk
    )


def _order(who: I32, left: I64) -> np.ndarray:
    """Rows by (who, left): one integer key where both fit into 63 bits, which sorts several times faster."""
    if not len(left):
        return np.empty(0, np.int64)
    base = int(left.min())
    bits = int(left.max() - base).bit_length()
    if int(who.max()).bit_length() + bits <= 62:
        return np.argsort((who.astype(np.int64) << bits) | (left - base))
    return np.lexsort((left, who))


def number_batches(
    who: I32, left: I64, route: I16, window: int, first: int, open_now: np.ndarray, batch: I32, size: I32
) -> None:
    """Kernel: number the batches of rows sorted by (who, left), and write each one's size.

    open_now  int64[4, routes]: the batch open on each route: whose, since when, its number, its size
    window    microseconds from a batch's first departure, negative for no limit
    """
    n = len(who)
    number = first - 1
    for i in range(n):
        r = route[i]
        if open_now[0, r] != who[i] or (window >= 0 and left[i] - open_now[1, r] > window):
            number += 1
            open_now[0, r] = who[i]
            open_now[1, r] = left[i]
            open_now[2, r] = number
            open_now[3, r] = 0
        batch[i] = open_now[2, r]
        open_now[3, r] += 1
        size[i] = open_now[3, r]
    # the last row of a batch knows its size; going back, the rows before learn it
    open_now[2, :] = -1
    for i in range(n - 1, -1, -1):
        r = route[i]
        if open_now[2, r] != batch[i]:
            open_now[2, r] = batch[i]
            open_now[3, r] = size[i]
        size[i] = open_now[3, r]


def mark_bulk(who: I32, left: I64, stage: I8, item: I32, window: int, least: int, flags: I8) -> None:
    """Kernel: flag each departure that some minute holds with others of its account, `least` in all or more.

    Of those in the minute there must be several items and several stages. Rows are sorted by (who, left).
    """
    n = len(who)
    end = other_stage = other_item = flagged = 0  # none ever goes back: a later minute ends later
    for begin in range(n):
        end = max(end, begin)
        while end < n and who[end] == who[begin] and left[end] - left[begin] <= window:
            end += 1
        other_stage = max(other_stage, begin)
        while other_stage < end and stage[other_stage] == stage[begin]:
            other_stage += 1
        other_item = max(other_item, begin)
        while other_item < end and item[other_item] == item[begin]:
            other_item += 1
        if end - begin >= least and other_stage < end and other_item < end:
            for k in range(max(begin, flagged), end):
                flags[k] = 1
            flagged = end
