"""By hand: the demo fitted, and its true levers' effects beside the intervals that the model gives.

    python tests/simulation_proof.py FIRST LAST RUNS

For each seed from FIRST to LAST the demo is fitted and each lever asked. What a lever truly does is the difference
between the demo's own simulation with the parameter changed and without, over RUNS other seeds. Prints how often the
true effect lay inside the interval, the mean of what was said, and whether the sign was right.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from unittest.mock import patch

import numpy as np

from valuestream import ValueStream
from valuestream.simulation.calibrate import calibrated, steady
from valuestream.simulation.fit import fit
from valuestream.simulation.scenario import scenario_of
from valuestream.simulation.simulator import Simulator
from valuestream.sources import demo_company as company
from valuestream.sources.demo import demo, demo_stream
from valuestream.sources.demo_truth import APPROVAL_DAYS, DEVELOPERS, RETURNS, SERVICE, TESTERS, Service
from valuestream.what_if import observed

WEEKS, PER_WEEK, DAY_S = 39, 2000 / 39, 86_400.0


class Daily(company.Company):
    """Releases on each working day at the same hour."""

    def run(self) -> None:
        for week in range(self.weeks):
            for day in (0, 1, 2, 4):
                self.at(week * company.WEEK + day * company.DAY + company.HOUR, self.release)
        super().run()


class Ungated(company.Company):
    """Papers need not be handed in by the Friday before."""

    def approve_next(self, now: int) -> None:
        if not (self.approval and self.manager_idle and now % company.WEEK // company.DAY in APPROVAL_DAYS):
            return
        item, self.manager_idle = self.approval.popleft(), False
        self.book.assign(now, item, company.MANAGER, company.MANAGER)
        self.book.enter(now, item, "In approval", company.MANAGER)
        until = self.book.work(now, item, company.MANAGER, "Approval", self.hours("Approval"))
        self.at(until, partial(self.approved, item))


@contextmanager
def truth(**changed: object) -> Iterator[None]:
    """The demo's parameters, changed."""
    with patch.multiple(company, **changed) if changed else patch.object(company, "WEEK", company.WEEK):
        yield


def _more(people: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    return {team: (*names, f"one more in {team}") for team, names in people.items()}


_DEV = SERVICE["Development"]
_HALF = {**RETURNS, "Test": RETURNS["Test"] / 2}
LEVERS: dict[str, tuple[str, type[company.Company], dict[str, object]]] = {
    "returns of Test halved": (
        "Test.returns=-50%",
        company.Company,
        {"RETURNS": _HALF},
    ),
    "a tester more in each team": ("Test.servers=+1", company.Company, {"TESTERS": _more(TESTERS)}),
    "a developer more in each team": ("Development.servers=+1", company.Company, {"DEVELOPERS": _more(DEVELOPERS)}),
    "a fifth less development": (
        "Development.service=-20%",
        company.Company,
        {"SERVICE": {**SERVICE, "Development": Service(0.8 * _DEV.mean_h, _DEV.variation)}},
    ),
    "a release every day": ("Release.cadence=1 d", Daily, {}),
    "no papers by Friday": ("Approval.gate=none", Ungated, {}),
}


def mean_lead_s(seed: int, kind: type[company.Company]) -> float:
    """Mean lead time of one run of the demo's own simulation."""
    made = kind(np.random.default_rng(seed), WEEKS, PER_WEEK)
    made.run()
    return made.book.realised.mean_lead_s


def effects(runs: int) -> dict[str, tuple[float, float]]:
    """Of each lever: the true effect on the mean lead time, seconds, and its standard error."""
    base = np.array([mean_lead_s(1000 + k, company.Company) for k in range(runs)])
    found = {}
    for name, (_, kind, changed) in LEVERS.items():
        with truth(**changed):
            then = np.array([mean_lead_s(1000 + k, kind) for k in range(runs)])
        found[name] = float((then - base).mean()), float((then - base).std(ddof=1) / np.sqrt(runs))
    return found


def said(seed: int, tell: Callable[[str], None]) -> dict[str, tuple[float, float, float]]:
    """What the model fitted to that seed's log says of each lever: value, low, high."""
    with ValueStream(demo(seed), demo_stream()) as stream:
        fitted = calibrated(fit(observed(stream)))
    model = fitted.model()
    simulator = Simulator(model, steady(fitted, model), fitted)
    now, *then = simulator.compare([scenario_of([change], name) for name, (change, _, _) in LEVERS.items()])
    lead = now.figure("lead_mean_s")
    items = fitted.observed.items
    tell(f"{seed}: {lead.value / DAY_S:.2f} d simulated, {items.lead[items.done].mean() / DAY_S:.2f} d measured")  # type: ignore[operator]
    found = [columns.against(now, "lead_mean_s") for columns in then]
    return {name: (one.value, one.low, one.high) for name, one in zip(LEVERS, found, strict=True)}  # type: ignore[misc]


if __name__ == "__main__":
    first, last, count = (int(word) for word in sys.argv[1:4])
    true = effects(count)
    rows = [said(seed, print) for seed in range(first, last + 1)]
    for name, (effect, error) in true.items():
        inside = sum(low <= effect <= high for _, low, high in (row[name] for row in rows))
        values = np.array([row[name][0] for row in rows])
        print(
            f"{name}: true {effect / DAY_S:+.2f} d (se {error / DAY_S:.2f}), said {values.mean() / DAY_S:+.2f}, "
            f"inside {inside} of {len(rows)}, sign right {int((np.sign(values) == np.sign(effect)).sum())}"
        )
