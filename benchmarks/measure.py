"""Run one job of a benchmark in a process of its own, and say what it took.

A benchmark is a script with named jobs. `measured` starts the script again with `--job NAME`; that
process times the job and reports it, so that no job warms or crowds another.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

DATA = Path(__file__).resolve().parents[1] / ".bench"


class Took(NamedTuple):
    """CPU seconds of the job (user and system, all threads), peak memory of its process, and its answer."""

    cpu_s: float
    peak_mb: float
    answer: Any


class Claim(NamedTuple):
    """One line of the table: what is claimed, the figure measured and its bound."""

    text: str
    figure: float
    bound: float
    unit: str
    ours: str
    theirs: str
    at_least: bool = False

    @property
    def holds(self) -> bool:
        """Whether the figure keeps its bound."""
        return self.figure >= self.bound if self.at_least else self.figure <= self.bound


def cpu_s() -> float:
    """CPU seconds of this process so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def measured(script: str, job: str, *arguments: object, repeat: int = 1) -> Took:
    """The cheapest of `repeat` runs of that script's job; the highest peak of them."""
    runs = [_run(script, job, arguments) for _ in range(repeat)]
    best = min(runs)
    return best._replace(peak_mb=max(run.peak_mb for run in runs))


def _run(script: str, job: str, arguments: tuple[object, ...]) -> Took:
    command = [sys.executable, script, "--job", job, *map(str, arguments)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    said = child.stdout.read()
    if child.wait():
        sys.exit(f"{' '.join(command)} left with {child.returncode}")
    report = json.loads(said.splitlines()[-1])
    return Took(report["cpu_s"], report["peak_mb"], report["answer"])


def answer_job(jobs: Mapping[str, Callable[..., Callable[[], Any]]]) -> bool:
    """In the process that `measured` started: do the job, print what it took.

    A job prepares (imports, opens files), unmeasured, and returns what is to be measured.
    """
    if sys.argv[1:2] != ["--job"]:
        return False
    prepared = jobs[sys.argv[2]](*sys.argv[3:])
    before = cpu_s()
    answer = prepared()
    print(json.dumps({"cpu_s": cpu_s() - before, "peak_mb": _peak_mb(), "answer": answer}))
    return True


def _peak_mb() -> float:
    """The most memory this process had. Linux hands the peak of the process that started it down in `ru_maxrss`."""
    with suppress(FileNotFoundError), open("/proc/self/status", encoding="ascii", errors="replace") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 2**10
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def log_file(events: int, suffix: str = ".parquet") -> Path:
    """The generated log of that many events; made once."""
    path = DATA / f"{events}{suffix}"
    if not path.exists():
        DATA.mkdir(exist_ok=True)
        generator = Path(__file__).with_name("generate.py")
        subprocess.run([sys.executable, str(generator), "--events", str(events), str(path)], check=True)
    return path


def report(claims: list[Claim]) -> int:
    """Print the table; 1 where a bound is broken, else 0."""
    head = ("claim", "ours", "theirs", "figure", "bound", "")
    rows = [
        (
            claim.text,
            claim.ours,
            claim.theirs,
            f"{claim.figure:.2f} {claim.unit}",
            f"{'>=' if claim.at_least else '<='} {claim.bound:g} {claim.unit}",
            "holds" if claim.holds else "BROKEN",
        )
        for claim in claims
    ]
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for row in (head, *rows):
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    return int(not all(claim.holds for claim in claims))
