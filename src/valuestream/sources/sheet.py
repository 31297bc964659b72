"""The sheet that teams keep by hand: one row an item, one column of dates a stage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from valuestream.errors import InputError
from valuestream.log.event import Kind
from valuestream.sources.attributes import attributes
from valuestream.sources.coding import Recoded, as_text
from valuestream.sources.columns import listed
from valuestream.sources.draft import Draft
from valuestream.sources.gather import Gathered
from valuestream.sources.patterns import BLANKS, pattern_of
from valuestream.sources.time_column import BAD, EMPTY

if TYPE_CHECKING:
    from valuestream.log.event import Log
    from valuestream.sources.source import Reading
    from valuestream.sources.table import Rows

_SAMPLE = 200
_NO_STAGE = ("item", "type", "team", "assignee", "actor", "release")
UNIQUE_SHARE = 0.9
"""With fewer different items than this share of the rows, the table is no sheet."""


def stages(table: Rows, roles: Mapping[str, list[str]], reading: Reading) -> list[str]:
    """The columns of dates, in the table's order: those whose cells, where not empty, mostly read as dates.

    A column that `--columns` gave another meaning is none.
    """
    taken = {column for role in _NO_STAGE for column in roles.get(role, [])}
    taken |= {columns[0] for role, columns in roles.items() if reading.columns.get(role)}
    sample = table.sample()
    return [column for column in table.columns if column not in taken and _holds_dates(sample.column(column))]


def _holds_dates(column: Any) -> bool:
    if pa.types.is_timestamp(column.type) or pa.types.is_date(column.type):
        return True
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    said = [v for v in as_text(column.drop_null()).to_pylist() if v.strip().lower() not in BLANKS][:_SAMPLE]
    return bool(said) and 2 * sum(pattern_of(v, serials=True) is not None for v in said) > len(said)


def log(table: Rows, read: Gathered) -> Log:
    """STATE for each date of a row, the state being the column's name; an empty cell is a stage skipped."""
    names = [role.removeprefix("stage:") for role in read.times]
    dates = list(read.times.values())
    draft = Draft(table, read)
    draft.need("item", "item")
    for name, column in zip(names, dates, strict=True):
        draft.refuse(column == BAD, f"date in '{name}' is unreadable")
    draft.refuse(np.all([column == EMPTY for column in dates], axis=0), "no stage has a date")
    _refuse_repeats(draft)
    rows = draft.kept()
    words = Recoded(read.words["words"])
    if len(rows):
        first = np.min([np.where(c[rows] == EMPTY, np.iinfo(np.int64).max, c[rows]) for c in dates], axis=0)
        attributes(draft, rows, first)
    for place, (name, column) in enumerate(zip(names, dates, strict=True)):
        entered = rows[column[rows] != EMPTY]
        draft.add(entered, Kind.STATE, column[entered], words[name], sub=10 + place)
    return draft.log(words.words, read.words["people"])


def _refuse_repeats(draft: Draft) -> None:
    """An item's second row is refused; a table in which most items have several is no sheet."""
    item = draft.read.text["item"]
    known = np.flatnonzero(draft.good)
    _, first = np.unique(item[known], return_index=True)
    if len(first) < UNIQUE_SHARE * len(known) - 1:
        raise InputError(
            f"Each item stands in {len(known) / len(first):.1f} rows on average, and no column says the state.",
            f"Say which column is the state: `--columns state=NAME`. Columns found: {listed(draft.table.columns)}.",
        )
    again = np.zeros(len(item), dtype=bool)
    again[np.delete(known, first)] = True
    draft.refuse(again, "item stands in an earlier row")
