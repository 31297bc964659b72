"""The order of a log: by item, instant and the source's own row order; repeats set aside."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from valuestream.compiled import compiled
from valuestream.log.event import FURTHER, NONE, Log, Reject

MOST_SHOWN = 1000
"""Repeated rows of a log that are listed one by one, however it is read."""

DUPLICATE = "duplicate row"
"""So many duplicate rows are listed one by one; further ones are counted in one reject."""

_COLUMNS = ("item", "at", "kind", "value", "field", "actor", "track", "ref", "line")


def ordered(log: Log) -> Log:
    """The log stably sorted by (item, at), so that the row order decides ties; exact repeats become rejects.

    A repeat is an event equal to the one before it in everything but `ref` and `line`.
    """
    order = _stable_order(log.item, log.at, len(log.items))
    present = {name: column for name in _COLUMNS if (column := getattr(log, name)) is not None}
    columns: dict[str, Any] = {name: _in_order(column, order) for name, column in present.items()}
    log = replace(log, **columns)
    repeated = _repeats(log)
    if not repeated.any():
        return log
    rejects = _as_rejects(log, np.flatnonzero(repeated))
    kept = {name: column[~repeated] for name, column in columns.items()}
    return replace(log, **kept, rejects=(*log.rejects, *rejects))


def _in_order(column: np.ndarray, order: np.ndarray) -> Any:
    """The values in that order; a column of one value, such as the kind in a log of states, as it is."""
    if len(column) and column[0] == column[-1] and np.all(column == column[0]):
        return column
    return column[order]


def _stable_order(item: np.ndarray, at: np.ndarray, items: int) -> np.ndarray:
    """Row numbers that sort by (item, at), ties in row order: by time, as most logs come, then counted by item."""
    by_time = np.argsort(at, kind="stable") if np.any(at[1:] < at[:-1]) else None
    codes = item if by_time is None else item[by_time]
    if items <= 1 or not np.any(codes[1:] < codes[:-1]):
        return np.arange(len(item)) if by_time is None else by_time
    place = np.zeros(items, np.int64)
    np.cumsum(np.bincount(codes, minlength=items)[:-1], out=place[1:])
    order = np.empty(len(codes), np.int64)
    compiled(_put_by_item, len(codes), allocates=False)(codes, place, order)
    return order if by_time is None else by_time[order]


def _put_by_item(codes: np.ndarray, place: np.ndarray, order: np.ndarray) -> None:
    """Kernel of `_stable_order`: a counting sort. `place` holds where each item's next row goes."""
    for row in range(len(codes)):
        order[place[codes[row]]] = row
        place[codes[row]] += 1


def _repeats(log: Log) -> np.ndarray:
    """Whether each event repeats the one before it: bool[n]."""
    same = np.zeros(len(log), dtype=bool)
    if len(log) < 2:
        return same
    same[1:] = True
    for name in ("item", "at", "kind", "value", "field", "actor", "track"):
        column = getattr(log, name)
        if column is not None:
            same[1:] &= column[1:] == column[:-1]
    return same


def _as_rejects(log: Log, rows: np.ndarray) -> list[Reject]:
    shown = rows[:MOST_SHOWN]
    rejects = []
    for row in shown:
        place = f"row {log.line[row]}" if log.line is not None else f"item {log.items[int(log.item[row])]}"
        value = int(log.value[row])
        names = log.people if log.kind[row] == 4 else log.words
        word = names[value] if value != NONE else ""
        rejects.append(Reject(place, DUPLICATE, f"{log.items[int(log.item[row])]}, {word}"))
    rest = len(rows) - len(shown)
    if rest:
        rejects.append(Reject(FURTHER, DUPLICATE, f"{rest} more"))
    return rejects
