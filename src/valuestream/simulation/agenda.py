"""What happens next: a binary heap of events, those of one instant in the order in which they were added."""

from __future__ import annotations

from valuestream.simulation import plan as of
from valuestream.simulation.kernel import part

ARRIVE, END, RING, WAKE, RELEASE, TASK = range(6)
"""Events: the next burst, a service ends, a timer rings, a pool's hours begin, a release, a pool's background work."""


@part
def push(at, what, facts, t, code, which):  # type: ignore[no-untyped-def]
    """Add an event; those of one instant keep the order in which they were added."""
    seq = facts[of.SEQ]
    k = facts[of.HEAP]
    facts[of.SEQ] = seq + 1
    facts[of.HEAP] = k + 1
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
    what[k, 1] = (which << 3) | code


@part
def pop(at, what, facts):  # type: ignore[no-untyped-def]
    """Take the first event off: the hole sinks to the bottom, where the last event nearly belongs, and that rises."""
    n = facts[of.HEAP] - 1
    facts[of.HEAP] = n
    t, seq, event = at[n], what[n, 0], what[n, 1]
    k = 0
    down = 1
    while down < n:
        other = min(down + 1, n - 1)
        earlier = at[other] < at[down]
        if at[other] == at[down]:
            earlier = what[other, 0] < what[down, 0]
        down = other if earlier else down
        at[k] = at[down]
        what[k, 0] = what[down, 0]
        what[k, 1] = what[down, 1]
        k = down
        down = 2 * k + 1
    while k > 0:
        up = (k - 1) >> 1
        if at[up] < t or (at[up] == t and what[up, 0] < seq):
            break
        at[k] = at[up]
        what[k, 0] = what[up, 0]
        what[k, 1] = what[up, 1]
        k = up
    at[k] = t
    what[k, 0] = seq
    what[k, 1] = event
