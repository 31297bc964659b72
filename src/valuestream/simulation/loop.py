"""The event loop: one plain function over records, run as it is or compiled (`kernel.py`); the plain run is the oracle.

mypy sees kernels as they are, untyped: their arguments are `Plan` and `State` throughout; `facts` is the state's
one record of facts.
"""

from __future__ import annotations

import math

from valuestream.simulation import plan as of
from valuestream.simulation.agenda import ARRIVE, END, RELEASE, RING, TASK, WAKE, mend, push
from valuestream.simulation.entrance import arrive, commit, next_burst, next_task, task
from valuestream.simulation.kernel import part
from valuestream.simulation.leaving import depart, move, next_held, room, served, set_release
from valuestream.simulation.plan import Plan, State
from valuestream.simulation.record import close, cut, forget
from valuestream.simulation.slots import free_from, outside, shift, stopped
from valuestream.simulation.stages import join, look, start, task_done
from valuestream.simulation.working import opening


def run(plan: Plan, state: State, budget: int) -> int:
    """Kernel: handle events until `budget` is used (RUNNING), the run is DONE, STUCK or arrays must grow (NO_ROOM).

    Call it again with the same state to go on. `facts` holds what is wanted: seed, replication, items to finish after
    the warm-up (0: as many as the horizon allows), warm-up as items and seconds, horizon.
    """
    facts = state.facts[0]
    if facts.fresh:
        _begin(plan, state, facts)
    for _ in range(budget):
        if facts.heap == 0:
            close(plan, state, facts, facts.now)
            return of.STUCK
        first = state.heap[0]
        t, code, which = first.at, first.code, first.which
        if _crowded(plan, state, facts, code):
            return of.NO_ROOM
        if t > facts.now and facts.out >= facts.goal and facts.wanted > 0 and facts.cut == 1:
            close(plan, state, facts, facts.now)
            return of.DONE
        if facts.cut == 0 and t >= facts.warm_up_s:
            cut(state, facts, facts.warm_up_s)
        if t > facts.horizon:
            close(plan, state, facts, facts.horizon)
            return of.DONE
        facts.now = t
        facts.events += 1
        facts.hole = 1
        _handle(plan, state, facts, t, code, which)
        if plan.rule[0].limited:
            settle(plan, state, facts, t)
        for k in range(facts.dirty):
            p = state.crew[k].listed
            state.crew[p].dirty = 0
            dispatch(plan, state, facts, t, p)
        facts.dirty = 0
        if facts.hole:
            mend(state, facts)
        if facts.cut == 0 and facts.out >= facts.warm_up and facts.warm_up_s == math.inf:
            cut(state, facts, t)
    return of.RUNNING


@part
def _crowded(plan, state, facts, code):  # type: ignore[no-untyped-def]
    """Whether the next event might need more slots or rows than there are."""
    coming = plan.rule[0].most_burst
    if code in (ARRIVE, TASK) and facts.used + coming >= len(state.slot):
        return True
    if facts.logged == 0:
        return False
    rows = 2 * facts.used + coming + 1
    return facts.visit_rows + rows >= len(state.visit) or facts.item_rows + rows >= len(state.item)


@part
def _handle(plan, state, facts, t, code, which):  # type: ignore[no-untyped-def]
    leaving, i, s = 0, which, which
    if code == END:
        s = state.slot[i].stage
        if s < plan.rule[0].stages:
            leaving = served(plan, state, facts, t, i, s)
        else:
            task_done(plan, state, facts, t, i, s)
    elif code == ARRIVE:
        arrive(plan, state, facts, t)
    elif code == RING:
        join(plan, state, facts, t, which)
    elif code == WAKE:
        state.crew[which].wake_set = 0
        look(state, facts, which)
    elif code == RELEASE:
        state.here[s].release_set = 0
        leaving = state.here[s].holding // plan.stage[s].batch * plan.stage[s].batch
    else:
        task(plan, state, facts, t, which)
    if leaving == 0:
        return
    together = code == RELEASE or state.slot[i].phase == of.HELD
    if together:
        facts.releases += 1
    for _ in range(leaving):
        if together:
            i = next_held(plan, state, facts, t, s)
        depart(plan, state, facts, t, i, s)
    if plan.stage[s].released and state.here[s].holding >= plan.stage[s].batch:
        set_release(plan, state, facts, t, s)


