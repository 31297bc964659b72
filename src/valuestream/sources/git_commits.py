"""Commits as git tells them, and what their messages say: numbers, reverts, copies."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from valuestream.errors import InputError

FORMAT = "%H%x00%P%x00%at%x00%ct%x00%aN%x00%cN%x00%ce%x00%B"
"""The fields of one commit for `git log -z`; names as the mailmap gives them."""

_FIELDS = 8
_REVERTED = re.compile(r"\bThis reverts commit\s+([0-9a-f]{7,64})\b")
_REVERTED_NUMBER = re.compile(r"^Reverts (?:[\w.-]+/[\w.-]+)?([#!]\d+)\b", re.MULTILINE)
_PICKED = re.compile(r"\(cherry[- ]picked from commit ([0-9a-f]{7,64})\)")
_MERGED_NUMBER = re.compile(r"^Merge pull request (#\d+)|^Merged PR (\d+):|\(pull request (#\d+)\)$")
_GITLAB_NUMBER = re.compile(r"^See merge request \S*?(!\d+)\s*$", re.MULTILINE)
_SQUASHED_NUMBER = re.compile(r"\((#\d+)\)$")
_NO_REPLY = re.compile(r"^(no-?reply)@", re.IGNORECASE)


class Commit(NamedTuple):
    """One commit. Instants are seconds since 1970 as logged, however wrong; unnamed people are None.

    number    the pull or merge request it landed by: "#12", "!12", else None
    title     its subject, or the request's title, without the number
    by_tool   a web page's account made the commit on somebody's behalf
    reverts   hashes and numbers of what its message says it reverts
    picked    hashes it says it was cherry-picked from
    """

    hash: str
    parents: tuple[str, ...] = ()
    authored: int = 0
    committed: int = 0
    author: str | None = None
    committer: str | None = None
    by_tool: bool = False
    number: str | None = None
    title: str = ""
    reverts: tuple[str, ...] = ()
    picked: tuple[str, ...] = ()


class Decoded:
    """Bytes of a log as text: UTF-8, else Windows-1252. `odd` counts the commits that were not UTF-8."""

    def __init__(self) -> None:
        self.odd = 0
        self._names: dict[bytes, str | None] = {}

    def text(self, raw: bytes) -> str:
        try:
            return raw.decode()
        except UnicodeDecodeError:
            self.odd += 1
            return raw.decode("cp1252", "replace")

    def name(self, raw: bytes) -> str | None:
        """A person's name; each is decoded once."""
        if raw not in self._names:
            odd = self.odd
            self._names[raw] = " ".join(self.text(raw).split()) or None
            self.odd = odd
        return self._names[raw]


def commits(chunks: Iterable[bytes], decoded: Decoded) -> Iterator[Commit]:
    """The commits in the answer of `git log -z --format=FORMAT`, whose pieces may end anywhere."""
    for row in _rows(chunks):
        yield commit(row, decoded)


def _rows(chunks: Iterable[bytes]) -> Iterator[list[bytes]]:
    rest: list[bytes] = []
    for chunk in chunks:
        parts = chunk.split(b"\0")
        if rest:
            parts[0] = rest.pop() + parts[0]
        rest.extend(parts)
        whole = (len(rest) - 1) // _FIELDS * _FIELDS
        for begin in range(0, whole, _FIELDS):
            yield rest[begin : begin + _FIELDS]
        rest = rest[whole:]
    if len(rest) == _FIELDS:  # git of some versions ends the last commit without a NUL
        yield rest
    elif rest and rest != [b""]:
        raise InputError("The answer of git ended in the middle of a commit.", "`git fsck` names what is broken.")


def commit(row: list[bytes], decoded: Decoded) -> Commit:
    """One commit from its fields in the order of FORMAT. Pure."""
    mark, parents, authored, committed, author, committer, email, message = row
    text = decoded.text(message).strip()
    subject, _, body = text.partition("\n\n")
    subject = " ".join(subject.split())
    number, title = numbered(subject, body)
    lower = b"evert" in message
    return Commit(
        mark.decode("ascii", "replace").strip(),
        tuple(parents.decode("ascii", "replace").split()),
        _seconds(authored),
        _seconds(committed),
        decoded.name(author),
        decoded.name(committer),
        bool(_NO_REPLY.match(email.decode("ascii", "replace"))),
        number,
        title,
        tuple(_REVERTED.findall(text) + _REVERTED_NUMBER.findall(text)) if lower else (),
        tuple(_PICKED.findall(text)) if b"icked from commit" in message else (),
    )


def numbered(subject: str, body: str = "") -> tuple[str | None, str]:
    """The request that a commit landed by, and its title.

    >>> numbered("Merge pull request #12 from ada/topic", "Add a door")
    ('#12', 'Add a door')
    >>> numbered("Add a door (#12)")
    ('#12', 'Add a door')
    >>> numbered('Revert "Add a door (#12)"')
    (None, 'Revert "Add a door (#12)"')
    """
    if found := _SQUASHED_NUMBER.search(subject):
        return found[1], subject[: found.start()].rstrip() or subject
    if subject.startswith("Merge"):
        if found := _MERGED_NUMBER.search(subject):
            number = next(group for group in found.groups() if group)
            if found[2]:
                return f"#{number}", subject.partition(": ")[2]
            return number, body.strip().partition("\n")[0].strip() or subject
        if found := _GITLAB_NUMBER.search(body):
            return found[1], body.strip().partition("\n")[0].strip()
    return None, subject


def _seconds(raw: bytes) -> int:
    try:
        return int(raw)
    except ValueError:
        return 0
