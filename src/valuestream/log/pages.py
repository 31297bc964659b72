"""What a page of a connector says goes into the store: events, items, links, rejects; once, however often it comes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from valuestream.log import codes
from valuestream.log.codes import Naming
from valuestream.log.importing import Counts
from valuestream.log.page_events import put_events
from valuestream.log.page_items import put_items
from valuestream.log.record import Link, Translated

if TYPE_CHECKING:
    import duckdb

    from valuestream.log.event import I32
    from valuestream.log.recall import Recall


def put_translated(
    con: duckdb.DuckDBPyConnection, feed: int, source: int, page: Translated, naming: Naming, recall: Recall
) -> tuple[Counts, I32]:
    """Events, items, links and rejects of a page; the items that changed (codes) come back with the counts."""
    import numpy as np

    item, touched = put_items(con, source, page, recall) if page.items or page.events else ({}, set())
    linked = _put_links(con, feed, source, page.links, recall)
    counts, changed = put_events(con, feed, source, page.events, item, naming, recall)
    rejected = _put_rejects(con, feed, page)
    return counts._replace(rejected=rejected), np.array(sorted(touched | linked | changed), np.int32)


def _put_links(
    con: duckdb.DuckDBPyConnection, feed: int, source: int, links: Sequence[Link], recall: Recall
) -> set[int]:
    """Links that are new, by both their ends as changed items; one seen again says the newer evidence."""
    if not links:
        return set()
    code = _ends(con, source, list(dict.fromkeys(name for link in links for name in (link.start, link.end))), recall)
    rows = {(code[one.start], code[one.end], one.type, one.method): (one.confidence, one.evidence) for one in links}
    con.register("rows_in", _links_table(rows))
    same = (
        f"t.feed = {int(feed)} AND t.start_item = r.start_item AND t.end_item = r.end_item AND t.type = r.type"
        " AND t.method = r.method"
    )
    held = f"SELECT 1 FROM link t WHERE {same} AND t.confidence = r.confidence AND t.evidence = r.evidence"
    differs = con.execute(
        f"SELECT start_item, end_item, type, method FROM rows_in r WHERE NOT EXISTS ({held})"
    ).fetchall()
    con.unregister("rows_in")
    if differs:
        con.register("rows_in", _links_table({key: rows[key] for key in differs}))
        con.execute(f"DELETE FROM link t USING rows_in r WHERE {same}")
        con.execute(
            "INSERT INTO link (feed, start_item, end_item, type, method, confidence, evidence)"
            f" SELECT {int(feed)}, start_item, end_item, type, method, confidence, evidence FROM rows_in"
        )
        con.unregister("rows_in")
    return {end for start, last, _, _ in differs for end in (start, last)}


def _links_table(rows: dict[tuple[int, int, str, str], tuple[float, str]]) -> Any:
    import pyarrow as pa

    start, end, kind, method = zip(*rows, strict=True)
    confidence, evidence = zip(*rows.values(), strict=True)
    columns: dict[str, Any] = {
        "start_item": pa.array(start, pa.int32()),
        "end_item": pa.array(end, pa.int32()),
        "type": pa.array(kind, pa.string()),
        "method": pa.array(method, pa.string()),
        "confidence": pa.array(confidence, pa.float64()),
        "evidence": pa.array(evidence, pa.string()),
    }
    return pa.table(columns)


def _ends(con: duckdb.DuckDBPyConnection, source: int, names: Sequence[str], recall: Recall) -> dict[str, int]:
    """The codes of ends of links: ids of the same source, or of another with its name before it."""
    by_source: dict[int, dict[str, str]] = {}
    for name in names:
        other, colon, rest = name.partition(":")
        found = con.execute("SELECT code FROM source WHERE name = ?", [other]).fetchall() if colon else []
        of, one = (int(found[0][0]), rest) if found else (source, name)
        by_source.setdefault(of, {})[name] = one
    coded: dict[str, int] = {}
    for of, ids in by_source.items():
        coded.update(zip(ids, codes.items(con, of, list(ids.values()), None).tolist(), strict=False))
        recall.know_items(con, list(ids.values()))
    return coded


def _put_rejects(con: duckdb.DuckDBPyConnection, feed: int, page: Translated) -> int:
    """Rejects that the store does not have yet; how many."""
    fresh = 0
    for reject in dict.fromkeys(page.rejects):
        row = [feed, *reject]
        same = "feed = ? AND place = ? AND reason = ? AND body = ?"
        if not con.execute(f"SELECT count(*) FROM reject WHERE {same}", row).fetchall()[0][0]:
            con.execute("INSERT INTO reject VALUES (?, ?, ?, ?)", row)
            fresh += 1
    return fresh
