"""A shorter event loop for plain networks of queues: each stage has servers of its own and one queue, and nothing else.

No hours, timers, gates, batches, releases, limits, priorities, bursts or background work. What is left fits into a
processor's registers, so that it runs almost twice as fast as `loop.py` and compiles in a sixth of the time. It draws
the same numbers and gives the same answers: `loop.py` is its oracle.
"""

from __future__ import annotations

import math

from valuestream.simulation import plan as of
from valuestream.simulation.chance import GAP_DRAW, draw, one
from valuestream.simulation.entrance import first_stage, kind_of
from valuestream.simulation.kernel import part
from valuestream.simulation.leaving import tally
from valuestream.simulation.network_agenda import rise, sink
from valuestream.simulation.network_sums import close, cut
from valuestream.simulation.plan import Plan, State
from valuestream.simulation.record import forget
from valuestream.simulation.slots import free_from
from valuestream.simulation.stages import draw_service, foresee


def suits(plan: Plan, *, logged: bool) -> bool:
    """Whether a model is plain enough for `run_network`."""
    rule, stage = plan.rule[0], plan.stage
    used = [stage[name].any() for name in ("newest", "typed", "released", "gated")]
    return not (
        logged
        or any(used)
        or rule.lanes > 1
        or rule.limited
        or rule.with_hours
        or len(plan.trace)
        or len(plan.burst)
        or len(plan.resting)
        or (stage["batch"] > 1).any()
        or (stage["timer"] != of.NOTHING).any()
        or (plan.pool["hours"] != of.NOTHING).any()
        or (plan.pool["tasks"] != of.NOTHING).any()
        or (plan.pool["last"] - plan.pool["first"] > 1).any()
        or (stage["pool"][plan.members] != stage["pool"]).any()
    )


def run_network(plan: Plan, state: State, budget: int) -> int:
    """Kernel: as `loop.run`, of a plan that `suits`."""
    facts, heap, stages = state.facts[0], state.heap, plan.rule[0].stages
    if facts.fresh:
        _begin(plan, state, facts)
    n, seq, free, out = facts.heap, facts.seq, facts.free, facts.out
    coming, coming_seq, t, events = facts.coming, facts.coming_seq, facts.now, facts.events
    barrier = min(facts.horizon, facts.warm_up_s if facts.cut == 0 else math.inf)
    reached = t if facts.cut == 1 and out >= facts.goal and facts.wanted > 0 else math.inf
    barrier = min(barrier, reached)
    why = of.RUNNING
    for _ in range(budget):
        first = heap[0]
        comes = coming < first.at or (coming == first.at and coming_seq < first.seq)
        then = coming if comes else first.at
        if then >= barrier:
            if then > reached:
                why = of.DONE
                break
            if facts.cut == 0 and then >= facts.warm_up_s:
                facts.out = out
                cut(plan, state, facts, n, facts.warm_up_s)
                barrier = min(facts.horizon, reached)
            if then > facts.horizon:
                t, why = facts.horizon, of.DONE
                break
        if comes:
            if facts.used + 1 >= len(state.slot):
                why = of.NO_ROOM
                break
            t = then
            events += 1
            i = free
            item = state.slot[i]
            free = item.next
            _arrive(plan, state, facts, t, i)
            u = one(facts.seed, facts.replication, facts.bursts, 0, 0, GAP_DRAW)
            facts.gap_sum += draw(plan, facts, plan.rule[0].gap_law, u, facts.bursts, 0, 0, GAP_DRAW)
            facts.bursts += 1
            coming, coming_seq = facts.gap_sum * plan.rule[0].burst_s, seq
            seq += 1
        else:
            t = then
            events += 1
            i = first.which
            item = state.slot[i]
            s = item.stage
            _account(plan, state, item, t, s)
            ends = state.queue[s]
            if ends.head != of.NOTHING:
                j = ends.head
                other = state.slot[j]
                ends.head = other.next
                other.started = t
                sink(heap, n, t + other.service, seq, j, False)
                seq += 1
                foresee(plan, state, facts, j, s)
            else:
                state.crew[plan.stage[s].pool].busy -= 1
                n -= 1
                last = heap[n]
                at, number, which = last.at, last.seq, last.which
                last.at = math.inf
                if n > 0:
                    sink(heap, n, at, number, which, True)
            if item.dest >= stages:
                item.next = free
                free = i
                out += 1
                _leave(plan, state, facts, item, t)
                if facts.cut == 0:
                    if out >= facts.warm_up and facts.warm_up_s == math.inf:
                        facts.out = out
                        cut(plan, state, facts, n, t)
                elif out >= facts.goal and facts.wanted > 0 and reached == math.inf:
                    barrier = reached = t
                continue
        to = item.dest
        item.stage = to
        item.entered = t
        item.service = item.next_service
        item.route_u = item.next_route_u
        item.nth = state.passes[i, to] + 1
        state.passes[i, to] = item.nth
        pool = plan.stage[to].pool
        if state.crew[pool].busy < plan.pool[pool].servers:
            state.crew[pool].busy += 1
            item.started = t
            rise(heap, n, t + item.service, seq, i)
            n += 1
            seq += 1
            foresee(plan, state, facts, i, to)
        else:
            _queue(state, to, i)
    facts.heap, facts.seq, facts.free, facts.out = n, seq, free, out
    facts.coming, facts.coming_seq, facts.now, facts.events = coming, coming_seq, t, events
    if why == of.DONE:
        close(plan, state, facts, n, t)
    return why


