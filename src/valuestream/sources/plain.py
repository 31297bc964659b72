"""Any text file as plain UTF-8 on disk, looked through once before it is parsed."""

from __future__ import annotations

import codecs
import gzip
import secrets
import shutil
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from valuestream.errors import InputError

if TYPE_CHECKING:
    from valuestream.sources.source import Reading

CHUNK = 1 << 20
LONGEST_LINE = 16 << 20
GZIP = b"\x1f\x8b"
MOST_UNPACKED, MOST_RATIO = 1 << 30, 200
"""Text packs to a tenth; what unpacks to more than this, and that many times its size, would only fill the disk."""
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_UTF8 = ("utf-8", "utf8", "ascii", "us-ascii")


@dataclass
class Plain:
    """A text file ready for the parser.

    path      plain UTF-8 with line feeds; the file itself, or a temporary copy
    lines     how many lines it has, a last one without an end included
    ends      line feeds; `returns` carriage returns: none, or one a line feed, once prepared
    longest   bytes of a line that no line exceeds
    """

    path: Path
    lines: int = 0
    ends: int = 0
    returns: int = 0
    longest: int = CHUNK
    notes: list[str] = field(default_factory=list)


@contextmanager
def opened(path: Path, reading: Reading) -> Iterator[Plain]:
    """The text of a file, decompressed and recoded where needed; copies are gone afterwards, whatever happens.

    A binary or empty file, gzip that ends early, and a line beyond 16 MB are an InputError.
    """
    folder: Path | None = None

    def copy(name: str) -> Path:
        nonlocal folder
        if folder is None:  # it has its name before it is made: Ctrl-C may come in between
            folder = Path(tempfile.gettempdir()) / f"valuestream-{secrets.token_hex(8)}"
            folder.mkdir(mode=0o700)
        return folder / name

    try:
        yield _prepared(path, reading, copy)
    finally:
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)


def _prepared(path: Path, reading: Reading, copy: Callable[[str], Path]) -> Plain:
    source = path
    with path.open("rb") as stream:
        if stream.read(2) == GZIP:
            source = _decompressed(path, copy("plain"))
    with source.open("rb") as stream:
        head = stream.read(CHUNK)
    if not head.strip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"):
        raise InputError(f"{path.name} is empty.", "Give a file with a header and at least one row.")
    encoding = reading.encoding or next((name for bom, name in _BOMS if head.startswith(bom)), None)
    if encoding is not None:
        _known(encoding)
    notes = []
    if encoding is not None and codecs.lookup(encoding).name not in _UTF8:
        source = _recoded(source, copy("recoded"), encoding, path.name)
        if reading.encoding is None and encoding != "utf-8-sig":
            notes.append("The file is UTF-16, as its first bytes say.")
    plain, is_utf8 = _looked_through(source, path.name, reading)
    if plain.returns not in (0, plain.ends):
        source = _with_line_feeds(source, copy("line feeds"))
        plain, is_utf8 = _looked_through(source, path.name, reading)
    if not is_utf8:
        if encoding is not None:
            raise InputError(f"{path.name} is not {encoding}.", "Name its encoding: `--encoding cp1252`.")
        source = _recoded(source, copy("recoded"), "cp1252", path.name)
        plain, _ = _looked_through(source, path.name, reading)
        notes.append("The file is not UTF-8: read as Windows-1252 (cp1252); --encoding decides.")
    plain.notes = notes
    return plain


def _known(encoding: str) -> None:
    try:
        "".encode(encoding)
        codecs.getincrementaldecoder(encoding)
    except (LookupError, UnicodeError) as error:
        raise InputError(f"No encoding is called {encoding!r}.", "Use a usual name: utf-8, cp1252, utf-16.") from error


def _decompressed(path: Path, target: Path) -> Path:
    lines, done = 0, 0
    most = max(MOST_UNPACKED, MOST_RATIO * path.stat().st_size)
    with gzip.open(path) as source, target.open("wb") as out:
        try:
            while chunk := source.read1(CHUNK):  # what comes before a missing end is not lost
                lines, done = lines + chunk.count(b"\n"), done + len(chunk)
                if done > most:
                    raise InputError(
                        f"{path.name} unpacks to more than {MOST_RATIO} times its size, as no log does.",
                        "If it is one, unpack it and give the file inside.",
                    )
                out.write(chunk)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise InputError(
                f"{path.name} ends before its gzip data do: {lines:,} whole lines could be read.",
                "Download or copy it again, or save what is there: `zcat FILE > part.csv`.",
            ) from error
    return target


def _recoded(source: Path, target: Path, encoding: str, name: str) -> Path:
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace" if encoding == "cp1252" else "strict")
    with source.open("rb") as stream, target.open("wb") as out:
        try:
            while chunk := stream.read(CHUNK):
                out.write(decoder.decode(chunk).encode())
            out.write(decoder.decode(b"", True).encode())
        except UnicodeError as error:
            say = "Name its encoding: `--encoding cp1252`."
            raise InputError(f"{name} is not {encoding}: {error}.", say) from error
    return target


def _with_line_feeds(source: Path, target: Path) -> Path:
    """A copy in which every line ends alike: the parser takes one kind of end only."""
    with source.open("rb") as stream, target.open("wb") as out:
        while chunk := stream.read(CHUNK):
            while chunk.endswith(b"\r") and (more := stream.read(1)):
                chunk += more
            out.write(chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n"))
    return target


def _looked_through(source: Path, name: str, reading: Reading) -> tuple[Plain, bool]:
    """One pass over the bytes, and whether they are UTF-8."""
    plain, decoder, is_utf8 = Plain(source), codecs.getincrementaldecoder("utf-8")(), True
    size, done, since_end, last = source.stat().st_size, 0, 0, b"\n"
    with source.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            if b"\0" in chunk:
                raise _binary(name, done + chunk.index(b"\0"))
            data = np.frombuffer(chunk, dtype=np.uint8)
            ends = int(np.count_nonzero(data == 10))
            plain.returns += int(np.count_nonzero(data == 13))
            longest = since_end + (chunk.index(b"\n") if ends else len(chunk))
            if longest > LONGEST_LINE:
                raise InputError(
                    f"Line {plain.ends + 1:,} of {name} is longer than 16 MB.",
                    "A quote that is never closed, or no table of lines at all? Look at that line.",
                )
            plain.longest = max(plain.longest, longest + 2)
            since_end = len(chunk) - 1 - chunk.rindex(b"\n") if ends else longest
            plain.ends += ends
            plain.lines = plain.ends
            if is_utf8:
                is_utf8 = _decodes(decoder, chunk, last=False)
            done, last = done + len(chunk), chunk[-1:]
            if reading.progress:
                reading.progress(done // 2, size)
    plain.lines += last != b"\n"
    return plain, is_utf8 and _decodes(decoder, b"", last=True)


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, *, last: bool) -> bool:
    if not last and chunk.isascii() and decoder.getstate() == (b"", 0):
        return True
    try:
        decoder.decode(chunk, last)
    except UnicodeDecodeError:
        return False
    return True


def _binary(name: str, at: int) -> InputError:
    return InputError(f"{name} is a binary file: byte {at:,} is 0.", "Read are CSV, TSV (plain or .gz) and Parquet.")
