"""Places for items in the stream, and lists of them linked through `next`.

`state.queue` holds a head and a tail for each list: of stage s and lane k at `s * lanes + k`; then, S being all
stages with background work, what stage s holds, what it has stopped, and what waits outside by lane.
"""

from __future__ import annotations

from valuestream.simulation import plan as of
from valuestream.simulation.kernel import part


@part
def held(plan, state, s):  # type: ignore[no-untyped-def]
    """The list of what a stage holds for its batch or release."""
    return state.queue[len(plan.stage) * plan.rule[0].lanes + s]


@part
def stopped(plan, state, s):  # type: ignore[no-untyped-def]
    """The list of what finds no room in a stage."""
    return state.queue[len(plan.stage) * (plan.rule[0].lanes + 1) + s]


@part
def outside(plan, state, lane):  # type: ignore[no-untyped-def]
    """The list of what waits outside."""
    return state.queue[len(plan.stage) * (plan.rule[0].lanes + 2) + lane]


def queues(stages: int, lanes: int) -> int:
    """How many lists there are."""
    return stages * (lanes + 2) + lanes


@part
def free_from(state, facts, first):  # type: ignore[no-untyped-def]
    """Put the slots from `first` to the last before the free ones."""
    n = len(state.slot)
    for i in range(first, n):
        one = state.slot[i]
        one.next = i + 1
        one.holds = 0
    one = state.slot[n - 1]
    one.next = of.NOTHING if first == 0 else facts.free
    facts.free = first


@part
def take_slot(state, facts):  # type: ignore[no-untyped-def]
    i = facts.free
    facts.free = state.slot[i].next
    facts.used += 1
    return i


@part
def give_slot(state, facts, i):  # type: ignore[no-untyped-def]
    one = state.slot[i]
    one.next = facts.free
    facts.free = i
    facts.used -= 1


@part
def append(state, ends, i, front):  # type: ignore[no-untyped-def]
    """Put slot i at the end of a list, or at its front."""
    one = state.slot[i]
    if ends.head == of.NOTHING:
        one.next = of.NOTHING
        ends.head = i
        ends.tail = i
    elif front:
        one.next = ends.head
        ends.head = i
    else:
        one.next = of.NOTHING
        last = state.slot[ends.tail]
        last.next = i
        ends.tail = i


@part
def shift(state, ends):  # type: ignore[no-untyped-def]
    """Take the first slot off a list that is not empty."""
    i = ends.head
    ends.head = state.slot[i].next
    return i
