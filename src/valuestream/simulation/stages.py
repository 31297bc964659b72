"""An item comes to a stage: timer, queue, service; what holds it afterwards is in `leaving.py`."""

from __future__ import annotations

import math

from valuestream.simulation import plan as of
from valuestream.simulation.agenda import END, RING, push
from valuestream.simulation.chance import SERVE_DRAW, TIMER_DRAW, draw, one, pair
from valuestream.simulation.kernel import part
from valuestream.simulation.slots import append, give_slot
from valuestream.simulation.working import HAIR, ending


@part
def enter(plan, state, facts, t, i, s):  # type: ignore[no-untyped-def]
    item, stage, here = state.slot[i], plan.stage[s], state.here[s]
    here.area -= t - facts.cut_at
    here.in_stage += 1
    here.entered += 1.0
    nth = state.passes[i, s] + 1
    state.passes[i, s] = nth
    item.nth = nth
    item.stage = s
    item.release = of.NOTHING
    item.entered = t
    item.service = item.next_service
    item.route_u = item.next_route_u
    if (stage.timer != of.NOTHING or stage.gated) and not stage.automated:
        at = next_time(t, stage.gate_every, stage.gate_offset) if stage.gated else t
        if stage.timer != of.NOTHING:
            u = one(facts.seed, facts.replication, item.number, stage.key, nth, TIMER_DRAW)
            at = at + draw(plan, facts, stage.timer, u, item.number, stage.key, nth, TIMER_DRAW)
        item.phase = of.TIMED
        push(state, facts, at, RING, i)
    else:
        join(plan, state, facts, t, i)


@part
def join(plan, state, facts, t, i):  # type: ignore[no-untyped-def]
    """Into the queue of its stage."""
    item = state.slot[i]
    s = item.stage
    stage = plan.stage[s]
    item.joined = t
    lane = plan.rule[0].usual
    if s >= plan.rule[0].stages:
        lane = 0 if plan.pool[stage.pool].tasks_first else lane
    elif plan.kind[item.kind].expedite:
        lane = 0
    elif stage.typed:
        lane = plan.kind[item.kind].lane
    item.phase = of.QUEUED
    append(state, state.queue[s * plan.rule[0].lanes + lane], i, stage.newest == 1)
    state.here[s].waiting += 1
    state.crew[stage.pool].waiting += 1
    look(state, facts, stage.pool)


@part
def look(state, facts, p):  # type: ignore[no-untyped-def]
    """Someone of the pool may begin something once this event is over."""
    crew = state.crew[p]
    if crew.dirty == 0:
        crew.dirty = 1
        state.crew[facts.dirty].listed = p
        facts.dirty += 1


@part
def start(plan, state, facts, t, i, s, c):  # type: ignore[no-untyped-def]
    """Service begins."""
    item, here = state.slot[i], state.here[s]
    here.area_serving -= t - facts.cut_at
    here.serving += 1
    item.phase = of.SERVED
    item.started = t
    end = t + item.service
    if c != of.NOTHING:
        end = ending(plan.hours, plan.slot, plan.cycle, c, t, item.service)
    push(state, facts, end, END, i)
    if s < plan.rule[0].stages:
        foresee(plan, state, facts, i, s)


@part
def foresee(plan, state, facts, i, s):  # type: ignore[no-untyped-def]
    """Where the item goes after this service, and what it draws there.

    Drawn now, not on the day: the processor does it while nothing waits for it.
    """
    item = state.slot[i]
    row = min(item.nth, plan.rule[0].passes) - 1
    way = 0
    for k in range(plan.rule[0].ways - 1):  # every one of them: a processor guesses wrongly where a loop of chance ends
        way += item.route_u > plan.route_cum[s, row, k]
    item.dest = plan.route_to[s, way]
    if item.dest < plan.rule[0].stages:
        draw_service(plan, state, facts, i, item.dest, state.passes[i, item.dest] + 1)


@part
def draw_service(plan, state, facts, i, s, nth):  # type: ignore[no-untyped-def]
    """How long the item's nth service in a stage takes, and the number that will choose its way out."""
    item, stage = state.slot[i], plan.stage[s]
    u, v = pair(facts.seed, facts.replication, item.number, stage.key, nth, SERVE_DRAW, 0)
    work = draw(plan, facts, stage.law, u, item.number, stage.key, nth, SERVE_DRAW)
    if s < plan.rule[0].stages:
        again = stage.rework  # read in any case: a choice without a branch
        work = work * plan.kind[item.kind].work * (again if nth > 1 else 1.0)
    item.next_service = work
    item.next_route_u = v


@part
def task_done(plan, state, facts, t, i, s):  # type: ignore[no-untyped-def]
    """A piece of another stream's work is done."""
    item, here = state.slot[i], state.here[s]
    since = t - facts.cut_at
    here.area_serving += since
    here.serving -= 1
    here.area += since
    here.in_stage -= 1
    here.left += 1.0
    here.wait += item.started - item.entered
    here.work += t - item.started
    here.service += item.service
    free_server(plan, state, facts, i, s)
    give_slot(state, facts, i)


@part
def free_server(plan, state, facts, i, s):  # type: ignore[no-untyped-def]
    item = state.slot[i]
    if item.holds:
        item.holds = 0
        p = plan.stage[s].pool
        state.crew[p].busy -= 1
        look(state, facts, p)


@part
def next_time(t, every, offset):  # type: ignore[no-untyped-def]
    """The first of the instants offset, offset + every ... that is not before t."""
    k = math.ceil((t - offset) / every - HAIR / every)
    return max(t, offset + max(k, 0) * every)
