"""What `test_log_safety` kills: a process that imports and builds, again and again, from wherever the last one got.

    VSM_KILLS=1000 python -m pytest -n 0 tests/test_log_safety.py -k killed

Files supersede themselves and grow; what must be there at the end does not depend on how often it was interrupted.
"""

from __future__ import annotations

from dataclasses import replace
from multiprocessing.synchronize import Event
from pathlib import Path

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
    Store(folder / "s.duckdb").create("test")


def work(folder: Path) -> None:
    """Everything once: the pages that are still to come, then each file in its versions, a build after each."""
    store = Store(folder / "s.duckdb", lock_timeout=60)
    run = store.begin_run("tool", "sync")
    for number in range(int(store.cursor("tool", "issues") or 0), PAGES):
        replies = [Reply(str(number), f'{{"page": {number}}}')]
        store.put_page("tool", "issues", replies=replies, translated=page(number), cursor=str(number + 1), run=run)
    store.end_run(run, status="done", message="")
    for version in range(ROUNDS):
        for file in range(FILES):
            store.import_snapshot("files", f"{file}.csv", sketch(text(file, version)))
            build(store, CHANGES)


def begin(folder: Path, ready: Event) -> None:
    """Say so, and work until killed."""
    ready.set()
    while True:
        work(folder)


def begun(folder: Path) -> int:
    """How many processes got as far as the store."""
    with Store(folder / "s.duckdb").reading() as con:
        return int(con.execute("SELECT count(*) FROM run WHERE kind = 'sync'").fetchall()[0][0])


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
