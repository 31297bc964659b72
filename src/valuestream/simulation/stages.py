"""An item in a stage: timer, queue, service, batch or release, room further on."""

from __future__ import annotations

import math

from valuestream.simulation import plan as of
from valuestream.simulation.agenda import END, RELEASE, RING, push
from valuestream.simulation.chance import SERVE_DRAW, TIMER_DRAW, draw, one, pair
from valuestream.simulation.kernel import part
from valuestream.simulation.machine import halves
from valuestream.simulation.record import log_item, log_visit
from valuestream.simulation.slots import append, give_slot, held, shift, stopped
from valuestream.simulation.working import HAIR, ending

OFFSET = of.SKETCH_FIRST + 1


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
def served(plan, state, facts, t, i, s):  # type: ignore[no-untyped-def]
    """Work is done: the item is held for its batch or release, or goes on. Returns how many then leave the stage."""
    item, stage, here = state.slot[i], plan.stage[s], state.here[s]
    here.area_serving += t - facts.cut_at
    here.serving -= 1
    item.worked = t
    item.ready = t
    to = item.dest
    if stage.batch == 1 and not stage.released:
        return 1
    if to < plan.rule[0].stages and plan.stage[to].automated:
        return 1
    free_server(plan, state, facts, i, s)
    item.phase = of.HELD
    append(state, held(plan, state, s), i, False)
    here.holding += 1
    if stage.released:
        set_release(plan, state, facts, t, s)
        return 0
    return stage.batch if here.holding >= stage.batch else 0


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
def set_release(plan, state, facts, t, s):  # type: ignore[no-untyped-def]
    """The next release of the stage, if none is on its way."""
    here, stage = state.here[s], plan.stage[s]
    if here.release_set:
        return
    here.release_set = 1
    push(state, facts, next_time(t, stage.every, stage.offset), RELEASE, s)


@part
def next_time(t, every, offset):  # type: ignore[no-untyped-def]
    """The first of the instants offset, offset + every ... that is not before t."""
    k = math.ceil((t - offset) / every - HAIR / every)
    return max(t, offset + max(k, 0) * every)


@part
def next_held(plan, state, facts, t, s):  # type: ignore[no-untyped-def]
    """The item held longest, which now leaves with the others of its release."""
    i = shift(state, held(plan, state, s))
    state.here[s].holding -= 1
    item = state.slot[i]
    item.release = facts.releases
    item.ready = t
    return i


@part
def depart(plan, state, facts, t, i, s):  # type: ignore[no-untyped-def]
    """On to where it goes, or stopped where it stands until there is room."""
    item = state.slot[i]
    to = item.dest
    full = plan.rule[0].limited and s < to < plan.rule[0].stages and not room(plan, state, to)
    if full and not plan.kind[item.kind].expedite:
        item.phase = of.STOPPED
        append(state, stopped(plan, state, to), i, False)
        if not plan.stage[s].own:
            free_server(plan, state, facts, i, s)
        return
    move(plan, state, facts, t, i, s)


@part
def room(plan, state, s):  # type: ignore[no-untyped-def]
    return plan.stage[s].wip == 0 or state.here[s].in_stage < plan.stage[s].wip


@part
def move(plan, state, facts, t, i, s):  # type: ignore[no-untyped-def]
    free_server(plan, state, facts, i, s)
    item, here = state.slot[i], state.here[s]
    here.area += t - facts.cut_at
    here.in_stage -= 1
    to = item.dest
    wait, work = item.started - item.entered, item.worked - item.started
    here.left += 1.0
    here.wait += wait
    here.wait_squares += wait * wait
    here.work += work
    here.service += item.service
    here.held += item.ready - item.worked
    here.stopped += t - item.ready
    back = to < s
    here.returned += back
    item.returns += back
    if not plan.stage[s].external:
        item.work_sum += work
    if facts.logged:
        log_visit(state, facts, item, t, to)
    if to >= plan.rule[0].stages:
        leave(plan, state, facts, t, i, to)
    else:
        enter(plan, state, facts, t, i, to)


@part
def leave(plan, state, facts, t, i, to):  # type: ignore[no-untyped-def]
    """Done or cancelled."""
    item = state.slot[i]
    facts.area += t - facts.cut_at
    facts.in_stream -= 1
    facts.out += 1
    cancelled = to > plan.rule[0].stages
    if cancelled:
        facts.cancelled += 1.0
    else:
        tally(state, facts, item, t)
    if facts.logged:
        log_item(state, facts, item, t, 2 if cancelled else 1)
    give_slot(state, facts, i)


@part
def tally(state, facts, item, t):  # type: ignore[no-untyped-def]
    """An item that is done, in the sums of the stream."""
    lead = t - item.committed
    facts.finished += 1.0
    facts.lead += lead
    facts.lead_squares += lead * lead
    facts.work += item.work_sum
    facts.first_pass += item.returns == 0
    kind = state.kinds[item.kind]
    kind.n += 1.0
    kind.lead += lead
    kind.lead_squares += lead * lead
    mark = 0
    if lead >= of.SKETCH_LOWEST:
        m, e = halves(lead)
        mark = min(of.SKETCH_BINS - 1, 1 + int((e + m * of.ROOT_TWO - OFFSET) * of.SKETCH_PER_DOUBLING))
    state.sketch[mark] += 1
