"""A future state written by hand: the current map with other times, without steps, with new ones. Nothing is simulated.

Times are those of one visit, as the boxes show them. The ladder moves in proportion: a stage whose visits wait half as
long adds half as much to the lead time. %C&A and batches stand on the map as written and move no time: what they would
do to times is for a simulation to say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from valuestream.errors import UnknownName

Document = dict[str, Any]


@dataclass(frozen=True)
class Time:
    """A duration in seconds, or a factor on the one that is there."""

    seconds: float | None = None
    factor: float | None = None

    def of(self, now: float | None) -> float | None:
        if self.seconds is not None:
            return self.seconds
        return None if now is None or self.factor is None else now * self.factor


@dataclass(frozen=True)
class Step:
    """What changes at a stage, or what a new one is; None stays as it is."""

    active: Time | None = None
    wait: Time | None = None
    ca: float | None = None
    batch: float | None = None
    after: str | None = None
    said: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Edits:
    """A future map's differences from the current one, by stage."""

    name: str = ""
    change: Mapping[str, Step] = field(default_factory=dict)
    remove: Sequence[str] = ()
    add: Mapping[str, Step] = field(default_factory=dict)


def future(current: Mapping[str, Any], edits: Edits, sure: Mapping[str, Any] | None = None) -> Document:
    """The future map. UnknownName for a stage that the current map does not have.

    `name` and `assumed` (sentences) are added; figures that nobody can know without simulating (percentiles, counts of
    items there) are None.

    sure  intervals of the current figures (`margins.py`): what differs by less gets an interval that says so. None:
          each figure is exact, as of declared stages
    """
    names = [stage["name"] for stage in current["stages"] if stage["kind"] != "reopened"]
    for name in [*edits.change, *edits.remove, *(step.after for step in edits.add.values() if step.after)]:
        if name not in names and name not in edits.add:
            near = get_close_matches(name, names, 3) or names
            raise UnknownName(f"The map has no stage '{name}'.", f"Known: {', '.join(near)}.")
    stages = [_changed(stage, edits.change.get(stage["name"])) for stage in current["stages"]]
    stages = [stage for stage in stages if stage["name"] not in edits.remove]
    for name, step in edits.add.items():
        stages.insert(_place(stages, step.after), _new(name, step))
    waits = [stage["per_item_s"]["wait"] or 0.0 for stage in stages]
    for stage, wait in zip(stages, waits, strict=True):
        stage["longest_wait"] = wait > 0 and wait == max(waits)
    left = {stage["name"] for stage in stages}
    made = {
        **current,
        "name": edits.name,
        "assumed": list(_assumed(current, edits)),
        "stages": stages,
        "returns": [row for row in current["returns"] if {row["from"], row["to"]} <= left],
        "transitions": [row for row in current["transitions"] if row["from"] in left],
        "totals": _totals(current, stages, edits),
        "findings": [], "notes": [], "excluded": [],
    }  # fmt: skip
    return made if sure is None else _judged(made, current, sure)


def _judged(made: Document, current: Mapping[str, Any], sure: Mapping[str, Any]) -> Document:
    """The future map with an interval for each figure: what is written is exact, what it is held against is not."""
    before = {stage["name"]: stage for stage in current["stages"]}
    stages = []
    for stage in made["stages"]:
        was, known = before.get(stage["name"]), sure["stages"].get(stage["name"], {})
        if was is not None:
            stage = {**stage, "intervals": _intervals(stage, was, known, _OF_STAGE)}
        stages.append(stage)
    totals = made["totals"]
    given = _intervals(totals, current["totals"], sure["totals"], _OF_ALL)
    return {**made, "stages": stages, "totals": {**totals, "intervals": given}}


_OF_STAGE = {
    "active": ("active_s", "mean"),
    "wait": ("wait_s", "mean"),
    "ca": ("ca", "value"),
    "batch": ("batch", "mean"),
}
_OF_ALL = {
    "lead_time": ("lead_time_s", "mean"), "active": ("active_s", "mean"), "rolled_ca": ("rolled_ca", "value"),
    "flow_efficiency": ("flow_efficiency", "value"), "throughput": ("throughput_per_week", "value"),
}  # fmt: skip


def _intervals(
    after: Mapping[str, Any], before: Mapping[str, Any], sure: Mapping[str, Any], figures: Mapping[str, tuple[str, str]]
) -> dict[str, list[float]]:
    """Around each figure, as far as the current one may be off on that side: it holds what does not differ."""
    found = {}
    for key, (name, part) in figures.items():
        now, was = after[name][part], before[name][part]
        if now is None:
            continue
        low, high = sure.get(key, (was, was))
        found[key] = [now, now] if was is None else [now - (high - was), now + (was - low)]
    return found


