"""The pages over ten million events: a page for one team and 90 days, and twenty readers during an import.

    python benchmarks/bench_web.py --events 10000000

One reader asks each question once only, so that no kept answer helps; of twenty, those of one team share theirs. Times
are those of a client on the same machine. The server's CPU seconds stand beside them, since a busy machine makes times
longer and CPU seconds hardly.
"""

from __future__ import annotations

import argparse
import json
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
from itertools import cycle, product
from pathlib import Path
from typing import Any

import httpx

from generate import stream
from measure import DATA, Claim, log_file, report

TEAMS = 8
DAYS = 90
READERS = 20
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
    opened.build("work")
    opened.close()
    source.unlink()
    (folder / "ready").touch()
    return folder


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


def asked(client: httpx.Client, path: str) -> float:
    """Milliseconds until a page was there, whole."""
    begin = time.perf_counter()
    answer = client.get(path)
    answer.raise_for_status()
    assert "<svg" in answer.text
    return 1000 * (time.perf_counter() - begin)


def p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]


def claims(events: int, *, pages: int = 60) -> list[Claim]:
    """A page's p95, that of twenty readers during an import, and the weight of the first page."""
    folder = workspace(events)
    paths = questions()
    with serving(folder) as (address, pid):
        with httpx.Client(base_url=address, timeout=120) as client:
            asked(client, "/")
            weight = len(client.get("/").content)
            before = _cpu_s(pid)
            alone = [asked(client, path) for path in paths[:pages]]
            cpu_ms = 1000 * (_cpu_s(pid) - before) / pages
        crowd = _crowd(address, folder)
    size = f"{events / 1e6:g} M events"
    middle, crowded = (f"median {statistics.median(times):.0f} ms" for times in (alone, crowd))
    return [
        Claim(f"page of a team and 90 days, {size}, p95", p95(alone), 150, "ms", middle, f"{cpu_ms:.0f} ms CPU"),
        Claim(f"{READERS} readers during an import, {size}, p95", p95(crowd), 500, "ms", crowded, f"n = {len(crowd)}"),
        Claim("first page without the charts' library", weight / 1000, 150, "kB", "the map in it", ""),
    ]


def _crowd(address: str, folder: Path) -> list[float]:
    """Twenty readers of the eight teams' pages, a second between two, while a file of 100,000 events is imported."""
    times: list[float] = []
    over = threading.Event()
    paths = questions()[-TEAMS:]

    def read(nth: int) -> None:
        with httpx.Client(base_url=address, timeout=120) as client:
            for path in cycle(paths[nth % TEAMS :] + paths[: nth % TEAMS]):
                times.append(asked(client, path))
                if over.wait(1.0):
                    return

    more = DATA / "100000.parquet"
    log_file(100_000)
    copy = folder / f"more-{time.time_ns()}.parquet"
    shutil.copy(more, copy)
    readers = [threading.Thread(target=read, args=(nth,)) for nth in range(READERS)]
    for reader in readers:
        reader.start()
    subprocess.run([HOUSE, "import", str(copy), "--source", "more", "-w", str(folder)], check=True, capture_output=True)
    over.set()
    for reader in readers:
        reader.join()
    copy.unlink()
    (folder / "ready").unlink()  # it holds more than it did
    return times


def _cpu_s(pid: int) -> float:
    """CPU seconds of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    import os

    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=10_000_000)
    parser.add_argument("--pages", type=int, default=60)
    chosen = parser.parse_args()
    sys.exit(report(claims(chosen.events, pages=chosen.pages)))
