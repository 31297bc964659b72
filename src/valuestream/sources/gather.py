"""Read the columns that matter once, as codes and instants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from valuestream.errors import InputError
from valuestream.sources.coding import CodedColumn, Coder, Recoded
from valuestream.sources.dates import settle, unused
from valuestream.sources.time_column import Instants

if TYPE_CHECKING:
    from valuestream.log.event import I32, I64
    from valuestream.sources.extras import Extras
    from valuestream.sources.source import Reading
    from valuestream.sources.table import Rows

_DICTIONARY = {"item": "items", "actor": "people", "assignee": "people", "field": "field", "from": "ends", "to": "ends"}
"""Role -> the dictionary that its words go into; every other text is one of the log's words."""


@dataclass
class Gathered:
    """The columns of one table, each of n rows.

    text      role -> codes into the dictionary of that role, NONE where empty; attributes are roles `field:NAME`
    times     role -> microseconds UTC, `time_column.EMPTY` and `time_column.BAD` where there is none
    words     dictionary -> its words: "items", "words", "people", and "field", "ends" of change logs
    """

    rows: int
    text: dict[str, I32]
    times: dict[str, I64]
    words: dict[str, Sequence[str]]
    notes: list[str] = field(default_factory=list)


def gather(
    table: Rows,
    texts: Mapping[str, str],
    times: Mapping[str, str],
    spare: Sequence[str],
    reading: Reading,
    others: Extras,
) -> Gathered:
    """Read text columns (role -> column), columns of times (role -> column) and others in one pass.

    spare   roles of times that may be missing: where their form is unknown, a note says so
    others  columns of which those that one can group by become attributes; settled afterwards
    """
    coders = {name: Coder() for name in ("items", "words", "people", "field", "ends")}
    coded: dict[str, CodedColumn] = {role: coders[_DICTIONARY.get(role, "words")].column() for role in texts}
    sheet = any(role.startswith("stage:") for role in times)
    instants = {role: Instants(column, reading, serials=sheet) for role, column in times.items()}
    rows = 0
    for batch in table.batches(list(dict.fromkeys([*texts.values(), *times.values(), *others.columns.values()]))):
        for role, column in texts.items():
            coded[role].add(batch.column(column))
        for role, column in times.items():
            instants[role].add(batch.column(column))
        others.add(batch, coding=True)
        rows += batch.num_rows
    if not rows:
        raise InputError(f"{table.name} has a header and no rows{_unparsed(table)}.", "Give a file that holds a log.")
    text = {role: column.codes() for role, column in coded.items()}
    settled, notes = _settled(table, instants, spare, reading, rows)
    words: dict[str, Sequence[str]] = {name: coder.words() for name, coder in coders.items()}
    others.settle(len(words["items"]))
    if others.columns:
        known = Recoded(words["words"])
        text |= others.codes(known)
        words["words"] = known.words
    return Gathered(rows, text, settled, words, notes)


def _settled(
    table: Rows, instants: Mapping[str, Instants], spare: Sequence[str], reading: Reading, rows: int
) -> tuple[dict[str, I64], list[str]]:
    def place(row: int) -> str:
        return f"{table.counted} {table.lines(rows)[row]}"

    notes: list[str] = []
    kept = dict(instants)
    for role in spare:
        if role in kept and not kept[role].is_readable:
            notes.append(unused(kept[role].name))
            del kept[role]
    columns, said = settle(list(kept.values()), reading, place)
    return dict(zip(kept, columns, strict=True)), notes + said


def _unparsed(table: Rows) -> str:
    broken = table.malformed()
    if not broken:
        return ""
    first = broken[0][1]
    return f" that can be taken apart ({len(broken):,} are malformed, first {first.place}: {first.reason})"
