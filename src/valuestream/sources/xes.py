"""XES event logs (.xes, .xes.gz): traces become items, lifecycle pairs become intervals."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from valuestream.errors import InputError
from valuestream.log.event import NONE, Kind, Reject
from valuestream.sources import lifecycle
from valuestream.sources.attributes import changed
from valuestream.sources.blocks import LONGEST, Blocks, Codes, refs
from valuestream.sources.fields import MOST_FIELDS
from valuestream.sources.instants import BAD, Times
from valuestream.sources.source import Reading
from valuestream.sources.xes_events import ASSIGNED, COLUMNS, FOREIGN, MOST_EVENT_FIELDS, MOST_REJECTS, Events, events

if TYPE_CHECKING:
    from valuestream.log.event import I32, I64, Log

MOST_VALUES = 20_000
"""An attribute of events with more different values says nothing of the items: an identifier, a text."""


def read_xes(path: str | Path, reading: Reading | None = None) -> Log:
    """The log in an XES file, packed with gzip or not.

    reading   zone: of times that name none (UTC, and a note says so); progress

    What is no XES, malformed, cut short or has a DTD is an InputError with the line; a trace without a name and
    an event without a name or a readable time are rejects. Traces of one name are one item.
    """
    path, reading = Path(path), reading or Reading()
    found = events(path, reading)
    at, notes = found.times.settle(reading)
    table = _Table(path.name, found, at)
    blocks = Blocks()
    _own(table, blocks)
    notes += _foreign(table, blocks)
    notes += _said(table, blocks)
    _cases(table, blocks, reading)
    rejects = table.rejects()
    if not len(blocks):
        first = f" The first reject: {rejects[0].place}: {rejects[0].reason}." if rejects else ""
        raise InputError(
            f"{path.name} holds no event that can be used.{first}", "Give an XES log with traces and events."
        )
    return blocks.log(
        path.name,
        list(table.items),
        list(found.words),
        list(found.people),
        list(found.fields.names),
        list(found.tracks),
        table.line,
        rejects,
        [*_first_notes(table), *notes, *_counted(table)],
    )


class _Table:
    """The events as NumPy columns. `good`: which can be used; `item`: codes into `items`."""

    def __init__(self, name: str, found: Events, at: I64) -> None:
        self.name, self.found, self.at = name, found, at
        self.items = Codes()
        of_case = np.array([NONE if key is None else self.items[key] for key in found.keys], np.int32)
        rows = _ints(found.rows).reshape(-1, len(COLUMNS))
        (
            self.case,
            self.line,
            self.kind,
            self.transition,
            self.value,
            self.actor,
            self.instance,
            self.field,
            self.track,
        ) = (np.ascontiguousarray(column) for column in rows.T)
        self.item: I32 = of_case[self.case] if len(self.case) else self.case
        self.of_case = of_case
        self.good = (at > BAD) & (self.item != NONE)

    def rejects(self) -> list[Reject]:
        """What was set aside, in the order of the file."""
        found, line = self.found, self.line
        numbered = [(int(r.place.removeprefix("line ")), r) for r in found.rejects]
        nameless = [case for case, key in enumerate(found.keys) if key is None]
        events_of = np.bincount(self.case, minlength=len(found.keys) + 1)
        for case in nameless[:MOST_REJECTS]:
            at = found.key_lines[case]
            numbered.append((at, Reject(f"line {at}", "trace has no concept:name", f"{events_of[case]} events")))
        for row, body in found.unread.items():
            if self.item[row] != NONE:
                numbered.append((int(line[row]), Reject(f"line {line[row]}", "time:timestamp is unreadable", body)))
        unlisted = int((self.at == BAD).sum()) - len(found.unread) + found.counts["more rejects"]
        rejects = [reject for _, reject in sorted(numbered, key=lambda pair: pair[0])]
        if unlisted or len(nameless) > MOST_REJECTS:
            rejects.append(
                Reject("further lines", "of the same kinds", f"{unlisted + max(0, len(nameless) - MOST_REJECTS)} more")
            )
        return rejects


def _ints(numbers: Any) -> I32:
    return np.frombuffer(numbers, np.int32) if numbers else np.empty(0, np.int32)


def _own(table: _Table, blocks: Blocks) -> None:
    """Events that valuestream wrote, as they were."""
    rows = np.flatnonzero(table.good & (table.kind != FOREIGN))
    if len(rows):
        ref = np.append(refs(list(table.found.refs)), NONE)[table.instance[rows]]
        where = {"item": table.item[rows], "at": table.at[rows], "actor": table.actor[rows], "track": table.track[rows]}
        blocks.add(rows, 0, kind=table.kind[rows], value=table.value[rows], field=table.field[rows], ref=ref, **where)


def _foreign(table: _Table, blocks: Blocks) -> list[str]:
    """Everybody else's events: states, or intervals where the log has starts."""
    rows = np.flatnonzero(table.good & (table.kind == FOREIGN))
    if not len(rows):
        return []
    transitions = table.transition[rows]
    plain = (transitions == lifecycle.COMPLETE) | (transitions == lifecycle.OTHER)
    if plain.all():
        where = {"item": table.item[rows], "at": table.at[rows], "actor": table.actor[rows]}
        blocks.add(rows, 0, kind=int(Kind.STATE), value=table.value[rows], **where)
        return lifecycle.notes(Counter(), has_starts=False)
    has_starts = bool(np.isin(transitions, (lifecycle.START, lifecycle.RESUME)).any())
    return _walked(table, rows, has_starts, blocks)


