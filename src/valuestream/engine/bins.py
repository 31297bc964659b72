"""Bins of durations, stored beside visits: what percentiles of millions of them are found by.

Where the bins of a large log begin is learned from some of its durations and kept with the build. Any edges give the
same percentiles; these give bins of about as many visits each, and a bin of its own to a duration that many visits
share (half an hour, a whole working day), which then needs no look at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from valuestream.flow.grains import NEVER
from valuestream.metrics.selection import UNKNOWN, Binned, bins_of

if TYPE_CHECKING:
    import duckdb

    from valuestream.flow.grains import I64, Visits

Edges = dict[str, "I64"]

DURATIONS: Mapping[str, tuple[tuple[str, ...], str]] = {
    "wait_s": (("queue", "blocked", "external"), "wait_bin"),
    "active_s": (("work",), "active_bin"),
    "wait_bh_s": (("queue_bh", "blocked_bh", "external_bh"), "wait_bh_bin"),
    "active_bh_s": (("work_bh",), "active_bh_bin"),
}
"""Durations that have bins: the columns whose microseconds they are the sum of, and the column of their bins."""

MANY = 1_000_000
"""Events of a stream from which looking into bins is less work than a sort; fewer are asked in one statement."""

_EVEN = 512
"""Bins of about as many visits each."""

_OFTEN = 256
"""One in so many visits has a duration for which there is a bin of its own."""

_OCTAVES, _STEPS = 26, 8
"""From a second to two years, in steps of an eighth of an octave: for small logs, and what the sample was not like."""


def plain() -> I64:
    """Where bins begin whatever durations there are: ascending from 1, so that only nothing is in bin 0."""
    import numpy as np

    found: I64 = np.append(1, 1e6 * 2.0 ** (np.arange(_OCTAVES * _STEPS) / _STEPS)).astype(np.int64)
    return found


def learned(us: I64) -> I64:
    """Where bins begin, from durations like those to come; ascending from 1, too.

    us  microseconds, any number of them
    """
    import numpy as np

    known = np.sort(us[us > 0])
    values, n = np.unique(known, return_counts=True)
    often = values[n * _OFTEN > len(known)]
    even = known[np.linspace(0, len(known) - 1, _EVEN).astype(np.int64)] if len(known) else known
    found: I64 = np.unique(np.concatenate([plain(), even, often, often + 1]))
    return found


def edges(visits: Visits, *, hours: bool) -> Edges:
    """Where bins of a build begin, by column, from some visits of it; none: the plain ones."""
    return {name: learned(us[known]) for name, (us, known) in _durations(visits, hours=hours).items()}


def binned(visits: Visits, edges: Edges, *, hours: bool) -> dict[str, Any]:
    """The bins of visits, by column: of what had ended when they were built."""
    import numpy as np

    return {
        name: np.where(known, bins_of(us, edges[name]), np.int16(UNKNOWN))
        for name, (us, known) in _durations(visits, hours=hours).items()
    }


def _durations(visits: Visits, *, hours: bool) -> dict[str, tuple[I64, Any]]:
    """Column -> microseconds, and of which visits they are known."""
    import numpy as np

    every, worked = np.ones(len(visits.of), np.bool_), visits.started != NEVER
    return {
        column: (sum(getattr(visits, part) for part in of), worked if name.startswith("active") else every)
        for name, (of, column) in DURATIONS.items()
        if hours or not name.endswith("_bh_s")
    }


def keep(con: duckdb.DuckDBPyConnection, table: str, edges: Edges) -> None:
    """Write the edges of a build into its table, in place of what is there."""
    con.execute(f"CREATE OR REPLACE TABLE {table} (bin VARCHAR, edge BIGINT)")
    for name, those in edges.items():
        con.execute(f"INSERT INTO {table} SELECT ?, unnest(?)", [name, those.tolist()])


def kept(con: duckdb.DuckDBPyConnection, table: str) -> Edges:
    """The edges of a build, by column of bins."""
    import numpy as np

    found = con.execute(f"SELECT bin, list(edge ORDER BY edge) FROM {table} GROUP BY bin").fetchall()
    return {name: np.array(those, np.int64) for name, those in found}


def by_duration(con: duckdb.DuckDBPyConnection, visits: str, edges: Edges) -> dict[str, Binned]:
    """Durations -> how they are binned, of those whose edges are known. What no visit spent is not added up.

    visits  their table
    """
    known = {name: one for name, one in DURATIONS.items() if one[1] in edges}
    parts = [part for of, _ in known.values() for part in of]
    if not parts:
        return {}
    most = con.execute(f"SELECT {', '.join(f'max({part})' for part in parts)} FROM {visits}").fetchall()[0]
    spent = {part for part, us in zip(parts, most, strict=True) if us}
    return {
        name: Binned(" + ".join([part for part in of if part in spent] or of[:1]), column, edges[column])
        for name, (of, column) in known.items()
    }
