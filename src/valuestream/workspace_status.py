"""What is in a workspace: sources, runs, counts, rejects, states that no stage claims, and whether builds are fresh."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from valuestream import __version__
from valuestream.calendar import rfc3339
from valuestream.engine import built
from valuestream.engine.recipe import recipe
from valuestream.flow.mapping import nearest, unclaimed
from valuestream.log.event import NONE, Kind
from valuestream.log.importing import ROWS_REJECTED

if TYPE_CHECKING:
    import duckdb

    from valuestream.config import Config
    from valuestream.log.store import Store
    from valuestream.stream import Stream
    from valuestream.workspace_files import Folder

Document = dict[str, Any]
RUNS_SHOWN = 20
STATES_SHOWN = 20


def status(folder: Folder, config: Config, store: Store, streams: Sequence[Stream]) -> Document:
    """The state of a workspace as a document (`vsm status --json`)."""
    with store.reading() as con:
        return {
            "schema": "vsm.status/1",
            "app": __version__,
            "folder": str(folder.path),
            "people": config.people or "pseudonyms",
            "counts": _counts(con),
            "sources": _sources(con, config),
            "runs": _runs(con),
            "rejects": [
                {"reason": reason, "n": n}
                for reason, n in con.execute(
                    f"SELECT reason, {ROWS_REJECTED} AS n FROM reject GROUP BY reason ORDER BY n DESC, reason"
                ).fetchall()
            ],
            "streams": [_stream(con, config, stream) for stream in streams],
        }


def _counts(con: duckdb.DuckDBPyConnection) -> Document:
    many = {name: f"SELECT count(*) FROM {name[:-1]}" for name in ("events", "items", "links")}
    many["rejects"] = f"SELECT coalesce({ROWS_REJECTED}, 0) FROM reject"
    many["replies"] = "SELECT CAST(coalesce(sum(n), 0) AS BIGINT) FROM raw"
    counts: Document = {name: con.execute(sql).fetchall()[0][0] for name, sql in many.items()}
    first, last = con.execute("SELECT min(occurred_at), max(occurred_at) FROM event").fetchall()[0]
    return {**counts, "first": _time(first), "last": _time(last)}


def _sources(con: duckdb.DuckDBPyConnection, config: Config) -> list[Document]:
    """Each source of the store or of the file, with its feeds: snapshots of files and streams of a tool."""
    rows = con.execute(
        "SELECT s.name, f.name, f.kind, f.changed, f.notes, count(e.feed)"
        " FROM source s LEFT JOIN feed f ON f.source = s.code"
        " LEFT JOIN event e ON e.feed = f.code GROUP BY ALL ORDER BY s.name, f.name"
    ).fetchall()
    found: dict[str, Document] = {
        name: {"name": name, "kind": source.kind, "feeds": []} for name, source in config.sources.items()
    }
    for source, name, kind, changed, notes, events in rows:
        entry = found.setdefault(source, {"name": source, "kind": "files", "feeds": []})
        if name is not None:
            told = {"name": name, "kind": kind, "events": events, "changed": _time(changed)}
            entry["feeds"].append({**told, "notes": json.loads(notes)})
    return list(found.values())


def _runs(con: duckdb.DuckDBPyConnection) -> list[Document]:
    rows = con.execute(
        "SELECT r.number, s.name, r.kind, r.what, r.started_at, r.ended_at, r.read, r.new, r.superseded, r.rejected,"
        " r.status, r.message FROM run r JOIN source s ON s.code = r.source ORDER BY r.number DESC LIMIT ?",
        [RUNS_SHOWN],
    ).fetchall()
    keys = ("number", "source", "kind", "what", "started", "ended", "read", "new", "superseded", "rejected", "status",
            "message")  # fmt: skip
    told = [dict(zip(keys, row, strict=True)) for row in rows]
    return [{**run, "started": _time(run["started"]), "ended": _time(run["ended"])} for run in told]


def _stream(con: duckdb.DuckDBPyConnection, config: Config, stream: Stream) -> Document:
    """A stream's build: fresh or stale and why, what it left out, and which states nobody claims."""
    found = built.known(con, stream.name)
    return {
        "name": stream.name,
        "stages": len(stream.stages),
        "build": _why(con, config, stream, found),
        "built": _time(found.at) if found else None,
        "events": found.events if found else None,
        "left_out": [{"reason": reason, "n": n} for reason, n in (found.left_out if found else {}).items()],
        "unmapped": _unmapped(con, stream),
    }


def _why(con: duckdb.DuckDBPyConnection, config: Config, stream: Stream, found: built.Built | None) -> Document:
    if found is None:
        return {"state": "none", "why": "never built"}
    if found.recipe != recipe(stream, link_confidence=config.link_confidence):
        return {"state": "stale", "why": "the stream's definition, or the program, changed since"}
    behind = con.execute("SELECT count(DISTINCT item) FROM change WHERE number > ?", [found.change]).fetchall()[0][0]
    if behind:
        return {"state": "stale", "why": f"{behind:,} items changed since"}
    return {"state": "fresh", "why": None}


def _unmapped(con: duckdb.DuckDBPyConnection, stream: Stream) -> list[Document]:
    """States that no list of the stream claims, the most frequent first, each with the stage it resembles."""
    rows = con.execute(
        "SELECT w.name, count(*) AS n, count(DISTINCT e.item), arg_min(i.key, e.item) FROM event e"
        " JOIN word w ON w.code = e.value JOIN item i ON i.code = e.item"
        f" WHERE e.kind IN ({int(Kind.STATE)}, {int(Kind.START)}) AND e.track = {NONE} AND i.artefact = 'issue'"
        " GROUP BY w.name ORDER BY n DESC, w.name"
    ).fetchall()
    missing = unclaimed(stream, [row[0] for row in rows])
    return [
        {"state": state, "events": n, "items": items, "first_item": key, "nearest": nearest(state, stream)}
        for state, n, items, key in rows
        if state in missing
    ][:STATES_SHOWN]


def _time(at: int | None) -> str | None:
    return None if at is None else rfc3339(at)
