"""Stretches become visits, visits become items: the fold over each item's journey (design.md 4.3 to 4.6)."""

from __future__ import annotations

import numpy as np

from valuestream.flow.compiled import compiled, part
from valuestream.flow.grains import (
    BACK,
    BLOCKED,
    EXTERNAL,
    FORWARD,
    IGNORED,
    IS_CANCELLED,
    IS_CLOSED_UNMAPPED,
    IS_DONE,
    IS_NOT_STARTED,
    IS_OPEN,
    NEVER,
    NONE,
    NOWHERE,
    OPEN,
    PENDING,
    QUEUE,
    SKIP,
    TO_CANCELLED,
    TO_DONE,
    WORK,
    Events,
    Items,
    Rules,
    Segments,
    Visits,
    Whole,
)
from valuestream.flow.hands import (
    ASSIGN,
    ASSIGNS,
    FINGER,
    LAST_OWNER,
    OWNER,
    PERFORMS,
    START,
    STATE,
    TEAM,
    TOUCHDAY,
    TOUCHDAYS,
    TYPE,
    absorb,
    hands,
)
from valuestream.flow.lives import (
    CAME,
    COMMITTED,
    FIRST_ROW,
    JOINED,
    JOINED_ROW,
    NUMBER,
    REOPENED,
    RETURNS,
    STARTED,
    UNSEEN,
    new_life,
    write_item,
)
from valuestream.flow.records import columns, records, unpacked
from valuestream.flow.scene import Scene, scene


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
    ended_ignored = _overview(scene, begin, end)
    s = first
    while s < last and stretches.place[s] == NOWHERE:
        s += 1
    if s < last:
        absorb(scene, end, scene.events.at[stretches.event[s]], False)
        scene.known[TOUCHDAYS] = 0
        scene.known[TOUCHDAY] = NONE
    in_stream = s < last
    while s < last:
        run = s + 1
        while run < last and stretches.place[run] == stretches.place[s]:
            run += 1
        if stretches.place[s] >= stages:
            _outcome(scene, s, run, last, begin, end)
        else:
            _visit(scene, s, run, last, end)
        s = run
    if in_stream and stretches.place[last - 1] >= stages:
        return
    absorb(scene, end, NEVER, False)
    if ended_ignored:
        scene.counts[0] = scene.life[FIRST_ROW]  # its visits are left out with it
        write_item(scene, begin, NEVER, IS_CLOSED_UNMAPPED)
    else:
        write_item(scene, begin, NEVER, IS_OPEN if in_stream else IS_NOT_STARTED)


@part
def _overview(scene: Scene, begin: Whole, end: Whole) -> bool:
    """Begin the item's first life; whether its last own state is an ignored one."""
    events, known = scene.events, scene.known
    known[:] = 0
    known[FINGER] = begin
    known[OWNER] = known[LAST_OWNER] = known[TYPE] = known[TEAM] = NONE
    requested = -1
    ended_ignored = False
    for i in range(begin, end):
        known[ASSIGNS] += events.kind[i] == ASSIGN
        known[PERFORMS] += events.kind[i] == START
        ignored = events.kind[i] == STATE and events.place[i] == IGNORED
        if events.kind[i] == STATE and events.track[i] == NONE:
            ended_ignored = ignored
        if requested < 0 and not ignored:
            requested = i
    new_life(scene, events.at[max(requested, begin)], 1)
    return ended_ignored


@part
def _outcome(scene: Scene, s: Whole, run: Whole, last: Whole, begin: Whole, end: Whole) -> None:
    """A stay in done or cancelled: the end of this life, or a visit of its own when left soon enough."""
    events, stretches, life = scene.events, scene.stretches, scene.life
    place = stretches.place[s]
    since = events.at[stretches.event[s]]
    if life[COMMITTED] == NEVER:
        life[UNSEEN] = 1
    if run < last and events.at[stretches.event[run]] - since <= scene.rules.reopen_within:
        _visit(scene, s, run, last, end)
        life[REOPENED] += 1
        return
    _judge(scene, place, 0)
    absorb(scene, end, since, True)
    _work_after_done(scene, s, run, last)
    write_item(scene, begin, since, IS_DONE if place == scene.rules.stages else IS_CANCELLED)
    if run < last:
        again = events.at[stretches.event[run]]
        absorb(scene, end, again, False)
        new_life(scene, again, life[NUMBER] + 1)


@part
def _work_after_done(scene: Scene, s: Whole, run: Whole, last: Whole) -> None:
    """Tracks still open after the item's own done are parallel to its last visit."""
    events, stretches = scene.events, scene.stretches
    row = scene.counts[0] - 1
    if row < scene.life[FIRST_ROW]:
        return
    for k in range(s, min(run, last - 1)):
        here, then = stretches.event[k], stretches.event[k + 1]
        scene.visits.parallel[row] += stretches.hidden[k] * (events.at[then] - events.at[here])
        scene.visits.parallel_bh[row] += stretches.hidden[k] * (events.clock[then] - events.clock[here])


