"""What was read is kept while there is room, and read once whoever asks."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import pytest

from valuestream.engine.keeping import Keeping


@dataclass(frozen=True)
class Column:
    nbytes: int


def test_what_was_asked_for_longest_ago_goes_first() -> None:
    keeping, read = Keeping(most_bytes=100), list[str]()

    def asked(name: str) -> None:
        def compute() -> Column:
            read.append(name)
            return Column(40)

        keeping.get(name, compute)

    for name in ("blue", "red", "blue", "green", "blue", "red"):
        asked(name)
    # green, the third of 40 bytes, sent red away, since blue was asked for again meanwhile
    assert read == ["blue", "red", "green", "red"]


def test_something_larger_than_all_room_is_kept_until_the_next() -> None:
    keeping = Keeping(most_bytes=10)
    large = keeping.get("large", lambda: Column(50))
    assert keeping.get("large", lambda: Column(51)) is large
    keeping.get("small", lambda: Column(1))
    assert keeping.get("large", lambda: Column(52)) == Column(52)


def test_whoever_asks_for_what_is_being_read_waits_for_it() -> None:
    keeping, begun, go = Keeping(), threading.Event(), threading.Event()
    found: list[object] = []

    def slow() -> str:
        begun.set()
        assert go.wait(10)
        return "read once"

    first = threading.Thread(target=lambda: found.append(keeping.get("blue", slow)))
    first.start()
    assert begun.wait(10)
    second = threading.Thread(target=lambda: found.append(keeping.get("blue", lambda: "read twice")))
    second.start()
    go.set()
    first.join(10)
    second.join(10)
    assert found == ["read once", "read once"]


def test_an_error_is_told_and_not_kept() -> None:
    keeping = Keeping()

    def wrong() -> str:
        raise ValueError("the disk is away")

    with pytest.raises(ValueError, match="disk"):
        keeping.get("blue", wrong)
    assert keeping.get("blue", lambda: "read") == "read"
