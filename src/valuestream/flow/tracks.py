"""The item's other tracks and its intervals: which are open, where, and whether one of them moved back (design.md 4.2).

A pull request is a track by its states. The intervals of one artefact, or of the item itself, are a track of their own
beside its states: they follow one another.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from valuestream.compiled import part
from valuestream.flow.grains import I64, IGNORED, NONE, NOWHERE, UNMAPPED, Events, Rules, Whole

# The item's own situation, as positions in one small array.
PLACE, MODE, LAST = 0, 1, 2  # of its own state; the last stage that was not external
LATCHED = 3  # it is finished: required tracks count no more
BLOCKS = 4  # how many explicit blocks are open
COMMITTED, AT = 5, 6  # whether it was ever in a stage, and in which last
WAITING = 7  # the last track closed, and the own state names an earlier stage: it waits for the next
TRACKS = 8  # how many rows of `Tracks` are in use
SPOKE = 9  # it has a state of its own
BY_INTERVAL = 10  # it is done because of an interval that is done
SITUATION = 11

INTERVALS = -2
"""The `ref` of the row that remembers where an artefact's last interval ended."""


class Tracks(NamedTuple):
    """Other tracks and intervals of the item at hand, a row each; `place` is NONE where nothing is open.

    ref   NONE: the states of a track; INTERVALS: its intervals, when none is open; else the interval that is open
    last  the stage, not an external one, in which the track was last
    """

    track: np.ndarray
    ref: np.ndarray
    place: np.ndarray
    mode: np.ndarray
    last: np.ndarray


def no_tracks(events: int) -> Tracks:
    """Room for the tracks of an item with so many events."""
    return Tracks(*[np.empty(2 * events, np.int64) for _ in range(5)])


@part
def _row(track: Whole, ref: Whole, own: I64, tracks: Tracks) -> Whole:
    """The row that remembers a track's states or intervals, made where there is none."""
    for k in range(own[TRACKS]):
        if tracks.track[k] == track and tracks.ref[k] == ref:
            return k
    return _new_row(track, ref, NONE, NONE, own, tracks)


@part
def _new_row(track: Whole, ref: Whole, place: Whole, mode: Whole, own: I64, tracks: Tracks) -> Whole:
    k: Whole = own[TRACKS]
    tracks.track[k] = track
    tracks.ref[k] = ref
    tracks.place[k] = place
    tracks.mode[k] = mode
    tracks.last[k] = NONE
    own[TRACKS] += 1
    return k


@part
def track_state(track: Whole, place: Whole, mode: Whole, rules: Rules, own: I64, tracks: Tracks) -> Whole:
    """A track enters a state; 1 when that moved it to an earlier stage."""
    if place == IGNORED:
        return 0
    k = _row(track, NONE, own, tracks)
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
def interval_start(events: Events, i: Whole, rules: Rules, own: I64, tracks: Tracks) -> Whole:
    """An interval begins; 1 when it stands in an earlier stage than the one before it, and none of them is open."""
    place, track = events.place[i], events.track[i]
    if place in (IGNORED, UNMAPPED):
        return 0
    if place >= rules.stages:
        if track == NONE:
            _interval_that_is_done(place, rules, own)
        return 0
    if own[BY_INTERVAL]:
        own[PLACE] = NOWHERE  # done is left when the next interval begins
        own[BY_INTERVAL] = own[LATCHED] = 0
    if place < 0:
        return 0
    alone = True
    for k in range(own[TRACKS]):
        alone = alone and not (tracks.track[k] == track and tracks.ref[k] >= 0)
    row = _row(track, INTERVALS, own, tracks)
    back = 1 if alone and not rules.external[place] and place < tracks.last[row] else 0
    _new_row(track, events.ref[i], place, events.mode[i], own, tracks)
    own[WAITING] = 0
    return back


@part
def _interval_that_is_done(place: Whole, rules: Rules, own: I64) -> None:
    """It counts from its start; between done and cancelled the first stands."""
    if own[PLACE] >= rules.stages:
        return
    own[PLACE] = place
    own[BY_INTERVAL] = 1
    own[WAITING] = own[LATCHED] = 0


@part
def interval_end(events: Events, i: Whole, rules: Rules, own: I64, tracks: Tracks) -> None:
    """The interval that this event ends is no longer open."""
    for k in range(own[TRACKS]):
        if tracks.ref[k] >= 0 and tracks.ref[k] == events.ref[i]:
            place = tracks.place[k]
            if not rules.external[place]:
                tracks.last[_row(tracks.track[k], INTERVALS, own, tracks)] = place
            _forget(k, own, tracks)
            _closed(own, tracks)
            return


@part
def _forget(k: Whole, own: I64, tracks: Tracks) -> None:
    own[TRACKS] -= 1
    for m in range(k, own[TRACKS]):
        tracks.track[m] = tracks.track[m + 1]
        tracks.ref[m] = tracks.ref[m + 1]
        tracks.place[m] = tracks.place[m + 1]
        tracks.mode[m] = tracks.mode[m + 1]
        tracks.last[m] = tracks.last[m + 1]


@part
def _closed(own: I64, tracks: Tracks) -> None:
    """After a track closed: an own state in an earlier stage does not take the item back."""
    for k in range(own[TRACKS]):
        if tracks.place[k] >= 0:
            return
    if 0 <= own[PLACE] < own[AT]:
        own[WAITING] = 1
