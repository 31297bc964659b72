"""The store: files as snapshots that supersede themselves, pages that leave one trace, and who may hold the file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from valuestream import sketch
from valuestream.errors import Locked, StoreError
from valuestream.log.codes import Person
from valuestream.log.event import Kind, Log, Reject
from valuestream.log.record import Event, Item, Link, Reply, Translated
from valuestream.log.store import Store
from valuestream.sources.sketch import day


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(tmp_path / "valuestream.duckdb", lock_timeout=0.2)
    made.create("test")
    return made


def told(log: Log) -> list[str]:
    """Events in words, in the log's order."""
    rows = []
    for i in range(len(log)):
        value, kind = int(log.value[i]), Kind(log.kind[i])
        word = "" if value < 0 else log.people[value] if kind == Kind.ASSIGN else log.words[value]
        if kind == Kind.SET:
            assert log.field is not None
            word = f"{log.fields[log.field[i]]}={word}"
        who = "" if log.actor is None or log.actor[i] < 0 else f" by {log.people[log.actor[i]]}"
        rows.append(f"{log.items[log.item[i]]} {kind.name.lower()} {word} {(log.at[i] - day(1)) / 86_400e6 + 1:g}{who}")
    return rows


MORE = """
A: todo 1, dev@ada 3, done 6
B: type=bug 1, dev(1..3)@bob, dev(3..4)@ada
"""


def test_a_log_comes_back_as_it_went_in(store: Store) -> None:
    log = sketch(MORE)
    counts = store.import_snapshot("tickets", "t.csv", log)
    assert (counts.new, counts.superseded, counts.rejected) == (len(log), 0, 0)
    assert told(store.log()) == told(log)
    again = store.log()
    assert again.ref is not None
    starts = again.ref[again.kind == Kind.START]
    assert sorted(starts) == sorted(again.ref[again.kind == Kind.END])
    assert len(set(starts)) == 2


def test_the_same_file_again_changes_nothing(store: Store) -> None:
    store.import_snapshot("tickets", "t.csv", sketch(MORE))
    counts = store.import_snapshot("tickets", "t.csv", sketch(MORE))
    assert (counts.new, counts.superseded) == (0, 0)
    assert told(store.log()) == told(sketch(MORE))
    assert touched(store) == ["A", "B"]  # by the first import alone


def touched(store: Store) -> list[str]:
    with store.reading() as con:
        return [row[0] for row in con.execute("SELECT key FROM change JOIN item ON code = item ORDER BY 1").fetchall()]


def test_a_corrected_file_leaves_no_ghost(store: Store) -> None:
    store.import_snapshot("tickets", "t.csv", sketch("A: todo 1, dev 3, done 6\nB: todo 2, done 4"))
    counts = store.import_snapshot("tickets", "t.csv", sketch("A: todo 1, dev 4, done 6\nC: todo 5"))
    # A's three events and B's two go; A's three and C's one come
    assert (counts.new, counts.superseded) == (4, 5)
    assert told(store.log()) == ["A state todo 1", "A state dev 4", "A state done 6", "C state todo 5"]


def test_files_of_one_source_share_their_items_and_sources_do_not(store: Store) -> None:
    store.import_snapshot("tickets", "january.csv", sketch("A: todo 1"))
    store.import_snapshot("tickets", "february.csv", sketch("A: done 32"))
    store.import_snapshot("builds", "b.csv", sketch("A: running 2"))
    log = store.log()
    # in a log, which knows items by name alone, those of one key carry their source's
    assert told(log) == ["tickets:A state todo 1", "tickets:A state done 32", "builds:A state running 2"]
    assert log.item.tolist() == [0, 0, 1]


def test_ties_keep_the_order_of_the_file(store: Store) -> None:
    store.import_snapshot("tickets", "t.csv", sketch("B: dev 1, review 1, test 1, done 1\nA: x 1"))
    assert told(store.log()) == ["B state dev 1", "B state review 1", "B state test 1", "B state done 1", "A state x 1"]


def test_rows_swapped_within_an_instant_are_a_change_and_rows_swapped_elsewhere_are_none(store: Store) -> None:
    store.import_snapshot("tickets", "t.csv", sketch("A: dev 1, review 1\nB: dev 1, done 2"))
    counts = store.import_snapshot("tickets", "t.csv", sketch("B: dev 1, done 2\nA: review 1, dev 1"))
    assert (counts.new, counts.superseded) == (2, 2)


