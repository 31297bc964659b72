"""The commits as a graph: which landed where on the default branch, and which release has each first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from valuestream.log.event import NONE
from valuestream.sources.git_commits import Commit

NEVER = 1 << 62
"""The number of the release that contains what is in none; greater than any other."""


@dataclass
class Graph:
    """Commits by number, children before parents.

    line     the default branch by first parents, oldest first
    landing  for each commit the place in `line` of the first that contains it, NONE: not in the branch
    parts    for each place in `line` the commits it brought, without merges
    """

    commits: Sequence[Commit]
    tip: str
    number: dict[str, int] = field(default_factory=dict)
    parents: list[list[int]] = field(default_factory=list)
    line: list[int] = field(default_factory=list)
    landing: list[int] = field(default_factory=list)
    parts: list[list[int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.number = {commit.hash: place for place, commit in enumerate(self.commits)}
        known = self.number
        self.parents = [[known[parent] for parent in one.parents if parent in known] for one in self.commits]
        self._walk()
        self._land()

    def _walk(self) -> None:
        at = self.number[self.tip]
        self.line = [at]
        while self.commits[at].parents and self.commits[at].parents[0] in self.number:
            at = self.number[self.commits[at].parents[0]]
            self.line.append(at)
        self.line.reverse()

    def _land(self) -> None:
        """Whatever can be reached from a commit of the line, and not from one before it, landed there."""
        landing = [NONE] * len(self.commits)
        self.parts = [[] for _ in self.line]
        for place, top in enumerate(self.line):
            open_ = [top]
            landing[top] = place
            while open_:
                at = open_.pop()
                if len(self.commits[at].parents) < 2:
                    self.parts[place].append(at)
                for parent in self.parents[at]:
                    if landing[parent] == NONE:
                        landing[parent] = place
                        open_.append(parent)
        self.landing = landing

    def find(self, mark: str) -> int | None:
        """The number of a commit by its hash, which may be shortened as long as only one fits; None: not here."""
        if mark in self.number:
            return self.number[mark]
        if len(mark) >= 40:
            return None
        fitting = [place for place in self._by_start.get(mark[:7], []) if self.commits[place].hash.startswith(mark)]
        return fitting[0] if len(fitting) == 1 else None

    @cached_property
    def _by_start(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for mark, place in self.number.items():
            found.setdefault(mark[:7], []).append(place)
        return found

    def first(self, marks: Sequence[str]) -> list[int]:
        """For each commit the first of the marked commits that contains it, as a place in `marks`; NEVER: none does.

        The same as asking `git rev-list MARK ^ALL-BEFORE-IT` for each, in one pass: a commit is contained first in
        what its children are contained in first.
        """
        found = [NEVER] * len(self.commits)
        for place, mark in enumerate(marks):
            at = self.number[mark]
            found[at] = min(found[at], place)
        for at, parents in enumerate(self.parents):
            earliest = found[at]
            if earliest == NEVER:
                continue
            for parent in parents:
                if earliest < found[parent]:
                    found[parent] = earliest
        return found
