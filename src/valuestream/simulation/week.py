"""Working hours that repeat every week, in seconds."""

from __future__ import annotations

import math

from valuestream.simulation.kernel import called
from valuestream.simulation.plan import NOTHING

WEEK = 604_800.0
HOUR = 3_600.0
HAIR = 1e-6
"""Seconds: what rounding may put between two instants that are meant to be one."""


@called
def worked(hours, slot, weeks, c, t):  # type: ignore[no-untyped-def]
    """Working seconds from the beginning to t."""
    week = math.floor(t / WEEK)
    rest = t - week * WEEK
    done = 0.0
    for k in range(hours[c, 0], hours[c, 1]):
        if rest <= slot[k, 0]:
            break
        done = slot[k, 2] + min(rest, slot[k, 1]) - slot[k, 0]
    return week * weeks[c] + done


@called
def ending(hours, slot, weeks, c, t, work):  # type: ignore[no-untyped-def]
    """When work that begins at t ends: at 17:00, not at 9:00 of the next day."""
    if c == NOTHING:
        return t + work
    if work <= 0.0:
        return t
    total = worked(hours, slot, weeks, c, t) + work
    week = math.floor(total / weeks[c])
    rest = total - week * weeks[c]
    if rest < HAIR:
        week -= 1
        rest = weeks[c]
    for k in range(hours[c, 0], hours[c, 1]):
        end = slot[k, 1]
        if rest <= slot[k, 2] + end - slot[k, 0] + HAIR:
            return max(t, week * WEEK + min(end, slot[k, 0] + rest - slot[k, 2]))
    return max(t, week * WEEK + slot[hours[c, 1] - 1, 1])


@called
def opening(hours, slot, c, t):  # type: ignore[no-untyped-def]
    """The first working instant from t on."""
    if c == NOTHING:
        return t
    week = math.floor(t / WEEK)
    rest = t - week * WEEK
    for k in range(hours[c, 0], hours[c, 1]):
        if rest < slot[k, 1] - HAIR:
            return t if rest >= slot[k, 0] else week * WEEK + slot[k, 0]
    return (week + 1) * WEEK + slot[hours[c, 0], 0]
