"""Items that were done and came back: a stay in done that was left again is a stage of the model, where nobody works.

What was done waits there until somebody finds that it is not, and goes back to where it went in the log. That share of
what was finished, how long it stayed, and where it went, are measured as those of any other stage.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from valuestream.simulation.observed import NOWHERE, Observed

NAME = "Reopened"
FEWEST = 20
"""Reopenings from which they are part of a model."""


def with_reopenings(observed: Observed) -> Observed:
    """The log with its stays in done as a stage after the others; unchanged where there are few."""
    visits, done = observed.visits, len(observed.stages)
    rows = visits.stage == done
    known = int((rows & np.isfinite(visits.left)).sum())
    if known < FEWEST:
        return observed
    own = (visits.stage <= done) & (visits.stage != NOWHERE)
    visits = visits.where(own)  # stays in cancelled are left out
    rows = visits.stage == done
    # a visit that went to done stays a finish, unless the item's next row is a stay there
    follows = np.append(rows[1:] & (visits.item[1:] == visits.item[:-1]), False)

    def moved(codes: np.ndarray) -> np.ndarray:
        return np.where(codes >= done, codes + 1, codes)

    visits = replace(
        visits,
        went_to=np.where(follows & (visits.went_to == done), done, moved(visits.went_to)),
        came_from=np.where(visits.came_from == done, done, moved(visits.came_from)),
        external=np.where(rows, visits.queue + visits.external, visits.external),
        queue=np.where(rows, 0.0, visits.queue),
    )
    name = NAME if NAME not in observed.stages else f"{NAME} once done"
    return replace(
        observed,
        stages=(*observed.stages, name),
        external=(*observed.external, True),
        of=(*observed.of, (name, None)),
        visits=visits,
    )
