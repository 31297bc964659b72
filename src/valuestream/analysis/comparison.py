"""Two snapshots side by side: what differs, with n, and whether it differs by more than the two figures are sure of."""

from __future__ import annotations

from collections.abc import Mapping
from math import hypot
from typing import Any

Document = dict[str, Any]
Snapshot = Mapping[str, Any]

RULE = (
    "Each figure has a 95 % interval of its own: exact for medians (order statistics) and for shares of items or"
    " visits (binomial), Student's t for weekly counts, a bootstrap of items or batches for ratios of sums. Of the two"
    " the interval of the difference is made (MOVER: Zou and Donner 2008); a difference is beyond it where it does not"
    " hold 0. One in twenty comparisons of streams that do not differ is beyond it, too."
)


def comparison(a: Snapshot, b: Snapshot) -> Document:
    """What changed from a to b. Figures whose expression changed between the two are not judged."""
    theirs = {(row["metric"], row["stage"]): row for row in b["figures"]}
    mine = {(row["metric"], row["stage"]): row for row in a["figures"]}
    keys = [*mine, *(key for key in theirs if key not in mine)]
    finished = [set(one["items"]["finished"]) for one in (a, b)]
    shared = len(finished[0] & finished[1])
    return {
        "a": _named(a),
        "b": _named(b),
        "rule": RULE,
        "config": changed(a["config"], b["config"]),
        "items": {"both": shared, "only_a": len(finished[0]) - shared, "only_b": len(finished[1]) - shared},
        "figures": [_compared(key, mine.get(key), theirs.get(key)) for key in keys],
        "notes": list(_notes(a, b, shared)),
    }


def _named(snapshot: Snapshot) -> Document:
    known = ("name", "taken_at", "stream", "as_of", "window", "filters", "config_hash", "app")
    return {name: snapshot[name] for name in known}


def _compared(key: tuple[str, str | None], a: Document | None, b: Document | None) -> Document:
    either = a or b
    assert either is not None
    same = a is not None and b is not None and a["sql"] == b["sql"]
    limits = difference(a, b) if same and a is not None and b is not None else None
    beyond = None if limits is None else limits["low"] > 0 or limits["high"] < 0
    return {
        "metric": key[0],
        "stage": key[1],
        "unit": either["unit"],
        "better": either["better"],
        "a": _short(a),
        "b": _short(b),
        "difference": None if not same or a is None or b is None else _minus(b["value"], a["value"]),
        "interval": limits,
        "beyond": beyond,
        "verdict": _verdict(limits, either["better"]) if beyond else None,
        "why": _why(a, b, same, limits),
    }


def _short(row: Document | None) -> Document | None:
    return None if row is None else {name: row[name] for name in ("value", "n", "interval", "provenance")}


def _minus(b: float | None, a: float | None) -> float | None:
    return None if a is None or b is None else b - a


def difference(a: Document, b: Document) -> dict[str, float] | None:
    """The 95 % interval of b - a out of the two figures' own; None where one has none.

    >>> row = lambda value, low, high: {"value": value, "interval": {"low": low, "high": high}}
    >>> difference(row(10.0, 7.0, 14.0), row(20.0, 16.0, 23.0))
    {'low': 4.343145750507619, 'high': 14.242640687119284}
    """
    if a["value"] is None or b["value"] is None or a["interval"] is None or b["interval"] is None:
        return None
    d = b["value"] - a["value"]
    below = hypot(b["value"] - b["interval"]["low"], a["interval"]["high"] - a["value"])
    above = hypot(b["interval"]["high"] - b["value"], a["value"] - a["interval"]["low"])
    return {"low": d - below, "high": d + above}


def _verdict(limits: dict[str, float] | None, better: str) -> str | None:
    if limits is None or better == "neither":
        return "changed"
    rose = limits["low"] > 0
    return "better" if rose == (better == "higher") else "worse"


def _why(a: Document | None, b: Document | None, same: bool, limits: dict[str, float] | None) -> str | None:
    """Why a figure is not judged."""
    if a is None or b is None:
        return "only in the second" if a is None else "only in the first"
    if not same:
        return "the metric's expression changed"
    if a["value"] is None or b["value"] is None:
        return "unknown in the first" if a["value"] is None else "unknown in the second"
    return "no interval: a plain count, or too little of it" if limits is None else None


def changed(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[str]:
    """Which settings differ, by name; stages one by one."""
    found = [name for name in sorted({*a, *b}) if name != "stages" and a.get(name) != b.get(name)]
    mine, theirs = ({stage["name"]: stage for stage in one.get("stages", [])} for one in (a, b))
    found += [f"stage {name}" for name in mine if name in theirs and mine[name] != theirs[name]]
    found += [f"stage {name} is gone" for name in mine if name not in theirs]
    found += [f"stage {name} is new" for name in theirs if name not in mine]
    if [name for name in mine if name in theirs] != [name for name in theirs if name in mine]:
        found.append("order of the stages")
    return found


def _notes(a: Snapshot, b: Snapshot, shared: int) -> list[str]:
    notes = []
    if a["stream"] != b["stream"]:
        notes.append(f"They are of different streams: {a['stream']} and {b['stream']}.")
    if a["filters"] != b["filters"]:
        notes.append("They have different filters.")
    if shared:
        notes.append(
            f"{shared:,} finished items are in both: the two are no independent samples, and intervals are too wide."
        )
    return notes
