"""What a change would do: a value stream becomes a model, a model answers in documents and maps.

`simulation/` computes; this is its door, as `value_stream.py` is that of what was measured.
"""

from __future__ import annotations

from dataclasses import replace
from threading import Event
from typing import Any

from valuestream import __version__
from valuestream.analysis.snapshot import config, fingerprint
from valuestream.calendar import rfc3339
from valuestream.errors import ConfigError
from valuestream.metrics.question import Is, rows_with
from valuestream.simulation.answer import after_warm_up, recorded, stream_of, to_log
from valuestream.simulation.document import levers as levers_of
from valuestream.simulation.document import simulation, trusted
from valuestream.simulation.observed import Observed
from valuestream.simulation.observing import observed as observed_in
from valuestream.simulation.runs import Progress
from valuestream.simulation.scenario import Scenario
from valuestream.simulation.simulator import Simulator, from_log
from valuestream.value_stream import ValueStream

Document = dict[str, Any]


def observed(asked: ValueStream) -> Observed:
    """What the value stream's window and filters hold, ready to be fitted. A filter by stage is refused."""
    wanted, tables = asked.filters, asked.tables
    if any(isinstance(one, Is) and one.column == "stage" for one in wanted):
        raise ConfigError("A part of the stages is no stream to simulate.", "Leave out the filter by stage.")
    window = asked.window
    conditions = [rows_with(one) for one in wanted]
    conditions += [f"committed >= {window.since}"] if window.since > tables.first else []
    conditions += [f"committed < {window.until}"] if window.until <= tables.as_of else []
    chosen = f"item IN (SELECT item FROM items WHERE {' AND '.join(conditions)})" if conditions else "true"
    return observed_in(
        tables.arrow,
        asked.stream,
        stages=tables.stages,
        words=tables.words,
        teams=tables.teams,
        as_of=min(tables.as_of, window.until),
        measured=tables.measured,
        chosen=chosen,
        hands=tables.hands(),
    )


def fitted(
    asked: ValueStream, *, seed: int = 1, progress: Progress | None = None, stop: Event | None = None
) -> Simulator:
    """A simulator of the value stream, calibrated and checked. ConfigError with the place for what cannot be fitted."""
    made = from_log(observed(asked), seed=seed, progress=progress, stop=stop)
    return replace(made, about={**asked.about(), "config_hash": fingerprint(config(asked.stream))})


def simulation_document(
    simulator: Simulator,
    scenarios: tuple[Scenario, ...],
    *,
    quick: bool = False,
    progress: Progress | None = None,
    stop: Event | None = None,
) -> Document:
    """The stream as it is and under each scenario (`vsm simulate --json`)."""
    return {**simulation(simulator, scenarios, quick=quick, progress=progress, stop=stop), "app": __version__}


def levers_document(simulator: Simulator, *, progress: Progress | None = None, stop: Event | None = None) -> Document:
    """Which change pays most (`vsm levers --json`)."""
    return {**levers_of(simulator, progress=progress, stop=stop), "app": __version__}


def future_map(simulator: Simulator, scenario: Scenario | None = None, *, stop: Event | None = None) -> Document:
    """One simulated run as a map, the same document as a measured one; without a scenario the stream as it is.

    Its `simulated` says what was changed, and how far the model may be trusted.
    """
    model = scenario.applied(simulator.model) if scenario else simulator.model
    run = recorded(model, length=simulator.length, seed=simulator.seed, stop=stop)
    with ValueStream(to_log(run), stream_of(model), since=rfc3339(after_warm_up(run))) as asked:
        document = asked.map()
    return {
        **document,
        "provenance": "simulated",
        "simulated": {
            "scenario": scenario.name if scenario else None,
            "set": [str(change) for change in scenario.changes] if scenario else [],
            "seed": simulator.seed,
            "trust": trusted(simulator.trust),
        },
    }
