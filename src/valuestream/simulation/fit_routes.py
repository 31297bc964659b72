"""Where items go after each stage, and whether that depends on how often they have been there."""

from __future__ import annotations

import math

import numpy as np

from valuestream.simulation.model import START, Origin, Route
from valuestream.simulation.observed import NOWHERE, Observed
from valuestream.simulation.plan import I64
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
    for stage in range(stages):
        left = visits.where((visits.stage == stage) & np.isfinite(visits.left) & (visits.went_to != NOWHERE))
        if not len(left.item):
            continue
        ways = [to for to, share in _shares(_onward(left.went_to, stages), stages + 2) if to != stage]
        for to in ways:
            chance, by_pass = _chance(left.went_to == to, left.nth)
            if to != stage + 1 and max(chance if isinstance(chance, tuple) else (chance,)) >= RARE:
                found.append(Route(observed.stages[stage], names[to], chance))
                if by_pass:
                    origins.append(
                        Origin(f"routes.{observed.stages[stage]}.{names[to]}", "measured", by_pass, "by pass")
                    )
        origins.append(Origin(f"routes.{observed.stages[stage]}", "measured", len(left.item)))
    return found, origins


def _onward(went_to: I64, stages: int) -> I64:
    return went_to[(went_to >= 0) & (went_to <= stages + 1)]


def _shares(codes: I64, most: int) -> list[tuple[int, float]]:
    """(code, share) of those that occur."""
    counts = np.bincount(codes, minlength=most) if len(codes) else np.zeros(most)
    total = max(1.0, float(counts.sum()))
    return [(int(code), float(counts[code] / total)) for code in np.flatnonzero(counts)]


def _chance(taken: np.ndarray, nth: I64) -> tuple[float | tuple[float, ...], int]:
    """One chance, or those of the first and of later passes where they differ; then also how many later ones."""
    first, later = taken[nth == 1], taken[nth > 1]
    if len(first) >= FEWEST and len(later) >= FEWEST:
        pooled = float(taken.mean())
        error = math.sqrt(pooled * (1 - pooled) * (1 / len(first) + 1 / len(later)))
        if error and abs(first.mean() - later.mean()) > DIFFERENT * error:
            return (float(first.mean()), float(later.mean())), len(later)
    return float(taken.mean()), 0