@part
def _begin(plan, state, facts):  # type: ignore[no-untyped-def]
    facts.fresh = facts.heap = facts.seq = facts.used = facts.numbered = facts.bursts = 0
    facts.out = facts.visit_rows = facts.item_rows = facts.cut = facts.releases = facts.events = 0
    facts.waiting_outside = 0
    facts.now = facts.gap_sum = 0.0
    for k in range(len(state.queue)):
        state.queue[k].head = state.queue[k].tail = of.NOTHING
    for k in range(len(state.crew)):
        state.crew[k].busy = 0
    for k in range(len(state.heap)):
        state.heap[k].at = math.inf
    free_from(state, facts, 0)
    forget(state, facts, 0.0)
    u = one(facts.seed, facts.replication, 0, 0, 0, GAP_DRAW)
    facts.gap_sum = draw(plan, facts, plan.rule[0].gap_law, u, 0, 0, 0, GAP_DRAW)
    facts.coming, facts.coming_seq = facts.gap_sum * plan.rule[0].burst_s, 0
    facts.seq = facts.bursts = 1
    if facts.warm_up == 0 and facts.warm_up_s == math.inf:
        cut(plan, state, facts, 0, 0.0)


@part
def _arrive(plan, state, facts, t, i):  # type: ignore[no-untyped-def]
    item = state.slot[i]
    item.number = facts.numbered
    facts.numbered += 1
    facts.used += 1
    facts.arrived += 1.0
    item.kind = kind_of(plan, facts, item.number)
    item.returns = 0
    item.arrived = t
    item.committed = t
    item.work_sum = 0.0
    for s in range(plan.rule[0].stages):
        state.passes[i, s] = 0
    item.dest = first_stage(plan, facts, item.number)
    draw_service(plan, state, facts, i, item.dest, 1)


@part
def _account(plan, state, item, t, s):  # type: ignore[no-untyped-def]
    """The sums of a visit that ends."""
    here = state.here[s]
    wait, work = item.started - item.entered, t - item.started
    here.left += 1.0
    here.wait += wait
    here.wait_squares += wait * wait
    here.work += work
    back = item.dest < s
    here.returned += back
    item.returns += back
    if not plan.stage[s].external:
        item.work_sum += work


@part
def _leave(plan, state, facts, item, t):  # type: ignore[no-untyped-def]
    facts.used -= 1
    facts.area += t - item.committed
    if item.dest > plan.rule[0].stages:
        facts.cancelled += 1.0
    else:
        tally(state, facts, item, t)


@part
def _queue(state, s, i):  # type: ignore[no-untyped-def]
    ends, item = state.queue[s], state.slot[i]
    item.next = of.NOTHING
    if ends.head == of.NOTHING:
        ends.head = i
    else:
        last = state.slot[ends.tail]
        last.next = i
    ends.tail = i
