"""The log as columns: what happened to which item, when, in whose hands.

A log is parallel NumPy columns with integer codes and one dictionary per kind of word. Rows stand in
the source's own order; that order is `seq`, which decides between events that share an instant.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import numpy.typing as npt

    I8 = npt.NDArray[np.int8]
    I16 = npt.NDArray[np.int16]
    I32 = npt.NDArray[np.int32]
    I64 = npt.NDArray[np.int64]

ActorKind = Literal["human", "bot", "service", "unknown"]

NONE = -1
"""The code for 'nothing here' in every coded column."""


class Kind(IntEnum):
    """What an event says. `value` means what the comment says."""

    STATE = 0  # the state entered (word)
    START = 1  # an activity begins (word); `ref` pairs it with its END
    END = 2  # that activity ends (word)
    SET = 3  # `field` of the item becomes this word, NONE when cleared
    ASSIGN = 4  # the owner from now on (person), NONE when unassigned
    TOUCH = 5  # evidence that `actor` worked on the item (word: commit, comment, review ...)
    BLOCK = 6  # blocked; the reason (word) or NONE
    UNBLOCK = 7


FURTHER = "further rows"
"""The place of a reject that only says how many more there are for a reason: "7 more"."""


class Reject(NamedTuple):
    """A row that could not be used: where it stood, why, and what it said."""

    place: str
    reason: str
    body: str

    @property
    def rows(self) -> int:
        """How many rows it stands for: of further ones only their number is said."""
        return int(self.body.split()[0]) if self.place == FURTHER else 1


@dataclass(frozen=True)
class Log:
    """Events of one source as columns of equal length n, in the source's own order.

    item      int32[n], code into `items`
    at        int64[n], microseconds UTC
    kind      int8[n], a `Kind`
    value     int32[n], code into `words`; for ASSIGN into `people`; NONE where there is none
    field     int16[n], code into `fields` for SET events, else NONE; None: no SET event in the log
    actor     int32[n], code into `people`, NONE unknown; None: the log names nobody
    track     int32[n], code into `tracks`, NONE the item's own; None: no other track
    ref       int32[n], pairs START with END; None: no intervals
    line      int32[n], line or row of the source (first data row is what the source says it is); None: unknown
    accounts  what each of `people` is where the source says so; empty where it does not
    origin    what kind of source it was where that decides which stream fits: "git"; else ""

    A state of a track is the word `artefact:state` ("pull_request:in_review"). SET fields with a meaning
    of their own: type, team, release, created (its instant is the item's creation).
    """

    name: str
    item: I32
    at: I64
    kind: I8
    value: I32
    items: Sequence[str]
    words: Sequence[str]
    people: Sequence[str] = ()
    fields: Sequence[str] = ()
    tracks: Sequence[str] = ()
    field: I16 | None = None
    actor: I32 | None = None
    track: I32 | None = None
    ref: I32 | None = None
    line: I32 | None = None
    rejects: tuple[Reject, ...] = ()
    notes: tuple[str, ...] = ()
    origin: str = ""
    accounts: Sequence[ActorKind] = ()

    def __len__(self) -> int:
        return len(self.at)

    def noting(self, *notes: str) -> Log:
        """The same log with sentences about how it was read added."""
        return replace(self, notes=(*self.notes, *notes))
