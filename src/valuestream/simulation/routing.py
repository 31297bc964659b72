"""Where items go: routes as chances, how often an item visits a stage, and the load that makes of it."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from valuestream.simulation.duration import WEEK_S
from valuestream.simulation.model import START, Model
from valuestream.simulation.plan import F64
from valuestream.stream import CANCELLED, DONE

WALKS = 20_000
"""Simulated journeys where chances depend on the pass and no formula counts the visits."""


def chances(model: Model) -> F64:
    """The chance of each move: float64[passes, S + 1, S + 2].

    Rows are the stages left and then "(start)"; columns the stages entered, then "(done)" and "(cancelled)". Passes
    beyond the last are like the last. A removed stage is passed through: what came to it goes where it would have
    passed it on, returns left out.
    """
    stages = len(model.stages)
    names = {stage.name: k for k, stage in enumerate(model.stages)}
    rows, columns = names | {START: stages}, names | {DONE: stages, CANCELLED: stages + 1}
    passes = max([len(route.chances) for route in model.routes], default=1)
    found = np.zeros((passes, stages + 1, stages + 2))
    for route in model.routes:
        for k in range(passes):
            found[k, rows[route.after], columns[route.to]] += route.chances[min(k, len(route.chances) - 1)]
    for row in range(stages + 1):
        following = 0 if row == stages else row + 1
        found[:, row, following] += np.maximum(0.0, 1.0 - found[:, row].sum(axis=1))
    found /= found.sum(axis=2, keepdims=True)
    for number in reversed([k for k, stage in enumerate(model.stages) if stage.removed]):
        _pass_through(found, number)
    return found


def _pass_through(found: F64, number: int) -> None:
    onward = found[0, number].copy()
    onward[: number + 1] = 0.0
    if not onward.sum():
        onward[number + 1] = 1.0
    for k in range(len(found)):
        inward = found[k, :, number].copy()
        found[k, :, number] = 0.0
        found[k] += np.outer(inward, onward / onward.sum())


def reachable(model: Model) -> list[bool]:
    """Whether items ever come to each stage."""
    stages = len(model.stages)
    moves = np.asarray(chances(model).max(axis=0)[:, :stages] > 0, np.bool_)
    seen = moves[stages]
    for _ in model.stages:
        seen = seen | moves[:-1][seen].any(axis=0)
    return [bool(one) for one in seen]


def endless(model: Model) -> list[int]:
    """The stages that items come to and cannot leave the stream from any more, by the chances of late passes."""
    stages = len(model.stages)
    moves = np.asarray(chances(model)[-1, :stages] > 0, np.bool_)
    out = np.asarray(moves[:, stages:].any(axis=1))
    for _ in model.stages:
        out = out | np.asarray((moves[:, :stages] & out).any(axis=1))
    return [k for k, comes in enumerate(reachable(model)) if comes and not out[k]]


def visits_per_item(model: Model) -> F64:
    """How often an item visits each stage on average: float64[S].

    The traffic equations; where chances depend on the pass, the mean of simulated journeys with a fixed seed.
    """
    found = chances(model)
    stages = len(model.stages)
    if len(found) == 1:
        return np.linalg.solve(np.eye(stages) - found[0, :stages, :stages].T, found[0, -1, :stages]).astype(np.float64)
    visits: F64 = _walked(found)[0]
    return visits


def _walked(found: F64) -> F64:
    """Visits, and the share of items that come at all, of simulated journeys: float64[2, S]."""
    return np.frombuffer(_walks(found.tobytes(), found.shape)).reshape(2, -1)


@lru_cache(maxsize=256)
def _walks(chances_: bytes, shape: tuple[int, ...]) -> bytes:
    """Kept, since most changes of a model leave its routes as they are."""
    found = np.frombuffer(chances_).reshape(shape)
    stages = shape[1] - 1
    rng = np.random.default_rng(0)
    cumulated = found.cumsum(axis=2)
    passes = np.zeros((WALKS, stages), np.int64)
    walker = np.arange(WALKS)
    here = np.full(WALKS, stages)
    while len(walker):
        turn = np.minimum(passes[walker, np.minimum(here, stages - 1)], len(found)) - 1
        turn[here == stages] = 0
        here = (rng.random(len(walker))[:, None] > cumulated[turn, here]).sum(axis=1)
        walker, here = walker[here < stages], here[here < stages]
        passes[walker, here] += 1
        if passes.max() > 10_000:
            break
    return bytes(np.array([passes.mean(axis=0), (passes > 0).mean(axis=0)], np.float64).tobytes())


def loads(model: Model) -> dict[str, float]:
    """The share of its servers' working time that each pool, or stage with servers of its own, is asked for.

    1 and above: the queue grows without end. External stages have none. Days off count.
    """
    rate = model.per_week
    work = sum(kind.share * kind.work for kind in model.arrivals.kinds)
    asked: dict[str, float] = {}
    for stage, times, first in zip(model.stages, visits_per_item(model), _first_visits(model), strict=True):
        if stage.removed or stage.external:
            continue
        of = stage.pool if stage.pool is not None else stage.name
        seconds = rate * work * stage.service.expected * (first + (times - first) * stage.rework)
        asked[of] = asked.get(of, 0.0) + float(seconds)
    for pool in model.pools:
        if pool.background and pool.name in asked:
            asked[pool.name] += pool.background.per_week * pool.background.service.expected
    return {name: seconds / _offered(model, name) for name, seconds in asked.items()}


def _first_visits(model: Model) -> F64:
    """The share of items that come to each stage at all: float64[S]."""
    found = chances(model)
    stages = len(model.stages)
    if len(found) > 1:
        came: F64 = _walked(found)[1]
        return came
    if all(stage.rework == 1.0 for stage in model.stages):
        visits = visits_per_item(model)
        share: F64 = np.minimum(visits, 1.0)
        return share
    reach = np.zeros(stages)
    for s in range(stages):
        moves = found[0, :stages, :stages].copy()
        moves[s] = 0.0
        reach[s] = np.linalg.solve(np.eye(stages) - moves.T, found[0, -1, :stages])[s]
    return reach


def _offered(model: Model, name: str) -> float:
    """Working seconds a week of a pool, or of a stage's own servers."""
    servers, calendar = next(
        ((pool.servers, pool.calendar) for pool in model.pools if pool.name == name),
        None,
    ) or next((stage.servers or 0, stage.calendar) for stage in model.stages if stage.name == name)
    hours = model.calendar(calendar)
    return servers * (hours.per_week if hours else WEEK_S)


def warnings(model: Model) -> list[str]:
    """What a reader of the answer must know: loads of 1 and above, in sentences."""
    pools = {pool.name for pool in model.pools}
    return [
        f"{'The pool' if name in pools else 'The stage'} {name!r} is asked for {load:.0%} of its capacity: "
        "its queue grows without end, so every figure holds for the simulated time only."
        for name, load in loads(model).items()
        if load >= 1.0 - 1e-9
    ]
