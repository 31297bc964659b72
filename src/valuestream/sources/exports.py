"""One door for tables: ours, a vendor's export that is known by its columns, or one of the four shapes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from valuestream.sources import events_table, shapes, vendor_columns, vendor_exports
from valuestream.sources.columns import SYNONYMS, is_history, recognised

if TYPE_CHECKING:
    from valuestream.log.event import Log
    from valuestream.sources.source import Reading
    from valuestream.sources.table import Rows

_MAY_DECIDE = {"team", "type", "assignee"}
"""Roles that `--columns` may name and the table still is the vendor's; attributes that it has may be named, too."""


def log_of(table: Rows, reading: Reading, *, escaped: bool = False) -> Log:
    """The log of any table. A shape or columns that were asked for decide; else what the columns are known as.

    escaped   the table was CSV: see `events_table.log`
    """
    if reading.seen:
        reading.seen(table)
    if reading.shape is None and not reading.columns and events_table.is_events_table(table.columns):
        said = "Read as events that valuestream wrote."
        return events_table.log(table, reading, escaped=escaped).noting(said)
    export = known(table.columns, reading)
    if export is not None:
        return vendor_exports.log(table, export, reading)
    return shapes.translate(table, reading)


def known(columns: Sequence[str], reading: Reading) -> vendor_columns.Export | None:
    """The vendor's export that the columns make up; None where they say more (a history) or something else."""
    if reading.shape is not None:
        return None
    if is_history(recognised(columns, reading.columns)):
        return None
    export = vendor_columns.recognised(columns)
    attributes = {meaning.name for meaning in export.columns} - set(SYNONYMS) if export is not None else set()
    return export if set(reading.columns) <= _MAY_DECIDE | attributes else None


def fits(roles: Mapping[str, Sequence[str]]) -> bool:
    """Whether the columns make up a change log, intervals or events."""
    return is_history(roles) or all(role in roles for role in ("item", "state", "start"))
