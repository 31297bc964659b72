"""XML read in one pass: nothing outside the file is fetched, nothing inside it is expanded, no tree is built.

The reader gets each element as it begins and ends. A DTD is refused at its first character, so that
neither entities that multiply nor entities that point elsewhere are ever seen.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple
from xml.parsers import expat

from valuestream.errors import InputError
from valuestream.sources.packed import opened
from valuestream.sources.source import Reading

if TYPE_CHECKING:
    from xml.parsers.expat import XMLParserType

CHUNK_BYTES = 1 << 18
MOST_MARKUP_BYTES = 64 << 20
"""One tag with its attributes is at most this long, whatever the file holds."""

DEEPEST = 1000
OCEL_PARTS = ("object-types", "event-types", "objects", "events")
"""What stands in the <log> of OCEL's XML, where XES has traces."""


class Reader(NamedTuple):
    """What is called for the elements, in the order of the file.

    begin     with the name and [attribute, value, ...]
    end       with the name
    check     between chunks: says how many elements are open now; an InputError where memory would fill
    text      with character data; None: nobody wants it
    """

    begin: Callable[[str, list[str]], None]
    end: Callable[[str], None]
    check: Callable[[], int]
    text: Callable[[str], None] | None = None


def parse(path: Path, made: Callable[[XMLParserType], Reader], reading: Reading | None = None) -> None:
    """Tell the reader that `made` makes for this parser of every element of the file.

    Malformed, half or foreign files, DTDs and pieces of markup without end are an InputError with the line.
    """
    parser = expat.ParserCreate()
    reader = made(parser)
    parser.ordered_attributes = True
    parser.StartElementHandler = reader.begin
    parser.EndElementHandler = reader.end
    if reader.text is not None:
        parser.buffer_text = True
        parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = _refusal(path, parser)
    encodings: list[str] = []
    parser.XmlDeclHandler = lambda version, encoding, standalone: encodings.append(encoding or "")
    try:
        with opened(path) as stream:
            _feed(path, stream, parser, reader, reading)
    except expat.ExpatError as error:
        raise InputError(
            f"{path.name} is no well-formed XML: {expat.ErrorString(error.code)}, "
            f"line {error.lineno}, column {error.offset + 1}.",
            "If the file was cut short, export or copy it again.",
        ) from error
    except (LookupError, ValueError) as error:
        if not any(encodings):
            raise  # no fault of the file's
        raise InputError(f"{path.name} names an encoding that cannot be read: {error}.", "Save it as UTF-8.") from error


def _refusal(path: Path, parser: XMLParserType) -> Callable[..., None]:
    def refuse(*_: object) -> None:
        raise InputError(
            f"{path.name} declares a document type (<!DOCTYPE, line {parser.CurrentLineNumber}): refused, "
            "because entities can multiply without end or point to other files.",
            "Event logs need none: remove the declaration.",
        )

    return refuse


def _feed(path: Path, stream: IO[bytes], parser: XMLParserType, reader: Reader, reading: Reading | None) -> None:
    progress = reading.progress if reading else None
    size, fed, stood, wanted = path.stat().st_size, 0, -1, CHUNK_BYTES
    while chunk := stream.read(wanted):
        parser.Parse(chunk, False)
        fed += len(chunk)
        # A long piece of markup is looked at again with each chunk: larger ones keep that linear.
        wanted = min(2 * wanted, 32 * CHUNK_BYTES) if parser.CurrentByteIndex == stood else CHUNK_BYTES
        stood = parser.CurrentByteIndex
        if fed - parser.CurrentByteIndex > MOST_MARKUP_BYTES:
            raise InputError(
                f"{path.name}, line {parser.CurrentLineNumber}: one piece of markup is longer than "
                f"{MOST_MARKUP_BYTES >> 20} MB.",
                "This is no event log, or an attribute holds a whole file: remove it.",
            )
        if reader.check() > DEEPEST:
            raise InputError(
                f"{path.name}, line {parser.CurrentLineNumber}: elements are nested more than {DEEPEST} deep.",
                "This is no event log: its elements are nested four to ten deep.",
            )
        if progress:
            progress(min(fed, size), size)
    parser.Parse(b"", True)


def plain(tag: str) -> str:
    """An element's name without its prefix, in small letters."""
    return tag.rpartition(":")[2].lower()
