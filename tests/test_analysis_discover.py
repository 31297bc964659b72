"""What discover says of a log, by hand, against an independent truth, and on both kernel paths."""

from __future__ import annotations

import csv
import gzip
import json
from collections import Counter
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from valuestream.analysis.discover import discover
from valuestream.analysis.discovery import Discovery, document
from valuestream.log.event import Kind, Log
from valuestream.log.order import ordered
from valuestream.sources.sketch import sketch

DAY = 86_400.0
INCIDENTS = Path(__file__).resolve().parents[2] / "shared" / "data" / "incidents"


def discovered(text: str) -> Discovery:
    return discover(ordered(sketch(text)))


def moves(found: Discovery) -> dict[tuple[str, str], tuple[int, float | None]]:
    return {(move.before, move.after): (move.n, move.mean_s) for move in found.transitions}


def test_states_count_events_items_and_the_items_that_come_back():
    """
    A: todo 1, dev 2, todo 3, dev 4, done 6
    B: todo 1, dev 3, done 4
    """
    found = discovered(test_states_count_events_items_and_the_items_that_come_back.__doc__)
    dev = found.state["dev"]
    assert (dev.n, dev.items, dev.revisited, dev.revisited_share) == (3, 2, 1, 0.5)
    assert (found.state["todo"].starts, found.state["done"].ends, found.state["done"].revisited_share) == (2, 2, 0.0)
    assert (found.events, found.items) == (8, 2)


def test_a_transition_has_its_mean_and_linear_quantiles():
    """
    A: dev 1, done 2
    B: dev 1, done 3
    C: dev 1, done 6
    """
    (move,) = discovered(test_a_transition_has_its_mean_and_linear_quantiles.__doc__).transitions
    assert (move.before, move.after, move.n) == ("dev", "done", 3)
    # days 1, 2, 5: the 85th percentile lies at place 1.7, so 2 + 0.7 * 3
    assert move.mean_s == pytest.approx(8 / 3 * DAY)
    assert move.p50_s == pytest.approx(2 * DAY)
    assert move.p85_s == pytest.approx(4.1 * DAY)


def test_equal_paths_are_one_variant_and_the_most_frequent_comes_first():
    """
    A: todo 1, dev 2, done 3
    B: todo 1, done 2
    C: todo 4, dev 6, done 9
    D: done 1, todo 2
    """
    found = document(discovered(test_equal_paths_are_one_variant_and_the_most_frequent_comes_first.__doc__), top=1)
    assert found["variants"] == [{"path": ["todo", "dev", "done"], "n": 2}]
    assert found["variant_count"] == 3


def test_lead_time_runs_from_the_first_to_the_last_event_and_has_quantiles_below_ten_items():
    """
    A: todo 1, done 3
    B: todo 2
    """
    found = document(
        discovered(test_lead_time_runs_from_the_first_to_the_last_event_and_has_quantiles_below_ten_items.__doc__)
    )
    expected = {"n": 2, "mean": DAY, "p50": DAY, "p85": pytest.approx(1.7 * DAY), "p95": pytest.approx(1.9 * DAY)}
    assert found["lead_time_s"] == expected


def test_weeks_without_an_arrival_or_an_end_are_zero():
    """
    A: todo 1, done 2
    B: todo 16, done 30
    """
    found = document(discovered(test_weeks_without_an_arrival_or_an_end_are_zero.__doc__))
    # day 1 is the Monday of 2024-W01, day 16 lies in W03, day 30 in W05
    weeks = ["2024-W01", "2024-W02", "2024-W03", "2024-W04", "2024-W05"]
    assert found["throughput_per_week"] == [{"week": w, "n": n} for w, n in zip(weeks, (1, 0, 0, 0, 1), strict=True)]
    assert found["arrivals_per_week"] == [{"week": w, "n": n} for w, n in zip(weeks, (1, 0, 1, 0, 0), strict=True)]
    assert found["gaps"]["weeks"] == ["2024-W02", "2024-W04"]


def test_weeks_are_those_of_the_zone():
    """
    A: todo 7+23:30, done 7+23:45
    """
    log = ordered(sketch(test_weeks_are_those_of_the_zone.__doc__))
    # Sunday 23:30 UTC is Monday in Berlin
    assert discover(log).arrivals_per_week == (("2024-W01", 1),)
    assert discover(log, zone="Europe/Berlin").arrivals_per_week == (("2024-W02", 1),)


