"""A table of events, intervals, changes or dates by stage -> a log. Pure: the same for every kind of file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from valuestream.errors import InputError
from valuestream.log.event import Kind
from valuestream.sources import changes, divided, sheet
from valuestream.sources.attributes import attributes, creations
from valuestream.sources.coding import Recoded
from valuestream.sources.columns import only, recognised, shape_of
from valuestream.sources.draft import Draft
from valuestream.sources.extras import extras
from valuestream.sources.gather import Gathered, gather
from valuestream.sources.source import Reading
from valuestream.sources.table import MemoryTable, Rows
from valuestream.sources.tally import Tally
from valuestream.sources.time_column import EMPTY

if TYPE_CHECKING:
    from valuestream.log.event import Log

_TEXTS = {
    "events": ("item", "state", "actor", "assignee", "team", "type", "release"),
    "intervals": ("item", "state", "actor", "assignee", "team", "type", "release"),
    "changes": ("item", "field", "from", "to", "actor", "team", "type"),
    "sheet": ("item", "actor", "assignee", "team", "type", "release"),
}
_TIMES = {
    "events": ("time", "created"),
    "intervals": ("start", "end", "created"),
    "changes": ("time", "created"),
    "sheet": (),
}


def from_table(table: Any, name: str, reading: Reading | None = None) -> Log:
    """The log that an Arrow table holds; columns may be text, dictionaries, timestamps, dates or numbers.

    name      what the log is called, usually the file's name
    reading   columns, zone, order of dates, shape; what it leaves open is found out and noted

    Missing or ambiguous columns, and a form of time that nobody knows, are an InputError; a bad row is a reject.
    """
    return translate(MemoryTable(table, name), reading or Reading())


def translate(table: Rows, reading: Reading) -> Log:
    """The log of any table that can be read in batches."""
    if reading.date_order not in (None, "dmy", "mdy", "ymd"):
        raise InputError(f"No order of dates is called {reading.date_order!r}.", "Known: dmy, mdy, ymd.")
    roles = recognised(table.columns, reading.columns)
    stages = sheet.stages(table, roles, reading) if _may_be_sheet(roles, reading) else []
    shape = shape_of(table.columns, roles, stages, reading.shape)
    if shape == "events" and "time" not in roles:
        roles["time"] = roles.pop("start")
    chosen = {role: column for role in (*_TEXTS[shape], *_TIMES[shape]) if (column := only(roles, role)) is not None}
    texts = {role: chosen[role] for role in _TEXTS[shape] if role in chosen}
    times = {role: chosen[role] for role in _TIMES[shape] if role in chosen}
    if shape == "sheet":
        times = {f"stage:{stage}": stage for stage in stages}
    said = _said(shape, texts, times)
    others = extras(table, {**texts, **times}, reading)
    tell = {"events": _events, "intervals": _intervals, "changes": changes.log, "sheet": sheet.log}[shape]
    if shape != "sheet" and "item" in texts and divided.is_divided(table, reading):
        columns = list(dict.fromkeys([*texts.values(), *times.values(), *others.columns.values()]))

        def part(rows: Rows, these: Mapping[str, str], settled: Reading) -> Log:
            return tell(rows, gather(rows, texts, these, (), settled, others.of_part()))

        log = divided.divided(table, columns, texts["item"], times, reading, part, weighed=others)
    else:
        log = tell(table, gather(table, texts, times, ("created",), reading, others))
    return log.noting(said, *others.notes())


def _may_be_sheet(roles: Mapping[str, list[str]], reading: Reading) -> bool:
    if reading.shape is not None:
        return reading.shape == "sheet"
    return "item" in roles and "field" not in roles and not ("state" in roles and ("time" in roles or "start" in roles))


def _said(shape: str, texts: Mapping[str, str], times: Mapping[str, str]) -> str:
    if shape == "sheet":
        named = ", ".join(f"{role} = {column}" for role, column in texts.items())
        return f"Read as a sheet: {named}; stages {', '.join(times.values())}."
    return f"Read as {shape}: {', '.join(f'{role} = {column}' for role, column in {**texts, **times}.items())}."


def _events(table: Rows, read: Gathered) -> Log:
    """One STATE a row, attributes before it where they changed."""
    draft = Draft(table, read)
    draft.need("item", "item")
    draft.need("state", "state")
    draft.need_time("time", "time")
    rows = draft.kept()
    at = read.times["time"] if len(rows) == read.rows else read.times["time"][rows]
    words = creations(draft, rows, Recoded(read.words["words"])) if "created" in read.times else read.words["words"]
    attributes(draft, rows, at)
    draft.add(rows, Kind.STATE, at, read.text["state"][rows], sub=900)
    return draft.log(words, read.words["people"])


def _intervals(table: Rows, read: Gathered) -> Log:
    """START and END of each row, paired; without an end the interval is open."""
    draft = Draft(table, read)
    start, end = read.times["start"], read.times["end"]
    draft.need("item", "item")
    draft.need("state", "activity")
    draft.need_time("start", "start")
    draft.need_time("end", "end", may_be_empty=True)
    draft.refuse((end != EMPTY) & (end < start), "end is before start")
    rows = draft.kept()
    words = creations(draft, rows, Recoded(read.words["words"])) if "created" in read.times else read.words["words"]
    attributes(draft, rows, start[rows])
    closed, ref, word = end[rows] != EMPTY, rows.astype(np.int32), read.text["state"][rows]
    # an interval that ends where another starts must end first: ties keep the order of the rows
    for these, sub in ((closed & (end[rows] > start[rows]), -1), (closed & (end[rows] == start[rows]), 901)):
        draft.add(rows[these], Kind.END, end[rows][these], word[these], sub=sub, ref=ref[these])
    draft.add(rows, Kind.START, start[rows], word, sub=900, ref=ref)
    draft.notes.append(Tally("{:,} of {:,} intervals have no end: they are open.", int((~closed).sum()), len(rows)))
    return draft.log(words, read.words["people"])
