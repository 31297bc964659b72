"""On which line of a text file each parsed row stands, found only when somebody asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from valuestream.sources.plain import CHUNK

if TYPE_CHECKING:
    from valuestream.log.event import I32, I64


def starts_of_rows(
    path: Path, header_end: int, rows: int, broken: Sequence[tuple[int, int]], spans: Callable[[], I64]
) -> tuple[I32, int]:
    """The line on which each parsed row begins, int32[rows], and how many lines are in no row at all.

    broken   (first line, number of lines) of what could not be parsed, ascending
    spans    asked only where rows run over several lines: how many lines each row has, in order

    Lines count from 1; `header_end` is the header's last. Blank lines are in no row and not counted.
    """
    said = _lines_that_say(path)
    said = said[said > header_end]
    for first, count in broken:
        said = said[(said < first) | (said >= first + count)]
    if len(said) == rows:
        return said, 0
    covered = spans()
    starts = header_end + 1 + np.cumsum(covered) - covered
    if not broken and len(said) and starts[-1] + covered[-1] - 1 == said[-1]:
        return starts.astype(np.int32), 0
    found, after, lines = [], 0, iter(said.tolist())
    for span in covered.tolist():
        line = next((line for line in lines if line >= after), after)
        found.append(line)
        after = line + span
    return np.array(found, dtype=np.int32), max(0, len(said) - int(covered.sum()))


def line_of_byte(path: Path, offsets: Sequence[int]) -> list[int]:
    """The line, from 1, in which each byte (ascending, from 0) stands."""
    found: list[int] = []
    if not offsets:
        return found
    line, done = 1, 0
    for chunk in _chunks(path):
        while len(found) < len(offsets) and offsets[len(found)] < done + len(chunk):
            found.append(line + chunk.count(b"\n", 0, max(0, offsets[len(found)] - done)))
        line, done = line + chunk.count(b"\n"), done + len(chunk)
    return found + [line] * (len(offsets) - len(found))


def texts_of_lines(path: Path, numbers: Sequence[int], most: int) -> list[str]:
    """The first `most` characters of some lines (ascending, from 1)."""
    found: list[str] = []
    line, carry = 1, b""
    wanted = iter(numbers)
    next_wanted = next(wanted, None)
    for chunk in _chunks(path):
        ends = chunk.count(b"\n")
        if next_wanted is not None and next_wanted <= line + ends:
            parts = (carry + chunk).split(b"\n")
            while next_wanted is not None and next_wanted < line + ends:
                found.append(_said(parts[next_wanted - line], most))
                next_wanted = next(wanted, None)
        carry = (carry + chunk if not ends else chunk[chunk.rindex(b"\n") + 1 :])[: 4 * most + 4 + CHUNK]
        line += ends
    if next_wanted is not None:
        found.append(_said(carry, most))
    return found + [""] * (len(numbers) - len(found))


def _said(line: bytes, most: int) -> str:
    return line[: 4 * most].decode(errors="replace").rstrip("\r\n")[:most]


def _lines_that_say(path: Path) -> I32:
    """The lines that are not blank: int32, ascending, from 1."""
    parts: list[Any] = [np.empty(0, np.int32)]
    line, blank = 1, True
    for chunk in _chunks(path):
        data = np.frombuffer(chunk, dtype=np.uint8)
        ends = np.flatnonzero(data == 10)
        sizes = np.diff(np.concatenate([[-1], ends, [len(data)]])) - 1
        returns = np.flatnonzero(data == 13)
        sizes -= np.bincount(np.searchsorted(ends, returns), minlength=len(sizes))
        full = sizes > 0
        full[0] |= not blank
        parts.append((line + np.flatnonzero(full[:-1])).astype(np.int32))
        line, blank = line + len(ends), not full[-1]
    if not blank:
        parts.append(np.array([line], dtype=np.int32))
    said: I32 = np.concatenate(parts)
    return said


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            yield chunk
