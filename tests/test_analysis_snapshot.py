"""Snapshots are frozen, and what changed between two is told with how sure it is."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from command_line import STREAM, TICKETS, vsm, written
from conftest import CHANGES
from test_schemas import parts, schema, wrong
from valuestream import Stage, ValueStream, sketch
from valuestream.analysis.comparison import difference
from valuestream.analysis.intervals import binomial, interval, ranks
from valuestream.metrics import flow, time
from valuestream.sources.demo import demo, demo_stream
from valuestream.stream import Own
from valuestream.value_stream import compare

approx = pytest.approx
NOW = "2026-10-01T00:00:00Z"
DAY_S = 86_400


@pytest.mark.parametrize("name", ["snapshot", "snapshots", "compare"])
def test_a_schema_says_what_each_key_means(name: str) -> None:
    said = schema(name)
    assert said["$id"] == said["title"] == f"vsm.{name}/1"
    assert [place for place, part in parts(said) if not part.get("description")] == []


class TestAnInterval:
    def test_of_shares_is_clopper_and_pearsons(self) -> None:
        """Tables: 8 of 10 is 44.39 % to 97.48 %; 0 of 10 at most 30.85 %; 10 of 10 at least 69.15 %."""
        assert (binomial(8, 10).low, binomial(8, 10).high) == (approx(0.4439, abs=5e-5), approx(0.9748, abs=5e-5))
        assert (binomial(0, 10).low, binomial(0, 10).high) == (0.0, approx(0.3085, abs=5e-5))
        assert (binomial(10, 10).low, binomial(10, 10).high) == (approx(0.6915, abs=5e-5), 1.0)

    @pytest.mark.parametrize(("n", "found"), [(5, None), (6, (1, 6)), (10, (2, 9)), (20, (6, 15)), (100, (40, 61))])
    def test_of_a_median_is_between_two_of_its_values(self, n: int, found: tuple[int, int] | None) -> None:
        """The table of ranks in Conover, Practical Nonparametric Statistics."""
        assert ranks(n) == found

    def test_of_a_lead_time_is_two_lead_times(self) -> None:
        ten = "\n".join(f"{key}: dev 1, done {n}" for n, key in enumerate("ABCDEFGHIJ", 2))
        with ValueStream(sketch(ten), CHANGES) as seen:
            sure = interval(seen.ask, time.LEAD_TIME, seen.metric("lead_time"), zone="UTC")
        assert (sure.low, sure.high) == (2 * DAY_S, 9 * DAY_S)

    def test_of_weekly_counts_is_students(self, look) -> None:
        """
        A: dev 1, done 2
        B: dev 1, done 9
        C: dev 1, done 10
        D: dev 1, done 17
        E: dev 1, done 24
        F: dev 1, done 25
        G: dev 1, done 26
        H: dev 1, done 43
        """
        # weeks with 1, 2, 1, 3, 0, 0 finished: mean 7/6, s = 1.169; t(0.975, 5) = 2.5706; the rest is no whole week
        with look() as seen:
            sure = interval(seen.ask, flow.THROUGHPUT, seen.metric("throughput"), zone="UTC")
        counts = np.array([1, 2, 1, 3, 0, 0])
        half = 2.570582 * counts.std(ddof=1) / np.sqrt(6)
        assert (sure.low, sure.high) == (max(0.0, 7 / 6 - half), approx(7 / 6 + half, rel=1e-5))

    def test_of_a_ratio_holds_what_it_is_of_and_comes_out_the_same_again(self) -> None:
        with ValueStream(demo(1, 200), demo_stream()) as seen:
            figure = seen.metric("flow_efficiency")
            first, again = (interval(seen.ask, flow.FLOW_EFFICIENCY, figure, zone="UTC") for _ in range(2))
        assert first == again
        assert first.low < figure.value < first.high

    @pytest.mark.parametrize("metric", [flow.FLOW_LOAD, flow.LARGEST_BATCH, flow.FLOW_DISTRIBUTION])
    def test_of_what_is_counted_there_is_none(self, stream, metric) -> None:
        """
        A: dev 1, done 3
        B: dev 1
        """
        assert interval(stream.ask, metric, stream.ask.figure(metric), zone="UTC") is None

    def test_of_a_median_holds_the_true_one_in_19_of_20_samples(self) -> None:
        rng = np.random.default_rng(7)
        samples = np.sort(rng.lognormal(0, 1, (4_000, 30)), axis=1)
        low, high = ranks(30)
        held = ((samples[:, low - 1] <= 1) & (samples[:, high - 1] >= 1)).mean()
        assert held + 0.005 >= 0.95  # exact methods hold at least what they promise

    def test_of_a_difference_leaves_out_nought_in_at_most_one_of_twenty_equal_pairs(self) -> None:
        rng = np.random.default_rng(11)
        low, high = ranks(40)
        beyond = 0
        for _ in range(1_000):
            rows = []
            for _ in "ab":
                x = np.sort(rng.lognormal(0, 1, 40))
                ends = {"low": float(x[low - 1]), "high": float(x[high - 1])}
                rows.append({"value": float(np.median(x)), "interval": ends})
            limits = difference(*rows)
            beyond += limits["low"] > 0 or limits["high"] < 0
        assert beyond / 1_000 <= 0.065  # 5 % and three standard errors


@pytest.fixture(scope="module")
def sample():
    with ValueStream(demo(1, 300), replace(demo_stream(), metrics=(Own("mine", "avg(lead_s)"),))) as seen:
        yield seen


@pytest.fixture(scope="module")
def two(sample):
    halves = sample.asking(until="2024-05-01"), sample.asking(since="2024-05-01")
    return tuple(half.snapshot(name, taken_at=NOW) for half, name in zip(halves, ("first", "second"), strict=True))


def test_documents_keep_their_schemas(two) -> None:
    assert [wrong(document) for document in (*two, compare(*two))] == [[], [], []]
    assert json.loads(json.dumps(two[0], allow_nan=False)) == two[0]


def test_a_snapshot_holds_every_figure_and_the_items(sample, two) -> None:
    whole = {row["metric"] for row in two[0]["figures"] if row["stage"] is None}
    assert whole == {metric.name for metric in sample.catalogue}
    assert {row["stage"] for row in two[0]["figures"]} >= {"Development", "Review", "Test"}
    finished = sample.asking(until="2024-05-01").map()["items"]
    assert len(two[0]["items"]["finished"]) == finished["finished"]
    assert len(two[0]["items"]["in_progress"]) == finished["open"]
    assert two[0]["map"]["stages"]


def test_a_snapshot_against_itself_has_no_difference(two) -> None:
    told = compare(two[0], two[0])
    assert {row["difference"] for row in told["figures"]} <= {0.0, None}
    assert not any(row["beyond"] for row in told["figures"])
    assert told["config"] == []
    assert "no independent samples" in told["notes"][0]


def test_twice_the_waiting_is_beyond_the_interval_and_worse() -> None:
    def log(wait: int) -> str:
        return "\n".join(f"T{n}: todo {n / 9 + 1:.3f}, dev {n / 9 + 1 + wait + n % 3:.3f}, done {n / 9 + 9 + wait:.3f}"
                         for n in range(40))  # fmt: skip

    with ValueStream(sketch(log(2)), CHANGES) as a, ValueStream(sketch(log(6)), CHANGES) as b:
        told = compare(a.snapshot("a", taken_at=NOW), b.snapshot("b", taken_at=NOW))
    row = next(row for row in told["figures"] if (row["metric"], row["stage"]) == ("stage_wait_time", "Dev"))
    # waits are 2, 3 or 4 days and then 6, 7 or 8: medians 3 and 7
    assert (row["a"]["value"] / DAY_S, row["b"]["value"] / DAY_S) == (approx(3, abs=0.01), approx(7, abs=0.01))
    assert (row["a"]["n"], row["b"]["n"], row["beyond"], row["verdict"]) == (40, 40, True, "worse")


def test_a_later_remapping_changes_nothing_in_a_snapshot(look) -> None:
    """
    A: todo 1, dev 3, review 5, reviewing 6, done 9
    B: todo 1, dev 2, review 4, reviewing 8, done 11
    """
    with look() as seen:
        before = seen.snapshot("before", taken_at=NOW)
    kept = copy.deepcopy(before)
    # from now on Review's work counts as waiting, and Dev is called Build
    stages = [
        replace(CHANGES.stages[0], name="Build"),
        Stage("Review", queue=("review", "reviewing")),
        *CHANGES.stages[2:],
    ]
    with look(replace(CHANGES, stages=tuple(stages))) as seen:
        after = seen.snapshot("after", taken_at=NOW)
    assert before == kept
    told = compare(before, after)
    assert told["config"] == ["stage Review", "stage Dev is gone", "stage Build is new"]
    rows = {(row["metric"], row["stage"]): row for row in told["figures"]}
    assert rows[("stage_visits", None)]["difference"] == 0
    assert rows[("flow_efficiency", None)]["a"]["value"] == approx(10 / 18)
    assert rows[("flow_efficiency", None)]["b"]["value"] == approx(4 / 18)
    assert rows[("stage_wait_time", "Dev")]["why"] == "only in the first"
    assert rows[("stage_wait_time", "Build")]["why"] == "only in the second"


def test_a_metric_whose_expression_changed_is_not_judged(look) -> None:
    """
    A: dev 1, done 3
    """
    taken = []
    for sql in ("avg(lead_s)", "max(lead_s)"):
        with look(replace(CHANGES, metrics=(Own("mine", sql),))) as seen:
            taken.append(seen.snapshot("x", taken_at=NOW))
    row = next(row for row in compare(*taken)["figures"] if row["metric"] == "mine")
    assert (row["difference"], row["why"]) == (None, "the metric's expression changed")


def test_types_are_frozen_as_they_were_at_the_time(look) -> None:
    """
    A: type=Bug 1, dev 1, type=Story 5, done 10, type=Bug 12
    """
    # definitions 4.9 no. 5: what was finished on day 10 stays one feature, whatever it is called later
    kinds = replace(CHANGES, flow_items={"defect": ("Bug",), "feature": ("Story",)})
    with look(kinds, as_of="2024-01-11") as then, look(kinds) as now:
        early, late = (seen.snapshot("x", taken_at=NOW)["map"]["totals"]["flow_distribution"] for seen in (then, now))
    assert early == late == {"feature": 1}


def test_names_of_people_are_in_no_snapshot(look) -> None:
    """
    A: dev@ada 1, review@ben 2, done 3 by ada
    """
    with look(replace(CHANGES, teams={"Blue": ("ada", "ben")}, service_accounts=("robo",))) as seen:
        text = json.dumps(seen.snapshot("x", taken_at=NOW))
    assert not any(name in text for name in ("ada", "ben", "robo"))


class TestTheCommands:
    @pytest.fixture
    def log(self, tmp_path: Path) -> Path:
        return written(tmp_path, "tickets.csv", TICKETS)

    @pytest.fixture
    def stream(self, tmp_path: Path) -> Path:
        return written(tmp_path, "s.yaml", STREAM)

    def test_keep_and_compare_files(self, log: Path, stream: Path, tmp_path: Path) -> None:
        a, b = tmp_path / "a.json", tmp_path / "b.json"
        for path, until in ((a, "2024-01-08"), (b, "2024-01-11")):
            told = vsm("snapshot", path.stem, log, "--stream", stream, "--until", until, "--to", path)
            assert told.status == 0, told.err
        told = vsm("compare", a, b)
        assert told.status == 0, told.err
        assert "1 in both, 0 only in A, 1 only in B" in told.out
        document = vsm("compare", a, b, "--json").document
        assert wrong(document) == []
        rows = {(row["metric"], row["stage"]): row for row in document["figures"]}
        assert rows[("flow_distribution", None)]["difference"] == 1.0
        assert "flow_distribution" in vsm("compare", a, b, "--all").out

    def test_do_not_write_over_a_snapshot(self, log: Path, stream: Path, tmp_path: Path) -> None:
        arguments = ("snapshot", "a", log, "--stream", stream, "--to", tmp_path / "a.json")
        assert vsm(*arguments).status == 0
        told = vsm(*arguments)
        assert (told.status, "already" in told.err) == (2, True)
        assert vsm(*arguments, "--replace").status == 0

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("{}", "schema is None"),
            ("[1]", "schema is None"),
            ("nonsense", "no snapshot"),
            ("[" * 100_000, "no snapshot"),
        ],
    )
    def test_refuse_what_is_no_snapshot(self, tmp_path: Path, text: str, said: str) -> None:
        told = vsm("compare", written(tmp_path, "a.json", text), tmp_path / "a.json")
        assert (told.status, said in told.err) == (2, True), told.err

    def test_say_where_to_when_a_source_is_named(self, log: Path) -> None:
        told = vsm("snapshot", "a", log)
        assert (told.status, "--to FILE" in told.err) == (2, True)
