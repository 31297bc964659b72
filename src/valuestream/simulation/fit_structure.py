"""What a stream is made of besides its durations: hours, gates, releases, and who serves which stages."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from valuestream.simulation.capacity import Cadence, Hours, Pool
from valuestream.simulation.duration import fixed
from valuestream.simulation.fit_hours import ALWAYS, days_of, hours_seen, on_days
from valuestream.simulation.fit_servers import Crew, busy, crews, free_spans
from valuestream.simulation.fit_service import service_times
from valuestream.simulation.fit_teams import split, teams_of
from valuestream.simulation.fit_waits import gate, idle_waits, opened, release
from valuestream.simulation.model import Origin, Stage
from valuestream.simulation.observed import Bool, Observed
from valuestream.simulation.plan import F64

LAST, FIRST = 0.8, 0.2
"""Shares of the choices in which a pool took the later stage's item: it finishes first, or begins first."""
FEWEST_CHOICES = 50


@dataclass(frozen=True)
class Seen:
    """What is known of the stages before their durations: hours, gates, from when on an item could be begun
    (float64[visits]), who serves what, and each visit's wait while somebody was free (float64[visits], seconds).
    """

    hours: dict[int, Hours]
    gates: dict[int, Cadence | None]
    enabled: F64
    crews: tuple[Crew, ...]
    idle: F64


@dataclass(frozen=True)
class Structure:
    """What was found, and for each visit (float64[visits], NaN where unknown) its durations in seconds.

    stages   the model's stages, without their durations
    service  working time; idle: waits while somebody was free; stopped: blocked, or external inside the stage
    """

    stages: tuple[Stage, ...]
    pools: tuple[Pool, ...]
    calendars: tuple[Hours, ...]
    origins: tuple[Origin, ...]
    service: F64
    idle: F64
    stopped: F64
    seen: Seen
    usual: tuple[Hours, Origin]


def structure(observed: Observed) -> tuple[Observed, Structure]:
    """The structure of a log, and the log split by teams where they work apart."""
    hours, how, n = hours_seen(observed)
    whole = _seen(observed, hours)
    parts = {stage: teams_of(observed, stage) for stage in range(len(observed.stages)) if not observed.external[stage]}
    parts = {stage: teams for stage, teams in parts.items() if teams and _works(observed, stage)}
    if parts:
        apart = split(observed, parts)
        tried = _seen(apart, hours)
        chosen = _apart(apart, tried, parts, observed.stages)
        better = {stage: teams for stage, teams in parts.items() if observed.stages[stage] in chosen}
        if better:
            observed = split(observed, better)
            whole = _seen(observed, hours)
    return observed, _structure(observed, whole, (hours, Origin("calendars", how, n)))


def with_servers(observed: Observed, found: Structure, changed: dict[int, int]) -> Structure:
    """The same structure with other numbers of servers: index of a crew -> servers. Idle waits are seen anew."""
    seen = found.seen
    crews_ = tuple(
        replace(crew, servers=changed[k], how="derived") if k in changed else crew for k, crew in enumerate(seen.crews)
    )
    idle = _idle(observed, seen.hours, seen.enabled, crews_)
    return _structure(observed, replace(seen, crews=crews_, idle=idle), found.usual)


def _apart(apart: Observed, tried: Seen, parts: dict[int, tuple[int, ...]], names: tuple[str, ...]) -> set[str]:
    """The stages of the map at which teams work apart: each team's people are as busy as they can be while its own
    items wait, and no less so when the other teams' are.
    """
    shared: set[str] = set()
    for crew in tried.crews:
        own = {apart.of[stage][0] for stage in crew.stages}
        teams = {apart.of[stage][1] for stage in crew.stages}
        if crew.how != "measured" or len(teams) > 1:
            shared |= own
    return {names[stage] for stage in parts} - shared


def _works(observed: Observed, stage: int) -> bool:
    return bool(np.isfinite(observed.visits.started[observed.visits.stage == stage]).any())


def _seen(observed: Observed, usual: Hours) -> Seen:
    visits = observed.visits
    hours: dict[int, Hours] = {}
    gates: dict[int, Cadence | None] = {}
    enabled = visits.entered.copy()
    serving = []
    for stage in range(len(observed.stages)):
        days = None if observed.external[stage] else days_of(observed, stage, usual)
        hours[stage] = on_days(f"hours of {observed.stages[stage]}", usual, days) if days else usual
        gates[stage] = None
        if not observed.external[stage] and _works(observed, stage):
            gates[stage] = gate(observed, stage)
            rows = visits.stage == stage
            enabled[rows] = opened(gates[stage], visits.entered[rows])
            serving.append(stage)
    found = tuple(crews(observed, enabled, hours, serving))
    return Seen(hours, gates, enabled, found, _idle(observed, hours, enabled, found))


def _idle(observed: Observed, hours: dict[int, Hours], enabled: F64, found: tuple[Crew, ...]) -> F64:
    """Per visit, the wait while somebody was free. A stage that nobody works at has none here."""
    visits = observed.visits
    idle = np.zeros(len(visits.item))
    begun = np.where(np.isfinite(visits.started), visits.started, visits.left)
    for crew in found:
        own = hours[crew.stages[0]]
        free = free_spans(busy(observed, crew.stages, enabled, own), crew.servers, own, observed.end)
        rows = np.isin(visits.stage, crew.stages) & np.isfinite(begun)
        idle[rows] = idle_waits(enabled[rows], np.maximum(enabled[rows], begun[rows]), free)
    return idle


