"""What items wait for, worked by hand: each rule in its place, and the parts add up."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import SHARED
from valuestream import Stage, Stream, ValueStream, sketch
from valuestream.analysis import causes
from valuestream.calendar import Calendar
from valuestream.flow.pools import capacity, meanwhile
from valuestream.pictures.answers import CAUSES as SHOWN
from valuestream.working_hours import parse_hours

approx = pytest.approx
DAY = 86_400.0
STREAM = Stream(
    "s", (Stage("Dev", queue=("todo",), work=("dev",), blocked=("stuck",)), Stage("Customer", external=("asking",)),
          Stage("Release", queue=("packed",))), done=("done",),
)  # fmt: skip


def waits(text: str, stream: Stream = STREAM) -> dict[str, dict[str, float]]:
    """Days a finished item waits by stage and cause."""
    with ValueStream(sketch(text), stream) as seen:
        stages = seen.map()["stages"]
    for stage in stages:
        assert sum(part["seconds"] for part in stage["causes"]) == approx(stage["per_item_s"]["wait"], rel=1e-12)
    return {
        stage["name"]: {part["cause"]: part["seconds"] / DAY for part in stage["causes"]}
        for stage in stages
        if stage["causes"]
    }


def test_others_outside_and_blocks_are_told_apart() -> None:
    # A is blocked 2 days and 3 days with the customer
    assert waits("A: dev 1, stuck 2, dev 4, asking 5, done 8") == {
        "Dev": {"blocked": 2.0}, "Customer": {"others outside": 3.0},
    }  # fmt: skip


def test_hands_are_busy_while_as_many_are_served_as_ever_are() -> None:
    # one at a time: B waits while A is served (days 2 to 5), then a day for no reason seen
    assert waits("A: dev 1, done 5\nB: todo 2, dev 6, done 7") == {
        "Dev": {"hands busy": approx(3 / 2), "unexplained": approx(1 / 2)},
    }  # fmt: skip


def test_an_item_that_came_later_and_is_served_first_has_overtaken() -> None:
    # C came on day 3 and is served from 4 to 6, while B, here since 2, waits until 7
    assert waits("B: todo 2, dev 7, done 8\nC: todo 3, dev 4, done 6") == {
        "Dev": {"later items first": approx(2 / 2), "unexplained": approx((3 + 1) / 2)},
    }  # fmt: skip


def test_servers_of_another_team_explain_nothing() -> None:
    text = "A: team=Blue 1, dev 1, done 5\nB: team=Red 2, todo 2, dev 6, done 7"
    assert waits(text) == {"Dev": {"unexplained": approx(4 / 2)}}


def test_a_batch_fills_until_its_last_item_comes_and_is_ready_from_then_on() -> None:
    # both leave on day 9 with release 1: A came on 2, B on 6; each adds 3 ready days, A 4 of filling
    text = "A: dev 1, packed 2, release=1 9, done 9\nB: dev 5, packed 6, release=1 9, done 9"
    found = waits(text)["Release"]
    assert found == {"batch fills": approx(4 / 2), "batch is ready": approx((3 + 3) / 2)}


def test_what_no_rule_explains_outside_working_hours_is_off_hours() -> None:
    # 2024-01-01 is a Monday; A waits from Friday 5 to Monday 8, both at midnight: 8 h of it are worked
    calendar = Calendar(hours=parse_hours("Mon-Fri 09:00-17:00"), zone="UTC")
    found = waits("A: todo 5, dev 8, done 9", replace(STREAM, calendar=calendar))
    assert found == {"Dev": {"off hours": approx(64 / 24), "unexplained": approx(8 / 24)}}


def test_a_wait_after_work_began_was_put_back() -> None:
    assert waits("A: dev 1, todo 2, dev 4, done 5")["Dev"] == {"put back": 2.0}


def test_where_a_block_lies_in_the_queue_its_rest_is_not_explained() -> None:
    # nobody knows from a visit when in its queue it was blocked
    assert waits("A: todo 1, stuck 3, todo 4, dev 6, done 7")["Dev"] == {"blocked": 1.0, "unexplained": 4.0}


def test_capacity_is_what_all_but_a_twentieth_of_the_time_stays_within() -> None:
    assert capacity(np.array([1, 2, 3]), np.array([10, 85, 5])) == 2
    assert capacity(np.array([1, 2, 3]), np.array([10, 84, 6])) == 3
    assert capacity(np.array([0]), np.array([9])) == 1


spans = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 20), st.integers(0, 20)), min_size=1, max_size=12)


def by_hand(served: list[tuple[int, int, int]], since: int, until: int, most: int) -> tuple[int, int]:
    """The same instant by instant: overtaken, busy."""
    overtaken = busy = 0
    for at in range(since, until):
        there = [came for came, begun, ended in served if begun <= at < ended]
        if any(came > since for came in there):
            overtaken += 1
        elif there and len(there) >= most:
            busy += 1
    return overtaken, busy


@given(spans, spans)
def test_a_pools_sums_are_those_of_a_look_at_each_instant(served: list, waited: list) -> None:
    rows = [(came, came + queue, came + queue + work) for came, queue, work in served]
    columns = (np.array(column, np.int64) for column in zip(*rows, strict=True))
    came, begun, ended = columns
    since = np.array([came for came, *_ in waited], np.int64)
    until = np.array([came + queue for came, queue, _ in waited], np.int64)
    found = meanwhile(came, begun, ended, since, until, worked=None)
    edges = sorted({at for row in rows for at in row[1:]})
    counts = [sum(b <= at < e for _, b, e in rows) for at in range(edges[0], edges[-1] + 1)]
    most = capacity(np.array(counts, np.int64), np.ones(len(counts), np.int64))
    expected = [by_hand(rows, int(a), int(b), most) for a, b in zip(since, until, strict=True)]
    assert list(zip(found.overtaken.tolist(), found.busy.tolist(), strict=True)) == expected
    assert not found.closed.any()


def test_a_log_in_memory_may_be_too_large_to_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("valuestream.engine.duck.MOST_EXPLAINED", 1)
    with ValueStream(sketch("A: todo 1, dev 2, done 3\nB: todo 1, dev 2, done 3"), STREAM) as seen:
        stages = seen.map()["stages"]
    assert [(stage["causes"], stage["constraint"]) for stage in stages] == [(None, None)] * 3


def test_the_pictures_know_the_same_causes() -> None:
    assert SHOWN == causes.CAUSES


def test_the_incidents_log_adds_up() -> None:
    file = SHARED / "data" / "incidents" / "incident_status.csv.gz"
    if not file.exists():
        pytest.skip("the incidents log is not here")
    from valuestream.discovering import suggested
    from valuestream.sources.open import read

    log = read(file)
    with ValueStream(log, suggested(log)) as seen:
        for stage in (one for one in seen.map()["stages"] if one["kind"] != "reopened"):
            told = sum(part["seconds"] for part in stage["causes"])
            assert told == approx(stage["per_item_s"]["wait"], rel=1e-9)
