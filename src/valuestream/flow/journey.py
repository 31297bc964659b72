"""Where an item is at each instant: its own state, its other tracks and blocks, decided into one place.

The rules are design.md 4.2. An own state counts while no other track is open in a stage; among open
tracks the least advanced stage counts; inside it blocked wins over external over work over queue; an
explicit block wins over all of them until it is lifted or the item finishes.
"""

from __future__ import annotations

import numpy as np

from valuestream.compiled import compiled, part
from valuestream.flow.grains import (
    BLOCKED,
    I64,
    IGNORED,
    NONE,
    NOWHERE,
    PENDING,
    QUEUE,
    UNMAPPED,
    WORK,
    Events,
    Rules,
    Segments,
    Whole,
)
from valuestream.flow.records import columns, records, unpacked
from valuestream.flow.tracks import (
    AT,
    BLOCKS,
    BY_INTERVAL,
    COMMITTED,
    LAST,
    LATCHED,
    MODE,
    PLACE,
    SITUATION,
    SPOKE,
    TRACKS,
    WAITING,
    Tracks,
    interval_end,
    interval_start,
    no_tracks,
    track_state,
)

STATE, START, END, BLOCK, UNBLOCK = 0, 1, 2, 6, 7


def segments(events: Events, rules: Rules) -> Segments:
    """The stretches of all items: each begins where place, mode or hidden work changed.

    Stretches before the first stage have place NOWHERE, undecided ones PENDING; `visits.py` resolves them.
    """
    n = len(events.of)
    out = columns(Segments, n) if isinstance(events, tuple) else records(Segments, n)
    if not n:
        return out
    most = int(np.diff(np.flatnonzero(np.diff(events.of, prepend=-2, append=-2))).max())
    own = np.zeros(SITUATION, np.int64)
    count = compiled(journeys, n, allocates=False)(events, rules, own, no_tracks(most), out)
    return out[:count] if not isinstance(out, tuple) else unpacked(Segments, out, int(count))


def journeys(events: Events, rules: Rules, own: I64, tracks: Tracks, out: Segments) -> Whole:
    """Kernel: fill `out`, return how many segments there are."""
    n = len(events.of)
    count: Whole = 0
    begin = 0
    for i in range(1, n + 1):
        if i == n or events.of[i] != events.of[begin]:
            count = _one_item(events, begin, i, rules, own, tracks, out, count)
            begin = i
    return count


@part
def _one_item(
    events: Events, begin: Whole, end: Whole, rules: Rules, own: I64, tracks: Tracks, out: Segments, count: Whole
) -> Whole:
    own[:] = 0
    own[PLACE] = NOWHERE
    own[LAST] = NONE
    own[AT] = NONE
    first = count
    place: Whole = NOWHERE
    mode: Whole = QUEUE
    hidden: Whole = 0
    for i in range(begin, end):
        back = _apply(events, i, rules, own, tracks)
        now, how, aside = _position(rules, own, tracks)
        if now == place and how == mode and aside == hidden and i > begin:
            continue
        place, mode, hidden = now, how, aside
        if place >= 0:
            own[COMMITTED] = 1
        if 0 <= place < rules.stages:
            own[AT] = place
        out.of[count] = events.of[i]
        out.event[count] = i
        out.place[count] = place
        out.mode[count] = mode
        out.hidden[count] = hidden
        out.back[count] = 2 if place == PENDING else back
        count += 1
    if rules.ends_finish and place == PENDING and own[SPOKE] == 0:
        return _finish(rules, out, first, count)
    return count


@part
def _finish(rules: Rules, out: Segments, first: Whole, count: Whole) -> Whole:
    """An item of intervals is done at its last end, where no interval says when; what was cancelled before stays so."""
    end = count
    while end - first > 1 and out.place[end - 2] == PENDING:
        end -= 1
    if end - first < 2 or out.place[end - 2] >= rules.stages:
        return count
    out.place[end - 1] = rules.stages
    out.mode[end - 1] = QUEUE
    return end


@part
def _apply(events: Events, i: Whole, rules: Rules, own: I64, tracks: Tracks) -> Whole:
    """Take event i into the item's situation; 1 when it moved one track to an earlier stage."""
    kind = events.kind[i]
    place = events.place[i]
    if kind == BLOCK:
        own[BLOCKS] += 1
    elif kind == UNBLOCK:
        own[BLOCKS] = max(0, own[BLOCKS] - 1)
    elif kind == STATE and events.track[i] == NONE:
        return _own_state(place, events.mode[i], rules, own)
    elif kind == STATE:
        return track_state(events.track[i], place, events.mode[i], rules, own, tracks)
    elif kind == START:
        return interval_start(events, i, rules, own, tracks)
    elif kind == END:
        interval_end(events, i, rules, own, tracks)
    return 0


@part
def _own_state(place: Whole, mode: Whole, rules: Rules, own: I64) -> Whole:
    if place in (IGNORED, UNMAPPED):
        return 0
    own[SPOKE] = 1
    own[WAITING] = own[BY_INTERVAL] = 0
    if place >= rules.stages and own[PLACE] >= rules.stages:
        return 0  # between done and cancelled the first stands
    own[PLACE] = place
    own[MODE] = mode
    own[LATCHED] = 0
    if place < 0 or place >= rules.stages or rules.external[place]:
        return 0
    back = 1 if place < own[LAST] else 0
    own[LAST] = place
    return back


@part
def _position(rules: Rules, own: I64, tracks: Tracks) -> tuple[Whole, Whole, Whole]:
    """The item's place and mode now, and how many pieces of work they hide."""
    finished = own[PLACE] >= rules.stages
    stage = rules.stages
    mode = QUEUE
    working = 0
    for k in range(own[TRACKS]):
        at = tracks.place[k]
        if at < 0:
            continue
        if tracks.mode[k] == WORK:
            working += 1
        if finished and (own[LATCHED] or tracks.track[k] == NONE or not rules.required[tracks.track[k]]):
            continue
        if at < stage:
            stage = at
            mode = tracks.mode[k]
        elif at == stage and tracks.mode[k] > mode:
            mode = tracks.mode[k]
    by_track = stage < rules.stages
    if by_track:
        place = stage
    elif finished:
        own[LATCHED] = 1
        own[BLOCKS] = 0
        return own[PLACE], QUEUE, working
    elif own[WAITING] or own[PLACE] < 0:
        place = PENDING if own[COMMITTED] else NOWHERE
    else:
        place = own[PLACE]
        mode = own[MODE]
    if own[BLOCKS] and place != NOWHERE:
        mode = BLOCKED
    if by_track and mode == WORK:
        working -= 1
    return place, mode, working
