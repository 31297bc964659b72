"""The journey of one item, stay by stay: what it was doing, what it waited for, in whose hands, with whom it left.

The item's events alone are replayed: an item built alone has the rows that it has among others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from valuestream.calendar import rfc3339
from valuestream.flow.build import Flow, build
from valuestream.flow.grains import BACK, NEVER, NONE, OUTCOMES, WAYS, WORK, Events, Segments
from valuestream.log.event import Kind, Log
from valuestream.stream import Stream

if TYPE_CHECKING:
    from valuestream.engine.tables import Tables

Document = dict[str, Any]
MODES = ("queue", "work", "external", "blocked")
KINDS = ("state", "start", "end", "set", "assign", "touch", "block", "unblock")
FELLOWS = 10
"""Fellow items of a batch that are named."""


@dataclass(frozen=True)
class Told:
    """What the journey is told with: the item's own flow, its events and stretches, and names for its people."""

    flow: Flow
    events: Events
    stretches: Segments
    names: Sequence[str]
    as_of: int


def journey(tables: Tables, stream: Stream, key: str, hide: Callable[[Log], Log]) -> Document:
    """Item, stays, waits, events and links of the item with that key; KEY#2 is its life after a late reopening.

    hide  gives the log with the names that may be shown for its people

    An unknown key is an UnknownName with near ones.
    """
    number = tables.item(key)
    log = tables.history(number)
    flow = build(log, stream, as_of=tables.as_of, unmapped="exclude")
    events, stretches, part = flow.walk()
    told = Told(flow, events, stretches, hide(flow.log).people, tables.as_of)
    mine = next(row for row in range(len(part.items.of)) if flow.key(int(part.items.of[row])) == key)
    visits = [row for row in range(len(part.visits.of)) if part.visits.of[row] == part.items.of[mine]]
    together = _batches(tables, number)
    stays = [_stay(told, part.visits, row, together, tables) for row in visits]
    for earlier, later in pairwise(stays):
        later["returned_from"] = earlier["stage"] if earlier["way"] == WAYS[BACK] else None
    lives = [flow.key(int(of)) for of in part.items.of]
    return {
        "key": key,
        "title": tables.titles([number])[0],
        "url": tables.address(number),
        **_item(flow, part.items, mine, tables.as_of),
        "stays": stays,
        "waits": waits(stays),
        "events": list(_events(told)),
        "links": [*(_life(life) for life in lives if life != key), *tables.links(number)],
    }


def _life(key: str) -> Document:
    """The link to another life of the same item."""
    said = {"method": "reopened late", "confidence": 1.0, "evidence": "left done later than `reopen_within`"}
    return {"to": key, "type": "another life of it", **said}


def _item(flow: Flow, items: Any, row: int, as_of: int) -> Document:
    def seconds(name: str) -> float | None:
        value = int(getattr(items, name)[row])
        return None if value == NEVER else value / 1e6

    finished = int(items.finished[row])
    open_for = (as_of - int(items.committed[row])) / 1e6 if OUTCOMES[items.outcome[row]] == "open" else None
    return {
        "type": _word(flow.log.words, items.type[row]),
        "team": _word(flow.teams, items.team[row]),
        "outcome": OUTCOMES[items.outcome[row]],
        **{name: _instant(int(getattr(items, name)[row])) for name in ("requested", "committed", "started")},
        "finished": _instant(finished),
        "lead_s": seconds("lead"),
        "age_s": open_for,
        "returns": int(items.returns[row]),
        "reopened": int(items.reopened[row]),
        "transfers": int(items.transfers[row]),
        "people": None if items.people[row] == NONE else int(items.people[row]),
    }


def _stay(told: Told, visits: Any, row: int, together: Mapping[tuple[int, int], Document], tables: Tables) -> Document:
    stage, entered, left = int(visits.stage[row]), int(visits.entered[row]), int(visits.left[row])
    until = told.as_of if left == NEVER else left
    parts = list(_parts(told, stage, entered, until))
    batch = together.get((stage, left))
    return {
        "stage": told.flow.stages[stage],
        "nth": int(visits.nth[row]),
        "entered": rfc3339(entered),
        "left": _instant(left),
        "span_s": (until - entered) / 1e6,
        **{f"{mode}_s": sum(part["seconds"] for part in parts if part["how"] == mode) for mode in MODES},
        "parallel_s": int(visits.parallel[row]) / 1e6,
        "overtaken": _overtaken(tables, visits, row, until) if any(part["how"] == "queue" for part in parts) else 0,
        "parts": parts,
        "team": _word(told.flow.teams, visits.team[row]),
        "people": _people(told, entered, until, left == NEVER),
        "transfers": int(visits.transfers[row]),
        "requeues": int(visits.requeues[row]),
        "way": WAYS[visits.way[row]],
        "went_to": None if visits.went_to[row] == NONE else told.flow.stages[visits.went_to[row]],
        "returned": None if visits.returned[row] == NONE else bool(visits.returned[row]),
        "returned_to": None if visits.returned_to[row] == NONE else told.flow.stages[visits.returned_to[row]],
        "returned_from": None,
        "rework": bool(visits.rework[row]),
        "batch": None if batch is None else {**batch, "fellows": tables.keys(batch["fellows"])},
    }


