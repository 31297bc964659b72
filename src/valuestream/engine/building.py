"""Builds of a stream in the store: the whole of it, or only what changed since the last one; in one transaction."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import pyarrow as pa

from valuestream.engine import batching, bins, built
from valuestream.engine.built import Built
from valuestream.engine.folding import LIFE, LISTED, Folder, left
from valuestream.engine.joining import UNLINKED, Joined, join, shares_changed, touched
from valuestream.engine.ordering import BY, lay_out
from valuestream.engine.portions import Portion, portions
from valuestream.engine.recipe import recipe
from valuestream.log.event import Kind
from valuestream.log.handing import append, create

if TYPE_CHECKING:
    import duckdb

    from valuestream.flow.grains import I32
    from valuestream.log.store import Store
    from valuestream.stream import Stream

Progress = Callable[[int, int], None]
How = Literal["fresh", "touched", "whole"]

MOST_TOUCHED = 0.2
"""From this share of all items on, building everything is cheaper."""

SAMPLE = 300_000
"""Events of a large log, about, from which is learned where bins begin."""

MOST_REPLACED = 0.25
"""From this share of rebuilt visits on, the tables are laid out in their order again."""


def build(
    store: Store, stream: Stream, *, link_confidence: float = 0.5, whole: bool = False, progress: Progress | None = None
) -> tuple[Built, How]:
    """Bring the built tables of a stream up to the store's events; what was done is said.

    whole  build everything, whatever is there
    """
    with store.reading() as con:
        found = built.known(con, stream.name)
        wanted = recipe(stream, link_confidence=link_confidence)
        if found and found.recipe == wanted and found.change == built.change_of(con) and not whole:
            return found, "fresh"
    with store.transaction(large=True) as con:
        found = built.known(con, stream.name)
        if found and found.recipe == wanted and not whole:
            items = _touched_items(con, found.change)
            if len(items) <= MOST_TOUCHED * max(1, _count(con, found.table("seen"))):
                return _again(con, found, join(con, stream, confidence=link_confidence), items), "touched"
        return _whole(con, found, stream, link_confidence, wanted, progress), "whole"


def _count(con: duckdb.DuckDBPyConnection, table: str) -> int:
    return int(con.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0])


def _touched_items(con: duckdb.DuckDBPyConnection, change: int) -> I32:
    found: Any = con.execute("SELECT DISTINCT item FROM change WHERE number > ?", [change]).fetchnumpy()
    items: I32 = found["item"]
    return items


def _team_words(con: duckdb.DuckDBPyConnection) -> I32:
    """Words (codes) that events or attributes name as teams."""
    team = "field IN (SELECT code FROM field_name WHERE name = 'team')"
    found: Any = con.execute(
        f"SELECT DISTINCT value FROM (SELECT value FROM event WHERE kind = {int(Kind.SET)} AND {team}"
        f" UNION ALL SELECT value FROM attribute WHERE {team}) WHERE value <> -1 ORDER BY value"
    ).fetchnumpy()
    words: I32 = found["value"]
    return words


def _whole(
    con: duckdb.DuckDBPyConnection,
    before: Built | None,
    stream: Stream,
    link_confidence: float,
    wanted: str,
    progress: Progress | None,
) -> Built:
    """Build everything into new tables; the old ones go when the transaction ends."""
    number = max((one.number for one in built.every(con)), default=0) + 1
    made = Built(stream.name, number, wanted, built.change_of(con), [], 0, _now())
    reader = con.cursor()  # the events are read while the rows are written
    joined = join(reader, stream, confidence=link_confidence)
    folder = Folder.of(joined, (), _team_words(con))
    _learn(reader, joined, folder)
    nothing = folder.nothing()
    for kind, table in zip(("visits", "items", "seen"), nothing, strict=True):
        create(con, made.table(kind), table)
    _keep_shares(con, made, joined)
    departed = [left(nothing.visits)]
    create(con, made.table("batches"), batching.none(departed[0]))
    for portion in _reporting(portions(reader, joined), _count(con, "event"), progress):
        rows = folder.fold(portion)
        departed.append(left(rows.visits))
        for kind, table in zip(("visits", "items", "seen"), rows, strict=True):
            append(con, made.table(kind), table)
    reader.close()
    bins.keep(con, made.table("edges"), folder.edges)
    made = _batches(con, made, pa.concat_tables(departed))
    departed.clear()  # sorting wants the room
    _in_order(con, made)
    made = replace(made, teams=folder.teams, **_facts(con, made.table("seen"), joined))
    if before:
        built.forget(con, before)
    built.remember(con, made)
    return made


def _learn(con: duckdb.DuckDBPyConnection, joined: Joined, folder: Folder) -> None:
    """Let the folder look at items from all over a large log; of a small one nobody asks for bins."""
    events = _count(con, "event")
    if events < bins.MANY:
        return
    con.execute(
        "CREATE OR REPLACE TEMP TABLE sampled AS SELECT code AS item FROM item"
        f" WHERE hash(code) % {max(1, events // SAMPLE)} = 0"
    )
    for portion in list(portions(con, joined, among="sampled"))[:1]:
        folder.learn(portion)
    con.execute("DROP TABLE sampled")


def _keep_shares(con: duckdb.DuckDBPyConnection, made: Built, joined: Joined) -> None:
    """Which artefacts stand in how many journeys, for the next build to compare."""
    con.execute(f"CREATE OR REPLACE TABLE {made.table('shares')} (other INTEGER, journeys BIGINT)")
    if joined.shares:
        con.executemany(f"INSERT INTO {made.table('shares')} VALUES (?, ?)", joined.shares)


def _facts(con: duckdb.DuckDBPyConnection, seen: str, joined: Joined) -> dict[str, Any]:
    """What holds for all items; artefacts that no journey has are left out, too."""
    facts = built.facts(con, seen)
    if joined.unlinked:
        facts["left_out"][UNLINKED] = joined.unlinked
    return facts


def _again(con: duckdb.DuckDBPyConnection, found: Built, joined: Joined, items: I32) -> Built:
    """Build the touched items again, and the batches that this can have changed."""
    con.register("touched_in", pa.table({"item": pa.array(items, pa.int32())}))
    con.execute("CREATE OR REPLACE TEMP TABLE touched AS SELECT item FROM touched_in")
    con.unregister("touched_in")
    touched(con, joined)
    shares_changed(con, joined, found.table("shares"))
    _keep_shares(con, found, joined)
    folder = Folder.of(joined, found.teams, _team_words(con), bins.kept(con, found.table("edges")))
    visits = found.table("visits")
    before = left(con.execute(f"SELECT {LISTED} FROM {visits} WHERE {_OF_TOUCHED}").to_arrow_table())
    for kind in ("visits", "items", "seen", *(["waits"] if found.explained >= 0 else [])):
        con.execute(f"DELETE FROM {found.table(kind)} WHERE {_OF_TOUCHED}")
    after = [before.slice(0, 0)]
    rebuilt = 0
    for portion in list(portions(con, joined, among="touched")):
        rows = folder.fold(portion)
        after.append(left(rows.visits))
        rebuilt += rows.visits.num_rows
        for kind, table in zip(("visits", "items", "seen"), rows, strict=True):
            append(con, found.table(kind), table)
    bins.keep(con, found.table("edges"), folder.edges)
    made = _rebatch(con, found, before, pa.concat_tables(after))
    con.execute("DROP TABLE touched")
    made = replace(
        made,
        change=built.change_of(con),
        teams=folder.teams,
        at=_now(),
        replaced=found.replaced + rebuilt,
        **_facts(con, found.table("seen"), joined),
    )
    if made.replaced > MOST_REPLACED * _count(con, visits):
        _in_order(con, made)
        made = replace(made, replaced=0)
    built.remember(con, made)
    return made


_OF_TOUCHED = f"CAST(item % {LIFE} AS INTEGER) IN (SELECT item FROM touched)"


def _rebatch(con: duckdb.DuckDBPyConnection, found: Built, before: Any, after: Any) -> Built:
    """Batches again of the departures that differ and of those that may have left with them."""
    con.register("before_in", before)
    con.register("after_in", after)
    gone = con.execute("SELECT * FROM before_in EXCEPT ALL SELECT * FROM after_in").to_arrow_table()
    come = con.execute("SELECT * FROM after_in EXCEPT ALL SELECT * FROM before_in").to_arrow_table()
    con.unregister("before_in")
    con.unregister("after_in")
    if not gone.num_rows and not come.num_rows:
        return found
    departed = batching.touched(con, found.table("visits"), gone, come)
    con.register("stale", pa.concat_tables([departed, gone]).select(["item", "stage", "nth"]))
    con.execute(
        f"DELETE FROM {found.table('batches')} WHERE (item, stage, nth) IN (SELECT (item, stage, nth) FROM stale)"
    )
    con.unregister("stale")
    return _batches(con, found, departed)


def _batches(con: duckdb.DuckDBPyConnection, made: Built, departed: Any) -> Built:
    number = made.next_batch
    for rows in batching.batched(departed, made.next_batch):
        append(con, made.table("batches"), rows)
        number = max(number, int(rows["batch"].to_numpy().max(initial=-1)) + 1)
    return replace(made, next_batch=number)


def _in_order(con: duckdb.DuckDBPyConnection, made: Built) -> None:
    for kind, instant in BY:
        lay_out(con, made.table(kind), instant)


def _reporting(found: Iterable[Portion], whole: int, progress: Progress | None) -> Iterable[Portion]:
    done = 0
    for portion in found:
        yield portion
        done += len(portion.log)
        if progress:
            progress(done, whole)


def _now() -> int:
    return time.time_ns() // 1000
