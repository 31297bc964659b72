"""Copies of a change on release branches: what was cherry-picked there is released there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from valuestream.log.event import NONE
from valuestream.sources.git_commits import Commit
from valuestream.sources.git_graph import NEVER, Graph

_Face = tuple[str | None, int, str]


def with_copies(graph: Graph, first: Sequence[int]) -> list[int]:
    """For each commit the first release that contains it or a copy of it.

    first  `Graph.first` of the releases

    A copy is a commit on the other side, one of the two being in the default branch and one not, whose message says
    "cherry picked from commit ..." of the other; or one with the other's author, author date and title, which
    a cherry-pick keeps. (A patch-id would say the same for the price of every commit's diff.)
    """
    found = list(first)
    for original, copy in (*_said(graph), *_alike(graph, first)):
        found[original] = min(found[original], first[copy])
    return found


def _said(graph: Graph) -> Iterator[tuple[int, int]]:
    for at, one in enumerate(graph.commits):
        for mark in one.picked:
            other = graph.find(mark)
            if other is None or (graph.landing[at] == NONE) == (graph.landing[other] == NONE):
                continue
            yield (at, other) if graph.landing[at] != NONE else (other, at)


def _alike(graph: Graph, first: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Pairs of equal author, author date and title; what occurs twice in the default branch is no sign of a copy."""
    copies: dict[_Face, int] = {}
    for at, one in enumerate(graph.commits):
        if graph.landing[at] == NONE and first[at] != NEVER and len(one.parents) < 2:
            known = copies.setdefault(_face(one), at)
            if first[at] < first[known]:
                copies[_face(one)] = at
    originals: dict[_Face, list[int]] = {}
    for at, one in enumerate(graph.commits):
        if copies and graph.landing[at] != NONE and len(one.parents) < 2 and _face(one) in copies:
            originals.setdefault(_face(one), []).append(at)
    for face, places in originals.items():
        if len(places) == 1:
            yield places[0], copies[face]


def _face(one: Commit) -> _Face:
    return one.author, one.authored, one.title
