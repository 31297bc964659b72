"""Which items are a stream's, and which artefacts stand in their journeys: a pull request in the issue it closes.

An artefact belongs to an item by a chain of links that only leads from what is asked for to what comes of it: from
issues to pull requests, builds and deployments. So the other issues of a deployment do not become each other's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from valuestream.log.event import NONE, Kind
from valuestream.log.replay import EVENTS, Names, as_given, names_of, paired

if TYPE_CHECKING:
    import duckdb

    from valuestream.flow.grains import I32
    from valuestream.log.event import Log
    from valuestream.stream import Stream

RANKS = {"issue": 0, "ticket": 0, "incident": 0, "pull_request": 1, "build": 2, "deployment": 3}
PSEUDO = ("artefact", "source")
"""Keys of a stream's `items:` that are no fields of the items but what they are and where they come from."""

UNLINKED = "an artefact that is linked to no item of the stream"
_RANK = "CASE artefact {} ELSE 0 END".format(" ".join(f"WHEN '{name}' THEN {rank}" for name, rank in RANKS.items()))
_SAYS = (Kind.STATE, Kind.START, Kind.END)
_OWN_ONLY = (Kind.SET, Kind.ASSIGN)


@dataclass(frozen=True)
class Joined:
    """A stream's events, readable by one connection.

    stream     the stream, asking only for fields of the items
    names      the store's, and behind them the words and tracks of joined artefacts ("pull_request:open")
    unlinked   artefacts that stand in no journey
    journeys   int32[tracks + 1], in how many journeys each track stands; the last is for an item's own events
    shares     (code, journeys) of the artefacts that stand in several
    """

    stream: Stream
    names: Names
    plain: bool
    unlinked: int
    journeys: I32
    shares: list[tuple[int, int]]

    def statement(self, *, among: str | None = None) -> str:
        """SELECT of events in order, as `log.replay.statement`; an artefact's events name each item it belongs to."""
        if self.plain:
            return as_given(among=among)
        where = f" WHERE p.item IN (SELECT item FROM {among})" if among else ""
        says = f"e.kind IN ({', '.join(str(int(kind)) for kind in _SAYS)})"
        own_only = f"e.kind IN ({', '.join(str(int(kind)) for kind in _OWN_ONLY)})"
        events = f"""
            SELECT p.item, e.occurred_at, e.kind,
                CASE WHEN p.track >= 0 AND {says} THEN coalesce(w.code, e.value) ELSE e.value END AS value,
                e.field, e.actor, CASE WHEN p.track >= 0 THEN p.track ELSE e.track END AS track, e.feed, e.seq,
                {paired("e.")} AS pair
            FROM event e JOIN part p ON p.other = e.item
            LEFT JOIN part_word w ON w.artefact = p.artefact AND w.value = e.value
            {where} {"AND" if where else "WHERE"} (p.track < 0 OR NOT {own_only}
                OR e.field IN (SELECT code FROM field_name WHERE name = 'release'))
        """
        first = f"SELECT item, min(occurred_at) AS occurred_at FROM ({events}) GROUP BY item"
        given = (
            f"SELECT a.item, f.occurred_at, {int(Kind.SET)}::TINYINT, a.value, a.field, -1, -1, -1, 0, NULL"
            f" FROM attribute a JOIN ({first}) f USING (item)"
        )
        return f"SELECT {', '.join(EVENTS)} FROM ({events} UNION ALL {given}) ORDER BY item, occurred_at, feed, seq"


def join(con: duckdb.DuckDBPyConnection, stream: Stream, *, confidence: float) -> Joined:
    """Find a stream's items and their artefacts; temporary tables of the connection hold what was found.

    confidence  the least of a link that counts

    Items are of the artefacts and sources that the stream's `items:` name, else of the first kind that the store has:
    issues, tickets and incidents; pull requests; builds; deployments.
    """
    asked = replace(stream, items={name: words for name, words in stream.items.items() if name not in PSEUDO})
    ranks = con.execute(f"SELECT DISTINCT {_RANK} FROM item").fetchall()
    plain = len(ranks) <= 1 and not any(name in stream.items for name in PSEUDO)
    if plain:
        names = names_of(con)
        return Joined(asked, names, True, 0, np.ones(len(names.tracks) + 1, np.int32), [])
    con.execute("CREATE OR REPLACE TEMP TABLE has_events AS SELECT DISTINCT item AS code FROM event")
    lowest = con.execute(f"SELECT min({_RANK}) FROM item JOIN has_events USING (code)").fetchall()[0][0] or 0
    kinds = [name for name, rank in RANKS.items() if rank == lowest]
    con.execute(
        "CREATE OR REPLACE TEMP TABLE own AS SELECT i.code FROM item i JOIN source s ON s.code = i.source"
        " WHERE list_contains(?, coalesce(i.artefact, 'issue')) AND (? OR list_contains(?, s.name))",
        [list(stream.items.get("artefact", kinds)), "source" not in stream.items, list(stream.items.get("source", ()))],
    )
    names = _parts(con, names_of(con), confidence)
    unlinked = con.execute(
        "SELECT count(*) FROM has_events h ANTI JOIN part p ON p.other = h.code ANTI JOIN own o ON o.code = h.code"
    ).fetchall()[0][0]
    return Joined(asked, names, False, int(unlinked), *_journeys(con, names))


