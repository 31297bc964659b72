"""What else a log shows: hands, orders, types, reopenings. A model that is known is run, and its log gives it back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from test_simulation_fit import OFFICE, OFFICE_ARRIVALS, of
from valuestream import ValueStream
from valuestream.simulation.answer import recorded, stream_of, to_log
from valuestream.simulation.demand import Arrivals, ItemType
from valuestream.simulation.duration import DAY_S, HOUR_S, exponential, lognormal
from valuestream.simulation.engine import Length
from valuestream.simulation.fit import Fit, fit
from valuestream.simulation.fit_hands import with_hands
from valuestream.simulation.model import Model, Route, Stage
from valuestream.simulation.replicate import simulate
from valuestream.sources.demo import demo, demo_stream
from valuestream.sources.demo_truth import REWORK_FACTOR, SERVICE
from valuestream.what_if import observed

pytestmark = pytest.mark.xdist_group("simulation")  # the loop is compiled once
TYPES = (ItemType("bug", 0.3, 1, work=0.5), ItemType("feature", 0.7, 2, work=1.2))


def origin(model: Model, place: str) -> tuple[str, int | None]:
    return next((one.how, one.n) for one in model.origins if one.place == place)


# order and types


@pytest.mark.parametrize("order", ["fifo", "lifo", "types"])
def test_the_order_in_which_items_are_begun_is_read_from_who_overtakes_whom(order: str) -> None:
    stage = Stage("Dev", exponential(3 * HOUR_S), servers=2, order=order)
    found = of(Model("o", Arrivals(per_week=95.0, types=TYPES), (stage,))).model()
    assert found.stages[0].order == order
    how, n = origin(found, "stages.Dev.order")
    assert how == "derived"
    assert n is not None
    assert n > 500
    first = {kind.name: kind.priority for kind in found.arrivals.types}
    assert first == ({"bug": 0, "feature": 1} if order == "types" else {"bug": 0, "feature": 0})


def test_without_queues_no_order_is_claimed() -> None:
    stage = Stage("Dev", exponential(3 * HOUR_S), servers=90, order="lifo")
    found = of(Model("o", Arrivals(per_week=50.0), (stage,)), items=400).model()
    assert found.stages[0].order == "fifo"
    assert origin(found, "stages.Dev.order") == ("assumed", 0)


def test_work_by_type_is_measured_with_its_share() -> None:
    stages = (Stage("Dev", lognormal(3 * HOUR_S, 0.8), servers=3), Stage("Test", exponential(2 * HOUR_S), servers=3))
    found = of(Model("t", Arrivals(per_week=95.0, types=TYPES), stages), items=3000)
    kinds = {kind.name: kind for kind in found.model().arrivals.types}
    # over refits: the truth lies inside the middle 95 %, as it does for a share and a mean
    refits = [{kind.name: kind for kind in found.resampled(1, k).arrivals.types} for k in range(40)]
    for true in TYPES:
        for what in ("work", "share"):
            low, high = np.quantile([getattr(refit[true.name], what) for refit in refits], [0.005, 0.995])
            assert low <= getattr(true, what) <= high, (true.name, what, getattr(kinds[true.name], what))
    assert found.model().stages[0].service.expected == pytest.approx(3 * HOUR_S, rel=0.06)
    assert origin(found.model(), "arrivals.types.bug.work")[0] == "measured"


def test_types_of_the_same_work_are_not_told_apart_by_chance() -> None:
    same = tuple(replace(kind, work=1.0) for kind in TYPES)
    stage = Stage("Dev", lognormal(3 * HOUR_S, 1.5), servers=3)
    found = of(Model("t", Arrivals(per_week=95.0, types=same), (stage,)), items=1500).model()
    assert [kind.work for kind in found.arrivals.types] == [1.0, 1.0]


# reopenings


REOPENS = Model(
    "reopens",
    Arrivals(per_week=80.0),
    (
        Stage("Dev", exponential(3 * HOUR_S), servers=3),
        Stage("Ship", exponential(HOUR_S), servers=1),
        Stage("Looks done", exponential(2 * DAY_S), external=True),
    ),
    (Route("Ship", "(done)", 0.85), Route("Looks done", "Dev", 1.0)),
)


def reopened(items: int) -> Fit:
    """The fit to a log in which the last stage is written as done."""
    log = to_log(recorded(REOPENS, length=Length(items), seed=4))
    words = list(log.words)
    value = np.where(log.value == words.index("Looks done: outside"), words.index("Done"), log.value)
    stream = stream_of(replace(REOPENS, stages=REOPENS.stages[:2], routes=()))
    with ValueStream(replace(log, value=value), stream) as asked:
        return fit(observed(asked))


def test_reopenings_are_a_stage_that_done_items_come_back_from() -> None:
    model = reopened(2500).model()
    assert [stage.name for stage in model.stages] == ["Dev", "Ship", "Reopened"]
    assert [stage.external for stage in model.stages] == [False, False, True]
    left = origin(model, "routes.Ship")[1] or 0
    chance = 1 - sum(route.chances[0] for route in model.routes if route.after == "Ship")
    assert abs(chance - 0.15) < 4 * np.sqrt(0.15 * 0.85 / left)
    stay = model.stage("Reopened").service
    assert abs(stay.expected - 2 * DAY_S) < 4 * 2 * DAY_S / np.sqrt(0.15 * left)
    assert [route.to for route in model.routes if route.after == "Reopened"] == ["Dev"]
    length = Length(4000, warm_up=500)
    true, again = (simulate(one, length=length, replications=4).lead().mean() for one in (REOPENS, model))
    assert again == pytest.approx(true, rel=0.12)


def test_few_reopenings_are_counted_and_not_simulated() -> None:
    found = reopened(60)
    assert "Reopened" not in found.observed.stages
    assert any("reopenings are too few" in note for note in found.notes)


# hands


def test_work_begins_when_its_person_had_hands(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's returned items wait in a work state: cleaned of that, the demo's parameters come back."""
    with ValueStream(demo(1), demo_stream()) as asked:
        seen = observed(asked)
    found = fit(seen)
    model = found.model()
    assert [pool.servers for pool in model.pools] == [8, 7]  # team Red loses one in its fourth month
    for team in ("Blue", "Red"):
        stage = model.stage(f"Development ({team})")
        assert stage.rework == pytest.approx(REWORK_FACTOR, abs=0.06)
        assert stage.service.expected == pytest.approx(SERVICE["Development"].mean_h * HOUR_S, rel=0.1)
    assert any("of the time in work states is taken to be waiting" in note for note in found.notes)
    # with the status taken at its word later passes seem to take twice as long
    monkeypatch.setattr("valuestream.simulation.fit.with_hands", lambda log: (log, 0.0))
    assert fit(seen).model().stage("Development (Blue)").rework > 2 * REWORK_FACTOR - 0.1


def test_hands_are_asked_for_once() -> None:
    with ValueStream(demo(1, 400), demo_stream()) as asked:
        once, share = with_hands(observed(asked))
    again, more = with_hands(once)
    assert share > 0.05
    assert more == pytest.approx(0.0, abs=1e-12)
    assert np.array_equal(again.visits.started, once.visits.started, equal_nan=True)
    assert np.allclose(again.visits.work, once.visits.work)


def test_an_account_that_moves_cards_for_others_is_no_worker() -> None:
    """Twelve at once in work, all moved by one account: nobody's completion says when the next began."""
    stage = Stage("Dev", exponential(30 * HOUR_S), servers=12, calendar="office")
    model = Model("m", Arrivals(per_week=14.0, hours=OFFICE_ARRIVALS), (stage,), calendars=(OFFICE,))
    run = recorded(model, length=Length(300), seed=2)
    with ValueStream(to_log(run), stream_of(model)) as asked:
        seen = observed(asked)
    one = replace(seen, visits=replace(seen.visits, by=np.zeros(len(seen.visits.item), np.int64)))
    assert with_hands(one)[1] == 0.0
    assert seen.visits.by.max() == -1
