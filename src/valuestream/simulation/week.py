"""Working hours that repeat every week, in seconds."""

from __future__ import annotations

import math

from valuestream.simulation.kernel import part
from valuestream.simulation.plan import NOTHING

WEEK = 604_800.0
HOUR = 3_600.0
HAIR = 1e-6
"""Seconds: what rounding may put between two instants that are meant to be one."""


@part
def worked(plan, c, t):  # type: ignore[no-untyped-def]
    """Working seconds from the beginning to t."""
    week = math.floor(t / WEEK)
    rest = t - week * WEEK
    done = 0.0
    for k in range(plan.hours[c, 0], plan.hours[c, 1]):
        if rest <= plan.slot[k, 0]:
            break
        done = plan.slot[k, 2] + min(rest, plan.slot[k, 1]) - plan.slot[k, 0]
    return week * plan.week[c] + done


@part
def ending(plan, c, t, work):  # type: ignore[no-untyped-def]
    """When work that begins at t ends: at 17:00, not at 9:00 of the next day."""
    if c == NOTHING:
        return t + work
    if work <= 0.0:
        return t
    total = worked(plan, c, t) + work
    week = math.floor(total / plan.week[c])
    rest = total - week * plan.week[c]
    if rest < HAIR:
        week -= 1
        rest = plan.week[c]
    for k in range(plan.hours[c, 0], plan.hours[c, 1]):
        end = plan.slot[k, 1]
        if rest <= plan.slot[k, 2] + end - plan.slot[k, 0] + HAIR:
            return max(t, week * WEEK + min(end, plan.slot[k, 0] + rest - plan.slot[k, 2]))
    return max(t, week * WEEK + plan.slot[plan.hours[c, 1] - 1, 1])


@part
def opening(plan, c, t):  # type: ignore[no-untyped-def]
    """The first working instant from t on."""
    if c == NOTHING:
        return t
    week = math.floor(t / WEEK)
    rest = t - week * WEEK
    for k in range(plan.hours[c, 0], plan.hours[c, 1]):
        if rest < plan.slot[k, 1] - HAIR:
            return t if rest >= plan.slot[k, 0] else week * WEEK + plan.slot[k, 0]
    return (week + 1) * WEEK + plan.slot[plan.hours[c, 0], 0]
