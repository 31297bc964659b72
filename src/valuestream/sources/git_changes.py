"""Changes: what reached the default branch, and where each was when, between its first commit and its release."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from valuestream.sources.git_clock import believable
from valuestream.sources.git_commits import Commit
from valuestream.sources.git_graph import NEVER, Graph
from valuestream.sources.git_releases import Release
from valuestream.sources.git_reverts import Reverts

CODING, REVIEW, MERGED, RELEASED, REVERTED = "coding", "review", "merged", "released", "reverted"

_PREFIX = re.compile(r"^(?P<type>[a-z]+)(?:\([^)]*\))?!?:\s", re.IGNORECASE)
_TYPES = {
    "feat": "feature",
    "feature": "feature",
    "fix": "fix",
    "bugfix": "fix",
    **{word: word for word in ("build", "chore", "ci", "docs", "perf", "refactor", "revert", "style", "test")},
}
_SHORTEST = 7


class Move(NamedTuple):
    """A state entered at an instant (seconds since 1970), by somebody; `release` where that is known."""

    at: int
    state: str
    actor: str | None = None
    release: str | None = None


class Change(NamedTuple):
    """An item: a merge or a single commit of the default branch. `touches` are (instant, author) of its commits."""

    key: str
    title: str
    type: str | None
    moves: tuple[Move, ...]
    touches: tuple[tuple[int, str], ...]


class Story(NamedTuple):
    """All that the changes of a repository are told from.

    landed    instant of each place in the graph's line, settled
    releases  in the order in which they came out
    reach     for each commit the first release that has it or a copy, NEVER: none
    inside    the same without copies
    edge      hashes of the commits beyond which a shallow clone knows nothing
    """

    graph: Graph
    landed: Sequence[int]
    releases: Sequence[Release]
    reach: Sequence[int]
    inside: Sequence[int]
    reverts: Reverts
    edge: frozenset[str] = frozenset()


def changes(story: Story, seen: Counter[str]) -> list[Change]:
    """The changes in the order in which they landed. `seen` counts what the notes must say."""
    graph = story.graph
    tops = [graph.commits[at] for at in graph.line]
    keys = _keys(tops, seen)
    found = []
    for place, top in enumerate(tops):
        if top.hash in story.edge:
            continue
        moves, touches = _told(story, place, seen)
        found.append(Change(keys[place], top.title, _type(top), tuple(moves), touches))
    return found


def _keys(tops: Sequence[Commit], seen: Counter[str]) -> list[str]:
    """Request numbers where they are known and unique, else the shortest start of the hash that is unique."""
    digits = next(n for n in range(_SHORTEST, 65) if len({one.hash[:n] for one in tops}) == len(tops))
    taken: set[str] = set()
    keys = []
    for one in tops:
        key = one.number or one.hash[:digits]
        if key in taken:
            seen["same number"] += 1
            key = f"{key}@{one.hash[:digits]}"
        taken.add(key)
        keys.append(key)
    return keys


def _type(top: Commit) -> str | None:
    """The type that a conventional commit's prefix says; `revert` also by git's own wording."""
    if top.title.startswith(('Revert "', 'Reapply "')):
        return "revert"
    found = _PREFIX.match(top.title)
    return _TYPES.get(found["type"].lower()) if found else None


def _told(story: Story, place: int, seen: Counter[str]) -> tuple[list[Move], tuple[tuple[int, str], ...]]:
    before, touches = _made(story, place, seen)
    moves = [*before, Move(story.landed[place], MERGED, _merger(story, place))]
    switches = [(place, True), *story.reverts.switches.get(place, [])]
    for number, (by, there) in enumerate(switches):
        taken = switches[number + 1][0] if number + 1 < len(switches) else None
        if not there:
            moves.append(Move(story.landed[by], REVERTED, _maker(story, by)))
            continue
        if number:
            since = story.landed[switches[number - 1][0]]
            moves += [move for move in _made(story, by, Counter())[0] if move.at > since]
            moves.append(Move(story.landed[by], MERGED, _merger(story, by)))
        release = _release(story, by)
        if release == NEVER or (taken is not None and _release(story, taken) <= release):
            continue
        moves = _with_release(story, moves, by, release, seen)
    final = switches[-1][1]
    seen["reverted"] += len(switches) > 1
    seen["for good"] += not final
    seen["unreleased"] += bool(story.releases) and final and all(move.state != RELEASED for move in moves)
    return sorted(moves, key=lambda move: move.at), touches


def _with_release(story: Story, moves: list[Move], place: int, number: int, seen: Counter[str]) -> list[Move]:
    """The release added. What left by another branch before it landed here is done with its release."""
    release, landed = story.releases[number], story.landed[place]
    contained = story.inside[story.graph.line[place]] == number
    seen["copied"] += not contained
    at = max(release.at, landed) if contained else release.at
    if at < landed:
        seen["before"] += 1
        moves = [move for move in moves if move.at < at]
    return [*moves, Move(at, RELEASED, None, release.name)]


def _release(story: Story, place: int) -> int:
    """The first release with the landing commit, or with all commits of the change; copies of them count."""
    top, parts = story.graph.line[place], story.graph.parts[place]
    return min(story.reach[top], max((story.reach[at] for at in parts), default=NEVER))


def _made(story: Story, place: int, seen: Counter[str]) -> tuple[list[Move], tuple[tuple[int, str], ...]]:
    """Coding and review before a change landed, and the commits of its coding."""
    commits = story.graph.commits
    top, landed = commits[story.graph.line[place]], story.landed[place]
    parts = [commits[at] for at in story.graph.parts[place]]
    cut = any(one.hash in story.edge for one in parts)
    seen["cut"] += cut
    known = [(at, one) for one in parts if (at := _written(one, landed, seen)) is not None]
    if cut or not known:
        return [], ()
    known.sort(key=lambda pair: pair[0])
    (first, beginner), (last, ender) = known[0], known[-1]
    merge = len(top.parents) > 1
    end = last if merge else landed
    review = [Move(last, REVIEW, ender.author)] if merge else []
    if first == end:
        seen["coding unknown"] += 1
        return review, ()
    touches = tuple(dict.fromkeys((at, one.author) for at, one in known if one.author))
    return [Move(first, CODING, beginner.author), *review], touches


def _written(one: Commit, landed: int, seen: Counter[str]) -> int | None:
    """When a commit was written: its author date; where that cannot be, its commit date; None: nor can that."""
    committed = one.committed if believable(one.committed, landed) else None
    if believable(one.authored, committed or landed):
        return one.authored
    seen["author date"] += 1
    return committed


def _merger(story: Story, place: int) -> str | None:
    """Who brought a change in: the committer; the author where a web page committed on somebody's behalf."""
    top = story.graph.commits[story.graph.line[place]]
    return top.author if top.by_tool or top.committer is None else top.committer


def _maker(story: Story, place: int) -> str | None:
    """Who made a change: the author of its first commit."""
    commits, parts = story.graph.commits, story.graph.parts[place]
    return commits[parts[-1]].author if parts else commits[story.graph.line[place]].author
