"""A model that is known is run, and the fit to its log gives it back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from conftest import CHANGES
from valuestream import ValueStream, sketch
from valuestream.errors import ConfigError
from valuestream.simulation.answer import recorded, stream_of, to_log
from valuestream.simulation.capacity import Cadence, Pool, hours_of
from valuestream.simulation.clock import worked
from valuestream.simulation.demand import Arrivals
from valuestream.simulation.duration import DAY_S, HOUR_S, WEEK_S, empirical, exponential, fixed, gamma, lognormal
from valuestream.simulation.engine import Length
from valuestream.simulation.fit import Fit, fit
from valuestream.simulation.fit_arrivals import arrivals
from valuestream.simulation.fit_hours import ALWAYS
from valuestream.simulation.fit_service import thinned
from valuestream.simulation.fit_stretch import stretch
from valuestream.simulation.fit_waits import idle_waits
from valuestream.simulation.model import Model, Route, Stage
from valuestream.what_if import observed

OFFICE = hours_of("office", "Mon-Fri 09:00-17:00")
OFFICE_ARRIVALS = tuple(1.0 if hour // 24 < 5 and 9 <= hour % 24 < 17 else 0.0 for hour in range(168))

KNOWN = Model(
    "known",
    Arrivals(per_week=60.0, hours=OFFICE_ARRIVALS),
    (
        Stage("Dev", lognormal(4 * HOUR_S, 0.8), pool="team", rework=0.5),
        Stage("Review", gamma(1.5 * HOUR_S, 0.6), pool="team"),
        Stage("Vendor", empirical((DAY_S, 2 * DAY_S, 6 * DAY_S)), external=True),
        Stage("Board", lognormal(0.25 * HOUR_S, 0.4), servers=1, calendar="office", gate=Cadence(WEEK_S)),
        Stage("Release", fixed(0.0), servers=1, cadence=Cadence(WEEK_S, 3 * DAY_S + 10 * HOUR_S)),
    ),
    (Route("Review", "Dev", 0.25), Route("Review", "Board", 0.65), Route("Dev", "(cancelled)", (0.05, 0.0))),
    (Pool("team", 11, calendar="office", prefers="last"),),
    (OFFICE,),
)


def of(model: Model, *, items: int = 1500, seed: int = 3) -> Fit:
    """The fit to the log of one run."""
    run = recorded(model, length=Length(items), seed=seed)
    with ValueStream(to_log(run), stream_of(model)) as stream:
        return fit(observed(stream))


@pytest.fixture(scope="module")
def found() -> Fit:
    return of(KNOWN)


@pytest.fixture(scope="module")
def model(found: Fit) -> Model:
    return found.model()


def test_people_who_serve_two_stages_are_one_pool(model: Model) -> None:
    assert [(pool.name, pool.servers, pool.prefers) for pool in model.pools] == [("Dev + Review", 11, "last")]
    assert [stage.pool for stage in model.stages] == ["Dev + Review", "Dev + Review", None, None, None]


def test_work_is_told_in_working_hours_and_rework_apart(model: Model) -> None:
    dev, review = model.stages[:2]
    assert dev.service.expected == pytest.approx(4 * HOUR_S, rel=0.06)
    assert dev.rework == pytest.approx(0.5, rel=0.12)
    assert review.service.expected == pytest.approx(1.5 * HOUR_S, rel=0.05)
    assert model.pools[0].calendar == "hours"
    assert model.calendars[0].slots == OFFICE.slots


def test_what_holds_items_back_is_found(model: Model) -> None:
    board, release = model.stage("Board"), model.stage("Release")
    assert board.gate is not None
    assert board.gate.every == WEEK_S
    assert board.servers == 1
    assert release.cadence == Cadence(WEEK_S, 3 * DAY_S + 10 * HOUR_S)
    assert release.service.expected == 0
    assert model.stage("Vendor").external
    assert model.stage("Vendor").service.expected == pytest.approx(3 * DAY_S, rel=0.08)


def test_chances_are_counted_and_depend_on_the_pass_where_they_do(model: Model) -> None:
    ways = {(route.after, route.to): route.chance for route in model.routes}
    assert ways["Review", "Dev"] == pytest.approx(0.25, abs=0.03)
    assert ways["Review", "Board"] == pytest.approx(0.65, abs=0.03)
    assert isinstance(ways["Dev", "(cancelled)"], tuple)
    assert ways["Dev", "(cancelled)"] == pytest.approx((0.05, 0.0), abs=0.02)


def test_arrivals_keep_their_rate_and_their_hours(model: Model) -> None:
    came = model.arrivals
    assert came.per_week == pytest.approx(60, rel=0.08)
    assert came.gap == "exponential"
    assert sum(came.hours[hour] for hour in range(168) if OFFICE_ARRIVALS[hour]) == pytest.approx(168, rel=1e-4)


def test_waits_that_load_gates_and_releases_explain_are_no_timers(found: Fit) -> None:
    assert found.unexplained is not None
    assert found.unexplained < 0.02


def test_every_parameter_says_where_it_comes_from(model: Model) -> None:
    places = {origin.place for origin in model.origins}
    assert {"arrivals.per_week", "stages.Dev.service", "pools.Dev + Review.servers", "stages.Board.gate"} <= places
    assert {origin.how for origin in model.origins} <= {"measured", "derived", "assumed", "declared"}
    assert all(origin.n for origin in model.origins if origin.how == "measured")


def test_a_delay_without_a_cause_is_a_timer() -> None:
    """Four hours of sleep before an idle server: nothing explains them, and no more than them."""
    stage = Stage("Work", exponential(HOUR_S), servers=3, timer=fixed(4 * HOUR_S))
    found = of(Model("t", Arrivals(per_week=84.0), (stage,)), items=600)
    timer = found.model().stages[0].timer
    assert timer is not None
    assert timer.expected == pytest.approx(4 * HOUR_S, rel=0.05)
    assert found.unexplained == pytest.approx(1.0, abs=0.05)


def test_a_busy_server_explains_a_wait() -> None:
    found = of(Model("q", Arrivals(per_week=142.8), (Stage("Work", exponential(HOUR_S), servers=1),)), items=2000)
    assert found.model().stages[0].servers == 1
    assert found.unexplained == pytest.approx(0.0, abs=0.01)


def test_teams_that_work_apart_are_stages_of_their_own_and_shared_people_are_not() -> None:
    """Two teams of three and one board for both."""
    stages = (
        Stage("Dev (Blue)", exponential(6 * HOUR_S), servers=3, part_of="Dev", team="Blue"),
        Stage("Dev (Red)", exponential(6 * HOUR_S), servers=3, part_of="Dev", team="Red"),
        Stage("Board (Blue)", exponential(HOUR_S), pool="board", part_of="Board", team="Blue"),
        Stage("Board (Red)", exponential(HOUR_S), pool="board", part_of="Board", team="Red"),
    )
    routes = (
        Route("(start)", "Dev (Blue)", 0.5), Route("(start)", "Dev (Red)", 0.5),
        Route("Dev (Blue)", "Board (Blue)", 1.0), Route("Dev (Red)", "Board (Red)", 1.0),
        Route("Board (Blue)", "(done)", 1.0),
    )  # fmt: skip
    model = Model("teams", Arrivals(per_week=140.0), stages, routes, (Pool("board", 1),))
    run = recorded(model, length=Length(2500), seed=5)
    log = to_log(run)
    team = np.where(np.isin(np.arange(len(log.items)), _items_of(run, 0)), "Blue", "Red")
    with ValueStream(_with_teams(log, team), stream_of(model)) as stream:
        fitted = fit(observed(stream)).model()
    assert [stage.name for stage in fitted.stages] == ["Dev (Blue)", "Dev (Red)", "Board"]
    assert [stage.servers for stage in fitted.stages] == [3, 3, 1]
    assert [stage.shown_as for stage in fitted.stages] == ["Dev", "Dev", "Board"]


def _items_of(run, stage):
    return np.unique(run.visits["number"][run.visits["stage"] == stage])


def _with_teams(log, team):
    """The log with a SET of each item's team at its first event."""
    words = [*log.words, "Blue", "Red"]
    first = np.searchsorted(log.item, np.arange(len(log.items)))
    value = np.where(team == "Blue", len(words) - 2, len(words) - 1).astype(np.int32)
    columns = {
        "item": np.concatenate([np.arange(len(team), dtype=np.int32), log.item]),
        "at": np.concatenate([log.at[first], log.at]),
        "kind": np.concatenate([np.full(len(team), log.kind[0], np.int8), log.kind]),
        "value": np.concatenate([value, log.value]),
        "field": np.concatenate([np.full(len(team), 2, np.int16), log.field]),
    }
    order = np.argsort(columns["item"], kind="stable")
    return replace(log, words=words, fields=(*log.fields, "team"), **{k: c[order] for k, c in columns.items()})