def _changed(stage: Mapping[str, Any], step: Step | None) -> Document:
    """A stage with the times, %C&A and batch of the file."""
    made: Document = {**stage, "wip": dict.fromkeys(stage["wip"]), "longest_wait": False, "constraint": None}
    if step is None:
        return made
    per_item = dict(stage["per_item_s"])
    for key, time in (("active", step.active), ("wait", step.wait)):
        if time is None:
            continue
        now = stage[f"{key}_s"]["mean"]
        new = time.of(now)
        per_item[key] = (per_item[key] or 0.0) * new / now if now and new is not None else new
        made[f"{key}_s"] = _alone(new)
        made["causes"] = None if key == "wait" else made.get("causes")
    made["per_item_s"] = per_item
    if step.ca is not None:
        made["ca"] = {**stage["ca"], "value": step.ca, "provenance": "estimated"}
    if step.batch is not None:
        made["batch"] = {"mean": step.batch, "as_experienced": None, "largest": None, "n": 0}
    return made


def _new(name: str, step: Step) -> Document:
    """A stage that the current map does not have: every item passes it once."""
    active, wait = (time.of(None) if time else None for time in (step.active, step.wait))
    nothing: Document = {"value": None, "n": 0, "excluded": [], "provenance": "estimated"}
    return {
        "name": name, "kind": "logged", "team": None, "recorded_in": [], "visits": 0,
        "active_s": _alone(active), "wait_s": _alone(wait), "working": None,
        "per_item_s": {"active": active or 0.0, "wait": wait or 0.0},
        "ca": {**nothing, "value": step.ca}, "returned_to": {},
        "batch": {"mean": step.batch, "as_experienced": None, "largest": None, "n": 0},
        "people": dict(nothing), "transfers": dict(nothing), "arrivals_per_week": None, "departures_per_week": None,
        "wip": dict.fromkeys(("n", "queue", "work", "external", "blocked")), "longest_wait": False,
        "provenance": "declared",
    }  # fmt: skip


def _alone(mean: float | None) -> Document:
    return {"n": 0, "mean": mean, "p50": None, "p85": None, "p95": None}


def _place(stages: Sequence[Document], after: str | None) -> int:
    """Behind the stage named, or at the end of the stream (before rows of reopened items)."""
    names = [stage["name"] for stage in stages]
    if after in names:
        return names.index(after) + 1
    return sum(stage["kind"] != "reopened" for stage in stages)


def _totals(current: Mapping[str, Any], stages: Sequence[Document], edits: Edits) -> Document:
    """Sums of the ladder; flow efficiency moves as the ladder's own does; percentiles are unknown."""
    was, now = (_sums(rows) for rows in (current["stages"], stages))
    totals = dict(current["totals"])
    if was is None or now is None:
        return totals
    totals["lead_time_s"] = _alone(sum(now))
    totals["active_s"] = _alone(None if totals["active_s"]["mean"] is None else now[0])
    totals["wait_s"] = _alone(now[1])
    efficiency = totals["flow_efficiency"]
    if efficiency["value"] is not None and was[0] and sum(now):
        moved = (now[0] / sum(now)) / (was[0] / sum(was))
        totals["flow_efficiency"] = {**efficiency, "value": min(1.0, efficiency["value"] * moved)}
    if edits.add or edits.remove or any(step.ca is not None for step in edits.change.values()):
        known = [stage["ca"]["value"] for stage in stages if stage["ca"]["value"] is not None]
        product = 1.0
        for value in known:
            product *= value
        totals["rolled_ca"] = {**totals["rolled_ca"], "value": product if known else None}
    return totals


def _sums(stages: Sequence[Mapping[str, Any]]) -> tuple[float, float] | None:
    rows = [stage["per_item_s"] for stage in stages]
    if not rows or all(row["wait"] is None for row in rows):
        return None
    return sum(row["active"] or 0.0 for row in rows), sum(row["wait"] or 0.0 for row in rows)


def _assumed(current: Mapping[str, Any], edits: Edits) -> list[str]:
    """What the file says, stage by stage, and what was not looked at."""
    said = [f"without {name}" for name in edits.remove]
    for name, step in edits.add.items():
        said.append(f"a new stage {name}: {_told(step)}; every item passes it once")
    said += [f"{name}: {_told(step)}" for name, step in edits.change.items()]
    return [*said, "all else stays as it is: queues, returns and demand were not simulated"]


WORDS = {"ca": "%C&A", "batch": "batches of"}


def _told(step: Step) -> str:
    return ", ".join(f"{WORDS.get(key, key)} {text}" for key, text in step.said.items()) or "nothing said of it"
