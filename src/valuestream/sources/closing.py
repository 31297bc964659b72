"""Which issues a text says that it closes: a closing word beside a reference, outside code, comments and quotes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_REFERENCE = r"(?:(?:[\w.-]+/)+[\w.-]+)?\#\d+|https?://[\w.:-]+/(?:[\w.-]+/)+(?:-/)?(?:issues|work_items)/\d+"
_CLOSING = re.compile(
    rf"(?<![\w-])(?:clos(?:e[sd]?|ing)|fix(?:e[sd]|ing)?|resolv(?:e[sd]?|ing)|implement(?:s|ed|ing)?)\b:?\s+"
    rf"(?:issues?\s+)?((?:{_REFERENCE})(?:\s*(?:,|and|&|, and)\s*(?:{_REFERENCE}))*)",
    re.IGNORECASE,
)
_ASIDE = re.compile(
    r"```.*?(?:```|\Z)|~~~.*?(?:~~~|\Z)|<!--.*?(?:-->|\Z)|`[^`\n]*`|^[ \t]*>.*$", re.DOTALL | re.MULTILINE
)
_PARTS = re.compile(
    r"(?P<where>(?:[\w.-]+/)+[\w.-]+)?\#(?P<n>\d+)|https?://[\w.:-]+/(?P<path>(?:[\w.-]+/)+?)(?:-/)?(?:issues|work_items)/(?P<m>\d+)"
)


class Closes(NamedTuple):
    """A reference: project (None: the text's own), number, and the words that say it."""

    project: str | None
    number: int
    words: str


def closes(text: str | None) -> Iterator[Closes]:
    """What a description or a commit message closes.

    >>> [(one.project, one.number) for one in closes("Fixes #12. Not related to #99. Closes other/repo#9 and #4")]
    [(None, 12), ('other/repo', 9), (None, 4)]
    """
    for found in _CLOSING.finditer(_ASIDE.sub(" ", text or "")):
        for one in _PARTS.finditer(found[1]):
            path = one["path"].strip("/").removesuffix("/-") if one["path"] else None
            yield Closes(one["where"] or path, int(one["n"] or one["m"]), " ".join(found[0].split()))
