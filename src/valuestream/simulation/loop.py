"""The event loop: one plain function over arrays, run as it is or compiled (`kernel.py`); the plain run is the oracle.

mypy sees kernels as they are, untyped: their arguments are `Plan` and `State` throughout.
"""

from __future__ import annotations

import math

from valuestream.simulation import plan as of
from valuestream.simulation.agenda import ARRIVE, END, RELEASE, RING, WAKE, pop, push
from valuestream.simulation.entrance import arrive, commit, next_burst, next_task, task
from valuestream.simulation.kernel import part
from valuestream.simulation.plan import Plan, State
from valuestream.simulation.record import close, cut, forget, tally_whole
from valuestream.simulation.slots import free_from, shift
from valuestream.simulation.stages import join, let_go, move, room, served, start
from valuestream.simulation.week import opening


def run(plan: Plan, state: State, budget: int) -> int:
    """Kernel: handle events until `budget` is used (RUNNING), the run is DONE, STUCK or arrays must grow (NO_ROOM).

    Call it again with the same state to go on. `facts` and `clock` hold what is wanted: seed, replication, items
    to finish after the warm-up (0: as many as the horizon allows), warm-up as items and seconds, horizon.
    """
    facts = state.facts
    clock = state.clock
    if facts[of.FRESH]:
        _begin(plan, state)
    for _ in range(budget):
        if _crowded(plan, state):
            return of.NO_ROOM
        if facts[of.HEAP] == 0:
            close(plan, state, clock[of.NOW])
            return of.STUCK
        t = state.heap_t[0]
        if facts[of.CUT] == 0 and t >= clock[of.WARM_UP_S]:
            cut(plan, state, clock[of.WARM_UP_S])
        if t > clock[of.HORIZON]:
            close(plan, state, clock[of.HORIZON])
            return of.DONE
        event = int(state.heap_e[0, 1])
        pop(state.heap_t, state.heap_e, facts)
        clock[of.NOW] = t
        facts[of.EVENTS] += 1
        _handle(plan, state, t, event & 7, event >> 3)
        if plan.rule[of.LIMITED]:
            settle(plan, state, t)
        for p in range(len(plan.pool)):
            if state.pool[p, of.DIRTY]:
                state.pool[p, of.DIRTY] = 0
                dispatch(plan, state, t, p)
        if facts[of.CUT] == 0 and facts[of.LEFT] >= facts[of.WARM_UP] and clock[of.WARM_UP_S] == math.inf:
            cut(plan, state, t)
        elif facts[of.CUT] and 0 < facts[of.WANTED] <= state.whole[of.W_FINISHED] + state.whole[of.W_CANCELLED]:
            close(plan, state, t)
            return of.DONE
    return of.RUNNING


@part
def _crowded(plan, state):  # type: ignore[no-untyped-def]
    """Whether the next event might need more slots or rows than there are."""
    facts = state.facts
    coming = plan.rule[of.MOST_BURST] + len(plan.pool)
    if facts[of.USED] + coming >= len(state.slot_i):
        return True
    if facts[of.LOGGED] == 0:
        return False
    rows = 2 * facts[of.USED] + coming
    return facts[of.VISIT_ROWS] + rows >= len(state.visit_i) or facts[of.ITEM_ROWS] + rows >= len(state.item_i)


@part
def _handle(plan, state, t, code, which):  # type: ignore[no-untyped-def]
    leaving, s = 0, which
    if code == END:
        s = state.slot_i[which, of.STAGE]
        leaving = served(plan, state, t, which)
    elif code == ARRIVE:
        arrive(plan, state, t)
    elif code == RING:
        join(plan, state, t, which)
    elif code == WAKE:
        state.pool[which, of.WAKE_SET] = 0
        state.pool[which, of.DIRTY] = 1
    elif code == RELEASE:
        state.here[which, of.RELEASE_SET] = 0
        leaving = state.here[which, of.HOLDING] // plan.stage[which, of.BATCH] * plan.stage[which, of.BATCH]
    else:
        task(plan, state, t, which)
    if leaving > 0:
        let_go(plan, state, t, s, leaving)


