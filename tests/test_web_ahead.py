"""What the pages offer is answered ahead: when nobody looks, of the present build, while the server runs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from valuestream.sources.demo import demo
from valuestream.sources.write import write_events
from valuestream.web import ahead, map_page
from valuestream.web.ahead import Ahead, Seen
from valuestream.web.app import app
from valuestream.web.filters import Filters
from valuestream.web.workshop import Workshop
from valuestream.workspace import Workspace
from web_pages import small

TEAMS = ("Blue", "Red")


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Workshop]:
    """The demo in a workspace, built, as a server holds it."""
    write_events(demo(1, 60), tmp_path / "demo.csv")
    work = Workspace.init(tmp_path)
    work.import_file(tmp_path / "demo.csv")
    with work.stream() as built:
        built.window  # noqa: B018  # built by being asked
    work.close()
    served = Workshop(Workspace.open(tmp_path, kept_open=True))
    yield served
    served.close()


def asking(served: Any, seen: Seen, answer: Callable[[Filters], object], recent: list[Filters] | None = None) -> Ahead:
    return Ahead(served, seen, answer, lambda: recent or [])


def versions(served: Workshop) -> list[Any]:
    return [served.version(name) for name in served.streams]


def quiet() -> Seen:
    seen = Seen()
    time.sleep(ahead.QUIET_S)  # what is new has been under way a moment ago
    return seen


def test_what_was_looked_at_comes_first_then_each_teams_periods(shop: Workshop) -> None:
    asked: list[Filters] = []
    own = Filters(since="2024-03-01", to="2024-03-31")
    asking(shop, quiet(), asked.append, [own]).ask(versions(shop))
    assert asked[0] == own
    offered = [(dict(one.where)["team"], one.since is None) for one in asked[1:]]
    assert sorted(offered) == sorted(((team,), whole) for team in TEAMS for whole in (True, False, False, False))
    assert {one.to for one in asked[1:]} == {None}


def test_a_page_finds_its_answer(shop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page of a team and 90 days as the pages link to it, asked after the thread has been through."""
    pages = app(shop)
    pages.state.ahead.ask(versions(shop))
    kept = map_page.looked_at(pages.state.answers)
    assert len(kept) == 4 * len(TEAMS)
    monkeypatch.setattr(shop, "asking", None)  # whoever computes fails
    for chosen in kept:
        map_page.answer_ahead(shop, pages.state.answers, chosen)


def test_it_waits_while_a_page_is_under_way(shop: Workshop) -> None:
    seen, asked = Seen(), list[Filters]()
    seen.count(1)
    thread = asking(shop, seen, asked.append)
    thread.start()
    time.sleep(1.0)
    assert asked == []
    seen.count(-1)
    _until(lambda: len(asked) == 4 * len(TEAMS))
    thread.close()


def test_after_a_newer_build_it_begins_anew(shop: Workshop) -> None:
    """The question under way when the build changes is the last one of the build before."""
    asked: list[Filters] = []
    present = versions(shop)

    def answer(chosen: Filters) -> None:
        asked.append(chosen)
        shop.workspace.build(whole=True)

    asking(shop, quiet(), answer).ask(present)
    assert len(asked) == 1
    assert versions(shop) != present


def test_a_team_whose_figures_are_refused_keeps_no_other_one_out(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Filters] = []
    teams = [Filters(where={"team": (name,)}) for name in ("Nobody", "Red")]
    monkeypatch.setattr(Ahead, "_teams", lambda self, version: iter(teams))
    asking(shop, quiet(), asked.append).ask(versions(shop))
    assert [dict(one.where)["team"] for one in asked] == [("Red",)] * 4


def test_what_was_never_built_is_not_built_for_it(here: Workshop) -> None:
    asked: list[Filters] = []
    asking(here, quiet(), asked.append).ask(versions(here))
    assert asked == []


def test_a_log_in_memory_has_one_reader_at_a_time_and_is_left_alone() -> None:
    one = small()
    thread = asking(one, quiet(), lambda chosen: pytest.fail("asked"))
    thread.start()
    assert not any(running.name == "ahead" for running in threading.enumerate())
    thread.close()


def test_closing_ends_it_soon(shop: Workshop) -> None:
    seen = Seen()
    seen.count(1)
    thread = asking(shop, seen, lambda chosen: None)
    thread.start()
    begun = time.monotonic()
    thread.close()
    assert time.monotonic() - begun < 5
    assert not any(running.name == "ahead" for running in threading.enumerate())


def test_a_page_that_has_its_answer_does_not_wait_for_a_commit(shop: Workshop) -> None:
    """While the writer is alone, the state of the data is the one that was last heard of."""
    before, alone, go = shop.version(None), threading.Event(), threading.Event()
    assert shop.stale(None) is False

    def write() -> None:
        with shop.workspace.store.gate.alone():
            alone.set()
            go.wait(20)

    writer = threading.Thread(target=write)
    writer.start()
    assert alone.wait(10)
    try:
        begun = time.monotonic()
        assert shop.version(None) == before
        assert shop.stale(None) is False
        assert time.monotonic() - begun < 5
    finally:
        go.set()
        writer.join(10)


def _until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)
