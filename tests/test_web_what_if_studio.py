"""The studio of the what-if page: quick answers first, and no work for nobody."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event

import pytest

from valuestream.errors import UnknownName
from valuestream.web.what_if_studio import Studio, Work
from valuestream.web.writer import Progress


def stepwise(studio: Studio, key: str, *, to_the_end: bool = False) -> tuple[Work, Event, Event, Event]:
    """A work that says it is half done when `go` is set; `began` and `passed` tell how far it came."""
    began, go, passed = Event(), Event(), Event()

    def make(progress: Progress) -> str:
        began.set()
        go.wait(10)
        progress(1, 2)
        passed.set()
        return f"made {key}"

    return studio.work(key, key, make, to_the_end=to_the_end), began, go, passed


@pytest.fixture
def late(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Sets the clock that much later."""
    before = time.monotonic

    def later(seconds: float) -> None:
        monkeypatch.setattr(time, "monotonic", lambda: before() + seconds)

    return later


def test_a_work_is_begun_once_and_keeps_what_it_made() -> None:
    studio = Studio()
    work, _, go, _ = stepwise(studio, "a")
    go.set()
    assert work.job.wait(10)
    assert studio.work("a", "a", lambda progress: "another") is work
    assert work.made == "made a"


def test_a_job_pauses_while_a_quick_answer_is_made() -> None:
    studio = Studio()
    work, began, go, passed = stepwise(studio, "a")
    assert began.wait(10)
    with studio.quickly():
        go.set()
        assert not passed.wait(0.2)
    assert passed.wait(10)
    assert work.job.wait(10)


def test_an_answer_that_nobody_looks_at_makes_way_for_the_next(late: Callable[[float], None]) -> None:
    studio = Studio()
    first, began, go, _ = stepwise(studio, "a")
    assert began.wait(10)
    second, _, go_on, _ = stepwise(studio, "b")
    go_on.set()
    late(20.0)
    studio.looked_at(second.job.id)
    go.set()
    assert second.job.wait(10)
    assert (first.job.state, second.job.state) == ("cancelled", "done")
    again, _, go, _ = stepwise(studio, "a")  # whoever asks again gets it
    go.set()
    assert again.job.wait(10)
    assert again is not first
    assert again.made == "made a"


def test_an_answer_that_a_page_looks_at_is_made_to_the_end(late: Callable[[float], None]) -> None:
    studio = Studio()
    first, began, go, _ = stepwise(studio, "a")
    assert began.wait(10)
    _, _, go_on, _ = stepwise(studio, "b")
    go_on.set()
    late(20.0)
    studio.looked_at(first.job.id)
    go.set()
    assert first.job.wait(10)
    assert first.job.state == "done"


def test_a_model_is_fitted_to_the_end_and_so_is_an_answer_that_nothing_waits_behind(
    late: Callable[[float], None],
) -> None:
    for to_the_end in (True, False):
        studio = Studio()
        work, began, go, _ = stepwise(studio, "a", to_the_end=to_the_end)
        assert began.wait(10)
        if to_the_end:
            stepwise(studio, "b")[2].set()
        late(20.0)
        go.set()
        assert work.job.wait(10)
        assert work.job.state == "done"


def test_a_job_that_is_not_known_is_said_to_be_unknown() -> None:
    with pytest.raises(UnknownName):
        Studio().looked_at("none")
