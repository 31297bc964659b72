"""Work on an artefact that stands in several journeys: what each visit must leave to the others (design.md 4.2).

A deployment of three issues is in each of their journeys, and the work on it in each of their visits. So that totals
count it once, each journey keeps a third of it; what is left to the others is told here, visit by visit.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from valuestream.flow.grains import I32, I64, NEVER, WORK, Events, Rules, Visits
from valuestream.flow.journey import END, START, STATE, segments

_OPEN = 2**63 - 1


class Shared(NamedTuple):
    """Of each visit: microseconds of work that other journeys count, and how much more each microsecond after
    `open_since` adds.
    """

    us: I64
    open_rate: Any  # float64[visits]


def shared(events: Events, visits: Visits, rules: Rules, journeys: I32) -> Shared:
    """What visits leave to other journeys.

    journeys  int32[tracks + 1], in how many journeys each track stands; the last is for an item's own events
    visits    those of the events, in order of item and entry, `of` the item whichever life
    """
    found = Shared(np.zeros(len(visits.of), np.int64), np.zeros(len(visits.of)))
    says = np.isin(events.kind, (STATE, START, END)) & (journeys[events.track] > 1)
    rows = np.flatnonzero(says)
    if not len(rows):
        return found
    rows = rows[np.lexsort((rows, events.track[rows], events.of[rows]))]
    chosen: list[Any] = [column[rows] for column in events]
    alone = Events(*chosen)
    new = (alone.of[1:] != alone.of[:-1]) | (alone.track[1:] != alone.track[:-1])
    pair = np.append(0, np.cumsum(new)).astype(np.int32)
    stretches = segments(alone._replace(of=pair), rules)
    pieces = (stretches.mode == WORK) + stretches.hidden.astype(np.int64)
    begin = alone.at[stretches.event]
    end = np.append(begin[1:], _OPEN)
    end[:-1][stretches.of[1:] != stretches.of[:-1]] = _OPEN
    for k in np.flatnonzero(pieces).tolist():
        event = stretches.event[k]
        others = int(pieces[k]) * (1 - 1 / int(journeys[alone.track[event]]))
        _leave(found, visits, int(alone.of[event]), int(begin[k]), int(end[k]), others)
    return found


def _leave(found: Shared, visits: Visits, item: int, begin: int, end: int, others: float) -> None:
    """Spread a span of work over the item's visits; what follows a finish belongs to the visit before it."""
    first, last = (int(row) for row in np.searchsorted(visits.of, [item, item + 1]))
    for v in range(first, last):
        since = max(begin, int(visits.entered[v]))
        until = min(end, int(visits.entered[v + 1]) if v + 1 < last else _OPEN)
        if until == _OPEN:
            until = int(visits.open_since[v])
            if until == NEVER:
                continue
            found.open_rate[v] += others
        if until > since:
            found.us[v] += round((until - since) * others)
