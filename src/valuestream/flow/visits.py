"""Stretches become visits, visits become items: the fold over each item's journey.

The rules are design.md 4.3 to 4.8. One pass per item over its stretches, with a second finger on its
events for who touched it and what it was called at the time.
"""

from __future__ import annotations

from typing import NamedTuple, get_args, get_type_hints

import numpy as np

from valuestream.flow.compiled import compiled, part
from valuestream.flow.grains import (
    BACK,
    BLOCKED,
    EXTERNAL,
    FIELD_RELEASE,
    FIELD_TEAM,
    FIELD_TYPE,
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
)

STATE, START, END, SET, ASSIGN, TOUCH = 0, 1, 2, 3, 4, 5

# What is known of the item at the finger: positions in one small array.
(
    FINGER,
    OWNER,
    LAST_OWNER,
    TYPE,
    TEAM,
    TRANSFERS,
    ASSIGNS,
    PERFORMS,
    SEEN,
    CHANGERS,
    LIFERS,
    TOUCHDAYS,
    TOUCHDAY,
    VISIT_TEAM,
    ENTRY,
    ENTRY_WORKS,
) = range(16)


class Crowd(NamedTuple):
    """Distinct people: at this visit by assignment or touch, by change of state, and over the item's life."""

    seen: np.ndarray
    changers: np.ndarray
    lifers: np.ndarray


class Life(NamedTuple):
    """Running facts of the life at hand.

    facts     see the LIFE_ positions
    nth       visits so far, per stage
    returns_at  returns and reopenings so far when a stage was last visited
    """

    facts: np.ndarray
    nth: np.ndarray
    returns_at: np.ndarray


(L_NUMBER, L_REQUESTED, L_COMMITTED, L_STARTED, L_RETURNS, L_REOPENED, L_JOINED, L_JOINED_ROW, L_FIRST_ROW, L_CAME, L_UNSEEN) = range(11)


def fold(events: Events, stretches: Segments, rules: Rules) -> tuple[Visits, Items]:
    """Visits and items of a range of items.

    A visit per run of stretches in one stage; an item row per life. See `grains.py` for the columns.
    """
    n = len(stretches.item)
    visits = Visits(*_columns(Visits, n))
    items = Items(*_columns(Items, n))
    if not n:
        return visits, items
    counts = np.zeros(2, np.int64)
    compiled(folding, len(events.item))(events, stretches, rules, visits, items, counts)
    return Visits(*(c[: counts[0]] for c in visits)), Items(*(c[: counts[1]] for c in items))


def empty() -> tuple[Visits, Items]:
    """No visits and no items, with the columns' types."""
    return Visits(*_columns(Visits, 0)), Items(*_columns(Items, 0))


def _columns(row: type[Visits] | type[Items], n: int) -> list[np.ndarray]:
    """Arrays as the row's annotations promise: NDArray[dtype] is ndarray[shape, dtype[width]]."""
    widths = [get_args(get_args(hint)[1])[0] for hint in get_type_hints(row).values()]
    return [np.empty(n, width) for width in widths]


def folding(events: Events, stretches: Segments, rules: Rules, visits: Visits, items: Items, counts: np.ndarray) -> None:
    """Kernel: fill `visits` and `items`; counts becomes (visits, items)."""
    n, m = len(events.item), len(stretches.item)
    crowd = Crowd(np.empty(n, np.int32), np.empty(n, np.int32), np.empty(n, np.int32))
    life = Life(np.zeros(11, np.int64), np.zeros(rules.stages + 2, np.int64), np.zeros(rules.stages + 2, np.int64))
    known = np.zeros(16, np.int64)
    begin = 0
    first = 0
    for i in range(1, n + 1):
        if i == n or events.item[i] != events.item[begin]:
            last = first
            while last < m and stretches.item[last] == events.item[begin]:
                last += 1
            _resolve(stretches, first, last, rules.stages)
            _one_item(events, begin, i, stretches, first, last, rules, crowd, life, known, visits, items, counts)
            begin = i
            first = last


