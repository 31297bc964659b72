"""What a store knows of a stream's built tables: by which recipe, up to which change, and what every view needs."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb

KINDS = ("visits", "items", "batches", "seen", "shares", "edges", "waits", "loads")


@dataclass(frozen=True)
class Built:
    """One stream's build.

    number    its tables are visits_N, items_N, batches_N, seen_N, shares_N, edges_N, waits_N and loads_N
    recipe    see `recipe.py`
    change    the last change of the log that is in it
    teams     code -> name
    next_batch  the number that the next batch gets
    explained  the last change of the log up to which it is known why items wait (`explaining.py`); -1: never looked for
    replaced  visits rebuilt since the tables were last laid out in order
    events, first, last, measured, left_out   of its items, see `Tables`; `last`: of all events, those left out, too
    """

    stream: str
    number: int
    recipe: str
    change: int
    teams: list[str]
    next_batch: int
    at: int
    explained: int = -1
    replaced: int = 0
    events: int = 0
    first: int = 0
    last: int = 0
    measured: bool = False
    left_out: dict[str, int] = field(default_factory=dict)

    def table(self, kind: str) -> str:
        return f"{kind}_{self.number}"


def known(con: duckdb.DuckDBPyConnection, stream: str) -> Built | None:
    """The build of a stream; None where it was never built."""
    found = con.execute("SELECT about FROM build WHERE stream = ?", [stream]).fetchall()
    return Built(**json.loads(found[0][0])) if found else None


def every(con: duckdb.DuckDBPyConnection) -> list[Built]:
    """All builds in the store."""
    return [Built(**json.loads(row[0])) for row in con.execute("SELECT about FROM build").fetchall()]


def remember(con: duckdb.DuckDBPyConnection, built: Built) -> None:
    """Write down what is known of a build, in place of what was; changes that every build has are forgotten."""
    con.execute("DELETE FROM build WHERE stream = ?", [built.stream])
    con.execute("INSERT INTO build VALUES (?, ?)", [built.stream, json.dumps(asdict(built))])
    con.execute("DELETE FROM change WHERE number <= ?", [min(one.change for one in every(con))])


def forget(con: duckdb.DuckDBPyConnection, built: Built) -> None:
    """Drop a build and its tables."""
    for kind in KINDS:
        con.execute(f"DROP TABLE IF EXISTS {built.table(kind)}")
    con.execute("DELETE FROM build WHERE stream = ?", [built.stream])


def facts(con: duckdb.DuckDBPyConnection, seen: str) -> dict[str, Any]:
    """What holds for all items of a build: see `Built`. The log is complete until its last event, whoever's it is."""
    events, first, interval, state = con.execute(
        "SELECT coalesce(sum(events), 0), coalesce(min(first), 0),"
        f" coalesce(bool_or(by_interval), false), coalesce(bool_or(by_state), false) FROM {seen} WHERE left_out IS NULL"
    ).fetchall()[0]
    last = con.execute(f"SELECT coalesce(max(last), 0) FROM {seen}").fetchall()[0][0]
    lost = con.execute(
        f"SELECT left_out, count(*) FROM {seen} WHERE left_out IS NOT NULL GROUP BY left_out ORDER BY left_out"
    ).fetchall()
    return {
        "events": int(events),
        "first": first,
        "last": last,
        "measured": bool(interval and not state),
        "left_out": dict(lost),
    }


def change_of(con: duckdb.DuckDBPyConnection) -> int:
    """The number of the log's last change."""
    return int(con.execute("SELECT value FROM meta WHERE name = 'change'").fetchall()[0][0])
