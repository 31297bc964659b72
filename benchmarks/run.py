"""Measure every claim about speed and print one table; fails when a bound is broken.

The claims are about large logs: at much smaller sizes than these, what does not grow with the log breaks the bounds.

make bench                                  small sizes, about five minutes
make bench ARGS="--full"                    the sizes of the claims, most of an hour
make bench ARGS="--only map --map 50000000"
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from typing import NamedTuple

import bench_build
import bench_csv
import bench_discover
import bench_git
import bench_simulation
import bench_store
import bench_sync
import bench_web
import bench_xes
from measure import Claim, report


class Benchmark(NamedTuple):
    """A claim's name, which is its option, too; its sizes; and what measures it at a size."""

    name: str
    counted: str
    small: int
    full: int
    claims: Callable[[int], list[Claim]]


BENCHMARKS = (
    Benchmark("map", "events", 5_000_000, 10_000_000, lambda n: bench_build.claims(n, 2)),
    Benchmark("discover", "events", 5_000_000, 5_000_000, lambda n: bench_discover.claims(n, 3)),
    Benchmark("csv", "rows", 1_000_000, 1_000_000, lambda n: bench_csv.claims(n, 2)),
    Benchmark("git", "commits", 100_000, 100_000, lambda n: bench_git.claims(n, 2)),
    Benchmark("simulation", "items", 100_000, 1_000_000, lambda n: bench_simulation.claims(n, repeat=1)),
    Benchmark("store", "events", 10_000_000, 10_000_000, bench_store.claims),
    Benchmark("xes", "events", 262_200, 262_200, lambda n: bench_xes.claims(n, 1, sys.executable)),
    Benchmark("web", "events", 500_000, 10_000_000, bench_web.claims),
    Benchmark("sync", "records", 120_000, 1_000_000, lambda n: bench_sync.claims(4_000, 20_000, n)),
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for one in BENCHMARKS:
        parser.add_argument(f"--{one.name}", type=int, metavar=one.counted.upper(), help=f"{one.small:,}, {one.full:,}")
    parser.add_argument("--full", action="store_true", help="the sizes of the claims")
    parser.add_argument("--only", action="append", choices=[one.name for one in BENCHMARKS], help="may be repeated")
    chosen = parser.parse_args()
    found: list[Claim] = []
    for one in BENCHMARKS:
        if chosen.only and one.name not in chosen.only:
            continue
        size = getattr(chosen, one.name) or (one.full if chosen.full else one.small)
        began = time.monotonic()
        found += one.claims(size)
        print(f"{one.name}: {size:,} {one.counted}, {time.monotonic() - began:.0f} s", file=sys.stderr)
    return report(found)


if __name__ == "__main__":
    sys.exit(main())