def _walked(table: _Table, rows: Any, has_starts: bool, blocks: Blocks) -> list[str]:
    words = table.found.words
    names = list(words)
    waiting: dict[int, int] = {}

    def word_of_waiting(activity: int) -> int:
        if activity not in waiting:
            waiting[activity] = words[f"{names[activity]} (scheduled)"]
        return waiting[activity]

    first_ref = max(refs(list(table.found.refs)).tolist(), default=NONE) + 1
    walk = lifecycle.Walk(has_starts, word_of_waiting, ref=first_ref)
    rows = rows[np.lexsort((rows, table.at[rows], table.item[rows]))]
    item = table.item[rows]
    ends = [*(np.flatnonzero(item[1:] != item[:-1]) + 1).tolist(), len(rows)]
    named = (rows, table.at[rows], table.value[rows], table.transition[rows], table.instance[rows], table.actor[rows])
    columns = [column.tolist() for column in named]
    begin = 0
    for end in ends:
        walk.case(map(lifecycle.Step, *(column[begin:end] for column in columns)))
        begin = end
    if walk.found:
        row, sub, kind, value, ref = np.frombuffer(walk.found, np.int64).reshape(-1, 5).T
        actor = np.where(kind == Kind.ASSIGN, NONE, table.actor[row])
        blocks.add(row, sub, item=table.item[row], at=table.at[row], kind=kind, value=value, actor=actor, ref=ref)
    return lifecycle.notes(walk.counts, has_starts=has_starts)


def _said(table: _Table, blocks: Blocks) -> list[str]:
    """Attributes of events, before what happened: those of valuestream as they were, others where they change."""
    if not table.found.said:
        return []
    row, field, value = _ints(table.found.said).reshape(-1, 3).T
    sub = np.arange(len(row)) - len(row)
    good = table.good[row]
    own = good & (table.kind[row] != FOREIGN)
    for chosen, kind in ((own & (field == ASSIGNED), Kind.ASSIGN), (own & (field != ASSIGNED), Kind.SET)):
        at = row[chosen]
        which = NONE if kind is Kind.ASSIGN else field[chosen]
        where = {"item": table.item[at], "at": table.at[at], "actor": table.actor[at]}
        blocks.add(at, sub[chosen], kind=int(kind), value=value[chosen], field=which, **where)
    names, kept, left = list(table.found.fields.names), [], []
    foreign = good & ~own
    for code in np.unique(field[foreign]):
        chosen = np.flatnonzero(foreign & (field == code))
        if len(np.unique(value[chosen])) > MOST_VALUES:
            left.append(names[code])
            continue
        kept.append(names[code])
        chosen = chosen[changed(table.item[row[chosen]], table.at[row[chosen]], value[chosen])]
        at = row[chosen]
        where = {"item": table.item[at], "at": table.at[at], "actor": table.actor[at]}
        blocks.add(at, sub[chosen], kind=int(Kind.SET), value=value[chosen], field=int(code), **where)
    notes = [f"Kept where they change, {len(kept)} attributes of events: {', '.join(kept)}."] if kept else []
    if left:
        notes.append(f"Not kept, with more than {MOST_VALUES:,} different values each: {', '.join(left)}.")
    return notes


