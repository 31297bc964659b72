"""Which change pays most: a standard relief at each stage and lever, and what the constraint is.

A standard relief is one more pair of hands, a fifth less work, half the returns, half the unexplained waits, releases
twice as often, a gate opened, a way that needs nobody, another limit. They are not equally dear; they are the same
everywhere, so that places can be compared. To leave a step out is no relief of it, and is asked for by name.
"""

from __future__ import annotations

from dataclasses import dataclass

from valuestream.simulation.change import Change
from valuestream.simulation.model import Model
from valuestream.simulation.routing import loads
from valuestream.simulation.runs import Columns, Interval, interval
from valuestream.simulation.scenario import Scenario

KINDS = {
    "servers": "one more at once",
    "service": "a fifth less work",
    "returns": "half the returns",
    "timer": "half the waits without a cause",
    "gate": "no gate: begun when somebody is free",
    "cadence": "releases twice as often",
    "batch": "items leave one by one",
    "automated": "handed over by itself: nothing holds items on the way here",
    "wip": "room for one more",
    "whole wip": "a tenth fewer at once",
    "outside": "outsiders a fifth quicker",
}
WHOLE = "whole stream"
CAPACITY = "service=-10%"
SMALLEST_TIMER = 0.01
"""Share of the mean lead time below which a timer is no lever."""


@dataclass(frozen=True)
class Lever:
    """A relief at one place. `place` is a stage or a pool of the model, or `WHOLE`."""

    kind: str
    place: str
    scenario: Scenario

    @property
    def says(self) -> str:
        return KINDS[self.kind]


@dataclass(frozen=True)
class Gain:
    """What a lever brings: seconds of mean lead time saved, and items a week more."""

    lever: Lever
    lead_s: Interval
    throughput_per_week: Interval


@dataclass(frozen=True)
class Constraint:
    """What limits the stream, by capacity.

    candidate   the pool or stage of which most is asked: `load` of its capacity
    verdict     "confirmed": a tenth less work shortens the lead time most there; "refuted": it does so elsewhere,
                at `instead`; "open": the intervals do not tell
    gains       seconds of mean lead time that a tenth less work saves at each
    """

    candidate: str
    load: float
    verdict: str
    instead: str | None
    gains: dict[str, Interval]


def levers(model: Model, *, lead_s: float) -> list[Lever]:
    """Every standard relief that the model has a place for."""
    found: list[Lever] = []

    def lever(kind: str, place: str, change: str) -> None:
        key, _, value = change.partition("=")
        target = "" if place == WHOLE else place
        found.append(Lever(kind, place, Scenario(f"{place}: {KINDS[kind]}", (Change(target, key, value),))))

    if model.wip is not None:
        lever("whole wip", WHOLE, "wip=-10%")
    for pool in model.pools:
        lever("servers", pool.name, "servers=+1")
    for number, stage in enumerate(model.stages):
        if stage.removed:
            continue
        works = stage.service.expected > 0
        if stage.external:
            lever("outside", stage.name, "service=-20%")
            continue
        if works and stage.servers is not None:
            lever("servers", stage.name, "servers=+1")
        if works:
            lever("service", stage.name, "service=-20%")
        earlier = [one.name for one in model.stages[: number + 1]]
        if any(route.after == stage.name and route.to in earlier for route in model.routes):
            lever("returns", stage.name, "returns=-50%")
        if stage.timer and stage.timer.expected > SMALLEST_TIMER * lead_s:
            lever("timer", stage.name, "timer=-50%")
        if stage.gate:
            lever("gate", stage.name, "gate=none")
        if stage.cadence:
            lever("cadence", stage.name, "cadence=x0.5")
        if stage.batch > 1:
            lever("batch", stage.name, "batch=1")
        if stage.wip is not None:
            lever("wip", stage.name, "wip=+1")
        if not stage.automated and _is_held_up(model, number, lead_s):
            lever("automated", stage.name, "automated=true")
    return found


def _is_held_up(model: Model, number: int, lead_s: float) -> bool:
    """Whether anything but a queue for servers holds items on their way into a stage."""
    stage = model.stages[number]
    if stage.gate or (stage.timer and stage.timer.expected > SMALLEST_TIMER * lead_s):
        return True
    before = {route.after for route in model.routes if route.to == stage.name}
    before |= {one.name for one in model.stages[max(number - 1, 0) : number]}
    return any(one.name in before and (one.batch > 1 or one.cadence) for one in model.stages)


def unbatched(model: Model) -> Scenario | None:
    """Every item leaves when it is ready: no batches, releases or gates. None where there are none."""
    changes = []
    for stage in model.stages:
        changes += [Change(stage.name, "batch", "1")] if stage.batch > 1 else []
        changes += [Change(stage.name, "cadence", "none")] if stage.cadence else []
        changes += [Change(stage.name, "gate", "none")] if stage.gate else []
    return Scenario("one by one", tuple(changes)) if changes else None


def ranked(found: list[Lever], now: Columns, then: list[Columns]) -> list[Gain]:
    """Levers by the lead time they save, the most first."""
    gains = [
        Gain(lever, _negative(columns.against(now, "lead_mean_s")), columns.against(now, "throughput_per_week"))
        for lever, columns in zip(found, then, strict=True)
    ]
    return sorted(gains, key=lambda gain: -(gain.lead_s.value or 0.0))


def _negative(found: Interval) -> Interval:
    value, low, high = (None if one is None else -one for one in (found.value, found.low, found.high))
    return Interval(value, high, low)


def capacity(model: Model) -> dict[str, Scenario]:
    """A tenth less work at each pool, or stage with servers of its own, that has any."""
    found: dict[str, Scenario] = {}
    key, _, value = CAPACITY.partition("=")
    for name in loads(model):
        stages = [one for one in model.stages if name in (one.pool, one.name) and one.service.expected > 0]
        if stages:
            found[name] = Scenario(name, tuple(Change(one.name, key, value) for one in stages))
    return found


def constraint(model: Model, now: Columns, then: dict[str, Columns]) -> Constraint | None:
    """Whether the place of which most is asked is the one where more capacity pays; None where nobody serves."""
    asked = {name: load for name, load in loads(model).items() if name in then}
    if not asked:
        return None
    candidate = max(asked, key=lambda name: asked[name])
    gains = {name: _negative(columns.against(now, "lead_mean_s")) for name, columns in then.items()}
    best = max(gains, key=lambda name: gains[name].value or 0.0)
    own = gains[candidate]
    verdict, instead = "open", None
    if best == candidate and (own.low or 0.0) > 0:
        verdict = "confirmed"
    elif best != candidate:
        column = then[best].whole[:, 0] - then[candidate].whole[:, 0]
        between = interval(column, spread=now.refitted)
        if between.high is not None and between.high < 0:
            verdict, instead = "refuted", best
    return Constraint(candidate, asked[candidate], verdict, instead, gains)
