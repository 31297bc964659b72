"""Replies in the store: pages packed into rows, each record's last word once, and a file that lingers between them."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from test_log_safety import OLD
from valuestream import sketch
from valuestream.errors import Locked
from valuestream.log import holding, lingering, replies, schema, shelves
from valuestream.log.event import Kind
from valuestream.log.record import Event, Reply, Translated
from valuestream.log.replies import Places
from valuestream.log.store import Store

NOTHING = Translated()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(tmp_path / "s.duckdb", lock_timeout=5)
    made.create("test")
    return made


def put(store: Store, *replies: tuple[str, str], cursor: str = "c", translated: Translated = NOTHING) -> None:
    page = [Reply(*one) for one in replies]
    store.put_page("tool", "issues", replies=page, translated=translated, cursor=cursor, run=1)


def kept(store: Store, stream: str = "issues") -> list[tuple[str, str]]:
    return [(reply.id, reply.body) for reply in store.replies("tool", stream)]


def rows(store: Store) -> list[int]:
    """How many replies each page of the table holds."""
    with store.reading() as con:
        return [row[0] for row in con.execute("SELECT n FROM raw ORDER BY number").fetchall()]


def test_replies_come_back_as_they_came(store: Store) -> None:
    odd = [("1", '{"a": "ä\\n€ 😀"}'), ("ü/2", ""), ("3", "a\nb\0c"), ("4", "x" * 100_000)]
    put(store, *odd)
    assert kept(store) == odd
    assert rows(store) == [4]
    assert store.path.stat().st_size < 4_000_000


def test_what_was_said_before_is_not_kept_again_and_what_is_new_is(store: Store) -> None:
    put(store, ("1", "a"), ("2", "a"))
    put(store, ("1", "a"), ("2", "b"), ("3", "a"))
    put(store, ("1", "a"), ("2", "b"))
    assert rows(store) == [2, 2]
    assert kept(store) == [("1", "a"), ("2", "b"), ("3", "a")]


def test_a_record_that_says_again_what_it_said_once_has_that_as_its_last_word(store: Store) -> None:
    for body in ("open", "closed", "open"):
        put(store, ("1", body))
    assert kept(store) == [("1", "open")]
    assert rows(store) == [1, 1, 1]


def test_streams_keep_their_replies_apart(store: Store) -> None:
    put(store, ("1", "a"))
    store.put_page("tool", "runs", replies=[Reply("1", "a")], translated=Translated(), cursor="c", run=1)
    assert (kept(store), kept(store, "runs"), kept(store, "other")) == ([("1", "a")], [("1", "a")], [])


@given(
    st.lists(st.lists(st.integers(0, 40), min_size=1, max_size=12), max_size=30),
    st.integers(0, 12),
    st.sampled_from([1, 10, 50_000]),
)
def test_places_are_those_of_a_dictionary(pages: list[list[int]], split: int, most: int) -> None:
    """The same whether pages were there at the beginning, came since, or were folded in on the way."""
    first, later = pages[:split], pages[split:]
    marks = np.array([one for page in first for one in page], np.uint64)
    numbers = np.repeat(np.arange(len(first), dtype=np.int64), [len(page) for page in first])
    places, expected = Places(marks, numbers), {}
    for number, page in enumerate(first):
        expected.update(dict.fromkeys(page, number))
    for number, page in enumerate(later, len(first)):
        with mock.patch("valuestream.log.replies._MOST_RECENT", most):
            places.add(np.array(page, np.uint64), number)
        expected.update(dict.fromkeys(page, number))
    assert places.find(np.arange(41, dtype=np.uint64)) == [expected.get(one) for one in range(41)]


def test_many_new_records_are_folded_into_the_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("valuestream.log.replies._MOST_RECENT", 3)
    places = Places(np.array([], np.uint64), np.array([], np.int64))
    for number in range(10):
        places.add(np.array([number, number + 1], np.uint64), number)
    assert places.find(np.arange(12, dtype=np.uint64)) == [*range(10), 9, None]


def other(store: Store, code: str) -> None:
    """Another process at the same store."""
    head = (
        "from pathlib import Path\nfrom valuestream.log.store import Store\n"
        "from valuestream.log.record import Reply, Translated\n"
        f"store = Store(Path({str(store.path)!r}), lock_timeout=20)\n"
    )
    subprocess.run([sys.executable, "-c", head + code], check=True)


def test_what_another_process_wrote_between_two_pages_is_known(store: Store) -> None:
    """Page numbers and replies are remembered from page to page; the other process takes the next number."""
    put(store, ("1", "a"))
    other(
        store, "store.put_page('tool', 'issues', replies=[Reply('2', 'b')], translated=Translated(), cursor='d', run=1)"
    )
    put(store, ("1", "a"), ("2", "b"), ("3", "c"))
    assert rows(store) == [1, 1, 1]
    assert kept(store) == [("1", "a"), ("2", "b"), ("3", "c")]
    with store.reading() as con:
        assert con.execute("SELECT count(DISTINCT number) FROM raw").fetchall() == [(3,)]


def test_a_page_that_fails_is_not_remembered(store: Store) -> None:
    put(store, ("1", "a"))
    bad = Translated(events=(Event("9", 2**70, Kind.STATE, "x"),))
    with store.lingering():
        with pytest.raises(OverflowError):
            put(store, ("1", "b"), ("2", "b"), translated=bad, cursor="lost")
        assert store.cursor("tool", "issues") == "c"
        put(store, ("1", "b"), ("2", "b"))
    assert kept(store) == [("1", "b"), ("2", "b")]


def test_within_a_sync_the_file_stays_open_from_page_to_page(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = []
    connect = holding.connect

    def counting(*arguments, **options):
        opened.append(options["read_only"])
        return connect(*arguments, **options)

    monkeypatch.setattr(holding, "connect", counting)
    monkeypatch.setattr(lingering, "IDLE_S", 60)
    monkeypatch.setattr(lingering, "LONGEST_S", 60)
    with store.lingering():
        for number in range(10):
            put(store, (str(number), "a"))
    assert opened == [False]
    assert len(kept(store)) == 10
    for number in range(10, 13):
        put(store, (str(number), "a"))
    assert opened.count(False) == 4


def test_a_sync_that_waits_for_its_tool_lets_others_in(store: Store) -> None:
    with store.lingering():
        put(store, ("1", "a"))
        time.sleep(3 * lingering.IDLE_S)
        other(store, "store.lock_timeout = 0.0; assert [one.id for one in store.replies('tool', 'issues')] == ['1']")
        put(store, ("2", "a"))
    assert len(kept(store)) == 2


def test_a_sync_waits_for_its_own_file_to_be_closed_however_long_that_takes(store: Store, monkeypatch) -> None:
    """A close puts the file in order. Here it takes ten times as long as the store waits for other writers."""
    store.lock_timeout = 0.05
    put(store, ("1", "a"))
    with store.lingering():
        put(store, ("2", "a"))
        con = store._lingering._con
        slow = mock.Mock(wraps=con)
        slow.close.side_effect = lambda: (time.sleep(0.5), con.close())
        store._lingering._con = slow
        closing = threading.Thread(target=store._lingering.let_go)
        closing.start()
        while not store._lingering.is_closing:
            time.sleep(0.001)
        put(store, ("3", "a"))
        closing.join()
    assert len(kept(store)) == 3


def test_a_sync_that_has_begun_waits_for_a_build_however_short_its_patience_was(store: Store) -> None:
    """Another process holds the file for a second; before its first page a sync would wait 0.1 s for it."""
    code = "import time\nwith store.transaction():\n    print('held', flush=True)\n    time.sleep(1)\n"
    head = "from pathlib import Path; from valuestream.log.store import Store\n"
    program = [sys.executable, "-c", f"{head}store = Store(Path({str(store.path)!r}), lock_timeout=60)\n{code}"]
    store.lock_timeout = 0.1
    with subprocess.Popen(program, stdout=subprocess.PIPE) as process, store.lingering():
        assert process.stdout.readline() == b"held\n"
        with pytest.raises(Locked):
            put(store, ("1", "a"))
    with store.lingering():
        put(store, ("1", "a"))
        store._lingering.let_go()
        with subprocess.Popen(program, stdout=subprocess.PIPE) as process:
            assert process.stdout.readline() == b"held\n"
            put(store, ("2", "a"))
            assert [one for one, _ in kept(store)] == ["1", "2"]


def test_a_sync_that_never_waits_lets_others_in_now_and_then(store: Store) -> None:
    """Pages come without a pause until another process has written, which it does while they come."""
    code = "from valuestream import sketch\nstore.import_snapshot('files', 'a.csv', sketch('A: dev 1'))\n"
    head = "import sys; from pathlib import Path; from valuestream.log.store import Store\n"
    program = f"{head}store = Store(Path({str(store.path)!r}), lock_timeout=60)\n{code}"
    store.lock_timeout = 60
    with store.lingering():
        put(store, ("0", "a"))
        with subprocess.Popen([sys.executable, "-c", program]) as process:
            pages = 1
            while process.poll() is None and pages < 100_000:
                put(store, (str(pages), "a"))
                pages += 1
        assert process.returncode == 0
    assert len(kept(store)) == pages
    assert store.log().items == ["A"]


def test_reading_and_other_writing_within_a_sync_see_its_pages(store: Store) -> None:
    """Names of statuses are read between pages, and a run is ended."""
    with store.lingering():
        put(store, ("1", "a"))
        assert kept(store) == [("1", "a")]
        store.import_snapshot("files", "a.csv", sketch("A: dev 1"))
        with store.reader() as reader:
            put(store, ("2", "b"))
            assert reader.con.execute("SELECT sum(n) FROM raw").fetchall() == [(2,)]
        put(store, ("2", "b"))
    assert rows(store) == [1, 1]


def shelves_of(store: Store) -> list[list[int]]:
    """The numbers of the pages on each shelf."""
    with store.reading() as con:
        tables = con.execute(
            "SELECT table_name FROM duckdb_tables() WHERE table_name LIKE 'shelf%' ORDER BY ALL"
        ).fetchall()
        found = [con.execute(f"SELECT number FROM {name} ORDER BY number").fetchall() for (name,) in tables]
        told = con.execute("SELECT list(number ORDER BY number) FROM raw GROUP BY shelf ORDER BY shelf").fetchall()
    stood = [[number for (number,) in numbers] for numbers in found]
    assert stood == [numbers for (numbers,) in told]
    return stood


def text(seed: int, length: int) -> str:
    """Words that do not pack well."""
    return np.random.default_rng(seed).bytes(length).hex()


def test_a_shelf_that_is_full_is_left_and_the_next_page_stands_on_another(store: Store, monkeypatch) -> None:
    """Shelves of 1,000 bytes; pages of some 400, 400, 400 | 2,000 | 400: what stands there is never written again."""
    monkeypatch.setattr(shelves, "FULL", 1_000)
    pages = [(str(k), text(k, length)) for k, length in enumerate([400, 400, 400, 2_000, 400])]
    for page in pages[:2]:
        put(store, page)
    assert shelves_of(store) == [[0, 1]]
    with store.lingering():
        for page in pages[2:]:
            put(store, page)
    assert shelves_of(store) == [[0, 1, 2], [3], [4]]
    assert kept(store) == pages
    again = Store(store.path)
    put(again, ("0", "changed"), pages[1], pages[4])
    assert shelves_of(again) == [[0, 1, 2], [3], [4, 5]]
    assert kept(again) == [*pages[1:], ("0", "changed")]


def test_a_page_on_a_full_shelf_can_still_be_written_over(store: Store, monkeypatch) -> None:
    """As `vsm forget` does with the words of a person."""
    monkeypatch.setattr(shelves, "FULL", 1)
    put(store, ("1", '{"by": "Ada"}'), ("2", "-"))
    put(store, ("3", "-"))
    with store.transaction() as con:
        replies.replace(con, 0, [Reply("1", '{"by": "somebody"}'), Reply("2", "-")])
    assert kept(store) == [("1", '{"by": "somebody"}'), ("2", "-"), ("3", "-")]
    assert shelves_of(store) == [[0], [1]]


def test_a_page_that_fails_leaves_its_shelf_as_it_was(store: Store, monkeypatch) -> None:
    monkeypatch.setattr(shelves, "FULL", 1)
    bad = Translated(events=(Event("9", 2**70, Kind.STATE, "x"),))
    with store.lingering():
        put(store, ("1", "a"))
        with pytest.raises(OverflowError):
            put(store, ("2", "b"), translated=bad)
        put(store, ("2", "b"))
    assert shelves_of(store) == [[0], [1]]
    assert kept(store) == [("1", "a"), ("2", "b")]


def test_pages_of_an_older_store_are_put_on_shelves(tmp_path: Path, monkeypatch) -> None:
    """Version 3 had them in one table; of 30 pages, some 210 bytes packed, five fill a shelf of 1,000."""
    monkeypatch.setattr(shelves, "FULL", 1_000)
    path = tmp_path / "s.duckdb"
    made = Store(path)
    made.create("test")
    pages = [[Reply(f"{k}", text(k, 150)), Reply("last", f"of {k}")] for k in range(30)]
    with made.transaction() as con:
        con.execute("DROP TABLE raw")
        con.execute(THIRD)
        con.execute("INSERT INTO feed VALUES (1, 0, 'issues', 'sync', NULL, '', '[]', 0)")
        con.execute("INSERT INTO source VALUES (0, 'tool')")
        for number, page in enumerate(pages):
            marks = replies.marks_of([one.id for one in page]).tobytes()
            con.execute("INSERT INTO raw VALUES (?, 1, 0, 2, ?, ?, ?)", [number, marks, *replies.pack(page)])
        con.execute("UPDATE meta SET value = '3' WHERE name = 'schema'")
        con.execute("CREATE TABLE visits_7 (item BIGINT); CREATE TABLE waits_7 (item BIGINT)")
    store = Store(path)
    assert kept(store) == [*((f"{k}", text(k, 150)) for k in range(30)), ("last", "of 29")]
    stood = shelves_of(store)
    assert [number for shelf in stood for number in shelf] == list(range(30))
    assert {len(shelf) for shelf in stood} == {5}
    put(store, ("new", "x"))
    assert shelves_of(store)[-1][-1] == 30
    with store.reading() as con:
        assert con.execute(
            "SELECT count(*) FROM duckdb_tables() WHERE table_name LIKE '%\\_7' ESCAPE '\\'"
        ).fetchall() == [(0,)]


THIRD = """
CREATE TABLE raw (number BIGINT NOT NULL, feed INTEGER NOT NULL, fetched_at BIGINT NOT NULL, n INTEGER NOT NULL,
    marks BLOB NOT NULL, size INTEGER NOT NULL, packed BLOB NOT NULL);
