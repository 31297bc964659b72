"""Which items of a log are the stream's, and why the others are left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from valuestream.flow.mapping import Meaning, unmapped_error, unmapped_events
from valuestream.log import select
from valuestream.log.event import Log

if TYPE_CHECKING:
    from valuestream.flow.grains import I32
    from valuestream.stream import Stream

OTHER_KIND = "of another kind than the stream's items"
UNMAPPED = "has a state that no stage claims"


class Chosen(NamedTuple):
    """The events of the stream's items, and which items (codes) are left out for which reason."""

    log: Log
    left_out: dict[str, I32]


def choose(log: Log, stream: Stream, seen: Meaning, *, unmapped: str) -> Chosen:
    """The stream's part of an ordered log.

    unmapped  "error": a state that no list claims is an UnmappedState; "exclude": its items are left out
    """
    present = np.zeros(len(log.items), np.bool_)
    present[log.item] = True
    keep = present & _of_the_stream(log, stream)
    left_out = {OTHER_KIND: np.flatnonzero(present & ~keep).astype(np.int32)}
    log = select.rows(log, keep[log.item])
    rows = unmapped_events(log, seen)
    if len(rows):
        if unmapped != "exclude":
            raise unmapped_error(log, rows, stream)
        lost = np.zeros(len(log.items), np.bool_)
        lost[log.item[rows]] = True
        left_out[UNMAPPED] = np.flatnonzero(lost).astype(np.int32)
        log = select.rows(log, ~lost[log.item])
    return Chosen(log, {reason: items for reason, items in left_out.items() if len(items)})


def _of_the_stream(log: Log, stream: Stream) -> np.ndarray:
    """Items whose attributes are what the stream asks for (`items: {type: [Incident]}`), by their last value."""
    if not stream.items:
        return np.ones(len(log.items), np.bool_)
    wanted = {name: values for name, values in stream.items.items() if name in log.fields}
    if len(wanted) < len(stream.items):
        return np.zeros(len(log.items), np.bool_)
    return select.having(log, wanted, known_only=False)
