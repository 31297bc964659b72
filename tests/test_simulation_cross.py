"""The engine against two others, SimPy and Ciw, on five networks drawn at random: lead times from an empty start."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from simulation_samples import poisson
from valuestream.simulation.duration import Duration, exponential, fixed, gamma, lognormal
from valuestream.simulation.engine import Length
from valuestream.simulation.model import Model, Route, Stage
from valuestream.simulation.outcome import Estimate, estimate
from valuestream.simulation.replicate import simulate
from valuestream.simulation.routing import loads, visits_per_item

pytestmark = pytest.mark.xdist_group("simulation")  # the loop is compiled once

HORIZON_S = 250.0
OTHERS = 30
NETWORKS = [11, 12, 13, 14, 15]


def network(seed: int) -> Model:
    """Three or four stages of one to three servers, mixed service times, returns, loads up to .9; an item a second."""
    rng = random.Random(seed)
    names = ["A", "B", "C", "D"][: rng.choice((3, 4))]
    routes = [Route(names[k], names[rng.randrange(k)], round(rng.uniform(0.1, 0.3), 2)) for k in (1, len(names) - 1)]
    servers = [rng.choice((1, 2, 3)) for _ in names]
    bare = Model("m", poisson(1.0), tuple(Stage(name, fixed(1.0), servers=1) for name in names), tuple(routes))
    stages = []
    for name, visits, c in zip(names, visits_per_item(bare), servers, strict=True):
        mean = rng.uniform(0.5, 0.9) * c / float(visits)
        service = rng.choice((exponential(mean), fixed(mean), lognormal(mean, 1.2), gamma(mean, 0.6)))
        stages.append(Stage(name, service, servers=c))
    return Model(f"network {seed}", poisson(1.0), tuple(stages), tuple(routes))


def sampler(duration: Duration, rng: random.Random) -> Callable[[], float]:
    """The same law, drawn by the standard library."""
    mean, square = duration.mean, duration.cv**2
    if duration.kind == "exponential":
        return lambda: rng.expovariate(1 / mean)
    if duration.kind == "lognormal":
        sigma = math.sqrt(math.log(1 + square))
        return lambda: rng.lognormvariate(math.log(mean) - sigma**2 / 2, sigma)
    if duration.kind == "gamma":
        return lambda: rng.gammavariate(1 / square, mean * square)
    return lambda: mean


def by_simpy(model: Model, seed: int) -> float:
    simpy = pytest.importorskip("simpy")  # until it is a development dependency
    env, rng = simpy.Environment(), random.Random(seed)
    names = [stage.name for stage in model.stages]
    desks = [simpy.Resource(env, capacity=stage.servers) for stage in model.stages]
    draws = [sampler(stage.service, rng) for stage in model.stages]
    leads: list[float] = []

    def item() -> Any:
        begin, k = env.now, 0
        while k < len(names):
            with desks[k].request() as turn:
                yield turn
                yield env.timeout(draws[k]())
            u, after = rng.random(), k + 1
            for route in (one for one in model.routes if one.after == names[k]):
                u -= route.chances[0]
                if u < 0:
                    after = names.index(route.to)
                    break
            k = after
        leads.append(env.now - begin)

    def source() -> Any:
        while True:
            yield env.timeout(rng.expovariate(1.0))
            env.process(item())

    env.process(source())
    env.run(until=HORIZON_S)
    return sum(leads) / len(leads)


def by_ciw(model: Model, seed: int) -> float:
    ciw = pytest.importorskip("ciw")  # until it is a development dependency
    rng = random.Random(seed)

    class Drawn(ciw.dists.Distribution):  # type: ignore[misc]
        def __init__(self, duration: Duration) -> None:
            self.sampler = sampler(duration, rng)

        def sample(self, t: float | None = None, ind: object = None) -> float:
            return self.sampler()

    names = [stage.name for stage in model.stages]
    ways = [[0.0] * len(names) for _ in names]
    for k in range(len(names) - 1):
        ways[k][k + 1] = 1.0
    for route in model.routes:
        k = names.index(route.after)
        ways[k][names.index(route.to)] += route.chances[0]
        if k + 1 < len(names):
            ways[k][k + 1] -= route.chances[0]
    built = ciw.create_network(
        arrival_distributions=[Drawn(exponential(1.0)), *(None for _ in names[1:])],
        service_distributions=[Drawn(stage.service) for stage in model.stages],
        routing=ways,
        number_of_servers=[stage.servers for stage in model.stages],
    )
    ciw.seed(seed)
    run = ciw.Simulation(built)
    run.simulate_until_max_time(HORIZON_S)
    spans = [
        (min(one.arrival_date for one in person.data_records), max(one.exit_date for one in person.data_records))
        for person in run.nodes[-1].all_individuals
    ]
    return sum(end - begin for begin, end in spans) / len(spans)


def ours(model: Model) -> Estimate:
    return estimate(simulate(model, length=Length(None, horizon_s=HORIZON_S), replications=1_000).lead())


@pytest.mark.parametrize("other", [by_simpy, by_ciw], ids=["SimPy", "Ciw"])
@pytest.mark.parametrize("seed", NETWORKS)
def test_another_engine_finds_the_same_lead_time(
    seed: int, other: Callable[[Model, int], float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VSM_KERNELS", "compiled")
    model = network(seed)
    assert max(loads(model).values()) < 0.91
    theirs = estimate(np.array([other(model, k) for k in range(OTHERS)]))
    mine = ours(model)
    assert theirs.se is not None
    assert mine.se is not None
    assert abs(theirs.mean - mine.mean) < 4 * math.hypot(theirs.se, mine.se)
    assert 4 * theirs.se < 0.4 * theirs.mean
