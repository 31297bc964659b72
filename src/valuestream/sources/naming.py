"""Which of a tool's projects or repositories a source reads: names and patterns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fnmatch import fnmatchcase


def is_pattern(name: str) -> bool:
    return any(sign in name for sign in "*?[")


def wanted(patterns: Sequence[str]) -> tuple[str, ...]:
    """The patterns that take something in; those that begin with "!" leave out."""
    return tuple(pattern for pattern in patterns if not pattern.startswith("!"))


def chosen(names: Iterable[str], patterns: Sequence[str]) -> list[str]:
    """The names that a pattern takes in and no "!pattern" leaves out, without case, in their order.

    >>> chosen(["acme/app", "acme/old", "other/x"], ["acme/*", "!*/old"])
    ['acme/app']
    """
    unwanted = [pattern[1:] for pattern in patterns if pattern.startswith("!")]
    return [name for name in names if _matches(name, wanted(patterns)) and not _matches(name, unwanted)]


def matched(patterns: Sequence[str], names_for: Callable[[str], Iterable[str]]) -> list[str]:
    """The names that the patterns take in, each once, in the order of the patterns.

    names_for  a pattern -> the tool's names among which it chooses; a name is taken as it stands, without asking

    >>> matched(["acme/app", "acme/*", "!*/old"], lambda pattern: ["acme/old", "acme/app", "acme/web"])
    ['acme/app', 'acme/web']
    """
    found: dict[str, None] = {}
    for pattern in wanted(patterns):
        names = names_for(pattern) if is_pattern(pattern) else [pattern]
        found.update(dict.fromkeys(chosen(names, (pattern,))))
    return chosen(found, patterns)


def _matches(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(name.casefold(), pattern.casefold()) for pattern in patterns)
