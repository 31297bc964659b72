"""Reading a repository of 100,000 commits and 1,000 releases costs at most six times what plain `git log` costs.

python benchmarks/bench_git.py --commits 100000
python benchmarks/bench_git.py --path a-clone.git
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from measure import DATA, Claim, answer_job, measured, report

MOST_RATIO = 6.0
BEGIN_S = 1_577_836_800
COMMITS_A_CHANGE = 4
COMMITS_A_RELEASE = 100


def spent(work: Callable[[], int]) -> dict[str, float]:
    """CPU seconds (ours and those of the git command), seconds on the clock, and how much was read."""
    before, began = _cpu_s(), time.perf_counter()
    read = work()
    return {"cpu_s": _cpu_s() - before, "wall_s": time.perf_counter() - began, "read": read}


def _cpu_s() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def by_git(path: str) -> Callable[[], Any]:
    """`git log` alone, its answer thrown away."""
    command = ["git", "-C", path, "log", "HEAD"]
    return lambda: spent(lambda: subprocess.run(command, stdout=subprocess.DEVNULL, check=True).returncode)


def as_log(path: str) -> Callable[[], Any]:
    """valuestream: the same commits as changes with their states, releases and reverts."""
    import numpy  # noqa: F401 (loading libraries is no reading)

    from valuestream.sources.git import read_git

    return lambda: spent(lambda: len(read_git(path).items))


JOBS = {"git": by_git, "log": as_log}


def repository(commits: int) -> Path:
    """A bare repository of that many commits, made once: a merge of two commits, a squash, and a tag now and then."""
    path = DATA / f"git-{commits}.git"
    if not path.exists():
        DATA.mkdir(exist_ok=True)
        half = path.with_suffix(".half")
        subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(half)], check=True)
        importing = subprocess.Popen(["git", "-C", str(half), "fast-import", "--quiet"], stdin=subprocess.PIPE)
        assert importing.stdin is not None
        for line in _told(commits):
            importing.stdin.write(line.encode())
        importing.stdin.close()
        if importing.wait():
            sys.exit("git fast-import failed")
        os.rename(half, path)
    return path


def _told(commits: int) -> Iterator[str]:
    """The repository as `git fast-import` reads it. Change k: two commits of a branch, their merge, one squash."""
    main = ""
    for mark in range(1, commits + 1):
        at, place = BEGIN_S + mark * 600, mark % COMMITS_A_CHANGE
        who, parents = f"Dev {mark % 97} <dev{mark % 97}@example.org> {at} +0000", f"from {main}\n" if main else ""
        branch, text = "refs/heads/main", f"fix: change {mark} (#{mark})"
        if place in (1, 2) and mark > COMMITS_A_CHANGE:
            branch, text = "refs/heads/topic", f"commit {mark}"
            parents = f"from {main}\n" if place == 1 else f"from :{mark - 1}\n"
        elif place == 3 and mark > COMMITS_A_CHANGE:
            parents = f"from {main}\nmerge :{mark - 1}\n"
            text = f"Merge pull request #{mark} from topic\n\nfeat: change {mark}"
        text += "\n\nWhy it was needed, and how it was tested.\n" * 3
        yield f"commit {branch}\nmark :{mark}\nauthor {who}\ncommitter {who}\ndata {len(text)}\n{text}\n{parents}\n"
        if branch == "refs/heads/main":
            main = f":{mark}"
        if mark % COMMITS_A_RELEASE == 0:
            number = mark // COMMITS_A_RELEASE
            name = f"v{number // 50}.{number % 50}.0"
            yield f"tag {name}\nfrom {main}\ntagger {who}\ndata {len(name)}\n{name}\n"
    yield "done\n"


def claims(commits: int, repeat: int, path: str | None = None) -> list[Claim]:
    """Measure both on the same repository."""
    place = path or str(repository(commits))
    theirs = min((measured(__file__, "git", place).answer for _ in range(repeat)), key=lambda took: took["cpu_s"])
    ours = min((measured(__file__, "log", place).answer for _ in range(repeat)), key=lambda took: took["cpu_s"])
    print(f"{ours['read']:,} changes; {ours['wall_s']:.2f} s, git log {theirs['wall_s']:.2f} s", file=sys.stderr)
    text = f"{Path(place).name} as a log against git log"
    ratio = ours["cpu_s"] / theirs["cpu_s"]
    return [Claim(text, ratio, MOST_RATIO, "x", f"{ours['cpu_s']:.2f} CPU s", f"{theirs['cpu_s']:.2f} CPU s")]


if __name__ == "__main__":
    if not answer_job(JOBS):
        parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
        parser.add_argument("--commits", type=int, default=100_000)
        parser.add_argument("--path", help="a clone to measure instead of the made one")
        parser.add_argument("--repeat", type=int, default=3)
        chosen = parser.parse_args()
        sys.exit(report(claims(chosen.commits, chosen.repeat, chosen.path)))
