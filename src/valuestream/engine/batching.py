"""Batches of a built stream, all of them or those that a change can have touched."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from valuestream.engine.folding import DEPARTURE, LEFT, LISTED
from valuestream.flow.batches import TOGETHER_US, Batches, Departures, batches
from valuestream.flow.grains import I64, NEVER, NONE
from valuestream.flow.pools import distinct

if TYPE_CHECKING:
    import duckdb

BUCKET_US = 3_600_000_000
"""Departures are looked for by person and hour."""


def batched(departed: Any, first: int) -> Iterator[Any]:
    """Tables of batches of a table of departures (columns `DEPARTURE`), numbered from `first`.

    `who` is the release or the person that they left with, by which later builds find them; no view shows it.
    """
    columns = {name: departed[name].to_numpy() for name in DEPARTURE}
    item = columns["item"]
    numbered = np.unique(item, return_inverse=True)[1].astype(np.int32)
    n = len(item)
    rows = Departures(
        visit=np.arange(n, dtype=np.int32),
        of=numbered,
        stage=columns["stage"],
        went_to=columns["went_to"],
        left=columns["left"],
        left_by=columns["left_by"],
        release=columns["release"],
        type=columns["type"],
        team=columns["team"],
    )
    for found in batches([rows]):
        yield _table(found, columns, first)


def none(departed: Any) -> Any:
    """A table of no batches, of a table of no departures."""
    return next(batched(departed, 0))


def _table(found: Batches, columns: dict[str, Any], first: int) -> Any:
    release = columns["release"][found.visit]
    return pa.table(
        {
            "item": columns["item"][found.visit],
            "stage": found.stage,
            "nth": columns["nth"][found.visit],
            "type": found.type,
            "team": found.team,
            "left": found.left,
            "batch": found.batch.astype(np.int64) + first,
            "size": found.size,
            "by": found.by,
            "bulk": found.bulk,
            "who": np.where(release != NONE, release, columns["left_by"][found.visit]),
        }
    )


def touched(con: duckdb.DuckDBPyConnection, visits: str, gone: Any, come: Any) -> Any:
    """Departures of the table `visits`, as it is now, whose batches may differ after some left it and others came.

    gone, come   tables of departures that differ

    Those with the same release; and those of the same person that a chain of departures, none more than five minutes
    after the one before, connects with one that differs: beyond such a gap every batch begins anew.
    """
    changed = pa.concat_tables([gone, come])
    con.register("differs", changed)
    by_release = con.execute(
        f"SELECT {LISTED} FROM {visits} WHERE {LEFT} <> {NEVER} AND release <> {NONE}"
        " AND release IN (SELECT release FROM differs)"
    ).to_arrow_table()
    con.unregister("differs")
    mine = changed.filter(pa.array(changed["release"].to_numpy() == NONE))
    return pa.concat_tables([by_release, _of_people(con, visits, mine)])


def _of_people(con: duckdb.DuckDBPyConnection, visits: str, changed: Any) -> Any:
    """The departures connected with changed ones; more hours are looked at until no chain goes on beyond them."""
    who, left = changed["left_by"].to_numpy(), changed["left"].to_numpy()
    wanted = _hours(who, np.concatenate([left - TOGETHER_US, left + TOGETHER_US]), 2)
    while True:
        con.register("hours", pa.table({"who": wanted >> 32, "hour": (wanted & _LOW) - _MIDDLE}))
        found = con.execute(
            f"SELECT {LISTED} FROM {visits} WHERE release = {NONE} AND {LEFT} <> {NEVER} AND"
            f" (left_by, {LEFT} // {BUCKET_US}) IN (SELECT (who, hour) FROM hours)"
        ).to_arrow_table()
        con.unregister("hours")
        chained = _chained(found["left_by"].to_numpy(), found["left"].to_numpy(), who, left)
        inside = found.filter(pa.array(chained))
        reach = inside["left"].to_numpy()
        more = _hours(inside["left_by"].to_numpy(), np.concatenate([reach - TOGETHER_US, reach + TOGETHER_US]), 2)
        union = distinct(np.sort(np.concatenate([wanted, more])))
        if len(union) == len(wanted):
            return inside
        wanted = union


_LOW, _MIDDLE = 2**32 - 1, 2**31


def _hours(who: Any, at: Any, times: int) -> I64:
    """Distinct (person, hour) pairs, each as one number; `at` holds the people `times` over."""
    hour = np.where(at >= 0, at // BUCKET_US, -(-at // BUCKET_US))  # towards zero, as SQL divides
    return distinct(np.sort((np.tile(who, times).astype(np.int64) << 32) | (hour + _MIDDLE)))


def _chained(who: Any, left: Any, changed_who: Any, changed_left: Any) -> np.ndarray:
    """Which departures a chain of short gaps connects with a changed one: bool[n]."""
    n = len(who)
    everyone = np.concatenate([who, changed_who])
    every = np.concatenate([left, changed_left])
    order = np.lexsort((every, everyone))
    gap = np.append(True, (np.diff(everyone[order]) != 0) | (np.diff(every[order]) > TOGETHER_US))
    chain = np.cumsum(gap) - 1
    differs = np.zeros(int(chain[-1]) + 1 if len(chain) else 0, np.bool_)
    differs[chain[order >= n]] = True
    found = np.zeros(len(order), np.bool_)
    found[order] = differs[chain]
    return found[:n]
