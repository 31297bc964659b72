"""Parts of a log: what had happened by an instant, items of a window, items with an attribute."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from valuestream.errors import UnknownName
from valuestream.log.event import NONE, Kind, Log

_COLUMNS = ("item", "at", "kind", "value", "field", "actor", "track", "ref", "line")


def rows(log: Log, keep: np.ndarray) -> Log:
    """The events where `keep` (bool[n]) holds, in their order; dictionaries stay as they are."""
    if keep.all():
        return log
    return replace(log, **{name: getattr(log, name)[keep] for name in _COLUMNS if getattr(log, name) is not None})


def by(log: Log, as_of: int) -> Log:
    """What had happened by `as_of` (microseconds UTC, included)."""
    return rows(log, log.at <= as_of)


def last_active(log: Log, since: int | None, until: int | None) -> Log:
    """The items whose last event lies in [since, until), with all their events."""
    if since is None and until is None:
        return log
    last = np.full(len(log.items), np.iinfo(np.int64).min)
    np.maximum.at(last, log.item, log.at)
    keep = np.ones(len(log.items), np.bool_)
    if since is not None:
        keep &= last >= since
    if until is not None:
        keep &= last < until
    return rows(log, keep[log.item])


def attribute(log: Log, name: str) -> np.ndarray:
    """Each item's last value of a field: int32[items], codes into `words`, NONE where it was never set.

    An unknown field is an UnknownName that lists the log's fields. The log must be ordered.
    """
    if log.field is None or name not in log.fields:
        known = ", ".join(log.fields) or "none"
        raise UnknownName(f"The log has no field {name!r}.", f"Fields of this log: {known}.")
    found = np.full(len(log.items), NONE, np.int32)
    chosen = np.flatnonzero((log.kind == Kind.SET) & (log.field == list(log.fields).index(name)))
    found[log.item[chosen]] = log.value[chosen]
    return found


def values(log: Log, name: str) -> list[str]:
    """Every value that a field ever took, the most frequent first; empty where the log has no such field."""
    if log.field is None or name not in log.fields:
        return []
    chosen = log.value[(log.kind == Kind.SET) & (log.field == list(log.fields).index(name)) & (log.value != NONE)]
    codes, counts = np.unique(chosen, return_counts=True)
    return [log.words[code] for code in codes[np.argsort(-counts, kind="stable")]]


def fields(log: Log) -> list[str]:
    """The attributes that the log's items have, without those of which half of the values or more are its people."""
    people = set(log.people)
    known = []
    for name in log.fields:
        named = values(log, name)
        if named and 2 * sum(word in people for word in named) < len(named):
            known.append(name)
    return known


def unknown_value(name: str, wrong: str, known: Sequence[str]) -> UnknownName:
    """The error that lists what would have been right: the nearest, else the first ten."""
    near = difflib.get_close_matches(wrong, known, n=3)
    more = f" and {len(known) - 10:,} more" if len(known) > 10 else ""
    listed = f"Did you mean {' or '.join(map(repr, near))}? " if near else ""
    listed += f"Known: {', '.join(known[:10])}{more}." if known else f"The log knows no {name}."
    return UnknownName(f"No {name} {wrong!r}.", listed)


def having(log: Log, wanted: Mapping[str, Sequence[str]], *, known_only: bool = True) -> np.ndarray:
    """Which items have these attributes at last: bool[items].

    known_only  a value that no item ever had is an UnknownName
    """
    keep = np.ones(len(log.items), np.bool_)
    for name, values_wanted in wanted.items():
        held = attribute(log, name)
        known = values(log, name)
        for value in values_wanted:
            if known_only and value not in known:
                raise unknown_value(name, value, known)
        right = np.array([word in values_wanted for word in log.words] + [False])
        keep &= right[held]
    return keep
