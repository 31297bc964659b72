"""Many runs of one model, on all cores; what each came to, and what they say together.

A replication differs from the next only in its random numbers. Which core runs it changes nothing: row r of
every array is replication `first + r` of the seed.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import count
from threading import Event, Lock

import numpy as np

from valuestream.errors import ConfigError
from valuestream.simulation import plan as of
from valuestream.simulation.compile import compiled_plan
from valuestream.simulation.demand import Arrivals
from valuestream.simulation.duration import WEEK_S, fixed
from valuestream.simulation.engine import Length, fresh_state, run_once
from valuestream.simulation.kernel import Loop, compiled_loop, is_plain, loop_for
from valuestream.simulation.loop import run
from valuestream.simulation.model import Model, Stage
from valuestream.simulation.network import run_network, suits
from valuestream.simulation.outcome import Replications
from valuestream.simulation.plan import Plan, State
from valuestream.simulation.routing import visits_per_item, warnings

Progress = Callable[[int, int], None]


def simulate(
    model: Model,
    *,
    length: Length | None = None,
    replications: int = 30,
    seed: int = 1,
    first: int = 0,
    workers: int | None = None,
    progress: Progress | None = None,
    stop: Event | None = None,
) -> Replications:
    """Run the model `replications` times.

    length     how long each run is; None: a thousand items without warm-up
    first      number of the first replication: 0..99 and then 100..199 are 200 independent ones
    workers    threads; None: one a core
    progress   told (thousandths done, thousandths in all), from any thread
    stop       set it and Interrupted is raised within some 50 ms

    ConfigError with the place for a model that cannot be run. Loads of 1 and above run: `notes` names the stage.
    """
    length = length or Length()
    length.check()
    if replications < 1:
        raise ConfigError(f"{replications} replications are none.", "Give at least 1.")
    plan = compiled_plan(model)
    loop = loop_for(run_network if suits(plan, logged=False) else run, expected_events(model, length) * replications)
    crew = _Crew(loop, plan, length, seed, first, replications, progress, stop or Event())
    crew.work(1 if is_plain(loop) else min(replications, workers or os.cpu_count() or 1))
    return Replications(
        model=model,
        length=length,
        seed=seed,
        notes=(*warnings(model), *crew.notes()),
        span_s=crew.span_s,
        stages=crew.stages,
        whole=crew.whole,
        by_type=crew.by_type,
        sketch=crew.sketch,
    )


def expected_events(model: Model, length: Length) -> float:
    """About how many events one run has; decides whether compiling pays."""
    visits = float(visits_per_item(model).sum())
    items = float(length.items or np.inf) + length.warm_up
    if length.horizon_s:
        items = min(items, len(model.arrivals.at) or model.per_week * length.horizon_s / WEEK_S)
    return items * (1 + visits)


def warm() -> None:
    """Have the loops compiled, or loaded where they are kept: seconds that nobody then waits for."""
    model = Model("warm", Arrivals(per_week=1.0), (Stage("A", fixed(1.0), servers=1),))
    plan = compiled_plan(model)
    for loop in (run, run_network):
        run_once(compiled_loop(loop), plan, fresh_state(plan), Length(1), seed=1, replication=0)


@dataclass
class _Crew:
    """Threads that take replication after replication; each keeps its arrays from one to the next."""

    loop: Loop
    plan: Plan
    length: Length
    seed: int
    first: int
    replications: int
    progress: Progress | None
    stop: Event

    def __post_init__(self) -> None:
        stages, kinds = len(self.plan.stage), len(self.plan.kind)
        self.span_s = np.zeros(self.replications)
        self.stages = np.zeros((self.replications, stages), of.HERE)
        self.whole = np.zeros(self.replications, of.FACTS)
        self.by_type = np.zeros((self.replications, kinds), of.TALLY)
        self.sketch = np.zeros((self.replications, of.SKETCH_BINS), np.int32)
        self.left_over = np.zeros(self.replications, np.int64)
        self._next = count()
        self._lock = Lock()
        self._shares: dict[int, float] = {}
        self._done = 0

    def work(self, workers: int) -> None:
        if workers == 1:
            self._take()
            return
        failed = Event()
        with ThreadPoolExecutor(workers) as threads:
            jobs = [threads.submit(self._take, failed) for _ in range(workers)]
            try:
                for job in jobs:
                    job.result()
            except BaseException:
                failed.set()  # the other threads need not go on
                self.stop.set()
                raise

    def _take(self, failed: Event | None = None) -> None:
        state = fresh_state(self.plan)
        for row in self._next:
            if row >= self.replications or (failed and failed.is_set()):
                return
            state = run_once(
                self.loop,
                self.plan,
                state,
                self.length,
                seed=self.seed,
                replication=self.first + row,
                stop=self.stop,
                progress=partial(self._tell, row) if self.progress else None,
            )
            self._keep(row, state)

    def _keep(self, row: int, state: State) -> None:
        facts = state.facts[0]
        self.span_s[row] = facts.now - facts.cut_at
        self.stages[row] = state.here
        self.whole[row] = facts
        self.by_type[row] = state.kinds
        self.sketch[row] = state.sketch
        if facts.heap == 0:
            self.left_over[row] = facts.used
        if self.progress:
            self._tell(row, 1.0)

    def _tell(self, row: int, share: float) -> None:
        with self._lock:
            self._shares[row] = share
            if share >= 1.0:
                self._done += 1
                del self._shares[row]
            done = 1000 * (self._done + sum(self._shares.values()))
            if self.progress:
                self.progress(min(int(done), 1000 * self.replications), 1000 * self.replications)

    def notes(self) -> list[str]:
        """What happened that a reader must know."""
        stuck = int((self.left_over > 0).sum())
        if not stuck:
            return []
        return [f"{stuck} of {self.replications} runs ended with items that wait for a batch that never fills."]