def test_a_resampled_log_gives_another_model_of_the_same_structure(found: Fit, model: Model) -> None:
    other, again, third = found.resampled(1, 0), found.resampled(1, 0), found.resampled(1, 1)
    assert other == again
    assert other != third
    assert [stage.name for stage in other.stages] == [stage.name for stage in model.stages]
    assert other.pools == model.pools
    assert other.arrivals.per_week != third.arrivals.per_week
    assert other.arrivals.per_week == pytest.approx(model.arrivals.per_week, rel=0.15)


def test_bursts_are_told_by_their_sizes() -> None:
    bursts = ((1, 0.5), (3, 0.5))
    found = of(
        Model("b", Arrivals(per_week=100.0, bursts=bursts), (Stage("A", exponential(600.0), servers=4),)), items=900
    )
    came, _ = arrivals(found.observed, np.arange(len(found.observed.items.item)), stretch(found.observed))
    assert dict(came.bursts) == pytest.approx({1: 0.5, 3: 0.5}, abs=0.07)
    assert came.gap == "exponential"


# by hand


def test_thinning_keeps_the_mean() -> None:
    values = np.random.default_rng(1).lognormal(size=1201)
    assert np.mean(thinned(values, 500)) == pytest.approx(values.mean(), rel=1e-3)