"""


def test_replies_of_an_older_store_are_packed_in_their_order(tmp_path: Path) -> None:
    """Version 2 had a row a reply; 1,200 of them become pages, and the last word of each stays the last."""
    path = tmp_path / "s.duckdb"
    con = holding.connect(path, read_only=False, timeout=0)
    con.execute(OLD)
    con.execute("INSERT INTO feed VALUES (1, 0, 'issues', 'sync', '', 0), (2, 0, 'runs', 'sync', '', 0)")
    con.execute("INSERT INTO raw SELECT 1, CAST(i % 600 AS VARCHAR), 'h', i, 'body ' || i FROM range(1200) t(i)")
    con.execute("INSERT INTO raw VALUES (2, '7', 'h', 5, 'a run')")
    con.close()
    store = Store(path)
    expected = [(str(i % 600), f"body {i}") for i in range(600, 1200)]
    assert [(reply.id, reply.body) for reply in store.replies("t", "issues")] == expected
    assert [(reply.id, reply.body) for reply in store.replies("t", "runs")] == [("7", "a run")]
    with store.reading() as con:
        assert schema.version_of(con) == schema.VERSION
        assert con.execute("SELECT sum(n) FROM raw").fetchall() == [(1201,)]
    store.put_page("t", "issues", replies=[Reply("7", "body 607")], translated=Translated(), cursor="c", run=1)
    assert len(list(store.replies("t", "issues"))) == 600
    with store.reading() as con:
        assert con.execute("SELECT sum(n) FROM raw").fetchall() == [(1201,)]
