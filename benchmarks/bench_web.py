"""The pages over a large log: a page for one team and 90 days never asked before, and twenty readers during an import.

    python benchmarks/bench_web.py --events 10000000

One reader asks each question once only, so that no kept answer helps; asked again, it is told beside. Twenty readers
look at a page, read it for five seconds, and go on to the next: the map of their team over the last 30, 90 and 365 days
and of all time, as the presets offer it, and over 90 days of their own that nobody else asks for. (The server
answers the presets before they are asked for; every fifth page it cannot know.) They begin before a file of 100,000
events is imported and end some time after it has been built into the pages. Times are those of a client on the same
machine, whose load they show; the server's CPU seconds stand beside them.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from itertools import count, product
from pathlib import Path
from typing import Any

import httpx

from generate import stream
from measure import DATA, Claim, cpu_s, log_file, report

TEAMS = 8
DAYS = 90
READERS = 20
THINK_S = 5.0
PRESETS = (30, 90, 365)
IMPORTED = 100_000
PAGE_MS, CROWD_MS, PAGE_KB = 150, 500, 150
HOUSE = f"{Path(sys.executable).parent / 'vsm'}"


def workspace(events: int) -> Path:
    """A workspace that holds the generated log, each item of one of eight teams, built; made once."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    from valuestream.sources.source import Reading
    from valuestream.workspace import Workspace

    folder = DATA / f"web-{events}"
    if (folder / "ready").exists():
        _build(folder)  # by the present recipe
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    Workspace.init(folder).close()
    with (folder / "valuestream.yaml").open("a", encoding="utf-8") as file:
        file.write("\n" + json.dumps({"streams": {"work": _described()}})[1:-1] + "\n")
    table = pq.read_table(log_file(events))
    number = pc.cast(pc.replace_substring(table["item"], "ITEM-", ""), pa.int64())
    nth = pc.subtract(number, pc.multiply(pc.divide(number, TEAMS), TEAMS))
    teams = pa.array([f"Team {n}" for n in range(TEAMS)])
    source = folder / "log.parquet"
    pq.write_table(table.append_column("team", teams.take(nth.combine_chunks())), source)
    opened = Workspace.open(folder)
    opened.import_file(source, source="log", reading=Reading(columns={"team": "team"}))
    opened.close()
    _build(folder)
    source.unlink()
    (folder / "ready").touch()
    return folder


def _build(folder: Path) -> None:
    """Build what is not, with the causes of all waits: nothing of it is left to the pages."""
    from valuestream.workspace import Workspace

    opened = Workspace.open(folder)
    before = cpu_s()
    opened.build("work")
    built = cpu_s()
    opened.explain("work")
    print(f"{folder.name}: built in {built - before:.1f} CPU s, explained in {cpu_s() - built:.1f}", file=sys.stderr)
    opened.close()


def _described() -> dict[str, Any]:
    """The generator's stream as the file says it."""
    made = stream()
    stages = [
        {"name": stage.name, **{mode: list(getattr(stage, mode)) for mode in ("queue", "work") if getattr(stage, mode)}}
        for stage in made.stages
    ]
    return {"stages": stages, "done": list(made.done), "cancelled": list(made.cancelled)}


@contextmanager
def serving(folder: Path) -> Iterator[tuple[str, int]]:
    """The workspace served by a process of its own: its address and process id."""
    command = [HOUSE, "serve", "-w", str(folder), "--port", "0", "--no-browser"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        found = re.search(r"http://\S+:\d+", server.stdout.readline())
        assert found is not None
        yield found[0], server.pid
    finally:
        server.terminate()
        server.wait(30)


def questions() -> list[str]:
    """Addresses of the map, each for another team and 90 days."""
    first = date(2024, 1, 8)
    begins = [first + timedelta(days=7 * n) for n in range(24)]
    return [
        f"/?team=Team+{team}&from={begin}&to={begin + timedelta(days=DAYS - 1)}"
        for begin, team in product(begins, range(TEAMS))
    ]


def presets(team: int) -> list[str]:
    """The map of a team as its people look at it: over the periods that the pages offer."""
    last = date(2024, 9, 26)
    begins = [last - timedelta(days=days - 1) for days in PRESETS]
    return [f"/?team=Team+{team}", *(f"/?team=Team+{team}&from={begin}" for begin in begins)]


def looked_at(nth: int) -> Iterator[str]:
    """The pages that a reader goes through: those of the presets, and among them one of 90 days of the reader's own."""
    team, first = nth % TEAMS, date(2024, 1, 8) + timedelta(days=nth)
    for begin in count():
        since = first + timedelta(days=7 * (begin % 20))
        own = f"/?team=Team+{team}&from={since}&to={since + timedelta(days=DAYS - 1)}"
        place = nth % (1 + len(presets(team)))
        yield from [*presets(team)[:place], own, *presets(team)[place:]]


def asked(client: httpx.Client, path: str) -> float:
    """Milliseconds until a page was there, whole."""
    begin = time.perf_counter()
    answer = client.get(path)
    answer.raise_for_status()
    assert "<svg" in answer.text
    return 1000 * (time.perf_counter() - begin)


def p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]


