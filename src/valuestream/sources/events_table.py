"""Every event of a log as a row of a table, and back: the form in which `vsm export events` writes tables.

The four shapes that people keep (`shapes.py`) say less than a log can; this one says all of it, so that the table read
back gives the same map. Vendors' exports are told in its rows as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from valuestream.errors import InputError
from valuestream.log.event import NONE, Kind, Log
from valuestream.sources import divided, formulas
from valuestream.sources.coding import Coder, Recoded
from valuestream.sources.columns import normal
from valuestream.sources.dates import settle
from valuestream.sources.draft import Draft
from valuestream.sources.gather import Gathered
from valuestream.sources.table import MemoryTable, Rows
from valuestream.sources.time_column import Instants

if TYPE_CHECKING:
    from valuestream.log.event import I32
    from valuestream.sources.source import Reading

COLUMNS = ("item", "time", "kind", "value", "field", "actor", "track", "interval")
KINDS = {kind.name.lower(): kind for kind in Kind}
MOST_FIELDS = 30_000

_NEEDED = {"item", "time", "kind", "value", "field", "actor"}
_INTERVALS = (Kind.START, Kind.END)
_HAVE_WORDS = (Kind.STATE, *_INTERVALS)


def is_events_table(columns: Sequence[str]) -> bool:
    """Whether a table is of this form, by its columns."""
    return {normal(column) for column in columns} >= _NEEDED


class Row(NamedTuple):
    """One event as a vendor's export tells it. `place` counts the vendor's records; `time` is as it was written."""

    place: int
    item: str | None
    time: str | None
    kind: Kind
    value: str | None = None
    field: str | None = None
    actor: str | None = None


class _Told(MemoryTable):
    """Rows of a vendor's export; a reject names the record they came from."""

    def __init__(self, name: str, rows: Sequence[Row], counted: str) -> None:
        columns: dict[str, Any] = {
            "item": [row.item for row in rows],
            "time": [row.time for row in rows],
            "kind": [row.kind.name.lower() for row in rows],
            "value": [row.value for row in rows],
            "field": [row.field for row in rows],
            "actor": [row.actor for row in rows],
        }
        super().__init__(pa.table({key: pa.array(cells, pa.string()) for key, cells in columns.items()}), name)
        self.counted = counted
        self._places = np.array([row.place for row in rows], np.int32)

    def lines(self, rows: int) -> I32:
        return self._places[:rows]


def from_rows(name: str, rows: Iterable[Row], reading: Reading, *, counted: str) -> Log:
    """The log of a vendor's export, told event by event. `counted`: what `place` counts ("issue", "line")."""
    found = log(_Told(name, [_clean(row) for row in rows], counted), reading)
    once = {(reject.place, reject.reason): reject for reject in reversed(found.rejects)}
    return replace(found, rejects=tuple(reversed(once.values())))


def _clean(row: Row) -> Row:
    """Half a surrogate pair, which JSON can say and UTF-8 cannot, becomes a question mark."""
    if all(cell is None or cell.isascii() for cell in row[1:3] + row[4:]):
        return row
    fit = [cell if cell is None else cell.encode(errors="replace").decode() for cell in row[1:3] + row[4:]]
    return row._replace(item=fit[0], time=fit[1], value=fit[2], field=fit[3], actor=fit[4])


def log(table: Rows, reading: Reading, *, escaped: bool = False) -> Log:
    """The log of a table of this form. A row without item, time or known kind is a reject.

    escaped   texts may carry the apostrophe that keeps spreadsheets from taking them for formulas
    """
    column = {normal(c): c for c in reversed(table.columns) if normal(c) in COLUMNS}
    if not divided.is_divided(table, reading):
        return _read(table, column, reading, set(), escaped=escaped)
    fields: set[str] = set()

    def part(rows: Rows, _: Mapping[str, str], settled: Reading) -> Log:
        return _read(rows, column, settled, fields, escaped=escaped)

    def called(items: Any) -> Any:
        return pc.replace_substring_regex(items, formulas.KEPT, r"\1") if escaped else items

    times = {"time": column["time"]}
    return divided.divided(table, list(column.values()), column["item"], times, reading, part, called=called)


