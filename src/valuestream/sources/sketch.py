"""A log in one line per item, for tests and documentation.

    A: todo 1, dev@ada 3.5, done 6

Item A entered `todo` on day 1, `dev` at noon of day 3 in ada's hands, and `done` on day 6. Day 1 is
Monday 2024-01-01 00:00 UTC. `parse` lists the whole notation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from valuestream.errors import InputError
from valuestream.log.event import NONE, Kind, Log

DAY_ONE_US = 1_704_067_200_000_000
DAY_US = 86_400_000_000

_TIME = r"(?:\d+\+)?\d{1,2}:\d\d(?::\d\d)?|\d+(?:\.\d+)?"
_LINE = re.compile(r"^\s*(?P<item>[^:/]+?)(?:/(?P<track>[^:]+?))?\s*:\s+(?P<rest>.*)$")
_INTERVAL = re.compile(rf"^(?P<word>.+?)\((?P<start>{_TIME})\.\.(?P<end>{_TIME})?\)(?:@(?P<who>\S+))?$")
_EVENT = re.compile(rf"^(?P<what>.+?)\s+(?P<at>{_TIME})(?:\s+by\s+(?P<by>\S+))?$")


class Entry(NamedTuple):
    """One event in words."""

    item: str
    at: int
    kind: Kind
    value: str | None
    field: str | None = None
    actor: str | None = None
    track: str | None = None
    ref: int = NONE


def day(number: float) -> int:
    """Microseconds UTC of a day of the sketch; day(1) is 2024-01-01T00:00Z, day(1.5) its noon."""
    return DAY_ONE_US + round((number - 1) * DAY_US)


def parse(text: str) -> Iterator[Entry]:
    """The events of a sketch, in the order written.

    state 3          entered that state on day 3; `09:50` is a time of day 1, `3+09:50` of day 3
    state@ada 3      and was assigned to ada then
    state 3 by bob   bob made the change
    work(3..5)@ada   an interval of work from day 3 to day 5, done by ada; `work(3..)` has no end
    +block why 3     blocked; `-block 4` no longer
    type=bug 3       an attribute's value from then on
    touch@bob 3      evidence that bob worked on it
    A/pr#7: open 2   another track of item A: its states are the words `pr:open`

    A line is an item; `#` begins a comment where it stands alone. An unreadable event is an InputError.
    """
    refs = 0
    for number, raw in enumerate(text.splitlines(), 1):
        line = re.sub(r"(^|\s)#\s.*$", "", raw).strip()
        if not line:
            continue
        found = _LINE.match(line)
        if not found:
            raise InputError(
                f"Line {number} of the sketch names no item: {raw.strip()!r}.", "Write `A: todo 1, done 2`."
            )
        item, track = found["item"].strip(), found["track"]
        for part in filter(None, (p.strip() for p in found["rest"].split(","))):
            refs += 1
            yield from _entries(part, item, track, refs, number)


def _entries(part: str, item: str, track: str | None, ref: int, number: int) -> Iterator[Entry]:
    interval = _INTERVAL.match(part)
    if interval:
        word = _word(interval["word"], track)
        yield Entry(item, _instant(interval["start"]), Kind.START, word, None, interval["who"], track, ref)
        if interval["end"]:
            yield Entry(item, _instant(interval["end"]), Kind.END, word, None, interval["who"], track, ref)
        return
    event = _EVENT.match(part)
    if not event:
        raise InputError(f"Line {number} of the sketch: {part!r} is no event.", "Write a state and its day: `dev 3.5`.")
    what, at, by = event["what"].strip(), _instant(event["at"]), event["by"]
    name, _, who = what.partition("@")
    if what.startswith("+block"):
        yield Entry(item, at, Kind.BLOCK, what.removeprefix("+block").strip() or None, None, by, track)
    elif what == "-block":
        yield Entry(item, at, Kind.UNBLOCK, None, None, by, track)
    elif name == "touch":
        yield Entry(item, at, Kind.TOUCH, "touch", None, who or by, track)
    elif "=" in name:
        field, _, value = name.partition("=")
        yield Entry(item, at, Kind.SET, value or None, field, by, track)
    else:
        if who:
            yield Entry(item, at, Kind.ASSIGN, who, None, by, track)
        yield Entry(item, at, Kind.STATE, _word(name, track), None, by, track)


def _word(state: str, track: str | None) -> str:
    return f"{track.partition('#')[0]}:{state}" if track else state


def _instant(text: str) -> int:
    if ":" not in text:
        return day(float(text))
    date, _, clock = text.rpartition("+")
    parts = [*map(int, clock.split(":")), 0][:3]
    seconds = parts[0] * 3600 + parts[1] * 60 + parts[2]
    return day(float(date or 1)) + seconds * 1_000_000


def sketch(text: str) -> Log:
    """The log that a sketch describes. Rows stand in the order written.

    >>> log = sketch("A: todo 1, dev@ada 3.5, done 6")
    >>> len(log), list(log.items), list(log.people)
    (4, ['A'], ['ada'])
    """
    import numpy as np

    entries = list(parse(text))
    items, words, people, fields, tracks = (_Codes() for _ in range(5))
    rows = [
        (
            items[e.item],
            e.at,
            int(e.kind),
            people[e.value] if e.kind is Kind.ASSIGN else words[e.value],
            fields[e.field],
            people[e.actor],
            tracks[e.track],
            e.ref if e.kind in (Kind.START, Kind.END) else NONE,
        )
        for e in entries
    ]
    table = np.array(rows, dtype=np.int64).reshape(len(rows), 8)
    return Log(
        name="sketch",
        item=table[:, 0].astype(np.int32),
        at=table[:, 1].copy(),
        kind=table[:, 2].astype(np.int8),
        value=table[:, 3].astype(np.int32),
        field=table[:, 4].astype(np.int16),
        actor=table[:, 5].astype(np.int32),
        track=table[:, 6].astype(np.int32),
        ref=table[:, 7].astype(np.int32),
        line=np.arange(1, len(rows) + 1, dtype=np.int32),
        items=list(items),
        words=list(words),
        people=list(people),
        fields=list(fields),
        tracks=list(tracks),
    )


class _Codes(dict[Any, int]):
    """Words numbered in the order they come; None is NONE."""

    def __missing__(self, word: str | None) -> int:
        if word is None:
            return NONE
        self[word] = len(self)
        return self[word]
