"""A model with one change made to it. A stage of the map that several teams serve is changed for each team."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from valuestream.errors import ConfigError, UnknownName
from valuestream.simulation.capacity import Hours, Pool, hours_of
from valuestream.simulation.change import (
    NONE,
    Change,
    cadence_of,
    duration_of,
    flag_of,
    number_of,
    rank_of,
    whole_number_of,
)
from valuestream.simulation.days_off import day_of
from valuestream.simulation.demand import ItemType
from valuestream.simulation.model import Model, Route, Stage

_OF_POOLS = ("servers", "calendar", "off", "prefers")


def changed(model: Model, change: Change) -> Model:
    """The model with it; not checked. UnknownName or ConfigError for what it has no place for."""
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
    if change.key in _OF_POOLS:
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
        return replace(model, arrivals=replace(arrivals, per_week=number_of(change, arrivals.per_week)))
    if change.key == "wip":
        return replace(model, wip=whole_number_of(change, model.wip))
    if change.key == "bursts" and change.value in NONE:
        return replace(model, arrivals=replace(arrivals, bursts=()))
    if change.key == "off":
        if not model.calendars:
            raise ConfigError(
                f"{change}: nobody has working hours.", "Give a stage a calendar: 'Dev.calendar=Mon-Fri 9-17'."
            )
        return replace(model, calendars=tuple(_without_days(model, change, hours) for hours in model.calendars))
    raise _no_key(change, ("demand", "wip", "bursts", "off"))


_TYPES = ("priority", "expedite", "share", "work")


def _type(model: Model, change: Change) -> Model:
    kinds = model.arrivals.types
    kind = next(one for one in kinds if one.name == change.target)
    if change.key == "share":
        return replace(model, arrivals=replace(model.arrivals, types=_shared(kinds, kind, change)))
    if change.key == "expedite":
        made = replace(kind, expedite=flag_of(change))
    elif change.key == "priority":
        made = replace(kind, priority=rank_of(change, kind.priority))
    else:
        made = replace(kind, work=number_of(change, kind.work))
    return replace(model, arrivals=replace(model.arrivals, types=tuple(made if one == kind else one for one in kinds)))


def _shared(kinds: tuple[ItemType, ...], kind: ItemType, change: Change) -> tuple[ItemType, ...]:
    """Another share of one type; the others share the rest as they did."""
    share = number_of(change, kind.share)
    if share > 1 or (kind.share >= 1 and share < 1):
        raise ConfigError(f"{change}: {share:.0%} cannot be.", "Give a share from 0 to 100 % beside other types.")
    rest = (1.0 - share) / (1.0 - kind.share) if kind.share < 1 else 1.0
    return tuple(replace(one, share=share if one == kind else one.share * rest) for one in kinds)


def _pool(model: Model, pool: Pool, change: Change) -> Model:
    if change.key == "servers":
        changed = replace(pool, servers=whole_number_of(change, pool.servers) or 0)
    elif change.key == "prefers":
        changed = replace(pool, prefers=change.value)
    elif change.key in ("calendar", "off"):
        model, name = _hours(model, change, pool.calendar)
        changed = replace(pool, calendar=name)
    else:
        raise _no_key(change, _OF_POOLS)
    return replace(model, pools=tuple(changed if one.name == pool.name else one for one in model.pools))


def _stage(model: Model, stage: Stage, change: Change) -> Model:
    if change.key == "returns":
        return _returns(model, stage, change)
    if change.key in ("calendar", "off"):
        model, name = _hours(model, change, stage.calendar)
        return model.putting(replace(stage, calendar=name))
    if change.key not in _STAGE:
        raise _no_key(change, (*_STAGE, "returns", "calendar", "off"))
    if change.key == "servers" and stage.servers is None:
        raise ConfigError(f"{change}: outsiders do the work of {stage.name!r}.", "Change its service time instead.")
    return model.putting(replace(stage, **{change.key: _STAGE[change.key](change, getattr(stage, change.key))}))


def _returns(model: Model, stage: Stage, change: Change) -> Model:
    """What the stage sends back to earlier ones, scaled or set together; its other ways share the rest as they did."""
    number = model.number(stage.name)
    names = [one.name for one in model.stages[: number + 1]]
    own = [route for route in model.routes if route.after == stage.name]
    back = [route for route in own if route.to in names]
    if not back:
        raise ConfigError(f"{change}: {stage.name!r} sends nothing back.", "Choose a stage with returns.")
    now = sum(route.chances[0] for route in back)
    factor = number_of(change, now) / now if now else 0.0
    passes = max(len(route.chances) for route in own)
    sent = [sum(_nth(route, k) for route in back) for k in range(passes)]
    onward = tuple((1.0 - factor * one) / (1.0 - one) if one < 1.0 else 1.0 for one in sent)
    if min(onward) < 0:
        place = f"routes[{model.routes.index(back[0])}].chance"
        raise ConfigError(f"{change}: {place}: {max(sent):.0%} go back now.", "More than all of them cannot.")
    scaled = {
        route: _scaled(route, (factor,) * passes if route in back else onward if len(set(onward)) > 1 else onward[:1])
        for route in own
    }
    return replace(model, routes=tuple(scaled.get(route, route) for route in model.routes))


def _nth(route: Route, k: int) -> float:
    return route.chances[min(k, len(route.chances) - 1)]


def _scaled(route: Route, factors: tuple[float, ...]) -> Route:
    """The chance of each pass times its factor; a single chance stays one where all factors are the same."""
    if len(set(factors)) == 1 and not isinstance(route.chance, tuple):
        return replace(route, chance=route.chance * factors[0])
    passes = max(len(factors), len(route.chances)) if len(set(factors)) > 1 else len(route.chances)
    return replace(route, chance=tuple(_nth(route, k) * factors[min(k, len(factors) - 1)] for k in range(passes)))


def _hours(model: Model, change: Change, now: str | None) -> tuple[Model, str | None]:
    """The model with other hours, or other days off, for whoever has the calendar `now`; and what these are called."""
    current = model.calendar(now)
    if change.key == "off":
        if current is None:
            raise ConfigError(f"{change}: {change.target!r} works at all hours.", "Give it a calendar first.")
        name = f"{current.name} ({change.target})"
        made = replace(_without_days(model, change, current), name=name)
        return _with_calendar(model, made), name
    if change.value.lower() in (*NONE, "always", "24/7"):
        return model, None
    if model.calendar(change.value):
        return model, change.value
    try:
        made = hours_of(change.value, change.value)
    except ConfigError as error:
        raise ConfigError(f"{change}: {error.message}", error.hint) from None
    if current:
        made = replace(made, off=current.off, cycle=current.cycle)  # other hours, the same holidays
    return _with_calendar(model, made), made.name


def _with_calendar(model: Model, made: Hours) -> Model:
    others = tuple(hours for hours in model.calendars if hours.name != made.name)
    return replace(model, calendars=(*others, made))


def _without_days(model: Model, change: Change, hours: Hours) -> Hours:
    """The hours with other days off: `none`, these only, or with a plus these too."""
    if change.value.lower() in NONE:
        return replace(hours, off=())
    told = change.value.removeprefix("+").split(",")
    days = {day_of(one.strip(), model.begins, str(change)) for one in told}
    kept = set(hours.off) if change.value.startswith("+") else set()
    return replace(hours, off=tuple(sorted(days | kept)))


_STAGE: dict[str, Callable[[Change, Any], Any]] = {
    "servers": whole_number_of,
    "service": duration_of,
    "timer": duration_of,
    "batch": lambda change, now: 1 if change.value.lower() in NONE else whole_number_of(change, now),
    "cadence": cadence_of,
    "gate": cadence_of,
    "wip": whole_number_of,
    "order": lambda change, now: change.value.lower(),
    "rework": lambda change, now: number_of(change, now),
    "automated": flag_of,
    "removed": flag_of,
}


def _no_key(change: Change, known: tuple[str, ...]) -> UnknownName:
    of = f"of {change.target!r} " if change.target else ""
    return UnknownName(f"{change}: the key {change.key!r} {of}is not known.", f"Known: {', '.join(known)}.")
