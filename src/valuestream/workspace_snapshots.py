"""Snapshots as files: `snapshots/NAME.json` in a workspace's folder, or wherever one is written; never changed again.

They stand beside the store, not in it: a build, a re-mapping or a new version cannot touch them, and they can be kept
under version control with the file whose stream they froze.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from valuestream.errors import InputError, UnknownName
from valuestream.log import select
from valuestream.workspace_kept import Document, Kind

KIND = Kind("snapshot", "vsm.snapshot/1", "snapshots", 512 * 1024 * 1024, "2026-Q3")


def place(folder: Path, name: str) -> Path:
    """Where a snapshot of that name stands. ConfigError for a name that is none of a file."""
    return KIND.place(folder, name)


def keep(path: Path, snapshot: Mapping[str, Any], *, replace: bool = False) -> None:
    """Write a snapshot whole or not at all. ConfigError where there is one already and `replace` does not say so."""
    hint = "Take another name, or say `--replace`; a snapshot is not changed otherwise."
    KIND.keep(path, snapshot, replace=replace, hint=hint)


def names(folder: Path) -> list[str]:
    """The snapshots of a workspace, by name."""
    return KIND.names(folder)


def read(folder: Path | None, name: str) -> Document:
    """The snapshot of that name in a workspace, or in a file of that path.

    UnknownName lists what there is; InputError: the file is no snapshot.
    """
    path = Path(name)
    if not path.is_file():
        known = names(folder) if folder else []
        if folder is None or name not in known:
            raise select.unknown_value("snapshot", name, known) if folder else _no_file(name)
        path = place(folder, name)
    return KIND.read(path, hint="Name a file that `vsm snapshot` of this version wrote.")


def latest(folder: Path, stream: str, filters: Mapping[str, list[str]]) -> tuple[str | None, Document | None]:
    """The snapshot of a stream with these filters that was taken last, and its name; None where there is none."""
    found: tuple[str | None, Document | None] = (None, None)
    for name in names(folder):
        try:
            one = read(folder, name)
        except InputError:
            continue
        if one["stream"] == stream and one["filters"] == filters:
            found = max(found, (name, one), key=lambda pair: pair[1]["taken_at"] if pair[1] else "")
    return found


def _no_file(name: str) -> UnknownName:
    return UnknownName(
        f"There is no file {name!r}, and no workspace here.", "Name a file that `vsm snapshot` wrote, or `-w DIR`."
    )


def listed(folder: Path) -> Document:
    """What snapshots a workspace has (`vsm snapshots --json`); a file that is none is told as unreadable."""
    rows = []
    for name in names(folder):
        try:
            found = read(folder, name)
        except InputError as error:
            rows.append({"name": name, "readable": False, "why": error.message})
            continue
        known = ("taken_at", "stream", "as_of", "window", "zone", "filters", "config_hash", "app")
        finished = len(found["items"]["finished"])
        rows.append({"name": name, "readable": True, **{key: found[key] for key in known}, "finished": finished})
    return {"schema": "vsm.snapshots/1", "snapshots": rows}
