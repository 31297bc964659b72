"""How the time of a visit was spent: queue, work, blocked, external, and the work that these hide (design.md 4.2)."""

from __future__ import annotations

from valuestream.compiled import part
from valuestream.flow.grains import BLOCKED, EXTERNAL, NEVER, NONE, QUEUE, WORK, Visits, Whole
from valuestream.flow.lives import FIRST_ROW
from valuestream.flow.scene import Scene


@part
def spend(scene: Scene, s: Whole, run: Whole, last: Whole, v: Whole) -> None:
    """Write the times of visit v, made of stretches s..run; the stretch not yet over is told by where it began."""
    events, stretches, visits = scene.events, scene.stretches, scene.visits
    _nothing_yet(visits, v)
    worked = False
    for k in range(s, run):
        mode = stretches.mode[k]
        if mode == WORK and visits.started[v] == NEVER:
            visits.started[v] = events.at[stretches.event[k]]
        visits.requeues[v] += worked and mode == QUEUE
        if mode in (WORK, QUEUE):  # on the way back it may have been blocked or outside
            worked = mode == WORK
        if k + 1 == last:
            _still_open(scene, k, v)
            visits.open_mode[v] = mode
            continue
        here, then = stretches.event[k], stretches.event[k + 1]
        _add_span(visits, v, mode, events.at[then] - events.at[here], events.clock[then] - events.clock[here])
        _add_hidden(scene, k, v)
    if run < last:
        visits.left[v] = events.at[stretches.event[run]]


@part
def work_after_done(scene: Scene, s: Whole, run: Whole, last: Whole) -> None:
    """Tracks still open after the item's own done are parallel to its last visit."""
    row = scene.counts[0] - 1
    if row < scene.life[FIRST_ROW]:
        return
    for k in range(s, run):
        if k + 1 < last:
            _add_hidden(scene, k, row)
        elif scene.stretches.hidden[k]:
            _still_open(scene, k, row)


@part
def _nothing_yet(visits: Visits, v: Whole) -> None:
    visits.started[v] = visits.left[v] = visits.open_since[v] = visits.open_clock[v] = NEVER
    visits.open_mode[v] = NONE
    visits.open_hidden[v] = visits.requeues[v] = 0
    visits.queue[v] = visits.work[v] = visits.blocked[v] = visits.external[v] = visits.parallel[v] = 0
    visits.queue_bh[v] = visits.work_bh[v] = visits.blocked_bh[v] = visits.external_bh[v] = visits.parallel_bh[v] = 0


@part
def _still_open(scene: Scene, k: Whole, v: Whole) -> None:
    """Stretch k is the item's last: it is not over."""
    visits, here = scene.visits, scene.stretches.event[k]
    visits.open_since[v] = scene.events.at[here]
    visits.open_clock[v] = scene.events.clock[here]
    visits.open_hidden[v] = scene.stretches.hidden[k]


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
def _add_hidden(scene: Scene, k: Whole, v: Whole) -> None:
    """The work that stretch k hides, once for each piece of it."""
    events, stretches = scene.events, scene.stretches
    here, then = stretches.event[k], stretches.event[k + 1]
    scene.visits.parallel[v] += stretches.hidden[k] * (events.at[then] - events.at[here])
    scene.visits.parallel_bh[v] += stretches.hidden[k] * (events.clock[then] - events.clock[here])
