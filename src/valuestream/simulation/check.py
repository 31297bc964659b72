"""What a model may not say: ConfigError with the place (`stages[2].service.mean`), the value and a way out."""

from __future__ import annotations

import math
from collections.abc import Iterable

from valuestream.errors import ConfigError
from valuestream.simulation.capacity import PREFERENCES, Hours, Pool
from valuestream.simulation.days_off import monday
from valuestream.simulation.demand import GAPS, Arrivals
from valuestream.simulation.duration import KINDS, WEEK_S, Duration
from valuestream.simulation.model import ORDERS, START, Model, Route, Stage
from valuestream.simulation.routing import endless, reachable
from valuestream.stream import CANCELLED, DONE

MOST_STAGES = 120
LONGEST_CYCLE = 2_600
"""Weeks: fifty years of days off are looked up as quickly as one."""


def check(model: Model) -> Model:
    """The model, if it can be run; else a ConfigError about the first thing that is wrong."""
    _names(model)
    if model.begins is not None:
        monday(model.begins, "begins")
    _arrivals(model.arrivals)
    _calendar(model.arrivals.calendar, "arrivals.calendar", model)
    for k, hours in enumerate(model.calendars):
        _slots(hours.slots, f"calendars[{k}].slots")
        _off(hours, f"calendars[{k}]")
    for k, pool in enumerate(model.pools):
        _pool(pool, f"pools[{k}]", model)
    for k, stage in enumerate(model.stages):
        _stage(stage, f"stages[{k}]", model)
    for k, route in enumerate(model.routes):
        _route(route, f"routes[{k}]", model)
    _sums(model)
    _limits(model)
    _ways(model)
    return model


def _wrong(place: str, what: str, hint: str) -> ConfigError:
    return ConfigError(f"{place}: {what}", hint)


def _number(value: float, place: str, *, least: float = 0.0, above: bool = False) -> None:
    good = math.isfinite(value) and (value > least if above else value >= least)
    if not good:
        bound = f"above {least:g}" if above else f"{least:g} or more"
        raise _wrong(place, f"{value!r} is not {bound}.", f"Give a finite number, {bound}.")


def _one_of(value: str, known: Iterable[str], place: str) -> None:
    if value not in known:
        raise _wrong(place, f"{value!r} is not known.", f"Known: {', '.join(known) or 'none'}.")


def _names(model: Model) -> None:
    if not model.stages:
        raise _wrong("stages", "The model has no stages.", "Give at least one stage with a service time and servers.")
    if len(model.stages) > MOST_STAGES:
        raise _wrong("stages", f"{len(model.stages)} stages are too many.", f"Join some: at most {MOST_STAGES}.")
    named = {
        "stages": [stage.name for stage in model.stages],
        "pools": [pool.name for pool in model.pools],
        "calendars": [hours.name for hours in model.calendars],
        "arrivals.types": [kind.name for kind in model.arrivals.types],
    }
    for where, names in named.items():
        for k, name in enumerate(names):
            if not name or name in names[:k] or name in (START, DONE, CANCELLED):
                what = f"The name {name!r} stands twice." if name in names[:k] else f"{name!r} is no name."
                raise _wrong(f"{where}[{k}].name", what, "Give each a name of its own.")
    both = {stage.name for stage in model.stages} & {pool.name for pool in model.pools}
    if both:
        raise _wrong("pools", f"{min(both)!r} names a stage and a pool.", "Give the pool another name.")


