"""The short loop for plain networks gives what the long one gives; what is one step for a processor."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulation_samples import TANDEM
from valuestream.simulation import replicate
from valuestream.simulation.capacity import Background, Cadence, Hours, Pool
from valuestream.simulation.chance import log
from valuestream.simulation.compile import compiled_plan
from valuestream.simulation.demand import Arrivals, ItemType
from valuestream.simulation.duration import HOUR_S, WEEK_S, empirical, exponential, fixed, gamma, lognormal
from valuestream.simulation.engine import Length, fresh_state, run_once
from valuestream.simulation.kernel import compiled_loop, loop_for
from valuestream.simulation.loop import run
from valuestream.simulation.machine import ROOT_HALF, halves, philox, words
from valuestream.simulation.model import Model, Route, Stage
from valuestream.simulation.network import run_network, suits
from valuestream.simulation.plan import FACTS, HERE
from valuestream.simulation.replicate import simulate

pytestmark = pytest.mark.xdist_group("simulation")  # the loop is compiled once

VARIED = Model(
    "varied",
    Arrivals(
        per_week=0.1 * WEEK_S,
        gap="gamma",
        cv=1.4,
        types=(ItemType("bug", 0.7), ItemType("feature", 0.3, work=1.5)),
    ),
    (
        Stage("Dev", lognormal(30.0, 1.2), servers=6, rework=0.5),
        Stage("Vendor", empirical((1.0, 20.0, 90.0)), external=True),
        Stage("Test", gamma(9.0, 0.6), servers=2),
        Stage("Sign", fixed(0.0), servers=1),
        Stage("Ship", fixed(4.0), servers=1),
    ),
    (
        Route("(start)", "Test", 0.1),
        Route("Dev", "Test", (0.3, 0.6)),
        Route("Test", "Dev", (0.2, 0.1)),
        Route("Test", "Test", 0.05),
        Route("Vendor", "(cancelled)", 0.1),
    ),
)
LENGTHS = [
    Length(300),
    Length(300, warm_up=70),
    Length(None, warm_up_s=500.0, horizon_s=4_000.0),
    Length(100, warm_up_s=800.0),
    Length(None, horizon_s=20.0),
]
COUNTED = [name for name in FACTS.names or () if name not in ("heap", "hole", "seq", "free", "coming", "coming_seq")]


@pytest.mark.parametrize("path", ["plain", "compiled"])
@pytest.mark.parametrize("length", LENGTHS, ids=str)
@pytest.mark.parametrize("model", [TANDEM, VARIED], ids=["tandem", "varied"])
def test_the_short_loop_gives_what_the_long_one_gives(
    model: Model, length: Length, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VSM_KERNELS", path)
    short = simulate(model, length=length, replications=3)
    monkeypatch.setattr(replicate, "suits", lambda plan, *, logged: False)
    long = simulate(model, length=length, replications=3)
    for name in HERE.names or ():
        if name != "release_set":
            assert short.stages[name] == pytest.approx(long.stages[name], rel=1e-9, abs=1e-6), name
    for name in COUNTED:
        assert short.whole[name] == pytest.approx(long.whole[name], rel=1e-9, abs=1e-6), name
    for name in ("n", "lead", "lead_squares"):
        assert short.by_type[name] == pytest.approx(long.by_type[name]), name
    assert np.array_equal(short.sketch, long.sketch)
    assert short.span_s == pytest.approx(long.span_s)


def test_the_short_loop_runs_the_same_plain_and_compiled_to_the_last_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = compiled_plan(VARIED)
    ends = []
    for path in ("plain", "compiled"):
        monkeypatch.setenv("VSM_KERNELS", path)
        state = fresh_state(plan, slots=4)  # so few that it has to grow
        ends.append(run_once(loop_for(run_network, 0), plan, state, Length(400, warm_up=20), seed=5, replication=3))
    assert ends[0].facts[0].finished + ends[0].facts[0].cancelled == 400
    for name in ("facts", "here", "kinds", "sketch", "passes"):
        assert np.array_equal(getattr(ends[0], name), getattr(ends[1], name)), name


A, B = VARIED.stages[0], VARIED.stages[2]


@pytest.mark.parametrize(
    "model",
    [
        replace(TANDEM, wip=9),
        replace(TANDEM, arrivals=replace(TANDEM.arrivals, bursts=((2, 1.0),))),
        replace(TANDEM, arrivals=replace(TANDEM.arrivals, hours=(1.0,) * 168)),
        replace(TANDEM, arrivals=Arrivals(at=(0.0, 1.0))),
        replace(TANDEM, arrivals=replace(TANDEM.arrivals, types=(ItemType("a", expedite=True),))),
        VARIED.putting(replace(A, wip=4)),
        VARIED.putting(replace(A, order="lifo")),
        VARIED.putting(replace(A, order="types")),
        VARIED.putting(replace(A, batch=2)),
        VARIED.putting(replace(A, cadence=Cadence(60.0))),
        VARIED.putting(replace(A, gate=Cadence(60.0))),
        VARIED.putting(replace(A, timer=fixed(1.0))),
        replace(VARIED.putting(replace(A, calendar="day")), calendars=(Hours("day", ((0.0, 8 * HOUR_S),)),)),
        replace(
            VARIED.putting(replace(A, servers=None, pool="p")).putting(replace(B, servers=None, pool="p")),
            pools=(Pool("p", 9),),
        ),
        replace(
            VARIED.putting(replace(A, servers=None, pool="p")),
            pools=(Pool("p", 9, background=Background(5.0, exponential(9.0))),),
        ),
    ],
)
def test_whatever_the_short_loop_does_not_know_is_left_to_the_long_one(model: Model) -> None:
    assert not suits(compiled_plan(model), logged=False)
    assert suits(compiled_plan(VARIED), logged=False)
    assert not suits(compiled_plan(VARIED), logged=True)


def test_machine_code_is_kept_under_a_name_of_its_own_for_each_loop() -> None:
    names = {compiled_loop(loop).py_func.__qualname__ for loop in (run, run_network)}  # type: ignore[attr-defined]
    assert sorted(name.rsplit("_", 1)[0] for name in names) == ["run", "run_network"]


# what a processor does in one


def test_philox_gives_the_published_words() -> None:
    """Of Random123's known answers: ten rounds for three keys, seven for one."""
    ones, pi = 2**64 - 1, (0x243F6A8885A308D3, 0x13198A2E03707344, 0xA4093822299F31D0)
    assert philox(0, 0, 0, 10) == (0xCA00A0459843D731, 0x66C24222C9A845B5)
    assert philox(ones, ones, ones, 10) == (0x65B021D60CD8310F, 0x4D02F3222F86DF20)
    assert philox(*pi, 10) == (0x0A5E742C2997341C, 0xB0F883D38000DE5D)
    assert philox(0, 0, 0) == (0xB41DA69FBFEFC666, 0x511E9CE1A5534056)


