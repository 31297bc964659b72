"""Where an item is at each instant: its own state, its other tracks and blocks, decided into one place.

The rules are design.md 4.2. An own state counts while no other track is open in a stage; among open
tracks the least advanced stage counts; inside it blocked wins over external over work over queue; an
explicit block wins over all of them until it is lifted or the item finishes.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from valuestream.flow.compiled import compiled, part
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

STATE, START, END, BLOCK, UNBLOCK = 0, 1, 2, 6, 7

# The item's own situation, as positions in one small array.
PLACE, MODE, LAST, LATCHED, BLOCKS, COMMITTED, WAITING, TRACKS, AT, SPOKE = range(10)


class Tracks(NamedTuple):
    """Other tracks and open intervals of the item at hand. `ref` is NONE for a track: it is remembered when closed."""

    track: np.ndarray
    ref: np.ndarray
    place: np.ndarray
    mode: np.ndarray
    last: np.ndarray


def segments(events: Events, rules: Rules) -> Segments:
    """The stretches of all items: each begins where place, mode or hidden work changed.

    Stretches before the first stage have place NOWHERE, undecided ones PENDING; `visits.py` resolves them.
    """
    n = len(events.of)
    out = columns(Segments, n) if isinstance(events, tuple) else records(Segments, n)
    if not n:
        return out
    most = int(np.diff(np.flatnonzero(np.diff(events.of, prepend=-2, append=-2))).max())
    tracks = Tracks(*[np.empty(most, np.int64) for _ in range(5)])
    count = compiled(journeys, n, allocates=False)(events, rules, np.zeros(10, np.int64), tracks, out)
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
        while count - first > 1 and out.place[count - 2] == PENDING:
            count -= 1
        out.place[count - 1] = rules.stages
        out.mode[count - 1] = QUEUE
    return count


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
        return _track_state(events.track[i], place, events.mode[i], rules, own, tracks)
    elif kind == START:
        return _interval_start(events, i, rules, own, tracks)
    elif kind == END:
        _interval_end(events, i, own, tracks)
    return 0


@part
def _own_state(place: Whole, mode: Whole, rules: Rules, own: I64) -> Whole:
    if place in (IGNORED, UNMAPPED):
        return 0
    own[SPOKE] = 1
    own[WAITING] = 0
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
def _track_state(track: Whole, place: Whole, mode: Whole, rules: Rules, own: I64, tracks: Tracks) -> Whole:
    if place == IGNORED:
        return 0
    k = 0
    while k < own[TRACKS] and not (tracks.track[k] == track and tracks.ref[k] == NONE):
        k += 1
    if k == own[TRACKS]:
        tracks.track[k] = track
        tracks.ref[k] = NONE
        tracks.place[k] = NONE
        tracks.last[k] = NONE
        own[TRACKS] += 1
    if place < 0 or place >= rules.stages:
        was_open = tracks.place[k] >= 0
        tracks.place[k] = NONE
        if was_open:
            _closed(own, tracks)
        return 0
    own[WAITING] = 0
    tracks.place[k] = place
    tracks.mode[k] = mode
    if rules.external[place]:
        return 0
    back = 1 if place < tracks.last[k] else 0
    tracks.last[k] = place
    return back


@part
def _interval_start(events: Events, i: Whole, rules: Rules, own: I64, tracks: Tracks) -> Whole:
    place = events.place[i]
    if place >= rules.stages and own[PLACE] < 0 and own[SPOKE] == 0:
        own[PLACE] = place  # an interval that is done counts from its start
        own[LATCHED] = 0
    if place < 0 or place >= rules.stages:
        return 0
    if own[PLACE] >= rules.stages and own[SPOKE] == 0:
        own[PLACE] = NOWHERE  # and is left when the next one begins
    alone = True
    for k in range(own[TRACKS]):
        alone = alone and tracks.place[k] < 0
    k = own[TRACKS]
    tracks.track[k] = events.track[i]
    tracks.ref[k] = events.ref[i]
    tracks.place[k] = place
    tracks.mode[k] = events.mode[i]
    tracks.last[k] = place
    own[TRACKS] += 1
    own[WAITING] = 0
    if rules.external[place] or own[SPOKE]:
        return 0
    # Intervals of an item without own states follow one another as one track, as long as they do not overlap.
    back = 1 if alone and place < own[LAST] else 0
    if alone or place > own[LAST]:
        own[LAST] = place
    return back


@part
def _interval_end(events: Events, i: Whole, own: I64, tracks: Tracks) -> None:
    for k in range(own[TRACKS]):
        if tracks.ref[k] != NONE and tracks.ref[k] == events.ref[i]:
            for m in range(k, own[TRACKS] - 1):
                tracks.track[m] = tracks.track[m + 1]
                tracks.ref[m] = tracks.ref[m + 1]
                tracks.place[m] = tracks.place[m + 1]
                tracks.mode[m] = tracks.mode[m + 1]
                tracks.last[m] = tracks.last[m + 1]
            own[TRACKS] -= 1
            _closed(own, tracks)
            return


@part
def _closed(own: I64, tracks: Tracks) -> None:
    """After a track closed: an own state in an earlier stage does not take the item back."""
    for k in range(own[TRACKS]):
        if tracks.place[k] >= 0:
            return
    if 0 <= own[PLACE] < own[AT]:
        own[WAITING] = 1


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