def _arrivals(arrivals: Arrivals) -> None:
    _one_of(arrivals.gap, GAPS, "arrivals.gap")
    _number(arrivals.cv, "arrivals.cv")
    _chance(arrivals.on_days_off, "arrivals.on_days_off")
    if arrivals.at:
        for k, at in enumerate(arrivals.at):
            _number(at, f"arrivals.at[{k}]", least=arrivals.at[k - 1] if k else 0.0)
    else:
        _number(arrivals.per_week, "arrivals.per_week")
        if arrivals.per_week == 0:
            raise _wrong(
                "arrivals.per_week", "Nothing arrives.", "Give the items per week, or instants in arrivals.at."
            )
    if arrivals.hours:
        if len(arrivals.hours) != 168:
            what = f"{len(arrivals.hours)} rates for the 168 hours of a week."
            raise _wrong("arrivals.hours", what, "Give one for each hour from Monday 00:00, or none.")
        for k, rate in enumerate(arrivals.hours):
            _number(rate, f"arrivals.hours[{k}]")
        if not sum(arrivals.hours):
            raise _wrong("arrivals.hours", "Nothing arrives at any hour.", "Give at least one hour a rate above 0.")
    for k, (size, share) in enumerate(arrivals.bursts):
        _number(size, f"arrivals.bursts[{k}]", least=1)
        _chance(share, f"arrivals.bursts[{k}]")
    _whole([share for _, share in arrivals.bursts], "arrivals.bursts")
    for k, kind in enumerate(arrivals.types):
        _chance(kind.share, f"arrivals.types[{k}].share")
        _number(kind.work, f"arrivals.types[{k}].work")
    _whole([kind.share for kind in arrivals.types], "arrivals.types")


def _chance(value: float, place: str) -> None:
    if not 0.0 <= value <= 1.0:
        raise _wrong(place, f"{value!r} is no chance.", "Give a number from 0 to 1.")


def _whole(shares: list[float], place: str) -> None:
    if shares and abs(sum(shares) - 1.0) > 1e-6:
        raise _wrong(place, f"The shares add up to {sum(shares):g}.", "They must add up to 1.")


def _duration(duration: Duration, place: str) -> None:
    _one_of(duration.kind, KINDS, f"{place}.kind")
    if duration.kind == "empirical":
        if not duration.values:
            raise _wrong(f"{place}.values", "There are no values.", "Give the durations measured, in seconds.")
        if min(duration.values) >= 0.0 and math.isfinite(sum(duration.values)):  # one look at hundreds of values
            return
        for k, value in enumerate(duration.values):
            _number(value, f"{place}.values[{k}]")
        return
    _number(duration.mean, f"{place}.mean")
    _number(duration.cv, f"{place}.cv")


def _slots(slots: tuple[tuple[float, float], ...], place: str) -> None:
    if not slots:
        raise _wrong(place, "There are no working hours.", 'Write them like "Mon-Fri 09:00-17:00".')
    before = 0.0
    for k, (begin, end) in enumerate(slots):
        if not before <= begin < end <= WEEK_S:
            what = f"({begin:g}, {end:g}) does not follow on in the week."
            raise _wrong(f"{place}[{k}]", what, "Give (begin, end) in seconds from Monday 00:00, rising and disjoint.")
        before = end


def _off(hours: Hours, place: str) -> None:
    if hours.cycle < 1 or hours.cycle > LONGEST_CYCLE:
        what = f"{hours.cycle} weeks are no cycle."
        raise _wrong(
            f"{place}.cycle", what, f"Give from 1 to {LONGEST_CYCLE} weeks after which the days off come again."
        )
    before = -1
    for k, day in enumerate(hours.off):
        if not before < day < 7 * hours.cycle:
            what = f"Day {day} does not follow on in the {hours.cycle} weeks of the cycle."
            raise _wrong(f"{place}.off[{k}]", what, "Give days from the first Monday (0), rising, or a longer cycle.")
        before = day
    if not hours.open:
        raise _wrong(f"{place}.off", "No working day is left.", "Leave at least one day with working hours.")


def _calendar(name: str | None, place: str, model: Model) -> None:
    if name is not None:
        _one_of(name, [hours.name for hours in model.calendars], place)


def _pool(pool: Pool, place: str, model: Model) -> None:
    if pool.servers < 1:
        raise _wrong(f"{place}.servers", f"The pool {pool.name!r} has {pool.servers} servers.", "Give at least 1.")
    _calendar(pool.calendar, f"{place}.calendar", model)
    _one_of(pool.prefers, PREFERENCES, f"{place}.prefers")
    if pool.background:
        _number(pool.background.per_week, f"{place}.background.per_week", above=True)
        _duration(pool.background.service, f"{place}.background.service")


