"""The life of an item: from its request to an outcome; a late reopening begins another (design.md 4.4 and 4.5)."""

from __future__ import annotations

from valuestream.compiled import part
from valuestream.flow.grains import IS_DONE, NEVER, NONE, Whole
from valuestream.flow.hands import HELD_TEAM, LAST_OWNER, LIFERS, TEAM, TOUCHDAY, TOUCHDAYS, TYPE, VISIT_TEAM
from valuestream.flow.scene import Scene

# Positions in `Scene.life`.
NUMBER, REQUESTED, COMMITTED, STARTED = 0, 1, 2, 3
RETURNS, REOPENED = 4, 5
JOINED, JOINED_ROW = 6, 7  # stage and row of the visit to be judged when the item moves on
FIRST_ROW = 8  # of this life's visits
CAME = 9  # the stage it came from
UNSEEN = 10  # first seen when it was done: no observed start


@part
def new_life(scene: Scene, requested: Whole, number: Whole) -> None:
    """Begin life `number` of the item at hand."""
    life, known = scene.life, scene.known
    life[:] = 0
    life[NUMBER] = number
    life[REQUESTED] = requested
    life[COMMITTED] = life[STARTED] = NEVER
    life[JOINED] = life[JOINED_ROW] = life[CAME] = NONE
    life[FIRST_ROW] = scene.counts[0]
    scene.nth[:] = 0
    scene.setbacks_at[:] = 0
    known[LIFERS] = known[TOUCHDAYS] = 0
    known[VISIT_TEAM] = known[TOUCHDAY] = known[LAST_OWNER] = known[HELD_TEAM] = NONE


@part
def write_item(scene: Scene, begin: Whole, finished: Whole, outcome: Whole) -> None:
    """Write the life that ends, or is still open, here: sums over its visits."""
    life, known, items = scene.life, scene.known, scene.items
    n = scene.counts[1]
    scene.counts[1] += 1
    unseen = life[UNSEEN] == 1
    items.of[n] = scene.events.of[begin]
    items.life[n] = life[NUMBER]
    items.requested[n] = life[REQUESTED]
    items.committed[n] = NEVER if unseen else life[COMMITTED]
    items.started[n] = life[STARTED]
    items.finished[n] = finished
    items.outcome[n] = outcome
    observed = finished != NEVER and not unseen and life[COMMITTED] != NEVER
    items.lead[n] = finished - life[COMMITTED] if observed else NEVER
    _sums(scene, n)
    if not observed:
        items.lead_bh[n] = NEVER
    items.returns[n] = life[RETURNS]
    items.reopened[n] = life[REOPENED]
    items.first_pass[n] = 1 if outcome == IS_DONE and life[RETURNS] + life[REOPENED] == 0 else 0
    items.people[n] = known[LIFERS] if known[LIFERS] else NONE
    items.touch_days[n] = known[TOUCHDAYS] if known[TOUCHDAYS] else NONE
    items.days[n] = NONE
    items.visits[n] = scene.counts[0] - life[FIRST_ROW]
    items.type[n] = known[TYPE]
    items.team[n] = known[VISIT_TEAM] if known[VISIT_TEAM] != NONE else known[TEAM]


@part
def _sums(scene: Scene, n: Whole) -> None:
    visits, items = scene.visits, scene.items
    items.queue[n] = items.work[n] = items.blocked[n] = items.external[n] = 0
    items.lead_bh[n] = items.work_bh[n] = items.rework[n] = items.transfers[n] = 0
    for v in range(scene.life[FIRST_ROW], scene.counts[0]):
        items.queue[n] += visits.queue[v]
        items.work[n] += visits.work[v]
        items.blocked[n] += visits.blocked[v]
        items.external[n] += visits.external[v]
        items.work_bh[n] += visits.work_bh[v]
        items.lead_bh[n] += visits.queue_bh[v] + visits.work_bh[v] + visits.blocked_bh[v] + visits.external_bh[v]
        items.transfers[n] += visits.transfers[v]
        if visits.rework[v]:
            items.rework[n] += visits.queue[v] + visits.work[v] + visits.blocked[v] + visits.external[v]
