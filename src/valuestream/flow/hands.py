"""In whose hands an item is, who touched it, and what it was called at the time (design.md 4.7 and 4.8)."""

from __future__ import annotations

from valuestream.flow.compiled import part
from valuestream.flow.grains import (
    FIELD_RELEASE,
    FIELD_TEAM,
    FIELD_TYPE,
    I32,
    IGNORED,
    NEVER,
    NONE,
    WORK,
    Whole,
)
from valuestream.flow.scene import Scene

STATE, START, END, SET, ASSIGN, TOUCH = 0, 1, 2, 3, 4, 5

# Positions in `Scene.known`.
FINGER = 0  # the first event not yet taken in
OWNER, LAST_OWNER = 1, 2  # now, and the last known human
TYPE, TEAM, VISIT_TEAM = 3, 4, 5
TRANSFERS = 6  # during the visit at hand
ASSIGNS, PERFORMS = 7, 8  # how many such events the item has in all
SEEN, CHANGERS, LIFERS = 9, 10, 11  # how many people the lists hold
TOUCHDAYS, TOUCHDAY = 12, 13
ENTRY, ENTRY_WORKS = 14, 15  # the event that began the visit, and whether it entered work


@part
def hands(scene: Scene, s: Whole, run: Whole, last: Whole, end: Whole, v: Whole) -> None:
    """People, transfers, team and type of visit v, made of stretches s..run, and who moved it on."""
    events, visits, known = scene.events, scene.visits, scene.known
    place = scene.stretches.place[s]
    known[SEEN] = known[CHANGERS] = known[TRANSFERS] = 0
    known[ENTRY] = scene.stretches.event[s]
    known[ENTRY_WORKS] = scene.stretches.mode[s] == WORK
    before = known[LAST_OWNER]
    absorb(scene, end, visits.entered[v], True)
    if known[ASSIGNS]:
        known[SEEN] = add(scene.seen, known[SEEN], known[OWNER])
    visits.type[v] = known[TYPE]
    visits.team[v] = _team(scene, place, before)
    absorb(scene, end, visits.left[v], False)
    visits.left_by[v] = visits.release[v] = NONE
    if run < last:
        leaving = scene.stretches.event[run]
        visits.left_by[v] = events.actor[leaving]
        known[CHANGERS] = add(scene.changers, known[CHANGERS], events.actor[leaving])
        i = known[FINGER]
        while i < end and events.at[i] == visits.left[v]:
            if events.kind[i] == SET and events.field[i] == FIELD_RELEASE:
                visits.release[v] = events.value[i]
            i += 1
    by_change = known[SEEN] == 0
    people = known[CHANGERS] if by_change else known[SEEN]
    for k in range(people):
        known[LIFERS] = add(scene.lifers, known[LIFERS], scene.changers[k] if by_change else scene.seen[k])
    visits.people[v] = people if people else NONE
    visits.people_by_change[v] = 1 if by_change and people else 0
    visits.transfers[v] = known[TRANSFERS]


@part
def _team(scene: Scene, place: Whole, before: Whole) -> Whole:
    """The stage's team, else the item's, else the owner's; a change in the same hands is a transfer."""
    known = scene.known
    team: Whole = scene.rules.stage_team[place]
    if team == NONE:
        team = known[TEAM]
    if team == NONE:
        team = scene.rules.person_team[known[OWNER]]
    same_hands = known[TRANSFERS] == 0 and before != NONE and before == known[OWNER]
    if same_hands and team != NONE and known[VISIT_TEAM] != NONE and team != known[VISIT_TEAM]:
        known[TRANSFERS] = 1
    if team != NONE:
        known[VISIT_TEAM] = team
    return team


@part
def absorb(scene: Scene, end: Whole, until: Whole, including: bool) -> None:
    """Move the finger over the events before `until` (NEVER: to the end; `including` those at it)."""
    events, known = scene.events, scene.known
    i = known[FINGER]
    while i < end and (until == NEVER or events.at[i] < until or (including and events.at[i] == until)):
        kind = events.kind[i]
        if kind == SET:
            if events.field[i] == FIELD_TYPE:
                known[TYPE] = events.value[i]
            elif events.field[i] == FIELD_TEAM:
                known[TEAM] = scene.rules.word_team[events.value[i]]
        elif kind == ASSIGN:
            _owner(scene, events.value[i])
        elif kind == STATE:
            if events.place[i] != IGNORED:
                _changed(scene, i)
        elif kind in (TOUCH, START, END):
            _touched(scene, i, kind)
        i += 1
    known[FINGER] = i


@part
def _touched(scene: Scene, i: Whole, kind: Whole) -> None:
    """Someone worked on it. The end of an interval falls into the next visit and says nothing new of people."""
    known, who = scene.known, scene.events.actor[i]
    if kind != END:
        known[SEEN] = add(scene.seen, known[SEEN], who)
    if kind == START and known[ASSIGNS] == 0:
        _owner(scene, who)
    if scene.events.day[i] != known[TOUCHDAY]:
        known[TOUCHDAY] = scene.events.day[i]
        known[TOUCHDAYS] += 1


@part
def _changed(scene: Scene, i: Whole) -> None:
    """Someone changed the state. Who put it into a stage's queue has not worked there."""
    known, who = scene.known, scene.events.actor[i]
    if i != known[ENTRY] or known[ENTRY_WORKS]:
        known[CHANGERS] = add(scene.changers, known[CHANGERS], who)
    if known[ASSIGNS] == 0 and known[PERFORMS] == 0:
        _owner(scene, who)


@part
def _owner(scene: Scene, who: Whole) -> None:
    """The item comes into somebody's hands; a change between two known humans is a transfer."""
    known = scene.known
    known[OWNER] = who
    if who == NONE:
        return
    if known[ASSIGNS]:
        known[SEEN] = add(scene.seen, known[SEEN], who)
    if known[LAST_OWNER] != NONE and known[LAST_OWNER] != who:
        known[TRANSFERS] += 1
    known[LAST_OWNER] = who


@part
def add(people: I32, n: Whole, who: Whole) -> Whole:
    """Add a known person to the first n distinct ones; how many there are now."""
    if who == NONE:
        return n
    for k in range(n):
        if people[k] == who:
            return n
    people[n] = who
    return n + 1