def test_a_transfer_is_a_change_between_two_known_people():
    """
    A: todo 1 by ada, dev 2 by bob, review 3, done 4 by bob
    B: todo 1 by ada, done 2 by ada
    """
    found = document(discovered(test_a_transfer_is_a_change_between_two_known_people.__doc__))
    assert found["transfers"] == {"n": 1, "of": 2}


def test_where_no_change_names_anybody_owners_make_the_transfers():
    """
    A: todo@ada 1, dev 2, review@bob 3
    B: todo 1, dev@ada 2
    """
    # A stays with ada from todo to dev and goes to bob in review; nobody is known for B's todo
    found = document(discovered(test_where_no_change_names_anybody_owners_make_the_transfers.__doc__))
    assert found["transfers"] == {"n": 1, "of": 2}


def test_ties_are_instants_with_several_events_of_an_item():
    """
    A: todo 1, dev 2, review 2, done 2
    B: todo 1, todo 1 by ada, done 2
    C: todo 1, done 2
    """
    # A has one instant with three events, B one with two equal states
    found = document(discovered(test_ties_are_instants_with_several_events_of_an_item.__doc__))
    assert found["ties"] == {"groups": 2, "differing": 1}


def test_row_order_decides_between_events_of_one_instant():
    """
    A: todo 1, review 2, dev 2
    """
    found = discovered(test_row_order_decides_between_events_of_one_instant.__doc__)
    assert found.variants.path(0) == ("todo", "review", "dev")


def test_between_activities_the_wait_is_from_end_to_start_and_overlaps_are_negative_and_counted():
    """
    A: dev(1..3), test(5..6)
    B: dev(1..4), test(3..6)
    """
    found = discovered(
        test_between_activities_the_wait_is_from_end_to_start_and_overlaps_are_negative_and_counted.__doc__
    )
    assert moves(found) == {("dev", "test"): (2, pytest.approx(DAY / 2))}  # 2 days and -1 day
    assert found.negative_waits == 1
    assert found.lead_time.p50 == pytest.approx(5 * DAY)
    assert (found.gaps.n, found.gaps.total_s) == (1, pytest.approx(2 * DAY))
    assert found.state["dev"].n == 2


def test_activities_stand_by_start_then_end():
    """
    A: long(1..5), short(1..2), late(3..4)
    """
    found = discovered(test_activities_stand_by_start_then_end.__doc__)
    assert found.variants.path(0) == ("short", "long", "late")
    assert found.lead_time.mean == pytest.approx(4 * DAY)  # the latest end, not the last one's
    assert found.gaps.n == 0  # long covers everything


def test_an_activity_without_an_end_counts_but_has_no_time():
    """
    A: dev(1..), test(3..4)
    """
    found = discovered(test_an_activity_without_an_end_counts_but_has_no_time.__doc__)
    assert moves(found) == {("dev", "test"): (1, None)}
    assert any("have no end" in note for note in found.notes)


def test_attributes_and_other_tracks_are_no_states():
    """
    A: type=bug 1, todo 1, touch@bob 1.5, +block vendor 2, dev 3
    A/pull_request#7: open 2, closed 3
    """
    found = discovered(test_attributes_and_other_tracks_are_no_states.__doc__)
    assert sorted(found.state) == ["dev", "todo"]
    assert any(note.startswith("2 states of other tracks") for note in found.notes)


def test_rejects_are_counted_by_reason():
    """
    A: todo 1, todo 1, done 2
    """
    assert document(discovered(test_rejects_are_counted_by_reason.__doc__))["rejects"] == [
        {"reason": "duplicate row", "n": 1}
    ]


def test_an_empty_log_has_nothing_and_no_zero_durations():
    found = document(discovered(""))
    assert (found["events"], found["states"], found["variants"], found["as_of"]) == (0, [], [], None)
    assert found["lead_time_s"] == {"n": 0, "mean": None, "p50": None, "p85": None, "p95": None}


