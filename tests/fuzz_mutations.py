"""What can happen to a file: to its bytes, its words, its cells, its JSON, its markup, its tables, its columns."""

from __future__ import annotations

import gzip
import io
import json
import random
import re
import sqlite3
import zipfile
from contextlib import closing
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

BITS = (
    b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b'"', b"'", b",", b";", b"\n", b"\r", b"\t", b"{", b"}", b"[", b"]", b"null",
    b"NaN", b"1e999", b"-1", b"99999999999999999999", b"0001-01-01", b"9999-99-99T99:99:99Z", b"2024-02-30", b"\\ud800",
    b'"kind"', b"set", b"state", b"assign", b"start", b"<f>", b"<c r=", b"</row>", b'r="XFD1048576"', b't="s"', b"<!--",
    b'<mergeCell ref="A1:XFD1048576"/>', b'<row r="9999999999">', b"=1+1", b"\xc3", b"true", b"\xe2\x80\xa8", b"<",
    b">", b"&amp;", b"&x;", b"<event>", b"</trace>", b'key="vsm:kind"', b"<!DOCTYPE log []>", b"<![CDATA[", b"[[[[[[",
    b'"id": 3,', b'"vsm:kind"', b"ocel_id", b"lifecycle:transition", b"suspend", b"resume", b"schedule", b"pi_abort",
)  # fmt: skip
CELLS = (
    "", " ", "-", "n/a", "A", "todo", "dev", "NA", "null", "007", "=1+1", "'=1", '"', "a,b", "a;b", "a\nb", "a\r\nb",
    "2024-01-02", "2024-01-02 09:00", "2024-01-02T09:00:00Z", "2024-01-02T09:00:00.123456789+02:00", "01.02.2024",
    "12/31/2024 9:00 PM", "12/Oct/24 2:03 PM", "Jan 2, 2024", "20240102", "1704153600", "1704153600000", "45292.5",
    "31/12/24", "1e9", "x" * 300,
    "0000-00-00", "9999-12-31", "0001-01-01T00:00:00Z", "29.02.2023", "2024-13-45", "99999999999999999999", "-1", "1,5",
    "2024-01-02T09:00:00+99:99", "2024-01-02 09:00 CET", "é", "\u202e", "\x1f", "\ufeff", "state", "start", "end",
    "set", "assign", "type", "status", "12:00", "P1D", "True", "#N/A", "pull_request:open", "\u00a0", "24:00",
    "2024-W01-1",
)  # fmt: skip
HEADERS = (
    "item", "case", "key", "id", "Issue key", "state", "status", "activity", "time", "timestamp", "date", "start",
    "end", "actor", "resource", "assignee", "team", "type", "field", "from", "to", "release", "created", "kind",
    "value", "track", "interval", "Work Item Type", "Created Date", "State", "Created", "Resolved", "Status",
    "Issue Type",
    "Created At (UTC)", "Closed At (UTC)", "Issue ID", "", "", "item", "Custom field (Team)", "Sprint", "Labels", "x",
)  # fmt: skip
ODD: tuple[Any, ...] = (
    None, True, 0, -1, 1e300, "", "x", "2024-01-01T00:00:00Z", [], {}, [None], {"id": None}, "\ud800", [[]], "9" * 40,
    {"name": "x"}, [{}], "0", 1.5, "1970-01-01T00:00:00Z", "\x00",
)  # fmt: skip
_WORD = re.compile(rb'"[^"<>]{0,60}"|[^",;<>\n]{1,60}')
_QUOTED = re.compile(rb'"[^"<>]{0,60}"')
_TAG = re.compile(rb"<[^<>]*>|[^<>]+")


def in_bytes(data: bytes, rng: random.Random) -> bytes:
    """One to four things wrong with the bytes, or with the words among them."""
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
        else:
            data = _with_another_word(data, rng)
    return data


def _with_another_word(data: bytes, rng: random.Random) -> bytes:
    """Another word of the file in the place of one, so that its form stays whole."""
    words = list((_QUOTED if rng.random() < 0.5 else _WORD).finditer(data))
    if not words:
        return data
    one, other = rng.choice(words), rng.choice(words)
    said = rng.choice((other[0], other[0], b'""', b"0", b"null", b"3.5", b'"45292.5"', rng.choice(CELLS).encode()))
    return data[: one.start()] + said + data[one.end() :]


