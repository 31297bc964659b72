"""All columns of times of one table, settled together: order of day and month, zone, and what to say about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from valuestream.errors import InputError
from valuestream.sources.time_column import BAD, EMPTY, Instants, is_unknown
from valuestream.sources.zones import to_utc, zone_named

if TYPE_CHECKING:
    from valuestream.log.event import I64
    from valuestream.sources.scouting import Scout
    from valuestream.sources.source import Reading

    Column = Instants | Scout

_WRITTEN = {"s": "epoch seconds", "ms": "epoch milliseconds", "us": "epoch microseconds", "ns": "epoch nanoseconds"}


def settle(columns: Sequence[Instants], reading: Reading, place: Callable[[int], str]) -> tuple[list[I64], list[str]]:
    """The columns of times of one table as microseconds UTC, with EMPTY and BAD, and notes that say how.

    The order of day and month is one for the table: the data decide, else the day comes first, and it
    says so. Zoned and zoneless times in one column are an InputError unless a zone was given.
    """
    zone = reading.zone or "UTC"
    zone_named(zone)
    order, notes = _order(columns, reading)
    settled, doubtful, local_rows, local_columns = [], 0, 0, []
    for column in columns:
        us, zoned = column.resolve(order, place)
        said = (us != EMPTY) & (us != BAD)
        local = said & ~zoned
        if local.any():
            if reading.zone is None and (said & zoned).any():
                raise _mixed(column, place)
            moved, odd = to_utc(us[local], zone)
            us = us.copy() if not us.flags.writeable else us
            us[local] = moved
            doubtful, local_rows = doubtful + odd, local_rows + int(local.sum())
            local_columns.append(column.name)
        settled.append(us)
    return settled, [*notes, *_said(columns, reading, local_rows, local_columns, doubtful)]


def scouted(columns: Sequence[Scout], reading: Reading, place: Callable[[int], str]) -> tuple[str, list[str]]:
    """The order of day and month of columns that were only looked at, and the notes; refused as in `settle`."""
    zone_named(reading.zone or "UTC")
    order, notes = _order(columns, reading)
    doubtful, local_rows, local_columns = 0, 0, []
    for column in columns:
        counts = column.counts(order)
        if is_unknown(counts["bad"], column.said):
            raise column.instants.of_no_known_form(place)
        if counts["local"]:
            if reading.zone is None and counts["zoned"]:
                raise _mixed(column.instants, place)
            doubtful, local_rows = doubtful + counts["odd"], local_rows + counts["local"]
            local_columns.append(column.name)
    return order, [*notes, *_said(columns, reading, local_rows, local_columns, doubtful)]


def unused(column: str) -> str:
    """The note on a column of times that can be done without."""
    return f"Column '{column}' was not used: it holds no times in a known form."


def _said(
    columns: Sequence[Column], reading: Reading, local_rows: int, local_columns: Sequence[str], doubtful: int
) -> list[str]:
    """Notes on zones and units."""
    notes, zone = [], reading.zone or "UTC"
    if local_columns:
        given = "as was said" if reading.zone else "unless --zone says otherwise"
        notes.append(f"{counted(local_rows)} in {', '.join(local_columns)} without a zone: taken in {zone}, {given}.")
    if doubtful:
        notes.append(
            f"{counted(doubtful)} never were or were twice when clocks changed in {zone}: taken with the first offset."
        )
    units = sorted({c.unit for c in columns if c.unit})
    if units:
        forms = " and ".join(_WRITTEN.get(u, "days of a spreadsheet") for u in units)
        notes.append(f"Numbers in {', '.join(c.name for c in columns if c.unit)} are read as {forms}.")
    return notes


def _order(columns: Sequence[Column], reading: Reading) -> tuple[str, list[str]]:
    if reading.date_order is not None:
        return reading.date_order, []
    if not any(c.is_open for c in columns):
        return "dmy", []
    day, month = (sum(n) for n in zip(*(c.evidence() for c in columns), strict=True))
    names = ", ".join(c.name for c in columns if c.is_open)
    if day or month:
        order, way = ("dmy", "day first") if day >= month else ("mdy", "month first")
        return order, [f"Dates in {names} are read {way}: {max(day, month):,} of them can be read no other way."]
    if all(c.dotted for c in columns if c.is_open):
        return "dmy", []
    return "dmy", [f"Dates in {names} do not tell day from month: read day first; --date-order decides."]


def _mixed(column: Instants, place: Callable[[int], str]) -> InputError:
    zoned, local = column.first_zoned or (0, "?"), column.first_local or (0, "?")
    return InputError(
        f"Column '{column.name}' mixes times with a zone ({zoned[1]!r}, {place(zoned[0])}) and without "
        f"({local[1]!r}, {place(local[0])}).",
        "Say in which zone the times without one are: `--zone Europe/Berlin`.",
    )


def counted(times: int) -> str:
    """A number of times for a sentence."""
    return f"{times:,} time{'' if times == 1 else 's'}"
