"""The items of a window as rows: filtered, sorted, a page at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from valuestream.analysis.asker import Asker
from valuestream.calendar import rfc3339
from valuestream.errors import UnknownName
from valuestream.flow.grains import OUTCOMES
from valuestream.metrics.question import Is, refuse_persons, rows_with

if TYPE_CHECKING:
    from valuestream.engine.tables import Tables

Document = dict[str, Any]
MODES = ("queue", "work", "external", "blocked")
STATES = ("all", "open", "finished", "cancelled", "waiting")
SORTS: Mapping[str, str] = {
    "item": "i.item", "lead": "lead_s", "age": "age_at_s", "active": "active_s", "wait": "wait_s", "rework": "rework_s",
    "returns": "returns", "transfers": "transfers", "visits": "visits", "requested": "requested",
    "committed": "committed", "finished": "finished", "here": "here",
}  # fmt: skip
_COLUMNS = (
    "type", "team", "outcome", "requested", "committed", "finished", "lead_s", "age_at_s", "active_s", "wait_s",
    "rework_s", "returns", "reopened", "transfers", "people", "visits",
)  # fmt: skip


@dataclass(frozen=True)
class Wish:
    """Which items, in what order, which page of them.

    state   one of STATES; open: in progress at the window's end, finished and cancelled: in the window
    stage   code of a stage that they are in (open) or were in during the window
    sort    one of SORTS; "-" before it: the largest first. "here" is since when an item is in its stage
    """

    state: str = "all"
    stage: int | None = None
    sort: str = "item"
    page: int = 1
    size: int = 50


def check(wish: Wish) -> None:
    """Refuse sorts by persons, and what is not known."""
    name = wish.sort.removeprefix("-")
    refuse_persons([name] if name != "people" else [])
    if name not in SORTS:
        raise UnknownName(f"Items cannot be sorted by {name!r}.", f"Known: {', '.join(SORTS)}; `-lead`: longest first.")
    if wish.state not in STATES:
        raise UnknownName(f"No state {wish.state!r}.", f"Known: {', '.join(STATES)}.")


def listed(ask: Asker, tables: Tables, wish: Wish) -> tuple[list[Document], int]:
    """A page of rows, and how many items there are.

    An item belongs to the window when any part of it, from request to finish, lies in it.
    """
    rows = f"FROM ({_aged(ask)}) i LEFT JOIN ({_here(ask)}) h ON h.of_item = i.item WHERE {_where(ask, wish)}"
    total = ask.run(f"SELECT count(*) {rows}")[0][0]
    name, down = wish.sort.removeprefix("-"), wish.sort.startswith("-")
    order = f"{SORTS[name]} {'DESC' if down else 'ASC'} NULLS LAST, i.item"
    offset = (wish.page - 1) * wish.size
    found = ask.run(
        f"SELECT i.item, here_stage, here_mode, here, {', '.join(_COLUMNS)} {rows}"
        f" ORDER BY {order} LIMIT {wish.size} OFFSET {offset}"
    )
    numbers = [row[0] for row in found]
    named = zip(tables.keys(numbers), tables.titles(numbers), found, strict=True)
    return [{"key": key, "title": title, **_row(row, tables)} for key, title, row in named], total


def _aged(ask: Asker) -> str:
    """Items with their age at the window's end, where they are in progress then."""
    end = ask.window.until
    return f"SELECT *, CASE WHEN {in_progress(end)} THEN ({end - 1} - committed) / 1e6 END AS age_at_s FROM items"


def in_progress(at: int) -> str:
    """The condition of items in a stage at an instant."""
    return f"committed < {at} AND (finished IS NULL OR finished >= {at}) AND outcome IN (0, 1, 2)"


def _here(ask: Asker) -> str:
    """Where each item is at the window's end, since when, and how, as far as that is known: what is open is."""
    end = ask.window.until
    return (
        "SELECT item AS of_item, stage AS here_stage, CASE WHEN left_at IS NULL THEN open_mode END AS here_mode,"
        f" entered AS here FROM visits WHERE entered < {end} AND (left_at IS NULL OR left_at >= {end})"
    )


def _state(ask: Asker, wish: Wish) -> str:
    end, since = ask.window.until, ask.window.since
    ended = f"finished >= {since} AND finished < {end}"
    return {
        "all": f"requested < {end} AND (finished IS NULL OR finished >= {since})",
        "open": in_progress(end),
        "finished": f"outcome = 1 AND {ended}",
        "cancelled": f"outcome = 2 AND {ended}",
        "waiting": f"requested < {end} AND (outcome = 4 OR committed >= {end})",
    }[wish.state]


def _where(ask: Asker, wish: Wish) -> str:
    window = ask.window
    parts = [_state(ask, wish)]
    parts += [
        rows_with(one).replace("item IN", "i.item IN", 1)
        for one in ask.filters
        if not (isinstance(one, Is) and one.column == "stage")
    ]
    stages = [one for one in ask.filters if isinstance(one, Is) and one.column == "stage"]
    codes = [wish.stage] if wish.stage is not None else [code for one in stages for code in one.codes]
    if codes and wish.state == "open":
        parts.append(f"here_stage IN ({', '.join(map(str, codes))})")
    elif codes:
        there = f"stage IN ({', '.join(map(str, codes))}) AND entered < {window.until}"
        there += f" AND (left_at IS NULL OR left_at >= {window.since})"
        parts.append(f"i.item IN (SELECT item FROM visits WHERE {there})")
    return " AND ".join(f"({part})" for part in parts)


def _row(row: tuple[Any, ...], tables: Tables) -> Document:
    _, stage, mode, here, *rest = row
    found = dict(zip(_COLUMNS, rest, strict=True))
    instants = {name: _instant(found[name]) for name in ("requested", "committed", "finished")}
    return {
        **{name: value for name, value in found.items() if name != "age_at_s"},
        **instants,
        "age_s": found["age_at_s"],
        "type": None if found["type"] is None else str(tables.words[found["type"]]),
        "team": None if found["team"] is None else str(tables.teams[found["team"]]),
        "outcome": OUTCOMES[found["outcome"]],
        "stage": None if stage is None else tables.stages[stage],
        "how": None if mode is None else MODES[mode],
        "here_since": _instant(here),
    }


def _instant(at: int | None) -> str | None:
    return None if at is None else rfc3339(at)
