"""A workspace behind the pages: one store held open, one writer, a cursor a request; and what its forms need."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar, cast

from valuestream.errors import ConfigError, Interrupted
from valuestream.web import apart
from valuestream.web.served import checked, save
from valuestream.web.uploads import Remembered, Upload, Uploads
from valuestream.web.writer import Job, Progress, Writer
from valuestream.workspace_files import PRIVATE

if TYPE_CHECKING:
    from valuestream.log.event import Log
    from valuestream.sources.source import Reading
    from valuestream.stream import Stream
    from valuestream.value_stream import ValueStream
    from valuestream.web.filters import Filters
    from valuestream.workspace import Workspace

T = TypeVar("T")
WAIT_S = 600.0
"""Seconds that a saved mapping waits for its turn behind imports."""


class Workshop:
    """Served from a workspace. Readers see the last build; what writes goes through `writer`, one after the other."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        workspace.read = apart.read
        self.writer = Writer()
        private = workspace.folder.path / PRIVATE
        self.uploads, self.remembered = Uploads(private / "uploads"), Remembered(private / "readings.json")
        self._file_seen: tuple[int, int] | None = None
        self._said: dict[str | None, tuple[Hashable, str]] = {}
        self._last: dict[Hashable, Any] = {}
        self._reloading = Lock()
        self._logs: tuple[Hashable, Log] | None = None

    @property
    def streams(self) -> tuple[str, ...]:
        self._reload()
        return self.workspace.streams

    @property
    def sources(self) -> tuple[str, ...]:
        """Names of the sources that the file knows."""
        return tuple(self.workspace.config.sources)

    @property
    def takes_files(self) -> bool:
        return True

    @property
    def several(self) -> bool:
        return True

    @property
    def file(self) -> Path:
        return self.workspace.folder.file

    def _reload(self) -> None:
        """Read the settings again where somebody has edited them."""
        stat = self.file.stat()
        seen = (stat.st_mtime_ns, stat.st_size)
        with self._reloading:
            if seen != self._file_seen:
                self.workspace.reload()
                self._file_seen = seen

    def version(self, stream: str | None) -> tuple[Hashable, Hashable]:
        self._reload()
        if not self.workspace.streams:
            return self._file_seen, None
        return self._settings(stream), self._built(stream)

    def _settings(self, stream: str | None) -> Hashable:
        """What the file says that an answer may show. An import adds its source to the file, which is none of it."""
        known = self._said.get(stream)
        if known is None or known[0] != self._file_seen:
            config = self.workspace.config
            told = repr((self.workspace.definition(stream), config.people, config.link_confidence))
            known = self._said[stream] = (self._file_seen, told)
        return known[1]

    def _built(self, name: str | None) -> tuple[int, int, int] | None:
        return self._heard(("built", name), lambda: self.workspace.built(name))

    def _heard(self, what: Hashable, ask: Callable[[], T]) -> T:
        """What the store says. While a build is put into it, what it said last: a page that has its answer need not
        wait to hear that nothing is new yet.
        """
        if what in self._last and self.workspace.store.gate.is_closed:
            return cast("T", self._last[what])
        found = self._last[what] = ask()
        return found

    @contextmanager
    def asking(self, chosen: Filters) -> Iterator[ValueStream]:
        """A cursor of its own for each request, closed after it; the last build will do."""
        self._reload()
        asked = self.workspace.stream(
            chosen.stream, since=chosen.since, until=chosen.until, where=dict(chosen.where), fresh=False
        )
        with asked:
            yield asked

    def stale(self, name: str | None) -> bool:
        """Whether the last build lacks something; if so, a new one is put in the queue."""
        if not self.streams:
            return False
        built = self._built(name)
        if built is None:
            return False
        _, change, explained = built
        behind = change != self._heard("change", self.workspace.change)
        if (behind or explained != change) and not any(
            job.kind in ("build", "import") and not job.over for job in self.writer.jobs()
        ):
            self.writer.put("Build", self._build, kind="build")
        return behind

    def _build(self, progress: Progress) -> dict[str, Any]:
        for name in self.workspace.streams:
            self.workspace.build(name, progress=progress)
        for name in self.workspace.streams:  # the pages show the builds already
            self.workspace.explain(name)
        return {}

    def stream(self, name: str | None) -> Stream:
        self._reload()
        return self.workspace.definition(name)

    def log(self, stream: str) -> Log:
        """All events, kept until something is imported."""
        version = self.workspace.change()
        if self._logs is None or self._logs[0] != version:
            self._logs = (version, self.workspace.log())
        return self._logs[1]

    def state(self) -> dict[str, Any] | None:
        self._reload()
        return self.workspace.status()

    def rejects(self, most: int | None) -> list[tuple[str, str, str]]:
        return self.workspace.rejects(most)

    def remap(self, stream: str, text: str) -> None:
        checked(text).stream(stream)

        def write(progress: Progress) -> dict[str, Any]:
            save(self.file, text)
            self._reload()
            self.workspace.build(stream, progress=progress)
            return {"stream": stream}

        job = self.writer.put(f"Mapping of {stream}", write, kind="mapping")
        job.wait(WAIT_S)
        if job.state == "failed":
            raise ConfigError(job.message, job.hint)

    def import_(self, upload: Upload, reading: Reading, *, source: str | None) -> Job:
        """Import an uploaded file when its turn comes, and build the streams anew."""

        def read(progress: Progress) -> dict[str, Any]:
            try:
                told = self.workspace.import_file(
                    upload.file, source=source, snapshot=upload.name, reading=replace(reading, progress=None),
                    progress=progress,
                )  # fmt: skip
            except Interrupted:
                self.uploads.drop(upload)
                raise
            self._reload()
            self._build(progress)
            self.uploads.drop(upload)
            return told

        return self.writer.put(f"Import of {upload.name}", read, kind="import")

    def close(self) -> None:
        """Stop the writer, and let the store go."""
        self.writer.close()
        self.workspace.close()