def claims(events: int, *, pages: int = 40) -> list[Claim]:
    """A page's p95, that of twenty readers during an import, and the weight of the first page."""
    folder = workspace(events)
    paths = questions()[:: len(questions()) // pages][:pages]
    with serving(folder) as (address, pid), httpx.Client(base_url=address, timeout=120) as client:
        asked(client, "/")
        weight = len(client.get("/").content)
        for path in questions()[1:4]:
            asked(client, path)  # the first ones load and compile what all later ones use
        before = _cpu_s(pid)
        cold = [asked(client, path) for path in paths]
        cpu_ms = 1000 * (_cpu_s(pid) - before) / pages
        warm = [asked(client, path) for path in paths]
    size = f"{events / 1e6:g} M events"
    told = f"median {statistics.median(cold):.0f} ms, again {p95(warm):.0f} ms"
    crowd, after = _crowd(folder, think_s=THINK_S)
    hasty, _ = _crowd(folder, think_s=0.0)
    crowded = f"median {statistics.median(crowd):.0f} ms, n = {len(crowd)}, shown {after:.0f} s after it began"
    rushed = f"p95 {p95(hasty):.0f} ms where nobody thinks, n = {len(hasty)}"
    return [
        Claim(f"page of a team and 90 days, {size}, p95", p95(cold), PAGE_MS, "ms", told, f"{cpu_ms:.0f} ms CPU"),
        Claim(f"{READERS} readers during an import, {size}, p95", p95(crowd), CROWD_MS, "ms", crowded, rushed),
        Claim("first page without the charts' library", weight / 1000, PAGE_KB, "kB", "the map in it", ""),
    ]


def _crowd(folder: Path, *, think_s: float) -> tuple[list[float], float]:
    """Times of twenty readers while a file is imported, and the seconds until it showed; on a copy of the workspace."""
    times: list[tuple[float, float]] = []
    over = threading.Event()
    copy = folder.with_name(f"{folder.name}-crowd")
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(folder, copy)
    more = shutil.copy(log_file(IMPORTED), copy / "more.parquet")

    def read(nth: int) -> None:
        begin = nth / READERS * max(think_s, 0.5)
        with httpx.Client(base_url=address, timeout=120) as client:
            for path in looked_at(nth):
                if over.wait(begin):
                    return
                times.append((time.perf_counter(), asked(client, path)))
                begin = think_s

    with serving(copy) as (address, _), httpx.Client(base_url=address, timeout=120) as client:
        asked(client, "/")
        before = _events(client)
        readers = [threading.Thread(target=read, args=(nth,)) for nth in range(READERS)]
        for reader in readers:
            reader.start()
        time.sleep(3 * max(think_s, 0.5))
        began = time.perf_counter()
        command = [HOUSE, "import", str(more), "--source", "more", "-w", str(copy)]
        subprocess.run(command, check=True, capture_output=True)
        while _events(client) == before:
            time.sleep(1.0)
        shown = time.perf_counter() - began
        time.sleep(3 * max(think_s, 0.5))
        over.set()
        for reader in readers:
            reader.join()
    shutil.rmtree(copy)
    return [took for at, took in times if at >= began], shown


def _events(client: httpx.Client) -> int:
    """How many events the pages show."""
    return int(client.get("/data.json").json()["events"])


def _cpu_s(pid: int) -> float:
    """CPU seconds of a process and of those it waited for, so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(int(field) for field in fields[11:15]) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=10_000_000)
    parser.add_argument("--pages", type=int, default=40)
    chosen = parser.parse_args()
    sys.exit(report(claims(chosen.events, pages=chosen.pages)))
