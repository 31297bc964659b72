"""Readers and the writer of an open store pass one gate: who reads sees one state of the store, whole."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from valuestream import __version__
from valuestream.log import gate as gates
from valuestream.log.access import Access
from valuestream.log.gate import Gate

ROWS = 400_000


def started(work: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


class Passing:
    """A writer and readers at a gate, and the order in which they passed."""

    def __init__(self) -> None:
        self.gate, self.order, self.goes_on = Gate(), list[str](), threading.Event()

    def write(self) -> None:
        with self.gate.alone():
            self.goes_on.wait(10)
            self.order.append("write")

    def read(self) -> None:
        begun = self.gate.enter()
        self.order.append("read")
        self.gate.leave(begun)


class TestAGate:
    def test_lets_readers_pass_together(self) -> None:
        gate, both = Gate(), threading.Barrier(3, timeout=10)

        def read() -> None:
            begun = gate.enter()
            both.wait()
            gate.leave(begun)

        readers = [started(read), started(read)]
        both.wait()  # it would break if one had to wait for the other
        for reader in readers:
            reader.join(10)

    def test_lets_the_writer_pass_when_nobody_reads_and_readers_after_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A writer who has waited long enough for a moment without readers lets none in any more."""
        monkeypatch.setattr(gates, "HANDED_OVER_S", 0.0)
        seen = Passing()
        seen.goes_on.set()
        first = seen.gate.enter()
        writer = started(seen.write)
        while seen.gate._writer is None:
            time.sleep(0.001)
        reader = started(seen.read)
        time.sleep(0.05)
        assert seen.order == []
        seen.gate.leave(first)
        writer.join(10)
        reader.join(10)
        assert seen.order == ["write", "read"]

    def test_lets_others_read_while_the_writer_waits_for_a_slow_reader(self) -> None:
        gate, written = Gate(), threading.Event()
        slow = gate.enter()

        def write() -> None:
            with gate.alone():
                written.set()

        writer = started(write)
        while gate._waiting is None:
            time.sleep(0.001)
        quick = started(lambda: gate.leave(gate.enter()))
        quick.join(10)
        assert not quick.is_alive()
        assert not written.is_set()
        gate.leave(slow)  # the last one hands over
        writer.join(10)
        assert written.is_set()

    def test_keeps_readers_out_from_the_hand_over_to_the_end_of_the_change(self) -> None:
        seen = Passing()
        first = seen.gate.enter()
        writer = started(seen.write)
        while seen.gate._waiting is None:
            time.sleep(0.001)
        seen.gate.leave(first)
        reader = started(seen.read)
        time.sleep(0.05)
        assert seen.order == []
        seen.goes_on.set()
        writer.join(10)
        reader.join(10)
        assert seen.order == ["write", "read"]

    def test_lets_a_thread_that_reads_begin_again_while_a_writer_waits(self) -> None:
        gate = Gate()
        first = gate.enter()
        writer = started(lambda: gate.alone().__enter__())
        while gate._waiting is None:
            time.sleep(0.001)
        gate.leave(gate.enter())
        gate.leave(first)
        writer.join(10)
        assert not writer.is_alive()

    def test_does_not_keep_a_writer_from_its_own_reading(self) -> None:
        gate = Gate()
        begun = gate.enter()
        with gate.alone():
            gate.leave(gate.enter())
        gate.leave(begun)

    def test_goes_on_where_a_reader_waits_for_the_writer(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(gates, "PATIENCE_S", 0.05)
        monkeypatch.setattr(gates, "HANDED_OVER_S", 0.05)
        gate, done = Gate(), threading.Event()
        gate.enter()

        def write() -> None:
            with gate.alone():
                done.set()

        started(write)
        assert done.wait(10)


def test_readers_never_see_half_of_a_large_change(tmp_path: Path) -> None:
    """Rows taken out and put in again, over and over, with the same sum."""
    store = Access(tmp_path / "store.duckdb", kept_open=True)
    store.create(__version__)
    with store.transaction(large=True) as con:
        con.execute(f"CREATE TABLE seen AS SELECT i AS item, i % 8 AS team FROM range({ROWS}) t(i) ORDER BY team, item")
    sums, over = set[tuple[int, int]](), threading.Event()

    def read(team: int) -> None:
        while not over.is_set():
            with store.reading() as con:
                sums.update(con.execute(f"SELECT count(*), sum(item)::BIGINT FROM seen WHERE team = {team}").fetchall())

    readers = [started(lambda team=team: read(team)) for team in (3, 3, 3)]  # type: ignore[misc]
    for left in range(5):
        with store.transaction(large=True) as con:
            con.execute(f"CREATE OR REPLACE TEMP TABLE again AS SELECT * FROM seen WHERE item % 50 <> {left}")
            con.execute(f"DELETE FROM seen WHERE item % 50 <> {left}")
            con.execute("INSERT INTO seen SELECT * FROM again")
    over.set()
    for reader in readers:
        reader.join(30)
    store.close()
    # items 3, 11, .. 399,995: 50,000 of them, on average 199,999
    assert sums == {(50_000, 50_000 * 199_999)}
