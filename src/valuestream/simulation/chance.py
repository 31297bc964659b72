"""Random numbers: Philox 4x32-7 (Salmon et al. 2011), a function of a counter and a key.

The key is (seed, replication), the counter (item, stage, pass, purpose). So item 17's second review takes
the same draw in every scenario, whatever happened before it.
"""

from __future__ import annotations

import math

from valuestream.simulation import plan as of
from valuestream.simulation.kernel import called, part

SERVE_DRAW, TIMER_DRAW, GAP_DRAW, BURST_DRAW, TYPE_DRAW, ENTRY_DRAW, TASK_DRAW = range(7)
"""Purposes of random numbers."""

WORD = 0xFFFFFFFF

ROUNDS = 7
"""The fewest with which Philox 4x32 passed every test of its authors."""


@part
def philox(c0, c1, c2, c3, k0, k1):  # type: ignore[no-untyped-def]
    """Four random 32-bit words of a counter of four and a key of two. Products may wrap: only masked bits are used."""
    for _ in range(ROUNDS):
        p0 = 0xD2511F53 * c0
        p1 = 0xCD9E8D57 * c2
        c0 = ((p1 >> 32) & WORD) ^ c1 ^ k0
        c1 = p1 & WORD
        c2 = ((p0 >> 32) & WORD) ^ c3 ^ k1
        c3 = p0 & WORD
        k0 = (k0 + 0x9E3779B9) & WORD
        k1 = (k1 + 0xBB67AE85) & WORD
    return c0, c1, c2, c3


@part
def _unit(high, low):  # type: ignore[no-untyped-def]
    """A number in (0, 1] of 53 bits."""
    return ((high >> 5) * 67108864.0 + (low >> 6) + 0.5) / 9007199254740992.0


@called
def pair(seed, replication, number, key, nth, purpose, again):  # type: ignore[no-untyped-def]
    """Two independent numbers in (0, 1]; `again` counts further pairs for the same purpose."""
    a, b, c, d = philox(int(number) & WORD, int(key), (int(nth) * 8 + purpose) & WORD, again, seed, replication)
    return _unit(a, b), _unit(c, d)


@called
def one(seed, replication, number, key, nth, purpose):  # type: ignore[no-untyped-def]
    """A number in (0, 1] for that item, stage, pass and purpose."""
    u, _ = pair(seed, replication, number, key, nth, purpose, 0)
    return u


@part
def draw(plan, facts, law, u, number, key, nth, purpose):  # type: ignore[no-untyped-def]
    """A duration of that law from the number u; what needs more than one number draws further pairs."""
    by = plan.law[law]
    if by.kind == of.EXPONENTIAL:
        return -by.a * math.log(u)
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
