"""Shoot every page, on the demo, a real log and an empty workspace, wide and narrow, light and dark, and on paper.

    python scripts/screens.py                      # all of it, into .screens/ (a minute or two)
    python scripts/screens.py demo --scheme light  # what is being worked on
    python scripts/screens.py demo --only map,flow

docs/pages-checklist.md says what to look for. Contact sheets (`sheet-*.png`) show a data set's pages side by side;
the pages are also there one by one. The real log is the incidents log beside the project, where that is there.
"""

from __future__ import annotations

import argparse
import base64
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / ".screens"
INCIDENTS = ROOT.parent / "shared" / "data" / "incidents" / "incident_status.csv.gz"
DATA = ("demo", "incidents", "empty")
WIDTHS, SCHEMES = (1280, 420), ("light", "dark")
BROWSER = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
TALLEST = 6000
"""Pixels after which a page's picture ends: a list of a thousand rows is looked at from above."""
STREAM = """\
teams: {Blue: [ana, ben, cleo, dan, eva, finn, gia, hugo], Red: [iris, jan, kim, leo, mia, noah, olga, paul]}
streams:
  idea to release:
    charter: {customer: Shops that sell with us, trigger: An item is ready to be developed, owner: Head of Product, demand: 51 per week}
    flow_items: {feature: [Feature], defect: [Bug], risk: [Risk], debt: [Debt]}
    before: [Backlog]
    stages:
      - {name: Development, queue: [Ready], work: [In development]}
      - {name: Review, queue: [Ready for review], work: [In review]}
      - {name: Test, queue: [Ready for test], work: [In test]}
      - {name: Approval, queue: [Waiting for approval], work: [In approval], why: audit of 2023, regulation: none}
      - {name: Release, queue: [Waiting for release]}
    done: [Released]
    cancelled: [Cancelled]
    targets: {Bug: 85 % within 10 d, Feature: 85 % within 20 d}
    calendar: {hours: "Mon-Fri 09:00-17:00", zone: Europe/Berlin, holidays: DE}
"""  # noqa: E501


