"""All tables and metrics of a stream cost at most three times what reading and sorting its log costs.

python benchmarks/bench_build.py --events 10000000      peak memory at most 2.5 GB
python benchmarks/bench_build.py --events 50000000      at most 6 GB
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from typing import Any

from generate import stream
from measure import Claim, answer_job, log_file, measured, report

MOST_RATIO = 3.0
THREADS = 2


def peak_bound_gb(events: int) -> float:
    """2.5 GB up to 10 million events, 6 GB at 50 million, in proportion between and beyond."""
    return max(2.5, 2.5 + (events - 10_000_000) / 40_000_000 * 3.5)


def read_and_sort(path: str) -> Callable[[], Any]:
    """DuckDB alone: the same four columns, sorted by item and time."""
    import duckdb

    connection = duckdb.connect()
    connection.execute(f"SET threads = {THREADS}")

    def job() -> int:
        wanted = "SELECT item, time, state, resource FROM read_parquet(?) ORDER BY item, time"
        connection.execute(f"CREATE TEMP TABLE sorted AS {wanted}", [path])
        return int(connection.execute("SELECT count(*) FROM sorted").fetchall()[0][0])

    return job


def whole_map(path: str) -> Callable[[], Any]:
    """valuestream: from the file to the map document with every figure in it."""
    from valuestream import ValueStream, read

    def job() -> dict[str, int]:
        found: dict[str, int] = dict(ValueStream(read(path), stream()).map()["items"])
        return found

    return job


JOBS = {"read-and-sort": read_and_sort, "whole-map": whole_map}


def claims(events: int, repeat: int) -> list[Claim]:
    """Measure both on the same file, after the kernels were compiled once on a small one."""
    path = log_file(events)
    os.environ["VSM_KERNELS"] = "compiled"
    measured(__file__, "whole-map", log_file(20_000))
    del os.environ["VSM_KERNELS"]
    theirs = measured(__file__, "read-and-sort", path, repeat=repeat)
    ours = measured(__file__, "whole-map", path, repeat=repeat)
    print(f"{events:,} events: {ours.answer}", file=sys.stderr)
    size = f"{events / 1e6:g} M events"
    return [
        Claim(
            f"map of {size} against DuckDB's read and sort",
            ours.cpu_s / theirs.cpu_s,
            MOST_RATIO,
            "x",
            f"{ours.cpu_s:.1f} CPU s",
            f"{theirs.cpu_s:.1f} CPU s",
        ),
        Claim(
            f"peak memory at {size}",
            ours.peak_mb / 1024,
            peak_bound_gb(events),
            "GB",
            f"{ours.peak_mb:,.0f} MB",
            f"{theirs.peak_mb:,.0f} MB",
        ),
    ]


if __name__ == "__main__":
    if not answer_job(JOBS):
        parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
        parser.add_argument("--events", type=int, default=10_000_000)
        parser.add_argument("--repeat", type=int, default=1)
        chosen = parser.parse_args()
        sys.exit(report(claims(chosen.events, chosen.repeat)))