@part
def _resolve(stretches, first, last, stages):  # type: ignore[no-untyped-def]
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
def _one_item(events, begin, end, stretches, first, last, rules, crowd, life, known, visits, items, counts):  # type: ignore[no-untyped-def]
    known[:] = 0
    known[FINGER] = begin
    known[OWNER] = known[LAST_OWNER] = known[TYPE] = known[TEAM] = known[VISIT_TEAM] = known[TOUCHDAY] = NONE
    ended_ignored = False
    for i in range(begin, end):
        known[ASSIGNS] += events.kind[i] == ASSIGN
        known[PERFORMS] += events.kind[i] == START
        if events.kind[i] == STATE and events.track[i] == NONE:
            ended_ignored = events.place[i] == IGNORED
    requested = begin
    while requested < end - 1 and events.kind[requested] == STATE and events.place[requested] == IGNORED:
        requested += 1
    _new_life(life, known, counts, events.at[requested], 0)
    s = first
    while s < last and stretches.place[s] == NOWHERE:
        s += 1
    if s == last:
        _absorb(events, end, NEVER, False, rules, known, crowd)
        outcome = IS_CLOSED_UNMAPPED if ended_ignored else IS_NOT_STARTED
        _item(events, begin, life, known, rules, NEVER, outcome, visits, items, counts)
        return
    _absorb(events, end, events.at[stretches.event[s]], False, rules, known, crowd)
    known[TOUCHDAYS] = 0
    known[TOUCHDAY] = NONE
    while s < last:
        run = s + 1
        while run < last and stretches.place[run] == stretches.place[s]:
            run += 1
        if stretches.place[s] >= rules.stages:
            _outcome(events, begin, end, stretches, s, run, last, rules, crowd, life, known, visits, items, counts)
        else:
            _visit(events, end, stretches, s, run, last, rules, crowd, life, known, visits, counts)
        s = run
    if stretches.place[last - 1] < rules.stages:
        _absorb(events, end, NEVER, False, rules, known, crowd)
        if ended_ignored:
            counts[0] = life.facts[L_FIRST_ROW]  # its visits are left out with it
        outcome = IS_CLOSED_UNMAPPED if ended_ignored else IS_OPEN
        _item(events, begin, life, known, rules, NEVER, outcome, visits, items, counts)


@part
def _new_life(life, known, counts, requested, number):  # type: ignore[no-untyped-def]
    life.facts[:] = 0
    life.facts[L_NUMBER] = number + 1
    life.facts[L_REQUESTED] = requested
    life.facts[L_COMMITTED] = life.facts[L_STARTED] = NEVER
    life.facts[L_JOINED] = life.facts[L_JOINED_ROW] = life.facts[L_CAME] = NONE
    life.facts[L_FIRST_ROW] = counts[0]
    life.nth[:] = 0
    life.returns_at[:] = 0
    known[LIFERS] = known[TOUCHDAYS] = 0
    known[VISIT_TEAM] = known[TOUCHDAY] = NONE


@part
def _outcome(events, begin, end, stretches, s, run, last, rules, crowd, life, known, visits, items, counts):  # type: ignore[no-untyped-def]
    """A stay in done or cancelled: the end of this life, or a visit of its own when left soon enough."""
    place = stretches.place[s]
    since = events.at[stretches.event[s]]
    if life.facts[L_COMMITTED] == NEVER:
        life.facts[L_UNSEEN] = 1
    if run < last and events.at[stretches.event[run]] - since <= rules.reopen_within:
        _visit(events, end, stretches, s, run, last, rules, crowd, life, known, visits, counts)
        life.facts[L_REOPENED] += 1
        return
    _judge(life, visits, place, 0, rules)
    _absorb(events, end, since, True, rules, known, crowd)
    row = counts[0] - 1
    if row >= life.facts[L_FIRST_ROW]:
        for k in range(s, min(run, last - 1)):
            hidden = stretches.hidden[k]
            if hidden:
                here, then = stretches.event[k], stretches.event[k + 1]
                visits.parallel[row] += hidden * (events.at[then] - events.at[here])
                visits.parallel_bh[row] += hidden * (events.clock[then] - events.clock[here])
    outcome = IS_DONE if place == rules.stages else IS_CANCELLED
    _item(events, begin, life, known, rules, since, outcome, visits, items, counts)
    if run < last:
        again = events.at[stretches.event[run]]
        _absorb(events, end, again, False, rules, known, crowd)
        _new_life(life, known, counts, again, life.facts[L_NUMBER])


