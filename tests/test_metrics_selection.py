"""Percentiles by bins are those of all rows: bins only say where to look."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import CHANGES
from valuestream import ValueStream, sketch
from valuestream.calendar import Calendar
from valuestream.engine import bins
from valuestream.engine.building import build
from valuestream.engine.stored import Stored
from valuestream.log.store import Store
from valuestream.metrics.catalogue import CATALOGUE
from valuestream.metrics.selection import ZERO, Binned, bins_of, fitting
from valuestream.working_hours import parse_hours

WINDOWS = ((None, None), ("2024-01-20", "2024-02-10"), ("2024-01-20", "2024-01-21"), ("2024-02-01", "2024-02-01"))
DURATIONS = st.lists(st.integers(0, 2**62), min_size=1, max_size=200)
HOURS = replace(CHANGES, calendar=Calendar(parse_hours("Mon-Fri 09:00-17:00"), "Europe/Berlin"))


@given(DURATIONS, st.lists(st.sampled_from([0, 1, 60_000_000, 1_800_000_000, 2**61]), max_size=200))
def test_a_longer_duration_is_in_no_earlier_bin_and_only_nothing_is_in_the_first(
    us: list[int], like: list[int]
) -> None:
    """Whatever the durations were like that bins were learned from; and what a bin says to be its only value is that.

    The last bin is that of 16 bits or below it.
    """
    ordered = np.sort(np.array([*us, *like[:3]], np.int64))
    edges = bins.learned(np.array([*like, *us[:5]], np.int64))
    found = bins_of(ordered, edges)
    assert np.all(found[1:] >= found[:-1])
    assert np.array_equal(found == ZERO, ordered == 0)
    told = Binned("", "", edges)
    for bin_, value in zip(found.tolist(), ordered.tolist(), strict=True):
        assert told.only(bin_) in (None, value)
    assert len(edges) < 2**11


def test_a_duration_that_many_visits_share_has_a_bin_of_its_own() -> None:
    """Half an hour 30 times among 6,000 different ones: more than one in 256."""
    us = np.concatenate([np.full(30, 1_800_000_000), np.arange(1, 6001) * 1_234_567])
    told = Binned("", "", bins.learned(us))
    (at,) = bins_of(np.array([1_800_000_000]), told.edges).tolist()
    assert told.only(at) == 1_800_000_000
    assert told.only(at - 1) is None
    assert told.only(at + 1) is None


def test_bins_hold_about_as_many_visits_each() -> None:
    """10,000 different durations: none of the bins has more than one in 256 of them."""
    us = np.random.default_rng(3).lognormal(22, 2, 10_000).astype(np.int64)
    assert np.bincount(bins_of(us, bins.learned(us))).max() <= len(us) / 256


def history(seed: int, items: int) -> str:
    """Items that go through the stages, some back, with ties, visits without work and others that never end."""
    chance = random.Random(seed)
    lines = []
    for n in range(items):
        at, steps, states = (
            chance.random() * 60 + 1,
            [],
            ["todo", "dev", "review", "reviewing", "ready", "test", "done"],
        )
        for state in states[: chance.choice((2, 5, 7, 7, 7, 7))]:
            if chance.random() < 0.7 or state == "done":
                steps.append(f"{state} {at:.6f} by p{chance.randrange(12)}")
            at += chance.choice((0, 1, 2, chance.expovariate(0.5), chance.expovariate(5)))
        if steps:
            lines.append(f"I{n}: type={chance.choice('AB')} {chance.random() + 0.5:.4f}, " + ", ".join(steps))
    return "\n".join(lines)


@pytest.mark.parametrize("stream", [CHANGES, HOURS], ids=["elapsed", "with working hours"])
@pytest.mark.parametrize("items", [3, 400])
def test_figures_by_bins_are_those_of_one_statement(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stream: object, items: int
) -> None:
    """Every metric of a visit's duration, by every grouping, over windows with many rows, few and none."""
    store = Store(tmp_path / "s.duckdb")
    store.create("test")
    store.import_snapshot("t", "a", sketch(history(7, items)))
    teams = {f"T{k}": tuple(f"p{k * 6 + n}" for n in range(6)) for k in range(2)}
    seen = replace(stream, teams=teams)  # type: ignore[type-var]
    monkeypatch.setattr(bins, "MANY", 0)
    made, _ = build(store, seen)
    asked = 0
    every = {name: Binned(" + ".join(of), column, None) for name, (of, column) in bins.DURATIONS.items()}
    for since, until in WINDOWS:
        tables = Stored(store, made, seen, as_of=made.last)
        with ValueStream.over(tables, seen, since=since, until=until) as one:
            for metric in CATALOGUE:
                for by in ((), ("team",), ("type", "stage"), ("week",), ("team", "month")):
                    if fitting(metric, every) is None:
                        continue
                    monkeypatch.setattr(bins, "MANY", 10**9)
                    plain = one.asking(since=since, until=until)._questions.rows(metric, by)
                    monkeypatch.setattr(bins, "MANY", 0)
                    binned = one.asking(since=since, until=until)
                    assert bool(fitting(metric, binned.ask.binned)) == (
                        bool(seen.calendar.hours) or "hours" not in metric.name
                    )
                    assert same(binned._questions.rows(metric, by), plain), (metric.name, by, since)
                    asked += 1
    assert asked == 4 * 5 * 4


def same(one: object, other: object) -> bool:
    """Equal, floats but for the last bits that a sum in another order has."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(same(a, b) for a, b in zip(one, other, strict=True))
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-12)
    return one == other


def test_what_no_visit_spent_is_not_added_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A is never blocked; B is, from day 3 to 5; nobody outside has either."""
    store = Store(tmp_path / "s.duckdb")
    store.create("test")
    monkeypatch.setattr(bins, "MANY", 0)
    added = []
    for nth, text in enumerate(("A: todo 1, dev 2, done 3", "B: todo 1, dev 2, stuck 3, dev 5, done 6")):
        store.import_snapshot("t", f"{nth}.csv", sketch(text))
        made, _ = build(store, CHANGES)
        tables = Stored(store, made, CHANGES, as_of=made.last)
        added.append(tables.binned["wait_s"].us)
        with ValueStream.over(tables, CHANGES) as one:
            waited = one.spread("stage_wait_time")
    assert added == ["queue", "queue + blocked"]
    assert (waited.n, waited.mean) == (2, 2 * 86_400)  # A waited a day, B a day and two
