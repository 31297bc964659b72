"""What each field of an item was, and when: the history of its attributes as a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from valuestream.log.event import NONE, Kind

if TYPE_CHECKING:
    from valuestream.log.event import Log


def attributes(log: Log, later_lives: Sequence[tuple[int, int]] = ()) -> Any:
    """One row per value a field of an item had: item, field, value (codes), since and until (microseconds UTC).

    log          ordered
    later_lives  (item code, life) of items that begin again: they are numbered after the items, with the same history

    `until` is null for a field's last value; a field that was cleared has no row from then on.
    """
    rows = np.flatnonzero(log.kind == Kind.SET)
    field = np.empty(0, np.int16) if log.field is None else log.field[rows]
    order = np.lexsort((np.arange(len(rows)), field, log.item[rows]))
    rows, field = rows[order], field[order]
    item, since, value = log.item[rows], log.at[rows], log.value[rows]
    last = np.ones(len(rows), np.bool_)
    last[:-1] = (item[1:] != item[:-1]) | (field[1:] != field[:-1])
    until = np.roll(since, -1)
    kept = np.flatnonzero((value != NONE) & (last | (until != since)))
    item = item[kept]
    parts = [(item, kept)]
    for number, (code, _) in enumerate(later_lives, start=len(log.items)):
        begin, end = np.searchsorted(item, [code, code + 1])
        parts.append((np.full(end - begin, number, item.dtype), kept[begin:end]))
    numbers, chosen = (np.concatenate(column) for column in zip(*parts, strict=True))
    return pa.table(
        {
            "item": numbers,
            "field": field[chosen],
            "value": value[chosen],
            "since": since[chosen],
            "until": pa.array(until[chosen], mask=last[chosen]),
        }
    )