def in_cells(data: bytes, rng: random.Random) -> bytes:
    """Text that stays a table: other cells, headers, columns, rows, separators, line ends, encodings."""
    text = data.decode("utf-8", "replace")
    sign = next((c for c in ";\t|" if c in text), ",")
    rows = [line.split(sign) for line in text.splitlines() if line] or [[""]]
    for _ in range(rng.randint(1, 5)):
        row = rng.choice(rows)
        how, place = rng.randrange(9), rng.randrange(len(row) + 1)
        if how < 4 and place < len(row):
            row[place] = quoted(rng.choice(CELLS), rng)
        elif how == 4:
            rows[0][place % max(1, len(rows[0])) :][:1] = [rng.choice(HEADERS)]
        elif how == 5:
            row[place:place] = [rng.choice(CELLS)] * rng.choice((1, 1, 30))
        elif how == 6:
            for line in rows:
                del line[place : place + 1]
        elif how == 7:
            rows.insert(rng.randrange(len(rows) + 1), list(row) * rng.choice((1, 1, 3)))
        else:
            for n, line in enumerate(rows):
                line.insert(min(place, len(line)), rng.choice(CELLS if n else HEADERS))
        rows = [line for line in rows if line] or [[""]]
    sign = rng.choice((sign,) * 6 + (",", ";", "\t", "|"))
    end = rng.choice(("\n",) * 6 + ("\r\n", "\r", "\n\n"))
    whole = end.join(sign.join(line) for line in rows) + rng.choice((end, end, ""))
    return whole.encode(rng.choice(("utf-8",) * 9 + ("utf-8-sig", "utf-16", "cp1252")), "replace")


def quoted(cell: str, rng: random.Random) -> str:
    """A cell as CSV would write it, mostly."""
    needs = any(c in cell for c in ',;\t\n\r"')
    return '"' + cell.replace('"', '""') + '"' if needs and rng.random() < 0.8 else cell


def in_json(data: bytes, rng: random.Random) -> bytes:
    """JSON that stays JSON: some values are something else, somewhere else, or gone."""
    try:
        documents = [json.loads(data)]
    except ValueError:
        try:
            documents = [json.loads(line) for line in data.splitlines()]
        except ValueError:
            return in_bytes(data, rng)
    places = _places(documents)
    for _ in range(rng.randint(1, 5)):
        (inside, key), (other, another) = rng.choice(places), rng.choice(places)
        how = rng.random()
        try:
            if how < 0.1 and isinstance(inside, dict):
                del inside[key]
            elif how < 0.2 and isinstance(inside, list):
                inside.insert(key, json.loads(json.dumps(other[another])))
            else:
                said = rng.choice((rng.choice(ODD), rng.choice(CELLS), other[another]))
                inside[key] = json.loads(json.dumps(said))
        except (KeyError, IndexError):  # gone by now
            continue
    return "\n".join(map(json.dumps, documents)).encode()


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Every place inside a value: where, and under which key."""
    found, left = [], [value]
    while left:
        one = left.pop()
        for key in one if isinstance(one, dict) else range(len(one)):
            found.append((one, key))
            if one[key] and isinstance(one[key], (dict, list)):
                left.append(one[key])
    return found


def in_markup(data: bytes, rng: random.Random) -> bytes:
    """Markup with elements gone, twice, elsewhere; mostly still well-formed, since whole elements move."""
    parts = _TAG.findall(data)
    for _ in range(rng.randint(1, 4)):
        if not parts:
            break
        place, other, how = rng.randrange(len(parts)), rng.randrange(len(parts)), rng.randrange(8)
        end = _end_of(parts, place)
        if how == 0:
            del parts[place:end]
        elif how == 1:
            parts[place:place] = parts[place:end]
        elif how == 2:
            moved = parts[place:end]
            del parts[place:end]
            parts[other:other] = moved
        elif how == 3 and parts[place].startswith(b"<"):
            parts[place] = _with_another_word(parts[place] + b" " + parts[other], rng).partition(b"> ")[0] + b">"
        else:
            words = list(_QUOTED.finditer(parts[place]))
            others = _QUOTED.findall(parts[other])
            if words:
                word = rng.choice(words)
                cell = b'"' + re.sub(rb'[<>"&\x00-\x1f]', b" ", rng.choice(CELLS).encode()) + b'"'
                said = rng.choice([*others, cell])
                parts[place] = parts[place][: word.start()] + said + parts[place][word.end() :]
    return b"".join(parts)


def _end_of(parts: list[bytes], place: int) -> int:
    """Where the element that begins here ends; a lone tag or text is its own end."""
    tag = parts[place]
    if not tag.startswith(b"<") or tag[1:2] in b"/?!" or tag.endswith(b"/>"):
        return place + 1
    open_, name = 0, re.match(rb"<[^\s/>]*", tag)[0]  # type: ignore[index]
    for at in range(place, min(len(parts), place + 400)):
        if re.match(re.escape(name) + rb"[\s>]", parts[at]) and not parts[at].endswith(b"/>"):
            open_ += 1
        elif parts[at].startswith(b"</" + name[1:]):
            open_ -= 1
        if not open_:
            return at + 1
    return place + 1


def in_archive(data: bytes, rng: random.Random) -> bytes:
    """An archive that can still be unpacked, one part of which has something wrong with it; at times it is lost."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(packed, "w") as target:
        names = source.namelist()
        likely = [name for name in names if "sheet" in name or "shared" in name or "workbook" in name]
        chosen = rng.choice(likely if rng.random() < 0.85 else names)
        for name in names:
            part = source.read(name)
            if name == chosen:
                if rng.random() < 0.03:
                    continue
                part = (in_markup if rng.random() < 0.6 else in_bytes)(part, rng)
            target.writestr(name, part)
    return packed.getvalue()