PAGE = Translated(
    events=(
        Event("1", day(1), Kind.STATE, "open", ref="h1", actor="ada"),
        Event("1", day(2), Kind.ASSIGN, "bob", ref="h2"),
        Event("1", day(2), Kind.SET, "bug", field="type", ref="h2"),
        Event("1", day(3), Kind.STATE, "closed"),
        Event("1", day(3), Kind.STATE, "closed"),  # the vendor names neither: two events, numbered
    ),
    items=(Item("1", "P-1", "issue", "A door", "https://x.example/1", {"component": "ui"}),),
    links=(Link("1", "2", "relates", "vendor", 1.0, "said so"),),
    rejects=(Reject("1", "no date", "{}"),),
)


def put(store: Store, page: Translated, cursor: str | None = "c1", body: str = "{}") -> tuple[int, int, int]:
    run = store.begin_run("jira", "sync")
    counts = store.put_page("jira", "issues", replies=[Reply("1", body)], translated=page, cursor=cursor, run=run)
    store.end_run(run, status="done", message="")
    return counts[:3]


def count(store: Store, table: str) -> int:
    with store.reading() as con:
        return int(con.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0])


def test_a_page_put_twice_leaves_one_trace(store: Store) -> None:
    assert put(store, PAGE) == (5, 0, 1)
    assert put(store, PAGE) == (0, 0, 0)
    counted = {table: count(store, table) for table in ("event", "raw", "link", "reject", "attribute", "run", "cursor")}
    assert counted == {"event": 5, "raw": 1, "link": 1, "reject": 1, "attribute": 1, "run": 2, "cursor": 1}
    assert store.cursor("jira", "issues") == "c1"
    assert touched(store) == ["2", "P-1"]
    assert told(store.log()) == [
        "P-1 set component=ui 1",  # what has no history holds from the item's first event
        "P-1 state open 1 by ada",
        "P-1 assign bob 2",
        "P-1 set type=bug 2",
        "P-1 state closed 3",
        "P-1 state closed 3",
    ]


def test_an_event_that_the_vendor_corrects_takes_the_place_of_the_old_one(store: Store) -> None:
    put(store, PAGE)
    moved = Translated(events=(Event("1", day(1.5), Kind.STATE, "open", ref="h1", actor="ada"),))
    assert put(store, moved) == (0, 1, 0)
    assert "P-1 state open 1.5 by ada" in told(store.log())
    assert count(store, "event") == 5


def test_the_last_reply_of_each_record_is_kept_for_another_translation(store: Store) -> None:
    put(store, PAGE, body="first")
    put(store, PAGE, body="second")
    assert list(store.replies("jira", "issues")) == [Reply("1", "second")]
    run = store.begin_run("jira", "translate")
    one = Translated(events=(Event("1", day(7), Kind.STATE, "new meaning", ref="h1"),))
    counts = store.translate_again("jira", "issues", [one], run=run)
    assert (counts.new, counts.superseded) == (1, 5)
    assert told(store.log()) == ["P-1 set component=ui 7", "P-1 state new meaning 7"]


def test_a_page_that_fails_leaves_nothing_of_itself(store: Store) -> None:
    put(store, PAGE)
    bad = Translated(
        events=(Event("9", day(1), Kind.STATE, "x", ref="ok"), Event("9", 2**70, Kind.STATE, "x", ref="no"))
    )
    with pytest.raises(OverflowError):
        put(store, bad, cursor="c2")
    assert store.cursor("jira", "issues") == "c1"
    assert count(store, "event") == 5
    assert count(store, "item") == 2


def test_people_get_the_names_that_the_workspace_gives_them(tmp_path: Path) -> None:
    def hide(name: str, kind: str) -> Person:
        return Person(name, "bot") if kind == "bot" else Person(f"p-{len(name)}", "human", "")

    store = Store(tmp_path / "s.duckdb", naming=hide)
    store.create("test")
    store.import_snapshot("t", "t.csv", sketch("A: reporter=ada 1, dev@ada 1, touch@ada 2"))
    text = "\n".join(told(store.log()))
    assert "ada" not in text
    assert "reporter=p-3" in text
    assert b"ada" not in (tmp_path / "s.duckdb").read_bytes()


