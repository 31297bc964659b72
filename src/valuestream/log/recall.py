"""What a writer remembers of the store from page to page, as long as nobody else could have changed it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from valuestream.log import codes, replies
from valuestream.log.codes import Person
from valuestream.log.heard import Heard
from valuestream.log.replies import Places
from valuestream.log.shelves import Shelf

if TYPE_CHECKING:
    import duckdb

FEW_PAGES = 4
"""So many pages look everything up: a sync that brings little need not learn what a large store holds."""

_MOST_NAMES = 50_000
_ITEM_BITS = 2**25
_REF_BITS = 2**28


class Recall:
    """Codes of names, where replies stand, which items and events there are. `Access` drops it with the first doubt.

    Its memory does not grow with the store, but for the sixteen bytes a record of `Places`.
    """

    def __init__(self) -> None:
        self.feeds: dict[tuple[str, str], tuple[int, int]] = {}
        self._places: dict[int, Places] = {}
        self._shelf: Shelf | None = None
        self._next_page = self._next_item = -1
        self._pages = 0
        self._names: dict[str, dict[str, int]] = {}
        self._people: dict[str, tuple[int, str]] = {}
        self._items: Heard | None = None
        self._refs: Heard | None = None

    def places(self, con: duckdb.DuckDBPyConnection, feed: int) -> Places:
        """Where the replies of a feed stand."""
        if feed not in self._places:
            self._places[feed] = Places.of(con, feed)
        return self._places[feed]

    def shelf(self, con: duckdb.DuckDBPyConnection) -> Shelf:
        """Where the next page of replies is put."""
        if self._shelf is None:
            self._shelf = Shelf.last(con)
        return self._shelf

    def page_number(self, con: duckdb.DuckDBPyConnection) -> int:
        """A number for a page that is not taken."""
        if self._next_page < 0:
            self._next_page = replies.next_number(con)
        self._next_page += 1
        return self._next_page - 1

    def codes(self, con: duckdb.DuckDBPyConnection, table: str, names: Iterable[str]) -> Mapping[str, int]:
        """Codes of words, fields or tracks; new ones are given some."""
        known = self._names.setdefault(table, {})
        wanted = dict.fromkeys(names)
        new = [name for name in wanted if name not in known]
        if new:
            if len(known) > _MOST_NAMES:
                known.clear()
                new = list(wanted)
            known.update(zip(new, codes.codes(con, table, new).tolist(), strict=False))
        return known

    def people(self, con: duckdb.DuckDBPyConnection, called: Mapping[str, Person]) -> tuple[dict[str, int], set[int]]:
        """Codes of people by the names that the tool gives them. What kind of account each is, is noted where said.

        Besides: items that this touches, see `codes.people`.
        """
        touched: set[int] = set()
        new = [one for one in called.values() if not self._is_known(one)]
        if new:
            if len(self._people) > _MOST_NAMES:
                self._people.clear()
                new = list(called.values())
            found = codes.people(con, new)
            touched.update(found.touched.tolist())
            pairs = zip(new, found.codes.tolist(), strict=False)
            self._people.update({one.name: (code, one.kind) for one, code in pairs})
        return {name: self._people[one.name][0] for name, one in called.items()}, touched

    def _is_known(self, one: Person) -> bool:
        """Whether the store has them, and would not learn what kind of account they are."""
        known = self._people.get(one.name)
        return known is not None and one.kind in ("unknown", known[1])

    def new_items(self, con: duckdb.DuckDBPyConnection, ids: Sequence[str]) -> list[str]:
        """Those of the ids that no item has for certain; the others must be looked up."""
        self._pages += 1
        if self._pages <= FEW_PAGES or not ids:
            return []
        if self._items is None:
            self._items = Heard.of(con, "SELECT hash(id) FROM item", bits=_ITEM_BITS)
        known = self._items.maybe(_hashes(con, ids))
        return [one for one, is_known in zip(ids, known.tolist(), strict=True) if not is_known]

    def item_numbers(self, con: duckdb.DuckDBPyConnection, n: int) -> list[int]:
        """Codes for so many new items."""
        if not n:
            return []
        first = int(con.execute("SELECT coalesce(max(code), -1) + 1 FROM item").fetchall()[0][0])
        return list(range(first, first + n))

    def know_items(self, con: duckdb.DuckDBPyConnection, ids: Sequence[str]) -> None:
        if self._items is not None and ids:
            self._items.add(_hashes(con, ids))

    def are_new_refs(self, con: duckdb.DuckDBPyConnection, table: str) -> bool:
        """Whether no event has any of the refs in the table, for certain."""
        if self._pages <= FEW_PAGES:
            return False
        if self._refs is None:
            self._refs = Heard.of(con, "SELECT hash(ref) FROM event WHERE ref IS NOT NULL", bits=_REF_BITS)
        return not self._refs.maybe(_column(con, f"SELECT hash(ref) FROM {table}")).any()

    def know_refs(self, con: duckdb.DuckDBPyConnection, table: str) -> None:
        if self._refs is not None:
            self._refs.add(_column(con, f"SELECT hash(ref) FROM {table}"))


def _hashes(con: duckdb.DuckDBPyConnection, ids: Sequence[str]) -> Any:
    return _column(con, "SELECT hash(unnest(?::VARCHAR[]))", [list(ids)])


def _column(con: duckdb.DuckDBPyConnection, sql: str, parameters: Sequence[Any] = ()) -> Any:
    (column,) = con.execute(sql, parameters).fetchnumpy().values()
    return column
