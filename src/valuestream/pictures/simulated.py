"""A simulated scenario as a future state: its map with the intervals that decide what is marked."""

from __future__ import annotations

from valuestream.pictures.markup import clean
from valuestream.pictures.words import Doc, part

# key of `compare.TOTALS`: figure of a `vsm.simulation/1` document, and where the map has it
_TOTALS = {
    "lead_time": ("lead_mean_s", ("lead_time_s", "mean")),
    "throughput": ("throughput_per_week", ("throughput_per_week", "value")),
    "flow_efficiency": ("flow_efficiency", ("flow_efficiency", "value")),
}
_STAGES = {"active": ("active_s", ("active_s", "mean")), "wait": ("wait_s", ("wait_s", "mean"))}


def with_intervals(now: Doc, then: Doc, document: Doc, scenario: Doc) -> Doc:
    """The map of a scenario, ready for `future.svg(now, ...)`.

    now, then  maps of one simulated run each; what differs between two single runs may be chance
    document   the `vsm.simulation/1` that `scenario` stands in; its intervals rest on all runs

    Each interval is put around what the run of `now` shows, so that a figure is marked exactly where the interval of
    the change leaves out 0.
    """
    totals = dict(then["totals"])
    totals["intervals"] = {
        key: found
        for key, (name, path) in _TOTALS.items()
        if (found := _around(part(now, "totals", *path), part(scenario, "change", name))) is not None
    }
    before = {str(row["shown_as"] or row["name"]): row for row in document["stages"]}
    after = {str(row["shown_as"] or row["name"]): row for row in scenario["stages"]}
    shown = {str(stage["name"]): stage for stage in now["stages"]}
    stages = [
        {**stage, "intervals": _of_stage(shown.get(str(stage["name"])), before, after, str(stage["name"]))}
        for stage in then["stages"]
    ]
    runs = part(document, "runs", "columns")
    return {
        **then,
        "name": clean(scenario["name"] or ""),
        "basis": f"simulated, {runs} runs, 95 % intervals",
        "assumed": [clean(change) for change in scenario["set"]],
        "totals": totals,
        "stages": stages,
    }


def _around(value: float | None, change: Doc | None) -> list[float] | None:
    if value is None or change is None or change["low"] is None or change["high"] is None:
        return None
    return [value + change["low"], value + change["high"]]


def _of_stage(stage: Doc | None, before: dict[str, Doc], after: dict[str, Doc], name: str) -> dict[str, list[float]]:
    """The interval of each time of a stage, from what it is now to what it would be."""
    if stage is None or name not in before or name not in after:
        return {}
    found = {}
    for key, (figure, path) in _STAGES.items():
        was, then = before[name][figure]["value"], after[name][figure]
        if was is None or then["low"] is None or then["high"] is None:
            continue
        change = {"low": then["low"] - was, "high": then["high"] - was}
        around = _around(part(stage, *path), change)
        if around is not None:
            found[key] = around
    return found