def _journeys(con: duckdb.DuckDBPyConnection, names: Names) -> tuple[I32, list[tuple[int, int]]]:
    """In how many journeys each track stands, and those artefacts (codes) that stand in several."""
    con.execute(
        "CREATE OR REPLACE TEMP TABLE shares AS SELECT other, any_value(track) AS track, count(*) AS journeys"
        " FROM (SELECT DISTINCT item, other, track FROM part WHERE track >= 0) GROUP BY other HAVING count(*) > 1"
    )
    found = np.ones(len(names.tracks) + 1, np.int32)
    rows = con.execute("SELECT other, track, journeys FROM shares").fetchall()
    for _, track, journeys in rows:
        found[track] = journeys
    return found, [(other, journeys) for other, _, journeys in rows]


def _parts(con: duckdb.DuckDBPyConnection, names: Names, confidence: float) -> Names:
    """The table `part` (item, other, artefact, track): whose events stand in whose journey; and names for them."""
    con.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE reached AS
        WITH RECURSIVE ranked AS (SELECT code, artefact, {_RANK} AS rank FROM item),
        edge AS (
            SELECT a.code AS upper, b.code AS lower FROM
                (SELECT start_item, end_item, confidence FROM link UNION ALL
                 SELECT end_item, start_item, confidence FROM link) l
            JOIN ranked a ON a.code = l.start_item JOIN ranked b ON b.code = l.end_item
            WHERE l.confidence >= ? AND a.rank < b.rank
        ),
        reach AS (
            SELECT code AS item, code AS other FROM own
            UNION SELECT r.item, e.lower FROM reach r JOIN edge e ON e.upper = r.other
            WHERE e.lower NOT IN (SELECT code FROM own)
        )
        SELECT r.item, r.other, i.artefact, i.id FROM reach r JOIN item i ON i.code = r.other
        """,
        [confidence],
    )
    tracks, words = len(names.tracks), len(names.words)
    con.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE part_track AS SELECT other, any_value(artefact) || '#' || any_value(id) AS name,
            {tracks} - 1 + row_number() OVER (ORDER BY other) AS track
        FROM reached WHERE item <> other GROUP BY other
        """
    )
    con.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE part AS SELECT r.item, r.other, r.artefact,
            CASE WHEN r.item = r.other THEN {NONE} ELSE t.track END AS track
        FROM reached r LEFT JOIN part_track t USING (other)
        """
    )
    con.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE part_word AS SELECT artefact, value, artefact || ':' || w.name AS name,
            {words} - 1 + row_number() OVER (ORDER BY artefact, value) AS code
        FROM (SELECT DISTINCT i.artefact, e.value FROM event e JOIN part_track t ON t.other = e.item
            JOIN item i ON i.code = e.item WHERE e.kind IN ({", ".join(str(int(kind)) for kind in _SAYS)})
            AND e.value >= 0) said
        JOIN word w ON w.code = said.value
        """
    )
    return replace(
        names,
        tracks=[*names.tracks, *_listed(con, "SELECT name FROM part_track ORDER BY track")],
        words=[*names.words, *_listed(con, "SELECT name FROM part_word ORDER BY code")],
    )


def touched(con: duckdb.DuckDBPyConnection, joined: Joined) -> None:
    """Add to the table `touched` the items in whose journey a touched artefact stands."""
    if not joined.plain:
        con.execute(
            "INSERT INTO touched SELECT DISTINCT item FROM part WHERE other IN (SELECT item FROM touched)"
            " AND item NOT IN (SELECT item FROM touched)"
        )


def shares_changed(con: duckdb.DuckDBPyConnection, joined: Joined, before: str) -> None:
    """Add to the table `touched` the items of artefacts that stand in more or fewer journeys than the table says."""
    if not joined.plain:
        con.execute(
            "INSERT INTO touched SELECT DISTINCT item FROM part WHERE other IN"
            f" (SELECT coalesce(a.other, b.other) FROM {before} a FULL JOIN shares b ON a.other = b.other"
            " WHERE a.journeys IS DISTINCT FROM b.journeys) AND item NOT IN (SELECT item FROM touched)"
        )


def _listed(con: duckdb.DuckDBPyConnection, sql: str) -> Iterable[str]:
    return (row[0] for row in con.execute(sql).fetchall())


def joined_log(
    con: duckdb.DuckDBPyConnection, stream: Stream, *, confidence: float, items: Sequence[int] | None = None
) -> Log:
    """The events of a stream's items, or of some (codes), with those of the artefacts in their journeys."""
    from valuestream.log.replay import columns_of, listed

    joined = join(con, stream, confidence=confidence)
    if items is not None:
        con.execute(
            "CREATE OR REPLACE TEMP TABLE wanted AS SELECT DISTINCT unnest(?::INTEGER[]) AS item", [list(items)]
        )
    found = con.execute(joined.statement(among=None if items is None else "wanted")).to_arrow_table()
    return replace(joined.names.log(columns_of(found)), items=listed(con, "item", "key"))
