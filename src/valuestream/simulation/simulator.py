"""A model ready to be asked: fitted to a log and checked against it, or written by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from threading import Event
from typing import Any

from valuestream.simulation.calibrate import calibrated, filled, shortened, steady
from valuestream.simulation.check import check
from valuestream.simulation.duration import DAY_S
from valuestream.simulation.engine import Length
from valuestream.simulation.fit import Fit, fit
from valuestream.simulation.levers import Constraint, Gain, capacity, constraint, levers, ranked, unbatched
from valuestream.simulation.model import Model
from valuestream.simulation.observed import Observed
from valuestream.simulation.outcome import estimate
from valuestream.simulation.replicate import expected_events, simulate
from valuestream.simulation.runs import Columns, Interval, Progress, side_by_side
from valuestream.simulation.scenario import Scenario
from valuestream.simulation.trust import Trust, trust

REFITS, RUNS_EACH = 20, 2
REPLICATIONS = 30
QUICK = 4
QUICK_EVENTS = 300_000
"""Of all its runs together: some 60 ms of one core."""
ITEMS = 2_000
PILOT = 400


@dataclass(frozen=True)
class Ranking:
    """Which change pays most: the levers, the lead time with all batches of one, and the constraint."""

    now: Columns
    gains: tuple[Gain, ...]
    unbatched: Interval | None
    constraint: Constraint | None


@dataclass(frozen=True)
class Simulator:
    """A model, and where it was fitted the measured log and how far it may be trusted.

    length   how long each run is
    seed     of all random numbers; the same seed gives the same answer
    about    what a document says of the log first: stream, window, filters, zone; None without a log
    """

    model: Model
    length: Length
    fitted: Fit | None = None
    trust: Trust | None = None
    seed: int = 1
    about: Mapping[str, Any] | None = None

    @cached_property
    def refits(self) -> list[Model]:
        """The models of resampled logs; empty without a log."""
        return (
            []
            if self.fitted is None
            else [self.fitted.ahead(self.fitted.resampled(self.seed, k)) for k in range(REFITS)]
        )

    def compare(
        self,
        scenarios: Sequence[Scenario],
        *,
        quick: bool = False,
        progress: Progress | None = None,
        stop: Event | None = None,
    ) -> list[Columns]:
        """The model as it is, then under each scenario.

        quick   a few short runs of the one model, within a tenth of a second: intervals are wide, and hold chance
                only, not what the log leaves open
        """
        changes = [one.applied for one in scenarios]
        for change in changes:
            change(self.model)  # an error names its place before anything is run
        if quick:
            return [self._quick_now, *self._quickly(changes)]
        return side_by_side(
            self.refits if self.fitted else [self.model],
            [_as_it_is, *changes],
            length=self.length,
            replications=RUNS_EACH if self.fitted else REPLICATIONS,
            refitted=bool(self.fitted),
            seed=self.seed,
            progress=progress,
            stop=stop,
        )

    @cached_property
    def quick_length(self) -> Length:
        """How long each of the few runs of a quick answer is."""
        events = QUICK * expected_events(self.model, self.length)
        return shortened(self.length, QUICK_EVENTS / max(1.0, events))

    @cached_property
    def _quick_now(self) -> Columns:
        """The same under every scenario, so run once."""
        [now] = self._quickly([_as_it_is])
        return now

    def _quickly(self, changes: Sequence[Callable[[Model], Model]]) -> list[Columns]:
        if not changes:
            return []
        return side_by_side(
            [self.model], changes, length=self.quick_length, replications=QUICK, refitted=False, seed=self.seed
        )

    def rank(self, *, progress: Progress | None = None, stop: Event | None = None) -> Ranking:
        """Every standard relief, and whether the constraint is one. Whether to show it is `trust`'s say."""
        pilot = float(estimate(simulate(self.model, length=self.length, replications=2, seed=self.seed).lead()).mean)
        found = levers(self.model, lead_s=pilot)
        more = capacity(self.model)
        alone = unbatched(self.model)
        scenarios = [*(one.scenario for one in found), *more.values(), *([alone] if alone else [])]
        now, *then = self.compare(scenarios, progress=progress, stop=stop)
        n = len(found)
        limits = dict(zip(more, then[n : n + len(more)], strict=True))
        return Ranking(
            now,
            tuple(ranked(found, now, then[:n])),
            then[-1].figure("lead_mean_s") if alone else None,
            constraint(self.model, now, limits),
        )


def _as_it_is(model: Model) -> Model:
    return model


def from_log(
    observed: Observed, *, seed: int = 1, progress: Progress | None = None, stop: Event | None = None
) -> Simulator:
    """A simulator fitted to a log, calibrated and checked. ConfigError with the place for what cannot be fitted."""
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        if progress:
            progress(done, 4)

    fitted = calibrated(fit(observed), seed=seed, stop=stop)
    step()
    found = trust(fitted, seed=seed, stop=stop, step=step)
    model = fitted.model()
    return Simulator(fitted.ahead(model), steady(fitted, model), fitted, found, seed)


def by_hand(model: Model, *, seed: int = 1, items: int = ITEMS) -> Simulator:
    """A simulator of a model that nobody measured: intervals are those of chance alone."""
    check(model)
    if model.arrivals.at:
        return Simulator(model, Length(None, horizon_s=model.arrivals.at[-1] + 365 * DAY_S), seed=seed)
    pilot = simulate(model, length=Length(PILOT), replications=2, seed=seed)
    usual, tail = (pilot.lead_percentile_pooled(share) for share in (0.85, 0.99))
    return Simulator(model, filled(model, usual, tail, items=items), seed=seed)
