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
SELECT v.item, v.team, lag(v.team) OVER stays AS sender, v.left_at - v.entered AS span, v.work,
    CASE WHEN v.started IS NULL THEN v.left_at ELSE v.started END - v.entered AS before
FROM visits v WHERE v.item IN ({finished})
WINDOW stays AS (PARTITION BY v.item ORDER BY v.entered, v.left_at, v.nth)
"""
"""Each stay of a finished item: its team, the team it came from, its span, and how long it lay before work began."""


def shares(ask: Asker, teams: Sequence[str], small: frozenset[str]) -> tuple[list[Document], list[Document], Document]:
    """Rows a team, rows a handover, and the whole, over items finished in the window; all seconds are sums.

    A stay of another team than the stay before it lay *between* the two until its work began, or altogether where no
    work was seen; the rest of it, and every other stay, is inside its team. So inside and between add up to the sum of
    lead times. Stays of no known team stand under None, and so do teams of fewer than five people.
    """
    stays = _STAYS.format(finished=_finished(ask))
    crossed = "sender IS NOT NULL AND team IS NOT NULL AND sender <> team"
    inside = ask.run(
        f"SELECT team, sum(span - CASE WHEN {crossed} THEN before ELSE 0 END)::DOUBLE / 1e6, sum(work)::DOUBLE / 1e6,"
        f" count(DISTINCT item) FROM ({stays}) s GROUP BY team ORDER BY 2 DESC"
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
        {"team": name(code), "inside_s": seconds, "active_s": active, "items": n} for code, seconds, active, n in inside
    )
    moves = [
        {"from": name(sender), "to": name(team), "between_s": seconds, "n": n, "items": items}
        for sender, team, seconds, n, items in between
    ]
    for row in rows:
        row["share"] = row["inside_s"] / lead if lead else None
    for move in moves:
        move["share"] = move["between_s"] / lead if lead else None
    waited = sum(row[2] for row in between)
    n = ask.run(f"SELECT count(*) FROM ({_finished(ask)}) f")[0][0]
    whole = {"lead_s": lead, "items": n, "between_s": waited, "between_share": waited / lead if lead else None}
    return rows, moves, whole


def _joined(rows: Any) -> list[Document]:
    """Rows of one name as one: several small teams are together unknown."""
    found: dict[str | None, Document] = {}
    for row in rows:
        here = found.setdefault(row["team"], {**row, "inside_s": 0.0, "active_s": 0.0, "items": 0})
        for key in ("inside_s", "active_s", "items"):
            here[key] += row[key]
    return list(found.values())
