"""Which changes were taken back, and brought again, by which later ones."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from valuestream.log.event import NONE
from valuestream.sources.git_commits import Commit
from valuestream.sources.git_graph import Graph

_QUOTED = re.compile(r'^(?:Revert|Reapply) "(?P<title>.*)"$')
_TWICE = re.compile(r'^Reapply "(?P<title>.*)"$')


@dataclass
class Reverts:
    """What later changes did to earlier ones; changes are places in the graph's line.

    switches   change -> [(by which change, False: taken back, True: brought again)], in order, alternating
    by         change -> what it does so to which changes: it is a revert
    partly     changes of which only some commits were taken back: they stand
    unknown    reverts that name nothing of this branch
    elsewhere  (change, commit outside the branch that takes it back): only that release branch is without it
    """

    switches: dict[int, list[tuple[int, bool]]] = field(default_factory=lambda: defaultdict(list))
    by: dict[int, dict[int, bool]] = field(default_factory=lambda: defaultdict(dict))
    partly: set[int] = field(default_factory=set)
    unknown: int = 0
    elsewhere: list[tuple[int, int]] = field(default_factory=list)


def reverts(graph: Graph) -> Reverts:
    """Find the reverts of a branch: by hash, by request number, else by title.

    A merge or a change is taken back when its landing commit is reverted, or all its commits are. A revert of
    a revert brings the first change again; the revert itself is not counted as taken back.
    """
    found = Reverts()
    names = _Names(graph)
    taken: dict[int, set[int]] = defaultdict(set)
    carried: dict[int, dict[int, bool]] = {}
    for place, top in enumerate(graph.line):
        explicit = False
        for at in dict.fromkeys((top, *reversed(graph.parts[place]))):
            for target in names.said(graph.commits[at], place):
                explicit = True
                effect = _effect(graph, found, carried, taken, target, place)
                carried.setdefault(at, {}).update(effect)
                found.by[place].update(effect)
        if not explicit and (by_title := names.titled(graph.commits[top].title, place)) is not None:
            found.by[place].update(_effect(graph, found, carried, taken, graph.line[by_title], place))
        if not found.by[place]:
            del found.by[place]
            found.unknown += bool(_QUOTED.match(graph.commits[top].title)) and not explicit
        for change, again in found.by.get(place, {}).items():
            if (found.switches[change][-1][1] if found.switches[change] else True) != again:
                found.switches[change].append((place, again))
        names.learn(place)
    found.partly = {change for change in taken if not found.switches.get(change)}
    found.switches = {change: switches for change, switches in found.switches.items() if switches}
    for at, one in enumerate(graph.commits):
        if graph.landing[at] == NONE:
            taken_back = [graph.landing[target] for target in names.said(one, NONE)]
            found.elsewhere += [(change, at) for change in taken_back if change not in found.switches]
    return found


def _effect(
    graph: Graph,
    found: Reverts,
    carried: dict[int, dict[int, bool]],
    taken: dict[int, set[int]],
    target: int,
    place: int,
) -> dict[int, bool]:
    """What reverting the commit `target` does: to the changes it reverted itself, else to the change it is."""
    change = graph.landing[target]
    if change == place:
        return {}
    is_landing = target == graph.line[change]
    before = found.by.get(change, {}) if is_landing else carried.get(target, {})
    if before:
        return {earlier: not again for earlier, again in before.items()}
    taken[change].add(target)
    if is_landing or taken[change].issuperset(graph.parts[change]):
        return {change: False}
    return {}


class _Names:
    """The ways in which a message names an earlier change."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._by_number: dict[str, int] = {}
        self._by_title: dict[str, int] = {}

    def learn(self, place: int) -> None:
        one = self._graph.commits[self._graph.line[place]]
        self._by_title[one.title] = place
        if one.number:
            self._by_number[one.number] = place
            self._by_title[f"{one.title} ({one.number})"] = place

    def said(self, one: Commit, place: int) -> Iterator[int]:
        """The commits that a message says it reverts, as far as they landed, and not at `place` itself."""
        for mark in one.reverts:
            if mark[0] in "#!":
                change = self._by_number.get(mark)
                target = None if change is None else self._graph.line[change]
            else:
                target = self._graph.find(mark)
            if target is not None and self._graph.landing[target] not in (NONE, place):
                yield target

    def titled(self, title: str, place: int) -> int | None:
        """The latest change with the title that a `Revert "..."` quotes."""
        if again := _TWICE.match(title):
            change = self._by_title.get(f'Revert "{again["title"]}"')
            return change
        quoted = _QUOTED.match(title)
        return self._by_title.get(quoted["title"]) if quoted else None