@pytest.fixture(scope="module")
def machine() -> Any:
    """Both operations and the logarithm, compiled."""
    import numba

    compiled_loop(run_network)  # which tells Numba of them
    made = numba.njit(lambda a, b, key: words(a, b, key)), numba.njit(lambda x: halves(x)), numba.njit(lambda x: log(x))
    made[0](1, 2, 3), made[1](1.0), made[2](1.0)  # compiled here, not while a test is timed
    return made


WORD = st.integers(-(2**63), 2**63 - 1)


@given(a=WORD, b=WORD, key=WORD)
def test_the_compiled_words_are_the_plain_ones(machine: Any, a: int, b: int, key: int) -> None:
    assert machine[0](a, b, key) == words(a, b, key)


@given(x=st.floats(1e-300, 1e300))
def test_a_float_is_its_two_halves(machine: Any, x: float) -> None:
    m, e = halves(x)
    assert m * 2.0**e == x
    assert ROOT_HALF <= m < 2 * ROOT_HALF * (1 + 1e-15)
    assert machine[1](x) == (m, e)


@given(x=st.floats(2.0**-54, 1e6))
def test_the_logarithm_is_the_logarithm(machine: Any, x: float) -> None:
    assert log(x) == pytest.approx(math.log(x), rel=1e-15, abs=0.0)
    assert machine[2](x) == log(x)
