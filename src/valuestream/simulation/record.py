"""What a run sums up since its cut, and the rows of its log where one is wanted."""

from __future__ import annotations

from valuestream.simulation import plan as of
from valuestream.simulation.kernel import part


@part
def tally(state, t, s):  # type: ignore[no-untyped-def]
    """Bring the integrals of a stage up to t, before a count changes."""
    sums = state.sums
    span = t - sums[s, of.LAST]
    if span > 0.0:
        sums[s, of.AREA_IN] += state.here[s, of.IN_STAGE] * span
        sums[s, of.AREA_SERVING] += state.here[s, of.SERVING] * span
        sums[s, of.LAST] = t


@part
def tally_whole(state, t):  # type: ignore[no-untyped-def]
    whole = state.whole
    span = t - whole[of.W_LAST]
    if span > 0.0:
        whole[of.W_AREA] += state.facts[of.IN_STREAM] * span
        whole[of.W_OUTSIDE_AREA] += state.facts[of.WAITING_OUTSIDE] * span
        whole[of.W_LAST] = t


@part
def forget(state, t):  # type: ignore[no-untyped-def]
    state.sums[:] = 0.0
    state.whole[:] = 0.0
    state.by_type[:] = 0.0
    state.sketch[:] = 0
    state.whole[of.W_LAST] = t
    for s in range(len(state.sums)):
        state.sums[s, of.LAST] = t


@part
def cut(plan, state, t):  # type: ignore[no-untyped-def]
    """The warm-up ends: what was summed so far is forgotten."""
    state.facts[of.CUT] = 1
    state.clock[of.CUT_AT] = t
    forget(state, t)


@part
def close(plan, state, t):  # type: ignore[no-untyped-def]
    """The run ends at t: integrals up to then, and what is still open as rows of the log."""
    state.clock[of.NOW] = t
    for s in range(len(state.sums)):
        tally(state, t, s)
    tally_whole(state, t)
    if not state.facts[of.LOGGED]:
        return
    free = state.facts[of.FREE]
    while free != of.NOTHING:  # of.PHASE tells apart who is still there
        state.slot_i[free, of.PHASE] = of.NOTHING
        free = state.slot_i[free, of.NEXT]
    for i in range(len(state.slot_i)):
        phase = state.slot_i[i, of.PHASE]
        if phase == of.NOTHING or (phase != of.OUTSIDE and state.slot_i[i, of.STAGE] >= plan.rule[of.STAGES]):
            continue
        if phase != of.OUTSIDE:
            log_visit(state, i, -1.0, of.NOTHING)
        log_item(state, i, -1.0, 0)


@part
def log_visit(state, i, left, to):  # type: ignore[no-untyped-def]
    row = state.facts[of.VISIT_ROWS]
    state.facts[of.VISIT_ROWS] = row + 1
    phase = state.slot_i[i, of.PHASE]
    state.visit_i[row, of.V_NUMBER] = state.slot_i[i, of.NUMBER]
    state.visit_i[row, of.V_STAGE] = state.slot_i[i, of.STAGE]
    state.visit_i[row, of.V_NTH] = state.slot_i[i, of.NTH]
    state.visit_i[row, of.V_TO] = to
    state.visit_i[row, of.V_RELEASE] = state.slot_i[i, of.RELEASE_NO]
    state.visit_i[row, of.V_PHASE] = phase
    state.visit_f[row, of.V_ENTERED] = state.slot_f[i, of.ENTERED]
    state.visit_f[row, of.V_STARTED] = state.slot_f[i, of.STARTED] if phase >= of.SERVED else -1.0
    state.visit_f[row, of.V_WORKED] = state.slot_f[i, of.WORKED] if phase > of.SERVED or to != of.NOTHING else -1.0
    state.visit_f[row, of.V_READY] = state.slot_f[i, of.READY] if phase > of.HELD or to != of.NOTHING else -1.0
    state.visit_f[row, of.V_LEFT] = left


@part
def log_item(state, i, finished, outcome):  # type: ignore[no-untyped-def]
    row = state.facts[of.ITEM_ROWS]
    state.facts[of.ITEM_ROWS] = row + 1
    state.item_i[row, of.I_NUMBER] = state.slot_i[i, of.NUMBER]
    state.item_i[row, of.I_TYPE] = state.slot_i[i, of.TYPE]
    state.item_i[row, of.I_OUTCOME] = outcome
    state.item_f[row, of.I_ARRIVED] = state.slot_f[i, of.ARRIVED]
    state.item_f[row, of.I_COMMITTED] = state.slot_f[i, of.COMMITTED]
    state.item_f[row, of.I_FINISHED] = finished
