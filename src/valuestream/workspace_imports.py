"""A file comes into a workspace: which source it belongs to, how it is read, and the first stream of all."""

from __future__ import annotations

from dataclasses import fields, replace
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

from valuestream.config_sources import Source, name_for, pattern_for
from valuestream.discovering import suggested, suggestion_text
from valuestream.engine.sample import items_log
from valuestream.sources import open as sources
from valuestream.sources.source import Reading

if TYPE_CHECKING:
    from collections.abc import Callable

    from valuestream.config import Config
    from valuestream.log.event import Log
    from valuestream.log.store import Store
    from valuestream.stream import Stream
    from valuestream.workspace_files import Folder

Document = dict[str, Any]
_CHUNK = 1 << 20
_READS = 2
"""Grows when readers tell more of the same file than before: it is then read again, not taken for unchanged."""


def import_file(
    folder: Folder,
    config: Config,
    store: Store,
    path: Path,
    *,
    source: str | None = None,
    snapshot: str | None = None,
    reading: Reading | None = None,
    progress: Callable[[int, int], None] | None = None,
    read: Callable[[Path, Reading], Log] | None = None,
) -> Document:
    """Read a file into the store, in the place of what it brought before, and say what came of it.

    source    default: the source of the file whose patterns fit; else a new one, named after the file
    snapshot  default: the file's name; what is imported under it again takes the earlier one's place
    reading   how to read it; what it leaves open is as the source says
    read      what reads it; default: `sources.open.read`

    The first import of all adds the suggested stream to the `valuestream.yaml`, with reasons as comments.
    """
    found = _source(config, path, source)
    name = snapshot or path.resolve().name
    asked = _asked(found, reading or Reading(), config.zone)
    digest = _digest(path, asked)
    before = store.digest_of(found.name, name)
    told = {"source": found.name, "snapshot": name, "read": 0, "new": 0, "superseded": 0, "rejected": 0}
    if digest is not None and digest == before:
        return {**told, "unchanged": True, "guessed": None, "notes": []}
    with store.importing(found.name, name) as arriving:
        log = (read or sources.read)(path, replace(asked, progress=progress, into=arriving))
        whole = len(log) > 0
        _still_wanted(path, progress)
        if whole:
            arriving.take(log)
        _still_wanted(path, progress)
        counts = arriving.end(replace(log, rejects=()) if whole else log, digest)
    if found.name not in config.sources:
        kind = "git" if log.origin == "git" else "files"
        folder.edit(("sources", found.name), {"kind": kind, "files": _listed(path, kind)})
    guessed = None
    if not config.streams:
        guessed = _first_stream(folder, config.zone or "UTC", log if whole else items_log(store), found.name)
    return {**told, **counts._asdict(), "unchanged": False, "guessed": guessed, "notes": list(log.notes)}


def _still_wanted(path: Path, progress: Callable[[int, int], None] | None) -> None:
    """Let whoever is told of the progress end the import, while nothing of it is kept yet."""
    if progress is not None and path.is_file():
        size = path.stat().st_size
        progress(size, size)


def _source(config: Config, path: Path, name: str | None) -> Source:
    sources = config.sources
    if name is not None:
        return sources.get(name) or Source(name)
    fits = [one for one in sources.values() if one.has(path)]
    return fits[0] if fits else Source(_free(name_for(path), sources))


def _free(name: str, taken: Any) -> str:
    """A name that no source has: two files that no pattern brings together are two sources."""
    return next(one for one in (name, *(f"{name} {k}" for k in range(2, 1000))) if one not in taken)


def _listed(path: Path, kind: str) -> list[str]:
    return [str(path)] if kind == "git" else [pattern_for(path)]


def _asked(source: Source, reading: Reading, zone: str | None) -> Reading:
    """What the command says goes before what the source says."""
    said = {one.name: getattr(reading, one.name) for one in fields(Reading)}
    given = {name: value or getattr(source, name, None) or value for name, value in said.items()}
    return Reading(**{**given, "zone": given["zone"] or zone})


def _digest(path: Path, reading: Reading) -> str | None:
    """A hash of a file and of how it is read; None for a folder, which is always looked at again."""
    if not path.is_file():
        return None
    found = blake2b(digest_size=16)
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            found.update(chunk)
    found.update(f"{_READS} {replace(reading, progress=None, seen=None, into=None)!r}".encode())
    return found.hexdigest()


def _first_stream(folder: Folder, zone: str, log: Log, source: str) -> str:
    """Write the stream that a log suggests into the file; its name."""
    stream = suggested(log, zone)
    if log.origin == "git":
        folder.edit(("streams", stream.name), _written(stream))
        return stream.name
    name = f"{source} to done"
    text = suggestion_text(log, name, zone)
    folder.append(text)
    return name


def _written(stream: Stream) -> dict[str, Any]:
    """A stream whose stages need no reasons, as the file holds it."""
    stages = []
    for stage in stream.stages:
        modes = {mode: list(getattr(stage, mode)) for mode in ("queue", "work", "blocked", "external")}
        stages.append({"name": stage.name, **{mode: states for mode, states in modes.items() if states}})
    charter = {name: text for name, text in vars(stream.charter).items() if text}
    listed = {name: list(getattr(stream, name)) for name in ("before", "done", "cancelled", "ignore")}
    return {"charter": charter, "stages": stages, **{name: states for name, states in listed.items() if states}}
