"""An item in a stage: timer, queue, service, batch or release, room further on."""

from __future__ import annotations

import math

from valuestream.simulation import plan as of
from valuestream.simulation.agenda import END, RELEASE, RING, push
from valuestream.simulation.chance import SERVE_DRAW, TIMER_DRAW, choice, draw, one, pair
from valuestream.simulation.kernel import part
from valuestream.simulation.record import log_item, log_visit, tally, tally_whole
from valuestream.simulation.slots import append, give_slot, shift
from valuestream.simulation.week import HAIR, ending


@part
def enter(plan, state, t, i, s):  # type: ignore[no-untyped-def]
    tally(state, t, s)
    state.here[s, of.IN_STAGE] += 1
    state.sums[s, of.N_ENTERED] += 1.0
    state.passes[i, s] += 1
    state.slot_i[i, of.NTH] = state.passes[i, s]
    state.slot_i[i, of.STAGE] = s
    state.slot_i[i, of.RELEASE_NO] = of.NOTHING
    state.slot_f[i, of.ENTERED] = t
    timer = plan.stage[s, of.TIMER]
    if timer != of.NOTHING and not plan.stage[s, of.AUTOMATED]:
        number, key, nth = state.slot_i[i, of.NUMBER], plan.stage[s, of.KEY], state.slot_i[i, of.NTH]
        u = one(state.facts, number, key, nth, TIMER_DRAW)
        state.slot_i[i, of.PHASE] = of.TIMED
        push(
            state.heap_t,
            state.heap_e,
            state.facts,
            t + draw(state.facts, plan.law, plan.law_f, plan.values, timer, u, number, key, nth, TIMER_DRAW),
            RING,
            i,
        )
    else:
        join(plan, state, t, i)


@part
def join(plan, state, t, i):  # type: ignore[no-untyped-def]
    """Into the queue of its stage."""
    s = state.slot_i[i, of.STAGE]
    p = plan.stage[s, of.POOL]
    state.slot_f[i, of.JOINED] = t
    lane = 1
    kind = state.slot_i[i, of.TYPE]
    if s >= plan.rule[of.STAGES]:
        lane = 0 if plan.pool[p, of.TASKS_FIRST] else 1
    elif plan.type_i[kind, of.EXPEDITE]:
        lane = 0
    elif plan.stage[s, of.TYPED]:
        lane = plan.type_i[kind, of.LANE]
    state.slot_i[i, of.PHASE] = of.QUEUED
    append(state, state.lane[s, lane], i, plan.stage[s, of.NEWEST] == 1)
    state.here[s, of.WAITING] += 1
    state.pool[p, of.POOL_WAITING] += 1
    state.pool[p, of.DIRTY] = 1


@part
def start(plan, state, t, i, s, c):  # type: ignore[no-untyped-def]
    """Service begins; its length and the way out are drawn here."""
    tally(state, t, s)
    state.here[s, of.SERVING] += 1
    number, key, nth = state.slot_i[i, of.NUMBER], plan.stage[s, of.KEY], state.slot_i[i, of.NTH]
    u, v = pair(state.facts, number, key, nth, SERVE_DRAW, 0)
    work = draw(state.facts, plan.law, plan.law_f, plan.values, plan.stage[s, of.LAW], u, number, key, nth, SERVE_DRAW)
    if s < plan.rule[of.STAGES]:
        work = work * plan.type_f[state.slot_i[i, of.TYPE], of.TYPE_WORK]
        if nth > 1:
            work = work * plan.stage_f[s, of.REWORK]
    state.slot_i[i, of.PHASE] = of.SERVED
    state.slot_f[i, of.STARTED] = t
    state.slot_f[i, of.SERVICE] = work
    state.slot_f[i, of.ROUTE_U] = v
    push(state.heap_t, state.heap_e, state.facts, ending(plan.hours, plan.slot, plan.week, c, t, work), END, i)


@part
def served(plan, state, t, i):  # type: ignore[no-untyped-def]
    """Work is done: the item is held for its batch or release, or goes on. Returns how many a full batch lets go."""
    s = state.slot_i[i, of.STAGE]
    tally(state, t, s)
    state.here[s, of.SERVING] -= 1
    state.slot_f[i, of.WORKED] = state.slot_f[i, of.READY] = t
    if s >= plan.rule[of.STAGES]:
        _task_done(plan, state, t, i, s)
        return 0
    row = min(state.slot_i[i, of.NTH], plan.route_cum.shape[1]) - 1
    to = plan.route_to[s, choice(plan.route_cum[s, row], state.slot_f[i, of.ROUTE_U])]
    state.slot_i[i, of.DEST] = to
    held = plan.stage[s, of.BATCH] > 1 or plan.stage[s, of.RELEASED]
    if held and (to >= plan.rule[of.STAGES] or not plan.stage[to, of.AUTOMATED]):
        _free_server(plan, state, i, s)
        state.slot_i[i, of.PHASE] = of.HELD
        append(state, state.here[s, of.HOLD_HEAD : of.HOLD_TAIL + 1], i, False)
        state.here[s, of.HOLDING] += 1
        if plan.stage[s, of.RELEASED]:
            _set_release(plan, state, t, s)
        elif state.here[s, of.HOLDING] >= plan.stage[s, of.BATCH]:
            return plan.stage[s, of.BATCH]
    else:
        _depart(plan, state, t, i, s)
    return 0


