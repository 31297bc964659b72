"""Older stores are brought to this version on a copy, which then takes the original's place."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING

from valuestream.log import holding, replies, schema, shelves
from valuestream.log.keeping import replaced
from valuestream.log.record import Reply

if TYPE_CHECKING:
    import duckdb


def _one_to_two(con: duckdb.DuckDBPyConnection) -> None:
    """Version 1 knew neither the domain of a person's address nor how a file was read."""
    con.execute("ALTER TABLE person ADD COLUMN domain VARCHAR DEFAULT ''")
    con.execute("ALTER TABLE feed ADD COLUMN notes VARCHAR DEFAULT '[]'")
    con.execute("ALTER TABLE feed ADD COLUMN digest VARCHAR")


def _two_to_three(con: duckdb.DuckDBPyConnection) -> None:
    """Version 2 kept every raw reply in a row of its own, unpacked."""
    con.execute("ALTER TABLE raw RENAME TO replies")
    con.execute(
        "CREATE TABLE raw (number BIGINT NOT NULL, feed INTEGER NOT NULL, fetched_at BIGINT NOT NULL,"
        " n INTEGER NOT NULL, marks BLOB NOT NULL, size INTEGER NOT NULL, packed BLOB NOT NULL)"
    )
    rows = con.execute("SELECT rowid, feed FROM replies ORDER BY feed, rowid").fetchall()
    number = 0
    for feed, of_feed in groupby(rows, key=itemgetter(1)):
        while some := [row[0] for row in islice(of_feed, _PAGE)]:
            sql = "SELECT id, body, fetched_at FROM replies WHERE list_contains(?, rowid) ORDER BY rowid"
            kept = con.execute(sql, [some]).fetchall()
            page = [Reply(one, body) for one, body, _ in kept]
            marks = replies.marks_of([reply.id for reply in page]).tobytes()
            row = [number, feed, kept[-1][2], len(page), marks, *replies.pack(page)]
            con.execute("INSERT INTO raw VALUES (?, ?, ?, ?, ?, ?, ?)", row)
            number += 1
    con.execute("DROP TABLE replies")


def _three_to_four(con: duckdb.DuckDBPyConnection) -> None:
    """Version 3 had all packed pages in one table."""
    con.execute("ALTER TABLE raw RENAME TO packed_pages")
    con.execute(
        "CREATE TABLE raw (number BIGINT NOT NULL, feed INTEGER NOT NULL, fetched_at BIGINT NOT NULL,"
        " n INTEGER NOT NULL, marks BLOB NOT NULL, size INTEGER NOT NULL, shelf INTEGER NOT NULL)"
    )
    sizes = con.execute("SELECT number, octet_length(packed) FROM packed_pages ORDER BY number").fetchall()
    shelf, in_bytes, first = 0, 0, 0
    for k, (_, size) in enumerate(sizes, 1):
        in_bytes += size
        if in_bytes >= shelves.FULL or k == len(sizes):
            shelves.make(con, shelf)
            ends = [sizes[first][0], sizes[k - 1][0]]
            some = "FROM packed_pages WHERE number BETWEEN ? AND ? ORDER BY number"
            con.execute(f"INSERT INTO {shelves.table(shelf)} SELECT number, packed {some}", ends)
            con.execute(f"INSERT INTO raw SELECT number, feed, fetched_at, n, marks, size, {shelf} {some}", ends)
            shelf, in_bytes, first = shelf + 1, 0, k
    con.execute("DROP TABLE packed_pages")


_PAGE = 500

STEPS: dict[int, Callable[[duckdb.DuckDBPyConnection], None]] = {
    1: _one_to_two,
    2: _two_to_three,
    3: _three_to_four,
}
"""Version -> what leads to the next one."""


def migrate(path: Path, *, timeout: float) -> None:
    """Bring the store to `schema.VERSION`. A crash on the way leaves the original as it was.

    Built tables are dropped: they are built again, not migrated.
    """

    def upgraded(part: Path, held: duckdb.DuckDBPyConnection) -> None:
        shutil.copyfile(path, part)
        con = holding.connect(part, read_only=False, timeout=0.0)
        try:
            found = schema.version_of(con) or schema.VERSION
            for version in range(found, schema.VERSION):
                con.execute("BEGIN")  # one for each step: what a step renames, the next could not rename again
                STEPS[version](con)
                con.execute("UPDATE meta SET value = ? WHERE name = 'schema'", [str(version + 1)])
                con.execute("COMMIT")
            _drop_builds(con)
        finally:
            con.close()

    replaced(path, upgraded, timeout=timeout)


def _drop_builds(con: duckdb.DuckDBPyConnection) -> None:
    names = con.execute(
        "SELECT table_name FROM duckdb_tables()"
        " WHERE regexp_matches(table_name, '^[a-z]+_\\d+$') AND NOT starts_with(table_name, 'shelf_')"
    ).fetchall()
    for (name,) in names:
        con.execute(f'DROP TABLE "{name}"')
    con.execute("DELETE FROM build")
