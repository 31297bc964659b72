"""A large table, divided by its items, is the log that it is as a whole; and imports so, too."""

from __future__ import annotations

import csv
import json
import random
import re
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from valuestream.errors import InputError
from valuestream.log.event import Log
from valuestream.log.store import Store
from valuestream.sources import divided, plain
from valuestream.sources.csv import CsvTable
from valuestream.sources.events_table import KINDS
from valuestream.sources.exports import log_of
from valuestream.sources.open import read
from valuestream.sources.source import Reading
from valuestream.sources.table import MemoryTable

STATES = ["New", "Dev", " Review ", "Done"]


class Collected:
    """Takes the parts, and counts them."""

    def __init__(self) -> None:
        self.items: list[str] = []
        self.parts: list[Log] = []

    def begin(self, items: Any) -> None:
        self.items = items.to_pylist()

    def take(self, log: Log) -> None:
        self.parts.append(log)


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is large, and what a part is, is small here."""
    monkeypatch.setattr(divided, "LARGE", 100)
    monkeypatch.setattr(divided, "PART_ROWS", 200)
    monkeypatch.setattr(divided, "_SPOOLED_ROWS", 150)


def rows(n: int, *, day_first: bool, zone: str = "") -> list[dict[str, str | None]]:
    """Items whose rows stand far apart, with attributes that change, blank cells, bad times, spaces and repeats."""
    chance = random.Random(5)
    made: list[dict[str, str | None]] = []
    for k in range(n):
        day, month = chance.randrange(1, 28), chance.randrange(1, 12)
        date = f"{day:02d}/{month:02d}/2024" if day_first else f"2024-{month:02d}-{day:02d}"
        item = f"I{chance.randrange(n // 6)}"
        made.append(
            {
                "Key": f" {item} " if k % 7 == 0 else None if k % 97 == 0 else item,
                "State": None if k % 101 == 0 else chance.choice(STATES),
                "When": "soon" if k % 89 == 0 else None if k % 103 == 0 else f"{date} {k % 24:02d}:{k % 60:02d}{zone}",
                "By": chance.choice(["ada", "ben", None]),
                "Type": chance.choice(["bug", "story"]),
                "Owner": chance.choice(["ada", None]),
            }
        )
        if k % 50 == 0:
            made.append(dict(made[-1]))
    return made


def written(folder: Path, form: str, told: list[dict[str, str | None]]) -> Path:
    path = folder / f"log.{form}"
    if form == "parquet":
        pq.write_table(pa.Table.from_pylist(told), path)
    elif form == "jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in told[:40]) + "{broken\n", encoding="utf-8")
        with path.open("a", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + "\n" for row in told[40:])
    else:
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(told[0]))
            writer.writeheader()
            writer.writerows(told[:300])
            file.write("too,few\n")
            writer.writerows(told[300:])
    return path


COLUMNS = {"item": "Key", "state": "State", "time": "When", "actor": "By", "type": "Type", "assignee": "Owner"}


def told(*logs: Log) -> dict[str, list[tuple[object, ...]]]:
    """The events of each item in the order of the file, by names."""
    found: dict[str, list[tuple[object, ...]]] = {}
    for log in logs:
        for k in range(len(log)):
            names = log.people if log.kind[k] == 4 else log.words
            value = names[log.value[k]] if log.value[k] >= 0 else None
            actor = log.people[log.actor[k]] if log.actor is not None and log.actor[k] >= 0 else None
            field = log.fields[log.field[k]] if log.field is not None and log.field[k] >= 0 else None
            event = (int(log.at[k]), int(log.kind[k]), value, actor, field)
            found.setdefault(log.items[log.item[k]], []).append(event)
    return found


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
@pytest.mark.parametrize(
    ("day_first", "zone", "asked"), [(True, "", None), (False, "Z", None), (False, "", "Europe/Berlin")]
)
def test_the_parts_are_the_whole(tmp_path: Path, form: str, day_first: bool, zone: str, asked: str | None) -> None:
    path = written(tmp_path, form, rows(900, day_first=day_first, zone=zone))
    whole = read(path, Reading(columns=COLUMNS, zone=asked))
    into = Collected()
    about = read(path, Reading(columns=COLUMNS, zone=asked, into=into))
    assert len(into.parts) > 2
    assert len(about) == 0
    assert told(*into.parts) == told(whole)
    keys = [{log.items[code] for code in log.item.tolist()} for log in into.parts]
    assert sum(map(len, keys)) == len(set().union(*keys))  # no item stands in two parts
    assert into.items == list(whole.items)
    assert about.rejects == whole.rejects
    assert about.notes == whole.notes


WHENS = st.integers(0, 40).map(lambda k: f"2024-03-{k // 4 + 1:02d} {k % 4 * 6:02d}:00")
MAYBE_WHEN = st.one_of(WHENS, st.sampled_from(["", "soon"]))
ITEMS = st.sampled_from(["A", "B", " A ", "C", "D", "E", ""])
PEOPLE = st.sampled_from(["ada", "ben", ""])
INTERVALS = st.fixed_dictionaries(
    {
        "item": ITEMS, "activity": st.sampled_from(["dev", "test", ""]), "start": MAYBE_WHEN, "end": MAYBE_WHEN,
        "created": MAYBE_WHEN, "actor": PEOPLE, "type": st.sampled_from(["bug", "story", ""]),
        "Sprint": st.sampled_from(["S1", "S2", ""]), "Met": st.sampled_from(["ada", "cleo"]), "id": st.uuids().map(str),
    }
)  # fmt: skip
CHANGE_ROWS = st.fixed_dictionaries(
    {
        "item": ITEMS, "field": st.sampled_from(["status", "assignee", "flagged", "created", "team", "size", ""]),
        "from": st.sampled_from(["", "new", "dev"]), "to": st.sampled_from(["new", "dev", "done", "yes", ""]),
        "time": MAYBE_WHEN, "actor": PEOPLE, "Size": st.sampled_from(["S", "L"]), "area": st.sampled_from(["N", ""]),
    }
)  # fmt: skip
OWN = st.fixed_dictionaries(
    {
        "item": st.sampled_from(["A", "'=B", "C", "'=D", "", "'E"]), "time": MAYBE_WHEN,
        "kind": st.sampled_from([*KINDS, "other"]), "value": st.sampled_from(["dev", "'=done", "ada", ""]),
        "field": st.sampled_from(["type", "size", ""]), "actor": PEOPLE, "track": st.sampled_from(["", "change"]),
        "interval": st.sampled_from(["1", "2", "3", ""]),
    }
)  # fmt: skip


@pytest.mark.parametrize("rows_of", [INTERVALS, CHANGE_ROWS, OWN], ids=["intervals", "changes", "our own export"])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_parts_of_seven_rows_are_the_whole(rows_of: st.SearchStrategy[dict[str, str]], data: st.DataObject) -> None:
    """Of a few items whose rows lie anywhere: events in order, which end ends which start, rejects, items and notes."""
    told_rows = data.draw(st.lists(rows_of, min_size=8, max_size=60))
    table = MemoryTable(pa.Table.from_pylist(told_rows), "log")
    table.about = len(told_rows)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(divided, "LARGE", 7)
        patched.setattr(divided, "PART_ROWS", 7)
        patched.setattr(divided, "_SPOOLED_ROWS", 5)
        into = Collected()
        try:
            whole = log_of(table, Reading(), escaped=True)
        except InputError as refused:
            with pytest.raises(InputError, match=re.escape(refused.message)):
                log_of(table, Reading(into=into), escaped=True)
            return
        about = log_of(table, Reading(into=into), escaped=True)
    assert len(about) == 0
    assert told(*into.parts) == told(whole)
    assert paired(*into.parts) == paired(whole)
    assert into.items == list(whole.items)
    assert about.rejects == whole.rejects
    assert about.notes == whole.notes


def paired(*logs: Log) -> set[tuple[object, ...]]:
    """Of each interval of an item: the places of its events among those of the item, and its track."""
    found: dict[tuple[str, int, int], list[object]] = {}
    for number, log in enumerate(logs):
        seen: Counter[str] = Counter()
        for k in range(len(log)):
            item = log.items[log.item[k]]
            seen[item] += 1
            if log.ref is not None and log.ref[k] >= 0:
                track = log.tracks[log.track[k]] if log.track is not None and log.track[k] >= 0 else None
                found.setdefault((item, number, int(log.ref[k])), []).append((seen[item], track))
    return {(item, *places) for (item, _, _), places in found.items()}


def test_of_csv_no_more_is_held_than_was_asked_for(tmp_path: Path) -> None:
    """760,000 rows, 262,144 at once: a statement that comes in between ends the stream, so the rest was not there."""
    path = tmp_path / "log.csv"
    line = "".join(f"I{k},{'x' * 50},2024-01-01T00:00:00\n" for k in range(10_000))
    path.write_text("item,state,time\n" + line * 76, encoding="utf-8")
    columns = ["item", "state", "time"]
    with plain.opened(path, Reading()) as text, CsvTable("log.csv", text, Reading()) as table:
        assert sum(batch.num_rows for batch in table.batches(columns)) == 760_000
        batches = table.batches(columns)
        rows = next(batches).num_rows
        table._con.execute("SELECT 1")
        with suppress(duckdb.CatalogException):  # the table of malformed rows went, too
            for batch in batches:
                rows += batch.num_rows
    assert rows < 760_000


def test_of_repeated_rows_as_many_are_listed_in_parts_as_in_one_and_all_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """400 items of three rows each, every row twice: 1,200 repeats, of which ten are listed."""
    monkeypatch.setattr("valuestream.log.order.MOST_SHOWN", 10)
    monkeypatch.setattr("valuestream.log.importing.MOST_SHOWN", 10)
    path = tmp_path / "log.csv"
    rows_told = [f"I{k % 400},S{k // 400},2024-01-0{k // 400 + 1}\n" for k in range(1200)]
    path.write_text("item,state,time\n" + "".join(row * 2 for row in rows_told), encoding="utf-8")
    found = []
    for name in ("whole", "parts"):
        store = Store(tmp_path / f"{name}.duckdb")
        store.create("test")
        with store.importing("t", "log") as arriving:
            log = read(path, Reading(into=arriving if name == "parts" else None))
            if len(log):
                arriving.take(log)
            counts = arriving.end(log if not len(log) else whole_said(log), None)
        with store.reading() as con:
            listed = con.execute(
                "SELECT place = 'further rows', count(*), min(body) FROM reject GROUP BY ALL ORDER BY 1"
            )
            found.append(
                (counts.rejected, [(is_more, n, body if is_more else "") for is_more, n, body in listed.fetchall()])
            )
        store.close()
    assert found == [(1200, [(False, 10, ""), (True, 1, "1190 more")])] * 2


def test_small_tables_are_not_divided(tmp_path: Path) -> None:
    into = Collected()
    log = read(written(tmp_path, "csv", rows(60, day_first=False)), Reading(columns=COLUMNS, into=into))
    assert not into.parts
    assert len(log)


def test_a_large_table_of_which_nothing_can_be_used_is_refused_as_a_small_one_is(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    for text, why in (("soon", "no time in a known form: 'soon' .line 2"), ("", "no event that can be used.*item is")):
        item = "A" if text else ""
        path.write_text("Key,State,When\n" + f"{item},Dev,{text or '2024-01-01'}\n" * 400, encoding="utf-8")
        for into in (None, Collected()):
            with pytest.raises(InputError, match=why):
                read(path, Reading(columns={k: COLUMNS[k] for k in ("item", "state", "time")}, into=into))


def test_a_log_in_parts_takes_the_place_of_what_the_file_said_before(tmp_path: Path) -> None:
    """Imported in parts and as a whole, then again with some rows changed and others moved."""
    first = rows(900, day_first=False)
    second = [dict(row) for row in reversed(first[:700])]
    for row in second[::90]:
        row["State"] = "Done"
    stores = [Store(tmp_path / f"{name}.duckdb") for name in ("whole", "parts")]
    found = []
    for store in stores:
        store.create("test")
        counts = []
        for version in (first, second):
            path = written(tmp_path, "parquet", version)
            with store.importing("t", "log") as arriving:
                log = read(path, Reading(columns=COLUMNS, into=None if store is stores[0] else arriving))
                if len(log):
                    arriving.take(log)
                counts.append(arriving.end(log if not len(log) else whole_said(log), None))
        with store.reading() as con:
            events = con.execute(
                "SELECT i.id, e.occurred_at, e.kind, e.field, w.name, p.name,"
                " e.seq - min(e.seq) OVER (PARTITION BY e.item) FROM event e JOIN item i ON i.code = e.item"
                " LEFT JOIN word w ON w.code = e.value AND e.kind <> 4 LEFT JOIN person p ON p.code = e.actor"
                " ORDER BY ALL"
            ).fetchall()
            rejects = con.execute("SELECT place, reason, body FROM reject ORDER BY ALL").fetchall()
            items = con.execute("SELECT id FROM item ORDER BY code").fetchall()
            touched = con.execute(
                "SELECT number, i.id FROM change c JOIN item i ON i.code = c.item ORDER BY ALL"
            ).fetchall()
        found.append((counts, events, rejects, items, touched))
    assert found[0] == found[1]
    assert 0 < found[0][0][1].superseded < found[0][0][0].new


def whole_said(log: Log) -> Log:
    from dataclasses import replace

    return replace(log, rejects=())
