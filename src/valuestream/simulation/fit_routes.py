"""Where items go after each stage, and whether that depends on how often they have been there."""

from __future__ import annotations

import math

import numpy as np

from valuestream.simulation.model import START, Origin, Route
from valuestream.simulation.observed import NOWHERE, Bool, Observed
from valuestream.simulation.plan import F64, I64
from valuestream.stream import CANCELLED, DONE

FEWEST = 50
"""Visits on a first and on later passes from which their chances are compared."""
DIFFERENT = 3.3
"""Standard errors by which chances must differ to be two: one in a thousand by accident."""
RARE = 0.002
"""Chances below are left out: one item in five hundred."""


def routes(observed: Observed, rows: I64) -> tuple[list[Route], list[Origin]]:
    """Every way out of every stage, and in, among the chosen visits. What is open counts nowhere."""
    visits = observed.visits.where(rows)
    stages = len(observed.stages)
    names = [*observed.stages, DONE, CANCELLED]
    found: list[Route] = []
    origins: list[Origin] = []
    entries = visits.stage[(visits.came_from == NOWHERE) & (visits.nth == 1) & (visits.stage < stages)]
    for to, share in _shares(entries, stages):
        if not (to == 0 and share > 1 - RARE):
            found.append(Route(START, names[to], share))
    origins.append(Origin("routes.(start)", "measured", len(entries)))
    rarely = _rarely(visits.stage, visits.went_to, {0, *(to for to, share in _shares(entries, stages))}, stages)
    for stage in range(stages):
        left = visits.where((visits.stage == stage) & np.isfinite(visits.left) & (visits.went_to != NOWHERE))
        if not len(left.item):
            continue
        ways = [to for to, _ in _shares(_onward(left.went_to, stages), stages + 2) if to != stage]
        by_pass = any(_differs(left.went_to == to, left.nth) for to in ways)
        passes: list[Bool] = [left.nth == 1, left.nth > 1] if by_pass else [left.nth > 0]
        shares: dict[int, F64] = {to: np.array([(left.went_to[own] == to).mean() for own in passes]) for to in ways}
        kept = {to: taken for to, taken in shares.items() if to != stage + 1 and (taken.max() >= RARE or to in rarely)}
        onward: F64 = shares.get(stage + 1, np.zeros(len(passes)))  # to the next stage goes what is left over
        known = onward + np.sum(list(kept.values()), axis=0) if kept else onward
        for to, taken in kept.items():
            chance = tuple(float(one) for one in taken / np.maximum(known, 1e-12))
            found.append(Route(observed.stages[stage], names[to], chance if by_pass else chance[0]))
        if by_pass:
            n = int(passes[1].sum())
            origins.append(Origin(f"routes.{observed.stages[stage]}.later", "measured", n, "chances by pass"))
        origins.append(Origin(f"routes.{observed.stages[stage]}", "measured", len(left.item)))
    return found, origins


def _rarely(stage: I64, went_to: I64, entered: set[int], stages: int) -> set[int]:
    """The stages that no way leads to but rare ones: these are kept, or no item would ever come there."""
    found = set(range(stages)) - entered
    for after in range(stages):
        left = went_to[(stage == after) & (went_to != NOWHERE)]
        found -= {to for to, share in _shares(_onward(left, stages), stages + 2) if share >= RARE and to != after}
    return found


def _onward(went_to: I64, stages: int) -> I64:
    return went_to[(went_to >= 0) & (went_to <= stages + 1)]


def _shares(codes: I64, most: int) -> list[tuple[int, float]]:
    """(code, share) of those that occur."""
    counts = np.bincount(codes, minlength=most) if len(codes) else np.zeros(most)
    total = max(1.0, float(counts.sum()))
    return [(int(code), float(counts[code] / total)) for code in np.flatnonzero(counts)]


def _differs(taken: np.ndarray, nth: I64) -> bool:
    """Whether a way is taken at another rate on later passes than on the first, beyond chance."""
    first, later = taken[nth == 1], taken[nth > 1]
    if len(first) < FEWEST or len(later) < FEWEST:
        return False
    pooled = float(taken.mean())
    error = math.sqrt(pooled * (1 - pooled) * (1 / len(first) + 1 / len(later)))
    return bool(error and abs(first.mean() - later.mean()) > DIFFERENT * error)
