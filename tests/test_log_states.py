"""Raw states counted, and a part of a large log."""

from __future__ import annotations

import numpy as np

from valuestream import sketch
from valuestream.log.states import Entered, entered, part


def test_states_are_counted_by_entries_and_by_items() -> None:
    log = sketch("A: todo 1, dev 2, todo 3, dev 4, done 5\nB: todo 1, build(2..3), type=Bug 2")
    assert entered(log) == [
        Entered("todo", 3, 2, "A"), Entered("dev", 2, 1, "A"), Entered("build", 1, 1, "B"), Entered("done", 1, 1, "A"),
    ]  # fmt: skip


def test_an_empty_log_has_no_states() -> None:
    assert entered(sketch("")) == []


def test_a_small_log_is_tried_on_whole() -> None:
    log = sketch("A: todo 1, dev 2\nB: todo 1, dev 2")
    assert part(log, 4) == (log, 1)


def test_a_large_log_is_tried_on_by_every_so_many_items() -> None:
    log = sketch("\n".join(f"I{n}: todo 1, dev 2" for n in range(10)))
    some, step = part(log, 7)
    # 20 events, 7 wanted: every third item, 0 3 6 9, with all its events
    assert step == 3
    assert np.unique(some.item).tolist() == [0, 3, 6, 9]
    assert len(some) == 8
