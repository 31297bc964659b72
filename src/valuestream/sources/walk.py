"""An issue or a request of a code host, walked through change by change: open or closed, labels, owners, reviews."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import NamedTuple

from valuestream.log.event import ActorKind, Kind
from valuestream.log.record import Event

OPEN, DRAFT, IN_REVIEW, APPROVED, CHANGES = "open", "draft", "in_review", "approved", "changes_requested"
MERGED, CLOSED, NOT_MERGED = "merged", "closed", "closed (not merged)"

_SAME_MOVE_US = 2_000_000
"""A card is moved by taking one label away and giving another within so long."""


class Who(NamedTuple):
    """Who did something."""

    name: str | None = None
    kind: ActorKind = "unknown"


class When(NamedTuple):
    """When a change happened: instant, place among others, the vendor's id."""

    at: int
    seq: int
    ref: str


@dataclass(frozen=True)
class Rules:
    """What labels mean: patterns, compared without case.

    states   a label that is a state: the column of a board
    blocked  a label that says that work is held up
    """

    states: tuple[str, ...] = ()
    blocked: tuple[str, ...] = ("blocked", "on hold")

    def is_state(self, label: str) -> bool:
        return _matches(label, self.states)

    def is_block(self, label: str) -> bool:
        return _matches(label, self.blocked)


@dataclass
class Walk:
    """Collects the events of one item, which must be told in order."""

    item: str
    rules: Rules
    labels: list[str] = field(default_factory=list)
    owners: list[str] = field(default_factory=list)
    state: str | None = None
    events: list[Event] = field(default_factory=list)
    _leaving: tuple[When, Who] | None = None

    def enters(self, state: str, when: When, who: Who) -> None:
        """A state, unless it is in it already."""
        self._left_behind(when)
        self._state(state, when, who)

    def sets(self, name: str, value: str | None, when: When, who: Who) -> None:
        self._left_behind(when)
        self._add(Kind.SET, value, when, who, name)

    def touches(self, what: str, when: When, who: Who) -> None:
        self._left_behind(when)
        self._add(Kind.TOUCH, what, when, who)

    def assigned(self, name: str | None, when: When, who: Who) -> None:
        self._left_behind(when)
        if name is not None and name not in self.owners:
            self.owners.append(name)
            self._add(Kind.ASSIGN, name, when, who)

    def unassigned(self, name: str | None, when: When, who: Who) -> None:
        """The owner is then whoever was assigned before."""
        self._left_behind(when)
        if name in self.owners:
            owner = self.owners[-1]
            self.owners.remove(name)
            now = self.owners[-1] if self.owners else None
            if now != owner:
                self._add(Kind.ASSIGN, now, when, who)

    def labelled(self, label: str, when: When, who: Who) -> None:
        if self.rules.is_state(label):
            self._leaving = None if self._is_one_move(when) else self._leaving
        self._left_behind(when)
        if label in self.labels:
            return
        self.labels.append(label)
        if self.rules.is_state(label):
            self._state(label, when, who)
        elif self.rules.is_block(label):
            self._add(Kind.BLOCK, label, when, who)
        else:
            self._add(Kind.SET, self._joined(), when, who, "labels")

    def unlabelled(self, label: str, when: When, who: Who) -> None:
        self._left_behind(when)
        if label not in self.labels:
            return
        self.labels.remove(label)
        if self.rules.is_block(label):
            if not any(map(self.rules.is_block, self.labels)):
                self._add(Kind.UNBLOCK, None, when, who)
        elif self.rules.is_state(label):
            if self.state == label:
                self._leaving = (when, who)
        else:
            self._add(Kind.SET, self._joined(), when, who, "labels")

    @property
    def column(self) -> str | None:
        """The state that its labels say."""
        return next((label for label in reversed(self.labels) if self.rules.is_state(label)), None)

    def done(self) -> tuple[Event, ...]:
        """All events; nothing may be told after it."""
        self._leave()
        return tuple(self.events)

    def _left_behind(self, when: When) -> None:
        """A state's label that was taken away and followed by no other leaves the item in its other column, or open."""
        if self._leaving and not self._is_one_move(when):
            self._leave()

    def _is_one_move(self, when: When) -> bool:
        return self._leaving is not None and when.at - self._leaving[0].at <= _SAME_MOVE_US

    def _leave(self) -> None:
        if self._leaving:
            (when, who), self._leaving = self._leaving, None
            self._state(self.column or OPEN, when, who)

    def _state(self, state: str, when: When, who: Who) -> None:
        self._leaving = None
        if state != self.state:
            self.state = state
            self._add(Kind.STATE, state, when, who)

    def _joined(self) -> str | None:
        return ", ".join(label for label in self.labels if not self.rules.is_state(label)) or None

    def _add(self, kind: Kind, value: str | None, when: When, who: Who, name: str | None = None) -> None:
        reason = value if kind == Kind.BLOCK else None
        self.events.append(
            Event(self.item, when.at, kind, value, name, who.name, who.kind, None, reason, when.ref, when.seq)
        )


def _matches(label: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(label.casefold(), pattern.casefold()) for pattern in patterns)
