"""Which tags are releases, and when each came out."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple

from valuestream.errors import InputError
from valuestream.sources.git_clock import believable

FORMAT = "%(refname:strip=2)%00%(objecttype)%00%(objectname)%00%(*objecttype)%00%(*objectname)%00%(creatordate:unix)"
"""The fields of one tag for `git for-each-ref refs/tags`."""

_VERSION = r"(?P<version>\d+(?:[._-]\d+)*)"
_FINAL = re.compile(
    rf"(?P<prefix>.*?){_VERSION}(?:[-._]?(?:final|ga|release|stable|lts|post\.?\d*|sp\d+|p\d+)|[a-z])?", re.IGNORECASE
)
_PRE = re.compile(
    rf"(?P<prefix>.*?){_VERSION}[-._]?(?:alpha|beta|preview|pre|rc|cr|dev|milestone|snapshot|nightly|canary|a(?=\d)|b(?=\d)|c(?=\d)|m(?=\d))"
    r"[-._\d]*.*",
    re.IGNORECASE,
)
_PLAIN_PREFIX = re.compile(r"(?:v|ver|version|r|rel|release|releases)?[-_/.]?v?", re.IGNORECASE)
_NO_RELEASE = re.compile(
    r"(?:^|[-_/.])(?:nightly|snapshot|canary|build|ci|test|backup|archive|tmp|old)(?:[-_/.]|$)", re.IGNORECASE
)

_LONGEST = 200
"""Longer names are no versions, and would take long to look at."""


class Tag(NamedTuple):
    """A tag: the commit it names, and when it was made (seconds; None where it does not say)."""

    name: str
    commit: str
    at: int | None


class Release(NamedTuple):
    """A release: the name people know it by, its commit, and when it came out (seconds)."""

    name: str
    commit: str
    at: int


def tags(lines: Iterable[str]) -> tuple[list[Tag], int]:
    """The tags in the answer of `git for-each-ref --format=FORMAT`, and how many name no commit."""
    found, others = [], 0
    for line in lines:
        name, kind, mark, peeled_kind, peeled, at = line.split("\0")
        commit = mark if kind == "commit" else peeled if peeled_kind == "commit" else ""
        if commit:
            found.append(Tag(name, commit, int(at) if at.lstrip("-").isdigit() else None))
        else:
            others += 1
    return found, others


def chosen(tags: Sequence[Tag], pattern: str | None) -> tuple[list[Tag], str]:
    """The tags that are releases, and a sentence that says how they were found.

    pattern  shell patterns set apart by commas, `!` before those that are no releases ("v*,!*-rc*");
             None: the largest family of version numbers, without pre-releases
    """
    if pattern is None:
        return _guessed(tags)
    parts = [part.strip() for part in pattern.split(",") if part.strip()]
    wanted = [part for part in parts if not part.startswith("!")] or ["*"]
    refused = [part[1:] for part in parts if part.startswith("!")]
    found = [tag for tag in tags if _any(tag.name, wanted) and not _any(tag.name, refused)]
    if not found:
        known = ", ".join(tag.name for tag in tags[-5:]) or "none at all"
        raise InputError(
            f"No tag is like {pattern!r}.", f"The repository's tags: {known}. A pattern is `v*` or `v*,!*-rc*`."
        )
    return found, f"Releases are the {_counted(len(found), 'tag')} like {pattern!r}, as asked."


def _any(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _guessed(tags: Sequence[Tag]) -> tuple[list[Tag], str]:
    families: dict[str, list[Tag]] = defaultdict(list)
    before: Counter[str] = Counter()
    for tag in tags:
        if len(tag.name) > _LONGEST or _NO_RELEASE.search(tag.name):
            continue
        if found := _PRE.fullmatch(tag.name):
            before[_family(found["prefix"])] += 1
        elif found := _FINAL.fullmatch(tag.name):
            families[_family(found["prefix"])].append(tag)
    if not families:
        return [], _no_release(tags)
    prefix = max(families, key=lambda family: (len(families[family]), family == ""))
    found_tags = _without_moving(families[prefix])
    others = len(tags) - len(found_tags) - before[prefix]
    newest = max(found_tags, key=lambda tag: (tag.at or 0, version(tag.name))).name
    said = [f"Releases are guessed to be the {_counted(len(found_tags), 'tag')} like {newest}"]
    left = [f"{_counted(before[prefix], 'pre-release')} (rc, beta, alpha)"] if before[prefix] else []
    left += [_counted(others, "other tag")] if others else []
    said += [f"left out are {' and '.join(left)}"] if left else []
    return found_tags, "; ".join(said) + ". `--releases` names others."


def _family(prefix: str) -> str:
    """What stands before the version, the same for tags of one habit: "" for v1.2, 1.2, release-1.2 alike."""
    return "" if _PLAIN_PREFIX.fullmatch(prefix) else prefix.casefold()


def _without_moving(family: list[Tag]) -> list[Tag]:
    """Without the tags that move along (v4 beside v4.1.0): one number where most have more."""
    long = [tag for tag in family if len(version(tag.name)) > 1]
    return long if 2 * len(long) > len(family) else family


def _no_release(tags: Sequence[Tag]) -> str:
    if not tags:
        return "There are no tags, so nothing is known of releases: changes are done when they are merged."
    return (
        f"None of the {_counted(len(tags), 'tag')} (such as {tags[-1].name}) looks like a finished release, so changes "
        "are done when they are merged. `--releases` names the tags that are releases."
    )


def _counted(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def version(name: str) -> tuple[int, ...]:
    """The numbers of a tag's version: (1, 2, 3) of v1.2.3 and of log4j-1.2.3."""
    name = name[:_LONGEST]
    found = _FINAL.fullmatch(name) or re.fullmatch(rf"(?P<prefix>\D*){_VERSION}.*", name)
    return tuple(int(part[:18]) for part in re.split(r"[._-]", found["version"])) if found else ()


def dated(tags: Sequence[Tag], committed: Mapping[str, int], latest: int) -> list[Release]:
    """The releases in the order in which they came out.

    committed  when each tagged commit was made
    latest     nothing can be later

    Tags on one commit are one release: the highest version's name, the earliest tag's date. A tag that does not say
    when it was made, or says something impossible, or that it is older than its commit, has its commit's date.
    """
    by_commit: dict[str, list[Tag]] = defaultdict(list)
    for tag in tags:
        by_commit[tag.commit].append(tag)
    found = []
    for commit, same in by_commit.items():
        made = [tag.at for tag in same if tag.at is not None and believable(tag.at, latest)]
        floor = committed[commit] if believable(committed[commit], latest) else None
        if not made and floor is None:
            continue
        at = min(made) if made else floor
        assert at is not None
        name = max(same, key=lambda tag: (version(tag.name), tag.name)).name
        found.append(Release(name, commit, at if floor is None else max(at, floor)))
    return sorted(found, key=order)


def order(release: Release) -> tuple[int, tuple[int, ...], str]:
    """By date, then by version."""
    return release.at, version(release.name), release.name
