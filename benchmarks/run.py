"""Measure every claim about speed and print one table; fails when a bound is broken.

make bench
make bench ARGS="--events 50000000"
"""

from __future__ import annotations

import argparse
import sys

import bench_build
import bench_csv
import bench_discover
import bench_git
import bench_simulation
import bench_xes
from measure import report

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=10_000_000, help="of the map")
    parser.add_argument("--discover-events", type=int, default=5_000_000)
    parser.add_argument("--csv-rows", type=int, default=1_000_000)
    parser.add_argument("--commits", type=int, default=100_000, help="of a synthetic repository")
    parser.add_argument("--xes-events", type=int, default=262_200)
    parser.add_argument("--simulated-items", type=int, default=1_000_000)
    chosen = parser.parse_args()
    claims = [
        *bench_build.claims(chosen.events, repeat=1),
        *bench_discover.claims(chosen.discover_events, repeat=2),
        *bench_csv.claims(chosen.csv_rows, repeat=3),
        *bench_git.claims(chosen.commits, 1),
        *bench_simulation.claims(chosen.simulated_items, repeat=3),
        *bench_xes.claims(chosen.xes_events, 1, sys.executable),
    ]
    sys.exit(report(claims))