def _structure(observed: Observed, seen: Seen, usual: tuple[Hours, Origin]) -> Structure:
    visits = observed.visits
    origins, pools = [usual[1]], []
    took = np.full(len(visits.item), np.nan)
    stages: dict[int, Stage] = {}
    for crew in seen.crews:
        pool, told = _pool(observed, seen, crew)
        origins += told
        pools += [pool] if pool else []
        hours = seen.hours[crew.stages[0]]
        for stage in crew.stages:
            _put(took, visits.stage == stage, service_times(observed, stage, hours))
            if seen.gates[stage]:
                n = int((visits.stage == stage).sum())
                origins.append(Origin(f"stages.{observed.stages[stage]}.gate", "derived", n))
            stages[stage] = Stage(
                observed.stages[stage],
                fixed(0.0),
                servers=None if pool else crew.servers,
                pool=pool.name if pool else None,
                calendar=None if pool else _named(hours),
                gate=seen.gates[stage],
            )
    idle = seen.idle.copy()
    for stage in [stage for stage in range(len(observed.stages)) if stage not in stages]:
        rows = visits.stage == stage
        _put(took, rows, service_times(observed, stage, ALWAYS))
        stages[stage], told, waits = _unserved(observed, stage)
        origins += told
        if waits:
            idle[rows] = np.where(np.isfinite(visits.left[rows]), visits.queue[rows], 0.0)
    outside = np.isin(visits.stage, np.flatnonzero(observed.external))
    return Structure(
        stages=tuple(stages[stage] for stage in range(len(observed.stages))),
        pools=tuple(pools),
        calendars=tuple(dict.fromkeys([usual[0], *seen.hours.values()])),
        origins=tuple(origins),
        service=took,
        idle=idle,
        stopped=visits.blocked + np.where(outside, 0.0, visits.external),
        seen=seen,
        usual=usual,
    )


def _named(hours: Hours) -> str | None:
    return None if hours.slots == ALWAYS.slots else hours.name


def _pool(observed: Observed, seen: Seen, crew: Crew) -> tuple[Pool | None, list[Origin]]:
    """The pool of a crew that serves several stages, and where its numbers come from."""
    names = [observed.stages[stage] for stage in crew.stages]
    n = int(np.isin(observed.visits.stage, crew.stages).sum())
    told = f"something waited for {crew.loaded:.0%} of the working time"
    if len(names) == 1:
        return None, [Origin(f"stages.{names[0]}.servers", crew.how, n, told)]
    prefers, choices = _prefers(observed, seen.enabled, crew)
    pool = Pool(_joined(observed, crew), crew.servers, _named(seen.hours[crew.stages[0]]), prefers)
    return pool, [
        Origin(f"pools.{pool.name}.servers", crew.how, n, told),
        Origin(f"pools.{pool.name}.prefers", "derived" if choices else "assumed", choices),
    ]


def _joined(observed: Observed, crew: Crew) -> str:
    """The stages of a pool by name, and its team where it has one."""
    shown, teams = zip(*(observed.of[stage] for stage in crew.stages), strict=True)
    whose = f" ({teams[0]})" if len(set(teams)) == 1 and teams[0] else ""
    names = dict.fromkeys(shown if whose else (observed.stages[stage] for stage in crew.stages))
    return " + ".join(names) + whose


def _unserved(observed: Observed, stage: int) -> tuple[Stage, list[Origin], bool]:
    """A stage at which nobody works, and whether its waits have no cause: outsiders', a release's, or neither."""
    name = observed.stages[stage]
    if observed.external[stage]:
        return Stage(name, fixed(0.0), external=True), [], False
    leaves = release(observed, stage)
    found = Stage(name, fixed(0.0), servers=1, batch=leaves.batch, cadence=leaves.cadence)
    if leaves.cadence or leaves.batch > 1:
        what = "cadence" if leaves.cadence else "batch"
        return found, [Origin(f"stages.{name}.{what}", "derived", leaves.n)], False
    return found, [], True


def _put(column: F64, rows: Bool, values: F64) -> None:
    column[rows] = values[rows]


def _prefers(observed: Observed, enabled: F64, crew: Crew) -> tuple[str, int]:
    """Which stage's item the crew took when items of an earlier and of the last stage waited at the same time."""
    visits = observed.visits
    begun = np.isin(visits.stage, crew.stages) & np.isfinite(visits.started)
    stage, since, start = visits.stage[begun], enabled[begun], visits.started[begun]
    later = 0
    choices = 0
    last = max(crew.stages)
    for number in crew.stages:
        others = stage == (last if number != last else min(crew.stages))
        own = np.flatnonzero(stage == number)
        waiting = np.searchsorted(np.sort(since[others]), start[own], side="left") - np.searchsorted(
            np.sort(start[others]), start[own], side="right"
        )
        chosen = int((waiting > 0).sum())
        choices += chosen
        later += chosen if number == last else 0
    if choices < FEWEST_CHOICES:
        return "oldest", 0
    share = later / choices
    return ("last" if share >= LAST else "first" if share <= FIRST else "oldest"), choices