def in_gzip(data: bytes, rng: random.Random) -> bytes:
    """Packed bytes with something wrong inside; what unpacks no more is left to `in_bytes`."""
    inside = gzip.decompress(data)
    return gzip.compress((in_markup if inside.lstrip()[:1] == b"<" else in_cells)(inside, rng), 1)


def in_tables(data: bytes, rng: random.Random) -> bytes:
    """An SQLite database that stays one: other values, rows, tables, columns."""
    with closing(sqlite3.connect(":memory:")) as database:
        database.deserialize(data)
        for _ in range(rng.randint(1, 4)):
            tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            if not tables:
                break
            table = rng.choice(tables)
            columns = [row[1] for row in database.execute(f'PRAGMA table_info("{table}")')]
            column, value = rng.choice(columns), rng.choice((*CELLS, None, 1, 1.5, b"\xff\x00", -(1 << 63), 1e308))
            where = f"WHERE rowid = {rng.randint(1, 6)}"
            statement = rng.choice(
                (f'UPDATE "{table}" SET "{column}" = ? {where}',) * 6
                + (f'UPDATE "{table}" SET "{column}" = ?', f'INSERT INTO "{table}" ("{column}") VALUES (?)')
                + (f'DELETE FROM "{table}" {where}', f'DROP TABLE "{table}"', f'ALTER TABLE "{table}" DROP "{column}"')
                + (
                    f'ALTER TABLE "{table}" RENAME TO "x{rng.randint(0, 9)}"',
                    f'ALTER TABLE "{table}" ADD "more {column}"',
                )
            )
            try:
                database.execute(statement, (value,) if "?" in statement else ())
            except sqlite3.Error:  # a constraint
                continue
        database.commit()
        return bytes(database.serialize())


def in_columns(data: bytes, rng: random.Random) -> bytes:
    """A Parquet file of the same rows: columns of other kinds, names, places; some values missing or odd."""
    table = pq.read_table(io.BytesIO(data))
    for _ in range(rng.randint(1, 4)):
        if not table.num_columns:
            break
        place, how = rng.randrange(table.num_columns), rng.randrange(6)
        name, column = table.column_names[place], table.column(place)
        if how == 0:
            table = table.remove_column(place)
        elif how == 1:
            name = rng.choice(HEADERS)
        elif how == 2:
            table = table.append_column(rng.choice(HEADERS), table.column(rng.randrange(table.num_columns)))
            continue
        elif how == 3:
            table = table.slice(rng.randrange(3), rng.choice((0, 1, 2, 99)))
            continue
        else:
            column = _of_another_kind(column, rng)
        if how:
            table = table.set_column(place, name, column)
    buffer = io.BytesIO()
    try:
        pq.write_table(table, buffer, compression="none", use_dictionary=rng.random() < 0.5)
    except (pa.ArrowException, ValueError):  # of some kinds there are no files
        return in_bytes(data, rng)
    return buffer.getvalue()


def _of_another_kind(column: Any, rng: random.Random) -> Any:
    kinds = (
        pa.string(), pa.large_string(), pa.binary(), pa.int64(), pa.int8(), pa.float64(), pa.bool_(), pa.date32(),
        pa.timestamp("ns"), pa.timestamp("s", "Europe/Berlin"), pa.timestamp("us", "UTC"), pa.time64("us"),
        pa.decimal128(20, 3), pa.list_(pa.string()), pa.null(), pa.duration("s"), pa.string_view(),
        pa.dictionary(pa.int8(), pa.string()), pa.struct([("a", pa.string())]), pa.month_day_nano_interval(),
    )  # fmt: skip
    kind, n = rng.choice(kinds), len(column)
    try:
        return column.cast(kind)
    except (pa.ArrowException, TypeError, ValueError):
        pass
    numbers = [rng.choice((None, 0, 1, -1, 45292, 1704153600, 1 << 62)) for _ in range(n)]
    for values in (numbers, [rng.choice((None, *CELLS)) for _ in range(n)], [None] * n):
        try:
            return pa.array(values, kind)
        except (pa.ArrowException, TypeError, ValueError, OverflowError):
            continue
    return pa.nulls(n)
