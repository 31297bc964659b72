"""The log without the stages that nothing has passed: no model can say how long they take."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from valuestream.errors import ConfigError
from valuestream.simulation.observed import Observed

RARELY = 0.01
"""Share of the items that must come to a stage, or a stage without a finished stay is left out instead of refused."""


def with_stays(observed: Observed) -> tuple[Observed, list[str]]:
    """Without the stages that no item came to; a stage that many came to and none left is refused."""
    visits, notes = observed.visits, []
    stages = len(observed.stages)
    came = np.bincount(visits.stage[visits.stage < stages], minlength=stages)
    left = np.bincount(visits.stage[np.isfinite(visits.left) & (visits.stage < stages)], minlength=stages)
    least = max(1, RARELY * len(observed.items.item))
    for stage in range(stages):
        if came[stage] >= least and not left[stage]:
            raise ConfigError(
                f"stages.{observed.stages[stage]}.service: {came[stage]:,} items came to "
                f"{observed.stages[stage]!r}, and none has left it.",
                "A model needs finished stays: take a later end, or leave the stage out of the stream.",
            )
    keep = [stage for stage in range(stages) if left[stage]]
    if not keep:
        raise ConfigError(
            f"The log of {observed.name!r} has no finished stay in any stage.",
            "Take a longer log, or write a model by hand.",
        )
    lost = [observed.stages[stage] for stage in range(stages) if stage not in keep]
    if lost:
        notes.append(f"Left out, since no item has passed: {', '.join(lost)}.")
    again = int((visits.stage >= stages).sum())
    if again:
        notes.append(f"{again:,} reopenings are too few to be simulated: what was done stays done.")
    return _only(observed, keep), notes


def _only(observed: Observed, keep: list[int]) -> Observed:
    """The log without some stages; what went to one is taken to go nowhere known."""
    visits, stages = observed.visits, len(observed.stages)
    code = np.full(stages + 3, -1, np.int64)
    code[keep] = np.arange(len(keep))
    code[stages], code[stages + 1] = len(keep), len(keep) + 1
    rows = code[visits.stage] >= 0
    changed = {name: code[getattr(visits, name)] for name in ("stage", "came_from", "went_to")}
    return replace(
        observed,
        stages=tuple(observed.stages[stage] for stage in keep),
        external=tuple(observed.external[stage] for stage in keep),
        of=tuple(observed.of[stage] for stage in keep),
        visits=replace(visits, **changed).where(rows),
    )
