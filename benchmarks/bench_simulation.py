"""The simulator against SimPy and Ciw: items per second on one network; a thousand replications; a quick answer.

python benchmarks/bench_simulation.py

The network: Dev (4 servers, 2.1 s), Test (2, 1.0 s, 30 % back to Dev), Deploy (2, 1.6 s), one item a second,
everything exponential. SimPy and Ciw must be installed. All three answer lead times and the waits of each stage.

Ours runs replications on all cores, as it always does; SimPy and Ciw have one thread. Seconds are CPU seconds, so that
other work on the machine changes little; ours count by the number of cores. The ratio on one core is a claim too.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

from measure import Claim, Took, answer_job, measured, report

LEAST_OF_SIMPY, LEAST_OF_CIW = 100.0, 200.0
MOST_CPU_S = 2.0
"""Of a thousand replications of a thousand items: a second on two cores."""

QUICK_S = 0.12
"""Of a quick answer about a help desk with 1,700 tickets a week, some of which take months."""

STAGES = ((4, 2.1), (2, 1.0), (2, 1.6))


def _model() -> Any:
    from valuestream.simulation.demand import Arrivals
    from valuestream.simulation.duration import WEEK_S, exponential
    from valuestream.simulation.model import Model, Route, Stage

    names = ("Dev", "Test", "Deploy")
    stages = tuple(Stage(name, exponential(mean), servers=c) for name, (c, mean) in zip(names, STAGES, strict=True))
    return Model("tandem", Arrivals(per_week=WEEK_S), stages, (Route("Test", "Dev", 0.3),))


def ours(items: str) -> Callable[[], Any]:
    """valuestream, compiled before; the answer is the mean lead time."""
    return _simulated(int(items), 1)


def replications(count: str) -> Callable[[], Any]:
    """valuestream: that many replications of a thousand items; the answer is the mean lead time and wall seconds."""
    return _simulated(1_000, int(count))


def _simulated(items: int, count: int) -> Callable[[], Any]:
    from valuestream.simulation.engine import Length
    from valuestream.simulation.replicate import simulate

    os.environ["VSM_KERNELS"] = "compiled"
    model = _model()
    simulate(model, length=Length(100), replications=2)

    def job() -> tuple[float, float]:
        begin = time.perf_counter()
        found = simulate(model, length=Length(items), replications=count)
        return float(found.lead().mean()), time.perf_counter() - begin

    return job


def quick(weeks: str) -> Callable[[], Any]:
    """The quick answer to five sliders, one after the other, of a model fitted to so many weeks of a help desk's log.

    The answer is how far the first slider's CPU seconds were above the others' mean, and the wall seconds of one.
    """
    from valuestream import ValueStream
    from valuestream.simulation.answer import recorded, stream_of, to_log
    from valuestream.simulation.calibrate import steady
    from valuestream.simulation.demand import Arrivals
    from valuestream.simulation.duration import DAY_S, HOUR_S, WEEK_S, lognormal
    from valuestream.simulation.engine import Length
    from valuestream.simulation.fit import fit
    from valuestream.simulation.model import Model, Route, Stage
    from valuestream.simulation.scenario import scenario_of
    from valuestream.simulation.simulator import Simulator
    from valuestream.what_if import observed, simulation_document

    os.environ["VSM_KERNELS"] = "compiled"
    desk = Model(
        "help desk",
        Arrivals(per_week=1_700.0),
        (
            Stage("Active", lognormal(DAY_S, 2.0), servers=350),
            Stage("User", lognormal(6 * DAY_S, 2.0), external=True),
            Stage("Vendor", lognormal(12 * DAY_S, 2.0), external=True),
            Stage("Check", lognormal(HOUR_S, 1.0), servers=40),
        ),
        (
            Route("Active", "Check", 0.7),
            Route("Active", "Vendor", 0.05),
            Route("User", "Active", 0.9),
            Route("Vendor", "Active", 0.9),
        ),
    )
    with ValueStream(
        to_log(recorded(desk, length=Length(None, horizon_s=int(weeks) * WEEK_S))), stream_of(desk)
    ) as log:
        fitted = fit(observed(log))
    model = fitted.model()
    simulator = Simulator(model, steady(fitted, model), fitted)
    simulator.compare([], quick=True)  # as the page does once the model is fitted

    def job() -> tuple[float, float]:
        spent = []
        for k in range(5):
            begin, cpu = time.perf_counter(), time.process_time()
            simulation_document(simulator, (scenario_of([f"User.service=-{10 + k}%"]),), quick=True)
            spent.append((time.process_time() - cpu, time.perf_counter() - begin))
        return spent[0][0] - sum(one for one, _ in spent[1:]) / 4, sum(wall for _, wall in spent) / 5

    return job


def simpy_run(items: str) -> Callable[[], Any]:
    """SimPy: a process an item, a resource a stage."""
    import simpy

    def job() -> float:
        env, rng = simpy.Environment(), random.Random(1)
        desks = [(simpy.Resource(env, capacity=c), 1 / mean) for c, mean in STAGES]
        leads: list[float] = []
        waits: list[list[float]] = [[], [], []]
        done = env.event()

        def item() -> Any:
            begin, k = env.now, 0
            while k < 3:
                desk, rate = desks[k]
                came = env.now
                with desk.request() as turn:
                    yield turn
                    waits[k].append(env.now - came)
                    yield env.timeout(rng.expovariate(rate))
                k = 0 if k == 1 and rng.random() < 0.3 else k + 1
            leads.append(env.now - begin)
            if len(leads) == int(items):
                done.succeed()

        def source() -> Any:
            while True:
                yield env.timeout(rng.expovariate(1.0))
                env.process(item())

        env.process(source())
        env.run(until=done)
        return sum(leads) / len(leads)

    return job


def ciw_run(items: str) -> Callable[[], Any]:
    """Ciw: a network object; lead times from its records."""
    import ciw

    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(1.0), None, None],
        service_distributions=[ciw.dists.Exponential(1 / mean) for _, mean in STAGES],
        routing=[[0.0, 1.0, 0.0], [0.3, 0.0, 0.7], [0.0, 0.0, 0.0]],
        number_of_servers=[c for c, _ in STAGES],
    )

    def job() -> float:
        ciw.seed(1)
        run = ciw.Simulation(network)
        run.simulate_until_max_customers(int(items), method="Finish")
        records = [one.data_records for one in run.nodes[-1].all_individuals]
        leads = [max(r.exit_date for r in rows) - min(r.arrival_date for r in rows) for rows in records]
        return sum(leads) / len(leads)

    return job


JOBS = {"ours": ours, "replications": replications, "quick": quick, "simpy": simpy_run, "ciw": ciw_run}


def claims(items: int, repeat: int) -> list[Claim]:
    """Items per second of the three, each in a process of its own; the others do a twentieth of `items`."""
    measured(__file__, "ours", 100)
    few = max(2_000, items // 20)
    found = {"ours": (items, measured(__file__, "ours", items, repeat=repeat))}
    for other in ("simpy", "ciw"):
        if find_spec(other):
            found[other] = (few, measured(__file__, other, few, repeat=repeat))
        else:
            print(f"{other} is not installed: nothing to compare with", file=sys.stderr)
    rates = {name: done / took.cpu_s for name, (done, took) in found.items()}
    many = measured(__file__, "replications", 1_000, repeat=repeat)
    for name, (_, took) in found.items():
        print(f"{name}: {rates[name]:,.0f} items per CPU s, mean lead time {_lead(took):.2f} s", file=sys.stderr)
    cores = os.cpu_count() or 1
    told = {name: f"{rate:,.0f} items/s" for name, rate in rates.items()}
    lines = []
    for other, called, least in (("simpy", "SimPy", LEAST_OF_SIMPY), ("ciw", "Ciw", LEAST_OF_CIW)):
        if other not in rates:
            continue
        ratio = rates["ours"] / rates[other]
        theirs, ours, text = told[other], told["ours"], f"simulation against {called}"
        lines.append(Claim(f"{text}, one core", ratio, least, "x", ours, theirs, True))
        lines.append(Claim(f"{text}, {cores} cores", ratio * cores, least, "x", ours, theirs, True))
    wall = f"{many.answer[1]:.1f} s on {cores} cores"
    return [
        *lines,
        Claim("1,000 replications of 1,000 items", many.cpu_s, MOST_CPU_S, "CPU s", wall, ""),
        Claim("quick answer of a help desk's what-if", _quick(repeat), QUICK_S, "CPU s", "", ""),
        Claim("memory of 50 times the items", _more_memory(items), 1.1, "x", "", ""),
    ]


def _quick(repeat: int) -> float:
    """CPU seconds of one of five quick answers, on whichever cores: on one quiet core it takes as long."""
    found = measured(__file__, "quick", 40, repeat=repeat)
    first, wall = found.answer
    print(f"quick answer: {found.cpu_s / 5:.3f} CPU s, {wall:.3f} s; the first {first:+.3f} CPU s", file=sys.stderr)
    return found.cpu_s / 5


def _lead(took: Took) -> float:
    return float(took.answer[0] if isinstance(took.answer, list) else took.answer)


def _more_memory(items: int) -> float:
    """Peak of a run against that of a fiftieth of it."""
    return measured(__file__, "ours", items).peak_mb / measured(__file__, "ours", items // 50).peak_mb


if __name__ == "__main__":
    if not answer_job(JOBS):
        parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
        parser.add_argument("--items", type=int, default=1_000_000)
        parser.add_argument("--repeat", type=int, default=3)
        chosen = parser.parse_args()
        sys.exit(report(claims(chosen.items, chosen.repeat)))
