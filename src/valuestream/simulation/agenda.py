"""What happens next: a binary heap of events, those of one instant in the order in which they were added."""

from __future__ import annotations

from valuestream.simulation import plan as of
from valuestream.simulation.kernel import part

ARRIVE, END, RING, WAKE, RELEASE, TASK = range(6)
"""Events: the next burst, a service ends, a timer rings, a pool's hours begin, a release, a pool's background work."""


@part
def push(state, t, code, which):  # type: ignore[no-untyped-def]
    """Add an event; those of one instant keep the order in which they were added."""
    at, what = state.heap_t, state.heap_e
    seq = state.facts[of.SEQ]
    k = state.facts[of.HEAP]
    state.facts[of.SEQ] = seq + 1
    state.facts[of.HEAP] = k + 1
    while k > 0:
        up = (k - 1) >> 1
        if at[up] <= t:
            break
        at[k] = at[up]
        what[k, 0] = what[up, 0]
        what[k, 1] = what[up, 1]
        k = up
    at[k] = t
    what[k, 0] = seq
    what[k, 1] = which * 8 + code


@part
def pop(state):  # type: ignore[no-untyped-def]
    """Take the first event off."""
    at, what = state.heap_t, state.heap_e
    n = state.facts[of.HEAP] - 1
    state.facts[of.HEAP] = n
    t, seq, event = at[n], what[n, 0], what[n, 1]
    k = 0
    while True:
        down = 2 * k + 1
        if down >= n:
            break
        other = down + 1
        if other < n and (at[other] < at[down] or (at[other] == at[down] and what[other, 0] < what[down, 0])):
            down = other
        if t < at[down] or (t == at[down] and seq < what[down, 0]):
            break
        at[k] = at[down]
        what[k, 0] = what[down, 0]
        what[k, 1] = what[down, 1]
        k = down
    at[k] = t
    what[k, 0] = seq
    what[k, 1] = event
