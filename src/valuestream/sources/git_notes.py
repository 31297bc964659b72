"""What a repository's log must say about itself: what was guessed, left out, moved or cannot be known."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

from valuestream.sources.git_changes import Change, Story
from valuestream.sources.git_commits import Commit
from valuestream.sources.git_graph import NEVER

_CHANGES = (
    (
        "coding unknown",
        "{n} of {all} {show} a single instant before the merge (a squash, one commit): coding is unknown.",
    ),
    ("unreleased", "{n} {is_} in no release yet: open."),
    ("copied", "{n} left first by a cherry-pick or by a merge on another branch, and {was} released there."),
    ("before", "{n} {was} released before reaching the branch: done with that release; the merge back is bookkeeping."),
    ("reverted", "{n} {was} reverted later: a return, or a reopening where a release had come first."),
    ("for good", "{n} {was} reverted and not brought again: waiting in Coding."),
    ("same number", "{n} {has} the number of another change: the key carries the hash too."),
    ("cut", "{n} {has} commits at the edge of the shallow clone: coding and review are unknown."),
)


def of_reading(others: int, odd: int, edge: int) -> list[str]:
    """How the reading went: tags that name no commit, messages that are no UTF-8, a clone that ends early."""
    said = []
    if others:
        said.append(_say("{n} that {name} no commit itself {is_} not read.", others, "tag"))
    if odd:
        said.append(_say("{n} {was} not UTF-8 and read as Windows-1252.", odd, "commit message"))
    if edge:
        said.append(
            _say("The clone is shallow: {n} {end} it.", edge, "commit")
            + " What lies before is unknown. `git fetch --unshallow` brings the rest."
        )
    return said


def of_changes(story: Story, found: Sequence[Change], seen: Counter[str]) -> list[str]:
    """What was found, and what the log cannot know."""
    merges = sum(len(story.graph.commits[at].parents) > 1 for at in story.graph.line)
    said = [
        _say("{n} reached the branch, ", len(found), "change")
        + f"{merges:,} as merges. Coding is the first to the last "
        "commit by author date, review from there to the merge, release from the merge to the first release that "
        "contains the change."
    ]
    said += [_say(text, seen[what], "change", len(found)) for what, text in _CHANGES if seen[what]]
    back = story.reverts
    if back.partly:
        said.append(
            _say("{n} had some commits reverted, not all, and {count} as not reverted.", len(back.partly), "change")
        )
    if back.unknown:
        said.append(_say("{n} {name} nothing of this branch.", back.unknown, "revert"))
    if aside := {place for place, at in back.elsewhere if story.inside[at] == _reached(story, place) != NEVER}:
        said.append(
            _say(
                "{n} {was} reverted on a release branch before its release, and {count} as released there.",
                len(aside),
                "change",
            )
        )
    return said


def _reached(story: Story, place: int) -> int:
    return story.reach[story.graph.line[place]]


def of_pulls(tops: Sequence[Commit], branch: str) -> list[str]:
    """Merges of the branch into itself, by `git pull` before a push: others' changes then stand behind one merge."""
    name = re.escape(branch)
    pull = re.compile(rf"Merge (remote-tracking )?branch '([\w-]+/)?{name}'( of \S+)?( into {name})?")
    n = sum(bool(pull.fullmatch(top.title)) for top in tops if len(top.parents) > 1)
    text = "{n} pulled the branch into itself (`git pull` before a push): what lies behind counts as one change each."
    return [_say(text, n, "merge")] if n else []


def of_clocks(tops: Sequence[Commit], logged: Sequence[int], landed: Sequence[int], seen: Counter[str]) -> list[str]:
    """Dates that cannot be, and what was taken instead."""
    said = []
    moved = [(abs(was - now), at) for at, (was, now) in enumerate(zip(logged, landed, strict=True)) if was != now]
    if moved:
        _, at = max(moved)
        said.append(
            _say("{n} {is_} dated against the order of the branch", len(moved), "change")
            + f", worst {tops[at].hash[:10]} at {_date(logged[at])}: moved to the nearest date their neighbours allow."
        )
    if n := seen["author date"]:
        text = "{n} {has} an author date before 1971 or after the commit or merge: the commit date is taken, or none."
        said.append(_say(text, n, "commit"))
    if n := seen["late tags"]:
        text = "{n} {was} made after a release that contains the same commit: the commit's date is taken."
        said.append(_say(text, n, "tag"))
    return said


def _date(at: int) -> str:
    try:
        return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d}"
    except (OverflowError, ValueError, OSError):
        return f"second {at}"


def _say(text: str, n: int, noun: str, whole: int = 0) -> str:
    """A sentence about n things, its verbs in the right number."""
    verbs = {"is_": "is are", "was": "was were", "has": "has have", "name": "names name", "count": "counts count"}
    verbs |= {"end": "ends end", "show": "shows show"}
    told = {verb: forms.split()[n != 1] for verb, forms in verbs.items()}
    return text.format(n=f"{n:,} {noun}{'' if n == 1 else 's'}", all=f"{whole:,}", **told)
