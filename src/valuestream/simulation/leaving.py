"""An item is served and leaves: batch or release, room further on, the next stage or the end."""

from __future__ import annotations

from valuestream.simulation import plan as of
from valuestream.simulation.agenda import RELEASE, push
from valuestream.simulation.kernel import part
from valuestream.simulation.machine import halves
from valuestream.simulation.record import log_item, log_visit
from valuestream.simulation.slots import append, give_slot, held, shift, stopped
from valuestream.simulation.stages import enter, free_server, next_time

OFFSET = of.SKETCH_FIRST + 1


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
def set_release(plan, state, facts, t, s):  # type: ignore[no-untyped-def]
    """The next release of the stage, if none is on its way."""
    here, stage = state.here[s], plan.stage[s]
    if here.release_set:
        return
    here.release_set = 1
    push(state, facts, next_time(t, stage.every, stage.offset), RELEASE, s)


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