def test_the_document_is_plain_json_in_seconds_and_utc():
    """
    A: todo 1, done 2.5
    """
    found = json.loads(
        json.dumps(document(discovered(test_the_document_is_plain_json_in_seconds_and_utc.__doc__)), allow_nan=False)
    )
    assert found["schema"] == "vsm.discover/1"
    assert found["window"] == {"since": "2024-01-01T00:00:00Z", "until": "2024-01-02T12:00:00Z"}
    assert found["transitions"][0] == {
        "from": "todo", "to": "done", "n": 1, "mean_s": 1.5 * DAY, "p50_s": 1.5 * DAY, "p85_s": 1.5 * DAY
    }  # fmt: skip


def test_the_order_of_the_rows_of_a_file_changes_nothing():
    text = "A: todo 1, dev 2, done 3\nB: dev 1, done 5\nC: zoo 1, done 5"
    other = "\n".join(reversed(text.splitlines()))
    assert document(discovered(text)) == document(discovered(other))


log_rows = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 30), st.integers(0, 4), st.integers(-1, 2), st.integers(0, 9)),
    max_size=60,
)


def log_of(rows: list[tuple[int, int, int, int, int]], *, intervals: bool) -> Log:
    """Random states, or random activities of random length, the last tenth of them without an end."""
    table = np.array(rows, dtype=np.int64).reshape(len(rows), 5)
    item, at, value, actor, length = (table[:, i] for i in range(5))
    kind = np.full(len(rows), Kind.START if intervals else Kind.STATE)
    ref = np.arange(len(rows))
    if intervals:
        ends = length < 9
        item, value, actor = (np.concatenate((c, c[ends])) for c in (item, value, actor))
        at, ref = np.concatenate((at, (at + length)[ends])), np.concatenate((ref, ref[ends]))
        kind = np.concatenate((kind, np.full(int(ends.sum()), Kind.END)))
    return Log(
        name="random",
        item=item.astype(np.int32),
        at=at * 3_600_000_000,
        kind=kind.astype(np.int8),
        value=value.astype(np.int32),
        actor=actor.astype(np.int32),
        ref=ref.astype(np.int32),
        items=[f"I{i}" for i in range(6)],
        words=["todo", "dev", "review", "done", "dev again"],
        people=["ada", "bob", "cy"],
    )


@settings(deadline=None, max_examples=60)
@given(rows=log_rows, intervals=st.booleans())
def test_plain_and_compiled_kernels_agree(rows, intervals):
    log = ordered(log_of(rows, intervals=intervals))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VSM_KERNELS", "plain")
        plain = discover(log)
        patch.setenv("VSM_KERNELS", "compiled")
        fast = discover(log)
    assert document(plain, top=None) == document(fast, top=None)


@settings(deadline=None, max_examples=100)
@given(rows=log_rows)
def test_transitions_and_variants_equal_a_slow_reading_of_the_log(rows):
    log = ordered(log_of(rows, intervals=False))
    paths: dict[int, list[tuple[str, int]]] = {}
    for item, at, value in zip(log.item.tolist(), log.at.tolist(), log.value.tolist(), strict=True):
        paths.setdefault(item, []).append((log.words[value], at))
    waits: dict[tuple[str, str], list[float]] = {}
    for path in paths.values():
        for (before, left), (after, entered) in pairwise(path):
            waits.setdefault((before, after), []).append((entered - left) / 1e6)
    variants = Counter(tuple(state for state, _ in path) for path in paths.values())

    found = discover(log)
    assert {found.variants.path(i): int(found.variants.n[i]) for i in range(len(found.variants))} == variants
    assert {(m.before, m.after): m.n for m in found.transitions} == {pair: len(w) for pair, w in waits.items()}
    for move in found.transitions:
        seconds = waits[move.before, move.after]
        expected = [np.mean(seconds), np.quantile(seconds, 0.5), np.quantile(seconds, 0.85)]
        assert [move.mean_s, move.p50_s, move.p85_s] == pytest.approx(expected)


