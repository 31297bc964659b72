"""Reading an XES file costs at most a third of what pm4py's `read_xes` costs, and a bounded memory.

python benchmarks/bench_xes.py --events 262200 --pm4py /path/to/a/python/with/pm4py

pm4py is AGPL: it is measured against, never a part. It needs an interpreter that has it; without --pm4py the one
that runs this script.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import random
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from measure import DATA, Claim, Took, answer_job, measured, report

LEAST_RATIO = 3.0
MOST_PEAK_MB = 400.0
_WORK = ("check", "price", "call the customer", "approve")


def generated(events: int) -> Path:
    """A log of loan-like cases: some activities scheduled, started and completed, others only completed; made once."""
    path = DATA / f"{events}.xes"
    if path.exists():
        return path
    DATA.mkdir(exist_ok=True)
    rng, written, case = random.Random(1), 0, 0
    with path.open("w", encoding="utf-8") as file:
        file.write(
            '<?xml version="1.0" encoding="UTF-8"?>\n<log xes.version="1.0" xmlns="http://www.xes-standard.org/">\n'
        )
        file.write('<string key="concept:name" value="generated"/>\n')
        while written < events:
            case += 1
            when = datetime(2024, 1, 1) + timedelta(minutes=7 * case)
            file.write(f'\t<trace>\n\t\t<string key="concept:name" value="{case}"/>\n')
            file.write(f'\t\t<string key="amount" value="{rng.randrange(100, 50_000)}"/>\n')
            for activity in ("submitted", *rng.choices(_WORK, k=rng.randrange(1, 7)), "accepted"):
                who = f"user {rng.randrange(60)}"
                for transition in ("schedule", "start", "complete") if activity in _WORK else ("complete",):
                    when += timedelta(milliseconds=rng.randrange(90_000_000))
                    file.write(_event(who, transition, activity, when))
                    written += 1
            file.write("\t</trace>\n")
        file.write("</log>\n")
    return path


def _event(who: str, transition: str, activity: str, when: datetime) -> str:
    time = when.isoformat(timespec="milliseconds")
    return (
        f'\t\t<event>\n\t\t\t<string key="org:resource" value="{who}"/>\n'
        f'\t\t\t<string key="lifecycle:transition" value="{transition}"/>\n'
        f'\t\t\t<string key="concept:name" value="{activity}"/>\n'
        f'\t\t\t<date key="time:timestamp" value="{time}+02:00"/>\n\t\t</event>\n'
    )


def as_log(path: str) -> Callable[[], Any]:
    """valuestream: intervals paired, attributes kept."""
    import pyarrow  # noqa: F401 (loading libraries is no reading)

    from valuestream.sources.xes import read_xes

    return lambda: len(read_xes(path))


def by_pm4py(path: str) -> Callable[[], Any]:
    """pm4py's public door: a table of events."""
    import pm4py

    def job() -> int:
        with contextlib.redirect_stderr(io.StringIO()):
            return len(pm4py.read_xes(path))

    return job


JOBS = {"log": as_log, "pm4py": by_pm4py}


def claims(events: int, repeat: int, python: str | None = None) -> list[Claim]:
    """Measure both on the same file."""
    path = generated(events)
    ours = measured(__file__, "log", path, repeat=repeat)
    theirs = _theirs(path, repeat, python)
    size = path.stat().st_size / 1e6
    return [
        Claim(
            f"XES of {events:,} events ({size:.0f} MB) against pm4py",
            theirs.cpu_s / ours.cpu_s,
            LEAST_RATIO,
            "x",
            f"{ours.cpu_s:.2f} CPU s",
            f"{theirs.cpu_s:.2f} CPU s",
            at_least=True,
        ),
        Claim(
            "its peak memory", ours.peak_mb, MOST_PEAK_MB, "MB", f"{ours.peak_mb:.0f} MB", f"{theirs.peak_mb:.0f} MB"
        ),
    ]


def _theirs(path: Path, repeat: int, python: str | None) -> Took:
    own, sys.executable = sys.executable, python or sys.executable
    try:
        return measured(__file__, "pm4py", path, repeat=repeat)
    finally:
        sys.executable = own


if __name__ == "__main__":
    if not answer_job(JOBS):
        parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
        parser.add_argument("--events", type=int, default=262_200)
        parser.add_argument("--repeat", type=int, default=2)
        parser.add_argument("--pm4py", metavar="PYTHON", help="an interpreter that has pm4py")
        chosen = parser.parse_args()
        sys.exit(report(claims(chosen.events, chosen.repeat, chosen.pm4py)))
