"""What every file source is asked, and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from valuestream.sources.table import Rows


@dataclass(frozen=True)
class Reading:
    """How to read a file; None means: find out, and say so in the log's notes.

    columns     meaning -> the file's column, e.g. {"item": "Key", "time": "Date"}
    zone        IANA zone of times that carry none
    date_order  "ymd", "dmy" or "mdy"
    shape       "events", "intervals", "changes" or "sheet"
    sheet       of a spreadsheet: its name, or its number from 1
    object_type of an OCEL log: whose objects are the items
    releases    of a git repository: patterns of tags that are releases; `branch`: whose changes count
    progress    called with (bytes done, bytes in all) now and then
    seen        called with the table that a file turned out to be, before its rows are read
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
