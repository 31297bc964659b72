"""Import in a real browser: what a person sees, presses and is told, from the file to the map."""

from __future__ import annotations

import csv
import gzip
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from valuestream.errors import InputError, Interrupted
from valuestream.sources import open as sources
from valuestream.sources.source import Reading
from valuestream.web import apart
from valuestream.web.workshop import Workshop
from web_pages import opened, walked

if TYPE_CHECKING:
    from valuestream.log.event import Log

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.slow]
LIMIT = 4 << 20
DATES = ["03.02.2024", "05.02.2024", "31.02.2024", "09.02.2024"]
"""The third does not exist."""


def german(items: int = 1, dates: list[str] = DATES) -> bytes:
    states = ["wartet", "in Arbeit", "in Arbeit", "fertig"]
    rows = [f"A{n};{when};{state}" for n in range(items) for when, state in zip(dates, states, strict=True)]
    return "\n".join(["Ding;Wann;Lage", *rows, ""]).encode()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with opened() as one:
        yield one


@pytest.fixture
def page(browser: Any, client: httpx.Client) -> Iterator[Any]:
    context = browser.new_context(base_url=str(client.base_url), accept_downloads=True)
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("pageerror", lambda one: complaints.append(str(one)))
    opened.on("dialog", lambda one: complaints.append(one.message))
    yield opened
    context.close()
    assert complaints == []


def upload(page: Any, content: bytes, name: str = "Dinge.csv") -> None:
    page.goto("/import")
    page.get_by_label("File").set_input_files({"name": name, "mimeType": "text/csv", "buffer": content})
    page.get_by_role("button", name="Upload and look at it").click()


def choose(page: Any) -> None:
    for column, meaning in (("Ding", "item"), ("Wann", "time"), ("Lage", "state")):
        page.get_by_label(f"Meaning of {column}").select_option(meaning)
    page.get_by_role("button", name="Look again").last.click()
    page.get_by_role("heading", name="The first events, as they were read").wait_for()


def import_it(page: Any) -> None:
    page.get_by_role("button", name="Import", exact=True).click()
    page.wait_for_url("**/jobs/*")


def held_until_told(here: Workshop) -> threading.Event:
    """Reading a file takes until the event is set, and then finds that it was none."""
    told = threading.Event()

    def slowly(path: Path, reading: Reading) -> Log:
        told.wait(60)
        raise InputError("It was no file.", "Take another.")

    here.workspace.read = slowly
    return told


def test_columns_are_chosen_dates_looked_at_and_what_is_rejected_downloaded(page: Any, tmp_path: Path) -> None:
    upload(page, german())
    assert "03.02.2024 · 05.02.2024" in page.get_by_role("row", name="Wann").inner_text()
    choose(page)
    assert "2024-02-03 00:00" in page.get_by_role("row", name="UTC wartet").inner_text()  # the third of February
    with page.expect_download() as found:
        page.get_by_role("button", name="Download the rejected rows").click()
    found.value.save_as(tmp_path / "rejects.csv")
    with (tmp_path / "rejects.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["place"] for row in rows] == ["line 4"]
    assert "31.02.2024" in rows[0]["row"]
    import_it(page)
    page.get_by_text("Done.").wait_for()
    assert page.get_by_role("definition").all_inner_texts() == ["3", "3", "0", "1"]
    page.goto("/")
    assert page.locator("svg").first.is_visible()
    assert "In Arbeit" in page.locator("svg").first.text_content()


def test_every_step_is_walked_by_keyboard(page: Any) -> None:
    from playwright.sync_api import expect

    page.goto("/import")
    walked(page)
    upload(page, german())
    walked(page)  # a card that says what is missing
    choose(page)
    walked(page)
    import_it(page)
    page.get_by_text("Done.").wait_for()
    walked(page)
    for path in ("/snapshots", "/data", "/what-if"):
        page.goto(path)
        page.wait_for_load_state("networkidle")
        expect(page.locator("[data-job]")).to_have_count(0, timeout=30_000)  # when it is over the page comes anew
        walked(page)


def test_the_next_file_with_these_columns_is_read_alike(page: Any) -> None:
    upload(page, german())
    choose(page)
    import_it(page)
    page.get_by_text("Done.").wait_for()
    page.get_by_role("link", name="Import another file").click()
    upload(page, german(items=2), "mehr.csv")
    page.get_by_text("Read as the last file with these columns was.").wait_for()
    assert page.get_by_label("Meaning of Lage").input_value() == "state"


def test_progress_is_seen_and_a_cancelled_import_leaves_nothing(page: Any, here: Workshop) -> None:
    def slowly(path: Path, reading: Reading) -> Log:
        for done in range(1_000):
            assert reading.progress is not None
            reading.progress(400 + done // 100, 1_000)
            time.sleep(0.05)
        raise AssertionError("nobody cancelled")

    here.workspace.read = slowly
    upload(page, german())
    choose(page)
    import_it(page)
    page.get_by_text("At work.").wait_for()
    page.locator("[data-told]", has_text="40 %").wait_for()
    page.get_by_role("button", name="Cancel").click()
    page.get_by_text("Cancelled; nothing was changed.").wait_for()
    with here.workspace.store.reading() as con:
        assert [con.execute(f"SELECT count(*) FROM {table}").fetchall() for table in ("event", "run")] == [[(0,)]] * 2
    assert list(here.uploads.folder.iterdir()) == []


def test_an_import_waits_for_its_turn_and_says_when_its_turn_has_come(page: Any, here: Workshop) -> None:
    """Another job holds the writer while the page of this one opens; then this one holds it."""
    turn, end = threading.Event(), held_until_told(here)
    upload(page, german())
    choose(page)
    here.writer.put("before it", lambda progress: {"waited": turn.wait(60)}, kind="build")
    import_it(page)
    page.get_by_text("It waits for its turn.").wait_for()
    turn.set()
    page.get_by_text("At work.").wait_for()
    assert page.get_by_text("It waits for its turn.").count() == 0
    end.set()
    page.get_by_role("alert").wait_for()


def test_a_job_whose_server_is_away_says_so_and_goes_on_when_it_is_back(page: Any, here: Workshop) -> None:
    gone = held_until_told(here)
    upload(page, german())
    choose(page)
    page.route("**/jobs/*.json", lambda route: route.abort())
    import_it(page)
    page.locator("[data-told]", has_text="The server does not answer").wait_for()
    page.unroute("**/jobs/*.json")
    gone.set()
    page.get_by_role("alert").wait_for()
    assert "It was no file." in page.get_by_role("alert").inner_text()


def test_a_file_over_the_limit_is_refused_before_it_is_sent(page: Any, here: Workshop) -> None:
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.method))
    upload(page, b"x" * (LIMIT + 1))
    assert page.get_by_label("File").evaluate("file => file.validationMessage") == "This file is larger than that."
    assert "POST" not in asked


