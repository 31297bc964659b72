"""Valid files of every kind that is read, and what can happen to them.

python tests/readers_fuzz.py 100000     mutates valid files so many times and reads them
"""

from __future__ import annotations

import io
import json
import random
import re
import sys
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl

from test_sources_exports import BOARD, GH, JIRA
from test_sources_xlsx import AS_EXCEL
from valuestream import read, sketch
from valuestream.errors import ValuestreamError
from valuestream.sources.write import write_events

SKETCH = """
A: idea 1, type=bug 1, dev@ada 3.5 by bob, team=Blue 3.6, +block vendor 4, -block 5, touch@bob 5, done 6
B: dev(3..5)@ada, test(4..)@bob
"""
SHEET = "key,type,todo,dev,done\nA,bug,01.02.2024,03.02.2024,13.02.2024\nB,bug,02.02.2024,,14.02.2024\n"
CHANGES = "key,field,from,to,time,author\nA,status,todo,dev,2024-01-02 09:00,ada\nA,flag,,yes,2024-01-03 09:00,bob\n"
GITLAB = "Issue ID,State,Created At (UTC),Closed At (UTC)\n7,Closed,2024-01-01 10:00:00,2024-01-03 10:00:00\n"
AZURE = "ID,Work Item Type,State,Created Date,Closed Date\n1,Bug,Closed,1/1/2024 9:00:00 AM,1/13/2024 9:00:00 AM\n"
BITS = (
    b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b'"', b"'", b",", b";", b"\n", b"\r", b"\t", b"{", b"}", b"[", b"]", b"null",
    b"NaN", b"1e999", b"-1", b"99999999999999999999", b"0001-01-01", b"9999-99-99T99:99:99Z", b"2024-02-30", b"\\ud800",
    b'"kind"', b"set", b"state", b"assign", b"start", b"<f>", b"<c r=", b"</row>", b'r="XFD1048576"', b't="s"', b"<!--",
    b'<mergeCell ref="A1:XFD1048576"/>', b'<row r="9999999999">', b"=1+1", b"\xc3", b"true", b"\xe2\x80\xa8",
)  # fmt: skip


def valid_files(folder: Path) -> list[bytes]:
    """A valid file of each kind; the first byte kind of mutation needs no more."""
    log = sketch(SKETCH)
    files = [text.encode() for text in (JIRA, SHEET, CHANGES, GITLAB, AZURE, SHEET.replace(",", ";"))]
    files.append("key;status;date\nA;à faire;01/02/2024 10:00\n".encode("utf-16"))
    entries = [{"key": "A", "status": "todo", "at": "2024-01-01", "n": {"m": 1.5}, "tags": ["x", None]}] * 3
    files += [json.dumps(value).encode() for value in (BOARD, GH, entries, {"rows": GH}, [entries, entries])]
    files += ["\n".join(map(json.dumps, rows)).encode() for rows in (entries, GH)]
    for ending in ("csv", "csv.gz", "xlsx", "parquet"):
        write_events(log, folder / f"log.{ending}")
        files.append((folder / f"log.{ending}").read_bytes())
    book = openpyxl.Workbook()
    for row in SHEET.splitlines():
        book.active.append(row.split(","))
    book.active.merge_cells("A2:A3")
    book.active["C5"] = "=C2+1"
    book.save(folder / "book.xlsx")
    return [*files, (folder / "book.xlsx").read_bytes(), AS_EXCEL]


