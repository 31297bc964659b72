"""What happens next: a binary heap of events, those of one instant in the order in which they were added.

The first event is not taken off when it is handled: it leaves a hole, which the next event added fills. Most
events add one, so most need one way through the heap instead of two.
"""

from __future__ import annotations

from valuestream.simulation.kernel import part

ARRIVE, END, RING, WAKE, RELEASE, TASK = range(6)
"""Events: the next burst, a service ends, a timer rings, a pool's hours begin, a release, a pool's background work."""


@part
def push(state, facts, t, code, which):  # type: ignore[no-untyped-def]
    """Add an event; those of one instant keep the order in which they were added."""
    seq = facts.seq
    facts.seq = seq + 1
    if facts.hole:
        facts.hole = 0
        sink(state, facts, t, seq, code, which)
        return
    k = facts.heap
    facts.heap = k + 1
    while k > 0:
        up = state.heap[(k - 1) >> 1]
        if up.at <= t:
            break
        here = state.heap[k]
        here.at, here.seq, here.code, here.which = up.at, up.seq, up.code, up.which
        k = (k - 1) >> 1
    here = state.heap[k]
    here.at, here.seq, here.code, here.which = t, seq, code, which


@part
def sink(state, facts, t, seq, code, which):  # type: ignore[no-untyped-def]
    """Put an event into the hole at the top, and let it sink to where it belongs."""
    n = facts.heap
    k = 0
    down = 1
    while down < n:
        other = min(down + 1, n - 1)
        left, right = state.heap[down], state.heap[other]
        later = (right.at < left.at) | ((right.at == left.at) & (right.seq < left.seq))
        down = other if later else down
        first = state.heap[down]
        if t < first.at or (t == first.at and seq < first.seq):
            break
        here = state.heap[k]
        here.at, here.seq, here.code, here.which = first.at, first.seq, first.code, first.which
        k = down
        down = 2 * k + 1
    here = state.heap[k]
    here.at, here.seq, here.code, here.which = t, seq, code, which


@part
def mend(state, facts):  # type: ignore[no-untyped-def]
    """Nothing was added: the last event fills the hole."""
    facts.hole = 0
    n = facts.heap - 1
    facts.heap = n
    if n > 0:
        last = state.heap[n]
        sink(state, facts, last.at, last.seq, last.code, last.which)
