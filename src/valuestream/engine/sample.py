"""A sample of a store that says what its stages are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from valuestream.engine.joining import RANKS

if TYPE_CHECKING:
    from valuestream.log.event import Log
    from valuestream.log.store import Store

SOME_EVENTS = 300_000
"""Of a log of more events, so many, about, say what its stages are."""


def items_log(store: Store) -> Log:
    """The events of what would be a stream's items: of the first kind that the store has, as `engine.joining` takes it.

    Beside issues, the states of pull requests, builds and deployments are those of their tracks, not of items. Of a
    large store: of items spread evenly, and for every state of one item that entered it.
    """
    with store.reading() as con:
        found = con.execute(
            "SELECT DISTINCT coalesce(artefact, 'issue') FROM item WHERE code IN (SELECT item FROM event)"
        ).fetchall()
        if not found:
            return store.log()
        least = min(RANKS.get(artefact, 0) for (artefact,) in found)
        kinds = [artefact for (artefact,) in found if RANKS.get(artefact, 0) == least]
        every = max(1, con.execute("SELECT count(*) FROM event").fetchall()[0][0] // SOME_EVENTS)
        rows = con.execute(
            "WITH own AS (SELECT e.item, e.kind, e.value FROM event e JOIN item i ON i.code = e.item"
            "             WHERE list_contains($kinds, coalesce(i.artefact, 'issue')))"
            " SELECT DISTINCT item FROM own WHERE item % $every = 0"
            " UNION SELECT min(item) FROM own WHERE kind IN (0, 1) GROUP BY value",
            {"kinds": kinds, "every": every},
        ).fetchall()
    return store.log([item for (item,) in rows])
