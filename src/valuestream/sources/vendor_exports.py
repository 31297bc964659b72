"""What the export menus of trackers give as a table: known by its columns, told as far as it goes.

Such a table says what each item is today, not what it was: there is no history of states in it. What it does say is
when an item was created and when it ended, and both are events.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from valuestream.errors import InputError
from valuestream.log.event import Kind
from valuestream.sources.columns import normal
from valuestream.sources.events_table import Row, from_rows
from valuestream.sources.months import english
from valuestream.sources.vendor_columns import JIRA, Export

if TYPE_CHECKING:
    from valuestream.log.event import Log
    from valuestream.sources.source import Reading
    from valuestream.sources.table import Rows

Record = Mapping[str, str]
"""One row: meaning -> what the cell says; empty cells are missing."""


_PEOPLE_AND_TIMES = ("item", "created", "ended", "changed", "updated", "state", "actor", "assignee")

MOST_CUSTOM = 20
MOST_CUSTOM_VALUES = 50
_CUSTOM = "custom field ("


def log(table: Rows, export: Export, reading: Reading) -> Log:
    """The log of a vendor's table. Where it has no column of creation, an InputError says how to add it."""
    meant = meanings(table.columns, export, reading)
    if "created" not in meant:
        raise InputError(
            f"{table.name} is {export.name} without a date of creation: nothing in it says when.",
            "Add the columns Created Date, State Change Date, Activated Date, Resolved Date and Closed Date to the "
            "query, and export it again.",
        )
    records, numbers = _records(table, meant)
    custom, notes = _custom(table, export)
    for record, more in zip(records, custom, strict=False):
        record.update(more)
    counts: Counter[str] = Counter()
    rows = [row for n, record in zip(numbers, records, strict=True) for row in told(record, n, export, counts)]
    if export.zone and not reading.zone:
        reading = replace(reading, zone=export.zone)
    found = from_rows(table.name, rows, reading, counted=table.counted)
    rejects = tuple(reject for _, reject in table.malformed())
    return replace(found, rejects=(*rejects, *found.rejects)).noting(
        *_said(export, meant, counts), *notes, *table.notes()
    )


def meanings(columns: Sequence[str], export: Export, reading: Reading) -> dict[str, list[str]]:
    """Meaning -> the table's columns that have it, in their order. Repeated ones are called `Sprint (2)` by then."""
    found: dict[str, list[str]] = {}
    for name, wanted in export.columns:
        asked = [column for column in columns if column == reading.columns.get(name)]
        names = (next((w for w in wanted if any(_same(c, w) for c in columns)), None),)
        found[name] = asked or [c for c in columns if names[0] is not None and _same(c, names[0])]
    return {name: those for name, those in found.items() if those}


def _same(column: str, wanted: str) -> bool:
    """Whether the column has this name, or is a repetition of it."""
    head, gap, nth = column.rpartition(" (")
    return normal(column) == wanted or bool(gap and nth[:-1].isdecimal() and normal(head) == wanted)


def _records(table: Rows, meant: Mapping[str, list[str]]) -> tuple[list[dict[str, str]], list[int]]:
    from valuestream.sources.coding import as_text

    columns = list(dict.fromkeys(column for those in meant.values() for column in those))
    records: list[dict[str, str]] = []
    for batch in table.batches(columns):
        cells = {name: as_text(batch.column(name)).to_pylist() for name in columns}
        for row in range(batch.num_rows):
            records.append(_record({name: (cells[name][row] or "").strip() for name in columns}, meant))
    if not records:
        raise InputError(f"{table.name} has a header and no rows that can be taken apart.", "Export it again.")
    return records, table.lines(len(records)).tolist()


def _record(cells: Mapping[str, str], meant: Mapping[str, list[str]]) -> dict[str, str]:
    record = {}
    for name, columns in meant.items():
        said = [cells[column] for column in columns if cells[column]]
        if said:
            record[name] = ", ".join(dict.fromkeys(said)) if name in ("labels", "component") else said[-1]
    return record


def _custom(table: Rows, export: Export) -> tuple[list[dict[str, str]], list[str]]:
    """Jira's custom fields of few values, each row's; the others are named in a note."""
    from valuestream.sources.coding import as_text

    if export is not JIRA:
        return [], []
    taken = {name for meaning in export.columns for name in meaning.columns}
    fields = [c for c in table.columns if c.casefold().startswith(_CUSTOM) and c.endswith(")")]
    fields = [c for c in fields if not any(_same(c, name) for name in taken)]
    kept: dict[str, list[str | None]] = {}
    left = 0
    for column in fields:
        cells = [v for batch in table.batches([column]) for v in as_text(batch.column(column)).to_pylist()]
        values = len({v.strip() for v in cells if v and v.strip()})
        if 0 < values <= MOST_CUSTOM_VALUES and len(kept) < MOST_CUSTOM:
            kept[column[len(_CUSTOM) : -1]] = cells
        else:
            left += values > 0
    notes = [f"Custom fields kept as attributes: {', '.join(kept)}."] if kept else []
    if left:
        notes.append(
            f"{left} custom fields were not kept: at most {MOST_CUSTOM}, of at most {MOST_CUSTOM_VALUES} values each."
        )
    rows = zip(*kept.values(), strict=True) if kept else ()
    return [
        {name: v.strip() for name, v in zip(kept, values, strict=True) if v and v.strip()} for values in rows
    ], notes


def told(record: Record, place: int, export: Export, counts: Counter[str]) -> Iterator[Row]:
    """The events of one item: its attributes and owner as they are today, its creation, its end. Pure."""
    item, created, state = record.get("item"), english(record.get("created", "")), record.get("state", "")
    ended = english(record.get("ended", ""))
    actor = record.get("actor")
    for name, value in record.items():
        if name not in _PEOPLE_AND_TIMES and name not in dict(export.dates):
            yield Row(place, item, created, Kind.SET, value, name)
    if "assignee" in record:
        yield Row(place, item, created, Kind.ASSIGN, record["assignee"])
    counts["items"] += 1
    yield Row(place, item, created, Kind.STATE, export.born, None, actor)
    dates = {name: (english(record[name]), word) for name, word in export.dates if name in record}
    if "closed" in dates and state not in {*(word for _, word in export.dates), export.born, ""}:
        dates["closed"] = (dates["closed"][0], state)  # Scrum's "Done" is what Agile calls "Closed"
    yield from (Row(place, item, at, Kind.STATE, word) for at, word in dates.values())
    changed = english(record.get("changed", ""))
    if ended and state:
        yield Row(place, item, ended, Kind.STATE, state)
    elif changed and state and state not in {word for _, word in dates.values()} and changed != created:
        yield Row(place, item, changed, Kind.STATE, state)
    elif state:
        counts["open"] += not dates
        yield Row(place, item, english(record.get("updated", "")) or created, Kind.SET, state, "status")


def _said(export: Export, meant: Mapping[str, list[str]], counts: Mapping[str, int]) -> list[str]:
    read = ", ".join(f"{name} = {columns[0]}{' and others' * (len(columns) > 1)}" for name, columns in meant.items())
    notes = [f"Read as {export.name}: {read}.", f"{export.history}."]
    if counts["open"]:
        notes.append(
            f"{counts['open']:,} of {counts['items']:,} items have no end: what they are now is kept as the attribute "
            "'status', since it does not say since when."
        )
    notes.append("Attributes and assignees are those of the day of the export, taken for an item's whole life.")
    return notes
