"""Nothing is lost or doubled: killed at any instant, on a full disk, by two at once, from an older version."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

import killed
from valuestream import sketch
from valuestream.errors import StoreError, UnknownName
from valuestream.log import holding, keeping, schema
from valuestream.log.codes import Person
from valuestream.log.event import Kind
from valuestream.log.record import Event, Item, Reply, Translated
from valuestream.log.store import Store
from valuestream.sources.sketch import day

KILLS = int(os.environ.get("VSM_KILLS", "100"))
RUNS_ON = 20
"""After so many kills a run is left in peace, the store compared with one that never was disturbed, and begun anew."""


@pytest.mark.skipif(sys.platform == "win32", reason="nothing is killed like that there")
def test_killed_at_any_instant_nothing_is_lost_or_doubled(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A process imports and builds, is killed at a random instant, and another goes on; see `killed.py`."""
    began = time.monotonic()
    expected = killed.expected(tmp_path)
    whole_s = time.monotonic() - began
    killed.prepare(tmp_path)
    chance = random.Random(int(os.environ.get("VSM_KILL_SEED", "1")))
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["killed"])
    died: Counter[str] = Counter()
    for number in range(KILLS):
        ready, phase = context.Event(), context.Value("i", killed.BETWEEN)
        as_a_server = number % 2 == 1
        worker = context.Process(target=killed.begin, args=(tmp_path, ready, phase, as_a_server))
        worker.start()
        assert ready.wait(60)  # it is at work
        time.sleep(chance.random() * whole_s / 4)
        worker.kill()
        worker.join()
        assert worker.exitcode in (0, -signal.SIGKILL)
        died[killed.PHASES[phase.value]] += 1
        killed.whole(tmp_path)
        if number % RUNS_ON == RUNS_ON - 1:  # the next run, left in peace
            killed.work(tmp_path)
            assert killed.state(tmp_path) == expected
            killed.prepare(tmp_path)
    mended = sum("Mended" in said for said in caplog.messages)  # see `test_log_torn.py`
    print(f"{KILLS} killed: {', '.join(f'{n} in {name}' for name, n in died.most_common())}; {mended} files mended")
    assert died["import"] + died["build"] > KILLS / 4  # most died at work, not on the way to it
    killed.work(tmp_path)
    assert killed.state(tmp_path) == expected


OLD = """
CREATE TABLE meta (name VARCHAR NOT NULL, value VARCHAR NOT NULL);
CREATE TABLE source (code INTEGER NOT NULL, name VARCHAR NOT NULL);
CREATE TABLE feed (code INTEGER NOT NULL, source INTEGER NOT NULL, name VARCHAR NOT NULL, kind VARCHAR NOT NULL,
    origin VARCHAR NOT NULL, changed BIGINT NOT NULL);
CREATE TABLE raw (feed INTEGER NOT NULL, id VARCHAR NOT NULL, hash VARCHAR NOT NULL, fetched_at BIGINT NOT NULL,
    body VARCHAR NOT NULL);
CREATE TABLE cursor (feed INTEGER NOT NULL, value VARCHAR NOT NULL);
CREATE TABLE event (item INTEGER NOT NULL, occurred_at BIGINT NOT NULL, feed INTEGER NOT NULL, seq BIGINT NOT NULL,
    kind TINYINT NOT NULL, value INTEGER NOT NULL, field SMALLINT NOT NULL, actor INTEGER NOT NULL,
    track INTEGER NOT NULL, reason INTEGER NOT NULL, ref VARCHAR, n INTEGER NOT NULL, pair INTEGER NOT NULL,
    line INTEGER NOT NULL);
CREATE TABLE item (code INTEGER NOT NULL, source INTEGER NOT NULL, id VARCHAR NOT NULL, key VARCHAR NOT NULL,
    artefact VARCHAR, title VARCHAR, url VARCHAR);
CREATE TABLE attribute (item INTEGER NOT NULL, field SMALLINT NOT NULL, value INTEGER NOT NULL);
CREATE TABLE link (feed INTEGER NOT NULL, start_item INTEGER NOT NULL, end_item INTEGER NOT NULL,
    type VARCHAR NOT NULL, method VARCHAR NOT NULL, confidence DOUBLE NOT NULL, evidence VARCHAR NOT NULL);
CREATE TABLE reject (feed INTEGER NOT NULL, place VARCHAR NOT NULL, reason VARCHAR NOT NULL, body VARCHAR NOT NULL);
CREATE TABLE run (number INTEGER NOT NULL, source INTEGER NOT NULL, kind VARCHAR NOT NULL, what VARCHAR NOT NULL,
    started_at BIGINT NOT NULL, ended_at BIGINT, read BIGINT NOT NULL, new BIGINT NOT NULL,
    superseded BIGINT NOT NULL, rejected BIGINT NOT NULL, status VARCHAR NOT NULL, message VARCHAR NOT NULL);
CREATE TABLE word (code INTEGER NOT NULL, name VARCHAR NOT NULL);
CREATE TABLE person (code INTEGER NOT NULL, name VARCHAR NOT NULL, kind VARCHAR NOT NULL);
CREATE TABLE field_name (code INTEGER NOT NULL, name VARCHAR NOT NULL);
CREATE TABLE track_name (code INTEGER NOT NULL, name VARCHAR NOT NULL);
CREATE TABLE change (number BIGINT NOT NULL, item INTEGER NOT NULL);
CREATE TABLE build (stream VARCHAR NOT NULL, about VARCHAR NOT NULL);
INSERT INTO meta VALUES ('schema', '1'), ('app', '0.0.9'), ('change', '1');
INSERT INTO source VALUES (0, 't');
INSERT INTO feed VALUES (0, 0, 'a.csv', 'file', '', 0);
INSERT INTO item VALUES (0, 0, 'A', 'A', 'issue', NULL, NULL);
INSERT INTO word VALUES (0, 'dev'), (1, 'done');
INSERT INTO person VALUES (0, 'ada', 'human');
INSERT INTO event VALUES (0, 1704067200000000, 0, 0, 0, 0, -1, 0, -1, -1, NULL, 0, -1, 1);
INSERT INTO change VALUES (1, 0);
CREATE TABLE visits_1 (item BIGINT);
INSERT INTO build VALUES ('x', '{}');
"""
"""The tables of version 1, as they were, with one event."""


