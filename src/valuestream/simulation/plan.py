"""Records as promises: what the event loop reads (`Plan`) and what it keeps while it runs (`State`).

A NamedTuple of arrays of records goes through a compiled kernel as it is, and one pointer reaches all that is
known of a stage or an item. `opened` turns the records into Python objects with the same names, so that the plain
run of the same loop is quick too. Times are float64 seconds.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]
I32 = npt.NDArray[np.int32]
U32 = npt.NDArray[np.uint32]
U8 = npt.NDArray[np.uint8]
Records = Any
"""A recarray of one of the dtypes below; mypy knows no names of records."""

NOTHING = 2**32 - 1
"""No slot, stage, pool or law. What points at a row is a uint32: compiled code looks whether others are negative."""

COUNTLESS = 2**40
"""Servers of a stage where nobody is ever busy."""

DETERMINISTIC, EXPONENTIAL, LOGNORMAL, GAMMA, EMPIRICAL = range(5)
"""Laws of durations; their numbers a, b: mean | mean | mu, sigma | shape, scale | none."""


def _record(whole: str, real: str = "", *, row: str = "") -> np.dtype[Any]:
    """Names of rows pointed at, of whole numbers, of real ones."""
    widths = ((real, np.float64), (whole, np.int64), (row, np.uint32))
    return np.dtype([(name, width) for names, width in widths for name in names.split()], align=True)


LAW = _record("kind first count", "a b")
STAGE = _record(
    # wip 0: no limit; newest: LIFO; typed: by the types' priority; key: of its random numbers;
    # timer: a law or NOTHING; own: a blocked item keeps the server
    # gated: has a gate, which opens at gate_offset + k * gate_every
    "wip batch automated newest typed key released own external gated",
    "every offset rework gate_every gate_offset",
    row="pool law timer",
)
POOL = _record("servers oldest first last tasks_first", "task_gap", row="hours tasks")
KIND = _record("lane expedite", "cum work")
RULE = _record(  # lane 0 is for what goes first, `usual` for the rest, where no order says otherwise
    "stages conwip lanes usual limited with_hours most_burst ways passes", "burst_s on_days_off", row="gap_law"
)


class Plan(NamedTuple):
    """A model in numbers.

    stage                 STAGE: the model's stages, then the background work of pools, which nobody's items visit
    route_to, route_cum   where items go after a stage (row S: where they enter); cumulated chances per pass.
                          S is done, S + 1 is cancelled
    pool, members         POOL; stages of the pools, in the order in which a server prefers them
    hours, slot, cycle    hours: first and past-last slot; slot: begin, end, work before and after it, in the calendar's
                          cycle; cycle: work in all of it, and how long it is
    resting               of each day of the arrivals' cycle whether it is one off; empty: items come as on other days
    intensity             cumulated share of the arrivals at the begin of each hour of the week (169)
    trace                 arrivals to replay, else empty
    rule                  RULE: one record of the model as a whole
    """

    stage: Records
    law: Records
    values: F64
    route_to: U32
    route_cum: F64
    pool: Records
    members: U32
    hours: I64
    slot: F64
    cycle: F64
    resting: U8
    intensity: F64
    trace: F64
    kind: Records
    burst: I64
    burst_cum: F64
    rule: Records


OUTSIDE, TIMED, QUEUED, SERVED, HELD, STOPPED = range(6)
"""An item's phase: outside, on the timer, in the queue, served, held for a batch or release, stopped by a limit."""

SLOT = _record(
    "number nth holds phase release returns",
    "arrived committed entered joined started worked ready service route_u next_service next_route_u work_sum",
    row="kind stage next dest",
)
QUEUE = _record("", row="head tail")
HERE = _record(
    "in_stage waiting serving holding release_set",
    # sums since the cut
    "area area_serving entered left returned wait wait_squares work held stopped service",
)
CREW = _record("busy wake_set dirty task_no waiting", row="listed")
FACTS = _record(
    "fresh heap hole seq used numbered bursts in_stream waiting_outside out visit_rows item_rows cut releases"
    " dirty wanted goal coming_seq warm_up logged seed replication events",
    "now gap_sum coming cut_at warm_up_s horizon"
    # sums since the cut, of the stream as a whole
    " area lead lead_squares work first_pass arrived finished cancelled outside outside_area",
    row="free",
)
EVENT = _record("seq", "at", row="code which")
TALLY = _record("", "n lead lead_squares")

VISIT = _record("number stage nth to release phase", "entered started worked ready left")
ITEM = _record("number kind outcome", "arrived committed finished")

RUNNING, DONE, NO_ROOM, STUCK = range(4)
"""Why the loop came back."""

ROOT_TWO = 2.0**0.5
SKETCH_BINS, SKETCH_FIRST, SKETCH_PER_DOUBLING = 2200, -10, 48
SKETCH_LOWEST = 2.0**SKETCH_FIRST / ROOT_TWO
"""Lead times are counted in bins one to two percent wide, from a millisecond to a thousand years: 48 of one width from
doubling to doubling, which a float's halves tell without a logarithm."""


class State(NamedTuple):
    """Everything a run changes.

    heap     EVENT: what happens next
    slot     SLOT: an item in the stream, or a task; passes: its visits to each stage
    queue    QUEUE: heads and tails of lists of slots: by stage and lane, then held and stopped by stage, then
             outside by lane (see `slots.py`)
    here     HERE, a stage's counts and sums; crew: CREW, a pool's; facts: FACTS, one record of the run
    kinds    TALLY by type of item; sketch: finished items by lead time
    visit    VISIT and item: ITEM: rows of the log, where one is wanted
    """

    heap: Records
    slot: Records
    passes: I32
    queue: Records
    here: Records
    crew: Records
    facts: Records
    kinds: Records
    sketch: I64
    visit: Records
    item: Records


def records(dtype: np.dtype[Any], rows: int) -> Records:
    """So many records of zeros."""
    return np.zeros(rows, dtype).view(np.recarray)


def opened(given: Any) -> Any:
    """A Plan or State whose records are Python objects: attributes of those cost a thirtieth of a record's."""
    return type(given)(*[_objects(column) if column.dtype.names else column for column in given])


def closed(given: State) -> State:
    """The opposite of `opened`."""
    columns: list[Any] = [_records(column) if isinstance(column, list) else column for column in given]
    return State(*columns)


class _Objects(list[Any]):
    """Objects that stand for records, and their dtype."""

    dtype: np.dtype[Any]


@cache
def _kind(dtype: np.dtype[Any]) -> type[Any]:
    return type("Record", (), {"__slots__": dtype.names})


def _objects(column: Records) -> _Objects:
    kind, names = _kind(column.dtype), column.dtype.names
    found = _Objects()
    found.dtype = column.dtype
    for row in column.tolist():
        one = kind()
        for name, value in zip(names, row, strict=True):
            setattr(one, name, value)
        found.append(one)
    return found


def _records(column: Any) -> Records:
    names = column.dtype.names
    rows = [tuple(getattr(one, name) for name in names) for one in column]
    return np.array(rows, column.dtype).view(np.recarray)
