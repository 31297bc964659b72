"""What a simulator says, as JSON documents: `vsm.simulation/1` and `vsm.levers/1`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from threading import Event
from typing import Any

from valuestream.simulation.engine import Length
from valuestream.simulation.model import Model
from valuestream.simulation.routing import loads, warnings
from valuestream.simulation.runs import FIGURES, STAGE_FIGURES, Columns, Interval, Progress
from valuestream.simulation.scenario import Scenario
from valuestream.simulation.simulator import Simulator
from valuestream.simulation.trust import OFF, TIMERS, Agreement, Trust

Document = dict[str, Any]


def simulation(
    simulator: Simulator,
    scenarios: Sequence[Scenario],
    *,
    quick: bool = False,
    progress: Progress | None = None,
    stop: Event | None = None,
) -> Document:
    """The stream as it is and under each scenario, with intervals (`vsm simulate --json`)."""
    now, *then = simulator.compare(scenarios, quick=quick, progress=progress, stop=stop)
    return {
        "schema": "vsm.simulation/1",
        **_told(simulator, now, simulator.quick_length if quick else simulator.length),
        "now": _figures(now),
        "stages": _stages(simulator.model, now),
        "scenarios": [
            _scenario(simulator.model, one, columns, now) for one, columns in zip(scenarios, then, strict=True)
        ],
    }


def levers(simulator: Simulator, *, progress: Progress | None = None, stop: Event | None = None) -> Document:
    """Which change pays most (`vsm levers --json`). Where the model is not to be trusted `ranking` is null."""
    found = simulator.rank(progress=progress, stop=stop)
    trusted = simulator.trust is None or simulator.trust.ranks
    limit = found.constraint
    return {
        "schema": "vsm.levers/1",
        **_told(simulator, found.now, simulator.length),
        "now": _figures(found.now),
        "ranking": [
            {
                "place": gain.lever.place,
                "kind": gain.lever.kind,
                "says": gain.lever.says,
                "set": [str(change) for change in gain.lever.scenario.changes],
                "saves_s": gain.lead_s.told(),
                "throughput_per_week": gain.throughput_per_week.told(),
            }
            for gain in found.gains
        ]
        if trusted
        else None,
        "one_by_one_s": found.unbatched.told() if found.unbatched and trusted else None,
        "constraint": None
        if limit is None or not trusted
        else {**asdict(limit), "gains": {name: one.told() for name, one in limit.gains.items()}},
    }


def _told(simulator: Simulator, now: Columns, length: Length) -> Document:
    about = simulator.about or {
        "stream": simulator.model.name,
        "guessed": False,
        "as_of": None,
        "config_hash": None,
        "window": None,
        "filters": {},
        "clock": "elapsed",
        "zone": "UTC",
    }
    return {
        **about,
        "model": simulator.model.name,
        "provenance": "simulated",
        "fitted": simulator.fitted is not None,
        "seed": simulator.seed,
        "runs": {
            "columns": len(now.whole),
            "refitted": now.refitted,
            "warm_up_s": length.warm_up_s or 0.0,
            "horizon_s": length.horizon_s,
        },
        "trust": trusted(simulator.trust),
        "loads": loads(simulator.model),
        "notes": list(
            dict.fromkeys(
                [*warnings(simulator.model), *(simulator.fitted.notes if simulator.fitted else ()), *now.notes]
            )
        ),
        "origins": [asdict(origin) for origin in simulator.model.origins],
    }


def _figures(columns: Columns) -> Document:
    return {name: columns.figure(name).told() for name in FIGURES}


def _stages(model: Model, columns: Columns) -> list[Document]:
    return [
        {
            "name": stage.name,
            "shown_as": stage.shown_as,
            "team": stage.team,
            "pool": stage.pool,
            **{name: columns.stage(stage.name, name).told() for name in STAGE_FIGURES},
        }
        for stage in model.stages
        if not stage.removed
    ]


def _scenario(model: Model, scenario: Scenario, columns: Columns, now: Columns) -> Document:
    changed = scenario.applied(model)
    return {
        "name": scenario.name,
        "why": scenario.why or None,
        "set": [str(change) for change in scenario.changes],
        "then": _figures(columns),
        "change": {name: columns.against(now, name).told() for name in FIGURES},
        "stages": _stages(changed, columns),
        "loads": loads(changed),
        "notes": list(dict.fromkeys([*warnings(changed), *columns.notes])),
    }


def trusted(found: Trust | None) -> Document | None:
    """How far the model may be believed; null for one that nobody measured."""
    if found is None:
        return None
    return {
        "ranks": found.ranks,
        "doubts": list(found.doubts),
        "notes": list(found.notes),
        "bounds": {"off": OFF, "unexplained": TIMERS},
        "now": _agreement(found.now),
        "held_out": None if found.held_out is None else _agreement(found.held_out),
        "unexplained": found.unexplained,
        "stages": [asdict(stage) for stage in found.stages],
    }


def _agreement(found: Agreement) -> Document:
    return {**asdict(found), "off": found.off}


def told(found: Interval, unit: float = 1.0) -> str:
    """A figure with its interval in a unit: `7.4 (7.1 to 7.7)`."""
    if found.value is None:
        return "unknown"
    if found.low is None or found.high is None:
        return f"{found.value / unit:.1f}"
    return f"{found.value / unit:.1f} ({found.low / unit:.1f} to {found.high / unit:.1f})"
