"""OCEL 2.0 as XML (.xml, .xmlocel)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from valuestream.errors import InputError
from valuestream.sources import markup
from valuestream.sources.ocel_tables import Tables
from valuestream.sources.source import Reading

if TYPE_CHECKING:
    from xml.parsers.expat import XMLParserType

MOST_PARTS = 1_000_000
"""One event or object has at most so many attributes and relations."""


def tables(path: Path, reading: Reading) -> Tables:
    """The tables of an XML file. What is no OCEL, malformed or has a DTD is an InputError; a bad event is a reject."""
    found = Tables()
    markup.parse(path, lambda parser: _Elements(path, found, parser).reader(), reading)
    found.settle()
    return found


class _Elements:
    """Where the parser is: <log>, one of its lists, an event or object, and what has been said of it."""

    def __init__(self, path: Path, found: Tables, parser: XMLParserType) -> None:
        self.path, self.found, self.parser = path, found, parser
        self.open: list[str] = []
        self.entry: dict[str, str] = {}
        self.line = 0
        self.attribute: dict[str, str] | None = None
        self.text: list[str] = []
        self.attributes: list[tuple[dict[str, str], str]] = []
        self.relations: list[dict[str, str]] = []

    def reader(self) -> markup.Reader:
        return markup.Reader(self.begin, self.end, self.check, self.characters)

    def begin(self, tag: str, attributes: list[str]) -> None:
        tag = markup.plain(tag)
        self.open.append(tag)
        said = dict(zip(attributes[::2], attributes[1::2], strict=True))
        depth = len(self.open)
        if depth == 1 and tag != "log":
            raise InputError(
                f"{self.path.name} is XML of another kind (<{tag[:100]}>), no OCEL.", "An OCEL file begins with <log>."
            )
        if depth == 2 and tag in ("trace", "extension", "global", "classifier"):
            raise InputError(f"{self.path.name} is an XES log, no OCEL.", "Read it with read_xes.")
        if depth == 3:
            self.entry, self.line = said, self.parser.CurrentLineNumber
            self.attributes, self.relations = [], []
        elif depth == 5 and tag == "attribute":
            self.attribute, self.text = said, []
        elif depth >= 4 and tag in ("relationship", "object"):
            self.relations.append(said)

    def characters(self, text: str) -> None:
        if self.attribute is not None:
            self.text.append(text)

    def end(self, tag: str) -> None:
        depth = len(self.open)
        if depth == 5 and self.attribute is not None:
            self.attributes.append((self.attribute, "".join(self.text)))
            self.attribute = None
        elif depth == 3:
            where = self.open[1], self.open[2]
            if where == ("objects", "object"):
                self._object()
            elif where == ("events", "event"):
                self._event()
        self.open.pop()

    def check(self) -> int:
        held = sum(map(len, self.text))
        if len(self.attributes) + len(self.relations) > MOST_PARTS or held > markup.MOST_MARKUP_BYTES:
            raise InputError(
                f"{self.path.name}, line {self.parser.CurrentLineNumber}: one event or object is too large "
                f"({len(self.attributes) + len(self.relations):,} parts, {held:,} characters).",
                "This is no event log.",
            )
        return len(self.open)

    def _object(self) -> None:
        found, place, name = self.found, f"line {self.line}", self.entry.get("id")
        if not found.thing(place, name, self.entry.get("type")) or name is None:
            return
        for said, value in self.attributes:
            if "name" in said:
                found.change(name, said["name"], said.get("time"), value)
            else:
                found.reject(place, "attribute without a name", value)
        for relation in self.relations:
            found.join(place, name, relation.get("object-id"))

    def _event(self) -> None:
        found, place, name = self.found, f"line {self.line}", self.entry.get("id")
        said = {about["name"]: value for about, value in self.attributes if "name" in about}
        if not found.event(place, name, self.entry.get("type"), self.entry.get("time"), said) or name is None:
            return
        for relation in self.relations:
            found.relate(place, name, relation.get("object-id"), relation.get("qualifier"))
