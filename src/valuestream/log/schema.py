"""The tables of a store, with numbers for names so that ten million events stay small.

A name stands once in its own table (`word`, `person`, `field_name`, `track_name`) and as its code everywhere else;
-1 is "nothing here". A `feed` is what arrives and is superseded as one: a named file of a source, or a stream of pages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

VERSION = 4
"""Raised with every change of the tables below; `migrate.py` leads from one to the next."""

TABLES = """
CREATE TABLE meta (name VARCHAR NOT NULL, value VARCHAR NOT NULL);

CREATE TABLE source (code INTEGER NOT NULL, name VARCHAR NOT NULL);

CREATE TABLE feed (
    code INTEGER NOT NULL, source INTEGER NOT NULL, name VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,        -- file or sync
    digest VARCHAR,               -- of the file's content
    origin VARCHAR NOT NULL,      -- git, or nothing: decides which stream fits
    notes VARCHAR NOT NULL,       -- JSON list: how it was read
    changed BIGINT NOT NULL       -- microseconds UTC
);

CREATE TABLE raw (                -- pages of replies of a tool, as they came; see `replies.py`
    number BIGINT NOT NULL,       -- counts pages
    feed INTEGER NOT NULL, fetched_at BIGINT NOT NULL,
    n INTEGER NOT NULL,           -- how many replies
    marks BLOB NOT NULL,          -- eight bytes of a hash of each one's id
    size INTEGER NOT NULL,        -- bytes when unpacked
    shelf INTEGER NOT NULL        -- where it stands: in the table shelf_N (number, packed), see `shelves.py`
);

CREATE TABLE cursor (feed INTEGER NOT NULL, value VARCHAR NOT NULL);

CREATE TABLE event (
    item INTEGER NOT NULL, occurred_at BIGINT NOT NULL, feed INTEGER NOT NULL, seq BIGINT NOT NULL,
    kind TINYINT NOT NULL, value INTEGER NOT NULL, field SMALLINT NOT NULL, actor INTEGER NOT NULL,
    track INTEGER NOT NULL, reason INTEGER NOT NULL,
    ref VARCHAR,                  -- the vendor's id, or a hash of the content; null in files, whose rows have none
    n INTEGER NOT NULL,           -- numbers repeats inside one ref
    pair INTEGER NOT NULL,        -- pairs start with end inside a file; pages pair them by ref
    line INTEGER NOT NULL
);

CREATE TABLE item (
    code INTEGER NOT NULL, source INTEGER NOT NULL, id VARCHAR NOT NULL, key VARCHAR NOT NULL,
    artefact VARCHAR,             -- null: only heard of, in a link
    title VARCHAR, url VARCHAR
);

CREATE TABLE attribute (item INTEGER NOT NULL, field SMALLINT NOT NULL, value INTEGER NOT NULL);

CREATE TABLE link (
    feed INTEGER NOT NULL, start_item INTEGER NOT NULL, end_item INTEGER NOT NULL,
    type VARCHAR NOT NULL, method VARCHAR NOT NULL, confidence DOUBLE NOT NULL, evidence VARCHAR NOT NULL
);

CREATE TABLE reject (feed INTEGER NOT NULL, place VARCHAR NOT NULL, reason VARCHAR NOT NULL, body VARCHAR NOT NULL);

CREATE TABLE run (
    number INTEGER NOT NULL, source INTEGER NOT NULL, kind VARCHAR NOT NULL, what VARCHAR NOT NULL,
    started_at BIGINT NOT NULL, ended_at BIGINT,
    read BIGINT NOT NULL, new BIGINT NOT NULL, superseded BIGINT NOT NULL, rejected BIGINT NOT NULL,
    status VARCHAR NOT NULL,      -- running, done, partial, failed
    message VARCHAR NOT NULL
);

CREATE TABLE word (code INTEGER NOT NULL, name VARCHAR NOT NULL);
CREATE TABLE person (code INTEGER NOT NULL, name VARCHAR NOT NULL, kind VARCHAR NOT NULL, domain VARCHAR NOT NULL);
CREATE TABLE field_name (code INTEGER NOT NULL, name VARCHAR NOT NULL);
CREATE TABLE track_name (code INTEGER NOT NULL, name VARCHAR NOT NULL);

CREATE TABLE change (number BIGINT NOT NULL, item INTEGER NOT NULL);  -- which items each change of the log touched
CREATE TABLE build (stream VARCHAR NOT NULL, about VARCHAR NOT NULL); -- JSON, see `engine/built.py`
"""


def create(con: duckdb.DuckDBPyConnection, app: str) -> None:
    """The tables of an empty store."""
    con.execute(TABLES)
    about = [("schema", str(VERSION)), ("app", app), ("change", "0")]
    con.executemany("INSERT INTO meta VALUES (?, ?)", about)


def version_of(con: duckdb.DuckDBPyConnection) -> int | None:
    """The version of a store's tables; None for a DuckDB file that is no store."""
    known = con.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'meta'").fetchall()
    if not known[0][0]:
        return None
    found = con.execute("SELECT value FROM meta WHERE name = 'schema'").fetchall()
    return int(found[0][0]) if found else None
