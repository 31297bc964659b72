"""What a run of a plain network sums up.

Of an item in the stream only `committed`, `entered` and `started` are kept up to date; integrals over time are made
up from them when they are cut and closed.
"""

from __future__ import annotations

from valuestream.simulation import plan as of
from valuestream.simulation.kernel import part
from valuestream.simulation.record import forget


@part
def cut(plan, state, facts, n, t):  # type: ignore[no-untyped-def]
    """The warm-up ends at t: what was summed so far is forgotten, and what is there counts from now."""
    facts.cut = 1
    facts.goal = facts.out + facts.wanted
    forget(state, facts, t)
    there(plan, state, facts, n, t, -1.0)


@part
def close(plan, state, facts, n, t):  # type: ignore[no-untyped-def]
    """The run ends at t: integrals are their sums over what has left, and over what is still there."""
    facts.in_stream = facts.used
    for k in range(len(state.here)):
        here = state.here[k]
        here.in_stage = here.waiting = here.serving = here.holding = 0
        here.area += here.wait + here.work
        here.area_serving += here.work
        here.service = here.work
        here.entered += here.left
    there(plan, state, facts, n, t, 1.0)


@part
def there(plan, state, facts, n, t, sign):  # type: ignore[no-untyped-def]
    """Add what items in the stream have spent there by t, with that sign."""
    for k in range(n):
        item = state.slot[state.heap[k].which]
        here = state.here[item.stage]
        here.serving += 1
        here.area_serving += sign * (t - item.started)
        stands(state, facts, item, t, sign)
    for s in range(plan.rule[0].stages):
        i = state.queue[s].head
        while i != of.NOTHING:
            item = state.slot[i]
            state.here[s].waiting += 1
            stands(state, facts, item, t, sign)
            i = item.next


@part
def stands(state, facts, item, t, sign):  # type: ignore[no-untyped-def]
    here = state.here[item.stage]
    here.in_stage += 1
    here.entered += sign
    here.area += sign * (t - item.entered)
    facts.area += sign * (t - item.committed)
