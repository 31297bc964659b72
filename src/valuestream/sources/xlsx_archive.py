"""What stands around a spreadsheet: is it one at all, and is it safe to unpack?"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from valuestream.errors import InputError

MOST_BYTES = 1 << 30
"""A workbook that unpacks to more is refused before it is unpacked."""
MOST_RATIO, RATIO_FROM = 250, 32 << 20
"""Sheets pack to about a tenth; what packs to less than this, beyond some size, is made to harm."""
MOST_OF_PART = {"sharedstrings.xml": 256 << 20, "styles.xml": 32 << 20}
MOST_OF_OTHERS = 64 << 20
"""What is no sheet is read as a whole, and takes many times its size in memory."""
MOST_RANGES = 200_000
"""Of so many merged ranges the rest are left as they are."""

_HEAD = 1 << 16
_CHUNK = 1 << 20
_HINT = "Save it as .xlsx in the program that made it, or as CSV."
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\b[^>]*?\bref\s*=\s*"([A-Za-z]{1,3})(\d{1,7}):([A-Za-z]{1,3})(\d{1,7})"')
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
_OVERLAP = 300
_STRICT = b"http://purl.oclc.org/ooxml/spreadsheetml/main"
_PROLOG = re.compile(rb"(?>\xef\xbb\xbf|\s+|<\?(?>(?!\?>).)*+\?>|<!--(?>(?!-->).)*+-->)*+<[A-Za-z_]", re.DOTALL)
"""How markup begins that declares no document type: nothing but comments before its first element."""


def refuse_old(path: Path) -> InputError:
    """What to say of a file in the old container, which old spreadsheets and encrypted new ones share."""
    with path.open("rb") as stream:
        start = stream.read(_CHUNK)
    if "EncryptedPackage".encode("utf-16-le") in start:
        return InputError(f"{path.name} is encrypted.", "Open it with its password and save it without one.")
    return InputError(f"{path.name} is an old spreadsheet (.xls) or another old document of Office.", _HINT)


def check(path: Path) -> None:
    """Whether a zip archive is a spreadsheet that can be unpacked; else an InputError that says what it is."""
    try:
        with zipfile.ZipFile(path) as archive:
            _check_kind(path.name, archive)
            _check_size(path, archive)
            for part in archive.infolist():
                if part.filename.lower().endswith((".xml", ".rels", ".vml")):
                    _check_markup(path.name, archive, part)
    except InputError:
        raise
    except Exception as error:  # whatever a broken archive makes the unpacker raise
        raise broken(path.name, error) from error


def broken(name: str, error: Exception) -> InputError:
    """A spreadsheet that cannot be read to its end."""
    said = " ".join(str(error).split())[:200] or type(error).__name__
    return InputError(f"{name} is no whole spreadsheet: {said}.", "Save, download or copy it again.")


def _check_kind(name: str, archive: zipfile.ZipFile) -> None:
    names = archive.namelist()
    if any(part.flag_bits & 1 for part in archive.infolist()):
        raise InputError(f"{name} is encrypted.", "Save it without a password.")
    if "xl/workbook.bin" in names:
        raise InputError(f"{name} is a binary workbook (.xlsb).", _HINT)
    if "mimetype" in names and "content.xml" in names:
        raise InputError(f"{name} is an OpenDocument file.", _HINT)
    if "word/document.xml" in names or "ppt/presentation.xml" in names:
        raise InputError(f"{name} is a document of Office, no spreadsheet.", _HINT)
    if "[Content_Types].xml" not in names:
        listed = ", ".join(names[:5]) or "nothing"
        raise InputError(f"{name} is a zip archive of {listed[:200]}.", "Unpack it and give the file inside.")


def _check_size(path: Path, archive: zipfile.ZipFile) -> None:
    parts = archive.infolist()
    unpacked, packed = sum(part.file_size for part in parts), path.stat().st_size
    if sum(part.compress_size for part in parts) > packed:
        raise InputError(f"{path.name} holds the same bytes twice, to unpack to more than it is.", _HINT)
    if unpacked > MOST_BYTES:
        raise InputError(
            f"{path.name} unpacks to {unpacked / 1e9:,.1f} GB: at most {MOST_BYTES >> 30} GB is read.",
            "Save the sheet as CSV.",
        )
    if unpacked > RATIO_FROM and unpacked > MOST_RATIO * packed:
        raise InputError(
            f"{path.name} unpacks to {unpacked / packed:,.0f} times its size, as no spreadsheet does.",
            "If it is one, save the sheet as CSV.",
        )


def _check_markup(name: str, archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """No spreadsheet declares a document type; with it come entities."""
    plain = part.filename.lower().rpartition("/")[2]
    if "/worksheets/" not in part.filename and part.file_size > MOST_OF_PART.get(plain, MOST_OF_OTHERS):
        raise InputError(
            f"{name} unpacks to {part.file_size >> 20:,} MB of {part.filename[:100]}, which is no sheet.",
            "Save the sheet as CSV.",
        )
    with archive.open(part) as stream:
        head = stream.read(_HEAD)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        head = head.decode("utf-16", "replace").encode()
    if not _PROLOG.match(head):
        raise InputError(f"{name} holds markup that no spreadsheet holds ({part.filename[:100]}).", _HINT)
    if plain == "workbook.xml" and _STRICT in head:
        raise InputError(
            f"{name} is a workbook in the strict form of Open XML.",
            "Save it as an Excel workbook (.xlsx), without 'Strict', or as CSV.",
        )


def merged_and_formulas(path: Path, part: str) -> tuple[list[tuple[int, int, int, int]], bool]:
    """The merged ranges of a sheet as (first row, first column, last row, last column) from 1; and has it formulas?"""
    ranges: list[tuple[int, int, int, int]] = []
    formulas = False
    for text in _pieces(path, part):
        formulas = formulas or _FORMULA.search(text) is not None
        if len(ranges) < MOST_RANGES:
            for left, top, right, bottom in _MERGED.findall(text):
                ranges.append((int(top), _column(left), int(bottom), _column(right)))
    return list(dict.fromkeys(ranges)), formulas


def _pieces(path: Path, part: str) -> Iterator[bytes]:
    """The bytes of one part, piece by piece, the end of each again before the next."""
    with zipfile.ZipFile(path) as archive, archive.open(part) as stream:
        last = b""
        while chunk := stream.read(_CHUNK):
            yield last + chunk
            last = chunk[-_OVERLAP:]


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