def old_store(path: Path) -> Store:
    con = holding.connect(path, read_only=False, timeout=0)
    con.execute(OLD)
    con.close()
    return Store(path)


def test_an_older_store_is_brought_to_this_version_and_nothing_of_it_is_lost(tmp_path: Path) -> None:
    store = old_store(tmp_path / "s.duckdb")
    log = store.log()
    assert [log.words[v] for v in log.value] == ["dev"]
    assert list(log.people) == ["ada"]
    counts = store.import_snapshot("t", "a.csv", sketch("A: dev 1 by ada, done 2 by ada"))
    assert counts.new == 2  # the one there was and the one that follows
    with store.reading() as con:
        assert schema.version_of(con) == schema.VERSION
        assert con.execute("SELECT count(*) FROM build").fetchall() == [(0,)]  # built tables are built again


def test_a_migration_that_fails_leaves_the_store_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(con: object) -> None:
        raise OSError(28, "No space left on device")

    store = old_store(tmp_path / "s.duckdb")
    before = store.path.read_bytes()
    monkeypatch.setattr("valuestream.log.migrate.STEPS", {1: fails})
    with pytest.raises(StoreError, match="disk is full"):
        store.log()
    assert store.path.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["s.duckdb"]
    monkeypatch.undo()
    assert len(store.log()) == 1


def test_a_backup_is_the_store(tmp_path: Path) -> None:
    store = Store(tmp_path / "s.duckdb")
    store.create("test")
    store.import_snapshot("t", "a.csv", sketch("A: dev 1, done 2"))
    assert store.backup(tmp_path / "copy.duckdb") == (tmp_path / "copy.duckdb").stat().st_size
    store.import_snapshot("t", "a.csv", sketch("A: dev 1"))
    assert len(Store(tmp_path / "copy.duckdb").log()) == 2
    with pytest.raises(StoreError, match="cannot be written"):
        store.backup(tmp_path / "nowhere" / "copy.duckdb")


def test_compacting_gives_room_back_and_keeps_every_row(tmp_path: Path) -> None:
    store = Store(tmp_path / "s.duckdb")
    store.create("test")
    many = "\n".join(f"I{n}: todo 1, dev {n % 300 + 2}, done {n % 500 + 700}" for n in range(8000))
    log = sketch(many)
    for name in ("a", "b", "c"):
        store.import_snapshot("t", name, log)
    for name in ("b", "c"):
        store.import_snapshot("t", name, sketch("X: dev 1"))
    before, after = store.compact()
    assert after < before
    assert len(store.log()) == 24_000 + 2
    assert store.import_snapshot("t", "a", log).new == 0


