"""A git repository as a log: each change that reached the default branch, from its first commit to its release."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from valuestream.errors import InputError
from valuestream.log.event import Log, Reject
from valuestream.sources import git_commits, git_notes, git_releases
from valuestream.sources.git_branch import default_branch
from valuestream.sources.git_changes import Story, changes
from valuestream.sources.git_clock import DAY_S, believable, settled
from valuestream.sources.git_command import Repository
from valuestream.sources.git_commits import Commit, Decoded
from valuestream.sources.git_copies import with_copies
from valuestream.sources.git_graph import Graph
from valuestream.sources.git_log import as_log
from valuestream.sources.git_releases import Release, Tag
from valuestream.sources.git_reverts import reverts
from valuestream.sources.source import Reading


class Told(NamedTuple):
    """What git told of a repository: all that the translation needs.

    commits   those of the branch and of the releases, children before parents
    tip       the branch's newest commit; `branch` is its name, as far as it has one
    tags      those that are releases
    edge      the commits at which a shallow clone ends
    now       when it was asked, seconds: nothing is dated later
    """

    name: str
    commits: Sequence[Commit]
    tip: str
    branch: str = "main"
    tags: Sequence[Tag] = ()
    edge: frozenset[str] = frozenset()
    now: int = 1 << 40
    notes: tuple[str, ...] = ()


def read_git(
    path: str | Path, reading: Reading | None = None, *, releases: str | None = None, branch: str | None = None
) -> Log:
    """The changes of a clone, a worktree or a bare repository; nothing in it is changed, run or fetched.

    releases  tags that are releases: shell patterns set apart by commas, `!` before those that are none; None: guessed
    branch    the branch whose changes count; None: the default branch, guessed. What is guessed stands in the notes

    No repository, no commit, no such branch or tag, a repository that git cannot read: InputError. `reading` is not
    asked anything: a repository has neither columns nor zones.
    """
    return translated(_talk(Path(path), releases, branch))


def _talk(path: Path, pattern: str | None, branch: str | None) -> Told:
    repository = Repository(path)
    tip, own, said = default_branch(repository, branch)
    lines = repository.ask("for-each-ref", f"--format={git_releases.FORMAT}", "refs/tags").splitlines()
    tags, others = git_releases.tags(lines)
    chosen, how = git_releases.chosen(tags, pattern)
    decoded = Decoded()
    marks = "".join(f"{mark}\n" for mark in dict.fromkeys((tip, *(tag.commit for tag in chosen))))
    mailmap, unmapped = _mailmap(repository)
    chunks = repository.stream(
        *("-c", f"mailmap.blob={mailmap}"),
        "log",
        "-z",
        "--topo-order",
        "--no-show-signature",
        "--no-color",
        "--no-patch",
        f"--format={git_commits.FORMAT}",
        "--stdin",
        feed=marks,
    )
    found = list(git_commits.commits(chunks, decoded))
    edge = frozenset(_shallow_edge(repository))
    notes = [said, how, *unmapped, *git_notes.of_reading(others, decoded.odd, len(edge))]
    return Told(repository.name, found, tip, own, chosen, edge, int(time.time()) + DAY_S, tuple(notes))


def _mailmap(repository: Repository) -> tuple[str, tuple[str, ...]]:
    """Where a bare repository keeps its mailmap; a partial clone may lack it, and nothing is fetched."""
    if repository.look("rev-parse", "--is-bare-repository") != "true" or not repository.look(
        "ls-tree", "HEAD", ".mailmap"
    ):
        return "", ()
    if repository.look("cat-file", "-e", "HEAD:.mailmap") is None:
        return "", ("The partial clone lacks its mailmap: people are named as they committed.",)
    return "HEAD:.mailmap", ()


def _shallow_edge(repository: Repository) -> list[str]:
    file = repository.path / (repository.look("rev-parse", "--git-path", "shallow") or "shallow")
    return file.read_text("ascii", "replace").split() if file.is_file() else []


def translated(told: Told) -> Log:
    """The log of what git told. Pure."""
    graph = Graph(told.commits, told.tip)
    tops = [told.commits[at] for at in graph.line]
    logged = [top.committed for top in tops]
    landed = settled(logged, told.now)
    if not landed:
        raise InputError(
            f"No commit of {told.name} has a date that can be.", "Look at `git log --format='%h %ad %cd'`."
        )
    seen: Counter[str] = Counter()
    releases = _releases(graph, told, dict(zip((top.hash for top in tops), landed, strict=True)), seen)
    inside = graph.first([release.commit for release in releases])
    back = reverts(graph)
    story = Story(graph, landed, releases, with_copies(graph, inside), inside, back, told.edge)
    found = changes(story, seen)
    if not found:
        raise InputError(
            f"{told.name} is too shallow a clone to hold one whole change.", "`git fetch --unshallow` brings the rest."
        )
    rejects = [
        Reject(top.hash[:10], "lies at the edge of a shallow clone", top.title) for top in tops if top.hash in told.edge
    ]
    notes = (
        *told.notes,
        *git_notes.of_changes(story, found, seen),
        *git_notes.of_pulls(tops, told.branch),
        *git_notes.of_clocks(tops, logged, landed, seen),
    )
    return as_log(told.name, found, rejects, notes)


def _releases(graph: Graph, told: Told, landed: dict[str, int], seen: Counter[str]) -> list[Release]:
    """The releases in the order in which they came out.

    A tag made after a release that contains it was made late, or again: its commit's date is taken, where that helps.
    """
    committed = {
        tag.commit: landed.get(tag.commit, told.commits[graph.number[tag.commit]].committed) for tag in told.tags
    }
    found = git_releases.dated(told.tags, committed, told.now)
    first = graph.first([release.commit for release in found])
    late = {one.commit for place, one in enumerate(found) if first[graph.number[one.commit]] < place}
    seen["late tags"] = len(late)
    late = {commit for commit in late if believable(committed[commit], told.now)}
    redated = [one._replace(at=min(one.at, committed[one.commit])) if one.commit in late else one for one in found]
    return sorted(redated, key=git_releases.order)
