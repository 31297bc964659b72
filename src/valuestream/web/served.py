"""What is served: one log in memory, or a workspace. Pages ask this, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol

from valuestream.errors import UnknownName
from valuestream.value_stream import ValueStream

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from valuestream.log.event import Log
    from valuestream.stream import Stream
    from valuestream.web.filters import Filters

Document = dict[str, Any]


class Served(Protocol):
    """Streams to be asked, by several readers at once."""

    @property
    def streams(self) -> tuple[str, ...]:
        """The names of the streams, the first one shown when none is named."""
        ...

    def asking(self, chosen: Filters) -> AbstractContextManager[ValueStream]:
        """The stream that the filters name, in their window. UnknownName where there is none."""
        ...


class OneLog:
    """A log in memory seen as one stream: the sample, or a file. It can be looked at, not changed."""

    def __init__(self, log: Log, stream: Stream) -> None:
        self._whole = ValueStream(log, stream, unmapped="exclude")
        self.log, self.stream = log, stream
        self._lock = Lock()

    @property
    def streams(self) -> tuple[str, ...]:
        return (self.stream.name,)

    @contextmanager
    def asking(self, chosen: Filters) -> Iterator[ValueStream]:
        """One reader at a time: the tables in memory have one connection."""
        if chosen.stream not in (None, self.stream.name):
            raise UnknownName(f"No stream '{chosen.stream}' is served here.", f"Known: {self.stream.name}.")
        with self._lock:
            yield self._whole.asking(since=chosen.since, until=chosen.until, where=dict(chosen.where))