def vsm(*arguments: str | Path) -> str:
    """A command as a user runs it; what it printed."""
    command = [sys.executable, "-m", "valuestream", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\n{done.stderr}")
    return done.stdout


def prepared(name: str, out: Path) -> tuple[Path, Path | None]:
    """A workspace with that data in it (made once, kept), and the file of its log."""
    work = out / "data" / name
    log = {"demo": out / "data" / "demo.xes", "incidents": INCIDENTS}.get(name)
    if work.exists():
        return work, log
    work.parent.mkdir(parents=True, exist_ok=True)
    vsm("init", work)
    if name == "demo":
        from valuestream.sources.demo import demo
        from valuestream.sources.xes_write import write_xes

        write_xes(demo(), work.parent / "demo.xes")  # with what blocks items, which the CSV does not hold
        with (work / "valuestream.yaml").open("a", encoding="utf-8") as file:
            file.write(STREAM)
    if log is not None:
        vsm("import", log, "-w", work)
        begin, middle = ("2024-03-01", "2024-06-15") if name == "demo" else ("2016-03-01", "2016-05-01")
        vsm("snapshot", "spring", "-w", work, "--until", middle, "--since", begin)
        vsm("snapshot", "summer", "-w", work, "--since", middle)
    return work, log


@contextmanager
def serving(work: Path) -> Iterator[str]:
    """The address of a server of the workspace."""
    told = work / ".vsm" / "server.json"
    command = [sys.executable, "-m", "valuestream", "serve", "-w", str(work), "--port", "0", "--no-browser"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(600):
            if told.exists() or server.poll() is not None:
                break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{json.loads(told.read_text(encoding='utf-8'))['port']}"
    finally:
        server.terminate()
        try:
            server.wait(60)
        except subprocess.TimeoutExpired:
            server.kill()


def addresses(base: str) -> dict[str, str]:
    """Every page of what is served there, by the name of its picture."""
    import httpx

    pages = {"map": "/", "data": "/data", "import": "/import", "error": "/nowhere"}
    with httpx.Client(base_url=base, headers={"origin": base}, timeout=120) as client:
        answer = client.get("/map.json")
        if answer.status_code != 200:
            return pages | {"snapshots": "/snapshots", "mapping": "/mapping", "flow": "/flow"}
        document = answer.json()
        finding = document["findings"][0]["items"][0] if document.get("findings") else None
        stage = next(
            (one["name"] for one in document["stages"] if one.get("longest_wait")), document["stages"][0]["name"]
        )
        pages |= {
            "stage": f"/stage/{quote(stage, safe='')}", "flow": "/flow", "items": "/items",
            "items-open": "/items?state=open&sort=-age", "mapping": "/mapping", "snapshots": "/snapshots",
            "snapshots-compared": "/snapshots?" + urlencode({"a": "spring", "b": "summer", "whole": "true"}),
            "what-if": "/what-if", "what-if-maps": "/what-if?demand=110&maps=1", "report": "/report",
            "executive": "/report?kind=executive", "weekly": "/report?kind=weekly",
            "future": "/future?" + urlencode(future(document)), "future-empty": "/future",
            "no-such-day": "/flow?from=2031-01-01&to=2031-01-02",
        }  # fmt: skip
        if finding:
            pages["item"] = f"/item/{quote(str(finding), safe='')}"
        sent = client.post("/import", files={"file": ("tickets.csv", TICKETS)})
        pages["import-look"] = sent.headers.get("location", "/import")
    return pages


def future(document: dict[str, Any]) -> dict[str, str]:
    """A future state that has something of everything: a shorter wait, a step less and one more."""
    names = [stage["name"] for stage in document["stages"] if stage["kind"] != "reopened"]
    waits = max(
        names, key=lambda name: next(s for s in document["stages"] if s["name"] == name)["per_item_s"]["wait"] or 0
    )
    found = {"name": "Less waiting", f"{waits}.wait": "-50 %", f"{names[0]}.ca": "99 %"}
    if len(names) > 2 and names[2] != waits:
        found[f"{names[2]}.remove"] = "1"
    return found | {"+0.name": "Automated checks", "+0.after": names[0], "+0.active": "10 min", "+0.wait": "0 min"}


TICKETS = "Key,Date,Status,Who,Team\n" + "".join(
    f"T-{n},{1 + n % 28:02d}.0{1 + n % 6}.2024 0{n % 10}:15,{state},ada,Blue\n"
    for n in range(1, 30)
    for state in ("Ready", "In development")
) + "T-31,not a day,Ready,ada,Blue\n"  # fmt: skip


SETTLED = """() => document.readyState === "complete" && document.querySelector("footer, body > svg")
  && !document.querySelector("[data-job]")"""
"""A job's page reloads until it is over; the policy lets no text become code, so this is a function."""


class Camera:
    """A browser that takes pictures into a folder."""

    def __init__(self, browser: Any, out: Path) -> None:
        self._browser, self._out = browser, out
        self.taken: list[Path] = []

    def shoot(self, name: str, url: str, *, width: int, scheme: str) -> None:
        """A page, scrolled through once so that its charts are drawn, from top to bottom."""
        context = self._browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        try:
            page = context.new_page()
            page.goto(url, timeout=120_000)
            self._settled(page)
            high = min(TALLEST, page.evaluate("document.documentElement.scrollHeight"))
            page.set_viewport_size({"width": width, "height": high})  # what sticks to the window's edge, sticks there
            to = self._out / f"{name}-{width}-{scheme}.png"
            page.screenshot(path=to, full_page=True, clip={"x": 0, "y": 0, "width": width, "height": high})
            self.taken.append(to)
        finally:
            context.close()

    def _settled(self, page: Any) -> None:
        page.wait_for_function(SETTLED, timeout=120_000)
        page.wait_for_load_state("networkidle")
        page.evaluate("""async () => {
          for (let y = 0; y < document.documentElement.scrollHeight; y += 600) {
            scrollTo(0, y); await new Promise((go) => setTimeout(go, 60));
          }
          scrollTo(0, 0);
        }""")
        page.wait_for_load_state("networkidle")
        for _ in range(100):
            if (
                page.evaluate("document.querySelectorAll('.plot[aria-busy], .plot.waits:not([data-drawn])').length")
                == 0
            ):
                break
            page.wait_for_timeout(100)

    def sheet(self, name: str, pictures: list[Path], *, width: int) -> None:
        """Several pictures side by side in one, each as wide as `width`, cut off below."""
        shown = "".join(
            f'<figure><figcaption>{one.stem}</figcaption><img src="data:image/png;base64,'
            f'{base64.b64encode(one.read_bytes()).decode()}"></figure>'
            for one in pictures
        )
        page = self._browser.new_page(viewport={"width": 4 * (width + 16), "height": 800})
        page.set_content(
            "<style>body{margin:8px;display:flex;flex-wrap:wrap;gap:12px;align-items:start;background:#888}"
            f"figure{{margin:0;width:{width}px;max-height:1400px;overflow:hidden;background:#fff}}img{{width:100%}}</style>"
            + shown
        )
        page.wait_for_load_state("load")
        page.screenshot(path=self._out / f"sheet-{name}.png", full_page=True)
        page.close()


def for_readme(browser: Any, out: Path) -> None:
    """The first screen of the sample's Flow page, light and dark, with few colours so that they weigh little."""
    work, _ = prepared("demo", out)
    with serving(work) as base:
        for scheme in SCHEMES:
            context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme=scheme)
            page = context.new_page()
            page.goto(f"{base}/flow", timeout=120_000)
            for plot in page.locator(".plot").all()[:4]:
                plot.locator("canvas").wait_for()
            page.mouse.move(0, 0)
            to = ROOT / "docs" / f"pages-{scheme}.png"
            page.screenshot(path=to)
            context.close()
            if smaller := shutil.which("convert"):
                subprocess.run([smaller, str(to), "+dither", "-colors", "64", f"PNG8:{to}"], check=True)


def printed(name: str, log: Path, work: Path, out: Path) -> list[str]:
    """The reports and the map as PDF, each of their pages as a picture; where `pdftoppm` is not, the PDF alone."""
    stream = ["--stream", work / "valuestream.yaml"] if name == "demo" else []
    made = []
    for kind in ("report", "executive", "weekly"):
        to = out / f"{name}-print-{kind}.pdf"
        vsm("report", log, *stream, "--kind", kind, "-o", to)
        made.append(to)
    drawer = shutil.which("pdftoppm")
    for file in made if drawer else []:
        subprocess.run([str(drawer), "-r", "80", "-png", str(file), str(file.with_suffix(""))], check=True)
    return [file.name for file in made]


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("data", nargs="*", help=f"of {', '.join(DATA)}; without a name all")
    asked.add_argument("--scheme", choices=SCHEMES)
    asked.add_argument("--width", type=int, choices=WIDTHS)
    asked.add_argument("--only", default="", help="names of pages, with commas between")
    asked.add_argument("--out", type=Path, default=OUT)
    asked.add_argument("--readme", action="store_true", help="only the two pictures in README.md, into docs/")
    told = asked.parse_args()
    if unknown := set(told.data) - set(DATA):
        asked.error(f"no data set is called {', '.join(sorted(unknown))}; known: {', '.join(DATA)}")
    from playwright.sync_api import sync_playwright

    sys.path.insert(0, str(ROOT / "scripts"))
    from chromium import found

    path = found()
    if path is None:
        print("No chromium, no screenshots: `make test` as root on Debian installs it.")
        return 2
    only = {name for name in told.only.split(",") if name}
    told.out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=BROWSER)
        if told.readme:
            for_readme(browser, told.out)
            browser.close()
            return 0
        for name in told.data or DATA:
            if name == "incidents" and not INCIDENTS.exists():
                print("The incidents log is not here: left out.")
                continue
            work, log = prepared(name, told.out)
            with serving(work) as base:
                for scheme in [told.scheme] if told.scheme else SCHEMES:
                    for width in [told.width] if told.width else WIDTHS:
                        camera = Camera(browser, told.out)
                        for page, address in addresses(base).items():
                            if not only or page in only:
                                camera.shoot(f"{name}-{page}", base + address, width=width, scheme=scheme)
                        camera.sheet(f"{name}-{width}-{scheme}", camera.taken, width=420 if width == 420 else 640)
                        print(f"{name}, {width} wide, {scheme}: {len(camera.taken)} pages", flush=True)
            if log is not None and (not only or "print" in only):
                print("on paper:", *printed(name, log, work, told.out), flush=True)
        browser.close()
    print(f"Look at {told.out} against docs/pages-checklist.md.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
