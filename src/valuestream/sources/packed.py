"""The bytes of a file, unpacked where it is gzipped: the content decides, not the name."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from valuestream.errors import InputError

GZIP = b"\x1f\x8b"


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """The file's bytes, for reading. A file that is missing or cannot be read or unpacked is an InputError."""
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == GZIP
            raw.seek(0)
            yield cast("IO[bytes]", gzip.GzipFile(fileobj=raw)) if packed else raw
    except FileNotFoundError as error:
        raise InputError(f"There is no file {path}.", "Look at the name and the folder.") from error
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise InputError(f"{path.name} is a broken gzip file: {error}.", "Copy or export it again.") from error
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.", "Look at its permissions.") from error
