"""Which of a tool's projects or repositories a source reads: names and patterns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase


def is_pattern(name: str) -> bool:
    return any(sign in name for sign in "*?[")


def chosen(names: Iterable[str], wanted: Sequence[str], unwanted: Sequence[str] = ()) -> list[str]:
    """The names that any of the patterns matches and none of the unwanted does, without case, in their order.

    >>> chosen(["acme/app", "acme/old", "other/x"], ["acme/*"], ["*/old"])
    ['acme/app']
    """
    return [name for name in names if _matches(name, wanted) and not _matches(name, unwanted)]


def _matches(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(name.casefold(), pattern.casefold()) for pattern in patterns)
