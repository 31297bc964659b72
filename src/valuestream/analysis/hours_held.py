"""Sums by the hour, read once and held for the questions to come: what adds up needs no second look at the rows.

A window that begins and ends with an hour, as days do nearly everywhere, is a sum of hours. So is one that lies around
all rows at either end.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from valuestream.analysis.asker import Asker
from valuestream.analysis.columns import UNKNOWN, grouped

if TYPE_CHECKING:
    from valuestream.metrics.question import Window

HOUR_US = 3_600_000_000


@dataclass(frozen=True)
class Summed:
    """What is summed of a table's rows.

    table  a view of rows in microseconds, or a part of one
    clock  the column of the instant by which a row falls into an hour, as it is stored
    by     columns of codes by which the sums are told apart
    sums   name -> an aggregate that adds up from those of parts, never null
    most   name -> one of which the greatest counts, never null
    """

    table: str
    clock: str
    by: tuple[str, ...]
    sums: Mapping[str, str]
    most: Mapping[str, str] = field(default_factory=dict)

    @property
    def told(self) -> dict[str, str]:
        """All aggregates, in the order in which they are told."""
        return {**self.sums, **self.most}


@dataclass(frozen=True)
class Hours:
    """Sums of the hours in their order, and the first and the last instant of all rows; None where there is none."""

    column: dict[str, Any]
    first: int | None
    last: int | None

    @property
    def nbytes(self) -> int:
        return sum(column.nbytes for column in self.column.values())


def summed(ask: Asker, what: Summed, where: str, *, state: Hashable = None) -> list[tuple[Any, ...]] | None:
    """A row for each combination of codes that occurs in the window: the codes, ascending, None last, then the sums.
    None where the window does not begin or end with an hour, or the sums are not there.

    where  a condition on rows that says nothing of the window
    state  what else the sums depend on than the build
    """
    read = partial(_read, ask, what, where)
    hours: Hours | None = ask.held((what.table, what.clock, what.by, where, state), read)
    if hours is None or not _is_whole(ask.window, hours):
        return None
    return _within(hours, ask.window, what)


def _read(ask: Asker, what: Summed, where: str) -> Hours:
    keys = ", ".join(f"coalesce({name}, {UNKNOWN}) AS {name}" for name in what.by)
    sums = ", ".join(f"{sql} AS {name}" for name, sql in what.told.items())
    found = ask.arrow(
        f"SELECT {_hour(what.clock)} AS hour, {keys}, {sums}, min({what.clock}) AS first, max({what.clock}) AS last"
        f" FROM {what.table} WHERE {where} GROUP BY hour, {', '.join(what.by)} ORDER BY ALL"
    )
    column = {name: found[name].to_numpy() for name in ("hour", *what.by, *what.told)}
    if not found.num_rows:
        return Hours(column, None, None)
    return Hours(column, int(found["first"].to_numpy().min()), int(found["last"].to_numpy().max()))


def _is_whole(window: Window, hours: Hours) -> bool:
    if hours.first is None or hours.last is None:
        return True
    begins = window.since % HOUR_US == 0 or window.since <= hours.first
    return begins and (window.until % HOUR_US == 0 or window.until > hours.last)


def _within(hours: Hours, window: Window, what: Summed) -> list[tuple[Any, ...]]:
    import numpy as np

    begin, end = np.searchsorted(hours.column["hour"], [window.since // HOUR_US, -(-window.until // HOUR_US)]).tolist()
    rows = {name: column[begin : max(begin, end)] for name, column in hours.column.items()}
    found = grouped(*(rows[name] for name in what.by))
    told = []
    for name in what.told:
        total = np.zeros(len(found.keys), rows[name].dtype)
        (np.maximum if name in what.most else np.add).at(total, found.group, rows[name])
        told.append(total.tolist())
    sums = [(*key, *values) for key, *values in zip(found.keys, *told, strict=True)]
    return sorted(sums, key=lambda row: [(code is None, code or 0) for code in row[: len(what.by)]])


def _hour(clock: str) -> str:
    """The hour of an instant; before 1970, too, hours begin where they end elsewhere."""
    return f"({clock} - (({clock} % {HOUR_US}) + {HOUR_US}) % {HOUR_US}) // {HOUR_US}"


def column_sums(names: Sequence[str]) -> dict[str, str]:
    """The sums of whole numbers, by their columns."""
    return {name: f"coalesce(sum({name}), 0)::BIGINT" for name in names}