def _overtaken(tables: Tables, visits: Any, row: int, until: int) -> int:
    """How many items came to the stage later than this one, and were begun (or had left) before it."""
    started = int(visits.started[row])
    begun = until if started == NEVER else started
    sql = (
        "SELECT count(*) FROM visits WHERE stage = ? AND entered > ? AND entered < ? AND coalesce(started, left_at) < ?"
    )
    return int(tables.ask(sql, [int(visits.stage[row]), int(visits.entered[row]), begun, begun])[0][0])


def _parts(told: Told, stage: int, entered: int, until: int) -> Iterator[Document]:
    """What the item was doing in a stay, in order; the word is that of the event which began it."""
    at, stretches = told.events.at, told.stretches
    held: Document | None = None
    for k in range(len(stretches.of)):
        begin = int(at[stretches.event[k]])
        end = int(at[stretches.event[k + 1]]) if k + 1 < len(stretches.of) else max(until, begin)
        if stretches.place[k] != stage or begin < entered or begin >= until:
            continue
        how, word = MODES[stretches.mode[k]], _said(told, int(stretches.event[k]))
        if held is not None and held["how"] == how and (how in ("work", "queue") or word == held["word"]):
            held["until"] = rfc3339(min(end, until))
            held["seconds"] += (min(end, until) - begin) / 1e6
            continue
        if held is not None:
            yield held
        held = {
            "how": how,
            "since": rfc3339(begin),
            "until": rfc3339(min(end, until)),
            "seconds": (min(end, until) - begin) / 1e6,
            "word": word,
        }
    if held is not None:
        yield held


def waits(stays: Sequence[Document]) -> list[Document]:
    """What the item waited for, the longest first: a stage to begin, somebody outside, what blocked it."""
    found: dict[tuple[str, str, str], float] = {}
    overtaken: dict[str, int] = {}
    for stay in stays:
        overtaken[stay["stage"]] = overtaken.get(stay["stage"], 0) + stay["overtaken"]
        for part in stay["parts"]:
            if part["how"] == MODES[WORK] or not part["seconds"]:
                continue
            reason = part["word"] or ""
            key = (part["how"], stay["stage"], reason if part["how"] != "queue" else "")
            found[key] = found.get(key, 0.0) + part["seconds"]
    whats = {"queue": "{stage} to begin", "external": "others outside ({word})", "blocked": "what blocked it ({word})"}
    rows = [
        {
            "for": whats[how].format(stage=stage, word=word or "no reason logged"),
            "how": how,
            "stage": stage,
            "s": s,
            "overtaken": overtaken[stage] if how == "queue" else None,
        }
        for (how, stage, word), s in found.items()
    ]
    return sorted(rows, key=lambda row: (-row["s"], row["stage"]))


def _people(told: Told, entered: int, until: int, still: bool) -> list[str]:
    """Who owned it, touched it or moved it on during a stay, by the names that may be shown, in order of appearance."""
    log = told.flow.log
    inside = (log.at >= entered) & ((log.at <= until) if still else (log.at < until))
    rows = np.flatnonzero(inside)
    seen: dict[int, None] = {}
    for row in rows:
        if log.kind[row] == Kind.ASSIGN and log.value[row] != NONE:
            seen[int(log.value[row])] = None
        elif log.actor is not None and log.actor[row] != NONE:
            seen[int(log.actor[row])] = None
    return [str(told.names[code]) for code in seen]


def _events(told: Told) -> Iterator[Document]:
    log = told.flow.log
    for row in range(len(log)):
        kind = int(log.kind[row])
        value = int(log.value[row])
        words = told.names if kind == Kind.ASSIGN else log.words
        yield {
            "at": rfc3339(int(log.at[row])),
            "kind": KINDS[kind],
            "value": None if value == NONE else str(words[value]),
            "field": None if log.field is None or log.field[row] == NONE else log.fields[int(log.field[row])],
            "by": None if log.actor is None or log.actor[row] == NONE else str(told.names[int(log.actor[row])]),
            "track": None if log.track is None or log.track[row] == NONE else log.tracks[int(log.track[row])],
        }


def _batches(tables: Tables, item: int) -> dict[tuple[int, int], Document]:
    """The batches that an item left in, by stage and instant, with some of its fellows."""
    found = {}
    for stage, left, batch, size, by, bulk in tables.ask(
        'SELECT stage, left_at, batch, size, "by", bulk FROM batches WHERE item = ? ORDER BY left_at', [item]
    ):
        fellows = tables.ask(
            f"SELECT item FROM batches WHERE batch = ? AND item <> ? ORDER BY item LIMIT {FELLOWS}", [batch, item]
        )
        found[(stage, left)] = {
            "size": size,
            "by": "release" if by else "person",
            "bulk": bool(bulk),
            "fellows": [row[0] for row in fellows],
        }
    return found


def _said(told: Told, event: int) -> str | None:
    """The word of an event, where it is one that says why."""
    log = told.flow.log
    if log.kind[event] in (Kind.STATE, Kind.START, Kind.BLOCK) and log.value[event] != NONE:
        return str(log.words[int(log.value[event])])
    return None


def _word(words: Sequence[str], code: Any) -> str | None:
    return None if code == NONE else str(words[int(code)])


def _instant(at: int) -> str | None:
    return None if at == NEVER else rfc3339(at)