@part
def _begin(plan, state, facts):  # type: ignore[no-untyped-def]
    """An empty stream on Monday at 00:00, with the first arrivals on their way."""
    facts.fresh = facts.heap = facts.hole = facts.seq = facts.used = facts.numbered = facts.bursts = 0
    facts.in_stream = facts.waiting_outside = facts.out = facts.visit_rows = facts.item_rows = 0
    facts.cut = facts.releases = facts.events = facts.dirty = 0
    facts.now = facts.gap_sum = 0.0
    for k in range(len(state.queue)):
        state.queue[k].head = state.queue[k].tail = of.NOTHING
    for k in range(len(state.here)):
        here = state.here[k]
        here.in_stage = here.waiting = here.serving = here.holding = here.release_set = 0
    for k in range(len(state.crew)):
        crew = state.crew[k]
        crew.busy = crew.wake_set = crew.dirty = crew.task_no = crew.waiting = 0
    free_from(state, facts, 0)
    forget(state, facts, 0.0)
    next_burst(plan, state, facts)
    for p in range(len(plan.pool)):
        if plan.pool[p].tasks != of.NOTHING:
            next_task(plan, state, facts, 0.0, p)
    if facts.warm_up == 0 and facts.warm_up_s == math.inf:
        cut(state, facts, 0.0)


@part
def dispatch(plan, state, facts, t, p):  # type: ignore[no-untyped-def]
    """Give every free server of the pool something to do, if the hours allow."""
    pool, crew = plan.pool[p], state.crew[p]
    if pool.hours != of.NOTHING and crew.waiting > 0 and crew.busy < pool.servers:
        # of `facts.now`, not t: a compiler would else compute the week of every event, with hours or without
        begin = opening(plan.hours, plan.slot, plan.cycle, pool.hours, facts.now)
        if begin > t:
            if crew.wake_set == 0:
                crew.wake_set = 1
                push(state, facts, begin, WAKE, p)
            return
    while crew.waiting > 0 and crew.busy < pool.servers:
        s, lane = _next_of(plan, state, p)
        i = shift(state, state.queue[s * plan.rule[0].lanes + lane])
        state.here[s].waiting -= 1
        crew.waiting -= 1
        crew.busy += 1
        state.slot[i].holds = 1
        start(plan, state, facts, t, i, s, pool.hours)


@part
def _next_of(plan, state, p):  # type: ignore[no-untyped-def]
    """The stage and lane that a free server turns to: better lanes first, then by the pool's preference."""
    pool, lanes = plan.pool[p], plan.rule[0].lanes
    if lanes == 1 and pool.last == pool.first + 1:
        return plan.members[pool.first], 0
    for lane in range(lanes):
        found, best, joined = False, plan.members[pool.first], 0.0
        for m in range(pool.first, pool.last):
            s = plan.members[m]
            head = state.queue[s * lanes + lane].head
            if head == of.NOTHING:
                continue
            since = state.slot[head].joined
            if not found or (since < joined and (pool.oldest == 1 or s == pool.tasks)):
                found, best, joined = True, s, since
        if found:
            return best, lane
    return plan.members[pool.first], 0  # not reached: something waits


@part
def settle(plan, state, facts, t):  # type: ignore[no-untyped-def]
    """Room has come: what was stopped moves, the last stages first; then what waits outside comes in."""
    rule = plan.rule[0]
    moved = True
    while moved:
        moved = False
        for to in range(rule.stages - 1, -1, -1):
            ends = stopped(plan, state, to)
            while ends.head != of.NOTHING and room(plan, state, to):
                i = shift(state, ends)
                move(plan, state, facts, t, i, state.slot[i].stage)
                moved = True
        for lane in range(rule.lanes):
            ends = outside(plan, state, lane)
            while ends.head != of.NOTHING and (rule.conwip == 0 or facts.in_stream < rule.conwip):
                if not room(plan, state, state.slot[ends.head].dest):
                    break
                facts.waiting_outside -= 1
                facts.outside_area += t - facts.cut_at
                i = shift(state, ends)
                commit(plan, state, facts, t, i)
                moved = True
