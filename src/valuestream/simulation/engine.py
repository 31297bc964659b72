"""One run of a model: the loop in slices, so that it can grow, tell how far it is, and be stopped."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event

import numpy as np

from valuestream.errors import ConfigError, Interrupted
from valuestream.simulation import plan as of
from valuestream.simulation.kernel import Loop, is_plain
from valuestream.simulation.plan import Plan, State
from valuestream.simulation.slots import queues

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
    stages, own, lanes = len(plan.stage), int(plan.rule[0].stages), int(plan.rule[0].lanes)
    slots += int(plan.rule[0].most_burst)
    rows = 4096 if logged else 0
    return State(
        heap=of.records(of.EVENT, _heap(plan, slots)),
        slot=of.records(of.SLOT, slots),
        passes=np.zeros((slots, own), np.int32),
        queue=of.records(of.QUEUE, queues(stages, lanes)),
        here=of.records(of.HERE, stages),
        crew=of.records(of.CREW, len(plan.pool)),
        facts=of.records(of.FACTS, 1),
        kinds=of.records(of.TALLY, len(plan.kind)),
        sketch=np.zeros(of.SKETCH_BINS, np.int64),
        visit=of.records(of.VISIT, rows),
        item=of.records(of.ITEM, rows),
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
    facts = state.facts[0]
    facts.fresh, facts.logged = 1, len(state.visit) > 0
    facts.wanted, facts.warm_up = length.items or 0, length.warm_up
    facts.seed, facts.replication = seed & 0xFFFFFFFF, (replication ^ (seed >> 32)) & 0xFFFFFFFF
    facts.warm_up_s = math.inf if length.warm_up_s is None else length.warm_up_s
    facts.horizon = math.inf if length.horizon_s is None else length.horizon_s
    plain = is_plain(loop)
    read, seen = (of.opened(plan), of.opened(state)) if plain else (plan, state)
    while True:
        found = loop(read, seen, PLAIN_SLICE if plain else SLICE)
        if found in (of.DONE, of.STUCK):
            return of.closed(seen) if plain else seen
        if stop is not None and stop.is_set():
            raise Interrupted("The simulation was stopped.", "What was counted so far is not shown.")
        if found == of.NO_ROOM:
            grown = _grown(plan, of.closed(seen) if plain else seen)
            seen = of.opened(grown) if plain else grown
        elif progress:
            progress(_share(seen, length))


def _share(state: State, length: Length) -> float:
    facts = state.facts[0]
    by_time = float(facts.now) / length.horizon_s if length.horizon_s else 0.0
    by_items = float(facts.out) / (length.items + length.warm_up) if length.items else 0.0
    return min(1.0, max(by_time, by_items))


def _grown(plan: Plan, state: State) -> State:
    """Twice the room where it is scarce."""
    facts = state.facts[0]
    coming = int(plan.rule[0].most_burst) + 1
    slots = len(state.slot)
    changed: dict[str, np.ndarray] = {}
    if facts.used + coming >= slots:
        if slots >= MOST_SLOTS:
            raise ConfigError(
                f"More than {MOST_SLOTS:,} items are in the stream at once; it gets ever fuller.",
                "Give a horizon, or make capacity and demand meet.",
            )
        more = 2 * slots + coming
        for name in ("slot", "passes"):
            changed[name] = _longer(getattr(state, name), more)
        fresh = changed["slot"]
        fresh["next"][slots:] = np.arange(slots + 1, more + 1)
        fresh["next"][-1] = facts.free
        facts.free = slots
        changed["heap"] = _longer(state.heap, _heap(plan, more))
        changed["heap"]["at"][len(state.heap) :] = np.inf  # nothing that comes first
    if facts.logged:
        rows = 2 * (len(changed["slot"]) if changed else slots) + coming
        for name, used in (("visit", facts.visit_rows), ("item", facts.item_rows)):
            column = getattr(state, name)
            if used + rows >= len(column):
                changed[name] = _longer(column, 2 * len(column) + rows)
    return state._replace(**changed)


def _longer(column: np.ndarray, rows: int) -> np.ndarray:
    grown = np.zeros((rows, *column.shape[1:]), column.dtype)
    grown[: len(column)] = column
    return grown.view(type(column))
