"""What a run sums up since its cut, and the rows of its log where one is wanted.

Integrals over time are sums of instants: what enters at t takes t off, what leaves at t adds it. Instants count
from the cut; at the end what is still there adds the end.
"""

from __future__ import annotations

from valuestream.simulation import plan as of
from valuestream.simulation.kernel import part


@part
def forget(state, facts, t):  # type: ignore[no-untyped-def]
    """Begin all sums anew at t, with what is there."""
    for k in range(len(state.here)):
        here = state.here[k]
        here.area = here.area_serving = here.entered = here.left = here.returned = 0.0
        here.wait = here.wait_squares = here.work = here.held = here.stopped = here.service = 0.0
    facts.area = facts.lead = facts.lead_squares = facts.work = facts.first_pass = 0.0
    facts.arrived = facts.finished = facts.cancelled = facts.outside = facts.outside_area = 0.0
    for k in range(len(state.kinds)):
        kind = state.kinds[k]
        kind.n = kind.lead = kind.lead_squares = 0.0
    state.sketch[:] = 0
    facts.cut_at = t


@part
def cut(state, facts, t):  # type: ignore[no-untyped-def]
    """The warm-up ends: what was summed so far is forgotten."""
    facts.cut = 1
    facts.goal = facts.out + facts.wanted
    forget(state, facts, t)


@part
def close(plan, state, facts, t):  # type: ignore[no-untyped-def]
    """The run ends at t: integrals up to then, and what is still open as rows of the log."""
    facts.now = t
    since = t - facts.cut_at
    for k in range(len(state.here)):
        here = state.here[k]
        here.area += here.in_stage * since
        here.area_serving += here.serving * since
    facts.area += facts.in_stream * since
    facts.outside_area += facts.waiting_outside * since
    if not facts.logged:
        return
    free = facts.free
    while free != of.NOTHING:  # the phase tells apart who is still there
        one = state.slot[free]
        one.phase = of.NOTHING
        free = one.next
    for i in range(len(state.slot)):
        one = state.slot[i]
        if one.phase == of.NOTHING or (one.phase != of.OUTSIDE and one.stage >= plan.rule[0].stages):
            continue
        if one.phase != of.OUTSIDE:
            log_visit(state, facts, one, -1.0, of.NOTHING)
        log_item(state, facts, one, -1.0, 0)


@part
def log_visit(state, facts, one, left, to):  # type: ignore[no-untyped-def]
    row = state.visit[facts.visit_rows]
    facts.visit_rows += 1
    gone = to != of.NOTHING
    row.number = one.number
    row.stage = one.stage
    row.nth = one.nth
    row.to = to
    row.release = one.release
    row.phase = one.phase
    row.entered = one.entered
    row.started = one.started if one.phase >= of.SERVED else -1.0
    row.worked = one.worked if one.phase > of.SERVED or gone else -1.0
    row.ready = one.ready if one.phase > of.HELD or gone else -1.0
    row.left = left


@part
def log_item(state, facts, one, finished, outcome):  # type: ignore[no-untyped-def]
    row = state.item[facts.item_rows]
    facts.item_rows += 1
    row.number = one.number
    row.kind = one.kind
    row.outcome = outcome
    row.arrived = one.arrived
    row.committed = one.committed
    row.finished = finished
