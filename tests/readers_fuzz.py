"""Valid files of every kind that is read, and many that are not: each is a log, or an error that says what to do.

python tests/readers_fuzz.py 100000 SEED [READER ...]   so many mutated files; counts by reader and outcome as JSON
"""

from __future__ import annotations

import gzip
import json
import os
import random
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import openpyxl

import fuzz_mutations as of
from event_logs import ORDERS, xes
from event_logs import SKETCH as TRACKS
from fuzz_git import answer, git_survives
from test_sources_exports import BOARD, CLOUD, GH, JIRA
from test_sources_xlsx import AS_EXCEL
from valuestream import Reading, read, sketch
from valuestream.discovering import discovered, suggested
from valuestream.errors import ValuestreamError
from valuestream.log.event import Log
from valuestream.log.order import ordered
from valuestream.sources.write import write_events
from valuestream.value_stream import ValueStream

SKETCH = """
A: idea 1, type=bug 1, dev@ada 3.5 by bob, team=Blue 3.6, +block vendor 4, -block 5, touch@bob 5, done 6
B: dev(3..5)@ada, test(4..)@bob
"""
SHEET = "key,type,todo,dev,done\nA,bug,01.02.2024,03.02.2024,13.02.2024\nB,bug,02.02.2024,,14.02.2024\n"
EVENTS = "case,activity,timestamp,resource,team\nA,todo,2024-01-01 09:00,ada,Blue\nA,done,2024-01-02 09:00,bob,\n"
SPANS = "case,activity,start,end\nA,dev,2024-01-01T09:00Z,2024-01-02T09:00Z\nA,test,2024-01-02T09:00Z,\n"
CHANGES = "key,field,from,to,time,author\nA,status,todo,dev,2024-01-02 09:00,ada\nA,flag,,yes,2024-01-03 09:00,bob\n"
GITLAB = "Issue ID,State,Created At (UTC),Closed At (UTC)\n7,Closed,2024-01-01 10:00:00,2024-01-03 10:00:00\n"
AZURE = "ID,Work Item Type,State,Created Date,Closed Date\n1,Bug,Closed,1/1/2024 9:00:00 AM,1/13/2024 9:00:00 AM\n"
ROWS = [{"key": "A", "status": "todo", "at": "2024-01-01", "n": {"m": 1.5}, "tags": ["x", None]}] * 3

Mutation = Callable[[bytes, random.Random], bytes]


class Reader(NamedTuple):
    """Valid files of one kind, what happens to them (each as often as it stands there), and names they get."""

    files: Sequence[bytes]
    mutations: Sequence[Mutation]
    names: Sequence[str]


def readers(folder: Path) -> dict[str, Reader]:
    """Every reader by its name; `folder` is written to."""
    log, both = sketch(SKETCH), sketch(TRACKS)

    def written(name: str, what: Log = log) -> bytes:
        write_events(what, folder / name)
        return (folder / name).read_bytes()

    cells, texts = (of.in_cells, of.in_cells, of.in_bytes), ("log.csv", "log", "log.tsv", "log.txt", "log.xlsx")
    tables = [text.encode() for text in (SHEET, EVENTS, SPANS, CHANGES, SHEET.replace(",", ";"))]
    exports = [text.encode() for text in (JIRA, CLOUD, GITLAB, AZURE)]
    german = "key;status;date\nA;à faire;01/02/2024 10:00\nA;fini;03/02/2024 10:00\n".encode("utf-16")
    packed = [gzip.compress(table) for table in tables[:2]]
    values, flat = (of.in_json, of.in_json, of.in_bytes), ("log.json", "log", "log.jsonl", "log.json.gz")
    marked, zipped = (
        (of.in_markup, of.in_markup, of.in_bytes),
        (of.in_archive, of.in_archive, of.in_archive, of.in_bytes),
    )
    columns, rows = ((change, change, of.in_bytes) for change in (of.in_columns, of.in_tables))
    hand = xes("A dev start 1 ada", "A dev complete 2 ada 7 cost=3", "B dev schedule 1", "B dev suspend 3 x y")
    return {
        "csv": Reader([*tables, german, written("log.csv")], cells, texts),
        "csv.gz": Reader([*packed, written("log.csv.gz")], (of.in_gzip, of.in_bytes), ("log.csv.gz", "log")),
        "vendors' csv": Reader(exports, cells, texts),
        "xlsx": Reader([written("log.xlsx"), _book(folder), AS_EXCEL], zipped, ("log.xlsx", "log", "log.zip")),
        "parquet": Reader([written("log.parquet")], columns, ("log.parquet", "log")),
        "json": Reader([_json(ROWS), _json({"rows": GH}), _json([ROWS, ROWS])], values, flat),
        "json lines": Reader([_lines(ROWS), _lines(GH)], values, ("log.jsonl", "log.ndjson", "log")),
        "trello": Reader([_json(BOARD)], values, flat),
        "github, gitlab": Reader([_json(GH)], values, flat),
        "xes": Reader([hand, written("log.xes", both)], marked, ("log.xes", "log", "log.xml")),
        "xes.gz": Reader([written("log.xes.gz")], (of.in_gzip, of.in_bytes), ("log.xes.gz", "log")),
        "ocel json": Reader([_json(ORDERS), written("o.json", both)], values, ("log.json", "log", "log.jsonocel")),
        "ocel xml": Reader([written("o.xml", both)], marked, ("log.xml", "log.xmlocel", "log")),
        "ocel sqlite": Reader([written("o.sqlite", both)], rows, ("log.sqlite", "log")),
    }  # fmt: skip


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


