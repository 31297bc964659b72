"""What a sync did, and how far it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from valuestream.sources.faults import Fault

DONE, PARTIAL, FAILED = "done", "partial", "failed"


class Progress(NamedTuple):
    """How a sync stands. said: what the tools say there is in the pieces being read, where they say so."""

    stream: str
    replies: int
    requests: int
    said: int | None


@dataclass
class Outcome:
    """What a sync did.

    status  done; partial: some of it is missing, and the next sync goes on there; failed: nothing could be read
    faults  stream -> what was in the way
    notes   what a person should know
    """

    source: str
    status: str = DONE
    streams: int = 0
    replies: int = 0
    requests: int = 0
    waited_s: float = 0.0
    new: int = 0
    superseded: int = 0
    rejected: int = 0
    faults: dict[str, Fault] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def message(self) -> str:
        """One line for the status: every fault by its state, then the notes."""
        by_state: dict[str, list[str]] = {}
        for stream, fault in self.faults.items():
            by_state.setdefault(f"{fault.state}: {fault.message}", []).append(stream)
        told = [f"{said} ({_named(streams)})" if any(streams) else said for said, streams in by_state.items()]
        return " ".join([*told, *self.notes])


def _named(streams: Sequence[str]) -> str:
    """Some streams in words."""
    some = [stream for stream in streams if stream]
    return ", ".join(some[:3]) + (f" and {len(some) - 3} more" if len(some) > 3 else "")
