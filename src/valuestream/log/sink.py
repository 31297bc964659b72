"""What a sync writes to: the store of a workspace, or a log kept in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from valuestream.log.record import Reply, Translated


class Counted(Protocol):
    """What a page brought: events that were new, that replaced an earlier reading of theirs, and rejects."""

    @property
    def new(self) -> int: ...
    @property
    def superseded(self) -> int: ...
    @property
    def rejected(self) -> int: ...


class Sink(Protocol):
    """Where pages go. A page and the cursor behind it are written together or not at all."""

    def cursor(self, source: str, stream: str) -> str | None: ...

    def put_page(
        self,
        source: str,
        stream: str,
        *,
        replies: Sequence[Reply],
        translated: Translated,
        cursor: str | None,
        run: int,
    ) -> Counted: ...

    def translate_again(self, source: str, stream: str, pages: Iterable[Translated], *, run: int) -> Counted:
        """Put a new translation of the kept replies in the place of the old one, as a whole."""

    def begin_run(self, source: str, kind: str) -> int: ...

    def end_run(self, run: int, *, status: str, message: str) -> None: ...

    def replies(self, source: str, stream: str) -> Iterator[Reply]:
        """The last reply of each record."""