@part
def _visit(events, end, stretches, s, run, last, rules, crowd, life, known, visits, counts):  # type: ignore[no-untyped-def]
    """Write the visit made of stretches s..run."""
    v = counts[0]
    counts[0] += 1
    place = stretches.place[s]
    entered = events.at[stretches.event[s]]
    visits.item[v] = events.item[stretches.event[s]]
    visits.life[v] = life.facts[L_NUMBER]
    visits.stage[v] = place
    visits.entered[v] = entered
    _spend(events, stretches, s, run, last, visits, v)
    if place < rules.stages and life.facts[L_COMMITTED] == NEVER:
        life.facts[L_COMMITTED] = entered
    if life.facts[L_STARTED] == NEVER:
        life.facts[L_STARTED] = visits.started[v]
    moved_back = False
    for k in range(s, run):
        if stretches.back[k] != 2:
            moved_back = stretches.back[k] == 1
            break
    if place >= rules.stages or not rules.external[place]:
        _judge(life, visits, place, 1 if moved_back else 0, rules)
        life.facts[L_JOINED] = place
        life.facts[L_JOINED_ROW] = v
    visits.returned[v] = NONE
    visits.returned_to[v] = NONE
    setbacks = life.facts[L_RETURNS] + life.facts[L_REOPENED]
    life.nth[place] += 1
    visits.nth[v] = life.nth[place]
    visits.rework[v] = 1 if life.nth[place] > 1 and setbacks > life.returns_at[place] else 0
    life.returns_at[place] = setbacks
    _way(stretches, place, run, last, rules, life, visits, v)
    _hands(events, end, stretches, s, run, last, rules, crowd, known, visits, v)


@part
def _spend(events, stretches, s, run, last, visits, v):  # type: ignore[no-untyped-def]
    """How the visit's time was spent; the stretch that is still open is told by where it began."""
    visits.started[v] = visits.left[v] = visits.open_since[v] = visits.open_clock[v] = NEVER
    visits.open_mode[v] = NONE
    visits.queue[v] = visits.work[v] = visits.blocked[v] = visits.external[v] = visits.parallel[v] = 0
    visits.queue_bh[v] = visits.work_bh[v] = visits.blocked_bh[v] = visits.external_bh[v] = visits.parallel_bh[v] = 0
    requeues = 0
    worked = False
    for k in range(s, run):
        here = stretches.event[k]
        mode = stretches.mode[k]
        if mode == WORK and visits.started[v] == NEVER:
            visits.started[v] = events.at[here]
        requeues += worked and mode == QUEUE
        worked = mode == WORK
        if k + 1 == last:
            visits.open_since[v] = events.at[here]
            visits.open_clock[v] = events.clock[here]
            visits.open_mode[v] = mode
            continue
        then = stretches.event[k + 1]
        span = events.at[then] - events.at[here]
        hours = events.clock[then] - events.clock[here]
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
        visits.parallel[v] += stretches.hidden[k] * span
        visits.parallel_bh[v] += stretches.hidden[k] * hours
    visits.requeues[v] = requeues
    if run < last:
        visits.left[v] = events.at[stretches.event[run]]


