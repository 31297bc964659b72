"""Places for items in the stream, and lists of them linked through NEXT."""

from __future__ import annotations

from valuestream.simulation import plan as of
from valuestream.simulation.kernel import part


@part
def free_from(state, first):  # type: ignore[no-untyped-def]
    """Put the slots from `first` to the last before the free ones."""
    n = len(state.slot_i)
    for i in range(first, n):
        state.slot_i[i, of.NEXT] = i + 1
        state.slot_i[i, of.HOLDS] = 0
    state.slot_i[n - 1, of.NEXT] = of.NOTHING if first == 0 else state.facts[of.FREE]
    state.facts[of.FREE] = first


@part
def take_slot(plan, state):  # type: ignore[no-untyped-def]
    i = state.facts[of.FREE]
    state.facts[of.FREE] = state.slot_i[i, of.NEXT]
    state.facts[of.USED] += 1
    return i


@part
def give_slot(state, i):  # type: ignore[no-untyped-def]
    state.slot_i[i, of.NEXT] = state.facts[of.FREE]
    state.facts[of.FREE] = i
    state.facts[of.USED] -= 1


@part
def append(state, ends, i, front):  # type: ignore[no-untyped-def]
    """Put slot i at the end of a list, or at its front; `ends` is its head and tail."""
    if ends[0] == of.NOTHING:
        state.slot_i[i, of.NEXT] = of.NOTHING
        ends[0] = i
        ends[1] = i
    elif front:
        state.slot_i[i, of.NEXT] = ends[0]
        ends[0] = i
    else:
        state.slot_i[i, of.NEXT] = of.NOTHING
        state.slot_i[ends[1], of.NEXT] = i
        ends[1] = i


@part
def shift(state, ends):  # type: ignore[no-untyped-def]
    """Take the first slot off a list that is not empty."""
    i = ends[0]
    ends[0] = state.slot_i[i, of.NEXT]
    return i
