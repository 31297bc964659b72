"""One run of a model: the loop in slices, so that it can grow, tell how far it is, and be stopped."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event

import numpy as np

from valuestream.errors import ConfigError, Interrupted
from valuestream.simulation import plan as of
from valuestream.simulation.kernel import Loop
from valuestream.simulation.plan import Plan, State

SLICE = 200_000
"""Events between two looks at the outside: some 50 ms of compiled loop."""
PLAIN_SLICE = 2_000
MOST_SLOTS = 4_000_000
"""Items in progress at once at which a run gives up: nothing gets out any more."""


@dataclass(frozen=True)
class Length:
    """How long to run. What is finished or cancelled after the warm-up counts.

    items       how many items are to leave the stream; who leaves at the same instant as the last counts too;
                None: as many as the horizon allows
    warm_up     items that leave before anything is counted
    warm_up_s   the same as simulated seconds, instead
    horizon_s   the end in simulated seconds, warm-up included; None: when `items` have left
    """

    items: int | None = 1000
    warm_up: int = 0
    warm_up_s: float | None = None
    horizon_s: float | None = None

    def check(self) -> None:
        """ConfigError for a length that is none."""
        if self.items is None and self.horizon_s is None:
            raise ConfigError("The run has no end.", "Give a number of items or a horizon in seconds.")
        for name, value in (("items", self.items), ("horizon_s", self.horizon_s)):
            if value is not None and not value > 0:
                raise ConfigError(f"{name}: {value!r} is no length.", "Give a number above 0.")
        if self.warm_up < 0 or (self.warm_up_s or 0.0) < 0:
            raise ConfigError("The warm-up is negative.", "Give 0 or more.")
        if self.warm_up_s and self.horizon_s and self.warm_up_s >= self.horizon_s:
            raise ConfigError(
                f"The warm-up ({self.warm_up_s:g} s) does not end before the horizon ({self.horizon_s:g} s).",
                "Make the horizon longer: it includes the warm-up.",
            )


def fresh_state(plan: Plan, *, logged: bool = False, slots: int = 256) -> State:
    """Arrays for runs of that plan, one after the other. They grow as a run needs."""
    stages, pools = len(plan.stage), len(plan.pool)
    own = int(plan.rule[of.STAGES])
    lanes = int(plan.rule[of.LANES])
    slots += int(plan.rule[of.MOST_BURST])
    rows = 4096 if logged else 0
    return State(
        heap_t=np.zeros(_heap(plan, slots)),
        heap_e=np.zeros((_heap(plan, slots), 2), np.int64),
        slot_i=np.zeros((slots, of.SLOT_I), np.int64),
        slot_f=np.zeros((slots, of.SLOT_F)),
        passes=np.zeros((slots, own), np.int32),
        lane=np.full((stages, lanes, 2), of.NOTHING, np.int64),
        outside=np.full((lanes, 2), of.NOTHING, np.int64),
        here=np.zeros((stages, of.HERE), np.int64),
        pool=np.zeros((pools, of.POOL_STATE), np.int64),
        sums=np.zeros((stages, of.SUMS)),
        whole=np.zeros(of.WHOLE),
        by_type=np.zeros((len(plan.type_i), 3)),
        sketch=np.zeros(of.SKETCH_BINS, np.int64),
        facts=np.zeros(of.FACTS, np.int64),
        clock=np.zeros(5),
        visit_i=np.zeros((rows, 6), np.int64),
        visit_f=np.zeros((rows, 5)),
        item_i=np.zeros((rows, 3), np.int64),
        item_f=np.zeros((rows, 3)),
    )


def _heap(plan: Plan, slots: int) -> int:
    """Each item has one event at most; then releases, openings, tasks and the next burst."""
    return slots + len(plan.stage) + 2 * len(plan.pool) + 4


def run_once(
    loop: Loop,
    plan: Plan,
    state: State,
    length: Length,
    *,
    seed: int,
    replication: int,
    stop: Event | None = None,
    progress: Callable[[float], None] | None = None,
) -> State:
    """One replication; the state it ends in (its arrays are new ones where they had to grow).

    progress   told the share done after each slice
    Interrupted when `stop` is set; ConfigError when items pile up beyond reason.
    """
    facts, clock = state.facts, state.clock
    logged = len(state.visit_i) > 0
    facts[:] = 0
    facts[of.FRESH], facts[of.LOGGED] = 1, logged
    facts[of.WANTED], facts[of.WARM_UP] = length.items or 0, length.warm_up
    facts[of.SEED], facts[of.REPLICATION] = seed & 0xFFFFFFFF, (replication ^ (seed >> 32)) & 0xFFFFFFFF
    clock[of.WARM_UP_S] = math.inf if length.warm_up_s is None else length.warm_up_s
    clock[of.HORIZON] = math.inf if length.horizon_s is None else length.horizon_s
    budget = PLAIN_SLICE if loop.__module__.endswith(".loop") and not hasattr(loop, "signatures") else SLICE
    while True:
        found = loop(plan, state, budget)
        if found in (of.DONE, of.STUCK):
            return state
        if stop is not None and stop.is_set():
            raise Interrupted("The simulation was stopped.", "What was counted so far is not shown.")
        if found == of.NO_ROOM:
            state = _grown(plan, state)
        elif progress:
            progress(_share(state, length))


def _share(state: State, length: Length) -> float:
    by_time = float(state.clock[of.NOW]) / length.horizon_s if length.horizon_s else 0.0
    by_items = float(state.facts[of.LEFT]) / (length.items + length.warm_up) if length.items else 0.0
    return min(1.0, max(by_time, by_items))


def _grown(plan: Plan, state: State) -> State:
    """Twice the room where it is scarce."""
    facts = state.facts
    coming = int(plan.rule[of.MOST_BURST]) + len(plan.pool)
    slots = len(state.slot_i)
    changed: dict[str, np.ndarray] = {}
    if facts[of.USED] + coming >= slots:
        if slots >= MOST_SLOTS:
            raise ConfigError(
                f"More than {MOST_SLOTS:,} items are in the stream at once; it gets ever fuller.",
                "Give a horizon, or make capacity and demand meet.",
            )
        more = 2 * slots + coming
        for name in ("slot_i", "slot_f", "passes"):
            changed[name] = _longer(getattr(state, name), more)
        fresh = changed["slot_i"]
        fresh[slots:, of.NEXT] = np.arange(slots + 1, more + 1)
        fresh[-1, of.NEXT] = facts[of.FREE]
        facts[of.FREE] = slots
        for name in ("heap_t", "heap_e"):
            changed[name] = _longer(getattr(state, name), _heap(plan, more))
    if facts[of.LOGGED]:
        rows = 2 * len(changed.get("slot_i", state.slot_i)) + coming
        for name, used in (
            ("visit_i", of.VISIT_ROWS),
            ("visit_f", of.VISIT_ROWS),
            ("item_i", of.ITEM_ROWS),
            ("item_f", of.ITEM_ROWS),
        ):
            column = getattr(state, name)
            if facts[used] + rows >= len(column):
                changed[name] = _longer(column, 2 * len(column) + rows)
    return state._replace(**changed)


def _longer(column: np.ndarray, rows: int) -> np.ndarray:
    grown = np.zeros((rows, *column.shape[1:]), column.dtype)
    grown[: len(column)] = column
    return grown