def test_a_full_disk_takes_nothing_and_the_next_run_is_right(tmp_path: Path) -> None:
    small = tmp_path / "disk"
    small.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(small)], capture_output=True)
    if mounted.returncode:
        pytest.skip("a small disk can be mounted by root only")
    try:
        store = Store(small / "s.duckdb")
        store.create("test")
        store.import_snapshot("t", "a.csv", sketch("A: dev 1, done 2"))
        filler = small / "filler"
        filler.write_bytes(b"x" * (shutil.disk_usage(small).free - 700_000))
        chance = random.Random(0)
        text = "\n".join(
            f"{chance.random()}: state{chance.random()} {chance.random() * 300 + 1:.6f}" for _ in range(60_000)
        )
        big = sketch(text)
        with pytest.raises(StoreError, match="disk is full"):
            store.import_snapshot("t", "b.csv", big)
        assert len(store.log()) == 2
        filler.unlink()
        store.import_snapshot("t", "b.csv", sketch("B: dev 1"))
        assert len(store.log()) == 3
    finally:
        subprocess.run(["umount", "-l", str(small)], check=True)


def test_two_processes_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "s.duckdb"
    Store(path).create("test")
    code = (
        "import sys; from pathlib import Path\n"
        "from valuestream import sketch; from valuestream.log.store import Store\n"
        "store, name = Store(Path(sys.argv[1]), lock_timeout=60), sys.argv[2]\n"
        "for n in range(12): store.import_snapshot('t', f'{name}-{n}', sketch(f'{name}{n}: dev 1, done 2'))"
    )
    both = [subprocess.Popen([sys.executable, "-c", code, str(path), name]) for name in "xy"]
    assert [one.wait() for one in both] == [0, 0]
    log = Store(path).log()
    assert len(log) == 48
    assert len(set(log.items)) == 24


PEOPLE = {"ada": "p-a", "ben": "p-b", "Ada Lovelace": "p-a"}
ADA = {"displayName": "Ada Lovelace", "login": "ada", "email": "ada@x.example"}
REPLY = {"id": 7, "author": ADA, "place": "Canada"}


def called(name: str) -> str:
    return PEOPLE.get(name, name)


def test_every_trace_of_a_forgotten_person_goes(tmp_path: Path) -> None:
    store = Store(tmp_path / "s.duckdb", naming=lambda name, kind: Person(called(name), "human", "@x.example"))
    store.create("test")
    store.import_snapshot("t", "a.csv", sketch("A: reporter=ada 1, dev@ada 1 by ada, touch@ben 2, done 3 by ben"))
    page = Translated(
        events=(Event("1", day(1), Kind.STATE, "open", actor="ada"),),
        items=(Item("1", "K-1", title="Ada Lovelace asks for a door in Canada"),),
    )
    run = store.begin_run("jira", "sync")
    store.put_page("jira", "issues", replies=[Reply("1", json.dumps(REPLY))], translated=page, cursor="c", run=run)
    counts = store.forget("p-a", called)
    # ada entered dev, and opened 1; she was assigned once; she is the reporter; a title and a reply name her
    assert counts == (2, 1, 1, 1, 1)
    with store.reading() as con:
        for (table,) in con.execute("SELECT table_name FROM duckdb_tables()").fetchall():
            rows = repr(con.execute(f"SELECT * FROM {table}").fetchall())
            for trace in ("p-a", "ada@", "'ada'", "Ada", '"ada"'):
                assert trace not in rows, (table, trace)
            assert "p-b" in rows or table != "person"
    assert "Canada" in next(store.replies("jira", "issues")).body
    assert len(store.log()) == 4
    with pytest.raises(UnknownName, match="Nobody in the store is called 'p-a'"):
        store.forget("p-a", called)


def test_a_crash_while_the_file_is_replaced_leaves_the_old_one(tmp_path: Path) -> None:
    store = Store(tmp_path / "s.duckdb")
    store.create("test")
    store.import_snapshot("t", "a.csv", sketch("A: dev 1, done 2"))
    (tmp_path / ".s.duckdb.part").write_bytes(b"half a store")  # what a killed run leaves behind

    def dies(part: Path, con: object) -> None:
        part.write_bytes(b"half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        keeping.replaced(store.path, dies, timeout=0)
    assert len(store.log()) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["s.duckdb"]