@part
def _begin(plan, state):  # type: ignore[no-untyped-def]
    """An empty stream on Monday at 00:00, with the first arrivals on their way."""
    facts = state.facts
    for k in range(of.HEAP, of.LEFT + 1):
        facts[k] = 0
    facts[of.VISIT_ROWS] = facts[of.ITEM_ROWS] = facts[of.CUT] = 0
    facts[of.RELEASES] = facts[of.EVENTS] = facts[of.FRESH] = 0
    state.clock[of.NOW] = state.clock[of.GAP_SUM] = state.clock[of.CUT_AT] = 0.0
    state.lane[:] = of.NOTHING
    state.outside[:] = of.NOTHING
    state.here[:] = 0
    for s in range(len(plan.stage)):
        state.here[s, of.HOLD_HEAD] = state.here[s, of.HOLD_TAIL] = of.NOTHING
        state.here[s, of.STOP_HEAD] = state.here[s, of.STOP_TAIL] = of.NOTHING
    state.pool[:] = 0
    free_from(state, 0)
    forget(state, 0.0)
    next_burst(plan, state)
    for p in range(len(plan.pool)):
        if plan.pool[p, of.TASKS] != of.NOTHING:
            next_task(plan, state, 0.0, p)
    if facts[of.WARM_UP] == 0 and state.clock[of.WARM_UP_S] == math.inf:
        facts[of.CUT] = 1


@part
def dispatch(plan, state, t, p):  # type: ignore[no-untyped-def]
    """Give every free server of the pool something to do, if the hours allow."""
    c = plan.pool[p, of.POOL_HOURS]
    while state.pool[p, of.POOL_WAITING] > 0 and state.pool[p, of.BUSY] < plan.pool[p, of.SERVERS]:
        if c != of.NOTHING:
            begin = opening(plan.hours, plan.slot, c, t)
            if begin > t:
                if state.pool[p, of.WAKE_SET] == 0:
                    state.pool[p, of.WAKE_SET] = 1
                    push(state.heap_t, state.heap_e, state.facts, begin, WAKE, p)
                return
        s, lane = _next_of(plan, state, p)
        i = shift(state, state.lane[s, lane])
        state.here[s, of.WAITING] -= 1
        state.pool[p, of.POOL_WAITING] -= 1
        state.pool[p, of.BUSY] += 1
        state.slot_i[i, of.HOLDS] = 1
        start(plan, state, t, i, s, c)


@part
def _next_of(plan, state, p):  # type: ignore[no-untyped-def]
    """The stage and lane that a free server turns to: better lanes first, then by the pool's preference."""
    first, last = plan.pool[p, of.FIRST_MEMBER], plan.pool[p, of.LAST_MEMBER]
    tasks = plan.pool[p, of.TASKS]
    for lane in range(plan.rule[of.LANES]):
        best = of.NOTHING
        for m in range(first, last):
            s = plan.members[m]
            head = state.lane[s, lane, 0]
            if head == of.NOTHING:
                continue
            older = (
                best == of.NOTHING or state.slot_f[head, of.JOINED] < state.slot_f[state.lane[best, lane, 0], of.JOINED]
            )
            if best == of.NOTHING or (older and (plan.pool[p, of.OLDEST] == 1 or s == tasks)):
                best = s
        if best != of.NOTHING:
            return best, lane
    return of.NOTHING, 0


@part
def settle(plan, state, t):  # type: ignore[no-untyped-def]
    """Room has come: what was stopped moves, the last stages first; then what waits outside comes in."""
    stages = plan.rule[of.STAGES]
    moved = True
    while moved:
        moved = False
        for to in range(stages - 1, -1, -1):
            while state.here[to, of.STOP_HEAD] != of.NOTHING and room(plan, state, to):
                i = shift(state, state.here[to, of.STOP_HEAD : of.STOP_TAIL + 1])
                move(plan, state, t, i, state.slot_i[i, of.STAGE])
                moved = True
        for lane in range(plan.rule[of.LANES]):
            while state.outside[lane, 0] != of.NOTHING and (
                plan.rule[of.CONWIP] == 0 or state.facts[of.IN_STREAM] < plan.rule[of.CONWIP]
            ):
                head = state.outside[lane, 0]
                if not room(plan, state, state.slot_i[head, of.DEST]):
                    break
                tally_whole(state, t)
                state.facts[of.WAITING_OUTSIDE] -= 1
                commit(plan, state, t, shift(state, state.outside[lane]))
                moved = True
