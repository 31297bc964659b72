"""The engine against what is known exactly: closed forms of queueing theory, four standard errors, 30 replications.

Rates are per second; the formulas stand beside the numbers.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from simulation_samples import TANDEM, poisson, single
from valuestream.simulation.answer import begin_of, recorded, stream_of
from valuestream.simulation.capacity import Background, Cadence, Pool, hours_of
from valuestream.simulation.demand import Arrivals, ItemType
from valuestream.simulation.duration import WEEK_S, Duration, empirical, exponential, fixed, gamma, lognormal
from valuestream.simulation.engine import Length
from valuestream.simulation.model import Model, Route, Stage
from valuestream.simulation.outcome import Replications, estimate
from valuestream.simulation.replicate import simulate
from valuestream.working_hours import working_us

pytestmark = pytest.mark.xdist_group("simulation")  # the loop is compiled once


@pytest.fixture(autouse=True)
def _compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VSM_KERNELS", "compiled")


def ran(model: Model, *, items: int = 20_000, warm_up: int = 2_000, seed: int = 20) -> Replications:
    """30 replications of a model in its steady state."""
    return simulate(model, length=Length(items, warm_up), replications=30, seed=seed)


def agrees(values: np.ndarray, exact: float) -> None:
    """The mean over replications is within four standard errors, and those are small enough to say something."""
    found = estimate(values)
    assert found.n >= 30
    assert found.se is not None
    assert abs(found.mean - exact) < 4 * found.se, f"{found.mean:.5g} +- {found.se:.2g}, exact {exact:.5g}"
    assert 4 * found.se < 0.15 * abs(exact)


@pytest.mark.parametrize(("servers", "rate", "wait"), [(1, 0.8, 4.0), (2, 1.5, 0.642857 / 0.5), (4, 3.0, 0.509434)])
def test_several_servers_wait_by_erlangs_formula(servers: int, rate: float, wait: float) -> None:
    found = ran(single(exponential(1.0), rate=rate, servers=servers))
    agrees(found.stage_queue("Work"), wait)  # C / (c mu - lambda)
    agrees(found.utilisation("Work"), rate / servers)
    agrees(found.stage_serving("Work"), rate)
    agrees(found.throughput() / WEEK_S, rate)


def test_lead_times_of_one_server_are_exponential() -> None:
    found = ran(single(exponential(1.0)))
    for share in (0.5, 0.85, 0.95):  # mu - lambda = .2
        agrees(found.lead_percentile(share), -math.log(1 - share) / 0.2)
    agrees(found.flow_efficiency(), 0.2)  # 1 of 5


def test_a_line_with_returns_is_a_jackson_network() -> None:
    found = ran(TANDEM)
    agrees(found.lead(), 11.8894)
    for stage, wait, load in (("Dev", 1.0698, 0.75), ("Test", 1.0417, 1 / 1.4), ("Deploy", 2.8444, 0.8)):
        agrees(found.stage_queue(stage), wait)
        agrees(found.utilisation(stage), load)
    agrees(found.stage_returned("Test"), 0.3)
    agrees(found.first_pass(), 0.7)
    agrees(found.stage_visits("Dev") / WEEK_S, 1 / 0.7)


def test_littles_law_holds_for_each_stage_and_for_the_whole() -> None:
    found = ran(TANDEM)
    gap = estimate(found.load() - found.throughput() / WEEK_S * found.lead())
    assert gap.se is not None
    assert abs(gap.mean) < 4 * gap.se
    assert 4 * gap.se < 0.02 * 11.9
    for stage in ("Dev", "Test", "Deploy"):
        stay = found.stage_queue(stage) + found.stage_work(stage)
        gap = estimate(found.stage_load(stage) - found.stage_visits(stage) / WEEK_S * stay)
        assert gap.se is not None
        assert abs(gap.mean) < 4 * gap.se
        assert 4 * gap.se < 0.02 * float(stay.mean())


@pytest.mark.parametrize(
    "service",
    [fixed(1.0), lognormal(1.0, 1.5), gamma(1.0, 0.5), gamma(1.0, 1.5), empirical((0.25, 0.25, 2.5))],
    ids=["deterministic", "lognormal", "gamma .5", "gamma 1.5", "empirical"],
)
def test_one_server_waits_by_pollaczek_and_khinchine(service: Duration) -> None:
    exact = 0.8 * service.expected_square / (2 * (1 - 0.8 * service.expected))
    agrees(ran(single(service), items=40_000).stage_queue("Work"), exact)


def test_bursts_of_four_wait_as_the_bulk_formula_says() -> None:
    # L = rho (1 + E[X^2] / E[X]) / (2 (1 - rho)): Wq 11.5 where single arrivals wait 4
    agrees(
        ran(single(exponential(1.0), arrivals=poisson(0.8, bursts=((4, 1.0),))), items=60_000).stage_queue("Work"), 11.5
    )


def test_bursts_of_changing_size_wait_longer_still() -> None:
    # sizes 1 and 7, E[X] = 4, E[X^2] = 25: L = .8 (1 + 6.25) / .4 = 14.5, W = 18.125
    bursts = ((1, 0.5), (7, 0.5))
    found = ran(single(exponential(1.0), arrivals=poisson(0.8, bursts=bursts)), items=60_000)
    agrees(found.stage_queue("Work"), 14.5 / 0.8 - 1)


def test_even_arrivals_wait_less() -> None:
    # D/M/1: sigma = exp(-(1 - sigma) / .8), Wq = sigma / (1 - sigma)
    sigma = 0.5
    for _ in range(200):
        sigma = math.exp(-(1 - sigma) / 0.8)
    arrivals = Arrivals(per_week=0.8 * WEEK_S, gap="deterministic")
    agrees(ran(single(exponential(1.0), arrivals=arrivals)).stage_queue("Work"), sigma / (1 - sigma))


def test_two_priorities_wait_by_cobhams_formula() -> None:
    types = (ItemType("urgent", 0.375, priority=0), ItemType("other", 0.625, priority=1))
    found = ran(single(exponential(1.0), order="types", arrivals=poisson(0.8, types=types)), items=40_000)
    agrees(found.lead_of("urgent") - 1, 0.8 / 0.7)  # R / (1 - rho1), R = .8
    agrees(found.lead_of("other") - 1, 0.8 / (0.7 * 0.2))
    agrees(found.by_type["n"][:, 0] / found.finished(), 0.375)


def test_expedited_items_wait_like_a_first_priority() -> None:
    types = (ItemType("fire", 0.375, expedite=True), ItemType("other", 0.625))
    found = ran(single(exponential(1.0), arrivals=poisson(0.8, types=types)), items=40_000)
    agrees(found.lead_of("fire") - 1, 0.8 / 0.7)


def test_newest_first_waits_as_long_on_average_and_far_more_unevenly() -> None:
    found = ran(single(exponential(1.0), rate=0.6, order="lifo"), items=40_000)
    agrees(found.stage_queue("Work"), 1.5)
    # E[Wq^2] of first come is 2 rho / (1 - rho)^2 = 7.5; of newest first that / (1 - rho)
    second = found.stages["wait_squares"][:, 0] / found.finished()
    agrees(second, 7.5 / 0.4)


@pytest.mark.parametrize("service", [fixed(3.0), lognormal(3.0, 1.5), gamma(3.0, 2.0)], ids=lambda one: one.kind)
def test_outsiders_hold_as_many_items_whatever_the_spread(service: Duration) -> None:
    found = ran(Model("m", poisson(2.0), (Stage("Work", service, external=True),)))
    agrees(found.load(), 6.0)  # lambda E[S]
    assert found.lead().mean() == pytest.approx(3.0, rel=0.02)
    assert found.stage_queue("Work") == pytest.approx(np.zeros(30))


def test_a_full_second_stage_blocks_the_first() -> None:
    """Always work before A (rate 1); B (rate .8) holds three: 0..3 there and one stopped in A are a birth and death."""
    stages = (Stage("A", exponential(1.0), servers=1, wip=1), Stage("B", exponential(1.25), servers=1, wip=3))
    found = ran(Model("m", poisson(2.0), stages))
    empty = 1 / sum(1.25**n for n in range(5))
    agrees(found.throughput() / WEEK_S, 0.8 * (1 - empty))
    agrees(found.stage_load("B"), sum(min(n, 3) * 1.25**n * empty for n in range(5)))
    agrees(found.stage_stopped("A"), 1.25**4 * empty / (0.8 * (1 - empty)))  # Little: stopped items / throughput


def test_a_limit_on_the_whole_stream_makes_a_closed_network() -> None:
    """Always work outside, five inside: two servers of rates 1 and .8 in a circle."""
    stages = (Stage("A", exponential(1.0), servers=1), Stage("B", exponential(1.25), servers=1))
    found = ran(Model("m", poisson(2.0), stages, wip=5))
    rate = 1 - 1 / sum(0.8**n for n in range(6))  # A is empty
    agrees(found.throughput() / WEEK_S, rate)
    agrees(found.lead(), 5 / rate)
    assert found.load() == pytest.approx(np.full(30, 5.0), rel=1e-3)


def test_a_limit_that_is_rarely_reached_moves_waiting_outside() -> None:
    """With one place in the stream, one server is the same queue: all of its waiting is outside."""
    found = ran(Model("m", poisson(0.8), (Stage("A", exponential(1.0), servers=1),), wip=1))
    agrees(found.lead(), 1.0)
    agrees(found.outside(), 0.8 * 4.0)


def test_a_cadence_holds_items_half_its_period() -> None:
    found = ran(Model("m", poisson(0.5), (Stage("Ship", fixed(0.0), servers=1, cadence=Cadence(40.0)),)))
    agrees(found.stage_held("Ship"), 20.0)
    agrees(found.lead(), 20.0)


def test_a_batch_holds_items_while_it_forms() -> None:
    found = ran(Model("m", poisson(0.5), (Stage("Pack", fixed(0.0), servers=1, batch=5),)))
    agrees(found.stage_held("Pack"), (5 - 1) / (2 * 0.5))


def test_a_timer_adds_its_mean_and_changes_no_queue() -> None:
    # items leave an infinite server as a Poisson stream again: the queue behind it is the same
    stage = Stage("Work", exponential(1.0), servers=1, timer=lognormal(7.0, 2.0))
    agrees(ran(Model("m", poisson(0.8), (stage,))).stage_queue("Work"), 4.0 + 7.0)


def test_one_pool_for_two_stages_is_one_queue() -> None:
    # both stages' work is exponential(1), first come first served: M/M/1 with two visits, L = rho / (1 - rho)
    stages = (Stage("A", exponential(1.0), pool="team"), Stage("B", exponential(1.0), pool="team"))
    found = ran(Model("m", poisson(0.4), stages, pools=(Pool("team", 1),)))
    agrees(found.lead(), 4.0 / 0.4)
    agrees(found.utilisation("team"), 0.8)


@pytest.mark.parametrize(("first", "wait"), [(False, 4.0), (True, 0.8 / (0.6 * 0.2))], ids=["in turn", "first"])
def test_background_work_delays_the_streams_own(first: bool, wait: float) -> None:
    pool = Pool("team", 1, background=Background(0.4 * WEEK_S, exponential(1.0), first=first))
    found = ran(Model("m", poisson(0.4), (Stage("A", exponential(1.0), pool="team"),), pools=(pool,)), items=30_000)
    agrees(found.stage_queue("A"), wait)
    agrees(found.utilisation("team"), 0.8)


def test_returns_that_become_rarer_are_visited_as_often_as_their_chances_say() -> None:
    found = ran(replace(TANDEM, arrivals=poisson(0.8), routes=(Route("Test", "Dev", (0.5, 0.2)),)))
    agrees(found.stage_visits("Test") / found.throughput(), 1 + 0.5 / 0.8)
    agrees(found.first_pass(), 0.5)


def test_work_in_office_hours_is_a_queue_of_its_own_clock() -> None:
    """Arrivals and service only Mon-Fri 09-17: in working hours the lead time is that of M/M/1."""
    office = tuple(1.0 if hour // 24 < 5 and 9 <= hour % 24 < 17 else 0.0 for hour in range(168))
    stage = Stage("Work", exponential(3600.0), servers=1, calendar="office")
    model = Model(
        "m", Arrivals(per_week=0.8 * 40, hours=office), (stage,), calendars=(hours_of("office", "Mon-Fri 09:00-17:00"),)
    )
    found = ran(model, items=20_000)
    agrees(found.utilisation("Work"), 0.8)
    leads = []
    for replication in range(30):
        run = recorded(model, length=Length(4_000), replication=replication)
        done = run.items[run.items["outcome"] == 1][500:]
        clocks = [
            working_us(begin_of(model) + (done[name] * 1e6).astype(np.int64), stream_of(model).calendar)
            for name in ("committed", "finished")
        ]
        leads.append(float((clocks[1] - clocks[0]).mean()) / 3.6e9)
    agrees(np.array(leads), 5.0)


def test_no_item_is_lost_and_none_comes_twice() -> None:
    routes = (*TANDEM.routes, Route("Deploy", "(cancelled)", 0.1))
    run = recorded(replace(TANDEM, routes=routes), length=Length(5_000))
    open_, done, cancelled = np.bincount(run.items["outcome"], minlength=3)
    numbers = np.sort(run.items["number"])
    assert numbers.tolist() == list(range(len(numbers)))
    assert done + cancelled == 5_000
    assert open_ == len(numbers) - 5_000
    assert 400 < cancelled < 600
    assert (run.items["arrived"] <= run.end_s).all()
