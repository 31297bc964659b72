"""Extracts: what was opened in some months, with its history until the last of it was closed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from conftest import SHARED
from test_simulation_fit import of
from valuestream import Stage as Mapped
from valuestream import Stream, ValueStream, read
from valuestream.simulation.calibrate import calibrated
from valuestream.simulation.demand import Arrivals
from valuestream.simulation.duration import DAY_S, HOUR_S, WEEK_S, exponential, lognormal
from valuestream.simulation.fit import Fit, fit
from valuestream.simulation.fit_service import stays
from valuestream.simulation.fit_stretch import stretch
from valuestream.simulation.fit_waits import release
from valuestream.simulation.model import Model, Stage
from valuestream.simulation.observed import Observed
from valuestream.simulation.trust import trust
from valuestream.what_if import observed

pytestmark = pytest.mark.xdist_group("simulation")  # the loop is compiled once

SLOW = Model(
    "slow",
    Arrivals(per_week=100.0),
    (Stage("Dev", exponential(2 * HOUR_S), servers=2), Stage("Vendor", lognormal(20 * DAY_S, 1.5), external=True)),
)


@pytest.fixture(scope="module")
def whole() -> Observed:
    """A year of it."""
    return of(SLOW, items=5000, seed=5).observed


def extract(log: Observed, *, weeks: int) -> Observed:
    """What came in the first weeks, until the last of it was finished; as if nothing else had ever been."""
    early = log.items.committed < weeks * WEEK_S
    items = log.items.where(early)
    visits = log.visits.where(np.isin(log.visits.item, items.item))
    return replace(log, items=items, visits=visits, end=float(np.nanmax(items.finished)) + 1.0, unsplit=None)


def test_the_tail_of_an_extract_is_no_time_in_which_items_come(whole: Observed) -> None:
    assert stretch(whole).whole
    part = extract(whole, weeks=14)
    found = stretch(part)
    assert part.end > 20 * WEEK_S
    assert found.begin == part.begin
    assert found.end == pytest.approx(14 * WEEK_S, abs=DAY_S + 1)
    model = fit(part).model()
    assert model.arrivals.per_week == pytest.approx(100, rel=4 / np.sqrt(1400))
    assert any("Items come as usual in 14.0" in note for note in fit(part).notes)


def test_a_model_of_an_extract_agrees_with_it_and_with_what_it_has_not_seen(whole: Observed) -> None:
    found = trust(calibrated(fit(extract(whole, weeks=20))))
    assert found.now.off == pytest.approx(0.0, abs=0.15)
    assert found.held_out is not None
    assert found.held_out.by_chance or abs(found.held_out.off or 1.0) <= 0.15


def test_few_quiet_weeks_at_the_end_are_no_tail(whole: Observed) -> None:
    short = replace(whole, end=float(whole.items.committed.max()) + 2 * WEEK_S)
    assert stretch(short).whole


def test_many_departures_close_together_are_no_batches() -> None:
    """Four an hour's twelfth leave by chance alone; leaving in fours, half as often, is another thing."""
    fast = Model("f", Arrivals(per_week=8000.0), (Stage("A", exponential(60.0), servers=9),))
    seen: Fit = of(fast, items=3000)
    assert release(seen.observed, 0).batch == 1
    batched = Model("b", Arrivals(per_week=400.0), (Stage("A", exponential(60.0), servers=9, batch=4),))
    assert release(of(batched, items=1200).observed, 0).batch == 4


@pytest.mark.skipif(not SHARED.is_dir(), reason="the reference data is not here")
def test_the_incidents_are_compared_where_they_come_as_usual_and_are_not_ranked() -> None:
    """Opened from March to May 2016, closed until February 2017: 4.4 days, half of them in states nobody works in."""
    log = read(SHARED / "data" / "incidents" / "incident_status.csv.gz")
    stages = (
        Mapped("Triage", queue=("New",)),
        Mapped("Diagnose", work=("Active",)),
        Mapped("User", external=("Awaiting User Info",)),
        Mapped("Evidence", external=("Awaiting Evidence",)),
        Mapped("Problem", external=("Awaiting Problem",)),
        Mapped("Vendor", external=("Awaiting Vendor",)),
    )
    stream = Stream("ticket to resolution", stages, done=("Resolved",), ignore=("Closed",))
    with ValueStream(log, stream, unmapped="exclude") as asked:
        seen = observed(asked)
    assert stretch(seen).weeks == pytest.approx(13.3, abs=0.2)
    found = trust(calibrated(fit(seen)))
    assert found.now.off == pytest.approx(0.0, abs=0.1)
    assert found.held_out is not None
    assert abs(found.held_out.off or 1.0) < 0.5  # -71 % when the tail was taken for a time like any other
    assert not found.ranks
    assert any("no cause that a model could change, most of it at Triage." in doubt for doubt in found.doubts)


def test_stays_that_go_on_count_as_far_as_they_went() -> None:
    """Two ended after 1 and 3; one has lasted 2 by now: a half of what survived 1 ends at 3, the rest is 3 at least."""
    found = stays(np.array([1.0, 3.0]), np.array([2.0]), 3)
    assert found.expected == pytest.approx(1 / 3 + 2 / 3 * 3)
    assert stays(np.array([1.0, 3.0]), np.array([])).expected == 2.0
    rng = np.random.default_rng(1)
    true, seen = rng.exponential(10.0, 20_000), rng.uniform(0, 40, 20_000)
    over = true <= seen
    guess = stays(true[over], seen[~over]).expected
    # restricted to 40: 10 * (1 - exp(-4)); what ended alone would say 7
    assert guess == pytest.approx(10 * (1 - np.exp(-4)), abs=0.3)
    assert true[over].mean() < 8