def _lines(rows: Sequence[object]) -> bytes:
    return "\n".join(map(json.dumps, rows)).encode()


def _book(folder: Path) -> bytes:
    book = openpyxl.Workbook()
    for row in SHEET.splitlines():
        book.active.append(row.split(","))
    book.active.merge_cells("A2:A3")
    book.active["C5"] = "=C2+1"
    book.save(folder / "book.xlsx")
    return (folder / "book.xlsx").read_bytes()


OFTEN = {"json lines": 3, "json": 3, "trello": 3, "github, gitlab": 3, "ocel sqlite": 3}
OFTEN |= dict.fromkeys(("xes", "xes.gz", "ocel json", "ocel xml", "git"), 8)
"""How often a reader has its turn: those that take long once, the quicker the oftener."""
DEEP = 0.0003
"""The share of files that are asked for their map as well, which takes a hundred times as long as reading them."""

READINGS = (
    *[Reading()] * 12, Reading(zone="Europe/Berlin"), Reading(date_order="mdy"), Reading(date_order="ymd"),
    Reading(shape="sheet"), Reading(shape="events"), Reading(shape="intervals"), Reading(shape="changes"),
    Reading(columns={"item": "key", "time": "date"}), Reading(columns={"team": "type"}), Reading(delimiter=";"),
    Reading(encoding="cp1252"), Reading(encoding="utf-16"), Reading(sheet="1"), Reading(sheet="Sheet"),
)  # fmt: skip


def survives(data: bytes, folder: Path, name: str, reading: Reading | None = None, *, deep: bool = False) -> str:
    """Read the bytes; what came of it. Anything but a log or an error with a hint is raised.

    deep   what is asked of a log next must survive as well: to be discovered, and to have a map
    """
    path = folder / name
    path.write_bytes(data)
    try:
        log = read(path, reading)
    except ValuestreamError as error:
        return refused(error)
    sound(log)
    if deep:
        _asked(log)
    return "rejects" if log.rejects else "log"


def sound(log: Log) -> None:
    """A log holds what its docstring promises."""
    n = len(log)
    assert n
    words = (("item", log.items), ("field", log.fields), ("track", log.tracks), ("actor", log.people))
    for name, known in words:
        column = getattr(log, name)
        assert column is None or (len(column) == n and column.min() >= -1 and column.max() < len(known)), name
    assert log.item.min() >= 0
    owners = log.kind == 4
    assert not owners.any() or log.value[owners].max() < len(log.people)
    assert owners.all() or log.value[~owners].max() < len(log.words)
    assert all(reject.place and reject.reason for reject in log.rejects)
    ordered(log)


def _asked(log: Log) -> None:
    try:
        discovered(log)
        with ValueStream(log, suggested(log), unmapped="exclude") as stream:
            stream.map()
    except ValuestreamError as error:
        refused(error)


def refused(error: ValuestreamError) -> str:
    """An error says what is wrong, and what to do."""
    assert error.message
    assert error.hint
    return "error"


def one(reader: Reader, folder: Path, rng: random.Random) -> tuple[bytes, str, Reading, bool]:
    """A mutated file of a reader, the name it gets, how it is read, and whether deeply."""
    data = rng.choice(reader.mutations)(rng.choice(reader.files), rng)
    return data, rng.choice(reader.names), rng.choice(READINGS), rng.random() < DEEP


def run(wished: int, seed: int, chosen: Sequence[str]) -> Counter[str]:
    """So many inputs in all, the readers in turn; what failed is kept beside and counted."""
    rng, came, spent, turns = random.Random(seed), Counter[str](), Counter[str](), Counter[str]()
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.path.isdir("/dev/shm") else None) as folder:
        all_ = readers(Path(folder))
        names = list(chosen) or [name for name in (*all_, "git") for _ in range(OFTEN.get(name, 1))]
        for number in range(wished):
            name, begun = names[number % len(names)], time.process_time()
            told: object = None
            try:
                if name == "git":
                    told = answer(rng)
                    outcome = git_survives(told, rng)
                else:
                    told = one(all_[name], Path(folder), rng)
                    outcome = survives(told[0], Path(folder), told[1], told[2], deep=told[3])
            except Exception as error:
                outcome = f"{type(error).__name__}: {error}"[:160]
                Path(f"fuzz-{seed}-{number}.txt").write_text(f"{name}\n{outcome}\n{told!r}\n")
            took = time.process_time() - begun
            if took > 10:
                Path(f"fuzz-{seed}-{number}-slow.txt").write_text(f"{name}\n{took}\n{told!r}\n")
                outcome = "slow"
            came[f"{name} | {outcome}"] += 1
            spent[name] += int(took * 1e6)
            turns[name] += 1
    said = {"inputs": wished, "seed": seed, "came": dict(came)}
    said["cpu_ms_each"] = {name: round(spent[name] / 1000 / turns[name], 2) for name in turns}
    said["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps(said), flush=True)
    return came


if __name__ == "__main__":
    import pyarrow as pa

    from valuestream.sources import parser

    pa.set_cpu_count(1)
    parser.cursor().execute("SET threads = 1")
    bad = [
        k
        for k in run(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
        if k.split(" | ")[1] not in ("log", "rejects", "error")
    ]
    sys.exit(bool(bad))