def test_a_bomb_is_a_card_that_says_what_to_do(page: Any, here: Workshop) -> None:
    bomb = gzip.compress(b"0" * (200 << 20), 9)
    assert len(bomb) < LIMIT
    upload(page, bomb, "bomb.csv.gz")
    page.get_by_role("alert").wait_for()
    assert "unpacks to more than" in page.get_by_role("alert").inner_text()
    assert list(here.uploads.folder.iterdir()) == []


def test_html_in_a_files_name_its_titles_and_its_states_is_text(page: Any) -> None:
    """Anything run would open a dialog, which the page's fixture takes for a failure."""
    bad = "<img src=x onerror=alert(1)>"
    rows = [f"{bad},2024-02-0{day},{state}{bad},{bad}" for day, state in ((3, "todo"), (5, "dev"), (9, "done"))]
    upload(page, "\n".join(["item,time,state,title", *rows, ""]).encode(), f"../{bad}.csv")
    page.get_by_text(f"todo{bad}").first.wait_for()
    import_it(page)
    page.get_by_text("Done.").wait_for()
    for path in ("/", "/items", "/data", "/mapping", "/flow"):
        page.goto(path)
        page.wait_for_load_state("networkidle")
        assert page.locator("img[src=x]").count() == 0
    page.goto("/items")
    page.get_by_role("link", name=bad).first.click()
    assert page.get_by_role("heading", level=1).inner_text().startswith("<img")


def test_a_large_file_is_read_apart_and_told_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "tickets.csv"
    file.write_text("item,time,state\n" + "".join(f"A{n},2024-02-03,todo\n" for n in range(1_000)))
    monkeypatch.setattr(apart, "SMALL", 0)
    seen: list[tuple[int, int]] = []
    here = sources.read(file)
    taker: Any = threading.RLock()  # who takes parts of a log stays here; a reading apart gives the whole
    found = apart.read(file, Reading(progress=lambda done, whole: seen.append((done, whole)), into=taker))
    assert [list(found.items), found.at.tolist(), found.value.tolist(), found.notes] == [
        list(here.items), here.at.tolist(), here.value.tolist(), here.notes,
    ]  # fmt: skip
    assert seen


def test_what_is_wrong_with_a_file_read_apart_is_said_as_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "SMALL", 0)
    (tmp_path / "empty.csv").touch()
    with pytest.raises(InputError, match="is empty") as wrong:
        apart.read(tmp_path / "empty.csv", Reading())
    assert wrong.value.hint


def test_a_reading_apart_ends_with_who_cancels_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "SMALL", 0)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    file = tmp_path / "pipe.csv"
    file.write_text("item,time,state\n" + "A,2024-02-03,todo\n" * 2_000_000)
    began = time.monotonic()

    def cancel(done: int, whole: int) -> None:
        raise Interrupted("Cancelled.", "Nothing was left.")

    with pytest.raises(Interrupted):
        apart.read(file, Reading(progress=cancel))
    assert time.monotonic() - began < 10
    assert not list(tmp_path.glob("vsm-*"))
