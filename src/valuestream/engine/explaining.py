"""What is known of each wait, and of each stage's weeks, kept beside the visits, so that a question only sums.

Both look at all visits of a stage, whatever is asked for: who else was served decides why one waited. A build of many
visits is explained apart from it, in a transaction of its own (`explain`): it takes as long as some tenth of the build.
Until then the rows of the build before are there, without those of items that changed since: their wait is unexplained.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa

from valuestream.calendar import DAY_US, local_day, week_begin_us, week_of
from valuestream.engine import built, views
from valuestream.flow.loaded import EVER, weeks
from valuestream.flow.waiting import PARTS, Waited, explained
from valuestream.log.handing import append, create
from valuestream.working_hours import working_us

if TYPE_CHECKING:
    from valuestream.engine.built import Built
    from valuestream.flow.grains import I64
    from valuestream.log.store import Store
    from valuestream.stream import Stream

EVERYBODY = -2
"""In place of a team: a stage's weeks whoever was there."""

AT_ONCE = 300_000
"""Visits up to which a build is explained along with it."""


class Explained(NamedTuple):
    """One stage: `waits`, a row for each visit of a finished item whose queue is explained; `loads`, one for each week
    of each team in which anything happened.
    """

    waits: Any
    loads: Any


def explanations(arrow: Callable[[str], Any], stream: Stream, *, first: int, last: int) -> Iterator[Explained]:
    """Both tables, stage by stage, so that memory stays flat; of no stages one without rows.

    arrow  asks the views `visits_us` and `batches_us`
    first, last  the first and the last event in microseconds; what goes on is served until the last
    """
    visits = int(arrow("SELECT count(*) AS n FROM visits_us")["n"][0].as_py())
    week = week_of(local_day(np.array([first, last], np.int64), stream.calendar.zone)) if visits else np.zeros(2, int)
    begins = [week_begin_us(k, stream.calendar.zone) for k in range(int(week[0]), int(week[1]) + 2)]
    worked = (lambda at: working_us(at, stream.calendar)) if any(stream.calendar.hours) else None
    for code in range(len(stream.stages)) if visits else [0]:
        rows = _visits(arrow, code, last)
        parts = explained(_waited(rows), worked=worked, visits=visits)
        waits = _waits(code, rows, parts)
        del parts
        yield Explained(waits, _loads(code, rows, int(week[0]), np.array(begins, np.int64)))


def _visits(arrow: Callable[[str], Any], code: int, last: int) -> dict[str, Any]:
    """All visits of a stage; `ready`: when the last of a visit's batch had come, where it left in one."""
    batch = (
        "SELECT b.item, b.stage, b.left_at, max(o.ready) AS ready FROM batches_us b JOIN (SELECT batch, max(v.entered)"
        f" AS ready FROM batches_us m JOIN visits_us v USING (item, stage, left_at) WHERE m.stage = {code}"
        f" AND v.stage = {code} AND bulk = 0 AND size > 1 GROUP BY batch) o USING (batch)"
        f" WHERE b.stage = {code} GROUP BY b.item, b.stage, b.left_at"
    )
    found = arrow(
        f"SELECT v.item, team_stored AS team, entered, coalesce(started, left_at, {last}) AS until,"
        f" coalesce(left_at, {last}) AS gone, left_at IS NULL AS goes_on, started IS NULL AND left_at IS NULL AS waits,"
        " started IS NOT NULL AS begun, queue,"
        " blocked = 0 AND external = 0 AS plain, b.ready IS NOT NULL AS batched, coalesce(b.ready, 0) AS ready,"
        " item_counts = 1 AS chosen, item_finished_stored AS item_finished, item_team_stored AS item_team,"
        f" item_type_stored AS item_type FROM visits_us v LEFT JOIN ({batch}) b USING (item, stage, left_at)"
        f" WHERE v.stage = {code}"
    )
    return {name: found[name].to_numpy() for name in found.column_names}


def _waited(rows: dict[str, Any]) -> Waited:
    plain = rows["plain"] & (rows["queue"] >= rows["until"] - rows["entered"])
    return Waited(*({**rows, "plain": plain}[name] for name in Waited._fields))


