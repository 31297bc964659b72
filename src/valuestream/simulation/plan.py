"""Arrays as promises: what the event loop reads (`Plan`) and what it keeps while it runs (`State`).

A NamedTuple of arrays goes through a compiled kernel as it is. Times are float64 seconds. The constants
name columns; a column's meaning stands beside it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]
I32 = npt.NDArray[np.int32]

NOTHING = -1
COUNTLESS = 2**40
"""Servers of a stage where nobody is ever busy."""

# Laws of durations, and the columns of `law` and `law_f`.
DETERMINISTIC, EXPONENTIAL, LOGNORMAL, GAMMA, EMPIRICAL = range(5)
LAW_KIND, LAW_FIRST, LAW_COUNT = range(3)
LAW_A, LAW_B = range(2)  # mean | mu, sigma | shape, scale

# Stages (`stage`, `stage_f`); after them the background work of pools, as stages nobody's items visit.
(
    POOL,
    WIP,  # 0: no limit
    BATCH,
    AUTOMATED,
    NEWEST,  # LIFO
    TYPED,  # by the types' priority
    KEY,  # of its random numbers
    RELEASED,  # has a cadence
    LAW,
    TIMER,  # law or NOTHING
    OWN,  # a blocked item keeps the server
    EXTERNAL,
) = range(12)
EVERY, OFFSET, REWORK = range(3)

# Pools (`pool`, `pool_f`).
SERVERS, POOL_HOURS, OLDEST, FIRST_MEMBER, LAST_MEMBER, TASKS, TASKS_FIRST = range(7)
TASK_GAP = 0

# Types of items (`type_i`, `type_f`) and the model as a whole (`rule`, `rule_f`).
LANE, EXPEDITE = range(2)
TYPE_CUM, TYPE_WORK = range(2)
STAGES, CONWIP, LANES, LIMITED, GAP_LAW, WITH_HOURS, MOST_BURST = range(7)
PER_WEEK = 0  # bursts


class Plan(NamedTuple):
    """A model in numbers.

    route_to, route_cum   where items go after a stage (row S: where they enter); cumulated chances per pass.
                          S is done, S + 1 is cancelled
    members               stages of the pools, in the order in which a server prefers them
    hours, slot, week     hours: first and past-last slot; slot: begin, end, work before it; week: work in all
    intensity             cumulated share of the arrivals at the begin of each hour of the week (169)
    trace                 arrivals to replay, else empty
    """

    stage: I64
    stage_f: F64
    law: I64
    law_f: F64
    values: F64
    route_to: I64
    route_cum: F64
    pool: I64
    pool_f: F64
    members: I64
    hours: I64
    slot: F64
    week: F64
    intensity: F64
    trace: F64
    type_i: I64
    type_f: F64
    burst: I64
    burst_cum: F64
    rule: I64
    rule_f: F64


# An item in the stream, or a task (`slot_i`, `slot_f`).
NUMBER, TYPE, STAGE, NTH, NEXT, DEST, HOLDS, PHASE, RELEASE_NO, RETURNS = range(10)
SLOT_I = 10
OUTSIDE, TIMED, QUEUED, SERVED, HELD, STOPPED = range(6)
"""PHASE: waiting outside, on the timer, in the queue, served, held for a batch or release, stopped by a WIP limit."""
ARRIVED, COMMITTED, ENTERED, JOINED, STARTED, WORKED, READY, SERVICE, ROUTE_U, WORK_SUM = range(10)
SLOT_F = 10

# A stage's state (`here`): counts, and heads and tails of linked lists of slots.
IN_STAGE, WAITING, SERVING, HOLDING, HOLD_HEAD, HOLD_TAIL, STOP_HEAD, STOP_TAIL, RELEASE_SET = range(9)
HERE = 9
BUSY, WAKE_SET, DIRTY, TASK_NO, POOL_WAITING = range(5)
POOL_STATE = 5

# Sums since the cut, per stage (`sums`), of the stream (`whole`) and per type (`by_type`).
LAST, AREA_IN, AREA_SERVING, N_ENTERED, N_LEFT, N_RETURNED = range(6)
S_WAIT, S_WAIT2, S_WORK, S_HELD, S_STOPPED, S_SERVICE = range(6, 12)
SUMS = 12
W_LAST, W_AREA, W_LEAD, W_LEAD2, W_WORK, W_FIRST_PASS = range(6)
W_ARRIVED, W_FINISHED, W_CANCELLED, W_OUTSIDE, W_OUTSIDE_AREA = range(6, 11)
WHOLE = 11
T_COUNT, T_LEAD, T_LEAD2 = range(3)

# Running facts (`facts`, `clock`).
(
    FRESH,
    HEAP,
    SEQ,
    FREE,
    USED,
    NUMBERED,
    BURSTS,
    IN_STREAM,
    WAITING_OUTSIDE,
    LEFT,
    VISIT_ROWS,
    ITEM_ROWS,
    CUT,
    RELEASES,
    WANTED,
    WARM_UP,
    LOGGED,
    SEED,
    REPLICATION,
    EVENTS,
) = range(20)
FACTS = 20
NOW, GAP_SUM, CUT_AT, WARM_UP_S, HORIZON = range(5)

RUNNING, DONE, NO_ROOM, STUCK = range(4)

# Rows of the log, where one is wanted (`visit_i`, `visit_f`, `item_i`, `item_f`).
V_NUMBER, V_STAGE, V_NTH, V_TO, V_RELEASE, V_PHASE = range(6)
V_ENTERED, V_STARTED, V_WORKED, V_READY, V_LEFT = range(5)
I_NUMBER, I_TYPE, I_OUTCOME = range(3)
I_ARRIVED, I_COMMITTED, I_FINISHED = range(3)

SKETCH_BINS = 1600
SKETCH_LOWEST = 1e-3
SKETCH_STEP = 0.02
"""Lead times are counted in bins that grow by 2 %, from a millisecond to a thousand years."""


class State(NamedTuple):
    """Everything a run changes. Slots are linked through NEXT; `lane` holds head and tail by stage and lane."""

    heap_t: F64
    heap_e: I64
    slot_i: I64
    slot_f: F64
    passes: I32
    lane: I64
    outside: I64
    here: I64
    pool: I64
    sums: F64
    whole: F64
    by_type: F64
    sketch: I64
    facts: I64
    clock: F64
    visit_i: I64
    visit_f: F64
    item_i: I64
    item_f: F64
