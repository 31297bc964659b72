"""What a writer remembers of the store from page to page, as long as nobody else could have changed it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from valuestream.log import replies
from valuestream.log.replies import Places

if TYPE_CHECKING:
    import duckdb


class Recall:
    """Codes of feeds, and where replies stand: looked up once, then known. `Access` drops it with the first doubt."""

    def __init__(self) -> None:
        self.feeds: dict[tuple[str, str], tuple[int, int]] = {}
        self._places: dict[int, Places] = {}
        self._next = -1

    def places(self, con: duckdb.DuckDBPyConnection, feed: int) -> Places:
        """Where the replies of a feed stand."""
        if feed not in self._places:
            self._places[feed] = Places.of(con, feed)
        return self._places[feed]

    def number(self, con: duckdb.DuckDBPyConnection) -> int:
        """A page number that is not taken."""
        if self._next < 0:
            self._next = replies.next_number(con)
        self._next += 1
        return self._next - 1
