"""The pages behind a real socket, asked by a real client or driven in a real browser."""

from __future__ import annotations

import importlib.util
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from conftest import CHANGES
from valuestream import Stream, sketch
from valuestream.web.app import app
from valuestream.web.serve import bound, settings
from valuestream.web.served import OneLog, Served

ROOT = Path(__file__).resolve().parents[1]
BROWSER = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"]  # fmt: skip # noqa: E501


def small(text: str = "A: todo 1, dev 2, review 3, done 11", stream: Stream = CHANGES) -> OneLog:
    """A log in the sketch notation, served."""
    return OneLog(sketch(text), stream)


@contextmanager
def serving(served: Served, **options: Any) -> Iterator[httpx.Client]:
    """A client of a server on a free port; its `base_url` is the server's address."""
    with bound(0) as listening:
        server = uvicorn.Server(settings(app(served, **options), log_level="critical"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.005)
        here = f"http://127.0.0.1:{listening.getsockname()[1]}"
        try:
            with httpx.Client(base_url=here, headers={"origin": here}, timeout=60) as client:
                yield client
        finally:
            server.should_exit = True
            thread.join(10)


def chromium() -> str:
    """Where the browser is; without one the test is skipped with a word."""
    path = ROOT / "scripts" / "chromium.py"
    spec = importlib.util.spec_from_file_location("chromium", path)
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    found = script.found()
    if found is None:
        pytest.skip("no chromium: `make test` as root on Debian installs it")
    return str(found)


@contextmanager
def opened() -> Iterator[Any]:
    """A browser of its own for a file of tests; without one they are skipped with a word."""
    path = chromium()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=BROWSER)
        yield browser
        browser.close()


def tab_to(page: Any, name: str, *, back: bool = False) -> None:
    """Press Tab (or Shift and Tab) until the stop of that name has the focus."""
    for _ in range(200):
        page.keyboard.press("Shift+Tab" if back else "Tab")
        stop = page.evaluate(STOP)
        if stop is not None and stop["name"].startswith(name):
            return
    raise AssertionError(f"Tab never comes to {name!r}.")


STOP = """() => {
  const one = document.activeElement;
  if (one === document.body || one === document.documentElement) return null;
  const style = getComputedStyle(one), box = one.getBoundingClientRect();
  const labelled = one.labels?.length ? one.labels[0].textContent : "";
  const ids = (one.getAttribute("aria-labelledby") ?? "").split(" ");
  const by = ids.map((id) => document.getElementById(id)?.textContent ?? "").join(" ");
  const name = (one.getAttribute("aria-label") ?? "") + by + labelled + (one.textContent ?? "");
  return {
    tag: one.tagName, name: name.trim(), wide: box.width,
    outline: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0,
    own: one.matches("main, input[type=date]"),
  };
}"""


def walked(page: Any) -> int:
    """Walk a page by Tab alone: each stop can be seen and has a name, in the order of the text; how many there are."""
    assert page.locator("[tabindex]:not([tabindex='0']):not([tabindex='-1'])").count() == 0
    for stops in range(400):
        page.keyboard.press("Tab")
        stop = page.evaluate(STOP)
        if stop is None:
            assert stops > 5
            return stops
        assert stop["name"], stop
        assert stop["outline"] or stop["own"], stop
        assert stop["wide"] > 0, stop
    raise AssertionError("The walk does not end.")


class Form(HTMLParser):
    """The fields of a page's form as a browser would send them without touching anything."""

    def __init__(self, html: str, class_: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self._class = class_
        self._inside = False
        self._select: str | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        self._inside = self._inside or (tag == "form" and known.get("class") == self._class)
        if not self._inside:
            return
        if tag == "input" and known.get("name"):
            self.fields[str(known["name"])] = known.get("value") or ""
        if tag == "select":
            self._select = known["name"]
            self.fields[str(self._select)] = ""
        if tag == "option" and self._select and "selected" in known:
            self.fields[self._select] = known.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False


class Text(HTMLParser):
    """The text of a page without its markup, its links, and its fields."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.links: list[str] = []
        self.fields: list[dict[str, str | None]] = []
        self.tags: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        known = dict(attrs)
        if tag == "a" and known.get("href"):
            self.links.append(str(known["href"]))
        if tag in ("input", "select", "button", "textarea"):
            self.fields.append({"tag": tag, **known})

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def said(self) -> str:
        return " ".join(" ".join(self.words).split())