def _read(table: Rows, column: Mapping[str, str], reading: Reading, fields: set[str], *, escaped: bool) -> Log:
    """The log of a table or of a part. `fields`: those of the parts before, to which its own are added."""
    coders = {name: Coder() for name in COLUMNS if name in column and name != "time"}
    coded = {name: coder.column() for name, coder in coders.items()}
    instants = Instants(column["time"], reading)
    rows = 0
    for batch in table.batches([column[name] for name in (*coded, "time")]):
        for name, into in coded.items():
            into.add(batch.column(column[name]))
        instants.add(batch.column(column["time"]))
        rows += batch.num_rows
    if not rows:
        raise InputError(f"{table.name} has a header and no rows.", "Give a file that holds a log.")
    text = {name: one.codes() for name, one in coded.items()}
    words: dict[str, Any] = {name: coder.words() for name, coder in coders.items()}
    if escaped:
        words = {name: _unescaped(list(said)) for name, said in words.items()}
    times, notes = settle([instants], reading, lambda row: f"{table.counted} {table.lines(rows)[row]}")
    read = Gathered(rows, text, {"time": times[0]}, {"items": words["item"]}, notes)
    fields.update(words["field"])
    if len(fields) > MOST_FIELDS:
        raise InputError(f"{table.name} has {len(fields):,} different fields.", f"At most {MOST_FIELDS:,} are read.")
    return _drafted(Draft(table, read), text, words)


def _unescaped(words: Sequence[str]) -> list[str]:
    return [re.sub(formulas.KEPT, r"\1", word) for word in words]


def _drafted(draft: Draft, text: dict[str, I32], words: dict[str, Any]) -> Log:
    known = [KINDS.get(word.casefold()) for word in words["kind"]]
    kind = np.array([*(NONE if k is None else int(k) for k in known), NONE], np.int8)[text["kind"]]
    empty = np.full(len(kind), NONE, np.int32)
    ref, track = text.get("interval", empty), text.get("track", empty)
    draft.need("item", "item")
    draft.need_time("time", "time")
    draft.refuse(kind == NONE, "kind is none of ours")
    draft.refuse(np.isin(kind, _HAVE_WORDS) & (text["value"] == NONE), "value is empty")
    draft.refuse((kind == Kind.SET) & (text["field"] == NONE), "field is empty")
    draft.refuse(np.isin(kind, _INTERVALS) & (ref == NONE), "interval is empty")
    said, people = Recoded([]), Recoded(words["actor"])
    rows, at = draft.kept(), draft.read.times["time"]
    for one in Kind:
        these = rows[kind[rows] == one]
        dictionary = people if one is Kind.ASSIGN else said
        pairs = ref[these] if one in _INTERVALS else NONE
        draft.add(these, one, at[these], dictionary.codes(text["value"][these], words["value"]), sub=0, ref=pairs)
    log = draft.log(said.words, people.words)
    return replace(
        log,
        fields=list(words["field"]),
        field=np.where(kind[rows] == Kind.SET, text["field"][rows], NONE).astype(np.int16)
        if "field" in words
        else None,
        tracks=list(words.get("track", ())),
        track=track[rows] if len(words.get("track", ())) else None,
        actor=log.actor if people.words else None,
    )


def parts(log: Log, rows: int = 1 << 18) -> Iterator[pa.Table]:
    """A log's events as Arrow tables of these columns, so many rows each, in the log's order; `time` in UTC."""
    values, people = pa.array(_fit([*log.words, *log.people]), pa.string()), pa.array(_fit(log.people), pa.string())
    items, fields = pa.array(_fit(log.items), pa.string()), pa.array(_fit(log.fields), pa.string())
    kinds, tracks = pa.array(list(KINDS), pa.string()), pa.array(_fit(log.tracks), pa.string())
    nothing = np.full(len(log), NONE, np.int32)
    field, actor, track, ref = (nothing if c is None else c for c in (log.field, log.actor, log.track, log.ref))
    value = np.where((log.kind == Kind.ASSIGN) & (log.value != NONE), log.value + len(log.words), log.value)
    for begin in range(0, max(1, len(log)), rows):
        some = slice(begin, begin + rows)
        columns = {
            "item": _said(log.item[some], items),
            "time": pa.array(log.at[some]).cast(pa.timestamp("us", "UTC")),
            "kind": _said(log.kind[some], kinds),
            "value": _said(value[some], values),
            "field": _said(field[some], fields),
            "actor": _said(actor[some], people),
            "track": _said(track[some], tracks),
            "interval": pa.array(ref[some], pa.int32(), mask=ref[some] == NONE),
        }
        yield pa.table(columns)


def _said(codes: Any, words: Any) -> Any:
    return words.take(pa.array(codes.astype(np.int64), mask=codes == NONE))


def _fit(words: Sequence[str]) -> list[str]:
    """Words that UTF-8 can say."""
    return [word if word.isascii() else word.encode(errors="replace").decode() for word in words]
