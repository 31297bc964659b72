"""Stages that several teams serve, each its own items: one stage of the map is then a stage for each team."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from valuestream.simulation.observed import NOWHERE, Observed
from valuestream.simulation.plan import I64

FEWEST = 100
"""Visits that each team needs."""
SMALLEST = 0.05
"""Share of a stage's visits below which a team is no team of its own: it joins the largest."""
UNKNOWN = 0.02
MOST_TEAMS = 12


def teams_of(observed: Observed, stage: int) -> tuple[int, ...]:
    """The teams that each have enough visits of a stage; none where they are fewer than two, or often unknown."""
    team = observed.visits.team[observed.visits.stage == stage]
    if not len(team) or (team == NOWHERE).mean() > UNKNOWN:
        return ()
    codes, counts = np.unique(team[team != NOWHERE], return_counts=True)
    own = codes[(counts >= FEWEST) & (counts >= SMALLEST * len(team))]
    return tuple(int(code) for code in own) if 2 <= len(own) <= MOST_TEAMS else ()


def split(observed: Observed, parts: dict[int, tuple[int, ...]]) -> Observed:
    """The same log, in which the given stages are one for each of their teams, in the order of the map."""
    stages: list[str] = []
    of: list[tuple[str, str | None]] = []
    external: list[bool] = []
    number: dict[tuple[int, int], int] = {}
    for stage, name in enumerate(observed.stages):
        for team in parts.get(stage, (NOWHERE,)):
            number[stage, team] = len(stages)
            label = None if team == NOWHERE else str(observed.teams[team])
            stages.append(f"{name} ({label})" if label else name)
            of.append((name, label))
            external.append(observed.external[stage])
    visits = observed.visits
    usual = _usual_teams(visits.item, visits.team)
    codes = np.full((len(observed.stages), len(observed.teams) + 1), NOWHERE, np.int64)
    for stage in range(len(observed.stages)):
        own = parts.get(stage, ())
        largest = max(own, key=lambda one: int((usual == one).sum())) if own else NOWHERE
        for which in range(-1, len(observed.teams)):
            codes[stage, which] = number[stage, which if which in own else largest]
    after = len(stages)
    return replace(
        observed,
        stages=tuple(stages),
        external=tuple(external),
        of=tuple(of),
        unsplit=observed,
        visits=replace(
            visits,
            team=usual,
            stage=_numbered(visits.stage, usual, codes, after),
            came_from=_numbered(visits.came_from, usual, codes, after),
            went_to=_numbered(visits.went_to, usual, codes, after),
        ),
    )


def _usual_teams(item: I64, team: I64) -> I64:
    """Each item's team, the one of its first visit that has one: an item is one team's."""
    found = np.full(int(item.max(initial=-1)) + 1, NOWHERE, np.int64)
    rows = np.flatnonzero(team != NOWHERE)[::-1]
    found[item[rows]] = team[rows]
    usual: I64 = found[item]
    return usual


def _numbered(stage: I64, team: I64, codes: I64, after: int) -> I64:
    old = len(codes)
    known = (stage >= 0) & (stage < old)
    found: I64 = np.where(stage >= old, stage - old + after, stage)
    found[known] = codes[stage[known], team[known]]
    return found
