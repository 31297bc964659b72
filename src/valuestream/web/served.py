"""What is served: one log in memory, or a workspace. Pages ask this, and nothing else."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol

from valuestream.config import Config, load
from valuestream.errors import ConfigError, UnknownName
from valuestream.log.order import ordered
from valuestream.sources.replacing import replacing
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

    @property
    def takes_files(self) -> bool:
        """Whether files can be imported."""
        ...

    @property
    def several(self) -> bool:
        """Whether several readers can ask at the same time."""
        ...

    @property
    def file(self) -> Path | None:
        """The `valuestream.yaml` that a changed mapping is saved to; None: nothing can be saved."""
        ...

    def version(self, stream: str | None) -> tuple[Hashable, Hashable]:
        """What changes whenever an answer about the stream may: how it is defined, and the state of its data."""
        ...

    def asking(self, chosen: Filters) -> AbstractContextManager[ValueStream]:
        """The stream that the filters name, in their window. UnknownName where there is none."""
        ...

    def stream(self, name: str | None) -> Stream:
        """A stream's definition."""
        ...

    def log(self, stream: str) -> Log:
        """The events that a stream is made of."""
        ...

    def remap(self, stream: str, text: str) -> None:
        """Save the file's new text, if it can be read, and go on with it."""
        ...

    def stale(self, name: str | None) -> bool:
        """Whether something was imported that the figures do not show yet."""
        ...

    def state(self) -> Document | None:
        """The workspace behind it (`vsm.status/1`); None for a log in memory."""
        ...

    def rejects(self, most: int | None) -> list[tuple[str, str, str]]:
        """Rows that could not be used: place, reason, what they said. `most`: the first so many."""
        ...


class OneLog:
    """A log in memory seen as one stream: the sample, or a file. Only its mapping can be changed.

    file   the `valuestream.yaml` that the stream is from, if it is from one
    """

    def __init__(self, log: Log, stream: Stream, *, file: Path | None = None) -> None:
        self.file = file
        self._log = ordered(log)
        self._lock = Lock()
        self._saves = 0
        self._begin(stream)

    @property
    def takes_files(self) -> bool:
        return False

    @property
    def several(self) -> bool:
        return False

    def _begin(self, stream: Stream) -> None:
        self._stream, self._whole = stream, ValueStream(self._log, stream, unmapped="exclude")

    @property
    def streams(self) -> tuple[str, ...]:
        return (self._stream.name,)

    def version(self, stream: str | None) -> tuple[Hashable, Hashable]:
        return self._saves, None

    @contextmanager
    def asking(self, chosen: Filters) -> Iterator[ValueStream]:
        """One reader at a time: the tables in memory have one connection."""
        self.stream(chosen.stream)
        with self._lock:
            yield self._whole.asking(since=chosen.since, until=chosen.until, where=dict(chosen.where))

    def stream(self, name: str | None) -> Stream:
        if name not in (None, self._stream.name):
            raise UnknownName(f"No stream '{name}' is served here.", f"Known: {self._stream.name}.")
        return self._stream

    def log(self, stream: str) -> Log:
        return self._log

    def stale(self, name: str | None) -> bool:
        return False

    def state(self) -> Document | None:
        return None

    def rejects(self, most: int | None) -> list[tuple[str, str, str]]:
        return [(one.place, one.reason, one.body) for one in self._log.rejects[:most]]

    def remap(self, stream: str, text: str) -> None:
        assert self.file is not None
        changed = checked(text).stream(stream)
        with self._lock:
            save(self.file, text)
            self._whole.close()
            self._saves += 1
            self._begin(changed)


def checked(text: str) -> Config:
    """A file's text as settings. ConfigError names its line, as if it were saved already."""
    with TemporaryDirectory(prefix="vsm-") as folder:
        trial = Path(folder) / "valuestream.yaml"
        trial.write_text(text, encoding="utf-8", newline="\n")
        try:
            return load(trial)
        except ConfigError as wrong:
            raise ConfigError(wrong.message.replace(str(trial), trial.name), wrong.hint) from None


def save(file: Path, text: str) -> None:
    """Write the whole file or none of it; what stood in it is kept beside it."""
    file.with_name(f"{file.name}.before").write_bytes(file.read_bytes())
    with replacing(file) as part:
        part.write_text(text, encoding="utf-8", newline="\n")
