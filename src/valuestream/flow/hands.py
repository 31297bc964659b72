"""In whose hands an item is, who touched it, and what it was called at the time (design.md 4.7 and 4.8).

Several events may share an instant. A state speaks of the visit it stands in. Everything else speaks of the visit that
the next move of its instant begins, where one follows, so that each of several moves at one instant has its own people.
"""

from __future__ import annotations

from valuestream.compiled import part
from valuestream.flow.grains import (
    FIELD_RELEASE,
    FIELD_TEAM,
    FIELD_TYPE,
    I32,
    IGNORED,
    NONE,
    WORK,
    Events,
    Whole,
)
from valuestream.flow.scene import Scene

STATE, START, END, SET, ASSIGN, TOUCH = 0, 1, 2, 3, 4, 5

# Positions in `Scene.known`.
FINGER = 0  # the first event not yet taken in, states aside
OWNER, LAST_OWNER = 1, 2  # now, and the last known human of this life
TYPE, TEAM, VISIT_TEAM = 3, 4, 5  # now, by an attribute, and of the last visit that had one
TRANSFERS = 6  # during the visit at hand
ASSIGNS, PERFORMS = 7, 8  # how many such events the item has in all
SEEN, CHANGERS, LIFERS = 9, 10, 11  # how many people the lists hold
TOUCHDAYS, TOUCHDAY = 12, 13
ENTRY, ENTRY_WORKS = 14, 15  # the event that began the visit, and whether it entered work
ASSIGNED = 16  # whether somebody, or nobody, was assigned during the visit at hand
HELD, SAME_HANDS = 17, 18  # whether a known human held it during the visit, at first the one who held it last
HELD_TEAM = 19  # team of the visit in which a known human held it last


@part
def begin_hands(scene: Scene, begin: Whole, end: Whole) -> None:
    """Nothing is known of the item yet but what kinds of events it has."""
    known = scene.known
    known[:] = 0
    known[FINGER] = begin
    known[OWNER] = known[LAST_OWNER] = known[TYPE] = known[TEAM] = NONE
    for i in range(begin, end):
        known[ASSIGNS] += scene.events.kind[i] == ASSIGN
        known[PERFORMS] += scene.events.kind[i] == START


@part
def hands_before(scene: Scene, before: Whole, entry: Whole) -> None:
    """Take in the events after `before` that lie before a life's first visit, which the event `entry` begins."""
    _begin_visit(scene, NONE, False)
    _absorb(scene, _speaks_from(scene.events, entry, before))
    _changes(scene, before + 1, entry)
    scene.known[HELD_TEAM] = scene.known[TOUCHDAY] = NONE
    scene.known[TOUCHDAYS] = 0


@part
def hands_after(scene: Scene, entry: Whole, after: Whole) -> None:
    """Take in what was said at the instant of the finish, which the event `entry` brought."""
    _begin_visit(scene, entry, False)
    _absorb(scene, _entered(scene.events, entry, after))


@part
def hands(scene: Scene, s: Whole, after: Whole, is_left: bool, v: Whole) -> None:
    """People, transfers, team and type of visit v, begun by stretch s, and who moved it on by the event `after`."""
    events, visits, known = scene.events, scene.visits, scene.known
    entry, place = scene.stretches.event[s], scene.stretches.place[s]
    _begin_visit(scene, entry, scene.stretches.mode[s] == WORK)
    within = entry + 1
    while within < after and events.at[within] == events.at[entry]:
        within += 1
    _absorb(scene, _entered(events, entry, after))
    _changes(scene, entry, within)
    if known[ASSIGNS] and not known[ASSIGNED]:
        _held(scene, known[OWNER])  # it came with its owner
    visits.type[v] = known[TYPE]
    visits.team[v] = _team(scene, place)
    _absorb(scene, _speaks_from(events, after, entry))
    _changes(scene, within, after)
    visits.left_by[v] = visits.release[v] = NONE
    if is_left:
        visits.left_by[v] = events.actor[after]
        visits.release[v] = _release(events, after)
        known[CHANGERS] = add(scene.changers, known[CHANGERS], events.actor[after])
    _count_people(scene, v)
    _count_transfers(scene, visits.team[v], v)


@part
def _begin_visit(scene: Scene, entry: Whole, works: bool) -> None:
    known = scene.known
    known[SEEN] = known[CHANGERS] = known[TRANSFERS] = known[ASSIGNED] = known[HELD] = known[SAME_HANDS] = 0
    known[ENTRY] = entry
    known[ENTRY_WORKS] = works


@part
def _speaks_from(events: Events, entry: Whole, before: Whole) -> Whole:
    """The first event after `before` that speaks of the visit that `entry` begins: those of its instant do.

    `entry` may be the end of the item's events: nothing begins.
    """
    i = entry
    if i == len(events.of):
        return i
    while i - 1 > before and events.of[i - 1] == events.of[entry] and events.at[i - 1] == events.at[entry]:
        i -= 1
    return i