def _cases(table: _Table, blocks: Blocks, reading: Reading) -> None:
    """Attributes of traces, at the item's first event; what says when the item was created at that time."""
    rows = np.flatnonzero(table.good)
    first_at = np.full(len(table.items) + 1, np.iinfo(np.int64).max)
    np.minimum.at(first_at, table.item[rows], table.at[rows])
    first_row = np.full(len(table.items) + 1, NONE, np.int64)
    first_row[table.item[rows][::-1]] = rows[::-1]
    attributes = _ints(table.found.of_cases).reshape(-1, 3)
    case, field, value = attributes.T
    item = np.where(table.of_case[case] == NONE, len(table.items), table.of_case[case]) if len(case) else case
    chosen = first_row[item] != NONE
    chosen &= _first_of(item, field)
    sub = np.arange(len(case)) - (1 << 40)
    item = item[chosen]
    blocks.add(
        first_row[item],
        sub[chosen],
        item=item,
        at=first_at[item],
        kind=int(Kind.SET),
        value=value[chosen],
        field=field[chosen],
    )
    _creations(table, blocks, reading, first_row)


def _first_of(item: Any, field: Any) -> Any:
    """bool[n]: the first time that a field of an item is said; traces of one name may repeat theirs."""
    first = np.zeros(len(item), bool)
    if len(item):
        _, places = np.unique(np.stack([item, field]), axis=1, return_index=True)
        first[places] = True
    return first


def _creations(table: _Table, blocks: Blocks, reading: Reading, first_row: Any) -> None:
    if not table.found.created:
        return
    times = Times()
    times.add([text for _, text in table.found.created])
    at, _ = times.settle(reading)
    word, field = table.found.words["created"], table.found.fields.of_name("created")
    seen: set[int] = set()
    for (case, _), when in zip(table.found.created, at.tolist(), strict=True):
        item = int(table.of_case[case])
        if when > BAD and item != NONE and first_row[item] != NONE and item not in seen and field != NONE:
            seen.add(item)
            blocks.add(
                first_row[item : item + 1], -(1 << 41), item=item, at=when, kind=int(Kind.SET), value=word, field=field
            )


def _first_notes(table: _Table) -> list[str]:
    fields = [*table.found.fields.names]
    said = f", with {', '.join(fields[:12])}{' and others' if len(fields) > 12 else ''}" if fields else ""
    return [f"Read as XES: {len(table.items):,} traces, {int(table.good.sum()):,} events{said}."]


def _counted(table: _Table) -> list[str]:
    counts, found = table.found.counts, table.found
    repeated = sum(key is not None for key in found.keys) - len(table.items)
    cut = sum(codes.cut for codes in (found.words, found.people, found.tracks, table.items, found.fields.names))
    most = f"at most {MOST_EVENT_FIELDS} of events, {MOST_FIELDS:,} in all"
    said = (
        (repeated, "{:,} traces have the name of another: they are one item."),
        (counts["nested"], "{:,} attributes inside other attributes and lists were not read."),
        (counts["without value"], "{:,} attributes without a key or a value were not read."),
        (counts["too many fields"], f"{{:,}} values of further attributes were not kept ({most})."),
        (cut, f"{{:,}} words longer than {LONGEST:,} characters were cut."),
    )
    return [text.format(count) for count, text in said if count]