@part
def _visit(scene: Scene, s: Whole, run: Whole, last: Whole, end: Whole) -> None:
    """Write the visit made of stretches s..run."""
    stretches, visits, life = scene.stretches, scene.visits, scene.life
    v = scene.counts[0]
    scene.counts[0] += 1
    place = stretches.place[s]
    visits.of[v] = scene.events.of[stretches.event[s]]
    visits.life[v] = life[NUMBER]
    visits.stage[v] = place
    visits.entered[v] = scene.events.at[stretches.event[s]]
    _spend(scene, s, run, last, v)
    if place < scene.rules.stages and life[COMMITTED] == NEVER:
        life[COMMITTED] = visits.entered[v]
    if life[STARTED] == NEVER:
        life[STARTED] = visits.started[v]
    moved_back = 0
    for k in range(s, run):
        if stretches.back[k] != 2:
            moved_back = stretches.back[k]
            break
    visits.returned[v] = visits.returned_to[v] = NONE
    if not scene.rules.external[place]:
        _judge(scene, place, moved_back)
        life[JOINED] = place
        life[JOINED_ROW] = v
    setbacks = life[RETURNS] + life[REOPENED]
    scene.nth[place] += 1
    visits.nth[v] = scene.nth[place]
    visits.rework[v] = 1 if scene.nth[place] > 1 and setbacks > scene.setbacks_at[place] else 0
    scene.setbacks_at[place] = setbacks
    _way(scene, place, run, last, v)
    hands(scene, s, run, last, end, v)


@part
def _spend(scene: Scene, s: Whole, run: Whole, last: Whole, v: Whole) -> None:
    """How the visit's time was spent; the stretch that is still open is told by where it began."""
    events, stretches, visits = scene.events, scene.stretches, scene.visits
    visits.started[v] = visits.left[v] = visits.open_since[v] = visits.open_clock[v] = NEVER
    visits.open_mode[v] = NONE
    visits.queue[v] = visits.work[v] = visits.blocked[v] = visits.external[v] = visits.parallel[v] = 0
    visits.queue_bh[v] = visits.work_bh[v] = visits.blocked_bh[v] = visits.external_bh[v] = visits.parallel_bh[v] = 0
    visits.requeues[v] = 0
    worked = False
    for k in range(s, run):
        here = stretches.event[k]
        mode = stretches.mode[k]
        if mode == WORK and visits.started[v] == NEVER:
            visits.started[v] = events.at[here]
        visits.requeues[v] += worked and mode == QUEUE
        if mode in (WORK, QUEUE):  # on the way back it may have been blocked or outside
            worked = mode == WORK
        if k + 1 == last:
            visits.open_since[v] = events.at[here]
            visits.open_clock[v] = events.clock[here]
            visits.open_mode[v] = mode
            continue
        then = stretches.event[k + 1]
        _add_span(visits, v, mode, events.at[then] - events.at[here], events.clock[then] - events.clock[here])
        visits.parallel[v] += stretches.hidden[k] * (events.at[then] - events.at[here])
        visits.parallel_bh[v] += stretches.hidden[k] * (events.clock[then] - events.clock[here])
    if run < last:
        visits.left[v] = events.at[stretches.event[run]]


@part
def _add_span(visits: Visits, v: Whole, mode: Whole, span: Whole, hours: Whole) -> None:
    if mode == QUEUE:
        visits.queue[v] += span
        visits.queue_bh[v] += hours
    elif mode == WORK:
        visits.work[v] += span
        visits.work_bh[v] += hours
    elif mode == BLOCKED:
        visits.blocked[v] += span
        visits.blocked_bh[v] += hours
    elif mode == EXTERNAL:
        visits.external[v] += span
        visits.external_bh[v] += hours


@part
def _judge(scene: Scene, place: Whole, moved_back: Whole) -> None:
    """The item leaves its last judged visit for `place`: passed on, sent back, or not to be judged."""
    life, stages = scene.life, scene.rules.stages
    sender = life[JOINED]
    if sender == NONE or sender == place or sender >= stages or place == stages + 1:
        return
    row = life[JOINED_ROW]
    if place < sender and moved_back:
        scene.visits.returned[row] = 1
        scene.visits.returned_to[row] = place
        life[RETURNS] += 1
    else:
        scene.visits.returned[row] = 0


@part
def _way(scene: Scene, place: Whole, run: Whole, last: Whole, v: Whole) -> None:
    visits, stages = scene.visits, scene.rules.stages
    visits.came_from[v] = scene.life[CAME]
    scene.life[CAME] = place
    if run == last:
        visits.way[v] = OPEN
        visits.went_to[v] = NONE
        return
    to = scene.stretches.place[run]
    visits.went_to[v] = to
    if to == stages:
        visits.way[v] = TO_DONE
    elif to == stages + 1:
        visits.way[v] = TO_CANCELLED
    elif to < place:
        visits.way[v] = BACK
    else:
        visits.way[v] = FORWARD
        for between in range(place + 1, to):
            if not scene.rules.external[between]:
                visits.way[v] = SKIP
