"""Files that came through a form: kept in a private folder under names of our own, looked at before they are read."""

from __future__ import annotations

import json
import re
import secrets
import shutil
import time
import unicodedata
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from valuestream.errors import InputError, UnknownName

CHUNK = 1 << 20
KEPT_S = 24 * 3_600.0
"""Seconds after which an upload that nobody imported goes."""

MOST_TIMES = 250
MOST_UNPACKED = 8 << 30
"""A packed file may hold this many times its size, and this many bytes: more is a bomb, or not for a form."""

_ID = re.compile(r"[0-9a-f]{24}")


@dataclass(frozen=True)
class Upload:
    """A file that waits to be imported: `name` as it was called, cleaned; `file` where it lies."""

    id: str
    name: str
    file: Path

    @property
    def size(self) -> int:
        return self.file.stat().st_size


class Uploads:
    """The uploads of one workspace, in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, name: str, content: BinaryIO) -> Upload:
        """Store what was sent. InputError for a file that is empty or unpacks to too much."""
        self._sweep()
        id_ = secrets.token_hex(12)
        place = self.folder / id_
        place.mkdir(mode=0o700, parents=True)
        kept = Upload(id_, safe(name), place / safe(name))
        try:
            with kept.file.open("xb") as out:
                shutil.copyfileobj(content, out, CHUNK)
            if not kept.size:
                raise InputError(f"{kept.name} is empty.", "Give a file with a header and at least one row.")
            check_unpacked(kept.file)
        except BaseException:
            shutil.rmtree(place, ignore_errors=True)
            raise
        return kept

    def get(self, id_: str) -> Upload:
        """An upload by its id. UnknownName where there is none (any more)."""
        place = self.folder / id_
        found = [one for one in place.iterdir() if one.is_file()] if _ID.fullmatch(id_) and place.is_dir() else []
        if not found:
            raise UnknownName("This upload is not here any more.", "Upload the file again.")
        return Upload(id_, found[0].name, found[0])

    def drop(self, upload: Upload) -> None:
        """It was imported, or is not wanted."""
        shutil.rmtree(self.folder / upload.id, ignore_errors=True)

    def _sweep(self) -> None:
        for place in self.folder.iterdir() if self.folder.is_dir() else ():
            if _ID.fullmatch(place.name) and time.time() - place.stat().st_mtime > KEPT_S:
                shutil.rmtree(place, ignore_errors=True)


def safe(name: str) -> str:
    r"""A file's name that is only a name: no path, nothing hidden, nothing a system reserves, not too long.

    >>> safe("../../etc/passwd"), safe("C:\\x\\a b.csv"), safe(".."), safe(".hidden"), safe("Tickets (7).csv")
    ('passwd', 'a b.csv', 'upload', 'hidden', 'Tickets (7).csv')
    """
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    kept = "".join(c if c.isalnum() or c in " ._-()[]+,@" else "_" for c in last).strip(" .")
    stem, dot, ending = kept.partition(".")
    if re.fullmatch(r"(?i)con|prn|aux|nul|com\d|lpt\d", stem):
        stem = f"_{stem}"
    return (stem[:80] + dot + ending[-40:]) or "upload"


def check_unpacked(file: Path) -> None:
    """Refuse a gzip file that holds too much, looking at no more of it than that. Archives have checks of their own."""
    with file.open("rb") as packed:
        if packed.read(2) != b"\x1f\x8b":
            return
        packed.seek(0)
        most = min(MOST_UNPACKED, max(64 << 20, MOST_TIMES * file.stat().st_size))
        parts, seen = zlib.decompressobj(31), 0
        pending = b""
        while chunk := pending or packed.read(CHUNK):
            try:
                seen += len(parts.decompress(chunk, CHUNK))
            except zlib.error:
                return  # the reader says better what is wrong with it
            if seen > most:
                shown = f"{most / 2**30:,.0f} GB" if most >= 2**30 else f"{most / 2**20:,.0f} MB"
                raise InputError(
                    f"{file.name} unpacks to more than {shown}.", "Unpack it, and import it with `vsm import FILE`."
                )
            pending = parts.unconsumed_tail
            if parts.eof:
                pending, parts = parts.unused_data, zlib.decompressobj(31)


class Remembered:
    """How files were read, by source: the next one of the same source is read alike. A small file beside the store."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def of(self, columns: tuple[str, ...]) -> dict[str, Any]:
        """What was chosen for a table with these columns; empty where nothing was."""
        return next((one["chosen"] for one in self._all() if tuple(one["columns"]) == columns), {})

    def keep(self, columns: tuple[str, ...], chosen: dict[str, Any]) -> None:
        """Remember a choice; the last hundred tables are."""
        others = [one for one in self._all() if tuple(one["columns"]) != columns]
        text = json.dumps([*others[-99:], {"columns": list(columns), "chosen": chosen}], ensure_ascii=False)
        part = self.file.with_name(f".{self.file.name}.part")
        part.write_text(text, encoding="utf-8")
        part.replace(self.file)

    def _all(self) -> list[dict[str, Any]]:
        try:
            found = json.loads(self.file.read_text("utf-8"))
        except (OSError, ValueError):
            return []
        return [one for one in found if isinstance(one, dict) and {"columns", "chosen"} <= set(one)]
