"""What `test_log_safety` kills: a process that imports and builds, again and again, from wherever the last one got.

    VSM_KILLS=1000 python -m pytest -n 0 tests/test_log_safety.py -k killed

Files supersede themselves and grow; what must be there at the end does not depend on how often it was interrupted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from multiprocessing.sharedctypes import Synchronized
from multiprocessing.synchronize import Event
from pathlib import Path

import duckdb  # noqa: F401  -- here, once, and not in each process on its way to work
import pyarrow.compute  # noqa: F401

from conftest import CHANGES
from valuestream import sketch
from valuestream.engine.building import build
from valuestream.log import record
from valuestream.log.event import Kind
from valuestream.log.record import Item, Reply, Translated
from valuestream.log.replies import pages
from valuestream.log.store import Store
from valuestream.sources.sketch import day

FILES = 4
ROUNDS = 3
PAGES = 5
PHASES = ("between", "page of a sync", "import", "build")
BETWEEN, PAGE, IMPORT, BUILD = range(4)


def text(file: int, version: int) -> str:
    """A file's content: every version moves dates and adds an item."""
    lines = [
        f"F{file}-{n}: todo {n % 9 + 1}, dev {n % 9 + 2 + version}, review {n % 9 + 7}, done {n % 9 + 9}"
        for n in range(60 + version)
    ]
    return "\n".join(lines)


def page(number: int) -> Translated:
    """A page of a tool: ten issues, each with two events."""
    issues = range(number * 10, number * 10 + 10)
    events = [
        record.Event(str(n), day(n % 20 + when), Kind.STATE, state, ref=f"{n}-{state}", actor="ada")
        for n in issues
        for when, state in ((1, "todo"), (2, "dev"))
    ]
    return Translated(tuple(events), tuple(Item(str(n), f"K-{n}") for n in issues))


def prepare(folder: Path) -> None:
    """An empty store, whatever was there."""
    for old in folder.glob("*s.duckdb*"):
        old.unlink()
    Store(folder / "s.duckdb").create("test")


def _quietly(phase: int) -> None:
    """Nobody asks."""


def work(folder: Path, say: Callable[[int], None] = _quietly, *, kept_open: bool = False) -> None:
    """Everything once: the pages that are still to come, then each file in its versions, a build after each.

    kept_open  as a server does it, so that much of it is in the log of changes only
    """
    store = Store(folder / "s.duckdb", lock_timeout=60, kept_open=kept_open)
    run = store.begin_run("tool", "sync")
    for number in range(int(store.cursor("tool", "issues") or 0), PAGES):
        replies = [Reply(str(number), f'{{"page": {number}}}')]
        say(PAGE)
        store.put_page("tool", "issues", replies=replies, translated=page(number), cursor=str(number + 1), run=run)
        say(BETWEEN)
    store.end_run(run, status="done", message="")
    for version in range(ROUNDS):
        for file in range(FILES):
            log = sketch(text(file, version))
            say(IMPORT)
            store.import_snapshot("files", f"{file}.csv", log)
            say(BUILD)
            build(store, CHANGES)
            say(BETWEEN)


def begin(folder: Path, ready: Event, phase: Synchronized[int], kept_open: bool) -> None:
    """Work until killed, and say when that has begun; `phase` holds what is being done."""

    def say(now: int) -> None:
        phase.value = now
        ready.set()

    while True:
        work(folder, say, kept_open=kept_open)


@cache
def versions(file: int) -> dict[str, list[tuple[str, int, str]]]:
    """What a file's feed holds after each of its versions: item, instant, state; by a name that says which."""
    logs = {f"version {version}": sketch(text(file, version)) for version in range(ROUNDS)}
    return {
        name: sorted(
            (log.items[i], int(at), log.words[v]) for i, at, v in zip(log.item, log.at, log.value, strict=True)
        )
        for name, log in logs.items()
    }


def whole(folder: Path) -> None:
    """Right after a kill: the store opens, every file is there in one of its versions or not at all, pages likewise."""
    with Store(folder / "s.duckdb", lock_timeout=60).reading() as con:
        rows = con.execute(
            "SELECT f.name, i.key, e.occurred_at, w.name FROM event e JOIN feed f ON f.code = e.feed"
            " JOIN item i ON i.code = e.item JOIN word w ON w.code = e.value WHERE f.kind = 'file' ORDER BY ALL"
        ).fetchall()
        pages = con.execute("SELECT count(*) FROM event e JOIN feed f ON f.code = e.feed WHERE f.kind = 'sync'")
        came = pages.fetchall()[0][0]
        cursor = con.execute("SELECT coalesce(max(value::INTEGER), 0) FROM cursor").fetchall()[0][0]
    assert came == cursor * 20  # ten issues of two events a page
    for file in range(FILES):
        held = [(key, at, word) for name, key, at, word in rows if name == f"{file}.csv"]
        assert held == [] or held in versions(file).values(), f"{file}.csv is there in part"


def state(folder: Path) -> dict[str, object]:
    """The rows that matter: events in words, what was built, that nothing stands twice."""
    store = Store(folder / "s.duckdb")
    made, _ = build(store, CHANGES)
    scratch, _ = build(store, replace(CHANGES, name="scratch"))
    found: dict[str, object] = {}
    with store.reading() as con:
        events = con.execute(
            "SELECT s.name, i.id, e.occurred_at, e.kind, w.name, e.ref FROM event e JOIN item i ON i.code = e.item"
            " JOIN source s ON s.code = i.source JOIN word w ON w.code = e.value ORDER BY ALL"
        ).fetchall()
        found["events"] = events
        found["items"] = con.execute("SELECT source, id FROM item ORDER BY ALL").fetchall()
        for kind in ("visits", "items", "seen"):
            here, there = (
                con.execute(f"SELECT * FROM {one.table(kind)} ORDER BY ALL").fetchall() for one in (made, scratch)
            )
            assert here == there
            found[f"{kind}: rows"] = len(here)
        found["raw"] = sorted(reply for page in pages(con) for reply in page.replies)
        found["cursor"] = con.execute("SELECT value FROM cursor").fetchall()
    found["items"] = sorted(row[1] for row in found["items"])  # type: ignore[attr-defined]
    return found


def expected(folder: Path) -> dict[str, object]:
    """The same of a process that nobody interrupted."""
    calm = folder / "calm"
    calm.mkdir()
    prepare(calm)
    work(calm)
    return state(calm)
