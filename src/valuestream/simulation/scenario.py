"""Scenarios: named changes to a model, written as text, composable.

`Review.servers=3`, `Review.servers=+1`, `Release.cadence=1 d`, `Review.returns=-50%`, `Approval.removed=true`,
`demand=+10%`, `wip=60`, `Bug.expedite=true`. A stage of the map that several teams serve is changed for each team.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from valuestream.config_units import Unreadable, duration_s
from valuestream.errors import ConfigError, UnknownName
from valuestream.simulation.capacity import Cadence, Pool, hours_of
from valuestream.simulation.check import check
from valuestream.simulation.duration import Duration
from valuestream.simulation.model import Model, Route, Stage

NONE = ("none", "never", "no", "off")


@dataclass(frozen=True)
class Change:
    """One change: of what ("" is the whole stream, else a stage, a pool or a type), which key, to which value."""

    target: str
    key: str
    value: str

    def __str__(self) -> str:
        return f"{self.target}.{self.key}={self.value}" if self.target else f"{self.key}={self.value}"


@dataclass(frozen=True)
class Scenario:
    """A name, what it changes, in that order, and why anyone asks."""

    name: str
    changes: tuple[Change, ...]
    why: str = ""

    def applied(self, model: Model) -> Model:
        """The model with all changes, checked."""
        for change in self.changes:
            model = _changed(model, change)
        return check(model)

    def then(self, other: Scenario) -> Scenario:
        """Both, one after the other."""
        return Scenario(f"{self.name}, {other.name}", self.changes + other.changes, self.why or other.why)


def change_of(text: str) -> Change:
    """A change as it is written. ConfigError for what is none."""
    left, sign, value = text.partition("=")
    target, _, key = left.strip().rpartition(".")
    if not sign or not key.strip() or not value.strip():
        raise ConfigError(
            f"{text!r} is no change.", "Write what, a dot, which key, =, the value: 'Review.servers=3', 'demand=+10%'."
        )
    return Change(target.strip(), key.strip().lower(), value.strip())


def scenario_of(texts: list[str] | tuple[str, ...], name: str = "") -> Scenario:
    """A scenario of changes as they are written; without a name it is called after them."""
    changes = tuple(change_of(text) for text in texts)
    return Scenario(name or ", ".join(map(str, changes)), changes)


def scenarios_from(told: Any) -> tuple[Scenario, ...]:
    """Scenarios of plain data, as YAML holds them: `scenarios: [{name: ..., why: ..., set: [...]}]`."""
    rows = told.get("scenarios") if isinstance(told, Mapping) else None
    if not isinstance(rows, list):
        raise ConfigError("There are no scenarios.", "Write `scenarios:` and below it a list of name and set.")
    found = []
    for k, row in enumerate(rows):
        if not isinstance(row, Mapping) or not isinstance(row.get("set"), list) or not row.get("name"):
            raise ConfigError(
                f"scenarios[{k}]: {row!r:.60} is no scenario.", "Give a name and `set`, a list of changes."
            )
        made = scenario_of([str(text) for text in row["set"]], str(row["name"]))
        found.append(replace(made, why=str(row.get("why", ""))))
    return tuple(found)


def scenarios_to(scenarios: tuple[Scenario, ...]) -> dict[str, Any]:
    """The plain data that `scenarios_from` reads."""
    rows = []
    for one in scenarios:
        row: dict[str, Any] = {"name": one.name, "set": [str(change) for change in one.changes]}
        rows.append({**row, "why": one.why} if one.why else row)
    return {"scenarios": rows}


def _changed(model: Model, change: Change) -> Model:
    if not change.target:
        return _whole(model, change)
    if change.key in _TYPES and change.target in [kind.name for kind in model.arrivals.types]:
        return _type(model, change)
    stages = [one for one in model.stages if change.target in (one.name, one.shown_as)]
    pools = [one for one in model.pools if one.name == change.target]
    if pools and not stages:
        return _pool(model, pools[0], change)
    if not stages:
        known = dict.fromkeys([*(one.shown_as for one in model.stages), *(one.name for one in model.stages)])
        named = [*known, *(one.name for one in model.pools), *(kind.name for kind in model.arrivals.types)]
        raise UnknownName(f"{change}: nothing is called {change.target!r}.", f"Known: {', '.join(named)}.")
    if change.key in ("servers", "calendar", "prefers"):
        for name in dict.fromkeys(stage.pool for stage in stages if stage.pool):
            model = _pool(model, model.pool(name), change)
        stages = [stage for stage in stages if not stage.pool]
    for stage in stages:
        model = _stage(model, stage, change)
    return model


def _whole(model: Model, change: Change) -> Model:
    arrivals = model.arrivals
    if change.key in ("demand", "per_week"):
        if arrivals.at:
            raise ConfigError(f"{change}: the arrivals are replayed.", "Give the model a rate instead of instants.")
        return replace(model, arrivals=replace(arrivals, per_week=_number(change, arrivals.per_week)))
    if change.key == "wip":
        return replace(model, wip=_whole_number(change, model.wip))
    if change.key == "bursts" and change.value in NONE:
        return replace(model, arrivals=replace(arrivals, bursts=()))
    raise _no_key(change, ("demand", "wip", "bursts"))


_TYPES = ("priority", "expedite", "share", "work")


def _type(model: Model, change: Change) -> Model:
    kinds = []
    for kind in model.arrivals.types:
        if kind.name == change.target:
            if change.key == "expedite":
                kind = replace(kind, expedite=_flag(change))
            elif change.key == "priority":
                kind = replace(kind, priority=_whole_number(change, kind.priority) or 0)
            elif change.key == "share":
                kind = replace(kind, share=_number(change, kind.share))
            else:
                kind = replace(kind, work=_number(change, kind.work))
        kinds.append(kind)
    total = sum(kind.share for kind in kinds)
    shared = tuple(replace(kind, share=kind.share / total) for kind in kinds)
    return replace(model, arrivals=replace(model.arrivals, types=shared))


def _pool(model: Model, pool: Pool, change: Change) -> Model:
    if change.key == "servers":
        changed = replace(pool, servers=_whole_number(change, pool.servers) or 0)
    elif change.key == "prefers":
        changed = replace(pool, prefers=change.value)
    elif change.key == "calendar":
        model, name = _calendar(model, change)
        changed = replace(pool, calendar=name)
    else:
        raise _no_key(change, ("servers", "calendar", "prefers"))
    return replace(model, pools=tuple(changed if one.name == pool.name else one for one in model.pools))


def _stage(model: Model, stage: Stage, change: Change) -> Model:
    if change.key == "returns":
        return _returns(model, stage, change)
    if change.key == "calendar":
        model, name = _calendar(model, change)
        return model.putting(replace(stage, calendar=name))
    if change.key not in _STAGE:
        raise _no_key(change, (*_STAGE, "returns", "calendar"))
    if change.key == "servers" and stage.servers is None:
        raise ConfigError(f"{change}: outsiders do the work of {stage.name!r}.", "Change its service time instead.")
    return model.putting(replace(stage, **{change.key: _STAGE[change.key](change, getattr(stage, change.key))}))


def _returns(model: Model, stage: Stage, change: Change) -> Model:
    """What the stage sends back to earlier ones, scaled or set together."""
    number = model.number(stage.name)
    names = [one.name for one in model.stages[: number + 1]]
    own = [route for route in model.routes if route.after == stage.name and route.to in names]
    if not own:
        raise ConfigError(f"{change}: {stage.name!r} sends nothing back.", "Choose a stage with returns.")
    now = sum(route.chances[0] for route in own)
    factor = _number(change, now) / now if now else 0.0
    return replace(model, routes=tuple(_scaled(one, factor) if one in own else one for one in model.routes))


def _scaled(route: Route, factor: float) -> Route:
    chances = tuple(chance * factor for chance in route.chances)
    return replace(route, chance=chances if isinstance(route.chance, tuple) else chances[0])


def _calendar(model: Model, change: Change) -> tuple[Model, str | None]:
    """A calendar of the model by its name, or hours as text."""
    if change.value.lower() in (*NONE, "always", "24/7"):
        return model, None
    if change.value in [hours.name for hours in model.calendars]:
        return model, change.value
    made = hours_of(change.value, change.value)
    return replace(model, calendars=(*model.calendars, made)), made.name


def _number(change: Change, now: float) -> float:
    """3, +1, -1, +10%, -50%, 12%, x0.5: absolute, or relative to what is now."""
    text = change.value.replace(" ", "")
    share = text.endswith("%")
    try:
        value = float(text.lstrip("x").rstrip("%"))
    except ValueError:
        raise ConfigError(f"{change}: {change.value!r} is no number.", "Write 3, +1, -1, +10%, -50% or x0.5.") from None
    if text.startswith("x"):
        return now * value
    if text[0] in "+-":
        return max(0.0, now * (1 + value / 100) if share else now + value)
    return value / 100 if share else value


def _whole_number(change: Change, now: int | None) -> int | None:
    if change.value.lower() in NONE:
        return None
    if now is None and change.value[0] in "+-x":
        raise ConfigError(f"{change}: there is no {change.key} to change.", "Give a number without a sign.")
    return round(_number(change, float(now or 0)))


def _flag(change: Change, now: object = None) -> bool:
    if change.value.lower() in ("true", "yes", "on"):
        return True
    if change.value.lower() in ("false", *NONE):
        return False
    raise ConfigError(f"{change}: {change.value!r} is neither true nor false.", "Write true or false.")


def _seconds(change: Change) -> float:
    try:
        return duration_s(change.value)
    except Unreadable as error:
        raise ConfigError(f"{change}: {error}.", error.hint) from None


def _duration(change: Change, now: Duration | None) -> Duration | None:
    """The same shape, longer or shorter; `none` is no time at all."""
    if change.value.lower() in NONE:
        return None if change.key == "timer" else Duration("deterministic", 0.0)
    relative = change.value[0] in "+-x" or change.value.endswith("%")
    if now is None or not now.expected:
        if relative:
            raise ConfigError(f"{change}: there is no {change.key} to change.", "Give a duration: '2 h'.")
        return Duration("deterministic", _seconds(change))
    wanted = _number(change, now.expected) if relative else _seconds(change)
    return now.times(wanted / now.expected)


def _cadence(change: Change, now: Cadence | None) -> Cadence | None:
    """`none`, or how often: the phase stays where it is."""
    if change.value.lower() in NONE:
        return None
    every = _number(change, now.every) if now and change.value[0] in "-x" else _seconds(change)
    return Cadence(every, (now.offset if now else 0.0) % every) if every > 0 else None


_STAGE: dict[str, Callable[[Change, Any], Any]] = {
    "servers": _whole_number,
    "service": _duration,
    "timer": _duration,
    "batch": lambda change, now: 1 if change.value.lower() in NONE else _whole_number(change, now),
    "cadence": _cadence,
    "gate": _cadence,
    "wip": _whole_number,
    "order": lambda change, now: change.value.lower(),
    "rework": lambda change, now: _number(change, now),
    "automated": _flag,
    "removed": _flag,
}


def _no_key(change: Change, known: tuple[str, ...]) -> UnknownName:
    of = f"of {change.target!r} " if change.target else ""
    return UnknownName(f"{change}: the key {change.key!r} {of}is not known.", f"Known: {', '.join(known)}.")
