"""Reading a CSV file into a log costs at most four times what DuckDB's own reading of it costs.

python benchmarks/bench_csv.py --rows 1000000
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import Any

from measure import Claim, answer_job, log_file, measured, report

MOST_RATIO = 4.0


def by_duckdb(path: str) -> Callable[[], Any]:
    """DuckDB alone: the file as a table, its dialect and types found out."""
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET threads = 2")

    def job() -> int:
        connection.execute("CREATE TEMP TABLE log AS SELECT * FROM read_csv(?)", [path])
        return int(connection.execute("SELECT count(*) FROM log").fetchall()[0][0])

    return job


def as_log(path: str) -> Callable[[], Any]:
    """valuestream: the file as a log, its dialect, columns and zone found out, bad rows set aside."""
    import duckdb  # noqa: F401 (loading libraries is no reading)
    import numpy  # noqa: F401 (nor is this)
    import pyarrow  # noqa: F401

    from valuestream import read

    return lambda: len(read(path))


JOBS = {"duckdb": by_duckdb, "log": as_log}


def claims(rows: int, repeat: int) -> list[Claim]:
    """Measure both on the same file."""
    path = log_file(rows, ".csv")
    theirs = measured(__file__, "duckdb", path, repeat=repeat)
    ours = measured(__file__, "log", path, repeat=repeat)
    print(f"{rows:,} rows: {theirs.answer} read by DuckDB, {ours.answer} events in the log", file=sys.stderr)
    text = f"{rows / 1e6:g} M CSV rows as a log against DuckDB's read"
    ratio = ours.cpu_s / theirs.cpu_s
    return [Claim(text, ratio, MOST_RATIO, "x", f"{ours.cpu_s:.2f} CPU s", f"{theirs.cpu_s:.2f} CPU s")]


if __name__ == "__main__":
    if not answer_job(JOBS):
        parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
        parser.add_argument("--rows", type=int, default=1_000_000)
        parser.add_argument("--repeat", type=int, default=3)
        chosen = parser.parse_args()
        sys.exit(report(claims(chosen.rows, chosen.repeat)))
