"""A file that is whole or not there: written beside its place, then renamed."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from valuestream.errors import InputError


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path in the same folder to write to; it takes the name `path` when the block ends well, else it is removed.

    A folder that does not exist or cannot be written to is an InputError.
    """
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name[:50]}.", suffix=".part", dir=path.parent)
    except OSError as error:
        raise InputError(
            f"{path} cannot be written: {error.strerror}.", "Name a folder that exists and is yours."
        ) from error
    os.close(handle)
    beside = Path(name)
    try:
        yield beside
        beside.chmod(0o666 & ~_umask())
        beside.replace(path)
    except OSError as error:
        raise InputError(
            f"{path} cannot be written: {error.strerror or error}.", "Look at the disk and the name."
        ) from error
    finally:
        beside.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