def test_a_writer_waits_and_then_names_who_holds_the_file(store: Store) -> None:
    code = f"import duckdb, time; c = duckdb.connect({str(store.path)!r}); print('held', flush=True); time.sleep(30)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        other.stdout.readline()
        try:
            with pytest.raises(Locked, match=f"process {other.pid}") as found:
                store.import_snapshot("t", "t.csv", sketch("A: dev 1"))
            assert found.value.exit_code == 5
            with pytest.raises(Locked):
                store.cursor("t", "x")
        finally:
            other.kill()


def test_readers_read_beside_each_other_and_come_back_after_this_process_wrote(store: Store) -> None:
    store.import_snapshot("t", "t.csv", sketch("A: dev 1"))
    code = f"import duckdb; c = duckdb.connect({str(store.path)!r}, read_only=True); print('ok')"
    with store.reader() as reader:
        assert reader.con.execute("SELECT count(*) FROM event").fetchall() == [(1,)]
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout == "ok\n"
        store.import_snapshot("t", "u.csv", sketch("B: dev 1"))
        assert reader.con.execute("SELECT count(*) FROM event").fetchall() == [(2,)]


def test_a_server_reads_while_it_writes_and_each_reader_sees_one_state(tmp_path: Path) -> None:
    path = tmp_path / "s.duckdb"
    Store(path).create("test")
    store = Store(path, kept_open=True)
    with store.reader() as reader:
        assert reader.con.execute("SELECT count(*) FROM event").fetchall() == [(0,)]
        with store.transaction() as con:
            con.execute("INSERT INTO source VALUES (0, 'x')")
            assert reader.con.execute("SELECT count(*) FROM source").fetchall() == [(0,)]
        assert reader.con.execute("SELECT count(*) FROM source").fetchall() == [(0,)]
    with store.reader() as reader:
        assert reader.con.execute("SELECT count(*) FROM source").fetchall() == [(1,)]
    store.close()


def test_a_store_of_a_newer_version_is_refused(store: Store) -> None:
    with store.transaction() as con:
        con.execute("UPDATE meta SET value = '99' WHERE name = 'schema'")
    with pytest.raises(StoreError, match="newer valuestream"):
        store.log()
    with pytest.raises(StoreError, match="newer valuestream"), store.transaction():
        pass


@pytest.mark.parametrize("content", [b"", b"not a database at all, but long enough" * 100])
def test_a_file_that_is_no_store_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "valuestream.duckdb"
    path.write_bytes(content)
    with pytest.raises(StoreError, match="no store"):
        Store(path).log()


def test_items_can_be_read_alone(store: Store) -> None:
    store.import_snapshot("t", "t.csv", sketch("A: todo 1, done 2\nB: todo 1, done 2\nC: todo 1"))
    assert told(store.log([2, 0])) == ["A state todo 1", "A state done 2", "C state todo 1"]
    assert store.log(np.array([], np.int32)).at.tolist() == []  # type: ignore[arg-type]


def test_the_engine_draws_no_progress_bar_of_its_own_in_a_notebook(tmp_path: Path) -> None:
    """DuckDB takes a main program without a file for a notebook, and draws a bar after two seconds of a statement."""
    made = Store(tmp_path / "s.duckdb")
    made.create("test")
    asked = "SELECT value FROM duckdb_settings() WHERE name = 'enable_progress_bar'"
    program = f"""
import duckdb
from pathlib import Path
from valuestream import Stage, Stream, ValueStream, sketch
from valuestream.log.holding import connect
log = ValueStream(sketch("A: todo 1, done 2"), Stream("one", (Stage("Dev", ("todo",), ()),), done=("done",)))
for ask in (
    lambda sql: duckdb.execute(sql).fetchall(),
    lambda sql: connect(Path({str(made.path)!r}), read_only=True, timeout=5).execute(sql).fetchall(),
    log.tables.ask,
):
    print(ask({asked!r}))
"""
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, encoding="utf-8", check=True).stdout
    assert told.splitlines() == ["[('true',)]", "[('false',)]", "[('false',)]"]
