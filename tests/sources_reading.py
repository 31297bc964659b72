"""Tables written in a test's docstring, and logs told in words."""

from __future__ import annotations

import csv
import inspect
from collections.abc import Callable

import numpy as np
import pyarrow as pa

from valuestream.log.event import NONE, Kind, Log
from valuestream.sources.shapes import from_table
from valuestream.sources.source import Reading


def table(text: str) -> pa.Table:
    """Comma-separated text as an Arrow table of strings."""
    header, *rows = csv.reader(line.strip() for line in text.strip().splitlines())
    return pa.table({name: pa.array([row[i] for row in rows], pa.string()) for i, name in enumerate(header)})


def read(test: Callable[..., object], **options: object) -> Log:
    """The log in a test's docstring."""
    return from_table(table(inspect.getdoc(test) or ""), "docstring", Reading(**options))  # type: ignore[arg-type]


def instant(us: int) -> str:
    """Microseconds as a date, with the clock where it is not midnight."""
    text = str(np.datetime64(int(us), "us"))
    date, _, clock = text.partition("T")
    clock = clock.rstrip("0").rstrip(".") if "." in clock else clock
    while clock.endswith(":00") and clock.count(":") > 1:
        clock = clock[:-3]
    return date if clock in ("00:00", "00:00:") or set(clock) <= {"0", ":"} else f"{date} {clock.rstrip(':')}"


def told(log: Log) -> list[str]:
    """Each event in words, in the log's order: item, instant, kind, field, value, actor."""
    events = []
    for row in range(len(log)):
        kind = Kind(int(log.kind[row]))
        words = log.people if kind is Kind.ASSIGN else log.words
        said = [log.items[int(log.item[row])], instant(log.at[row]), kind.name]
        if log.field is not None and log.field[row] != NONE:
            said.append(log.fields[int(log.field[row])])
        if log.value[row] != NONE:
            said.append(words[int(log.value[row])])
        if log.actor is not None and log.actor[row] != NONE:
            said.append(f"by {log.people[int(log.actor[row])]}")
        events.append(" ".join(said))
    return events


def states(log: Log) -> list[tuple[str, str, str]]:
    """(item, instant, state) of each STATE, sorted by item and instant, ties as they stand."""
    rows = sorted(np.flatnonzero(log.kind == Kind.STATE), key=lambda r: (log.items[int(log.item[r])], log.at[r]))
    return [(log.items[int(log.item[r])], instant(log.at[r]), log.words[int(log.value[r])]) for r in rows]
