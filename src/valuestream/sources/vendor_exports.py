"""What the export menus of trackers give as a table: known by its columns, told as far as it goes.

Such a table says what each item is today, not what it was: there is no history of states in it. What it does say is
when an item was created and when it ended, and both are events.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from valuestream.errors import InputError
from valuestream.log.event import Kind
from valuestream.sources import custom_fields
from valuestream.sources.columns import normal
from valuestream.sources.custom_fields import CustomFields
from valuestream.sources.events_table import Row, from_rows
from valuestream.sources.months import english
from valuestream.sources.touches import accounts, touched
from valuestream.sources.vendor_columns import DONE, OPEN, TO_DO, Export

if TYPE_CHECKING:
    from valuestream.log.event import Log
    from valuestream.sources.source import Reading
    from valuestream.sources.table import Rows

Record = Mapping[str, str]
"""One row: meaning -> what the cell says; empty cells are missing."""

_NO_ATTRIBUTES = ("item", "created", "ended", "changed", "updated", "state", "category", "actor", "assignee")
_MAIL = re.compile(r"[^<>]*<([^<>\s]+@[^<>\s]+)>")


@dataclass
class _Table:
    """A vendor's table as it was read: what each row says, its number, its cells of touches, its custom fields."""

    records: list[dict[str, str]]
    numbers: list[int]
    touches: list[list[tuple[str, str]]]
    notes: list[str]


def log(table: Rows, export: Export, reading: Reading) -> Log:
    """The log of a vendor's table. Where it has no column of creation, an InputError says how to add it."""
    meant = meanings(table.columns, export, reading)
    if "created" not in meant:
        raise InputError(
            f"{table.name} is {export.name} without a date of creation: nothing in it says when.", export.add
        )
    read = _read(table, meant, export)
    counts: Counter[str] = Counter()
    names = accounts(read.records, export.accounts)
    rows: list[Row] = []
    for number, record, cells in zip(read.numbers, read.records, read.touches, strict=True):
        rows += told(record, number, export, counts)
        rows += _touches(record, number, cells, names, counts)
    if export.zone and not reading.zone:
        reading = replace(reading, zone=export.zone)
    found = from_rows(table.name, rows, reading, counted=table.counted)
    rejects = tuple(reject for _, reject in table.malformed())
    said = _said(export, meant, counts, len({record.get("item") for record in read.records}))
    return replace(found, rejects=(*rejects, *found.rejects)).noting(*said, *read.notes, *table.notes())


def meanings(columns: Sequence[str], export: Export, reading: Reading) -> dict[str, list[str]]:
    """Meaning -> the table's columns that have it, in their order. Repeated ones are called `Sprint (2)` by then."""
    plain = {column: _plain(column) for column in columns}
    known = {name for names in plain.values() for name in names}
    found: dict[str, list[str]] = {}
    for name, wanted in export.columns:
        if reading.columns.get(name) == "":
            continue
        asked = [column for column in columns if column == reading.columns.get(name)]
        first = next((one for one in wanted if one in known), None)
        found[name] = asked or [column for column in columns if first in plain[column]]
    return {name: those for name, those in found.items() if those}


def _plain(column: str) -> tuple[str, ...]:
    """The plain names that a column may go by: its own, and without the number that tells repeated ones apart."""
    head, gap, nth = column.rpartition(" (")
    return (normal(column), normal(head)) if gap and nth[:-1].isdecimal() else (normal(column),)


def _read(table: Rows, meant: Mapping[str, list[str]], export: Export) -> _Table:
    from valuestream.sources.coding import as_text

    told_by = {
        column: word for word, names in export.touches for column in table.columns if _plain(column)[-1] in names
    }
    wanted = list(dict.fromkeys([*(column for those in meant.values() for column in those), *told_by]))
    own = [c for c in custom_fields.columns(table.columns) if export.custom and c not in wanted]
    custom = CustomFields(own)
    records: list[dict[str, str]] = []
    touches: list[list[tuple[str, str]]] = []
    for batch in table.batches([*wanted, *own]):
        custom.add(batch)
        cells = {name: [(cell or "").strip() for cell in as_text(batch.column(name)).to_pylist()] for name in wanted}
        for row in range(batch.num_rows):
            records.append(_record({name: cells[name][row] for name in wanted}, meant, export))
            touches.append([(word, cells[column][row]) for column, word in told_by.items() if cells[column][row]])
    if not records:
        raise InputError(f"{table.name} has a header and no rows that can be taken apart.", "Export it again.")
    ours = {meaning.name for meaning in export.columns}
    kept = {f"custom {name}" if name in ours else name: values for name, values in custom.kept().items()}
    for name, values in kept.items():
        for record, value in zip(records, values, strict=True):
            if value:
                record[name] = value
    return _Table(records, table.lines(len(records)).tolist(), touches, list(custom.notes(list(kept))))


