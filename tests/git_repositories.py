"""Small git repositories for tests: real ones made with the git command, and parsed commits for the pure half."""

from __future__ import annotations

import os
import subprocess
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from valuestream.log.event import Kind, Log
from valuestream.sources.git import Told, translated
from valuestream.sources.git_commits import Commit, numbered
from valuestream.sources.git_releases import Tag
from valuestream.sources.sketch import DAY_US, day

SOMEBODY = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "HOME": "/nonexistent", "LC_ALL": "C"}


class Repo:
    """A repository in a folder. Days are those of the sketch: 1 is 2024-01-01T00:00Z."""

    def __init__(self, path: Path, *options: str) -> None:
        self.path = path
        path.mkdir(parents=True, exist_ok=True)
        self.git("init", "-q", "-b", "main", *options)

    def git(
        self, *arguments: str, at: float = 1, by: str = "ada", committed: float | None = None, feed: bytes = b""
    ) -> str:
        """Run git as somebody, on a day; a day in seconds since 1970 where it is above 1000."""
        who = {f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER") for what, value in _person(by).items()}
        dates = {"GIT_AUTHOR_DATE": _date(at), "GIT_COMMITTER_DATE": _date(at if committed is None else committed)}
        environment = {"PATH": os.environ["PATH"]} | SOMEBODY | who | dates
        done = subprocess.run(
            ["git", "-C", str(self.path), *arguments], input=feed, capture_output=True, env=environment, check=False
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode("utf-8", "replace").strip()

    def commit(self, message: str, at: float, **options: object) -> str:
        """A commit that changes a file of its own, so that nothing ever conflicts; its hash."""
        name = f"file-{len(list(self.path.iterdir()))}-{at}.txt"
        (self.path / name).write_text(message)
        self.git("add", name)
        self.git("commit", "-q", "-m", message, at=at, **options)  # type: ignore[arg-type]
        return self.git("rev-parse", "HEAD")

    def merge(self, branch: str, message: str, at: float, by: str = "ada") -> str:
        self.git("merge", "-q", "--no-ff", "-m", message, branch, at=at, by=by)
        return self.git("rev-parse", "HEAD")

    def tag(self, name: str, at: float, commit: str = "HEAD") -> None:
        self.git("tag", "-a", "-m", name, name, commit, at=at)


def _person(name: str) -> dict[str, str]:
    return {"NAME": name, "EMAIL": f"{name}@example.org"}


def _date(at: float) -> str:
    seconds = int(at) if at > 1000 else day(at) // 1_000_000
    return f"@{seconds} +0000"


@dataclass
class History:
    """Parsed commits, newest first, as git gives them; for the pure half."""

    commits: list[Commit] = field(default_factory=list)
    tags: list[Tag] = field(default_factory=list)

    def add(self, mark: str, at: float, *parents: str, title: str = "", **known: object) -> History:
        """A commit written and committed on a day of the sketch."""
        seconds = day(at) // 1_000_000
        number, title = numbered(title)
        facts = {
            "authored": seconds,
            "committed": seconds,
            "author": "ada",
            "committer": "ada",
            "number": number,
        } | known
        self.commits.insert(0, Commit(mark, parents, title=title or mark, **facts))  # type: ignore[arg-type]
        return self

    def tag(self, name: str, mark: str, at: float) -> History:
        self.tags.append(Tag(name, mark, day(at) // 1_000_000))
        return self

    def log(self, tip: str | None = None, **known: object) -> Log:
        first = tip or self.commits[0].hash
        return translated(Told("history", self.commits, first, tags=self.tags, **known))  # type: ignore[arg-type]


def states(log: Log) -> dict[str, str]:
    """The log as a sketch, only states: key -> "coding 1, merged 2"; items in the log's order."""
    told: dict[str, list[str]] = defaultdict(list)
    for row in range(len(log)):
        if log.kind[row] == Kind.STATE:
            on = (int(log.at[row]) - day(1)) / DAY_US + 1
            told[log.items[log.item[row]]].append(f"{log.words[log.value[row]]} {on:g}")
    return {key: ", ".join(moves) for key, moves in told.items()}


def attribute(log: Log, name: str) -> dict[str, str]:
    """The last value of an attribute for each item that has it."""
    if name not in log.fields or log.field is None:
        return {}
    code = list(log.fields).index(name)
    rows = [row for row in range(len(log)) if log.field[row] == code]
    return {log.items[log.item[row]]: log.words[log.value[row]] for row in rows}


def people(log: Log, key: str, kind: Kind = Kind.STATE) -> list[str | None]:
    """Who is named in the events of an item, in order."""
    assert log.actor is not None
    rows = [row for row in range(len(log)) if log.items[log.item[row]] == key and log.kind[row] == kind]
    return [log.people[log.actor[row]] if log.actor[row] >= 0 else None for row in rows]


def has_note(log: Log, text: str) -> bool:
    return any(text in note for note in log.notes)