def _stage(stage: Stage, place: str, model: Model) -> None:
    _duration(stage.service, f"{place}.service")
    if (stage.servers is not None) + (stage.pool is not None) + stage.external != 1:
        said = [name for name in ("servers", "pool", "external") if getattr(stage, name) not in (None, False)]
        what = f"The stage {stage.name!r} has {' and '.join(said) if said else 'neither servers nor a pool'}."
        raise _wrong(f"{place}.servers", what, "Give one of them: servers, a pool, or external: true.")
    if stage.servers is not None and stage.servers < 1:
        what = f"The stage {stage.name!r} has {stage.servers} servers."
        raise _wrong(f"{place}.servers", what, "Give at least 1; `removed: true` leaves the step out.")
    if stage.pool is not None:
        _one_of(stage.pool, [pool.name for pool in model.pools], f"{place}.pool")
        if stage.calendar is not None:
            what = f"The stage {stage.name!r} has a calendar and a pool."
            raise _wrong(f"{place}.calendar", what, "Give the calendar to the pool.")
    _calendar(stage.calendar, f"{place}.calendar", model)
    _one_of(stage.order, ORDERS, f"{place}.order")
    _number(stage.batch, f"{place}.batch", least=1)
    _number(stage.rework, f"{place}.rework")
    if stage.timer:
        _duration(stage.timer, f"{place}.timer")
    for name, cadence in (("cadence", stage.cadence), ("gate", stage.gate)):
        if cadence:
            _number(cadence.every, f"{place}.{name}.every", above=True)
            _number(cadence.offset, f"{place}.{name}.offset")


def _route(route: Route, place: str, model: Model) -> None:
    names = [stage.name for stage in model.stages]
    _one_of(route.after, [*names, START], f"{place}.after")
    _one_of(route.to, names if route.after == START else [*names, DONE, CANCELLED], f"{place}.to")
    if not route.chances:
        raise _wrong(f"{place}.chance", "There is no chance.", "Give a number from 0 to 1, or one for each pass.")
    for k, chance in enumerate(route.chances):
        _chance(chance, f"{place}.chance[{k}]" if isinstance(route.chance, tuple) else f"{place}.chance")


def _sums(model: Model) -> None:
    """The chances after one stage, pass by pass."""
    for after in dict.fromkeys(route.after for route in model.routes):
        routes = [(k, route) for k, route in enumerate(model.routes) if route.after == after]
        for nth in range(max(len(route.chances) for _, route in routes)):
            total = sum(route.chances[min(nth, len(route.chances) - 1)] for _, route in routes)
            if total > 1.0 + 1e-9:
                what = f"The chances after {after!r} add up to {total:g} on pass {nth + 1}."
                raise _wrong(f"routes[{routes[-1][0]}].chance", what, "Together they are at most 1; the rest goes on.")


def _limits(model: Model) -> None:
    for place, limit in [("wip", model.wip), *((f"stages[{k}].wip", s.wip) for k, s in enumerate(model.stages))]:
        if limit is not None and limit < 1:
            raise _wrong(place, f"A limit of {limit} lets nothing in.", "Give at least 1, or leave it out.")
    for k, stage in enumerate(model.stages):
        if stage.wip is not None and stage.batch > stage.wip:
            what = f"A batch of {stage.batch} never comes together within a limit of {stage.wip}."
            raise _wrong(f"stages[{k}].batch", what, "Make the batch smaller or the WIP limit larger.")
    held = sum(stage.batch - 1 for stage in model.stages if not stage.removed)
    if model.wip is not None and held >= model.wip:
        what = f"A limit of {model.wip} can be used up by {held} items that wait for their batches."
        raise _wrong("wip", what, "Make the batches smaller or the WIP limit larger.")


def _ways(model: Model) -> None:
    found = reachable(model)
    for k, stage in enumerate(model.stages):
        if not found[k] and not stage.removed:
            what = f"No item ever comes to {stage.name!r}."
            raise _wrong(f"stages[{k}]", what, "Add a route to it, or say `removed: true`.")
    stuck = endless(model)
    names = [model.stages[k].name for k in stuck]
    for k, route in enumerate(model.routes):
        if route.after in names and route.chances[-1] > 0:
            what = f"What comes to {route.after!r} never leaves the stream."
            raise _wrong(f"routes[{k}].chance", what, "Make the chance of the return less than 1.")