def _record(cells: Mapping[str, str], meant: Mapping[str, list[str]], export: Export) -> dict[str, str]:
    record = {}
    for name, columns in meant.items():
        said = [cells[column] for column in columns if cells[column]]
        if said:
            record[name] = ", ".join(dict.fromkeys(said)) if name in export.joined else said[-1]
    for name in export.people:
        if name in record:
            record[name] = _person(record[name], export)
    return record


def _person(written: str, export: Export) -> str:
    """One person: of `Ada <ada@x>` the address, of several the first, who stands for the owner."""
    found = _MAIL.fullmatch(written)
    if found:
        return found[1]
    return written.split(",")[0].strip() or written if export.several_owners else written


def told(record: Record, place: int, export: Export, counts: Counter[str]) -> Iterator[Row]:
    """The events of one item: its attributes and owner as they are today, its creation, its end. Pure."""
    item, created, state = record.get("item"), english(record.get("created", "")), record.get("state", "")
    actor = record.get("actor")
    for name, value in record.items():
        if name not in _NO_ATTRIBUTES and name not in export.hidden:
            yield Row(place, item, created, Kind.SET, value, name)
    if "assignee" in record:
        yield Row(place, item, created, Kind.ASSIGN, record["assignee"])
    yield Row(place, item, created, Kind.STATE, export.born, None, actor)
    dates = {name: (english(record[name]), word) for name, word in export.dates if name in record}
    if "closed" in dates and state not in {*(word for _, word in export.dates), export.born, ""}:
        dates["closed"] = (dates["closed"][0], state)  # Scrum's "Done" is what Agile calls "Closed"
    yield from (Row(place, item, at, Kind.STATE, word) for at, word in dates.values())
    last = _last(record, created, {word for _, word in dates.values()})
    if last is not None:
        yield Row(place, item, last[0], Kind.STATE, last[1])
    if state and (last is None or last[1] != state):
        counts["open"] += not dates
        counts["begun"] += last is not None
        yield Row(place, item, english(record.get("updated", "")) or created, Kind.SET, state, "status")


def _last(record: Record, created: str, known: set[str]) -> tuple[str, str] | None:
    """When the item came into its last known state, and which that is: its end, else the last change that is dated.

    Where only the category of states has a date, that is the state of an item that is under way: in which of the
    category's states it was first, nothing says.
    """
    state, category = record.get("state", ""), record.get("category")
    ended, changed = english(record.get("ended", "")), english(record.get("changed", ""))
    if not state:
        return None
    if ended and state.casefold() not in OPEN:
        return ended, state
    if not changed or changed == created or state in known:
        return None
    if category is None:
        return changed, state
    if category.casefold() in DONE:
        return changed, state
    return None if category.casefold() in TO_DO else (changed, category)


def _touches(
    record: Record, place: int, cells: Sequence[tuple[str, str]], names: Mapping[str, str], counts: Counter[str]
) -> Iterator[Row]:
    for word, cell in cells:
        found = touched(word, cell, names)
        if found is not None:
            counts["touches"] += 1
            yield Row(place, record.get("item"), found.time, Kind.TOUCH, found.word, None, found.who)


def _said(export: Export, meant: Mapping[str, list[str]], counts: Mapping[str, int], items: int) -> list[str]:
    shown = {name: those for name, those in meant.items() if name not in export.hidden}
    read = ", ".join(f"{name} = {those[0]}{' and others' * (len(those) > 1)}" for name, those in shown.items())
    notes = [f"Read as {export.name}: {read}.", f"{export.history}."]
    if counts["begun"]:
        notes.append(
            f"{counts['begun']:,} items are in the category of states that they came into last, since then; which of "
            "its states they were in when, the export does not say."
        )
    if counts["open"]:
        notes.append(
            f"{counts['open']:,} of {items:,} items have no end: what they are now is kept as the attribute "
            "'status', since it does not say since when."
        )
    if counts["touches"]:
        notes.append(f"{counts['touches']:,} comments, attachments and worklogs are read as touches.")
    notes.append("Attributes and assignees are those of the day of the export, taken for an item's whole life.")
    return notes
