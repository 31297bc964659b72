"""The real pages in a real browser: no errors, nothing from elsewhere, keyboard, light, dark, narrow, no scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from command_line import STREAM, written
from pictures_samples import fifteen
from test_web_what_if import MODEL, ready
from valuestream import one_stream, sketch
from valuestream.pictures import map as picture
from valuestream.simulation.answer import recorded, stream_of, to_log
from valuestream.simulation.engine import Length
from valuestream.web.served import OneLog
from web_pages import opened, serving, tab_to, walked

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.slow]
LOG = "\n".join(
    f"A{n}: type=Bug {n}, team=Blue {n}, todo {n}, dev {n + 1}, ready {n + 3}, test {n + 4}, done {n + 6 + n % 4}"
    for n in range(1, 13)
) + "\nB: todo 1, dev 3, ready 4, test 5, dev 6, test 8\nC: todo 1, waiting 2, done 9"  # fmt: skip
PAGES = (
    "/", "/flow", "/stage/Dev", "/items", "/item/B", "/data", "/mapping", "/report", "/report?kind=weekly", "/nowhere",
    "/future?Test.wait=1+h&%2B0.name=Checks&%2B0.active=5+min",
    "/?team=Nope",
)  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with opened() as one:
        yield one


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return written(tmp_path, "valuestream.yaml", STREAM.replace("tickets:", "tickets:  # ours"))


@pytest.fixture
def client(file: Path) -> Iterator[httpx.Client]:
    with serving(OneLog(sketch(LOG), one_stream(file), file=file)) as one:
        yield one


class Watched:
    """A page whose complaints, and requests to other hosts, are noted."""

    def __init__(self, page: Any, base: str) -> None:
        self.page, self.base = page, base
        self.complaints: list[str] = []
        page.on("console", lambda one: self._said(one))
        page.on("pageerror", lambda one: self.complaints.append(str(one)))
        page.on("request", lambda one: self._asked(one.url))

    def _said(self, one: Any) -> None:
        if one.type in ("error", "warning") and "status of 4" not in one.text:
            self.complaints.append(one.text)

    def _asked(self, url: str) -> None:
        if not url.startswith((self.base, "data:", "blob:")):
            self.complaints.append(f"asked elsewhere: {url}")

    def open(self, path: str) -> Any:
        self.page.goto(f"{self.base}{path}")
        self.page.wait_for_load_state("networkidle")
        return self.page


@contextmanager
def watching(browser: Any, client: httpx.Client, **options: Any) -> Iterator[Watched]:
    context = browser.new_context(**options)
    try:
        yield Watched(context.new_page(), str(client.base_url).rstrip("/"))
    finally:
        context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 420])
def test_every_page_opens_without_complaint_and_without_scrolling_sideways(
    browser: Any, client: httpx.Client, scheme: str, width: int
) -> None:
    size = {"width": width, "height": 900}
    with watching(browser, client, viewport=size, color_scheme=scheme) as watched:
        for path in PAGES:
            page = watched.open(path)
            over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert (path, over) == (path, 0)
            background = page.evaluate("getComputedStyle(document.body).backgroundColor")
            assert background == {"light": "rgb(251, 250, 248)", "dark": "rgb(20, 23, 26)"}[scheme]
        assert watched.complaints == []


def test_what_if_with_its_maps_fits_a_narrow_window_and_is_walked_by_keyboard(browser: Any) -> None:
    log = to_log(recorded(MODEL, length=Length(800), seed=2))
    with serving(OneLog(log, stream_of(MODEL))) as client:
        asked = "/what-if?Dev.servers=2&maps=1"
        assert 'id="maps"' in ready(client, asked)
        for width in (1280, 420):
            with watching(browser, client, viewport={"width": width, "height": 900}) as watched:
                page = watched.open(asked)
                over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
                assert (width, over) == (width, 0)
                walked(page)
                assert watched.complaints == []


def test_a_refined_answer_waits_until_the_field_is_left(browser: Any) -> None:
    """The page comes anew when its job is over; a number that is being typed is not taken away by it."""
    log = to_log(recorded(MODEL, length=Length(800), seed=2))
    state = {"state": "running", "done": 1, "whole": 4}
    with serving(OneLog(log, stream_of(MODEL))) as client, watching(browser, client) as watched:
        ready(client, "/what-if")  # the model is fitted; the answer to a question is refined after it is shown
        page = watched.page
        page.route("**/what-if/jobs/*.json", lambda route: route.fulfill(json=state))
        watched.open("/what-if?Dev.servers=2")
        page.get_by_text("25 %").wait_for()
        page.locator("#Dev\\.servers").fill("3")
        state["state"] = "done"
        page.get_by_text("The refined answer is here; it is shown once you leave the field.").wait_for()
        assert "on its way" not in page.locator("[data-job]").inner_text()
        assert page.locator("#Dev\\.servers").input_value() == "3"
        ready(client, "/what-if?Dev.servers=2")
        page.locator("h1").click()
        page.locator("[data-job]").wait_for(state="detached")
        assert watched.complaints == []


def test_charts_are_drawn_when_they_come_into_sight(browser: Any, client: httpx.Client) -> None:
    with watching(browser, client) as watched:
        page = watched.open("/flow")
        page.wait_for_selector(".plot[data-drawn] canvas")
        page.locator(".plot").last.scroll_into_view_if_needed()
        page.locator(".plot").last.locator("canvas").wait_for()
        assert watched.complaints == []


class TestAServerThatDoesNotAnswer:
    def test_a_chart_says_so_in_its_place_and_is_asked_for_again(self, browser: Any, client: httpx.Client) -> None:
        with watching(browser, client) as watched:
            watched.page.route("**/charts/**", lambda route: route.abort())
            page = watched.open("/flow")
            card = page.locator(".plot").first.get_by_role("alert")
            card.wait_for()
            assert "could not be loaded" in card.inner_text()
            page.unroute("**/charts/**")
            card.get_by_role("button", name="Try again").click()
            page.locator(".plot").first.locator("canvas").wait_for()

    def test_the_preview_of_a_mapping_says_so(self, browser: Any, client: httpx.Client) -> None:
        with watching(browser, client) as watched:
            page = watched.open("/mapping")
            page.route("**/mapping", lambda route: route.abort())
            page.get_by_label("Stage of waiting").select_option("Test")
            page.locator("[data-preview]", has_text="The server does not answer").wait_for()
            assert not page.locator("[data-preview][aria-busy]").count()


class TestWithoutScripts:
    def test_charts_are_pictures_and_everything_else_works(
        self, browser: Any, client: httpx.Client, file: Path
    ) -> None:
        with watching(browser, client, java_script_enabled=False) as watched:
            page = watched.open("/flow")
            assert page.locator(".plot img").count() > 5
            page.goto(f"{watched.base}/?team=Blue")
            page.get_by_role("button", name="Dark").click()
            assert page.locator("html").get_attribute("data-theme") == "dark"
            assert page.url.endswith("/?team=Blue")
            page.goto(f"{watched.base}/mapping")
            page.get_by_label("Stage of waiting").select_option("Test")
            page.get_by_label("Kind of waiting").select_option("queue")
            page.get_by_role("button", name="Save").click()
            page.get_by_role("status").wait_for(state="visible")
        assert one_stream(file).stages[1].queue == ("ready", "waiting")


class TestTheTheme:
    def test_chosen_wins_over_the_systems_and_charts_follow(self, browser: Any, client: httpx.Client) -> None:
        with watching(browser, client, color_scheme="dark") as watched:
            page = watched.open("/flow")
            page.wait_for_selector(".plot[data-drawn=dark]")
            with page.expect_navigation(wait_until="load"):
                page.get_by_role("button", name="Light").click()
            page.wait_for_selector(".plot[data-drawn=light]")
            assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(251, 250, 248)"


@pytest.mark.parametrize(
    ("width", "document", "least"), [(1280, "two", 1.0), (1280, "fifteen", 0.9), (420, "fifteen", 0.8)]
)
def test_a_map_is_neither_blown_up_nor_shrunk_until_nobody_can_read_it(
    browser: Any, client: httpx.Client, width: int, document: str, least: float
) -> None:
    with watching(browser, client, viewport={"width": width, "height": 900}) as watched:
        page = watched.open("/")
        if document == "fifteen":
            drawn = str(picture.svg(fifteen(), standalone=False))
            page.locator(".map").evaluate("(one, drawn) => { one.innerHTML = drawn; }", drawn)
        scale = page.locator(".map svg").evaluate(
            "one => one.getBoundingClientRect().width / one.viewBox.baseVal.width"
        )
        assert least <= round(scale, 3) <= 1.0


@pytest.mark.parametrize("chosen", ["Auto", "Dark"])
def test_on_paper_a_dark_page_is_light_and_has_no_forms(browser: Any, client: httpx.Client, chosen: str) -> None:
    with watching(browser, client, color_scheme="dark") as watched:
        page = watched.open("/")
        with page.expect_navigation(wait_until="load"):
            page.get_by_role("button", name=chosen).click()
        page.emulate_media(media="print", color_scheme="dark")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(251, 250, 248)"
        assert not page.locator("form.filters").is_visible()
        assert page.locator(".map svg").is_visible()


class TestByKeyboardAlone:
    def test_the_first_stop_skips_to_the_content(self, browser: Any, client: httpx.Client) -> None:
        with watching(browser, client) as watched:
            page = watched.open("/")
            page.keyboard.press("Tab")
            assert page.evaluate("document.activeElement.className") == "skip"
            page.keyboard.press("Enter")
            assert page.evaluate("document.activeElement.id") == "content"

    def test_a_slash_goes_to_the_search_and_a_question_mark_lists_the_keys(
        self, browser: Any, client: httpx.Client
    ) -> None:
        with watching(browser, client) as watched:
            page = watched.open("/")
            page.keyboard.press("?")
            assert page.locator("#keys").evaluate("one => one.open")
            page.keyboard.press("Escape")
            assert not page.locator("#keys").evaluate("one => one.open")
            page.keyboard.press("/")
            assert page.evaluate("document.activeElement.id") == "find"
            page.keyboard.type("a?/")
            assert page.locator("#find").input_value() == "a?/"

    @pytest.mark.parametrize("path", PAGES)
    def test_every_stop_can_be_seen_and_has_a_name(self, browser: Any, client: httpx.Client, path: str) -> None:
        with watching(browser, client) as watched:
            page = watched.open(path)
            walked(page)

    def test_the_points_of_a_chart_are_walked_and_opened(self, browser: Any, client: httpx.Client) -> None:
        with watching(browser, client) as watched:
            page = watched.open("/flow")
            plot = page.locator(".plot[data-drawn]").first
            plot.wait_for()
            readout = plot.locator("xpath=following-sibling::*[@data-readout]")
            plot.focus()
            assert "Arrow keys" in readout.inner_text()
            page.keyboard.press("ArrowRight")
            first = readout.inner_text()
            # of the twelve finished A1 is the first: done on day 8 after 7 days
            assert "item: A1, days: 7" in first
            assert "(1 / 12)" in first
            assert plot.locator(".ring").is_visible()
            page.keyboard.press("End")
            assert "(12 / 12)" in readout.inner_text()
            page.keyboard.press("ArrowRight")
            assert "(12 / 12)" in readout.inner_text()
            page.keyboard.press("Home")
            assert readout.inner_text() == first
            page.keyboard.press("Enter")
            page.wait_for_url("**/item/*")
            assert page.locator("h1").inner_text() in first
            assert watched.complaints == []

    def test_every_chart_has_points_to_walk(self, browser: Any, client: httpx.Client) -> None:
        from playwright.sync_api import expect

        with watching(browser, client) as watched:
            for path in ("/flow", "/stage/Dev"):
                page = watched.open(path)
                for plot in page.locator(".plot").all():
                    plot.scroll_into_view_if_needed()
                    plot.locator("canvas").wait_for()
                    expect(plot).to_have_attribute("data-drawn", re.compile("."))
                    plot.focus()
                    page.keyboard.press("ArrowDown")
                    said = plot.locator("xpath=following-sibling::*[@data-readout]").inner_text()
                    assert " (1 / " in said, plot.get_attribute("aria-label")
                    page.keyboard.press("Escape")
                    assert not plot.locator(".ring").is_visible()
            assert watched.complaints == []

    def test_stages_are_moved_a_state_is_mapped_and_saved_by_tab_and_keys_alone(
        self, browser: Any, client: httpx.Client, file: Path
    ) -> None:
        with watching(browser, client) as watched:
            page = watched.open("/mapping")
            tab_to(page, "Move Dev to the right")
            with page.expect_navigation(wait_until="load"):
                page.keyboard.press("Enter")
            tab_to(page, "Stage of waiting")
            page.keyboard.type("Test")
            tab_to(page, "Kind of waiting")
            page.keyboard.type("queue")
            page.locator("[data-preview]", has_text="→").wait_for()
            tab_to(page, "Save", back=True)
            page.keyboard.press("Enter")
            page.wait_for_url("**saved=1**")
            assert watched.complaints == []
        saved = one_stream(file)
        assert [stage.name for stage in saved.stages] == ["Test", "Dev"]
        assert saved.stages[0].queue == ("ready", "waiting")

    def test_a_future_state_is_written_and_shown_by_tab_and_keys_alone(
        self, browser: Any, client: httpx.Client
    ) -> None:
        with watching(browser, client) as watched:
            page = watched.open("/future")
            tab_to(page, "Wait of Test")
            page.keyboard.type("1 h")
            tab_to(page, "Remove Dev", back=True)
            page.keyboard.press("Space")
            page.keyboard.press("Enter")
            page.wait_for_url("**Test.wait=1+h**")
            assert "Dev.remove=1" in page.url
            assert "Dev.wait" not in page.url  # what is empty does not stand in the address
            assert page.locator(".map svg").is_visible()
            assert watched.complaints == []

    def test_a_team_is_chosen_and_a_state_mapped(self, browser: Any, client: httpx.Client, file: Path) -> None:
        with watching(browser, client) as watched:
            page = watched.open("/")
            page.locator(".choice summary").first.focus()
            for key in ("Enter", "Tab", "Space", "Escape"):
                page.keyboard.press(key)
            page.get_by_role("button", name="Show").focus()
            page.keyboard.press("Enter")
            page.wait_for_url("**team=Blue**")
            page.goto(f"{watched.base}/mapping")
            page.get_by_label("Stage of waiting").focus()
            page.keyboard.type("Test")
            page.get_by_label("Kind of waiting").focus()
            page.keyboard.type("queue")
            page.locator("[data-preview]", has_text="→").wait_for()
            page.get_by_role("button", name="Save").focus()
            page.keyboard.press("Enter")
            page.wait_for_url("**saved=1**")
            assert watched.complaints == []
        assert "tickets:  # ours" in file.read_text()
        assert one_stream(file).stages[1].queue == ("ready", "waiting")


def test_a_state_is_dragged_to_its_stage(browser: Any, client: httpx.Client) -> None:
    with watching(browser, client, viewport={"width": 1280, "height": 1000}) as watched:
        page = watched.open("/mapping")
        page.locator("[data-state]", has_text="waiting").drag_to(page.locator('.column[data-at="1"]'))
        assert page.get_by_label("Stage of waiting").input_value() == "1"
        page.locator("[data-preview]", has_text="→").wait_for()
        assert watched.complaints == []
