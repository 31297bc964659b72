"""Answers are computed once; after an import the one from before is shown for a moment, and said to be from before."""

from __future__ import annotations

import threading
import time

import pytest

from valuestream.web import answers
from valuestream.web.answers import Answers


def test_an_answer_is_computed_once_for_a_state_of_the_data() -> None:
    kept, asked = Answers(), []
    for _ in range(3):
        assert kept.soon(1, "map", lambda: asked.append(1) or "one") == ("one", True)
    assert asked == [1]


def test_one_that_takes_long_is_the_one_before_until_it_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "PATIENCE_S", 0.01)
    kept, go = Answers(), threading.Event()

    def slow() -> str:
        assert go.wait(10)
        return "two"

    assert kept.soon(1, "map", lambda: "one") == ("one", True)
    assert kept.soon(2, "map", slow) == ("one", False)
    assert kept.soon(2, "map", slow) == ("one", False)  # and is computed once
    go.set()
    monkeypatch.setattr(answers, "PATIENCE_S", 10)
    assert kept.soon(2, "map", slow) == ("two", True)
    assert kept.soon(2, "map", lambda: "never asked") == ("two", True)


def test_who_has_waited_once_takes_what_is_there() -> None:
    """A page asks for several answers; their waits do not add up."""
    kept, go = Answers(), threading.Event()

    def slow() -> str:
        assert go.wait(10)
        return "two"

    assert kept.soon(1, "map", lambda: "one") == ("one", True)
    begun = time.monotonic()
    assert kept.soon(2, "map", slow, patient=False) == ("one", False)
    assert time.monotonic() - begun < answers.PATIENCE_S
    go.set()


def test_an_answer_there_ahead_is_neither_computed_nor_waited_for() -> None:
    kept = Answers()
    kept.ahead(1, "map of Blue", lambda: "blue")
    assert kept.soon(1, "map of Blue", lambda: "never asked") == ("blue", True)


def test_what_was_answered_ahead_stands_behind_what_was_asked() -> None:
    kept = Answers()
    kept.soon(1, "map", lambda: "map")
    kept.soon(1, "map of Red", lambda: "red")
    kept.ahead(1, "map of Blue", lambda: "blue")
    kept.ahead(1, "map", lambda: "never asked")
    assert kept.recent() == ["map of Red", "map", "map of Blue"]


def test_one_that_is_there_soon_is_shown_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "PATIENCE_S", 10)
    kept = Answers()
    assert kept.soon(1, "map", lambda: "one") == ("one", True)
    assert kept.soon(2, "map", lambda: "two") == ("two", True)


def test_a_question_that_was_never_asked_before_is_waited_for() -> None:
    kept = Answers()
    assert kept.soon(1, "map of Blue", lambda: "blue") == ("blue", True)
    assert kept.soon(2, "map of Red", lambda: "red") == ("red", True)


def test_what_went_wrong_behind_is_told_to_who_asks_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "PATIENCE_S", 0.01)
    kept, go = Answers(), threading.Event()

    def wrong() -> str:
        assert go.wait(10)
        raise ValueError("the period lies after the log")

    assert kept.soon(1, "map", lambda: "one") == ("one", True)
    assert kept.soon(2, "map", wrong) == ("one", False)
    go.set()
    monkeypatch.setattr(answers, "PATIENCE_S", 10)
    with pytest.raises(ValueError, match="after the log"):
        kept.soon(2, "map", wrong)
    with pytest.raises(ValueError, match="after the log"):
        kept.soon(2, "map", wrong)
