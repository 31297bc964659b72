"""Columns of a table that mean nothing to us: those that one can group by become fields of the items, others are left
aside, and it is said why.

What a column holds decides, so a table is weighed while it is read. Columns of people are always left aside: no view
groups by persons, and whoever acts or owns an item has a column of their own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow.compute as pc

from valuestream.errors import InputError
from valuestream.sources.coding import Recoded, as_text
from valuestream.sources.columns import SYNONYMS, normal
from valuestream.sources.person_columns import names_people
from valuestream.sources.table import SAMPLE_ROWS
from valuestream.sources.weighing import Weighed

if TYPE_CHECKING:
    from valuestream.sources.source import Reading
    from valuestream.sources.table import Rows

FIELD = "field:"
"""Begins the role of an attribute that has no role of its own; its name follows."""

MOST_FIELDS = 40
KEPT, ASIDE = "Kept as attributes: ", "Left aside: "

_KNOWN = {
    "sprint": "sprint", "sprintname": "sprint", "sprints": "sprint",
    "priority": "priority", "priorität": "priority", "severity": "severity",
    "component": "component", "components": "component", "komponenten": "component",
    "project": "project", "projectkey": "project", "milestone": "milestone", "resolution": "resolution",
}  # fmt: skip
"""Plain name of a column -> the field, as exports of trackers name it. Such a column need not repeat its values."""

_NAMES = {"actor": "people", "assignee": "people", "field": "fields"}
"""Role -> what its cells name: people, or the fields of a change log."""

_TAKEN = frozenset({"type", "team", "release", "created"})
_OF_THE_ROW = {
    "from": "what a state came from is known by the rows before",
    "lifecycle:transition": "of the row, not of the item",
    "concept:instance": "of the row, not of the item",
}


class Extras:
    """The columns without a meaning of one table; `columns` are those that are still read: field -> column."""

    def __init__(self, columns: Mapping[str, Weighed], aside: Mapping[str, str], names: Mapping[str, str]) -> None:
        self._columns, self._aside = dict(columns), dict(aside)
        self._names = {column: _NAMES[role] for role, column in names.items() if role in _NAMES}
        self._named: dict[str, set[str]] = {"people": set(), "fields": set()}
        self._settled = False

    @property
    def columns(self) -> dict[str, str]:
        return {name: column.name for name, column in self._columns.items()}

    def look(self, sample: Any) -> None:
        """Leave aside at once what the first rows show to be no grouping, so that it is not read."""
        for batch in sample.combine_chunks().to_batches():
            self.add(batch, coding=False)
        self._drop()
        for column in self._columns.values():
            column.said, column.values = 0, set()

    def add(self, batch: Any, *, coding: bool) -> None:
        """Weigh the next rows, an Arrow record batch. `coding`: keep what they say, for `codes`."""
        for column in self._columns.values():
            column.add(batch.column(column.name), weighing=not self._settled, coding=coding)
        for name, whose in self._names.items() if self._columns and not self._settled else ():
            words = as_text(pc.unique(batch.column(name)))
            self._named[whose].update(word.strip() for word in words.to_pylist() if word)

    def settle(self, items: int) -> None:
        """All rows were weighed, of so many items: what is no grouping is left aside."""
        told = {normal(name) for name in self._named["fields"]}
        for name, column in self._columns.items() if not self._settled else ():
            column.settle(items, self._named["people"])
            if not {normal(name), normal(column.name)}.isdisjoint(told):
                column.why = "its changes are in the rows"
        self._settled = True
        self._drop()
        for name in list(self._columns)[MOST_FIELDS:]:
            self._aside[self._columns.pop(name).name] = f"more than {MOST_FIELDS} columns"

    def _drop(self) -> None:
        self._aside |= {column.name: column.why for column in self._columns.values() if column.why is not None}
        self._columns = {name: column for name, column in self._columns.items() if column.why is None}

    def of_part(self) -> Extras:
        """The columns that are kept, to be read again in a part of the table."""
        kept = {name: Weighed(column.name, column.asked, column.trusted) for name, column in self._columns.items()}
        part = Extras(kept, {}, {})
        part._settled = True
        return part

    def codes(self, words: Recoded) -> dict[str, Any]:
        """field:NAME -> codes into `words` of each row, NONE where a cell is empty; once all is settled."""
        found = {}
        for name, column in self._columns.items():
            if column.coder is not None and column.coded is not None:
                found[f"{FIELD}{name}"] = words.codes(column.coded.codes(), column.coder.words())
        return found

    def notes(self) -> list[str]:
        """What became of the columns."""
        kept = [name if name == column.name else f"{name} = {column.name}" for name, column in self._columns.items()]
        aside = [f"{name} ({why})" for name, why in self._aside.items()]
        said = [(KEPT, kept), (ASIDE, aside)]
        return [f"{head}{_some(told)}." for head, told in said if told]


def field_named(column: str) -> str:
    """The field that a column becomes where nobody says its name."""
    return _KNOWN.get(normal(column), column)


def extras(table: Rows, used: Mapping[str, str], reading: Reading) -> Extras:
    """The columns of a table that no role (role -> column) uses.

    What `reading.columns` names becomes a field by that name, whatever it holds, unless it holds people: that is an
    InputError. An empty name leaves the column aside.
    """
    asked = {column: role for role, column in reading.columns.items() if role not in SYNONYMS and column}
    roles = {name: role for name in table.columns for column, role in asked.items() if _same(name, column)}
    dropped = [role for role, column in reading.columns.items() if not column]
    columns: dict[str, Weighed] = {}
    aside: dict[str, str] = {}
    others = set(table.columns) - set(used.values())
    for name in sorted((name for name in table.columns if name in others), key=lambda name: name not in roles):
        why = _refused(name, roles.get(name), used, dropped)
        field = roles.get(name) or field_named(name)
        field = name if field in columns else field
        if why is None and (field.casefold() in _TAKEN or field in columns):
            why = f"another column is the {field.casefold()}"
        if why is None:
            columns[field] = Weighed(name, name in roles, normal(name) in _KNOWN)
        else:
            aside[name] = why
    found = Extras(columns, aside, used)
    if columns and table.about > SAMPLE_ROWS:
        found.look(table.sample())
    return found


def _refused(name: str, role: str | None, used: Mapping[str, str], dropped: Sequence[str]) -> str | None:
    """Why a column is left aside whatever it holds; `role`: what somebody called it, `dropped`: what is not wanted."""
    if names_people(name):
        if role is None:
            return "people"
        raise InputError(
            f"--columns {role}={name}: that column names people.",
            "No view groups by persons. `actor=` says who did it, `assignee=` whose an item is.",
        )
    if role is not None:
        return None
    plain, (first, _, nth) = normal(name), name.rpartition(" (")
    if any(plain == normal(one) or _means(plain, one) for one in dropped):
        return "as asked"
    if nth[:-1].isdecimal() and normal(first) in {normal(column) for column in used.values()}:
        return f"the first of the name '{first}' is read"
    return _OF_THE_ROW.get(plain)


def _same(name: str, wanted: str) -> bool:
    return name == wanted or normal(name) == normal(wanted)


def _means(plain: str, role: str) -> bool:
    """Whether a column is one that a role, which was taken away, would have had."""
    return any(plain in group for group in SYNONYMS.get(role, ()))


def _some(told: Sequence[str], most: int = 60) -> str:
    return ", ".join(told[:most]) + (f" and {len(told) - most} more" if len(told) > most else "")
