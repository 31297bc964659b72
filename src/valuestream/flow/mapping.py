"""A stream's lists as codes: what each word of a log means, and which states nobody claims."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from valuestream.calendar import instant
from valuestream.errors import UnmappedState
from valuestream.flow.grains import BLOCKED, EXTERNAL, I8, I32, IGNORED, NONE, NOWHERE, QUEUE, UNMAPPED, WORK, Rules
from valuestream.log.event import Kind, Log
from valuestream.people import team_of, with_dated
from valuestream.stream import Stream

MODES = {"queue": QUEUE, "work": WORK, "blocked": BLOCKED, "external": EXTERNAL}


class Meaning(NamedTuple):
    """Place and mode of each word of a log, as a state. The last entry answers for NONE."""

    place: I8
    mode: I8


def meaning(stream: Stream, words: Sequence[str]) -> Meaning:
    """What each word means in the stream. A track's states are claimed with their artefact: `pull_request:open`."""
    claims = _claims(stream)
    place = np.full(len(words) + 1, UNMAPPED, np.int8)
    mode = np.zeros(len(words) + 1, np.int8)
    for code, word in enumerate(words):
        if word in claims:
            place[code], mode[code] = claims[word]
    return Meaning(place, mode)


def _claims(stream: Stream) -> dict[str, tuple[int, int]]:
    done = len(stream.stages)
    claims = dict.fromkeys(stream.before, (NOWHERE, QUEUE))
    claims |= dict.fromkeys(stream.done, (done, QUEUE))
    claims |= dict.fromkeys(stream.cancelled, (done + 1, QUEUE))
    claims |= dict.fromkeys(stream.ignore, (IGNORED, QUEUE))
    for number, stage in enumerate(stream.stages):
        for name, mode in MODES.items():
            claims |= dict.fromkeys(getattr(stage, name), (number, mode))
    return claims


def unmapped_events(log: Log, found: Meaning) -> np.ndarray:
    """Rows whose own state or activity no list claims: int64[k]. A track may be in states that nobody claims."""
    own = (log.kind == Kind.STATE) | (log.kind == Kind.START)
    if log.track is not None:
        own &= log.track == NONE
    rows: np.ndarray = np.flatnonzero(own)  # of other events the value may be a person
    unclaimed: np.ndarray = rows[found.place[log.value[rows]] == UNMAPPED]
    return unclaimed


def unmapped_error(log: Log, rows: np.ndarray, stream: Stream) -> UnmappedState:
    """The most frequent unclaimed state, with its count, its first item and the nearest stage."""
    codes, counts = np.unique(log.value[rows], return_counts=True)
    top = int(codes[counts.argmax()])
    word = log.words[top]
    first = log.items[int(log.item[rows[log.value[rows] == top][0]])]
    others = f" {len(codes) - 1} more states are unclaimed too." if len(codes) > 1 else ""
    near = nearest(word, stream)
    where = f"a stage (nearest: {near!r})" if near else "a stage"
    return UnmappedState(
        f"No stage claims the state {word!r} ({counts.max():,} events, first {first}).{others}",
        f"Add it to {where} in the stream's file; `vsm streams suggest` proposes one."
        " `--unmapped exclude` leaves its items out.",
    )


def nearest(word: str, stream: Stream) -> str | None:
    """The stage whose name or states a word resembles most; None where it resembles none."""
    owner = {state.lower(): stage.name for stage in stream.stages for state in (*stage.states, stage.name)}
    close = difflib.get_close_matches(word.lower(), owner, n=1, cutoff=0.3)
    return owner[close[0]] if close else None


def unclaimed(stream: Stream, words: Sequence[str]) -> set[str]:
    """Which of these states no list of the stream claims."""
    return set(words) - _claims(stream).keys()


def rules(stream: Stream, log: Log, teams: list[str]) -> Rules:
    """The stream's rules in codes; names of teams are numbered into `teams`, which grows behind those it has."""
    number = {team: code for code, team in enumerate(teams)}

    def code(team: str | None) -> int:
        return NONE if team is None else number.setdefault(team, len(number))

    stage_team = [code(stage.team) for stage in stream.stages] + [NONE, NONE]
    word_team = np.full(len(log.words) + 1, NONE, np.int32)
    for word in _team_words(log):
        word_team[word] = code(log.words[word])
    team_since = team_changes(stream)
    person_team: list[int] = []
    for at in [None, *team_since]:
        person_team += [code(team) for team in team_at(log.people, stream, at)] + [NONE]
    teams[:] = number
    # what nobody can enter, since people only told of it, is looked through like what lies outside
    external = [stage.is_external or stage.is_declared for stage in stream.stages] + [False, False]
    required = [track.partition("#")[0] in stream.required for track in log.tracks]
    return Rules(
        stages=len(stream.stages),
        external=np.array(external, np.bool_),
        required=np.array(required, np.bool_),
        stage_team=np.array(stage_team, np.int32),
        team_since=np.array(team_since, np.int64),
        person_team=np.array(person_team, np.int32),
        word_team=word_team,
        reopen_within=stream.reopen_within_us,
        ends_finish=not stream.done,
    )


def team_changes(stream: Stream) -> list[int]:
    """Instants (microseconds UTC, ascending) at which somebody's membership begins or ends."""
    zone = stream.calendar.zone
    return sorted({instant(day, zone) for one in stream.memberships for day in (one.since, one.until) if day})


def team_at(people: Sequence[str], stream: Stream, at: int | None) -> list[str | None]:
    """The team of each person at an instant (None: before all changes); a dated membership goes before an undated."""
    zone = stream.calendar.zone
    now = []
    for one in stream.memberships:
        begun = not one.since or (at is not None and instant(one.since, zone) <= at)
        ended = bool(one.until) and at is not None and instant(str(one.until), zone) <= at
        if begun and not ended:
            now.append(one)
    dated, always = team_of(people, with_dated({}, now)), team_of(people, stream.teams)
    return [first or second for first, second in zip(dated, always, strict=True)]


def _team_words(log: Log) -> I32:
    if log.field is None or "team" not in log.fields:
        return np.empty(0, np.int32)
    named = log.value[(log.kind == Kind.SET) & (log.field == list(log.fields).index("team"))]
    return np.unique(named[named != NONE])