def test_waits_too_wide_to_be_packed_with_their_transition_are_sorted_all_the_same():
    many, long = 70_000, 8_000 * 365 * 24 * 3_600_000_000
    item = np.repeat(np.arange(many, dtype=np.int32), 2)
    log = Log(
        name="wide",
        item=item,
        at=np.where(np.arange(2 * many) % 2, np.where(item < many // 2, long, 1), 0),
        kind=np.zeros(2 * many, dtype=np.int8),
        value=np.arange(2 * many, dtype=np.int32) % many,
        items=[f"I{i}" for i in range(many)],
        words=[f"S{i}" for i in range(many)],
    )
    # two items go from S0 to S1: the first takes 80 centuries, the 35,001st a microsecond
    found = discover(log)
    assert (len(found.transitions), {move.n for move in found.transitions}) == (many // 2, {2})
    assert {move.p50_s for move in found.transitions} == {(long + 1) / 2e6}


def incident_log() -> Log:
    """The incidents as a log, read with the csv module alone."""
    with gzip.open(INCIDENTS / "incident_status.csv.gz", "rt", encoding="utf-8", newline="") as lines:
        rows = list(csv.reader(lines))[1:]
    codes: list[dict[str, int]] = [{}, {}, {}]
    item, value, actor = (
        np.array([table.setdefault(row[column], len(table)) for row in rows], dtype=np.int32)
        for table, column in zip(codes, (0, 1, 3), strict=True)
    )
    at = np.array([int(datetime.fromisoformat(row[2]).timestamp()) for row in rows], dtype=np.int64) * 1_000_000
    return Log(
        "incidents", item, at, np.zeros(len(rows), dtype=np.int8), value,
        items=list(codes[0]), words=list(codes[1]), people=list(codes[2]), actor=actor,
    )  # fmt: skip


@pytest.fixture(scope="module")
def incidents() -> Discovery:
    if not INCIDENTS.exists():
        pytest.skip("the incidents log is not at hand")
    return discover(ordered(incident_log()))


@pytest.fixture(scope="module")
def truth() -> dict:
    if not INCIDENTS.exists():
        pytest.skip("the incidents log is not at hand")
    return json.loads((INCIDENTS / "truth.json").read_text())


def test_the_incidents_have_the_true_states_starts_and_ends(incidents, truth):
    assert (incidents.events, incidents.items) == (truth["events"], truth["cases"])
    states = {
        s.name: {
            "events": s.n, "cases": s.items, "rework_cases": s.revisited,
            "rework_pct": pytest.approx(100 * s.revisited_share, rel=1e-6), "repeats": s.n - s.items,
        }
        for s in incidents.states
    }  # fmt: skip
    assert states == truth["activity"]
    assert {s.name: s.starts for s in incidents.states if s.starts} == truth["start_activities"]
    assert {s.name: s.ends for s in incidents.states if s.ends} == truth["end_activities"]


def test_the_incidents_have_the_true_transitions(incidents, truth):
    found = {(m.before, m.after): m for m in incidents.transitions}
    expected = {(edge["src"], edge["dst"]): edge for edge in truth["dfg"]}
    assert {pair: move.n for pair, move in found.items()} == {pair: edge["count"] for pair, edge in expected.items()}
    assert sum(move.n for move in found.values()) == truth["dfg_total"]
    for pair, edge in expected.items():
        assert found[pair].mean_s == pytest.approx(edge["mean_s"], rel=1e-6)
        assert found[pair].p50_s == pytest.approx(edge["median_s"], rel=1e-6)
    assert incidents.negative_waits == truth["negative_waits"]


def test_the_incidents_have_the_true_variants(incidents, truth):
    assert len(incidents.variants) == truth["variants"]
    top = [{"path": v["activities"], "n": v["count"]} for v in truth["top_variants"]]
    assert document(incidents, top=len(top))["variants"] == top
    assert int((incidents.variants.n == 1).sum()) == truth["singletons"]


def test_the_incidents_have_the_true_lead_times_weeks_and_transfers(incidents, truth):
    lead, real = incidents.lead_time, truth["case_duration_s"]
    assert lead.n == real["n"]
    for mine, theirs in (("mean", "mean"), ("p50", "median"), ("p85", "p85"), ("p95", "p95")):
        assert getattr(lead, mine) == pytest.approx(real[theirs], rel=1e-6)
    monday = {f"{datetime.fromisoformat(day):%G-W%V}": n for day, n in truth["throughput_per_week"].items()}
    assert dict(incidents.throughput_per_week) == monday
    arrivals = {f"{datetime.fromisoformat(day):%G-W%V}": n for day, n in truth["arrivals_per_week"].items()}
    assert {week: n for week, n in incidents.arrivals_per_week if n} == arrivals
    transfers = truth["handover"]
    assert (incidents.transfers.n, incidents.transfers.of) == (transfers["changes"], transfers["pairs_total"])
