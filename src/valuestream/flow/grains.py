"""Columns as promises: what the kernels read, and what a visit and an item are.

A NamedTuple of arrays goes through a compiled kernel as it is. Codes are integers; NONE is "nothing",
NEVER is an instant that has not come. Instants and durations are int64 microseconds. Columns that end
in `_bh` count working hours only. `of` is the item a row is of (arrays of records have a method `item`).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Bool = npt.NDArray[np.bool_]
I8 = npt.NDArray[np.int8]
I16 = npt.NDArray[np.int16]
I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
Whole = int | np.integer[Any]

NONE = -1
NEVER = -(2**63)

# Where an item is: a stage is its number 0..S-1, S is done, S + 1 is cancelled, and below zero:
NOWHERE = -1
"""Not yet in the stream: before its first stage."""
PENDING = -2
"""In no stage of its own: queue of the stage next entered, or of the stage left where none follows."""
IGNORED = -3
UNMAPPED = -4

# How it is there, in ascending order of what wins inside one stage.
QUEUE, WORK, EXTERNAL, BLOCKED = 0, 1, 2, 3

# How a visit was left, and what became of an item.
FORWARD, SKIP, BACK, TO_DONE, TO_CANCELLED, OPEN = 0, 1, 2, 3, 4, 5
WAYS = ("forward", "skip", "back", "done", "cancelled", "open")
IS_OPEN, IS_DONE, IS_CANCELLED, IS_CLOSED_UNMAPPED, IS_NOT_STARTED = 0, 1, 2, 3, 4
OUTCOMES = ("open", "done", "cancelled", "closed_unmapped", "not_started")


class Events(NamedTuple):
    """Events of a range of items, sorted by (item, at, seq), seen through one stream.

    `clock` is the working clock at each instant (equal to `at` where no hours are known); `place` and
    `mode` say what the event's state means; `actor` and `owner` are NONE for bots; `day` is the local day.
    `field` is FIELD_TYPE, FIELD_TEAM, FIELD_RELEASE or NONE.
    """

    of: I32
    at: I64
    clock: I64
    kind: I8
    place: I8
    mode: I8
    value: I32
    field: I8
    actor: I32
    track: I32
    ref: I32
    day: I32


FIELD_TYPE, FIELD_TEAM, FIELD_RELEASE = 0, 1, 2


class Rules(NamedTuple):
    """What a stream says, in codes.

    external       bool[S + 2], stages outside the organisation's hands
    required       bool[tracks], tracks that must close before the item is done
    stage_team     int32[S + 2], team of a stage or NONE
    team_since     int64[k], instants at which somebody's team changes
    person_team    int32[(k + 1) * (people + 1)], team of a person or NONE in each span between such instants; the last
                   entry of a span answers for NONE
    word_team      int32[words + 1], team code of a word that a SET team event names; likewise
    reopen_within  microseconds
    ends_finish    the stream names no done state: an item of intervals is done at its last end
    """

    stages: int
    external: Bool
    required: Bool
    stage_team: I32
    team_since: I64
    person_team: I32
    word_team: I32
    reopen_within: int
    ends_finish: bool


class Segments(NamedTuple):
    """Stretches in which an item's place, mode and hidden work stay the same; each begins at an event.

    hidden   work going on that does not decide where the item is
    back     1: its event moved one track backwards; 0: it did not; 2: the stretch was PENDING
    """

    of: I32
    event: I64
    place: I8
    mode: I8
    hidden: I16
    back: I8


class Visits(NamedTuple):
    """One row a visit: an unbroken stay of an item in one stage, queue included.

    started        first instant of work, NEVER when there was none
    left           NEVER while open; then `open_since`, `open_mode` tell of the stretch not yet closed, and
                   `open_hidden` how much work it hides. After the finish that may go on: `open_mode` is NONE
    queue .. parallel, and the same in working hours
    people         distinct people, NONE unknown; `people_by_change`: known only from who changed the state
    returned       1: sent the item back, 0: passed it on; NONE: not to be judged (joined into a later visit,
                   external, cancelled, open, a stay after done)
    returned_to    the stage it was sent back to, else NONE
    rework         the stage was visited before and a return or reopening lies between
    left_by        person who moved it on, NONE unknown; `release`: the release it left with
    """

    of: I32
    life: I16
    stage: I8
    nth: I32
    entered: I64
    started: I64
    left: I64
    queue: I64
    work: I64
    blocked: I64
    external: I64
    parallel: I64
    queue_bh: I64
    work_bh: I64
    blocked_bh: I64
    external_bh: I64
    parallel_bh: I64
    people: I32
    people_by_change: I8
    transfers: I32
    requeues: I32
    came_from: I8
    went_to: I8
    way: I8
    returned: I8
    returned_to: I8
    rework: I8
    type: I32
    team: I32
    open_since: I64
    open_clock: I64
    open_mode: I8
    open_hidden: I16
    left_by: I32
    release: I32


class Items(NamedTuple):
    """One row an item's life; a reopening after the limit begins life 2, shown as KEY#2.

    requested   first event; committed: first instant in a stage, NEVER without an observed start
    started     first instant of work; finished: NEVER while open
    lead .. external are over committed..finished; lead is NEVER where either is unknown
    touch_days  local days with a touch between committed and finished, NONE where none was logged
    days        working days that committed..finished spans (all days where no hours are known), NONE while open
    """

    of: I32
    life: I16
    requested: I64
    committed: I64
    started: I64
    finished: I64
    outcome: I8
    lead: I64
    queue: I64
    work: I64
    blocked: I64
    external: I64
    lead_bh: I64
    work_bh: I64
    first_pass: I8
    rework: I64
    returns: I32
    reopened: I32
    transfers: I32
    people: I32
    touch_days: I32
    days: I32
    visits: I32
    type: I32
    team: I32
