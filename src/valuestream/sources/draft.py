"""Events collected in blocks, set in row order at the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from valuestream.errors import InputError
from valuestream.log.event import FURTHER, NONE, Kind, Log, Reject
from valuestream.sources.tally import worth_telling
from valuestream.sources.time_column import BAD, EMPTY

if TYPE_CHECKING:
    from valuestream.log.event import I32, I64
    from valuestream.sources.gather import Gathered
    from valuestream.sources.row_lines import Lines
    from valuestream.sources.table import Rows

BODY_CHARACTERS = 1000


def nothing_usable(name: str, rejects: Sequence[Reject]) -> InputError:
    """What to say of a table without a single event."""
    first = f" The first: {rejects[0].place}: {rejects[0].reason}." if rejects else ""
    return InputError(
        f"{name} holds no event that can be used.{first}",
        "Are these the right columns? `--columns item=NAME,time=NAME` names others.",
    )


@dataclass
class _Block:
    rows: Any
    sub: int
    kind: Kind
    at: I64
    value: Any
    field: int
    ref: Any
    by_actor: bool


@dataclass
class Draft:
    """The events of one table while they are found; rows count from 0. `refused`: what is wrong -> the rows."""

    table: Rows
    read: Gathered
    blocks: list[_Block] = field(default_factory=list)
    refused: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    fields: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.good = np.ones(self.read.rows, dtype=bool)

    def refuse(self, where: Any, reason: str) -> None:
        """Set rows (bool[n]) aside; a row is refused once, for the first reason."""
        where = where & self.good
        if where.any():
            self.refused[reason] = np.flatnonzero(where)
            self.good &= ~where

    def need(self, role: str, what: str) -> None:
        """Refuse the rows that have no such text."""
        self.refuse(self.read.text[role] == NONE, f"{what} is empty")

    def need_time(self, role: str, what: str, *, may_be_empty: bool = False) -> None:
        """Refuse the rows whose instant is missing or unreadable."""
        at = self.read.times[role]
        self.refuse(at == BAD, f"{what} is unreadable")
        if not may_be_empty:
            self.refuse(at == EMPTY, f"{what} is empty")

    def kept(self) -> Any:
        """The rows that were not refused, ascending."""
        return np.flatnonzero(self.good)

    def field_code(self, name: str) -> int:
        if name not in self.fields:
            self.fields.append(name)
        return self.fields.index(name)

    def add(
        self,
        rows: Any,
        kind: Kind,
        at: Any,
        value: Any,
        *,
        sub: int,
        field: int = NONE,
        ref: Any = NONE,
        by_actor: bool = True,
    ) -> None:
        """Events of some rows (ascending).

        sub       orders the events of one row, 0 to 1023; negative: before the events of all rows
        by_actor  the row's actor made this happen
        """
        if len(rows):
            self.blocks.append(_Block(rows, sub, kind, at, value, field, ref, by_actor))

    def log(self, words: Sequence[str], people: Sequence[str]) -> Log:
        """The log of what was added. Nothing added is an InputError that says why."""
        rejects = self._rejects()
        told = self.notes if self.table.is_part else worth_telling(self.notes)
        if not self.blocks and not self.table.is_part:
            raise nothing_usable(self.table.name, rejects)
        rows = self._column("rows", np.int64)
        if len(self.blocks) == 1 and len(rows) == self.read.rows:
            rows = slice(None)
        actor = self.read.text.get("actor")
        if actor is not None:
            actor = actor[rows]
            if not all(b.by_actor for b in self.blocks):
                actor[~self._column("by_actor", np.bool_)] = NONE
        return Log(
            name=self.table.name,
            item=self.read.text["item"][rows],
            at=self._column("at", np.int64),
            kind=self._column("kind", np.int8),
            value=self._column("value", np.int32),
            items=self.read.words["items"],
            words=words,
            people=people,
            fields=self.fields,
            field=self._column("field", np.int16) if self.fields else None,
            actor=actor,
            ref=self._column("ref", np.int32) if any(b.kind in (Kind.START, Kind.END) for b in self.blocks) else None,
            line=self._lines()[rows],
            rejects=rejects,
            notes=(*self.table.notes(), *self.read.notes, *told),
        )

    def _column(self, name: str, kind: Any) -> Any:
        """One column of all blocks in the order of the log."""
        parts = (
            [np.empty(0, kind)]
            if not self.blocks
            else [np.broadcast_to(np.asarray(getattr(b, name), dtype=kind), len(b.rows)) for b in self.blocks]
        )
        if len(parts) == 1:
            return np.ascontiguousarray(parts[0])
        return np.concatenate(parts)[self._order]

    @cached_property
    def _order(self) -> Any:
        """Places that set the events in order of (row, sub), blocks with sub < 0 before."""
        keys = [np.asarray(b.rows, np.int64) * 1024 + b.sub - (1 << 62 if b.sub < 0 else 0) for b in self.blocks]
        return np.argsort(np.concatenate(keys), kind="stable")

    def _lines(self) -> I32 | Lines:
        return self.table.lines(self.read.rows)

    def _rejects(self) -> tuple[Reject, ...]:
        found = self.table.malformed()
        if not self.refused:
            return tuple(reject for _, reject in sorted(found, key=lambda numbered: numbered[0]))
        lines = self._lines()
        for reason, rows in self.refused.items():
            shown = rows[: max(0, self.table.most_rejects - len(found))]
            bodies = self.table.bodies(shown)
            found += [
                (int(lines[row]), Reject(f"{self.table.counted} {lines[row]}", reason, body[:BODY_CHARACTERS]))
                for row, body in zip(shown, bodies, strict=True)
            ]
            if len(rows) > len(shown):
                rest = f"{len(rows) - len(shown)} more"
                found.append((int(lines[-1]) + 1, Reject(FURTHER, reason, rest)))
        return tuple(reject for _, reject in sorted(found, key=lambda numbered: numbered[0]))