@part
def _entered(events: Events, entry: Whole, after: Whole) -> Whole:
    """The first event that does not speak of how the visit that `entry` begins was entered."""
    i = entry + 1
    while i < after and events.at[i] == events.at[entry]:
        i += 1
    return min(i, _speaks_from(events, after, entry))


@part
def _release(events: Events, leaving: Whole) -> Whole:
    """The release named at the instant of leaving; the last of several."""
    i = leaving
    while i > 0 and events.of[i - 1] == events.of[leaving] and events.at[i - 1] == events.at[leaving]:
        i -= 1
    found: Whole = NONE
    while i < len(events.of) and events.of[i] == events.of[leaving] and events.at[i] == events.at[leaving]:
        if events.kind[i] == SET and events.field[i] == FIELD_RELEASE:
            found = events.value[i]
        i += 1
    return found


@part
def _team(scene: Scene, place: Whole) -> Whole:
    """The stage's team, else the item's, else the owner's."""
    known = scene.known
    team: Whole = scene.rules.stage_team[place]
    if team == NONE:
        team = known[TEAM]
    if team == NONE:
        team = _team_of_owner(scene)
    if team != NONE:
        known[VISIT_TEAM] = team
    return team


@part
def _team_of_owner(scene: Scene) -> Whole:
    """The owner's team at the instant at which the visit was entered."""
    rules, owner = scene.rules, scene.known[OWNER]
    entered = scene.events.at[scene.known[ENTRY]]
    span = 0
    while span < len(rules.team_since) and rules.team_since[span] <= entered:
        span += 1
    people = len(rules.person_team) // (len(rules.team_since) + 1)
    if owner == NONE:
        owner = people - 1
    team: Whole = rules.person_team[span * people + owner]
    return team


@part
def _count_people(scene: Scene, v: Whole) -> None:
    """Those assigned and those who touched it; only where neither is known, those who changed the state."""
    known, visits = scene.known, scene.visits
    by_change = known[SEEN] == 0
    people = known[CHANGERS] if by_change else known[SEEN]
    for k in range(people):
        known[LIFERS] = add(scene.lifers, known[LIFERS], scene.changers[k] if by_change else scene.seen[k])
    visits.people[v] = people if people else NONE
    visits.people_by_change[v] = 1 if by_change and people else 0


@part
def _count_transfers(scene: Scene, team: Whole, v: Whole) -> None:
    """Another team in the same hands is a transfer too, against the visit in which a known human held it last."""
    known = scene.known
    if known[SAME_HANDS] and team != NONE and known[HELD_TEAM] != NONE and team != known[HELD_TEAM]:
        known[TRANSFERS] += 1
    if known[HELD]:
        known[HELD_TEAM] = team
    scene.visits.transfers[v] = known[TRANSFERS]


@part
def _absorb(scene: Scene, until: Whole) -> None:
    """Move the finger over the events before `until`; states are taken in by `_changes`."""
    events, known = scene.events, scene.known
    for i in range(known[FINGER], until):
        kind = events.kind[i]
        if kind == SET:
            if events.field[i] == FIELD_TYPE:
                known[TYPE] = events.value[i]
            elif events.field[i] == FIELD_TEAM:
                known[TEAM] = scene.rules.word_team[events.value[i]]
        elif kind == ASSIGN:
            known[ASSIGNED] = 1
            _held(scene, events.value[i])
        elif kind in (TOUCH, START, END):
            _touched(scene, i, kind)
    known[FINGER] = max(known[FINGER], until)


@part
def _touched(scene: Scene, i: Whole, kind: Whole) -> None:
    """Someone worked on it. The end of an interval falls into the next visit and says nothing new of people."""
    known, who = scene.known, scene.events.actor[i]
    if kind != END:
        known[SEEN] = add(scene.seen, known[SEEN], who)
    if kind == START and known[ASSIGNS] == 0:
        _held(scene, who)
    if scene.events.day[i] != known[TOUCHDAY]:
        known[TOUCHDAY] = scene.events.day[i]
        known[TOUCHDAYS] += 1


@part
def _changes(scene: Scene, begin: Whole, end: Whole) -> None:
    """Someone changed the state. Who put it into a stage's queue has not worked there."""
    events, known = scene.events, scene.known
    for i in range(begin, end):
        if events.kind[i] != STATE or events.place[i] == IGNORED:
            continue
        who = events.actor[i]
        if i != known[ENTRY] or known[ENTRY_WORKS]:
            known[CHANGERS] = add(scene.changers, known[CHANGERS], who)
        if known[ASSIGNS] == 0 and known[PERFORMS] == 0:
            _held(scene, who)


@part
def _held(scene: Scene, who: Whole) -> None:
    """The item is in somebody's hands; a change between two known humans is a transfer."""
    known = scene.known
    known[OWNER] = who
    if who == NONE:
        return
    if known[ASSIGNS]:
        known[SEEN] = add(scene.seen, known[SEEN], who)
    if known[LAST_OWNER] != NONE:
        if known[LAST_OWNER] != who:
            known[TRANSFERS] += 1
        elif not known[HELD]:
            known[SAME_HANDS] = 1
    known[HELD] = 1
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