def mutated(data: bytes, rng: random.Random) -> bytes:
    """The file with one to four things wrong with it; of an archive mostly a part, so that it can still be unpacked."""
    if data.startswith(b"PK") and rng.random() < 0.85:
        return _with_a_part_mutated(data, rng)
    if data[:1] in (b"{", b"[") and rng.random() < 0.6:
        return _json_mutated(data, rng)
    for _ in range(rng.randint(1, 4)):
        begin, length = rng.randrange(len(data) + 1), rng.choice((1, 1, 2, 8, 60))
        how = rng.randrange(10)
        if how == 0:
            data = data[:begin]
        elif how == 1:
            data = data[:begin] + data[begin + length :]
        elif how == 2:
            data = data[:begin] + rng.choice(BITS) + data[begin:]
        elif how == 3:
            data = data[:begin] + rng.randbytes(length) + data[begin + length :]
        elif how == 4:
            again = rng.randrange(len(data) + 1)
            data = data[:begin] + data[again : again + length * 4] + data[begin:]
        elif how == 5:
            data = data[:begin] + rng.choice(BITS) + data[begin + length :]
        else:  # another word of the file, so that its form stays whole
            words = list(re.finditer(rb'"[^"<>]{0,60}"|[^",;<>\n]{1,60}', data)) or [re.match(b"", data)]
            one, other = rng.choice(words), rng.choice(words)
            said = rng.choice((other[0], other[0], b'""', b"0", b"null", b"3.5", b'"45292.5"'))
            data = data[: one.start()] + said + data[one.end() :]
    return data


def _with_a_part_mutated(data: bytes, rng: random.Random) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(packed, "w") as target:
        names = source.namelist()
        likely = [name for name in names if "sheet" in name or "shared" in name or "workbook" in name]
        chosen = rng.choice(likely if rng.random() < 0.8 else names)
        for name in names:
            part = source.read(name)
            target.writestr(name, mutated(part, rng) if name == chosen else part)
    return packed.getvalue()


ODD = (
    None,
    True,
    0,
    -1,
    1e300,
    "",
    "x",
    "2024-01-01T00:00:00Z",
    [],
    {},
    [None],
    {"id": None},
    "\ud800",
    [[]],
    "9" * 40,
)


def _json_mutated(data: bytes, rng: random.Random) -> bytes:
    """JSON that stays JSON: some values are something else, or somewhere else."""
    try:
        documents = [json.loads(data)]
    except ValueError:
        documents = [json.loads(line) for line in data.splitlines()]
    for _ in range(rng.randint(1, 5)):
        places = list(_places(documents))
        inside, key = rng.choice(places)
        other, another = rng.choice(places)
        inside[key] = json.loads(json.dumps(rng.choice((rng.choice(ODD), other[another]))))
    return "\n".join(map(json.dumps, documents)).encode()


def _places(value: object) -> Iterator[tuple[Any, Any]]:
    """Every place inside a value: where, and under which key."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inside in pairs:
        yield value, key
        yield from _places(inside)


NAMES = ("log.csv", "log.json", "log.jsonl", "log.xlsx", "log", "log.csv.gz")


def survives(data: bytes, folder: Path, name: str) -> str:
    """Read the bytes; what came of it. Anything but a log or an error with a hint is raised."""
    path = folder / name
    path.write_bytes(data)
    try:
        log = read(path)
    except ValuestreamError as error:
        return "error" if error.message and error.hint else "a silent error"
    assert len(log)
    assert int(log.item.max()) < len(log.items)
    assert int(log.value.max()) < max(len(log.words), len(log.people))
    assert all(reject.place and reject.reason for reject in log.rejects)
    return "rejects" if log.rejects else "log"


if __name__ == "__main__":
    wished, seed = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0
    rng, came = random.Random(seed), Counter[str]()
    with tempfile.TemporaryDirectory() as folder:
        valid = valid_files(Path(folder))
        texts = [data for data in valid if data[:2] not in (b"PK", b"PA") and data[:1] not in b"{[\x1f"]
        others = [data for data in valid if data not in texts]
        for number in range(wished):  # text takes the parser ten times as long as the rest
            chosen = rng.choice(texts if rng.random() < 0.04 else others)
            data, name = mutated(chosen, rng), rng.choice(NAMES)
            if number % 5000 == 0:
                print(number, dict(came), flush=True)
            try:
                came[survives(data, Path(folder), name)] += 1
            except Exception as error:
                Path(f"fuzz-{seed}-{number}-{name}").write_bytes(data)
                came[f"{type(error).__name__}: {error}"[:120]] += 1
    print(f"{wished:,} mutated files: {dict(came)}")
