"""How items and background work come in, and what waits outside."""

from __future__ import annotations

import math

from valuestream.simulation import plan as of
from valuestream.simulation.agenda import ARRIVE, TASK, push
from valuestream.simulation.chance import BURST_DRAW, ENTRY_DRAW, GAP_DRAW, REST_DRAW, TASK_DRAW, TYPE_DRAW, draw, one
from valuestream.simulation.kernel import part
from valuestream.simulation.slots import append, outside, take_slot
from valuestream.simulation.stages import draw_service, enter, join
from valuestream.simulation.working import DAY, HOUR, WEEK


@part
def next_burst(plan, state, facts):  # type: ignore[no-untyped-def]
    burst, rule = facts.bursts, plan.rule[0]
    if burst < len(plan.trace):
        facts.bursts = burst + 1
        push(state, facts, plan.trace[burst], ARRIVE, 0)
    elif rule.burst_s > 0.0:
        facts.bursts = burst + 1
        u = one(facts.seed, facts.replication, burst, 0, 0, GAP_DRAW)
        facts.gap_sum += draw(plan, facts, rule.gap_law, u, burst, 0, 0, GAP_DRAW)
        at = facts.gap_sum * rule.burst_s
        push(state, facts, in_its_hour(plan, facts) if rule.with_hours else at, ARRIVE, 0)


@part
def in_its_hour(plan, facts):  # type: ignore[no-untyped-def]
    """When as many gaps are over as have been drawn, by the rates of the hours of the week."""
    weeks = facts.gap_sum * plan.rule[0].burst_s / WEEK
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
    return max(facts.now, week * WEEK + (low + part_of) * HOUR)


@part
def arrive(plan, state, facts, t):  # type: ignore[no-untyped-def]
    """A burst comes in; what finds no room waits outside."""
    size = 1
    if len(plan.burst) > 0:
        u = one(facts.seed, facts.replication, facts.bursts, 0, 0, BURST_DRAW)
        k = 0
        while k < len(plan.burst) - 1 and u > plan.burst_cum[k]:
            k += 1
        size = plan.burst[k]
    if len(plan.resting) > 0 and stays_away(plan, facts, t):
        size = 0
    next_burst(plan, state, facts)
    for _ in range(size):
        i = take_slot(state, facts)
        item = state.slot[i]
        item.number = facts.numbered
        facts.numbered += 1
        item.kind = kind_of(plan, facts, item.number)
        item.returns = 0
        item.arrived = t
        item.committed = -1.0
        item.work_sum = 0.0
        for s in range(plan.rule[0].stages):
            state.passes[i, s] = 0
        item.dest = first_stage(plan, facts, item.number)
        draw_service(plan, state, facts, i, item.dest, 1)
        facts.arrived += 1.0
        if plan.rule[0].limited and plan.kind[item.kind].expedite == 0:
            item.phase = of.OUTSIDE
            lane = plan.kind[item.kind].lane if plan.stage[item.dest].typed else plan.rule[0].usual
            append(state, outside(plan, state, lane), i, False)
            facts.waiting_outside += 1
            facts.outside_area -= t - facts.cut_at
        else:
            commit(plan, state, facts, t, i)


@part
def stays_away(plan, facts, t):  # type: ignore[no-untyped-def]
    """Whether a burst that would come on a day off does not."""
    if plan.resting[math.floor(t / DAY) % len(plan.resting)] == 0:
        return False
    return one(facts.seed, facts.replication, facts.bursts, 0, 0, REST_DRAW) > plan.rule[0].on_days_off


@part
def kind_of(plan, facts, number):  # type: ignore[no-untyped-def]
    kind = 0
    if len(plan.kind) > 1:
        u = one(facts.seed, facts.replication, number, 0, 0, TYPE_DRAW)
        while kind < len(plan.kind) - 1 and u > plan.kind[kind].cum:
            kind += 1
    return kind


@part
def first_stage(plan, facts, number):  # type: ignore[no-untyped-def]
    row, way, last = plan.rule[0].stages, 0, plan.rule[0].ways - 1
    if plan.route_cum[row, 0, 0] < 1.0:
        u = one(facts.seed, facts.replication, number, 0, 0, ENTRY_DRAW)
        while way < last and u > plan.route_cum[row, 0, way]:
            way += 1
    return plan.route_to[row, way]


@part
def commit(plan, state, facts, t, i):  # type: ignore[no-untyped-def]
    """Into the stream: its lead time begins."""
    item = state.slot[i]
    facts.area -= t - facts.cut_at
    facts.in_stream += 1
    item.committed = t
    facts.outside += t - item.arrived
    enter(plan, state, facts, t, i, item.dest)


@part
def next_task(plan, state, facts, t, p):  # type: ignore[no-untyped-def]
    u = one(facts.seed, facts.replication, state.crew[p].task_no, plan.stage[plan.pool[p].tasks].key, 0, TASK_DRAW)
    push(state, facts, t - plan.pool[p].task_gap * math.log(u), TASK, p)


@part
def task(plan, state, facts, t, p):  # type: ignore[no-untyped-def]
    """Work of another stream comes to the pool."""
    i = take_slot(state, facts)
    item, crew = state.slot[i], state.crew[p]
    s = plan.pool[p].tasks
    item.number = crew.task_no
    crew.task_no += 1
    item.kind = 0
    item.nth = 0
    item.stage = s
    item.entered = t
    here = state.here[s]
    here.area -= t - facts.cut_at
    here.in_stage += 1
    draw_service(plan, state, facts, i, s, 0)
    item.service = item.next_service
    next_task(plan, state, facts, t, p)
    join(plan, state, facts, t, i)
