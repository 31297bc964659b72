"""What a ValueStream asks, wherever the tables live: a log in memory (`duck.py`) or a workspace (`stored.py`)."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    import pyarrow as pa

    from valuestream.log.event import Log
    from valuestream.metrics.selection import Binned
    from valuestream.people import OutsizeAccount


T = TypeVar("T")


class Tables(Protocol):
    """Visits, items and batches of one stream, ready for SQL.

    stages    names in the map's order, then "(done)" and "(cancelled)": code -> name
    teams, words   code -> name of a team; code -> word (types and other attribute values)
    types     every type an item ever had, the most frequent first
    fields    attributes that items have; those whose values are mostly names of people are left out
    members   team -> how many people of the log the stream's file counts to it
    as_of     microseconds UTC at which what is open is closed; `first`: the first event, 0 where there is none
    events    how many were read into the tables
    measured  whether all work is logged as intervals, so that active time is process time
    left_out  reason -> items that never reached the tables
    rejects   reason -> rows that could not be used, the most frequent first
    binned    columns of durations in the view `visits` whose percentiles can be found by bins; see `selection.py`
    explained whether the views `waits_us` (why finished items waited) and `loads` (a stage's weeks, by team) are there;
              see `explaining.py`. Where they are not stored it looks for them; False: not yet known, or the log is too
              large to look once
    machine   the busiest account with an outsize share of all events that is no known machine

    Views for SQL: `visits`, `items`, `batches` (see `views.py`), `visits_us`, `items_us` in microseconds as stored,
    and after `field` was called `attributes` (item, field, value, since, until): what each field of an item was when;
    `until` is null for its last value.
    """

    @property
    def stages(self) -> tuple[str, ...]: ...
    @property
    def teams(self) -> Sequence[str]: ...
    @property
    def words(self) -> Sequence[str]: ...
    @property
    def types(self) -> Sequence[str]: ...
    @property
    def fields(self) -> Sequence[str]: ...
    @property
    def members(self) -> Mapping[str, int]: ...
    @property
    def as_of(self) -> int: ...
    @property
    def first(self) -> int: ...
    @property
    def events(self) -> int: ...
    @property
    def measured(self) -> bool: ...
    @property
    def left_out(self) -> Mapping[str, int]: ...
    @property
    def explained(self) -> bool: ...
    @property
    def rejects(self) -> Mapping[str, int]: ...
    @property
    def notes(self) -> Sequence[str]: ...
    @property
    def binned(self) -> Mapping[str, Binned]: ...
    @property
    def machine(self) -> OutsizeAccount | None: ...

    def key(self, item: int) -> str:
        """The key shown for an item: KEY, or KEY#2 for its life after a late reopening."""
        ...

    def keys(self, items: Sequence[int]) -> list[str]:
        """The keys of many items, in the order given."""
        ...

    def titles(self, items: Sequence[int]) -> list[str | None]:
        """What the items are about, in the order given; None where nobody said."""
        ...

    def address(self, item: int) -> str | None:
        """Where a person finds the item in its tool."""
        ...

    def links(self, item: int) -> list[dict[str, Any]]:
        """Evidence that other items belong to it: to (key), type, method, confidence and evidence."""
        ...

    def item(self, key: str) -> int:
        """The number of the item with that key. UnknownName with near keys."""
        ...

    def field(self, name: str) -> int:
        """The code of a field in the view `attributes`, which exists from then on. UnknownName lists the fields."""
        ...

    def values(self, name: str) -> Sequence[str]:
        """Every value a field ever had, the most frequent first."""
        ...

    def ask(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Rows of one statement."""
        ...

    def arrow(self, sql: str, parameters: Sequence[Any] = ()) -> pa.Table:
        """The answer of one statement as columns."""
        ...

    @property
    def explanation(self) -> Hashable:
        """What changes with what `waits_us` and `loads` say, while the build stays the same."""
        ...

    def held(self, what: Hashable, compute: Callable[[], T], *, anyway: bool = False) -> T | None:
        """What `compute` reads of the tables, kept as long as they stay as they are and there is room: see
        `keeping.py`. Of many events it is read only `anyway`, ahead of questions; else None where it is not there yet.
        """
        ...

    def hands(self) -> pa.Table:
        """Codes of item, stage, nth, who: the person who moved a visit on, where known. For sums, not to show."""
        ...

    def history(self, item: int) -> Log:
        """All events of one item, in order: what its journey was made of."""
        ...

    def histories(self, items: Sequence[int]) -> Log:
        """The same of several."""
        ...

    def close(self) -> None:
        """Give the tables up."""
        ...
