"""What an item went through, from its present values and a list of changes: first values, changes, gaps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from valuestream.log.event import ActorKind, Kind, Reject
from valuestream.log.record import Event

STATE, ASSIGNEE, BLOCKED = "state", "assignee", "blocked"
"""Fields with an event kind of their own; all others are attributes."""


class Change(NamedTuple):
    """One field went from `old` to `new`. `ref` is the vendor's id of the change, `seq` its place among others."""

    at: int
    seq: int
    ref: str
    field: str
    old: str | None
    new: str | None
    actor: str | None = None
    actor_kind: ActorKind = "unknown"


class Birth(NamedTuple):
    """When an item was created, and by whom."""

    item: str
    at: int
    actor: str | None = None
    actor_kind: ActorKind = "unknown"


def life(birth: Birth, now: Mapping[str, str | None], changes: Sequence[Change]) -> Iterator[Event]:
    """The events of an item: each field's first value at its creation, then every change.

    now      field -> value today, for fields that never changed
    changes  oldest first

    A field's first value is what its first change took away.
    """
    first: dict[str, str | None] = {**now, **{change.field: change.old for change in reversed(changes)}}
    for field, value in first.items():
        if value is not None or field == STATE:
            ref = f"{birth.item}:born"
            yield event_of(birth.item, Change(birth.at, 0, ref, field, None, value, birth.actor, birth.actor_kind))
    for change in changes:
        yield event_of(birth.item, change)


def event_of(item: str, change: Change) -> Event:
    """A change of a field as the kind of event that it is."""
    at, seq, ref, field, _, new, actor, kind = change
    if field == STATE:
        return Event(item, at, Kind.STATE, new or "(none)", None, actor, kind, None, None, ref, seq)
    if field == ASSIGNEE:
        return Event(item, at, Kind.ASSIGN, new, None, actor, kind, None, None, ref, seq)
    if field == BLOCKED:
        what = Kind.BLOCK if new else Kind.UNBLOCK
        return Event(item, at, what, new, None, actor, kind, None, new, ref, seq)
    return Event(item, at, Kind.SET, new, field, actor, kind, None, None, ref, seq)


def gaps(item: str, now: str | None, changes: Sequence[Change]) -> Iterator[Reject]:
    """Where the states of an item do not follow from one another: the tool has kept a change to itself."""
    states = [change for change in changes if change.field == STATE]
    for before, after in pairwise(states):
        if before.new != after.old:
            told = f"{before.new} ({before.ref}) is followed by {after.old} -> {after.new} ({after.ref})"
            yield Reject(f"item {item}", "a change of state is missing", told)
    if states and states[-1].new != now:
        told = f"{states[-1].new}, today {now}"
        yield Reject(f"item {item}", "the last change of state does not lead to today's", told)