@part
def _judge(life, visits, place, moved_back, rules):  # type: ignore[no-untyped-def]
    """The item leaves its last judged visit for `place`: passed on, sent back, or not to be judged."""
    sender = life.facts[L_JOINED]
    row = life.facts[L_JOINED_ROW]
    if sender == NONE or sender == place or sender >= rules.stages or place == rules.stages + 1:
        return
    if place < sender and moved_back:
        visits.returned[row] = 1
        visits.returned_to[row] = place
        life.facts[L_RETURNS] += 1
    else:
        visits.returned[row] = 0


@part
def _way(stretches, place, run, last, rules, life, visits, v):  # type: ignore[no-untyped-def]
    visits.came_from[v] = life.facts[L_CAME]
    life.facts[L_CAME] = place
    if run == last:
        visits.way[v] = OPEN
        visits.went_to[v] = NONE
        return
    to = stretches.place[run]
    visits.went_to[v] = to
    if to == rules.stages:
        visits.way[v] = TO_DONE
    elif to == rules.stages + 1:
        visits.way[v] = TO_CANCELLED
    elif to < place:
        visits.way[v] = BACK
    else:
        visits.way[v] = FORWARD
        for between in range(place + 1, to):
            if not rules.external[between]:
                visits.way[v] = SKIP


@part
def _hands(events, end, stretches, s, run, last, rules, crowd, known, visits, v):  # type: ignore[no-untyped-def]
    """Who held and touched the item during the visit, what it was called, and who moved it on."""
    place = stretches.place[s]
    entered = visits.entered[v]
    known[SEEN] = known[CHANGERS] = known[TRANSFERS] = 0
    known[ENTRY] = stretches.event[s]
    known[ENTRY_WORKS] = stretches.mode[s] == WORK
    before = known[LAST_OWNER]
    _absorb(events, end, entered, True, rules, known, crowd)
    if known[ASSIGNS]:
        known[SEEN] = _add(crowd.seen, known[SEEN], known[OWNER])
    team = rules.stage_team[place]
    if team == NONE:
        team = known[TEAM]
    if team == NONE:
        team = rules.person_team[known[OWNER]]
    same_hands = known[TRANSFERS] == 0 and before != NONE and before == known[OWNER]
    if same_hands and team != NONE and known[VISIT_TEAM] != NONE and team != known[VISIT_TEAM]:
        known[TRANSFERS] = 1
    if team != NONE:
        known[VISIT_TEAM] = team
    visits.team[v] = team
    visits.type[v] = known[TYPE]
    _absorb(events, end, visits.left[v], False, rules, known, crowd)
    visits.left_by[v] = visits.release[v] = NONE
    if run < last:
        leaving = stretches.event[run]
        visits.left_by[v] = events.actor[leaving]
        known[CHANGERS] = _add(crowd.changers, known[CHANGERS], events.actor[leaving])
        i = known[FINGER]
        while i < end and events.at[i] == visits.left[v]:
            if events.kind[i] == SET and events.field[i] == FIELD_RELEASE:
                visits.release[v] = events.value[i]
            i += 1
    by_change = known[SEEN] == 0
    people = known[CHANGERS] if by_change else known[SEEN]
    for k in range(people):
        known[LIFERS] = _add(crowd.lifers, known[LIFERS], crowd.changers[k] if by_change else crowd.seen[k])
    visits.people[v] = people if people else NONE
    visits.people_by_change[v] = 1 if by_change and people else 0
    visits.transfers[v] = known[TRANSFERS]


@part
def _add(people, n, who):  # type: ignore[no-untyped-def]
    """Add a known person to the first n distinct ones; how many there are now."""
    if who == NONE:
        return n
    for k in range(n):
        if people[k] == who:
            return n
    people[n] = who
    return n + 1