def test_working_time_counts_the_slots_of_every_week() -> None:
    at = np.array([0.0, 9 * HOUR_S, 10 * HOUR_S, DAY_S, 2 * WEEK_S + 12 * HOUR_S])
    assert worked(OFFICE, at).tolist() == [0.0, 0.0, HOUR_S, 8 * HOUR_S, 83 * HOUR_S]
    assert worked(ALWAYS, at).tolist() == at.tolist()


def test_an_idle_wait_lies_between_the_first_and_the_last_free_moment() -> None:
    free = (np.array([2.0, 6.0]), np.array([3.0, 8.0]))
    enabled, started = np.array([0.0, 2.5, 3.5, 9.0]), np.array([7.0, 5.0, 5.0, 9.5])
    # free at 2 and until 7: 5; free from 2.5 to 3; never free between 3.5 and 5; nor after 8
    assert idle_waits(enabled, started, free).tolist() == [5.0, 0.5, 0.0, 0.0]


# what cannot be fitted


def test_a_log_in_which_nothing_entered_a_stage_is_refused() -> None:
    with pytest.raises(ConfigError, match="no item that ever entered a stage"):
        _fitted("A: idea 1\nB: idea 2")


def test_a_stage_that_many_came_to_and_none_left_is_refused_with_its_place() -> None:
    text = "\n".join(f"I{k}: dev {k}, test {k + 1}" for k in range(1, 9))
    with pytest.raises(ConfigError, match=r"stages\.Test\.service: 8 items came to 'Test', and none has left it"):
        _fitted(text)


def _fitted(text: str) -> Fit:
    with ValueStream(sketch(text), CHANGES) as stream:
        return fit(observed(stream))
