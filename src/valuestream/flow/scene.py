"""What the fold over one item's journey carries with it, so that its parts can pass it on in one piece."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from valuestream.flow.grains import I32, I64, Events, Items, Rules, Segments, Visits


class Scene(NamedTuple):
    """Columns read and written, and small arrays of running facts about the item at hand.

    counts       (visits, items) written so far
    life         facts of the life at hand, see the LIFE_ positions in `lives.py`
    nth          visits so far in this life, per stage
    setbacks_at  returns and reopenings so far when a stage was last visited
    known        what is known of the item at the finger, see the positions in `hands.py`
    seen, changers, lifers   distinct people: at this visit by assignment or touch, by change of state, over the life
    """

    events: Events
    stretches: Segments
    rules: Rules
    visits: Visits
    items: Items
    counts: I64
    life: I64
    nth: I64
    setbacks_at: I64
    known: I64
    seen: I32
    changers: I32
    lifers: I32


def scene(events: Events, stretches: Segments, rules: Rules, visits: Visits, items: Items, counts: I64) -> Scene:
    """A scene before its first item."""
    people, stages = len(events.of), rules.stages + 2
    return Scene(
        events,
        stretches,
        rules,
        visits,
        items,
        counts,
        life=np.zeros(11, np.int64),
        nth=np.zeros(stages, np.int64),
        setbacks_at=np.zeros(stages, np.int64),
        known=np.zeros(20, np.int64),
        seen=np.empty(people, np.int32),
        changers=np.empty(people, np.int32),
        lifers=np.empty(people, np.int32),
    )
