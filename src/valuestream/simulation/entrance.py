"""How items and background work come in, and what waits outside."""

from __future__ import annotations

import math

from valuestream.simulation import plan as of
from valuestream.simulation.agenda import ARRIVE, TASK, push
from valuestream.simulation.chance import BURST_DRAW, ENTRY_DRAW, GAP_DRAW, TASK_DRAW, TYPE_DRAW, choice, draw, one
from valuestream.simulation.kernel import part
from valuestream.simulation.record import tally, tally_whole
from valuestream.simulation.slots import append, take_slot
from valuestream.simulation.stages import enter, join
from valuestream.simulation.week import HOUR, WEEK


@part
def next_burst(plan, state):  # type: ignore[no-untyped-def]
    facts = state.facts
    burst = facts[of.BURSTS]
    if burst < len(plan.trace):
        facts[of.BURSTS] = burst + 1
        push(state.heap_t, state.heap_e, state.facts, plan.trace[burst], ARRIVE, 0)
        return
    if plan.rule_f[of.PER_WEEK] <= 0.0:
        return
    facts[of.BURSTS] = burst + 1
    u = one(state.facts, burst, 0, 0, GAP_DRAW)
    state.clock[of.GAP_SUM] += draw(
        state.facts, plan.law, plan.law_f, plan.values, plan.rule[of.GAP_LAW], u, burst, 0, 0, GAP_DRAW
    )
    weeks = state.clock[of.GAP_SUM] / plan.rule_f[of.PER_WEEK]
    if plan.rule[of.WITH_HOURS] == 0:
        push(state.heap_t, state.heap_e, state.facts, weeks * WEEK, ARRIVE, 0)
        return
    week = math.floor(weeks)
    share = weeks - week
    low, high = 0, 168
    while high - low > 1:
        middle = (low + high) >> 1
        if plan.intensity[middle] <= share:
            low = middle
        else:
            high = middle
    part_of = (share - plan.intensity[low]) / (plan.intensity[low + 1] - plan.intensity[low])
    push(
        state.heap_t,
        state.heap_e,
        state.facts,
        max(state.clock[of.NOW], week * WEEK + (low + part_of) * HOUR),
        ARRIVE,
        0,
    )


@part
def arrive(plan, state, t):  # type: ignore[no-untyped-def]
    """A burst comes in; what finds no room waits outside."""
    facts = state.facts
    size = 1
    if len(plan.burst) > 1:
        u = one(state.facts, facts[of.BURSTS], 0, 0, BURST_DRAW)
        size = plan.burst[choice(plan.burst_cum, u)]
    elif len(plan.burst) == 1:
        size = plan.burst[0]
    stages = plan.rule[of.STAGES]
    for _ in range(size):
        i = take_slot(plan, state)
        number = facts[of.NUMBERED]
        facts[of.NUMBERED] = number + 1
        state.slot_i[i, of.NUMBER] = number
        kind = 0
        if len(plan.type_f) > 1:
            u = one(state.facts, number, 0, 0, TYPE_DRAW)
            while kind < len(plan.type_f) - 1 and u > plan.type_f[kind, of.TYPE_CUM]:
                kind += 1
        state.slot_i[i, of.TYPE] = kind
        state.slot_i[i, of.RETURNS] = 0
        state.slot_f[i, of.ARRIVED] = t
        state.slot_f[i, of.COMMITTED] = -1.0
        state.slot_f[i, of.WORK_SUM] = 0.0
        for s in range(stages):
            state.passes[i, s] = 0
        entry = 0
        if len(plan.route_to[stages]) > 1:
            u = one(state.facts, number, 0, 0, ENTRY_DRAW)
            entry = choice(plan.route_cum[stages, 0], u)
        state.slot_i[i, of.DEST] = plan.route_to[stages, entry]
        state.whole[of.W_ARRIVED] += 1.0
        if plan.rule[of.LIMITED] and plan.type_i[kind, of.EXPEDITE] == 0:
            tally_whole(state, t)
            state.slot_i[i, of.PHASE] = of.OUTSIDE
            lane = plan.type_i[kind, of.LANE] if plan.stage[plan.route_to[stages, entry], of.TYPED] else 1
            append(state, state.outside[lane], i, False)
            facts[of.WAITING_OUTSIDE] += 1
        else:
            commit(plan, state, t, i)
    next_burst(plan, state)


@part
def commit(plan, state, t, i):  # type: ignore[no-untyped-def]
    """Into the stream: its lead time begins."""
    tally_whole(state, t)
    state.facts[of.IN_STREAM] += 1
    state.slot_f[i, of.COMMITTED] = t
    state.whole[of.W_OUTSIDE] += t - state.slot_f[i, of.ARRIVED]
    enter(plan, state, t, i, state.slot_i[i, of.DEST])


@part
def next_task(plan, state, t, p):  # type: ignore[no-untyped-def]
    s = plan.pool[p, of.TASKS]
    u = one(state.facts, state.pool[p, of.TASK_NO], plan.stage[s, of.KEY], 0, TASK_DRAW)
    push(state.heap_t, state.heap_e, state.facts, t - plan.pool_f[p, of.TASK_GAP] * math.log(u), TASK, p)


@part
def task(plan, state, t, p):  # type: ignore[no-untyped-def]
    """Work of another stream comes to the pool."""
    i = take_slot(plan, state)
    s = plan.pool[p, of.TASKS]
    state.slot_i[i, of.NUMBER] = state.pool[p, of.TASK_NO]
    state.pool[p, of.TASK_NO] += 1
    state.slot_i[i, of.TYPE] = 0
    state.slot_i[i, of.NTH] = 0
    state.slot_i[i, of.STAGE] = s
    state.slot_f[i, of.ENTERED] = t
    tally(state, t, s)
    state.here[s, of.IN_STAGE] += 1
    join(plan, state, t, i)
    next_task(plan, state, t, p)
