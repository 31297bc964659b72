"""A workspace: a folder with a `valuestream.yaml` and a store, in which value streams are measured again and again."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from valuestream import __version__
from valuestream.calendar import instant
from valuestream.config import Config, load
from valuestream.config_told import chosen
from valuestream.config_units import Unreadable, duration_s
from valuestream.errors import ConfigError, UnknownName
from valuestream.workspace_files import FILE, STORE, Folder
from valuestream.workspace_people import People

if TYPE_CHECKING:
    from valuestream.engine.building import How
    from valuestream.engine.built import Built
    from valuestream.log.event import Log
    from valuestream.log.forgetting import Forgotten
    from valuestream.log.store import Store
    from valuestream.sources.source import Reading
    from valuestream.stream import Stream
    from valuestream.value_stream import ValueStream, Where

Document = dict[str, Any]
Progress = Callable[[int, int], None]


class Workspace:
    """What was imported into a folder, and the value streams that its `valuestream.yaml` describes.

    config   the file, as it was when the workspace was opened or `reload`ed
    store    everything that was read; see `log/store.py`
    read     how a file becomes a log: `sources.open.read`, or None for it; a server reads in a process apart
    """

    read: Callable[[Path, Reading], Log] | None = None

    def __init__(self, folder: Folder, config: Config, store: Store, people: People) -> None:
        from valuestream.engine.resting import Resting

        self.folder, self.config, self.store, self._people = folder, config, store, people
        self._resting = Resting()
        self._reads = 0

    @classmethod
    def open(cls, folder: Path, *, lock_timeout: float | None = None, kept_open: bool = False) -> Workspace:
        """The workspace in a folder. ConfigError where there is none.

        lock_timeout  seconds to wait for another process that holds the store; None: as VSM_LOCK_TIMEOUT or the file
                      say, else 10 s
        kept_open     hold the store until `close`, for a server
        """
        from valuestream.log.store import Store

        place = Folder(folder)
        if not place.file.exists() or not place.store.exists():
            raise ConfigError(f"{folder} is no workspace.", "`vsm init` makes one of a folder.")
        config = _read(place)
        people = People.of(config, place)
        said = chosen(config, lock_timeout=None if lock_timeout is None else f"{lock_timeout:g}")
        wait = seconds(said["lock_timeout"][0])
        store = Store(place.store, naming=people.naming, lock_timeout=wait, kept_open=kept_open, sources=config.sources)
        return cls(place, config, store, people)

    @classmethod
    def init(cls, folder: Path) -> Workspace:
        """Make a folder a workspace: a `valuestream.yaml` where there is none, and an empty store."""
        from valuestream.log.store import Store

        place = Folder(folder)
        place.make()
        Store(place.store).create(__version__)
        return cls.open(folder)

    def reload(self) -> None:
        """Read the `valuestream.yaml` again."""
        self.config = _read(self.folder)
        self._reads += 1  # what rests is of the settings before

    def close(self) -> None:
        self.store.close()

    @property
    def streams(self) -> tuple[str, ...]:
        """The names of the streams, in the file's order."""
        return tuple(self.config.streams)

    def definition(self, name: str | None = None) -> Stream:
        """A stream as the file describes it, its teams by the names that people have in the store."""
        if not self.config.streams:
            proposed = "`vsm streams suggest` proposes one, out of what was read."
            raise UnknownName(
                f"{self.folder.file} describes no stream yet.",
                proposed if self.change() else "Import a first file: `vsm import tickets.csv`.",
            )
        return self._people.known_to(self.config.stream(name))

    def build(
        self, name: str | None = None, *, whole: bool = False, progress: Progress | None = None
    ) -> tuple[Built, How]:
        """Bring a stream's built tables up to the store; what was done is said: nothing, touched items, or all."""
        from valuestream.engine.building import build
        from valuestream.engine.explaining import explain_soon

        stream = self.definition(name)
        made, how = build(
            self.store, stream, link_confidence=self.config.link_confidence, whole=whole, progress=progress
        )
        return explain_soon(self.store, stream, made), how

    def explain(self, name: str | None = None) -> None:
        """Bring up to the last build what is known of why items wait, where it was too large to do so at once."""
        from valuestream.engine.explaining import explain

        explain(self.store, self.definition(name))

    def stream(
        self,
        name: str | None = None,
        *,
        since: str | None = None,
        until: str | None = None,
        as_of: str | None = None,
        where: Where | None = None,
        progress: Progress | None = None,
        fresh: bool = True,
    ) -> ValueStream:
        """A stream, ready to be asked; what is out of date is built first.

        as_of  None: when the sources were last looked at; a time before that replays what had happened by then
        fresh  False: the last build will do, where the stream was the same then; see `behind`
        """
        from valuestream.engine.joining import PSEUDO, joined_log
        from valuestream.engine.stored import Stored
        from valuestream.value_stream import ValueStream

        stream = self.definition(name)
        built = None if fresh else self._last(stream)
        if built is None:
            built, _ = self.build(name, progress=progress)
        looked = self._looked_at(built.last)
        at = instant(as_of, stream.calendar.zone) if as_of else looked
        confidence = self.config.link_confidence
        if at < looked:
            with self.store.reading() as con:
                log = joined_log(con, stream, confidence=confidence)
            fields = {name: words for name, words in stream.items.items() if name not in PSEUDO}
            then = replace(stream, items=fields)
            return ValueStream(log, then, since=since, until=until, as_of=as_of, where=where, unmapped="exclude")
        if fresh:
            tables = Stored(self.store, built, stream, as_of=at, link_confidence=confidence)
        else:
            key = (self._reads, stream.name, built.number, built.change, built.explained, at)
            tables = self._resting.take(key) or Stored(
                self.store, built, stream, as_of=at, link_confidence=confidence, fresh=False,
                leave=lambda those: self._resting.leave(key, those),
            )  # fmt: skip
        return ValueStream.over(tables, stream, since=since, until=until, where=where)

    def _looked_at(self, last: int) -> int:
        """Until when the log is complete: the end of the last sync that came through, else the last event."""
        with self.store.reading() as con:
            ended = con.execute("SELECT max(ended_at) FROM run WHERE kind = 'sync' AND status = 'done'").fetchall()
        return max(last, ended[0][0] or last)

    def _last(self, stream: Stream) -> Built | None:
        """The build of the same stream, whatever was imported since; None where there is none."""
        from valuestream.engine import built
        from valuestream.engine.recipe import recipe

        with self.store.reading() as con:
            found = built.known(con, stream.name)
        wanted = recipe(stream, link_confidence=self.config.link_confidence)
        return found if found is not None and found.recipe == wanted else None

    def built(self, name: str | None = None) -> tuple[int, int, int] | None:
        """Number of a stream's last build, the last change that is in it, and the last one up to which it is explained;
        None where it was never built.
        """
        from valuestream.engine import built

        with self.store.reading() as con:
            found = built.known(con, self.config.stream(name).name)
        return None if found is None else (found.number, found.change, found.explained)

    def change(self) -> int:
        """A number that grows with everything that is imported."""
        from valuestream.engine import built

        with self.store.reading() as con:
            return built.change_of(con)

    def rejects(self, most: int | None = None) -> list[tuple[str, str, str]]:
        """Rows that could not be used: place, reason, what they said. `most`: the first so many."""
        limit = "" if most is None else f" LIMIT {int(most)}"
        with self.store.reading() as con:
            found: list[tuple[str, str, str]] = con.execute(
                f"SELECT place, reason, body FROM reject ORDER BY feed, rowid{limit}"
            ).fetchall()
        return found

    def log(self) -> Log:
        """All events of the store, with the people's names that it keeps."""
        return self.store.log()

    def import_file(
        self,
        path: Path,
        *,
        source: str | None = None,
        snapshot: str | None = None,
        reading: Reading | None = None,
        progress: Progress | None = None,
    ) -> Document:
        """Read a file, or a git repository, into the store; see `workspace_imports.import_file`."""
        from valuestream.workspace_imports import import_file

        told = import_file(
            self.folder,
            self.config,
            self.store,
            path,
            source=source,
            snapshot=snapshot,
            reading=reading,
            progress=progress,
            read=self.read,
        )
        self.reload()
        return told

    def forget(self, person: str) -> Forgotten:
        """Remove every trace of a person (name or pseudonym) from the store, and from the built tables with it."""
        counts = self.store.forget(person, self._people.called)
        for name in self.streams:
            self.build(name)
        return counts

    def status(self) -> Document:
        """What is in the workspace, and whether its builds are up to date; see `workspace_status.status`."""
        from valuestream.workspace_status import status

        return status(self.folder, self.config, self.store, [self.definition(name) for name in self.streams])


def find(start: Path) -> Path:
    """The folder, from `start` upwards, that is a workspace. ConfigError where none is."""
    for folder in (start.resolve(), *start.resolve().parents):
        if (folder / FILE).exists() and (folder / STORE).exists():
            return folder
    raise ConfigError(
        f"{start.resolve()} is in no workspace.", "Name a file to read, or a workspace: `-w DIR`. `vsm init` makes one."
    )


def _read(folder: Folder) -> Config:
    """The file's settings, changed by what the environment says."""
    config = load(folder.file, streams_needed=False, zone=os.environ.get("VSM_ZONE") or None)
    people, origin = chosen(config)["people"]
    if people not in ("names", "pseudonyms"):
        raise ConfigError(f"{origin} is {people!r}.", "Set it to names or pseudonyms.")
    return replace(config, people=config.people if origin in ("file", "default") else people)


def seconds(text: str) -> float:
    """A waiting time: "10", or with a unit, "2 min"."""
    try:
        return float(text)
    except ValueError:
        pass
    try:
        return duration_s(text)
    except Unreadable as wrong:
        raise ConfigError(f"Lock timeout: {wrong}.", wrong.hint) from None
