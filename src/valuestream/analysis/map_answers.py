"""What a map asks of the tables: all of it, in statements that each read their rows once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from valuestream.analysis.asker import Asker, Together
from valuestream.analysis.hours_held import Summed, column_sums, summed
from valuestream.analysis.items_read import finished, hold_items
from valuestream.analysis.moves import Moves, all_weeks, moves
from valuestream.analysis.visits_asked import Row, VisitsAsked
from valuestream.analysis.visits_held import MOST
from valuestream.analysis.visits_read import visits_of
from valuestream.metrics import flow, quality, time
from valuestream.metrics.metric import Spread
from valuestream.metrics.question import condition, of_items, rows_of

Document = dict[str, Any]
MODE_NAMES = ("queue", "work", "external", "blocked")
FINISHED = (
    time.LEAD_TIME, time.CYCLE_TIME, time.DELIVERY_TIME, time.ACTIVE_TIME, time.WAIT_TIME, flow.FLOW_EFFICIENCY,
    flow.TOUCH_DAYS, flow.THROUGHPUT, quality.FIRST_PASS_YIELD, quality.REWORK_SHARE,
)  # fmt: skip
"""What is asked of the items finished in the window."""

COMMITTED = (flow.ARRIVALS, time.TIME_BEFORE)
LEFT = (
    flow.STAGE_VISITS, flow.STAGE_DEPARTURES, time.STAGE_ACTIVE_TIME, time.STAGE_WAIT_TIME,
    quality.COMPLETE_AND_ACCURATE, quality.PEOPLE, quality.TRANSFERS,
)  # fmt: skip
"""What is asked of the visits that ended in the window."""

LEFT_WORKING = (time.STAGE_ACTIVE_TIME_WORKING, time.STAGE_WAIT_TIME_WORKING)
BATCHES = (flow.BATCH_SIZE, flow.BATCH_SIZE_EXPERIENCED, flow.LARGEST_BATCH)


ENDED = Summed(
    "items_us",
    "finished_stored",
    ("type", "outcome"),
    {"n": "count(*)", "unseen": "count(*) FILTER (WHERE lead IS NULL)"},
)
BATCHED = Summed(
    "batches_us",
    "left_at_stored",
    ("stage",),
    {
        "n": "count(*) FILTER (WHERE bulk = 0)",
        "bulk": "count(*) FILTER (WHERE bulk = 1)",
        "size": "coalesce(sum(size) FILTER (WHERE bulk = 0), 0)::BIGINT",
        "batches": "coalesce(sum(1.0 / size) FILTER (WHERE bulk = 0), 0)",
    },
    {"largest": "coalesce(max(size) FILTER (WHERE bulk = 0), 0)"},
)
SPENT = Summed("visits_us", "item_finished_stored", ("stage",), column_sums(["work", "queue", "blocked", "external"]))


class Spent(NamedTuple):
    """Microseconds of many items in a stage; `wait` holds what was blocked and external, too."""

    work: int
    wait: int
    blocked: int
    external: int


NOTHING = Spent(0, 0, 0, 0)


@dataclass(frozen=True)
class MapAnswers:
    """Answers by what they are of.

    finished, committed, left, batches   metrics of the lists above, the last two by stage
    open_age   distribution of the ages of the items in progress
    ended      (type code, outcome) -> items that ended in the window, and how many of them have no lead time
    ladder     stage (code) -> what the items finished in the window spent there, all passes summed
    load       stage (code) -> items in progress at the window's end, and how they are there (at `as_of`)
    nowhere    items of the whole log that ended unmapped, and those not yet in the stream
    visits     for what else is to be told of the visits
    """

    finished: Together
    committed: Together
    left: Together
    batches: Together
    open_age: Spread
    ended: dict[tuple[int | None, int], tuple[int, int]]
    ladder: dict[int, Spent]
    load: dict[int, dict[str, int]]
    moves: Moves
    nowhere: tuple[int, int]
    visits: VisitsAsked


def map_answers(ask: Asker, names: Sequence[str], *, hours: bool, most: int = MOST) -> MapAnswers:
    """Ask for everything.

    names   of the stages, by code
    hours   whether the stream has working hours
    most    visits up to which they are read once, not asked for in each statement
    """
    visits = visits_of(ask, hours=hours, most=most)
    of_finished = [*FINISHED, time.LEAD_TIME_WORKING] if hours else FINISHED
    return MapAnswers(
        finished=finished(ask, of_finished, hours=hours, most=most) or ask.together(of_finished),
        committed=ask.together(COMMITTED),
        left=visits.left([*LEFT, *LEFT_WORKING] if hours else LEFT),
        batches=_batches(ask),
        open_age=ask.spread(time.AGE),
        ended=_ended(ask),
        ladder=_ladder(ask),
        load=_load(visits),
        moves=moves(visits, names),
        nowhere=ask.held("nowhere", partial(_nowhere, ask)) or _nowhere(ask),
        visits=visits,
    )


def hold(ask: Asker, *, hours: bool) -> None:
    """Have all that is held for maps of these filters, whatever their window."""
    visits_of(ask, hours=hours)
    hold_items(ask, hours=hours)
    ask.held("nowhere", partial(_nowhere, ask))
    for sums in (_summed_batches, _summed_ends, _summed_spent):
        sums(ask)


def _summed_batches(ask: Asker) -> list[Row] | None:
    return summed(ask, BATCHED, rows_of(flow.BATCH_SIZE, ask.filters))


def _summed_ends(ask: Asker) -> list[Row] | None:
    return summed(ask, ENDED, f"finished IS NOT NULL AND {rows_of(flow.THROUGHPUT, ask.filters)}")


def _summed_spent(ask: Asker) -> list[Row] | None:
    return summed(ask, SPENT, of_items(None, ask.filters))


def _nowhere(ask: Asker) -> tuple[int, int]:
    unmapped, waiting = ask.run(
        "SELECT count(*) FILTER (WHERE outcome = 3), count(*) FILTER (WHERE outcome = 4) FROM items_us"
    )[0]
    return unmapped, waiting


def _batches(ask: Asker) -> Together:
    rows = _summed_batches(ask)
    if rows is None:
        return ask.together(BATCHES, ["stage"])
    return ask.told(
        {
            flow.BATCH_SIZE: {(k,): (n / each if n else None, n, bulk) for k, n, bulk, _, each, _ in rows},
            flow.BATCH_SIZE_EXPERIENCED: {(k,): (size / n if n else None, n, bulk) for k, n, bulk, size, _, _ in rows},
            flow.LARGEST_BATCH: {(k,): (most if n else None, n, bulk) for k, n, bulk, _, _, most in rows},
        }
    )


def _ended(ask: Asker) -> dict[tuple[int | None, int], tuple[int, int]]:
    rows = _summed_ends(ask)
    if rows is None:
        where = condition(flow.THROUGHPUT, all_weeks(ask), ask.filters, as_stored=True)
        rows = ask.run(
            "SELECT type, outcome, count(*), count(*) FILTER (WHERE lead IS NULL)"
            f" FROM items_us WHERE {where} GROUP BY type, outcome ORDER BY type, outcome"
        )
    return {(kind, outcome): (n, unseen) for kind, outcome, n, unseen in rows}


def _ladder(ask: Asker) -> dict[int, Spent]:
    sums = _summed_spent(ask)
    if sums is None:
        sums = ask.run(
            f"SELECT stage, {', '.join(SPENT.sums.values())} FROM visits_us"
            f" WHERE {of_items(ask.window, ask.filters)} GROUP BY stage ORDER BY stage"
        )
    return {
        stage: Spent(work, queue + blocked + external, blocked, external)
        for stage, work, queue, blocked, external in sums
    }


def _load(visits: VisitsAsked) -> dict[int, dict[str, int]]:
    found: dict[int, dict[str, int]] = {}
    for stage, mode, n in visits.load():
        counts = found.setdefault(stage, dict.fromkeys(("n", *MODE_NAMES), 0))
        counts["n"] += n
        if mode is not None:
            counts[MODE_NAMES[mode]] += n
    return found
