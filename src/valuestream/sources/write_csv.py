"""A log written as a CSV of events, one row a change of state, as trackers export it."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

from valuestream.calendar import rfc3339
from valuestream.log.event import NONE, Kind, Log

COLUMNS = ("item", "time", "state", "actor", "assignee", "team", "type", "release")
_FIELDS = ("team", "type", "release")


class Written(NamedTuple):
    """Rows written, and events that no row could say."""

    rows: int
    skipped: int


def write_csv(log: Log, path: Path) -> Written:
    """Write the log's state changes to `path`; times in RFC 3339 UTC, unknown is empty.

    Each row carries its item's assignee, team, type and release as they were at that change in the log's order
    (a release or an owner set at the same instant stands before the state it belongs to). Skipped are touches,
    blocks, intervals, other tracks, other fields, and what was set after an item's last change of state.
    """
    unsaid: dict[int, int] = {}
    known: dict[int, dict[str, str]] = {}
    rows = skipped = 0
    field, actor, track = (None if column is None else column.tolist() for column in (log.field, log.actor, log.track))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        events = zip(log.item.tolist(), log.at.tolist(), log.kind.tolist(), log.value.tolist(), strict=True)
        for n, (item, at, kind, value) in enumerate(events):
            now = known.setdefault(item, {})
            if track is not None and track[n] != NONE:
                skipped += 1
            elif kind == Kind.STATE:
                who = log.people[actor[n]] if actor is not None and actor[n] != NONE else ""
                rest = (now.get(column, "") for column in COLUMNS[4:])
                writer.writerow((log.items[item], rfc3339(at), log.words[value], who, *rest))
                rows += 1
                unsaid.pop(item, None)
            elif kind == Kind.ASSIGN:
                now["assignee"] = "" if value == NONE else log.people[value]
                unsaid[item] = unsaid.get(item, 0) + 1
            elif kind == Kind.SET and field is not None and log.fields[field[n]] in _FIELDS:
                now[log.fields[field[n]]] = "" if value == NONE else log.words[value]
                unsaid[item] = unsaid.get(item, 0) + 1
            else:
                skipped += 1
    return Written(rows, skipped + sum(unsaid.values()))
