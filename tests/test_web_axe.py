"""axe-core finds nothing on any page, light and dark, wide and narrow."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from command_line import TICKETS, events, vsm, written
from test_web_what_if import MODEL, ready
from valuestream.simulation.answer import recorded, stream_of, to_log
from valuestream.simulation.engine import Length
from valuestream.web.served import OneLog
from valuestream.web.workshop import Workshop
from valuestream.workspace import Workspace
from web_pages import ROOT, Form, opened, serving

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.slow]
AXE = ROOT / ".axe" / "node_modules" / "axe-core" / "axe.min.js"
RUN = "axe.run(document, {resultTypes: ['violations']}).then(found => found.violations.map(one => " \
    "one.id + ': ' + one.nodes.map(node => node.target.join(' ')).slice(0, 5).join(' | ')))"  # fmt: skip
PAGES = (
    "/", "/?from=2024-02-01&to=2024-02-02", "/flow", "/stage/Dev", "/items", "/items?sort=-lead&state=open", "/item/B",
    "/data", "/snapshots", "/snapshots?a=one&b=two&whole=true", "/mapping", "/import", "/nowhere",
    "/future", "/future?name=x&Test.wait=1+h&%2B0.name=Checks&%2B0.active=5+min", "/future?Test.wait=soon",
    "/report?kind=executive", "/report?kind=weekly", "/report", "/flow?compare=true", "/flow?from=2031-01-01",
    "/flow?from=2024-01-03&to=2024-01-03", "/items?state=cancelled", "/stage/Nowhere",
    "/?from=2024-01-01&to=2024-01-03",
)  # fmt: skip
MORE = events(*(f"M{n} {n}.1 todo" for n in range(1, 20)), *(f"M{n} {n}.5 dev" for n in range(1, 20)),
              *(f"M{n} {n + 2}.3 done" for n in range(1, 20)), "X 3 odd")  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if not AXE.exists():
        pytest.skip("no axe-core: `python scripts/axe.py` brings it where npm is")
    with opened() as one:
        yield one


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    folder: Path = tmp_path_factory.mktemp("axe")
    work = folder / "work"
    vsm("init", work)
    vsm("import", written(folder, "tickets.csv", TICKETS), "-w", work)
    vsm("import", written(folder, "more.csv", MORE), "-w", work, "--source", "tickets")
    served = Workshop(Workspace.open(work, kept_open=True))
    with serving(served) as one:
        for name in ("one", "two"):
            assert one.post("/snapshots", data={"name": name}).status_code == 303
        yield one
    served.close()


def found(browser: Any, client: httpx.Client, path: str, scheme: str, width: int) -> list[str]:
    """What axe says of a page. A job it shows is told to be at work: a page that comes anew would cut axe off."""
    context = browser.new_context(bypass_csp=True, color_scheme=scheme, viewport={"width": width, "height": 900})
    try:
        page = context.new_page()
        page.route("**/jobs/*.json", lambda route: route.fulfill(json={"state": "running", "done": 1, "whole": 4}))
        page.goto(f"{str(client.base_url).rstrip('/')}{path}")
        page.wait_for_load_state("networkidle")
        for closed in page.locator("main details").all():
            closed.evaluate("one => one.open = true")
        page.evaluate(AXE.read_text(encoding="utf-8"))
        return list(page.evaluate(RUN))
    finally:
        context.close()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 420)])
def test_no_page_has_a_violation(browser: Any, client: httpx.Client, scheme: str, width: int) -> None:
    assert {path: wrong for path in PAGES if (wrong := found(browser, client, path, scheme, width))} == {}


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 420)])
def test_the_start_of_an_empty_workspace_has_none(browser: Any, tmp_path: Path, scheme: str, width: int) -> None:
    vsm("init", tmp_path / "work")
    served = Workshop(Workspace.open(tmp_path / "work", kept_open=True))
    with serving(served) as client:
        paths = ("/", "/data", "/import", "/snapshots", "/flow", "/mapping", "/future", "/what-if", "/nowhere")
        assert {path: wrong for path in paths if (wrong := found(browser, client, path, scheme, width))} == {}
        look = client.post("/import", files={"file": ("tickets.csv", TICKETS)}).headers["location"]
        assert found(browser, client, look, scheme, width) == []
        odd = client.post("/import", files={"file": ("odd.csv", "Ding;Lage\nA;x\n")}).headers["location"]
        assert 'role="alert"' in client.get(odd).text
        assert found(browser, client, odd, scheme, width) == []
        fields = {**Form(client.get(look).text, "look").fields, "do": "import"}
        job = client.post(look, data=fields).headers["location"]
        assert found(browser, client, job, scheme, width) == []  # most times at work
        while client.get(f"{job}.json").json()["state"] in ("waiting", "running"):
            time.sleep(0.05)
        assert found(browser, client, job, scheme, width) == []
    served.close()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 420)])
def test_what_if_has_none(browser: Any, scheme: str, width: int) -> None:
    log = to_log(recorded(MODEL, length=Length(800), seed=2))
    with serving(OneLog(log, stream_of(MODEL))) as client:
        asked = "/what-if?Dev.servers=2&maps=1"
        assert found(browser, client, "/what-if", scheme, width) == []  # while the model is fitted
        html = ready(client, asked)
        assert 'id="maps"' in html
        assert found(browser, client, asked, scheme, width) == []