@part
def _absorb(events, end, until, including, rules, known, crowd):  # type: ignore[no-untyped-def]
    """Move the finger over the events before `until` (NEVER: to the end; `including` those at it)."""
    i = known[FINGER]
    while i < end and (until == NEVER or events.at[i] < until or (including and events.at[i] == until)):
        kind = events.kind[i]
        if kind == SET:
            if events.field[i] == FIELD_TYPE:
                known[TYPE] = events.value[i]
            elif events.field[i] == FIELD_TEAM:
                known[TEAM] = rules.word_team[events.value[i]]
        elif kind == ASSIGN:
            _owner(known, crowd, events.value[i])
        elif kind == TOUCH or kind == START or kind == END:
            if kind != END:
                known[SEEN] = _add(crowd.seen, known[SEEN], events.actor[i])
            if kind == START and known[ASSIGNS] == 0:
                _owner(known, crowd, events.actor[i])
            if events.day[i] != known[TOUCHDAY]:
                known[TOUCHDAY] = events.day[i]
                known[TOUCHDAYS] += 1
        elif kind == STATE and events.place[i] != IGNORED:
            if i != known[ENTRY] or known[ENTRY_WORKS]:
                known[CHANGERS] = _add(crowd.changers, known[CHANGERS], events.actor[i])
            if known[ASSIGNS] == 0 and known[PERFORMS] == 0:
                _owner(known, crowd, events.actor[i])
        i += 1
    known[FINGER] = i


@part
def _owner(known, crowd, who):  # type: ignore[no-untyped-def]
    """The item comes into somebody's hands; a change between two known humans is a transfer."""
    known[OWNER] = who
    if who == NONE:
        return
    known[SEEN] = _add(crowd.seen, known[SEEN], who) if known[ASSIGNS] else known[SEEN]
    if known[LAST_OWNER] != NONE and known[LAST_OWNER] != who:
        known[TRANSFERS] += 1
    known[LAST_OWNER] = who


@part
def _item(events, begin, life, known, rules, finished, outcome, visits, items, counts):  # type: ignore[no-untyped-def]
    """Write the life that ends, or is still open, here: sums over its visits."""
    n = counts[1]
    counts[1] += 1
    unseen = life.facts[L_UNSEEN] == 1
    items.item[n] = events.item[begin]
    items.life[n] = life.facts[L_NUMBER]
    items.requested[n] = life.facts[L_REQUESTED]
    items.committed[n] = NEVER if unseen else life.facts[L_COMMITTED]
    items.started[n] = life.facts[L_STARTED]
    items.finished[n] = finished
    items.outcome[n] = outcome
    observed = finished != NEVER and not unseen and life.facts[L_COMMITTED] != NEVER
    items.lead[n] = finished - life.facts[L_COMMITTED] if observed else NEVER
    items.queue[n] = items.work[n] = items.blocked[n] = items.external[n] = 0
    items.lead_bh[n] = items.work_bh[n] = items.rework[n] = items.transfers[n] = 0
    for v in range(life.facts[L_FIRST_ROW], counts[0]):
        items.queue[n] += visits.queue[v]
        items.work[n] += visits.work[v]
        items.blocked[n] += visits.blocked[v]
        items.external[n] += visits.external[v]
        items.work_bh[n] += visits.work_bh[v]
        items.lead_bh[n] += visits.queue_bh[v] + visits.work_bh[v] + visits.blocked_bh[v] + visits.external_bh[v]
        items.transfers[n] += visits.transfers[v]
        if visits.rework[v]:
            items.rework[n] += visits.queue[v] + visits.work[v] + visits.blocked[v] + visits.external[v]
    if not observed:
        items.lead_bh[n] = NEVER
    items.returns[n] = life.facts[L_RETURNS]
    items.reopened[n] = life.facts[L_REOPENED]
    items.first_pass[n] = 1 if outcome == IS_DONE and life.facts[L_RETURNS] + life.facts[L_REOPENED] == 0 else 0
    items.people[n] = known[LIFERS] if known[LIFERS] else NONE
    items.touch_days[n] = known[TOUCHDAYS] if known[TOUCHDAYS] else NONE
    items.visits[n] = counts[0] - life.facts[L_FIRST_ROW]
    items.type[n] = known[TYPE]
    items.team[n] = known[VISIT_TEAM] if known[VISIT_TEAM] != NONE else known[TEAM]
