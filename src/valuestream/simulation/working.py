"""Working hours that repeat after a cycle (a week, or the many weeks in which days off are listed), in seconds."""

from __future__ import annotations

import math

from valuestream.simulation.kernel import called, part
from valuestream.simulation.plan import NOTHING

WEEK = 604_800.0
DAY = 86_400.0
HOUR = 3_600.0
HAIR = 1e-6
"""Seconds: what rounding may put between two instants that are meant to be one."""

BEGIN, END, BEFORE, AFTER, WORK, SPAN = 0, 1, 2, 3, 0, 1
"""Columns of `Plan.slot` and of `Plan.cycle`."""


@part
def first_from(slot, low, high, column, value):  # type: ignore[no-untyped-def]
    """The first slot of low..high whose column, which rises, is not below the value; `high` where there is none."""
    while low < high:
        middle = (low + high) >> 1
        if slot[middle, column] < value:
            low = middle + 1
        else:
            high = middle
    return low


@called
def worked(hours, slot, cycle, c, t):  # type: ignore[no-untyped-def]
    """Working seconds from the beginning to t."""
    turn = math.floor(t / cycle[c, SPAN])
    rest = t - turn * cycle[c, SPAN]
    k = first_from(slot, hours[c, 0], hours[c, 1], BEGIN, rest) - 1
    done = 0.0
    if k >= hours[c, 0]:
        done = slot[k, BEFORE] + min(rest, slot[k, END]) - slot[k, BEGIN]
    return turn * cycle[c, WORK] + done


@called
def ending(hours, slot, cycle, c, t, work):  # type: ignore[no-untyped-def]
    """When work that begins at t ends: at 17:00, not at 9:00 of the next day."""
    if c == NOTHING:
        return t + work
    if work <= 0.0:
        return t
    total = worked(hours, slot, cycle, c, t) + work
    turn = math.floor(total / cycle[c, WORK])
    rest = total - turn * cycle[c, WORK]
    if rest < HAIR:
        turn -= 1
        rest = cycle[c, WORK]
    k = min(first_from(slot, hours[c, 0], hours[c, 1], AFTER, rest - HAIR), hours[c, 1] - 1)
    return max(t, turn * cycle[c, SPAN] + min(slot[k, END], slot[k, BEGIN] + rest - slot[k, BEFORE]))


@called
def opening(hours, slot, cycle, c, t):  # type: ignore[no-untyped-def]
    """The first working instant from t on."""
    if c == NOTHING:
        return t
    turn = math.floor(t / cycle[c, SPAN])
    rest = t - turn * cycle[c, SPAN]
    k = first_from(slot, hours[c, 0], hours[c, 1], END, rest + HAIR)
    if k == hours[c, 1]:
        return (turn + 1) * cycle[c, SPAN] + slot[hours[c, 0], BEGIN]
    return t if rest >= slot[k, BEGIN] else turn * cycle[c, SPAN] + slot[k, BEGIN]