def _waits(code: int, rows: dict[str, Any], parts: dict[str, I64]) -> Any:
    known = np.flatnonzero(sum(part != 0 for part in parts.values()))
    told = {name: rows[name][known] for name in ("item", "item_finished", "item_team", "item_type")}
    stage = np.full(len(known), code, np.int8)
    return pa.table({"stage": stage, **told, **{name: part[known] for name, part in parts.items()}})


def _loads(code: int, rows: dict[str, Any], first: int, edges: I64) -> Any:
    """The weeks of each team and of everybody; visits that lasted no time are none."""
    lasted = rows["goes_on"] | (rows["gone"] > rows["entered"])
    teams = [EVERYBODY, *np.unique(rows["team"][rows["team"] >= 0]).tolist()]
    parts = []
    for team in teams:
        here = lasted if team == EVERYBODY else lasted & (rows["team"] == team)
        parts.append(_of_team(code, team, {name: column[here] for name, column in rows.items()}, first, edges))
    return pa.concat_tables(parts)


def _of_team(code: int, team: int, rows: dict[str, Any], first: int, edges: I64) -> Any:
    until, gone = (np.where(rows[open_], EVER, rows[at]) for open_, at in (("waits", "until"), ("goes_on", "gone")))
    found = weeks(rows["entered"], until, gone, edges)
    some = np.flatnonzero(sum(column != 0 for column in found))
    keys = {"stage": np.full(len(some), code, np.int8), "team": np.full(len(some), team, np.int32)}
    week = (first + some).astype(np.int32)
    return pa.table({**keys, "week": week, **{name: column[some] for name, column in found._asdict().items()}})


def explain(store: Store, stream: Stream) -> Built | None:
    """Bring what is known of a build's waits and weeks up to it; the build, None where there is none."""
    with store.transaction(large=True) as con:
        found = built.known(con, stream.name)
        if found is None or found.explained == found.change:
            return found
        view(con, found)
        kinds = ("waits", "loads")
        for kind in kinds:
            con.execute(f"DROP TABLE IF EXISTS {found.table(kind)}")
        parts = explanations(lambda sql: con.execute(sql).to_arrow_table(), stream, first=found.first, last=found.last)
        for n, part in enumerate(parts):
            for kind, rows in zip(kinds, part, strict=True):
                (append if n else create)(con, found.table(kind), rows)
        lay_out(con, found.table("waits"))
        made = replace(found, explained=found.change)
        built.remember(con, made)
    return made


def explain_soon(store: Store, stream: Stream, made: Built) -> Built:
    """A build as it is, explained where that is quickly done."""
    if made.explained == made.change:
        return made
    with store.reading() as con:
        visits = int(con.execute(f"SELECT count(*) FROM {made.table('visits')}").fetchall()[0][0])
    return (explain(store, stream) or made) if visits <= AT_ONCE else made


def view(con: Any, found: Built) -> None:
    """The views that `explanations` asks, over a build's tables."""
    for kind in ("visits", "batches"):
        table = found.table(kind)
        columns = [row[0] for row in con.execute(f"DESCRIBE {table}").fetchall() if row[0] not in views.HIDDEN]
        con.execute(f"CREATE OR REPLACE TEMP VIEW {kind}_us AS {views.stored(kind, columns, table)}")


def lay_out(con: Any, table: str) -> None:
    """Rows by the team and the day of their item's finish, as it is asked for."""
    order = f"item_team, item_finished // {DAY_US}"
    con.execute(f"CREATE TABLE {table}_sorted AS SELECT * FROM {table} ORDER BY {order}")
    con.execute(f"DROP TABLE {table}")
    con.execute(f"ALTER TABLE {table}_sorted RENAME TO {table}")


def asked_of(table: str) -> str:
    """A SELECT of the table of waits under the names by which items are chosen; see `question.of_items`."""
    stored = ", ".join(f"{name} AS {name}_stored" for name in ("item_finished", "item_team", "item_type"))
    return f"SELECT stage, item, 1 AS item_counts, {stored}, {', '.join(PARTS)} FROM {table}"
