"""Stretches become visits, visits become items: the fold over each item's journey (design.md 4.3 to 4.6)."""

from __future__ import annotations

import numpy as np

from valuestream.compiled import compiled, part
from valuestream.flow.grains import (
    IGNORED,
    IS_CANCELLED,
    IS_CLOSED_UNMAPPED,
    IS_DONE,
    IS_NOT_STARTED,
    IS_OPEN,
    NEVER,
    NONE,
    NOWHERE,
    PENDING,
    QUEUE,
    Events,
    Items,
    Rules,
    Segments,
    Visits,
    Whole,
)
from valuestream.flow.hands import begin_hands, hands, hands_after, hands_before
from valuestream.flow.lives import COMMITTED, FIRST_ROW, NUMBER, REOPENED, STARTED, UNSEEN, new_life, write_item
from valuestream.flow.records import columns, records, unpacked
from valuestream.flow.returns import join, judge, moved_back, number, way
from valuestream.flow.scene import Scene, scene
from valuestream.flow.spending import spend, work_after_done

STATE = 0


def fold(events: Events, stretches: Segments, rules: Rules) -> tuple[Visits, Items]:
    """Visits and items of a range of items; `events` and `stretches` in either shape of `records.py`.

    A visit per run of stretches in one stage; an item row per life. See `grains.py` for the columns.
    """
    n = len(stretches.of)
    make = columns if isinstance(events, tuple) else records
    visits, items = make(Visits, n), make(Items, n)
    counts = np.zeros(2, np.int64)
    if n:
        compiled(folding, len(events.of), allocates=False)(scene(events, stretches, rules, visits, items, counts))
    return unpacked(Visits, visits, int(counts[0])), unpacked(Items, items, int(counts[1]))


def empty() -> tuple[Visits, Items]:
    """No visits and no items, with the columns' types."""
    return columns(Visits, 0), columns(Items, 0)


def folding(scene: Scene) -> None:
    """Kernel: fill the scene's visits and items; `counts` says how many there are."""
    events, stretches = scene.events, scene.stretches
    n, m = len(events.of), len(stretches.of)
    begin = 0
    first = 0
    for i in range(1, n + 1):
        if i == n or events.of[i] != events.of[begin]:
            last = first
            while last < m and stretches.of[last] == events.of[begin]:
                last += 1
            _resolve(stretches, first, last, scene.rules.stages)
            _one_item(scene, begin, i, first, last)
            begin = i
            first = last


@part
def _resolve(stretches: Segments, first: Whole, last: Whole, stages: Whole) -> None:
    """Give PENDING stretches to the stage next entered, or to the place left; keep the first of done and cancelled."""
    following = NONE
    for s in range(last - 1, first - 1, -1):
        if stretches.place[s] == PENDING:
            if 0 <= following < stages:
                stretches.place[s] = following
        else:
            following = stretches.place[s]
    left = NOWHERE
    for s in range(first, last):
        place = stretches.place[s]
        if place == PENDING or (place >= stages and left >= stages):
            stretches.place[s] = left
            if left >= stages:
                stretches.mode[s] = QUEUE
        left = stretches.place[s]


@part
def _one_item(scene: Scene, begin: Whole, end: Whole, first: Whole, last: Whole) -> None:
    stretches, stages = scene.stretches, scene.rules.stages
    ended_ignored = _first_life(scene, begin, end)
    s = first
    while s < last and stretches.place[s] == NOWHERE:
        s += 1
    hands_before(scene, begin - 1, stretches.event[s] if s < last else end)
    in_stream = s < last
    while s < last:
        run = s + 1
        while run < last and stretches.place[run] == stretches.place[s]:
            run += 1
        after = int(stretches.event[run]) if run < last else end
        if stretches.place[s] >= stages:
            _outcome(scene, s, run, last, begin, after)
        else:
            _visit(scene, s, run, last, after)
        s = run
    if in_stream and stretches.place[last - 1] >= stages:
        return
    if ended_ignored:
        scene.counts[0] = scene.life[FIRST_ROW]  # its visits are left out with it
        write_item(scene, begin, NEVER, IS_CLOSED_UNMAPPED)
    else:
        write_item(scene, begin, NEVER, IS_OPEN if in_stream else IS_NOT_STARTED)


@part
def _first_life(scene: Scene, begin: Whole, end: Whole) -> bool:
    """Begin the item's first life; whether its last own state is an ignored one."""
    events = scene.events
    begin_hands(scene, begin, end)
    requested = -1
    ended_ignored = False
    for i in range(begin, end):
        ignored = events.kind[i] == STATE and events.place[i] == IGNORED
        if events.kind[i] == STATE and events.track[i] == NONE:
            ended_ignored = ignored
        if requested < 0 and not ignored:
            requested = i
    new_life(scene, events.at[max(requested, begin)], 1)
    return ended_ignored


@part
def _outcome(scene: Scene, s: Whole, run: Whole, last: Whole, begin: Whole, after: Whole) -> None:
    """A stay in done or cancelled: the end of this life, or a visit of its own when left soon enough."""
    events, stretches, life = scene.events, scene.stretches, scene.life
    place = stretches.place[s]
    since = events.at[stretches.event[s]]
    if life[COMMITTED] == NEVER:
        life[UNSEEN] = 1
    if run < last and events.at[after] - since <= scene.rules.reopen_within:
        _visit(scene, s, run, last, after)
        life[REOPENED] += 1
        return
    judge(scene, place, False)
    hands_after(scene, stretches.event[s], after)
    work_after_done(scene, s, run, last)
    write_item(scene, begin, since, IS_DONE if place == scene.rules.stages else IS_CANCELLED)
    if run < last:
        hands_before(scene, stretches.event[s], after)
        new_life(scene, events.at[after], life[NUMBER] + 1)


@part
def _visit(scene: Scene, s: Whole, run: Whole, last: Whole, after: Whole) -> None:
    """Write the visit made of stretches s..run; the event `after` begins what follows it."""
    stretches, visits, life = scene.stretches, scene.visits, scene.life
    v = scene.counts[0]
    scene.counts[0] += 1
    place = stretches.place[s]
    entered = scene.events.at[stretches.event[s]]
    visits.of[v] = scene.events.of[stretches.event[s]]
    visits.life[v] = life[NUMBER]
    visits.stage[v] = place
    visits.entered[v] = entered
    spend(scene, s, run, last, v)
    if place < scene.rules.stages and life[COMMITTED] == NEVER:
        life[COMMITTED] = entered
    if life[STARTED] == NEVER:
        life[STARTED] = visits.started[v]
    join(scene, place, moved_back(scene, s, run), v)
    number(scene, place, v)
    way(scene, place, run, last, v)
    hands(scene, s, after, bool(run < last), v)
