"""Room on the disk that is kept while a run goes on, so that it can be said when there is none left."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

BYTES = 2**20


class Reserve:
    """A file that is given up when the disk is full."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def keep(self) -> None:
        """Take the room, where that leaves enough for the run itself."""
        with suppress(OSError):
            if shutil.disk_usage(self._path.parent).free > 4 * BYTES:
                self._path.write_bytes(bytes(BYTES))

    def give_up(self) -> None:
        with suppress(OSError):
            self._path.unlink(missing_ok=True)


@contextmanager
def reserve(folder: Path) -> Iterator[Reserve]:
    """A reserve in a folder, as long as it is needed."""
    kept = Reserve(folder / "reserve")
    kept.keep()
    try:
        yield kept
    finally:
        kept.give_up()
