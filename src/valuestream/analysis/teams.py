"""Where lead time goes between teams: inside each team's stages, and in the handover from one team to the next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from valuestream.analysis.asker import Asker
from valuestream.metrics import time
from valuestream.metrics.question import condition

Document = dict[str, Any]


def _finished(ask: Asker) -> str:
    return f"SELECT item FROM items WHERE {time.LEAD_TIME.of} AND {condition(time.LEAD_TIME, ask.window, ask.filters)}"


_STAYS = """
SELECT v.item, v.team, lag(v.team) OVER stays AS sender, v.left_at - v.entered AS span, v.work, v.started,
    CASE WHEN v.started IS NULL THEN v.left_at ELSE v.started END - v.entered AS before
FROM visits v WHERE v.item IN ({finished})
WINDOW stays AS (PARTITION BY v.item ORDER BY v.entered, v.left_at, v.nth)
"""
"""Each stay of a finished item: its team, the team it came from, its span, how long it lay before work began."""

_SEEN = "WHERE started IS NOT NULL"


def shares(ask: Asker, teams: Sequence[str], small: frozenset[str]) -> tuple[list[Document], list[Document], Document]:
    """Rows a team, rows a handover, and the whole, over items finished in the window; all seconds are sums.

    A stay of another team than the stay before it lay *between* the two until its work began, or altogether where no
    work was seen; the rest of it, and every other stay, is inside its team. So inside and between add up to the sum of
    lead times. Stays of no known team stand under None, and so do teams of fewer than five people. Where no stay has a
    known team, what lies between teams is unknown; so is active time where no work was seen.
    """
    stays = _STAYS.format(finished=_finished(ask))
    crossed = "sender IS NOT NULL AND team IS NOT NULL AND sender <> team"
    inside = ask.run(
        f"SELECT team, sum(span - CASE WHEN {crossed} THEN before ELSE 0 END)::DOUBLE / 1e6, count(DISTINCT item),"
        f" sum(work) FILTER ({_SEEN})::DOUBLE / 1e6, count(DISTINCT item) FILTER ({_SEEN})"
        f" FROM ({stays}) s GROUP BY team ORDER BY 2 DESC"
    )
    between = ask.run(
        f"SELECT sender, team, sum(before)::DOUBLE / 1e6, count(*), count(DISTINCT item) FROM ({stays}) s"
        f" WHERE {crossed} GROUP BY sender, team ORDER BY 3 DESC"
    )
    lead = sum(row[1] for row in inside) + sum(row[2] for row in between)

    def name(code: int | None) -> str | None:
        known = None if code is None else str(teams[code])
        return None if known in small else known

    rows = _joined(
        {"team": name(code), "inside_s": seconds, "active_s": active, "items": n, "worked": worked}
        for code, seconds, n, active, worked in inside
    )
    moves = [
        {"from": name(sender), "to": name(team), "between_s": seconds, "n": n, "items": items}
        for sender, team, seconds, n, items in between
    ]
    for row in rows:
        row["share"] = row["inside_s"] / lead if lead else None
    for move in moves:
        move["share"] = move["between_s"] / lead if lead else None
    waited = sum(row[2] for row in between) if any(row[0] is not None for row in inside) else None
    n = ask.run(f"SELECT count(*) FROM ({_finished(ask)}) f")[0][0]
    share = waited / lead if lead and waited is not None else None
    return rows, moves, {"lead_s": lead, "items": n, "between_s": waited, "between_share": share}


def _joined(rows: Any) -> list[Document]:
    """Rows of one name as one: several small teams are together unknown."""
    found: dict[str | None, Document] = {}
    for row in rows:
        here = found.get(row["team"])
        if here is None:
            found[row["team"]] = row
            continue
        for key in ("inside_s", "items", "worked"):
            here[key] += row[key]
        if row["active_s"] is not None:
            here["active_s"] = (here["active_s"] or 0.0) + row["active_s"]
    return list(found.values())
