"""What a connector is: a half that talks, and a pure half that translates."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

from valuestream.log.event import Reject
from valuestream.log.record import Reply, Translated
from valuestream.sources.http import Host, Http

Translate = Callable[[str, Reply], Translated]
"""Stream and reply -> what it says. Pure: the same replies always say the same."""

Category = Literal["queue", "work", "done"]


@dataclass(frozen=True)
class Page:
    """Replies, and the cursor that is right once they are kept: both are written together.

    said    how many records the tool says there are in what is being read, where it says so
    rests   a piece is complete: other streams may have their turn
    note    what a person should know of this page
    """

    replies: tuple[Reply, ...]
    cursor: str
    said: int | None = None
    rests: bool = False
    note: str | None = None


class Finding(NamedTuple):
    """One thing that `vsm check` found out. `fine` is None for what is neither good nor bad."""

    fine: bool | None
    text: str


CHECKED = 20
"""Repositories or projects that `vsm check` asks one by one; each costs requests."""


def unchecked(names: Sequence[str]) -> Iterator[Finding]:
    """A word on the names that were not asked one by one."""
    if len(names) > CHECKED:
        yield Finding(None, f"Asked one by one were the first {CHECKED}; {len(names) - CHECKED:,} others were not.")


class Connector(Protocol):
    """One tool."""

    @property
    def name(self) -> str: ...

    @property
    def reference(self) -> tuple[str, ...]:
        """Streams whose replies the translation of all others needs (names of statuses, boards); read first."""

    def host(self) -> Host:
        """Whom to ask, and as whom."""

    def streams(self, http: Http) -> Sequence[str]:
        """The streams there are, the reference first, after patterns became what they match."""

    def read(self, http: Http, stream: str, cursor: str | None, now_us: int) -> Iterator[Page]:
        """What is new behind the cursor, newest first. Stops nowhere but after a page; nothing new is no page."""

    def translation(self, reference: Mapping[str, Sequence[Reply]]) -> Translate:
        """The pure half, given what the reference streams said."""

    def check(self, http: Http) -> Iterator[Finding]:
        """What the credential may see, as sentences."""

    def ids(self, http: Http, stream: str) -> Iterator[Sequence[str]] | None:
        """The ids of all records that the tool has now; None where it cannot list them."""

    def again(self, http: Http, stream: str, ids: Sequence[str]) -> Sequence[Reply]:
        """These records, as far as they still exist."""

    def categories(self, reference: Mapping[str, Sequence[Reply]]) -> Mapping[str, Category]:
        """State -> what the tool itself says of it: waiting, in work, done."""


ABSENT = '{"absent":'
"""A reply that begins so was written by the comparison of ids: the tool does not have the record any more."""


def total(translate: Translate) -> Translate:
    """A translation that cannot fail: what it chokes on becomes a reject with the reply attached."""

    def translated(stream: str, reply: Reply) -> Translated:
        try:
            return translate(stream, reply)
        except (AttributeError, IndexError, KeyError, OverflowError, TypeError, ValueError) as error:
            reason = f"not understood: {type(error).__name__} {error}"
            return Translated(rejects=(Reject(f"{stream} {reply.id}", reason[:200], reply.body[:2_000]),))

    return translated


def together(parts: Sequence[Translated]) -> Translated:
    """Many translations as one."""
    return Translated(
        tuple(event for part in parts for event in part.events),
        tuple(item for part in parts for item in part.items),
        tuple(link for part in parts for link in part.links),
        tuple(reject for part in parts for reject in part.rejects),
    )
