"""What finished items waited for: each stage's waiting split by cause, from what the log and the calendar tell.

A wait's parts are looked for in this order, each in what the ones before left over: blocked, with others outside, a
batch that fills or is ready, later items first, hands busy, off hours. What no rule explains is said to be unexplained.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from valuestream.analysis.asker import Asker
from valuestream.analysis.pool import MOST_STEPS, Pool
from valuestream.calendar import Calendar
from valuestream.metrics import time
from valuestream.metrics.question import condition
from valuestream.working_hours import working_us

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from valuestream.engine.tables import Tables

    I64 = npt.NDArray[np.int64]
    Columns = dict[str, Any]

Document = dict[str, Any]
CAUSES = (
    "blocked", "others outside", "batch fills", "batch is ready", "later items first", "hands busy", "off hours",
    "put back", "unexplained",
)  # fmt: skip
MOST_VISITS = 100_000
"""In larger streams causes are not looked for: a page would have to wait for it."""


def causes(ask: Asker, tables: Tables, calendar: Calendar) -> dict[int, dict[str, float]] | None:
    """Seconds a finished item waited at each stage, by cause; they add up to the ladder's wait of the stage.

    None for more than `MOST_VISITS` visits. Of a very long queue, some waits stand for all in proportion.
    """
    if ask.run("SELECT count(*) FROM visits_us")[0][0] > MOST_VISITS:
        return None
    rows = f"{time.LEAD_TIME.of} AND {condition(time.LEAD_TIME, ask.window, ask.filters)}"
    n = ask.run(f"SELECT count(*) FROM items WHERE {rows}")[0][0]
    if not n:
        return {}
    worked = (lambda at: working_us(at, calendar)) if any(calendar.hours) else None
    every = _columns(tables, rows)
    found = {}
    last = len(tables.stages) - 2  # stays after done or cancelled wait for nothing of the stream's
    for code in sorted(code for code in set(every["stage"].tolist()) if code < last):
        of_stage = every["stage"] == code
        found[code] = _stage({name: column[of_stage] for name, column in every.items()}, worked)
    return {
        code: {cause: parts[cause] / n / 1e6 for cause in CAUSES if parts.get(cause)} for code, parts in found.items()
    }


def told(stages: Sequence[Document], found: dict[int, dict[str, float]] | None, names: Sequence[str]) -> list[Document]:
    """The stages of a map, each with its `causes`, in their order; None where they were not looked for."""
    by_name = {names[code]: parts for code, parts in (found or {}).items()}
    return [
        {
            **stage,
            "causes": None
            if found is None
            else [{"cause": cause, "seconds": seconds} for cause, seconds in by_name.get(stage["name"], {}).items()],
        }
        for stage in stages
    ]


def _columns(tables: Tables, chosen: str) -> Columns:
    """Every visit that the pools served, and whether it is one of the finished items'; instants in microseconds.

    ready  when the last of its batch had come, where it left in one; else before all time
    """
    as_of = tables.as_of
    batch = (
        "SELECT b.item, b.stage, b.left_at, max(o.ready) AS ready FROM batches b JOIN ("
        "SELECT batch, max(v.entered) AS ready FROM batches JOIN visits_us v USING (item, stage, left_at)"
        " WHERE bulk = 0 AND size > 1 GROUP BY batch) o USING (batch) GROUP BY ALL"
    )
    table = tables.arrow(
        f"SELECT v.stage, coalesce(v.team, -1) AS team, v.entered, v.started IS NOT NULL AS begun,"
        f" coalesce(v.started, v.left_at, {as_of}) AS until, coalesce(v.left_at, {as_of}) AS gone,"
        " v.queue, v.blocked, v.external, b.ready IS NOT NULL AS batched, coalesce(b.ready, 0) AS ready,"
        f" v.item IN (SELECT item FROM items WHERE {chosen}) AS chosen"
        f" FROM visits_us v LEFT JOIN ({batch}) b USING (item, stage, left_at)"
    )
    return {name: table[name].to_numpy() for name in table.column_names}


def _stage(rows: Columns, worked: Callable[[I64], I64] | None) -> dict[str, int]:
    """Microseconds of one stage's waiting by cause, all chosen visits together."""
    import numpy as np

    chosen = rows["chosen"]
    queue, blocked, external = (rows[name] * chosen for name in ("queue", "blocked", "external"))
    found = {"blocked": int(blocked.sum()), "others outside": int(external.sum())}
    # where nothing else happened before work began, the queue's instants are known
    before = rows["until"] - rows["entered"]
    plain = chosen & (rows["blocked"] == 0) & (rows["external"] == 0) & (rows["queue"] >= before)
    found["put back"] = int((queue - before)[plain].sum())
    batched = plain & rows["batched"] & ~rows["begun"]
    fills = np.clip(np.minimum(rows["ready"], rows["until"]) - rows["entered"], 0, None)[batched]
    found["batch fills"] = int(fills.sum())
    found["batch is ready"] = int(before[batched].sum() - fills.sum())
    for team in sorted(set(rows["team"].tolist())):
        here = rows["team"] == team
        for cause, part in _queued(rows, here & rows["begun"], here & plain & ~batched, worked).items():
            found[cause] = found.get(cause, 0) + part
    found["unexplained"] = int(queue.sum() + blocked.sum() + external.sum()) - sum(found.values())
    return found


def _queued(rows: Columns, served: Any, waited: Any, worked: Callable[[I64], I64] | None) -> dict[str, int]:
    """The queue's time by what the pool did meanwhile."""
    import numpy as np

    pool = Pool(rows["entered"][served], rows["until"][served], rows["gone"][served])
    since, until = rows["entered"][waited], rows["until"][waited]
    order = np.lexsort((until, since))  # which of many are looked at must not depend on how the rows happen to lie
    since, until = since[order], until[order]
    whole = int((until - since).sum())
    every = -(-pool.steps(since, until) // MOST_STEPS)
    if every > 1:
        since, until = since[::every], until[::every]
    looked = int((until - since).sum())
    if not looked:
        return {}
    parts = (int(part.sum()) for part in pool.meanwhile(since, until, worked))
    named = zip(("later items first", "hands busy", "off hours"), parts, strict=True)
    return {cause: part if every == 1 else part * whole // looked for cause, part in named}
