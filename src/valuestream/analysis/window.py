"""The window and the filters that were asked for, and what is refused: persons, unknown values, empty windows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from valuestream.calendar import local_day, rfc3339, week_begin_us, week_of
from valuestream.engine.tables import Tables
from valuestream.errors import ConfigError
from valuestream.log import select
from valuestream.metrics.question import Condition, Had, Is, Window, refuse_persons

GROUPS = ("stage", "type", "team")
"""Columns of the tables; other filters are fields of the items."""


def window(tables: Tables, since: int | None, until: int | None, zone: str) -> Window:
    """[since, until) and the complete ISO weeks in it; None: from the first event, to `as_of` included."""
    if tables.events:
        check(since, until, tables.first, tables.as_of)
    end = tables.as_of + 1
    begin = (tables.first if tables.events else tables.as_of) if since is None else since
    end = max(begin, end if until is None else min(until, end))
    return Window(begin, end, _complete_weeks(begin, end, zone))


def _complete_weeks(since: int, until: int, zone: str) -> tuple[int, int, int]:
    """The ISO weeks that lie wholly in the window: (begin of the first, end of the last, how many)."""
    import numpy as np

    days = local_day(np.array([since, max(since, until - 1)], np.int64), zone)
    first, last = (int(week) for week in week_of(days))
    if week_begin_us(first, zone) < since:
        first += 1
    if week_begin_us(last + 1, zone) <= until:
        last += 1
    weeks = max(0, last - first)
    return week_begin_us(first, zone), week_begin_us(first + weeks, zone), weeks


def check(since: int | None, until: int | None, first: int, last: int) -> None:
    """Refuse a window that ends before it begins, or that lies wholly before or after the log."""
    told = f"The log has events from {_minute(first)} to {_minute(last)}."
    if since is not None and until is not None and until < since:
        raise ConfigError(f"The period ends ({_minute(until)}) before it begins ({_minute(since)}).", told)
    if until is not None and until < first:
        raise ConfigError(f"The period ends ({_minute(until)}) before the log begins.", told)
    if since is not None and since > last:
        raise ConfigError(f"The period begins ({_minute(since)}) after the log ends.", told)


def _minute(us: int) -> str:
    return f"{rfc3339(us)[:16].replace('T', ' ')} UTC"


def nothing_yet(as_of: int, first: int) -> ConfigError:
    """The error of an `as_of` before the first event."""
    return ConfigError(
        f"By {rfc3339(as_of)} nothing had happened yet.", f"The log begins at {rfc3339(first)}: choose a later --as-of."
    )


def wanted(where: Mapping[str, str | Sequence[str]] | None) -> dict[str, list[str]]:
    """Filters as column -> values. A column of persons is a PersonField."""
    refuse_persons(where or {})
    return {name: [value] if isinstance(value, str) else list(value) for name, value in (where or {}).items()}


def filters(tables: Tables, where: Mapping[str, Sequence[str]]) -> tuple[Condition, ...]:
    """Filters in codes: type, team and stage of a row, else a field's last value of its item."""
    return tuple(_filter(tables, column, values) for column, values in where.items())


def _filter(tables: Tables, column: str, values: Sequence[str]) -> Condition:
    if column not in GROUPS:
        field = tables.field(column)
        return Had(field, _codes(column, values, tables.words, tables.values(column)))
    names = {"stage": tables.stages, "team": tables.teams, "type": tables.words}[column]
    usual = tables.types if column == "type" else [str(name) for name in names]
    return Is(column, _codes(column, values, names, usual))


def code_of(column: str, name: str, names: Sequence[str]) -> int:
    """The code of a name. UnknownName lists what there is."""
    return _codes(column, [name], names, [str(known) for known in names])[0]


def _codes(column: str, values: Sequence[str], names: Sequence[str], usual: Sequence[str]) -> tuple[int, ...]:
    for value in values:
        if value not in usual:
            raise select.unknown_value(column, value, usual)
    chosen = set(values)
    return tuple(code for code, name in enumerate(names) if str(name) in chosen)
