"""What every file source is asked, and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from valuestream.log.event import Log
    from valuestream.sources.patterns import Pattern
    from valuestream.sources.table import Rows


class Into(Protocol):
    """Takes a log that is too large to be there at once."""

    def begin(self, items: Any) -> None:
        """All its items (an Arrow array of texts), in the order in which they first stand in it."""

    def take(self, log: Log) -> None:
        """All events of some of the items."""


@dataclass(frozen=True)
class Reading:
    """How to read a file; None means: find out, and say so in the log's notes.

    columns     meaning -> the file's column, e.g. {"item": "Key", "time": "Date"}; a name that is no meaning of
                `columns.SYNONYMS` is an attribute of the items, an empty column leaves aside what it would be
    zone        IANA zone of times that carry none
    date_order  "ymd", "dmy" or "mdy"
    shape       "events", "intervals", "changes" or "sheet"
    sheet       of a spreadsheet: its name, or its number from 1
    object_type of an OCEL log: whose objects are the items
    releases    of a git repository: patterns of tags that are releases; `branch`: whose changes count
    progress    called with (bytes done, bytes in all) now and then
    seen        called with the table that a file turned out to be, before its rows are read
    into        who takes a large log part by part; the log that comes back then holds none of its events
    patterns    column -> how its times are known to be written
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    zone: str | None = None
    delimiter: str | None = None
    encoding: str | None = None
    date_order: str | None = None
    shape: str | None = None
    sheet: str | None = None
    object_type: str | None = None
    releases: str | None = None
    branch: str | None = None
    progress: Callable[[int, int], None] | None = None
    seen: Callable[[Rows], None] | None = None
    into: Into | None = None
    patterns: Mapping[str, Sequence[Pattern]] = field(default_factory=dict)
