"""Which visits left together: by the same release, else in one person's hands within five minutes."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from valuestream.flow.compiled import compiled
from valuestream.flow.grains import I8, I32, I64, NEVER, NONE

TOGETHER_US = 5 * 60 * 1_000_000
BULK_US = 60 * 1_000_000
BULK_ITEMS = 3
"""Departures out of several stages from which a minute is a bulk update: two are a coincidence people produce daily."""

BY_PERSON, BY_RELEASE = 0, 1


class Departures(NamedTuple):
    """Visits that left, as columns of equal length; `visit` is the row in the visits table."""

    visit: I64
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

    visit: I64
    of: I32
    stage: I8
    type: I32
    team: I32
    left: I64
    batch: I64
    size: I32
    by: I8
    bulk: I8


def batches(departed: Departures) -> Batches:
    """Batches of the departures with a release or a known person; the others are in none (unknown, not 1)."""
    released = np.flatnonzero(departed.release != NONE)
    handed = np.flatnonzero((departed.release == NONE) & (departed.left_by != NONE))
    by_release = _batched(departed, released, _release_groups(departed, released), 0, BY_RELEASE)
    known = int(by_release.batch.max()) + 1 if len(released) else 0
    by_person = _batched(departed, handed, _person_groups(departed, handed), known, BY_PERSON)
    both: Any = zip(by_release, by_person, strict=True)
    columns: list[Any] = [np.concatenate(pair) for pair in both]
    return Batches(*columns)


def empty_departures() -> Departures:
    """No departures, with the columns' types."""
    types = (np.int64, np.int32, np.int8, np.int8, np.int64, *4 * (np.int32,))
    columns: list[Any] = [np.empty(0, t) for t in types]
    return Departures(*columns)


def _release_groups(departed: Departures, rows: np.ndarray) -> I64:
    group: I64 = departed.release[rows].astype(np.int64) * 128 + departed.stage[rows]
    return group


def _person_groups(departed: Departures, rows: np.ndarray) -> np.ndarray:
    route = departed.stage[rows].astype(np.int64) * 128 + departed.went_to[rows]
    group: I64 = departed.left_by[rows].astype(np.int64) * 16384 + route
    return group


def _batched(departed: Departures, rows: np.ndarray, group: np.ndarray, first: int, by: int) -> Batches:
    """Batches inside each group; by person only those within five minutes of the batch's first departure."""
    left = departed.left[rows]
    order = _order(group, left)
    rows, group, left = rows[order], group[order], left[order]
    batch = np.empty(len(rows), np.int64)
    size = np.empty(len(rows), np.int32)
    bulk = np.zeros(len(rows), np.int8)
    window = TOGETHER_US if by == BY_PERSON else NEVER
    compiled(number_batches, len(rows))(group, left, window, first, batch, size)
    if by == BY_PERSON:
        again = _order(departed.left_by[rows].astype(np.int64), left)
        flags = np.zeros(len(rows), np.int8)
        columns = (departed.left_by[rows][again], left[again], departed.stage[rows][again], departed.of[rows][again])
        compiled(mark_bulk, len(rows))(*columns, BULK_US, BULK_ITEMS, flags)
        bulk[again] = flags
    told: tuple[Any, ...] = (departed.visit, departed.of, departed.stage, departed.type, departed.team)
    chosen: list[Any] = [column[rows] for column in told]
    return Batches(*[*chosen, left, batch, size, np.full(len(rows), by, np.int8), bulk])


def _order(group: I64, left: I64) -> np.ndarray:
    """Rows by (group, left): one integer key where both fit into 63 bits, which sorts several times faster."""
    if not len(left):
        return np.empty(0, np.int64)
    base = int(left.min())
    bits = int(left.max() - base).bit_length()
    if int(group.max()).bit_length() + bits <= 62:
        return np.argsort((group << bits) | (left - base))
    return np.lexsort((left, group))


def number_batches(group: I64, left: I64, window: int, first: int, batch: I64, size: I32) -> None:
    """Kernel: number the batches of rows sorted by (group, left), and write each one's size."""
    n = len(group)
    begin = 0
    number = first - 1
    for i in range(n + 1):
        fresh = i == n or i == 0 or group[i] != group[i - 1] or (window >= 0 and left[i] - left[begin] > window)
        if not fresh:
            continue
        for k in range(begin, i):
            batch[k] = number
            size[k] = i - begin
        begin = i
        number += 1


def mark_bulk(who: I32, left: I64, stage: I8, item: I32, window: int, least: int, flags: I8) -> None:
    """Kernel: flag `least` or more departures of one account out of several stages within a minute.

    Rows are sorted by (who, left).
    """
    n = len(who)
    begin = 0
    while begin < n:
        end = begin + 1
        several = False
        while end < n and who[end] == who[begin] and left[end] - left[begin] <= window:
            several = several or (stage[end] != stage[begin] and item[end] != item[begin])
            end += 1
        if several and end - begin >= least:
            for k in range(begin, end):
                flags[k] = 1
        begin = end