@part
def _task_done(plan, state, t, i, s):  # type: ignore[no-untyped-def]
    state.here[s, of.IN_STAGE] -= 1
    state.sums[s, of.N_LEFT] += 1.0
    state.sums[s, of.S_WAIT] += state.slot_f[i, of.STARTED] - state.slot_f[i, of.ENTERED]
    state.sums[s, of.S_WORK] += t - state.slot_f[i, of.STARTED]
    state.sums[s, of.S_SERVICE] += state.slot_f[i, of.SERVICE]
    _free_server(plan, state, i, s)
    give_slot(state, i)


@part
def _free_server(plan, state, i, s):  # type: ignore[no-untyped-def]
    if state.slot_i[i, of.HOLDS]:
        state.slot_i[i, of.HOLDS] = 0
        p = plan.stage[s, of.POOL]
        state.pool[p, of.BUSY] -= 1
        state.pool[p, of.DIRTY] = 1


@part
def _set_release(plan, state, t, s):  # type: ignore[no-untyped-def]
    """The next release of the stage, if none is on its way."""
    if state.here[s, of.RELEASE_SET]:
        return
    every, offset = plan.stage_f[s, of.EVERY], plan.stage_f[s, of.OFFSET]
    k = math.ceil((t - offset) / every - HAIR / every)
    state.here[s, of.RELEASE_SET] = 1
    push(state.heap_t, state.heap_e, state.facts, max(t, offset + max(k, 0) * every), RELEASE, s)


@part
def let_go(plan, state, t, s, n):  # type: ignore[no-untyped-def]
    """The n items held longest leave together."""
    if n > 0:
        state.facts[of.RELEASES] += 1
    for _ in range(n):
        i = shift(state, state.here[s, of.HOLD_HEAD : of.HOLD_TAIL + 1])
        state.here[s, of.HOLDING] -= 1
        state.slot_i[i, of.RELEASE_NO] = state.facts[of.RELEASES]
        state.slot_f[i, of.READY] = t
        _depart(plan, state, t, i, s)
    if plan.stage[s, of.RELEASED] and state.here[s, of.HOLDING] >= plan.stage[s, of.BATCH]:
        _set_release(plan, state, t, s)


@part
def _depart(plan, state, t, i, s):  # type: ignore[no-untyped-def]
    """On to where it goes, or stopped where it stands until there is room."""
    to = state.slot_i[i, of.DEST]
    full = s < to < plan.rule[of.STAGES] and not room(plan, state, to)
    if full and not plan.type_i[state.slot_i[i, of.TYPE], of.EXPEDITE]:
        state.slot_i[i, of.PHASE] = of.STOPPED
        append(state, state.here[to, of.STOP_HEAD : of.STOP_TAIL + 1], i, False)
        if not plan.stage[s, of.OWN]:
            _free_server(plan, state, i, s)
        return
    move(plan, state, t, i, s)


@part
def room(plan, state, s):  # type: ignore[no-untyped-def]
    return plan.stage[s, of.WIP] == 0 or state.here[s, of.IN_STAGE] < plan.stage[s, of.WIP]


@part
def move(plan, state, t, i, s):  # type: ignore[no-untyped-def]
    _free_server(plan, state, i, s)
    tally(state, t, s)
    state.here[s, of.IN_STAGE] -= 1
    to = state.slot_i[i, of.DEST]
    slot, sums = state.slot_f, state.sums
    wait = slot[i, of.STARTED] - slot[i, of.ENTERED]
    sums[s, of.N_LEFT] += 1.0
    sums[s, of.S_WAIT] += wait
    sums[s, of.S_WAIT2] += wait * wait
    sums[s, of.S_WORK] += slot[i, of.WORKED] - slot[i, of.STARTED]
    sums[s, of.S_SERVICE] += slot[i, of.SERVICE]
    sums[s, of.S_HELD] += slot[i, of.READY] - slot[i, of.WORKED]
    sums[s, of.S_STOPPED] += t - slot[i, of.READY]
    if to < s:
        sums[s, of.N_RETURNED] += 1.0
        state.slot_i[i, of.RETURNS] += 1
    if not plan.stage[s, of.EXTERNAL]:
        slot[i, of.WORK_SUM] += slot[i, of.WORKED] - slot[i, of.STARTED]
    if state.facts[of.LOGGED]:
        log_visit(state, i, t, to)
    if to >= plan.rule[of.STAGES]:
        leave(plan, state, t, i, to)
    else:
        enter(plan, state, t, i, to)


@part
def leave(plan, state, t, i, to):  # type: ignore[no-untyped-def]
    """Done or cancelled."""
    facts, whole = state.facts, state.whole
    tally_whole(state, t)
    facts[of.IN_STREAM] -= 1
    facts[of.LEFT] += 1
    cancelled = to > plan.rule[of.STAGES]
    if cancelled:
        whole[of.W_CANCELLED] += 1.0
    else:
        lead = t - state.slot_f[i, of.COMMITTED]
        whole[of.W_FINISHED] += 1.0
        whole[of.W_LEAD] += lead
        whole[of.W_LEAD2] += lead * lead
        whole[of.W_WORK] += state.slot_f[i, of.WORK_SUM]
        whole[of.W_FIRST_PASS] += 1.0 if state.slot_i[i, of.RETURNS] == 0 else 0.0
        kind = state.slot_i[i, of.TYPE]
        state.by_type[kind, of.T_COUNT] += 1.0
        state.by_type[kind, of.T_LEAD] += lead
        state.by_type[kind, of.T_LEAD2] += lead * lead
        mark = 0
        if lead > of.SKETCH_LOWEST:
            mark = min(of.SKETCH_BINS - 1, 1 + int(math.log(lead / of.SKETCH_LOWEST) / of.SKETCH_STEP))
        state.sketch[mark] += 1
    if facts[of.LOGGED]:
        log_item(state, i, t, 2 if cancelled else 1)
    give_slot(state, i)
