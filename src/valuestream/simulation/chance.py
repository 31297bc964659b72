"""Random numbers: Philox 2x64 (Salmon et al. 2011), a function of a counter and a key.

The key is (seed, replication), the counter (item, stage, pass, purpose). So item 17's second review takes
the same draw in every scenario, whatever happened before it.
"""

from __future__ import annotations

import math

from valuestream.simulation import plan as of
from valuestream.simulation.kernel import called, part
from valuestream.simulation.machine import halves, words

SERVE_DRAW, TIMER_DRAW, GAP_DRAW, BURST_DRAW, TYPE_DRAW, ENTRY_DRAW, TASK_DRAW, REST_DRAW = range(8)
"""Purposes of random numbers."""

UNIT = 2.0**-53
LN2 = math.log(2.0)


@part
def log(x):  # type: ignore[no-untyped-def]
    """The natural logarithm by twice the area tangent of (m - 1) / (m + 1), to some 2 units in the last place.

    The compiler's own is a call, for which everything that is known must be put aside.
    """
    m, e = halves(x)
    s = (m - 1.0) / (m + 1.0)
    z = s * s
    y = z * z
    low = (1.0 + z * (1 / 3)) + y * ((1 / 5) + z * (1 / 7))
    high = ((1 / 9) + z * (1 / 11)) + y * (((1 / 13) + z * (1 / 15)) + y * ((1 / 17) + z * (1 / 19)))
    return e * LN2 + 2.0 * s * (low + y * y * high)


@part
def pair(seed, replication, number, key, nth, purpose, again):  # type: ignore[no-untyped-def]
    """Two independent numbers in (0, 1]; `again` counts further pairs for the same purpose."""
    a, b = words(int(number) ^ (again << 48), (int(key) << 32) + int(nth) * 8 + purpose, (seed << 32) + replication)
    return (a + 0.5) * UNIT, (b + 0.5) * UNIT


@part
def one(seed, replication, number, key, nth, purpose):  # type: ignore[no-untyped-def]
    """A number in (0, 1] for that item, stage, pass and purpose."""
    u, _ = pair(seed, replication, number, key, nth, purpose, 0)
    return u


@part
def draw(plan, facts, law, u, number, key, nth, purpose):  # type: ignore[no-untyped-def]
    """A duration of that law from the number u; what needs more than one number draws further pairs."""
    by = plan.law[law]
    if by.kind == of.EXPONENTIAL:
        return -by.a * log(u)
    if by.kind == of.EMPIRICAL:
        return plan.values[by.first + min(int(u * by.count), by.count - 1)]
    if by.kind == of.DETERMINISTIC:
        return by.a
    return _shaped(by.kind == of.LOGNORMAL, by.a, by.b, u, facts.seed, facts.replication, number, key, nth, purpose)


@called
def _shaped(lognormal, a, b, u, seed, replication, number, key, nth, purpose):  # type: ignore[no-untyped-def]
    if lognormal:
        v, _ = pair(seed, replication, number, key, nth, purpose, 1)
        return math.exp(a + b * math.sqrt(-2.0 * math.log(u)) * math.cos(2.0 * math.pi * v))
    return b * _gamma(a, u, seed, replication, number, key, nth, purpose)


@called
def _gamma(shape, u, seed, replication, number, key, nth, purpose):  # type: ignore[no-untyped-def]
    """Marsaglia and Tsang (2000): a squeeze on a cubed normal; shapes below 1 by one power more."""
    d = (shape + 1.0 if shape < 1.0 else shape) - 1.0 / 3.0
    c = 1.0 / math.sqrt(9.0 * d)
    again = 1
    while True:
        r, angle = pair(seed, replication, number, key, nth, purpose, again)
        w, _ = pair(seed, replication, number, key, nth, purpose, again + 1)
        again += 2
        x = math.sqrt(-2.0 * math.log(r)) * math.cos(2.0 * math.pi * angle)
        v = 1.0 + c * x
        if v <= 0.0:
            continue
        v = v * v * v
        if math.log(w) < 0.5 * x * x + d - d * v + d * math.log(v):
            return d * v * (math.exp(math.log(u) / shape) if shape < 1.0 else 1.0)
